"""Warnings and the fault level's automaton: which steps are due, each with its true instant (D3, E4, P10, P11).

Pure and repeatable: the executor inserts (clock, step) under a unique key and runs this again inside that
transaction, so a second scheduler, a crash or a late run adds nothing and changes no effective instant.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.calendar.rules import ServiceHours
from app.kernel.clock import utc
from dispatch.clocks.rules import (
    ACTIVE,
    ClockKind,
    Event,
    Paused,
    PauseReason,
    Resumed,
    Started,
    Terms,
    judge,
    share_at,
)

__all__ = ["WARN_AT", "Rise", "Step", "level_rises", "steps_due"]

WARN_AT = (50, 75, 100)
"""Percent of the service time at which somebody is told (D3)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One warning of one clock; of several missed ones only the last is `told` (E4)."""

    percent: int
    effective_at: datetime
    told: bool


@dataclass(frozen=True, slots=True)
class Rise:
    """The fault level rising by itself; the new level's clocks start at `effective_at`, however late it is run."""

    from_level: int
    to_level: int
    effective_at: datetime
    told: bool


def steps_due(
    terms: Terms,
    events: Sequence[Event],
    hours: ServiceHours,
    now: datetime,
    *,
    done: Collection[int] = (),
    warn_at: Sequence[int] = WARN_AT,
) -> list[Step]:
    """The warnings whose instant has come and which are not `done`, in order.

    None once the fact has happened or the clock was waived, none that lies beyond an open pause, and none
    after a level change put other clocks in this one's place (P11).
    """
    view = judge(terms, events, hours, now)
    if view.state not in ACTIVE:
        return []
    reached: list[tuple[int, datetime]] = []
    for percent in sorted(set(warn_at) - set(done)):
        at = share_at(terms, events, hours, now, percent)
        if at is not None and at <= utc(now) and (view.superseded_at is None or at <= view.superseded_at):
            reached.append((percent, at))
    # A later step that was told already makes an earlier one stale news: it is recorded, not told.
    loudest = max([percent for percent, _ in reached] + list(done), default=0)
    return [Step(percent, at, told=percent == loudest) for percent, at in reached]


def level_rises(
    level: int,
    since: datetime,
    limits: Mapping[int, timedelta],
    events: Sequence[Event],
    hours: ServiceHours,
    now: datetime,
    *,
    stops_for: frozenset[PauseReason] = frozenset(),
) -> list[Rise]:
    """The rises from `level`, held `since`, that have come about by `now`; one level at a time, 1 is the top.

    `limits` says for each level after how much service time unsolved it rises; a level without one stays.
    Only the request's pauses are read from `events`. The caller asks only for a fault that is still open and
    for which nothing else was agreed (D3), and passes the level already recorded: asked again, nothing is new.
    """
    waits = [event for event in events if isinstance(event, Paused | Resumed)]
    found: list[tuple[int, datetime]] = []
    while level > 1 and level in limits:
        terms = Terms(ClockKind.resolve, limits[level], stops_for)
        at = share_at(terms, [Started(since), *waits], hours, now, 100)
        if at is None or at > utc(now):
            break
        found.append((level, at))
        level, since = level - 1, at
    return [Rise(old, old - 1, at, told=(old, at) == found[-1]) for old, at in found]
