"""The roster of a week as its page shows it: shifts by engineer and day, and the gaps before they happen (D12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from app.kernel.dates import day_start, local_day
from dispatch.people import api as people
from dispatch.people.rules import EngineerCard, can_do
from dispatch.roster import rules, store
from dispatch.roster.rules import DutyCard

__all__ = ["ZONE", "Gap", "Week", "week_of"]

ZONE = "Asia/Shanghai"
"""The zone of our own people's wall clocks, in which shifts are typed and shown."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which nobody of a territory, or nobody there with a skill, is on duty."""

    territory: str
    skill: str | None
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """One engineer's week: the shifts that begin on each day."""

    engineer: EngineerCard
    days: tuple[tuple[DutyCard, ...], ...]


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from a Monday."""

    monday: date
    days: tuple[date, ...]
    rows: tuple[Row, ...]
    gaps: tuple[Gap, ...]


def week_of(session: Session, day: date, *, territory: str | None, skills: Mapping[str, str], now: datetime) -> Week:
    """The week that `day` lies in. Gaps begin at `now` at the earliest: the past cannot be filled any more."""
    monday = day - timedelta(days=day.weekday())
    days = tuple(monday + n * _DAY for n in range(7))
    start, end = day_start(monday, ZONE), day_start(monday + 7 * _DAY, ZONE)
    engineers = people.engineers_for(session, on=monday, territory=territory)
    duties = store.duties(session, start, end, [card.id for card in engineers])
    begun: dict[tuple[int, date], list[DutyCard]] = {}
    for duty in duties:
        begun.setdefault((duty.engineer_id, local_day(duty.starts_at, ZONE)), []).append(duty)
    rows = tuple(Row(card, tuple(tuple(begun.get((card.id, on), ())) for on in days)) for card in engineers)
    return Week(monday, days, rows, tuple(_gaps(engineers, duties, max(start, now), end, skills=skills, on=monday)))


def _gaps(
    engineers: tuple[EngineerCard, ...], duties: tuple[DutyCard, ...], start: datetime, end: datetime, *,
    skills: Mapping[str, str], on: date,
) -> list[Gap]:  # fmt: skip
    """Nobody at all first; of the skills a territory has, those that nobody on duty holds while somebody is there."""
    found: list[Gap] = []
    if start >= end:
        return found
    for territory in sorted({card.territory for card in engineers}):
        here = [card for card in engineers if card.territory == territory]
        nobody = rules.gaps(duties, start, end, engineer_ids=[card.id for card in here])
        found += [Gap(territory, None, *span) for span in nobody]
        for skill in skills:
            able = [card.id for card in here if can_do(card.skills, skill, 1, on)]
            if able and len(able) < len(here):
                without = rules.gaps(duties, start, end, engineer_ids=able)
                found += [Gap(territory, skill, *span) for span in without if span not in nobody]
    return found
