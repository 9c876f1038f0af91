"""What the board decides: which visits need somebody now, in what order, and what a hand-made assignment would break.

Pure: rows arrive as plain values, the answer is plain values; words come later, by code (screens §3, §4, R5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dispatch.clocks.rules import ClockState
from dispatch.visits.rules import DONE, WAITING, VisitState

__all__ = [
    "Alert",
    "Breach",
    "Case",
    "Duty",
    "Leg",
    "Neighbour",
    "alerts",
    "breaches",
    "clock_group",
    "needs_action",
    "sort_key",
]

NOT_ACCEPTED_AFTER = timedelta(minutes=5)
"""An assignment that nobody accepted for this long lifts its card (screens §5, row 5)."""
UNASSIGNED_SHARE = 10
"""Percent of the arrival limit after which an unassigned visit says how long it has waited (screens §3)."""
#: Somebody is bound for the site and not there yet.
GOING = frozenset({VisitState.ASSIGNED, VisitState.ACCEPTED, VisitState.EN_ROUTE})


@dataclass(frozen=True, slots=True)
class Case:
    """One visit as far as it matters to whoever watches: its state, its next clock, its arrival promise."""

    state: VisitState
    reported_at: datetime
    assigned_at: datetime | None = None
    planned_start_at: datetime | None = None
    clock_state: ClockState | None = None
    clock_due_at: datetime | None = None
    arrival_due_at: datetime | None = None
    arrival_limit_s: int | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """Something beside the clock that lifts a card and never recolours it; `minutes` is how much."""

    code: str
    minutes: int


def alerts(case: Case, now: datetime) -> tuple[Alert, ...]:
    """What is wrong beside the clock: waiting too long, not accepted, going to be late."""
    found = []
    if case.state in WAITING and (waited := now - case.reported_at) >= _patience(case):
        found.append(Alert("unassigned", _minutes(waited)))
    asked_at = case.assigned_at if case.state is VisitState.ASSIGNED else None
    if asked_at is not None and now - asked_at >= NOT_ACCEPTED_AFTER:
        found.append(Alert("not_accepted", _minutes(now - asked_at)))
    late = _predicted_late(case, now)
    if late > timedelta():
        found.append(Alert("predicted_late", max(1, _minutes(late))))
    return tuple(found)


def _patience(case: Case) -> timedelta:
    return timedelta(seconds=(case.arrival_limit_s or 0) * UNASSIGNED_SHARE // 100)


def _predicted_late(case: Case, now: datetime) -> timedelta:
    """How long after the promised arrival the plan has the engineer there; nothing once he is there."""
    if case.state not in GOING or case.arrival_due_at is None:
        return timedelta()
    if case.planned_start_at is None or case.arrival_due_at <= now:
        return timedelta()  # A passed instant is the clock's own business: it is breached, not predicted.
    return max(timedelta(), case.planned_start_at - case.arrival_due_at)


def needs_action(case: Case, now: datetime) -> bool:
    """Whether the visit belongs in 需处理: nobody goes, nobody answers, or its promise is in danger."""
    if case.state in DONE:
        return False
    if case.state in WAITING or clock_group(case.clock_state) in {"breached", "at_risk"}:
        return True
    return bool(alerts(case, now))


def clock_group(state: ClockState | None) -> str:
    """The counter a visit belongs to: breached, at_risk, running, or other (paused, or no clock runs)."""
    if state in {ClockState.breached, ClockState.at_risk, ClockState.running}:
        return str(state)
    return "other"


def sort_key(case: Case, ref: str) -> tuple[bool, float, str]:
    """By the next due instant, the ones without any last (screens §3)."""
    due = case.clock_due_at
    return (due is None, due.timestamp() if due else 0.0, ref)


@dataclass(frozen=True, slots=True)
class Duty:
    """One shift: nobody begins before it, nobody is kept beyond its end and overtime without being asked."""

    starts_at: datetime
    ends_at: datetime
    overtime: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another visit on the row, with how long the drive from it, or to it, takes."""

    ref: str
    starts_at: datetime
    ends_at: datetime
    drive_s: int


@dataclass(frozen=True, slots=True)
class Leg:
    """What is about to be dropped: service from `starts_at` to `ends_at`, reached in `drive_s` from where he is now."""

    starts_at: datetime
    ends_at: datetime
    drive_s: int
    arrival_due_at: datetime | None = None
    release_at: datetime | None = None
    window: tuple[datetime, datetime] | None = None


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing a hand-made assignment would break; `grave` ones ask for a reason, the others are only told."""

    code: str
    grave: bool = True
    data: Mapping[str, object] = field(default_factory=dict)


def breaches(
    leg: Leg, *, now: datetime, freeze: timedelta, duties: Iterable[Duty], row: Sequence[Neighbour], why_not: str | None
) -> tuple[Breach, ...]:
    """Everything the drop would break, worst first; empty when it fits (R5)."""
    found = []
    if why_not is not None:
        found.append(Breach(why_not))
    if not any(_covers(duty, leg) for duty in duties):
        found.append(Breach("board.breach.off_shift"))
    found.extend(_row_breaches(leg, row, now))
    if leg.arrival_due_at is not None and leg.starts_at > leg.arrival_due_at:
        late = max(1, _minutes(leg.starts_at - leg.arrival_due_at))
        found.append(Breach("board.breach.late", data={"minutes": late}))
    found.extend(_window_breaches(leg))
    if leg.starts_at < now + freeze:
        found.append(Breach("board.breach.frozen", grave=False, data={"minutes": _minutes(freeze)}))
    return tuple(found)


def _covers(duty: Duty, leg: Leg) -> bool:
    return duty.starts_at <= leg.starts_at and leg.ends_at <= duty.ends_at + duty.overtime


def _row_breaches(leg: Leg, row: Sequence[Neighbour], now: datetime) -> list[Breach]:
    """Overlaps, a stop before that leaves no time for the drive, a stop after that would be reached late."""
    found = []
    before: Neighbour | None = None
    after: Neighbour | None = None
    for other in row:
        if other.starts_at < leg.ends_at and leg.starts_at < other.ends_at:
            found.append(Breach("board.breach.overlap", data={"ref": other.ref}))
        elif other.ends_at <= leg.starts_at:
            before = other if before is None or other.ends_at > before.ends_at else before
        elif after is None or other.starts_at < after.starts_at:
            after = other
    free_at = now if before is None else max(now, before.ends_at)
    drive_s = leg.drive_s if before is None else before.drive_s
    if (there_at := free_at + timedelta(seconds=drive_s)) > leg.starts_at:
        found.append(Breach("board.breach.unreachable", data={"at": there_at, "minutes": drive_s // 60}))
    if after is not None and (there_at := leg.ends_at + timedelta(seconds=after.drive_s)) > after.starts_at:
        late = max(1, _minutes(there_at - after.starts_at))
        found.append(Breach("board.breach.delays", data={"ref": after.ref, "minutes": late}))
    return found


def _window_breaches(leg: Leg) -> list[Breach]:
    if leg.window is not None and not leg.window[0] <= leg.starts_at <= leg.window[1]:
        return [Breach("board.breach.window", data={"start": leg.window[0], "end": leg.window[1]})]
    if leg.release_at is not None and leg.starts_at < leg.release_at:
        return [Breach("board.breach.too_early", data={"at": leg.release_at})]
    return []


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds()) // 60
