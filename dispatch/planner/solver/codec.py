"""JSON in and out for frozen dataclasses, refusing whatever is not exactly of the declared form (P41, P42).

The forms are those `Problem` and `Plan` use: int, str, bool, enums, optional, tuple, frozenset, mappings keyed by
text, nested dataclasses, and classes with `to_plain`/`from_plain` of their own. NaN, floats, booleans posing as
numbers, doubled keys and unknown or missing fields are refused by the path of the field that is wrong.

How a form is written and read is worked out once for each form: an urgent call waits while its plan is written, read
and judged, and asking for every value anew what its form means took more than half of that time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

from app.kernel.errors import DomainError, Kind

MAX_INT: Final = 2**53 - 1  # the largest whole number every JSON reader keeps exactly
MAX_TEXT: Final = 64 * 1024 * 1024
FORBIDDEN: Final = re.compile("[\x00\ud800-\udfff]")  # no database and no UTF-8 holds these

T = TypeVar("T")
Way: TypeAlias = Callable[[Any, str], Any]  # (value, its path) → the value in the other form; raises BadForm


class BadForm(DomainError):
    """A Problem or Plan that is not of the declared form; `path` names the field."""

    code = "planner.bad_form"
    kind = Kind.invalid

    def __init__(self, path: str, why: str) -> None:
        super().__init__(path=path or "$", why=why)


def dumps(value: object) -> str:
    """The JSON text of a dataclass; refuses anything not of its declared form."""
    form: Any = type(value)
    return json.dumps(_writes(form)(value, ""), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def loads(text: str | bytes, form: type[T]) -> T:
    """The dataclass `form` that `text` describes; raises BadForm naming the first field that does not fit."""
    if len(text) > MAX_TEXT:
        raise BadForm("$", "too long")
    try:
        tree = json.loads(text, object_pairs_hook=_single_keys, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadForm("$", "not JSON") from error
    known: Any = form
    value: T = _reads(known)(tree, "")
    return value


def _no_constant(name: str) -> object:
    raise BadForm("$", f"{name} is not a number")


def _single_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    tree = dict(pairs)
    if len(tree) != len(pairs):
        raise BadForm("$", "a key appears twice")
    return tree


@cache
def _writes(form: Any) -> Way:
    """How a value of `form` becomes lists, dicts, ints and strings, after checking that it is of that form."""
    if form in LEAVES:
        return LEAVES[form]
    if inner := _optional(form):
        return _or_none(_writes(inner))
    origin = get_origin(form)
    if origin is Mapping:
        return _table(_writes(get_args(form)[1]))
    if origin in (tuple, frozenset):
        part = _writes(get_args(form)[0])
        return _writes_list(part) if origin is tuple else _writes_set(part)
    if hasattr(form, "to_plain"):
        return _of_class(form, lambda value, path: value.to_plain())
    if issubclass(form, StrEnum):
        return _of_class(form, lambda value, path: str(value))
    return _of_class(form, _writes_fields(form))


@cache
def _reads(form: Any) -> Way:
    """How the value of `form` is made that lists, dicts, ints and strings describe."""
    if form in LEAVES:
        return LEAVES[form]
    if inner := _optional(form):
        return _or_none(_reads(inner))
    origin = get_origin(form)
    if origin is Mapping:
        return _table(_reads(get_args(form)[1]))
    if origin in (tuple, frozenset):
        return _reads_list(origin, _reads(get_args(form)[0]))
    if hasattr(form, "from_plain"):
        read: Way = form.from_plain
        return read
    return _reads_choice(form) if issubclass(form, StrEnum) else _reads_fields(form)


def _optional(form: Any) -> Any:
    """The X of `X | None`; None when `form` is no such union."""
    if get_origin(form) in (Union, UnionType):
        rest = [part for part in get_args(form) if part is not NoneType]
        if len(rest) == 1:
            return rest[0]
    return None


def _number(value: object, path: str) -> int:
    if type(value) is not int:
        raise BadForm(path, "not a whole number")
    if abs(value) > MAX_INT:
        raise BadForm(path, "number too large")
    return value


def _text(value: object, path: str) -> str:
    if type(value) is not str:
        raise BadForm(path, "not text")
    if FORBIDDEN.search(value):
        raise BadForm(path, "forbidden character")
    return value


def _yes_or_no(value: object, path: str) -> bool:
    if type(value) is not bool:
        raise BadForm(path, "not a yes or no")
    return value


LEAVES: Final[dict[Any, Way]] = {int: _number, str: _text, bool: _yes_or_no}


def _or_none(way: Way) -> Way:
    return lambda value, path: None if value is None else way(value, path)


def _table(way: Way) -> Way:
    def table(value: Any, path: str) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise BadForm(path, "not a table")
        return {_text(key, path): way(part, f"{path}.{key}") for key, part in value.items()}

    return table


def _writes_list(way: Way) -> Way:
    def written(value: Any, path: str) -> list[Any]:
        if not isinstance(value, tuple):
            raise BadForm(path, "not a list")
        return [way(part, f"{path}[{place}]") for place, part in enumerate(value)]

    return written


def _writes_set(way: Way) -> Way:
    def written(value: Any, path: str) -> list[Any]:
        if not isinstance(value, frozenset):
            raise BadForm(path, "not a set")
        return sorted(way(part, path) for part in value)

    return written


def _reads_list(origin: Callable[[list[Any]], Any], way: Way) -> Way:
    def read(tree: Any, path: str) -> Any:
        if not isinstance(tree, list):
            raise BadForm(path, "not a list")
        parts = [way(part, f"{path}[{place}]") for place, part in enumerate(tree)]
        made = origin(parts)
        if len(made) != len(parts):
            raise BadForm(path, "named twice")
        return made

    return read


def _of_class(form: type, way: Way) -> Way:
    def written(value: Any, path: str) -> Any:
        if not isinstance(value, form):
            raise BadForm(path, f"not a {form.__name__}")
        return way(value, path)

    return written


def _writes_fields(form: type) -> Way:
    hints = get_type_hints(form)
    known = [(field.name, field.default, _writes(hints[field.name])) for field in fields(form)]

    def written(value: Any, path: str) -> dict[str, Any]:
        return {
            name: way(part, f"{path}.{name}") for name, usual, way in known if (part := getattr(value, name)) != usual
        }

    return written


def _reads_choice(form: type[StrEnum]) -> Way:
    choices = {str(choice): choice for choice in form}

    def read(tree: Any, path: str) -> StrEnum:
        if type(tree) is not str or tree not in choices:
            raise BadForm(path, "not one of the choices")
        return choices[tree]

    return read


def _reads_fields(form: Any) -> Way:
    hints = get_type_hints(form)
    ways = {field.name: _reads(hints[field.name]) for field in fields(form)}
    needed = [field.name for field in fields(form) if field.default is MISSING and field.default_factory is MISSING]

    def read(tree: Any, path: str) -> Any:
        if not isinstance(tree, dict):
            raise BadForm(path, "not an object")
        if strange := tree.keys() - ways.keys():
            raise BadForm(f"{path}.{min(strange)}", "unknown field")
        for name in needed:
            if name not in tree:
                raise BadForm(f"{path}.{name}", "missing")
        return form(**{name: ways[name](part, f"{path}.{name}") for name, part in tree.items()})

    return read
