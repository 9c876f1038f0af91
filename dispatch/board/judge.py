"""What an assignment by hand would break, asked of the server before the drop and again at the drop (R5).

The engine's suggestions say what it costs; this says what stands in the way at exactly this time, in this row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.geo.rules import Position
from app.kernel.dates import local_day
from dispatch.board import queries, rules
from dispatch.board.cards import Card
from dispatch.board.filters import Filters
from dispatch.board.queries import Row
from dispatch.board.rules import Breach, Duty, Leg, Neighbour
from dispatch.people.api import engineer_card
from dispatch.people.rules import why_not
from dispatch.planner import api as planner
from dispatch.planner.settings import FREEZE, ZONE
from dispatch.travel.api import drive

__all__ = ["Verdict", "extra_cost", "judge"]

STEP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Verdict:
    """When the engineer would be there, and what that breaks; empty `breaches` means it fits."""

    engineer_id: int
    engineer_name: str
    engineer_name_en: str
    starts_at: datetime
    ends_at: datetime
    travel_s: int
    breaches: tuple[Breach, ...]

    @property
    def grave(self) -> bool:
        """Whether a reason is needed to do it anyway."""
        return any(breach.grave for breach in self.breaches)


def judge(session: Session, card: Card, engineer_id: int, starts_at: datetime | None, *, now: datetime) -> Verdict:
    """The verdict on sending this engineer at `starts_at`, or as soon as he can when that is None."""
    person = engineer_card(session, engineer_id)
    day = Filters(local_day(starts_at or now, ZONE), days=2)
    row, planned = queries.engineer_row(session, engineer_id, day, now=now)
    assert row is not None  # The card above has just been read from the same row.
    others = [other for other in planned if other.visit_ref != card.visit_ref and other.starts_at and other.ends_at]
    site = Position(card.lat, card.lon)
    from_here, _ = drive(Position(row.lat, row.lon), site, at=now, zone=ZONE)
    start = starts_at or _earliest(others, site, now + timedelta(seconds=from_here))
    neighbours = [_neighbour(other, site, start) for other in others]
    before = [other for other in neighbours if other.ends_at <= start]
    leg = Leg(
        starts_at=start,
        ends_at=start + planner.duration(session, card.visit_ref, engineer_id, now=now),
        drive_s=from_here if start - now < timedelta(hours=12) else 0,
        arrival_due_at=card.arrival.due_at if card.arrival and card.arrival.running else None,
        release_at=card.release_at,
        window=card.window,
    )
    breaches = rules.breaches(
        leg, now=now, freeze=FREEZE, duties=_duties(row), row=neighbours,
        why_not=why_not(person, card.skill_code, card.skill_level, local_day(start, card.zone)),
    )  # fmt: skip
    travel_s = max(before, key=lambda other: other.ends_at).drive_s if before else from_here
    return Verdict(person.id, person.name, person.name_en, leg.starts_at, leg.ends_at, travel_s, breaches)


def extra_cost(session: Session, card: Card, engineer_id: int, *, now: datetime) -> int | None:
    """What the day would cost more with this engineer, where it costs least; None where the engine sees no way."""
    day = planner.day_as_it_stands(session, territory=None, now=now)
    some = planner.suggestions(day, [card.visit_ref], k=None).get(card.visit_ref, ())
    return next((one.extra_fen for one in some if one.engineer_id == engineer_id), None)


def _earliest(others: Sequence[Card], site: Position, from_here_at: datetime) -> datetime:
    """As soon as what he is bound for is done and the road is driven, on a round five minutes."""
    start = from_here_at
    for other in others:
        if other.ends_at is not None and other.ends_at + timedelta(hours=1) > start and not other.movable:
            seconds, _ = drive(Position(other.lat, other.lon), site, at=other.ends_at, zone=ZONE)
            start = max(start, other.ends_at + timedelta(seconds=seconds))
    over = timedelta(seconds=start.timestamp() % STEP.total_seconds())
    return start if not over else start - over + STEP


def _neighbour(other: Card, site: Position, start: datetime) -> Neighbour:
    """Another stop of the row, with the drive between it and this site in the direction that will be driven."""
    assert other.starts_at is not None
    assert other.ends_at is not None
    there = Position(other.lat, other.lon)
    first, second = (there, site) if other.ends_at <= start else (site, there)
    seconds, _ = drive(first, second, at=min(other.ends_at, start), zone=ZONE)
    return Neighbour(other.visit_ref, other.starts_at, other.ends_at, seconds)


def _duties(row: Row) -> list[Duty]:
    return [Duty(shift.starts_at, shift.ends_at, shift.overtime) for shift in row.shifts]
