"""Clocks and their events as rows ↔ what `judge` wants; every change is judged anew and written back (P9)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.calendar.api import service_hours
from app.calendar.rules import ServiceHours
from dispatch.clocks.models import ClockEvent, ClockEventKind, ClockRowState, ClockStep, CommitmentClock
from dispatch.clocks.rules import (
    ACTIVE,
    Appointment,
    ClockKind,
    ClockView,
    Event,
    LevelChanged,
    LimitChanged,
    Paused,
    PauseReason,
    Resumed,
    Started,
    Stopped,
    StopReversed,
    Terms,
    Waived,
    judge,
    share_at,
)  # fmt: skip
from dispatch.clocks.steps import WARN_AT

__all__ = ["Dial", "add_event", "breach_of", "dials", "open_waits", "request_ids_due", "steps_done", "write_back"]

_K = ClockEventKind


class Dial:
    """One clock with all that it is judged by: its row, its story, its service hours as they stood at the report."""

    def __init__(self, row: CommitmentClock, events: list[Event], hours: ServiceHours, done: frozenset[int]) -> None:
        self.row, self.events, self.hours, self.done = row, events, hours, done

    @property
    def terms(self) -> Terms:
        """What was promised, as stored with the clock."""
        stops_for = frozenset(PauseReason(reason) for reason in json.loads(self.row.terms).get("pause_reasons", ()))
        return Terms(ClockKind(self.row.kind), timedelta(seconds=self.row.limit_s), stops_for)

    def judged(self, now: datetime) -> ClockView:
        """What the clock says at `now`."""
        return judge(self.terms, self.events, self.hours, now)


def dials(session: Session, request_id: int, *, kinds: Collection[str] | None = None) -> list[Dial]:
    """The clocks of a request, in the order they were opened, each with its story."""
    wanted = select(CommitmentClock).where(CommitmentClock.request_id == request_id).order_by(CommitmentClock.id)
    if kinds is not None:
        wanted = wanted.where(CommitmentClock.kind.in_(kinds))
    rows = list(session.scalars(wanted))
    if not rows:
        return []
    events = events_of(session, request_id)
    done = steps_done(session, [row.id for row in rows])
    hours: dict[tuple[str, str, int], ServiceHours] = {}
    found = []
    for row in rows:
        key = (row.hours_code, row.zone, row.calendar_version)
        if key not in hours:
            hours[key] = service_hours(session, row.hours_code, row.zone, version=row.calendar_version)
        found.append(Dial(row, story(row.id, events), hours[key], done.get(row.id, frozenset())))
    return found


def events_of(session: Session, request_id: int) -> list[ClockEvent]:
    """Everything that happened to a request's clocks, in recorded order."""
    return list(session.scalars(select(ClockEvent).where(ClockEvent.request_id == request_id).order_by(ClockEvent.seq)))


def story(clock_id: int, events: Iterable[ClockEvent]) -> list[Event]:
    """What concerns this clock: its own events, and the waits, which are the request's."""
    return [_event(row) for row in events if row.clock_id in (None, clock_id)]


def _event(row: ClockEvent) -> Event:
    data: Mapping[str, Any] = json.loads(row.data)
    match row.kind:
        case _K.STARTED:
            return Started(row.at)
        case _K.PAUSED:
            return Paused(row.at, PauseReason(data["reason"]))
        case _K.RESUMED:
            return Resumed(row.at)
        case _K.LIMIT_CHANGED:
            return LimitChanged(row.at, timedelta(seconds=data["limit_s"]))
        case _K.APPOINTMENT:
            return Appointment(row.at, data["agreed_with"], datetime.fromisoformat(data["new_due_at"]))
        case _K.STOPPED:
            return Stopped(row.at)
        case _K.STOP_REVERSED:
            return StopReversed(row.at, row.by, data["reason"])
        case _K.WAIVED:
            return Waived(row.at, row.by, data["reason"])
        case _K.LEVEL_CHANGED:
            return LevelChanged(row.at, data["level"])


def add_event(
    session: Session,
    request_id: int,
    kind: ClockEventKind,
    *,
    at: datetime,
    by: str,
    now: datetime,
    clock_id: int | None = None,
    **data: Any,
) -> None:
    """One more line in the request's story; its number is the next one, which the request's lock keeps apart."""
    last = session.scalar(select(func.max(ClockEvent.seq)).where(ClockEvent.request_id == request_id)) or 0
    session.add(
        ClockEvent(
            request_id=request_id, clock_id=clock_id, seq=last + 1, kind=kind, at=at, recorded_at=now, by=by,
            data=json.dumps(data, ensure_ascii=False, sort_keys=True),
        )
    )  # fmt: skip
    session.flush()


def open_waits(events: Iterable[ClockEvent]) -> tuple[datetime, str] | None:
    """Since when and for what the request waits just now; None when it does not."""
    waiting: tuple[datetime, str] | None = None
    for row in events:
        if row.kind is _K.PAUSED:
            waiting = (row.at, json.loads(row.data)["reason"])
        elif row.kind is _K.RESUMED:
            waiting = None
    return waiting


def write_back(dial: Dial, now: datetime) -> ClockView:
    """Judge the clock at `now` and store what it says; instants that are suspended keep their last value."""
    row, view = dial.row, dial.judged(now)
    if view.due_at is not None:
        row.due_at, row.provisional = view.due_at, view.provisional
    if view.at_risk_at is not None:
        row.at_risk_at = view.at_risk_at
    row.paused_s = view.paused_s
    row.state = ClockRowState(view.state.value)
    row.stopped_at, row.superseded_at = view.stopped_at, view.superseded_at
    row.next_step_at = _next_step(dial, view, now)
    return view


def _next_step(dial: Dial, view: ClockView, now: datetime) -> datetime | None:
    """When the next warning of this clock is due; None when none is, or while it is suspended."""
    if view.state not in ACTIVE:
        return None
    ahead = [
        share_at(dial.terms, dial.events, dial.hours, now, percent) for percent in WARN_AT if percent not in dial.done
    ]
    instants = [at for at in ahead if at is not None and (view.superseded_at is None or at <= view.superseded_at)]
    return min(instants, default=None)


def steps_done(session: Session, clock_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """Which warnings each clock has given."""
    found: dict[int, frozenset[int]] = {}
    for row in session.scalars(select(ClockStep).where(ClockStep.clock_id.in_(clock_ids))):
        found[row.clock_id] = found.get(row.clock_id, frozenset()) | {row.step}
    return found


def breach_of(session: Session, clock_id: int) -> datetime | None:
    """The true instant at which this clock was told to be breached; None where it never was."""
    return session.scalar(select(ClockStep.due_at).where(ClockStep.clock_id == clock_id, ClockStep.step == WARN_AT[-1]))


def request_ids_due(session: Session, now: datetime, *, limit: int = 500) -> list[int]:
    """The requests with a warning whose instant has come, the longest waiting first."""
    first = func.min(CommitmentClock.next_step_at)
    rows = session.execute(
        select(CommitmentClock.request_id)
        .where(CommitmentClock.next_step_at <= now)
        .group_by(CommitmentClock.request_id)
        .order_by(first, CommitmentClock.request_id)
        .limit(limit)
    )
    return [request_id for (request_id,) in rows]
