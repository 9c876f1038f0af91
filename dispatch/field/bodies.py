"""What each act may say, parsed once for form and JSON alike: listed fields only, every problem named (P7, P26)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.geo.rules import Position, position
from app.kernel.errors import Gather, InputCode
from app.kernel.quantity import whole_number
from app.kernel.text import clean_text, fold_code, fold_mobile
from dispatch.field.rules import ActKind
from dispatch.field.signature import Strokes, parse_strokes
from dispatch.field.vocabulary import ACTIONS, CAUSES, sentence

__all__ = ["FIELDS", "Body", "parse_body"]


@dataclass(frozen=True, slots=True)
class Body:
    """What an act said, whatever its kind; fields of other kinds stay at their nothing."""

    reason: str = ""
    seen: Position | None = None
    accuracy_m: int | None = None
    name: str = ""
    mobile: str = ""
    code: str = ""
    qty: int = 1
    removed_serial: str = ""
    cause: str = ""
    action_taken: str = ""
    notes: str = ""
    strokes: Strokes = field(default=())


#: kind → the fields its body may carry.
FIELDS: Mapping[ActKind, frozenset[str]] = {
    ActKind.ACCEPT: frozenset(),
    ActKind.DECLINE: frozenset({"reason"}),
    ActKind.SET_OFF: frozenset(),
    ActKind.ARRIVE: frozenset({"lat", "lon", "accuracy_m", "reason"}),
    ActKind.CONFIRM: frozenset({"name"}),
    ActKind.RESTORE: frozenset(),
    ActKind.USE_PART: frozenset({"code", "qty", "removed_serial"}),
    ActKind.RESOLVE: frozenset({"cause", "action", "cause_text", "action_text", "notes"}),
    ActKind.SIGN: frozenset({"name", "mobile", "strokes"}),
    ActKind.REFUSE: frozenset({"name", "reason"}),
}


def parse_body(kind: ActKind, raw: Mapping[str, Any]) -> Body:
    """The body of an act. Raises InvalidInput naming every field that is stray, missing or malformed."""
    found = Gather()
    for stray in sorted(set(raw) - FIELDS[kind]):
        found.add(str(stray)[:80], InputCode.unknown_field)
    said: dict[str, Any] = {}
    for name, parse in _PARSERS[kind].items():
        with found:
            said[name] = parse(raw)
    found.check()
    return Body(**said)


def _line(name: str, *, required: bool, max_len: int = 200) -> Callable[[Mapping[str, Any]], str]:
    return lambda raw: clean_text(raw.get(name), field=name, max_len=max_len, required=required)


def _prose(name: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda raw: clean_text(raw.get(name), field=name, max_len=2000, required=False, multiline=True)


def _seen(raw: Mapping[str, Any]) -> Position | None:
    lat, lon = raw.get("lat"), raw.get("lon")
    if lat in (None, "") and lon in (None, ""):
        return None
    return position(lat, lon, field="lat")


def _accuracy(raw: Mapping[str, Any]) -> int | None:
    given = raw.get("accuracy_m")
    if given in (None, ""):
        return None
    return whole_number(given, field="accuracy_m", low=0, high=10_000_000)


def _qty(raw: Mapping[str, Any]) -> int:
    given = raw.get("qty")
    return 1 if given is None else whole_number(given, field="qty", low=1, high=1000)


def _code(raw: Mapping[str, Any]) -> str:
    return fold_code(clean_text(raw.get("code"), field="code", max_len=80))


def _removed(raw: Mapping[str, Any]) -> str:
    return fold_code(clean_text(raw.get("removed_serial"), field="removed_serial", max_len=80, required=False))


def _mobile(raw: Mapping[str, Any]) -> str:
    return fold_mobile(clean_text(raw.get("mobile"), field="mobile", max_len=30, required=False))


_PARSERS: Mapping[ActKind, Mapping[str, Callable[[Mapping[str, Any]], Any]]] = {
    ActKind.ACCEPT: {},
    ActKind.DECLINE: {"reason": _line("reason", required=True)},
    ActKind.SET_OFF: {},
    ActKind.ARRIVE: {"seen": _seen, "accuracy_m": _accuracy, "reason": _line("reason", required=False)},
    ActKind.CONFIRM: {"name": _line("name", required=False, max_len=60)},
    ActKind.RESTORE: {},
    ActKind.USE_PART: {"code": _code, "qty": _qty, "removed_serial": _removed},
    ActKind.RESOLVE: {
        "cause": lambda raw: sentence("cause", raw.get("cause"), raw.get("cause_text"), CAUSES),
        "action_taken": lambda raw: sentence("action", raw.get("action"), raw.get("action_text"), ACTIONS),
        "notes": _prose("notes"),
    },
    ActKind.SIGN: {
        "name": _line("name", required=True, max_len=60),
        "mobile": _mobile,
        "strokes": lambda raw: parse_strokes(raw.get("strokes")),
    },
    ActKind.REFUSE: {
        "name": _line("name", required=False, max_len=60),
        "reason": _line("reason", required=True),
    },
}
