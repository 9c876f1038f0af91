"""What an engineer may do on a visit, when it counts as done, and what a signature is (F2, E10, P18-P22)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from app.geo.rules import Position, haversine_m
from dispatch.field.errors import ReasonNeeded, SiteFar, TooEarly, TooLate

__all__ = [
    "FAR_M",
    "STEPS",
    "ActKind",
    "ActState",
    "Claim",
    "Progress",
    "body_hash",
    "check_arrival",
    "check_open",
    "check_step",
    "claim",
    "next_act",
    "progress",
]

#: Beyond this a check-in needs a reason (*default*, screens §9).
FAR_M = 500
#: A phone's clock may run this far ahead of the server before the claim is flagged: nobody's clock is exact.
TOLERANCE = timedelta(seconds=60)
#: Later than this is not late any more but implausible (P20).
OLDEST = timedelta(days=30)
#: A measured offset beyond this is a phone with a wrong date, not a drifting clock.
LARGEST_OFFSET_S = 86_400


class ActKind(StrEnum):
    """What the phone may do; each is one small record (F4)."""

    ACCEPT = "accept"
    DECLINE = "decline"
    SET_OFF = "set_off"
    ARRIVE = "arrive"
    CONFIRM = "confirm"
    RESTORE = "restore"
    USE_PART = "use_part"
    RESOLVE = "resolve"
    SIGN = "sign"
    REFUSE = "refuse"


class ActState(StrEnum):
    """What became of an act (P19). `waiting` is not kept: the phone sends it again."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REFUSED = "refused"
    WAITING = "waiting"


class Progress(StrEnum):
    """How far a visit is, in the order of the steps; 'restored' is a fact within working."""

    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    EN_ROUTE = "en_route"
    ON_SITE = "on_site"
    WORKING = "working"
    RESTORED = "restored"
    RESOLVED = "resolved"
    SIGNED = "signed"


_ORDER = tuple(Progress)

#: act → where the visit must be. The whole way of a visit in the field; nothing else is offered.
STEPS: Mapping[ActKind, frozenset[Progress]] = {
    ActKind.ACCEPT: frozenset({Progress.ASSIGNED}),
    ActKind.DECLINE: frozenset({Progress.ASSIGNED, Progress.ACCEPTED}),
    ActKind.SET_OFF: frozenset({Progress.ACCEPTED}),
    ActKind.ARRIVE: frozenset({Progress.EN_ROUTE}),
    ActKind.CONFIRM: frozenset({Progress.ON_SITE}),
    ActKind.RESTORE: frozenset({Progress.WORKING}),
    ActKind.USE_PART: frozenset({Progress.WORKING, Progress.RESTORED}),
    ActKind.RESOLVE: frozenset({Progress.WORKING, Progress.RESTORED}),
    ActKind.SIGN: frozenset({Progress.RESOLVED}),
    ActKind.REFUSE: frozenset({Progress.RESOLVED}),
}

_NEXT: Mapping[Progress, ActKind | None] = {
    Progress.ASSIGNED: ActKind.ACCEPT,
    Progress.ACCEPTED: ActKind.SET_OFF,
    Progress.EN_ROUTE: ActKind.ARRIVE,
    Progress.ON_SITE: ActKind.CONFIRM,
    Progress.WORKING: ActKind.RESTORE,
    Progress.RESTORED: ActKind.RESOLVE,
    Progress.RESOLVED: ActKind.SIGN,
    Progress.SIGNED: None,
}


def progress(state: str, *, restored: bool) -> Progress | None:
    """How far the visit is; None where it is not in the field at all (unassigned, declined, cancelled)."""
    if state not in set(Progress):
        return None
    found = Progress(state)
    return Progress.RESTORED if found is Progress.WORKING and restored else found


def next_act(at: Progress | None) -> ActKind | None:
    """The one main button: business is restored before the cause is asked for (F3)."""
    return None if at is None else _NEXT[at]


def check_step(kind: ActKind, at: Progress | None, *, visit_ref: str) -> None:
    """Raises TooEarly when earlier steps are still missing (the act waits, P20), TooLate when it is past."""
    if at is not None and at in STEPS[kind]:
        return
    if at is not None and _ORDER.index(at) < min(_ORDER.index(step) for step in STEPS[kind]):
        raise TooEarly(visit_ref=visit_ref)
    raise TooLate(visit_ref=visit_ref)


@dataclass(frozen=True, slots=True)
class Claim:
    """When an act counts: `at` decides, `claimed_at` is what the phone said; a flagged claim decides nothing (P21).

    `told_at` is the claim with the phone's measured offset, unclamped: an arrival is judged by the visits' own rule.
    """

    at: datetime
    told_at: datetime
    claimed_at: datetime
    received_at: datetime
    flagged: bool


def claim(
    *, claimed_at: datetime | None, offset_s: int, previous_at: datetime, assigned_at: datetime, received_at: datetime
) -> Claim:
    """The effective instant: device time + measured offset, within [previous event, receipt] (E10).

    A claim after the receipt, before the assignment, or weeks old is flagged and counts from its receipt.
    """
    if claimed_at is None:
        return Claim(received_at, received_at, received_at, received_at, flagged=False)
    offset = timedelta(seconds=max(-LARGEST_OFFSET_S, min(LARGEST_OFFSET_S, offset_s)))
    effective = claimed_at + offset
    implausible = effective > received_at + TOLERANCE or effective < assigned_at or effective < received_at - OLDEST
    if implausible:
        return Claim(received_at, effective, claimed_at, received_at, flagged=True)
    at = min(max(effective, previous_at), received_at)
    return Claim(at, at, claimed_at, received_at, flagged=False)


def check_arrival(site: Position, seen: Position | None, *, reason: str) -> int | None:
    """Metres between the check-in and its site, None without a fix; far or unknown asks for a reason (screens §9)."""
    if seen is None:
        if not reason:
            raise ReasonNeeded()
        return None
    distance_m = round(haversine_m(site, seen))
    if distance_m > FAR_M and not reason:
        raise SiteFar(distance_m=distance_m, limit_m=FAR_M)
    return distance_m


def body_hash(kind: str, visit_ref: str, claimed_at: str, body: Mapping[str, Any]) -> str:
    """What the act said, as one number: the same id with another one is refused (P18)."""
    said = json.dumps([kind, visit_ref, claimed_at, body], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(said.encode("utf-8", "backslashreplace")).hexdigest()


def check_open(at: Progress | None, *, visit_ref: str) -> None:
    """Raises TooLate when no more parts can be wanted: the visit is solved, signed, or nobody's."""
    if at is None or at in (Progress.RESOLVED, Progress.SIGNED):
        raise TooLate(visit_ref=visit_ref)
