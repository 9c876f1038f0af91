"""JSON in and out for frozen dataclasses, refusing whatever is not exactly of the declared form (P41, P42).

The forms are those `Problem` and `Plan` use: int, str, bool, enums, optional, tuple, frozenset, mappings keyed by
text, nested dataclasses, and classes with `to_plain`/`from_plain` of their own. NaN, floats, booleans posing as
numbers, doubled keys and unknown or missing fields are refused by the path of the field that is wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from app.kernel.errors import DomainError, Kind

MAX_INT: Final = 2**53 - 1  # the largest whole number every JSON reader keeps exactly
MAX_TEXT: Final = 64 * 1024 * 1024

T = TypeVar("T")


class BadForm(DomainError):
    """A Problem or Plan that is not of the declared form; `path` names the field."""

    code = "planner.bad_form"
    kind = Kind.invalid

    def __init__(self, path: str, why: str) -> None:
        super().__init__(path=path or "$", why=why)


def dumps(value: object) -> str:
    """The JSON text of a dataclass; refuses anything not of its declared form."""
    return json.dumps(plain(value, type(value), ""), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def loads(text: str | bytes, form: type[T]) -> T:
    """The dataclass `form` that `text` describes; raises BadForm naming the first field that does not fit."""
    if len(text) > MAX_TEXT:
        raise BadForm("$", "too long")
    try:
        tree = json.loads(text, object_pairs_hook=_single_keys, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadForm("$", "not JSON") from error
    value: T = build(tree, form, "")
    return value


def _no_constant(name: str) -> object:
    raise BadForm("$", f"{name} is not a number")


def _single_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    tree = dict(pairs)
    if len(tree) != len(pairs):
        raise BadForm("$", "a key appears twice")
    return tree


@cache
def _form(cls: type) -> tuple[tuple[Field[Any], Any], ...]:
    hints = get_type_hints(cls)
    return tuple((field, hints[field.name]) for field in fields(cls))


def _number(value: object, path: str) -> int:
    if type(value) is not int:
        raise BadForm(path, "not a whole number")
    if abs(value) > MAX_INT:
        raise BadForm(path, "number too large")
    return value


def _text(value: object, path: str) -> str:
    if type(value) is not str:
        raise BadForm(path, "not text")
    if "\x00" in value or any(0xD800 <= ord(sign) < 0xE000 for sign in value):
        raise BadForm(path, "forbidden character")
    return value


def _optional(form: Any) -> Any:
    """The X of `X | None`; None when `form` is no such union."""
    if get_origin(form) in (Union, UnionType):
        rest = [part for part in get_args(form) if part is not NoneType]
        if len(rest) == 1:
            return rest[0]
    return None


def _numbered(values: Any) -> Iterator[tuple[str, Any]]:
    return ((f"[{place}]", value) for place, value in enumerate(values))


def plain(value: Any, form: Any, path: str) -> Any:
    """`value` as lists, dicts, ints and strings, after checking that it is of `form`."""
    if form is int:
        return _number(value, path)
    if form is str:
        return _text(value, path)
    if form is bool:
        if type(value) is not bool:
            raise BadForm(path, "not a yes or no")
        return value
    if inner := _optional(form):
        return None if value is None else plain(value, inner, path)
    origin = get_origin(form)
    if origin is tuple:
        if not isinstance(value, tuple):
            raise BadForm(path, "not a list")
        return [plain(part, get_args(form)[0], path + place) for place, part in _numbered(value)]
    if origin is frozenset:
        if not isinstance(value, frozenset):
            raise BadForm(path, "not a set")
        return sorted(plain(part, get_args(form)[0], path) for part in value)
    if origin is Mapping:
        if not isinstance(value, Mapping):
            raise BadForm(path, "not a table")
        inner = get_args(form)[1]
        return {_text(key, path): plain(part, inner, f"{path}.{key}") for key, part in value.items()}
    if not isinstance(value, form):
        raise BadForm(path, f"not a {form.__name__}")
    if hasattr(form, "to_plain"):
        return value.to_plain()
    if issubclass(form, StrEnum):
        return str(value)
    return {
        field.name: plain(getattr(value, field.name), inner, f"{path}.{field.name}")
        for field, inner in _form(form)
        if field.default is MISSING or getattr(value, field.name) != field.default
    }


def build(tree: Any, form: Any, path: str) -> Any:
    """The value of `form` that `tree` describes."""
    if form is int:
        return _number(tree, path)
    if form is str:
        return _text(tree, path)
    if form is bool:
        return plain(tree, bool, path)
    if inner := _optional(form):
        return None if tree is None else build(tree, inner, path)
    origin = get_origin(form)
    if origin in (tuple, frozenset):
        if not isinstance(tree, list):
            raise BadForm(path, "not a list")
        inner = get_args(form)[0]
        parts = [build(part, inner, path + place) for place, part in _numbered(tree)]
        if origin is frozenset and len(set(parts)) != len(parts):
            raise BadForm(path, "named twice")
        return origin(parts)
    if origin is Mapping:
        if not isinstance(tree, dict):
            raise BadForm(path, "not a table")
        inner = get_args(form)[1]
        return {_text(key, path): build(part, inner, f"{path}.{key}") for key, part in tree.items()}
    if hasattr(form, "from_plain"):
        return form.from_plain(tree, path)
    if issubclass(form, StrEnum):
        if type(tree) is not str or tree not in set(form):
            raise BadForm(path, "not one of the choices")
        return form(tree)
    return _dataclass(tree, form, path)


def _dataclass(tree: Any, form: Any, path: str) -> Any:
    if not is_dataclass(form):
        raise BadForm(path, "unknown form")
    if not isinstance(tree, dict):
        raise BadForm(path, "not an object")
    made: Any = form
    known = _form(made)
    if strange := set(tree) - {field.name for field, _ in known}:
        raise BadForm(f"{path}.{min(strange)}", "unknown field")
    values: dict[str, Any] = {}
    for field, inner in known:
        if field.name in tree:
            values[field.name] = build(tree[field.name], inner, f"{path}.{field.name}")
        elif field.default is MISSING and field.default_factory is MISSING:
            raise BadForm(f"{path}.{field.name}", "missing")
    return made(**values)
