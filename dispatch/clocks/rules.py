"""Commitment clocks: one pure function turns a clock's events into its due instant, state and proof (D2, P9, E2).

Events are facts in the order they were recorded, never edited. Pauses belong to the request and are handed
to each of its clocks; a clock is stopped only by the reasons its policy lists. Recomputing from the same
events always gives the same answer, so a fact that arrives late (a phone that was offline) corrects a breach
by itself (E10), and an outage changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.calendar.rules import Due, ServiceHours, Span, count, worked
from app.kernel.clock import utc

__all__ = [
    "ACTIVE",
    "Appointment",
    "ClockKind",
    "ClockState",
    "ClockView",
    "Event",
    "LevelChanged",
    "LimitChanged",
    "PauseReason",
    "Paused",
    "Resumed",
    "Started",
    "StopReversed",
    "Stopped",
    "Terms",
    "Waived",
    "judge",
    "share_at",
]


class ClockKind(StrEnum):
    """What is promised; each is stopped by its own fact."""

    response = "response"
    remote_start = "remote_start"
    arrival = "arrival"
    restore = "restore"
    resolve = "resolve"
    triage = "triage"
    promise = "promise"


class ClockState(StrEnum):
    """The states of D2."""

    running = "running"
    at_risk = "at_risk"
    paused = "paused"
    breached = "breached"
    met = "met"
    met_late = "met_late"
    waived = "waived"


ACTIVE = frozenset({ClockState.running, ClockState.at_risk, ClockState.paused, ClockState.breached})
"""States in which the fact is still awaited."""


class PauseReason(StrEnum):
    """Why a request waits; whether a clock waits with it is its policy's word (D2). Values as the policies write them."""

    customer_not_ready = "customer_not_ready"
    no_access = "no_access"
    customer_testing = "customer_testing"
    our_part = "our_part"
    third_party = "third_party"
    loaner_in_place = "loaner_in_place"
    force_majeure = "force_majeure"


@dataclass(frozen=True, slots=True)
class Terms:
    """What one clock was promised when it started: stored with it, so that later terms move nothing (P8)."""

    kind: ClockKind
    limit: timedelta
    stops_for: frozenset[PauseReason] = frozenset()
    at_risk_percent: int = 75


@dataclass(frozen=True, slots=True)
class Started:
    """The customer's report, or the instant of the level change that opened this clock (P9)."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Paused:
    """The request began to wait, for this reason."""

    at: datetime
    reason: PauseReason


@dataclass(frozen=True, slots=True)
class Resumed:
    """It waits no longer for this reason; for none at all when no reason is given."""

    at: datetime
    reason: PauseReason | None = None


@dataclass(frozen=True, slots=True)
class LimitChanged:
    """The entitlement was corrected: the new limit is recounted from the report, pauses kept (E2)."""

    at: datetime
    limit: timedelta


@dataclass(frozen=True, slots=True)
class Appointment:
    """The customer asked to be visited at another time; replaces the arrival's due and touches no other clock."""

    at: datetime
    agreed_with: str
    new_due: datetime


@dataclass(frozen=True, slots=True)
class Stopped:
    """The fact happened at `at`, whenever it became known; of several facts the earliest stands."""

    at: datetime


@dataclass(frozen=True, slots=True)
class StopReversed:
    """What was taken for the fact was none: every stop recorded before this one is void."""

    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Waived:
    """The customer, or force majeure, let us off; somebody of ours wrote it down with a reason."""

    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class LevelChanged:
    """Another level's clocks run from here on; this clock keeps its promise but warns nobody any more (P9)."""

    at: datetime
    level: int


Event = Started | Paused | Resumed | LimitChanged | Appointment | Stopped | StopReversed | Waived | LevelChanged


@dataclass(frozen=True, slots=True)
class ClockView:
    """What a clock says at one instant."""

    kind: ClockKind
    state: ClockState
    started_at: datetime
    due_at: datetime | None
    """None while paused with time left: nobody can be late then (E2)."""
    target_at: datetime
    """`due_at`, or, while paused, where it stood when the pause began: for a row that must hold an instant."""
    at_risk_at: datetime | None
    """When 75 % of the service time is gone; None while an open pause lies before it."""
    stopped_at: datetime | None
    superseded_at: datetime | None
    """When a level change opened new clocks beside this one."""
    paused_s: int
    """Service time that pauses took out before due, in seconds: W(start, due) = limit + this (P9)."""
    left_s: int
    """Service time not yet used, in seconds, never negative; when stopped, what was unused then."""
    remaining_s: int
    """Seconds by the wall until due, below 0 once late, frozen by the fact; while paused the same as `left_s`."""
    waits_for: tuple[PauseReason, ...]
    """The reasons that stop it just now."""
    provisional: bool
    proof: Due | None
    """The count behind `due_at`; None while paused, and after an appointment, which is a word and not a count."""
    appointment: Appointment | None


@dataclass(frozen=True, slots=True)
class _Story:
    """The events of one clock, read: what matters of them up to some instant."""

    started_at: datetime
    limit: timedelta
    pauses: tuple[Span, ...]
    """Ended pauses that stop this clock, none of them beyond the fact."""
    open_since: datetime | None
    waits_for: tuple[PauseReason, ...]
    appointment: Appointment | None
    stopped_at: datetime | None
    waived: Waived | None
    superseded_at: datetime | None


def judge(terms: Terms, events: Sequence[Event], hours: ServiceHours, now: datetime) -> ClockView:
    """The clock as it stood at `now`: due, state, time paused, proof. Pure; `events` in recorded order.

    Due is the earliest instant at which the limit is used up in `hours`, pauses for the listed reasons not
    counted. A fact at the very instant of due is in time; without a fact the clock is breached from that
    instant on. An open pause suspends due unless the time was used up before it. What happened after `now`
    is not known yet. Source: D2, P9, E2.
    """
    now = utc(now)
    story = _read(terms, events, now)
    until = max(story.started_at, story.stopped_at or now)
    target, proof = _target(story, hours)
    due = None if _suspended(story, target) else target
    paused_now = story.pauses if story.open_since is None else (*story.pauses, (story.open_since, until))
    before_due = until if due is None else max(story.started_at, min(until, due))
    total = _total(story, target, hours)
    left_s = max(0, _seconds(total - worked(hours, story.started_at, until, without=paused_now)))
    at_risk_at = _at_share(story, hours, terms.at_risk_percent)
    state = _state(story, due, at_risk_at, now)
    shown = proof if due is not None else None
    return ClockView(
        kind=terms.kind,
        state=state,
        started_at=story.started_at,
        due_at=due,
        target_at=target,
        at_risk_at=at_risk_at,
        stopped_at=story.stopped_at,
        superseded_at=story.superseded_at,
        paused_s=_seconds(
            worked(hours, story.started_at, before_due)
            - worked(hours, story.started_at, before_due, without=paused_now)
        ),
        left_s=left_s,
        remaining_s=left_s if due is None else _seconds(due - (story.stopped_at or now)),
        waits_for=story.waits_for if state is ClockState.paused else (),
        provisional=shown is not None and shown.provisional,
        proof=shown,
        appointment=story.appointment,
    )


def share_at(
    terms: Terms, events: Sequence[Event], hours: ServiceHours, now: datetime, percent: int
) -> datetime | None:
    """When that share of the clock's service time is used up, as known at `now`; None while suspended before it."""
    return _at_share(_read(terms, events, utc(now)), hours, percent)


def _state(story: _Story, due: datetime | None, at_risk_at: datetime | None, now: datetime) -> ClockState:
    """The rows of D2, first match first: the fact, the waiver, the pause, the passed instants."""
    if story.stopped_at is not None and (due is None or story.stopped_at <= due):
        return ClockState.met
    if story.waived is not None:
        return ClockState.waived
    if story.stopped_at is not None:
        return ClockState.met_late
    if due is None:
        return ClockState.paused
    if due <= now:
        return ClockState.breached
    return ClockState.at_risk if at_risk_at is not None and at_risk_at <= now else ClockState.running


def _target(story: _Story, hours: ServiceHours) -> tuple[datetime, Due | None]:
    """When the clock runs out if no pause is open, and the count that says so, if it was counted."""
    if story.appointment is None:
        proof = count(story.started_at, story.limit, hours, without=story.pauses)
        return proof.at, proof
    target, agreed_at = utc(story.appointment.new_due), utc(story.appointment.at)
    for start, end in sorted(story.pauses):
        # An agreed time is a word, so pauses before it move nothing; one that swallows it puts it off by
        # what was left when the wait began, or resuming would be late at once (E2).
        if (start := max(start, agreed_at)) < target <= end:
            target = end + (target - start)
    return target, None


def _suspended(story: _Story, instant: datetime) -> bool:
    """Whether an open pause began before `instant`, so that it cannot be reached yet."""
    return story.open_since is not None and story.open_since < instant


def _total(story: _Story, target: datetime, hours: ServiceHours) -> timedelta:
    """All the service time the clock has: its limit, or what an appointment made of it."""
    if story.appointment is None:
        return story.limit
    return worked(hours, story.started_at, target, without=story.pauses)


def _at_share(story: _Story, hours: ServiceHours, percent: int) -> datetime | None:
    """The instant at which `percent` of the service time is used up; the due instant itself at 100."""
    target, _ = _target(story, hours)
    part = _total(story, target, hours) * percent / 100
    instant = target
    # An appointment outside service hours may leave no service time to take a share of.
    if percent < 100 and part:
        instant = min(target, count(story.started_at, part, hours, without=story.pauses).at)
    return None if _suspended(story, instant) else instant


def _read(terms: Terms, events: Sequence[Event], now: datetime) -> _Story:
    """What the events say up to `now`. Exactly one Started must be among them."""
    started_at = _start_of(events)
    limit, appointment, waived, stopped_at, superseded_at = terms.limit, None, None, None, None
    for event in events:
        if utc(event.at) > now:
            continue
        match event:
            case LimitChanged():
                limit = event.limit
            case Appointment() if terms.kind is ClockKind.arrival:
                appointment = event
            case Stopped():
                stopped_at = min(utc(event.at), stopped_at or utc(event.at))
            case StopReversed():
                stopped_at = None
            case Waived():
                waived = event
            case LevelChanged():
                superseded_at = utc(event.at)
    pauses, waiting = _pauses(terms, events, now)
    if stopped_at is not None:
        # The fact ends every wait, and a wait after it cannot move what was due before.
        pauses += [(start, stopped_at) for start in waiting.values()]
        pauses = [(start, min(end, stopped_at)) for start, end in pauses if start < stopped_at]
        waiting = {}
    return _Story(
        started_at=started_at,
        limit=limit,
        pauses=tuple(pauses),
        open_since=min(waiting.values(), default=None),
        waits_for=tuple(sorted(waiting)),
        appointment=appointment,
        stopped_at=stopped_at,
        waived=waived,
        superseded_at=superseded_at,
    )


def _start_of(events: Sequence[Event]) -> datetime:
    """The one start of the clock."""
    starts = [utc(event.at) for event in events if isinstance(event, Started)]
    if len(starts) != 1:
        raise ValueError("a clock starts exactly once")
    return starts[0]


def _pauses(terms: Terms, events: Sequence[Event], now: datetime) -> tuple[list[Span], dict[PauseReason, datetime]]:
    """The pauses that stop this clock: those that ended, and since when each open one lasts.

    A pause may have begun before the clock: one under way carries on over a level change (P9).
    """
    ended: list[Span] = []
    waiting: dict[PauseReason, datetime] = {}
    for event in events:
        if utc(event.at) > now:
            continue
        if isinstance(event, Paused) and event.reason in terms.stops_for:
            waiting.setdefault(event.reason, utc(event.at))
        elif isinstance(event, Resumed):
            for reason in [event.reason] if event.reason else list(waiting):
                if reason in waiting:
                    ended.append((waiting.pop(reason), utc(event.at)))
    return ended, waiting


def _seconds(span: timedelta) -> int:
    """Whole seconds, towards the past: a clock never shows time that is already gone."""
    return span // timedelta(seconds=1)
