"""Who is on duty when, and when nobody is (D12, R1). Spans are half-open, instants aware UTC."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.roster.errors import BreakOutside, EndsBeforeItStarts

__all__ = ["DutyCard", "Shift", "checked", "gaps", "on_duty", "overlapping"]

LONGEST = timedelta(hours=24)
_NOTHING = timedelta()


@dataclass(frozen=True, slots=True)
class Shift:
    """What is asked for: from when to when, its break, and how long it may be stretched."""

    starts_at: datetime
    ends_at: datetime
    kind: str = "regular"
    break_from_at: datetime | None = None
    break_latest_at: datetime | None = None
    break_minutes: int = 0
    max_overtime_minutes: int = 0


@dataclass(frozen=True, slots=True)
class DutyCard:
    """One shift of one engineer as it stands; `version` is what a change must have seen (P14)."""

    id: int
    engineer_id: int
    kind: str
    starts_at: datetime
    ends_at: datetime
    break_from_at: datetime | None
    break_latest_at: datetime | None
    break_minutes: int
    max_overtime_minutes: int
    version: int


def checked(shift: Shift) -> Shift:
    """The same shift; raises EndsBeforeItStarts or BreakOutside for one that nobody could work."""
    if not _NOTHING < shift.ends_at - shift.starts_at <= LONGEST:
        raise EndsBeforeItStarts()
    if not 0 <= shift.break_minutes <= 240 or not 0 <= shift.max_overtime_minutes <= 480:
        raise BreakOutside()
    if shift.break_from_at is None and shift.break_latest_at is None:
        if shift.break_minutes:
            raise BreakOutside()
        return shift
    if shift.break_from_at is None or shift.break_latest_at is None:
        raise BreakOutside()
    ends = shift.break_latest_at + timedelta(minutes=shift.break_minutes)
    if not shift.starts_at <= shift.break_from_at <= shift.break_latest_at or ends > shift.ends_at:
        raise BreakOutside()
    return shift


def overlapping(shift: Shift, others: Iterable[DutyCard], *, but: int | None = None) -> DutyCard | None:
    """The first of an engineer's other shifts that shares an instant with this one."""
    for other in others:
        if other.id != but and other.starts_at < shift.ends_at and shift.starts_at < other.ends_at:
            return other
    return None


def on_duty(duties: Iterable[DutyCard], at: datetime) -> tuple[int, ...]:
    """The engineers whose shift is running at that instant, each once, in the order given."""
    return tuple(dict.fromkeys(duty.engineer_id for duty in duties if duty.starts_at <= at < duty.ends_at))


def gaps(
    duties: Sequence[DutyCard], start: datetime, end: datetime, *, engineer_ids: Iterable[int] | None = None
) -> tuple[tuple[datetime, datetime], ...]:
    """The stretches of [start, end) in which none of these engineers is on duty, in order."""
    wanted = None if engineer_ids is None else set(engineer_ids)
    spans = sorted((d.starts_at, d.ends_at) for d in duties if wanted is None or d.engineer_id in wanted)
    found: list[tuple[datetime, datetime]] = []
    reached = start
    for span_start, span_end in spans:
        if span_end <= reached:
            continue
        if span_start >= end:
            break
        if span_start > reached:
            found.append((reached, span_start))
        reached = span_end
    if reached < end:
        found.append((reached, end))
    return tuple(found)
