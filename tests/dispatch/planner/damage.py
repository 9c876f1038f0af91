"""Every way in which one thing inside a problem or a plan can be wrong; for tests of the checker and of the intake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import StrEnum
from typing import Any


def spoilt(value: Any) -> Iterator[tuple[str, Any]]:
    """Every way in which one thing inside `value` can be wrong, with the kind of damage."""
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            for kind, worse in spoilt(getattr(value, field.name)):
                yield f".{field.name}{kind}", replace(value, **{field.name: worse})
    elif isinstance(value, tuple):
        yield from _spoilt_list(value)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield " key dropped", {name: one for name, one in value.items() if name != key}
            yield " key renamed", {(f"{name}x" if name == key else name): one for name, one in value.items()}
            for kind, worse in spoilt(inner):
                yield f"{{}}{kind}", {**value, key: worse}
        yield " key added", {**value, "nothing": 1}
    else:
        yield from ((f" {_kind_of(value, worse)}", worse) for worse in _others(value) if worse is not value)


def _spoilt_list(value: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    for place, item in enumerate(value):
        yield " dropped", (*value[:place], *value[place + 1 :])
        yield " doubled", (*value[:place], item, *value[place:])
        if place + 1 < len(value) and value[place + 1] != item:
            yield " swapped", (*value[:place], value[place + 1], item, *value[place + 2 :])
        for kind, worse in spoilt(item):
            yield f"[]{kind}", (*value[:place], worse, *value[place + 1 :])


def _others(value: Any) -> list[Any]:
    if isinstance(value, StrEnum):
        return [*(one for one in type(value) if one is not value), "neither", None]
    if type(value) is int:
        near = [value + step for step in (-3600, -60, -1, 1, 60, 3600)]
        return [*near, -value - 1, 2**60, value + 0.5, float("nan"), None, str(value), value == 1]
    if type(value) is str:
        return ["", f"{value}x", value[:-1], "a\x00", None, 7] if value else ["x", None, 7]
    return ["E0", "D0", 7]


def _kind_of(value: Any, worse: Any) -> str:
    step = f"{worse - value:+}" if type(worse) is int and type(value) is int and abs(worse - value) <= 3600 else ""
    return step if step in ("-3600", "-60", "-1", "+1", "+60", "+3600") else type(worse).__name__
