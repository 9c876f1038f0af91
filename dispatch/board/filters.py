"""What the board is asked to show: read from the address, so that a view of it can be sent to a colleague."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.kernel.dates import iso_day, local_day
from app.kernel.errors import InvalidInput
from dispatch.planner.settings import ZONE

__all__ = ["Filters", "read_filters"]

GROUPS = ("breached", "at_risk", "running")
ONLY = ("unassigned", "not_accepted")


@dataclass(frozen=True, slots=True)
class Filters:
    """One view of the board. '' and 0 mean: everything."""

    day: date
    days: int = 1
    territory: str = ""
    clock: str = ""
    only: str = ""
    level: int = 0
    skill: str = ""
    selected: str = ""

    @property
    def starts_at(self) -> datetime:
        """The first instant of the timeline."""
        return datetime(self.day.year, self.day.month, self.day.day, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)

    @property
    def ends_at(self) -> datetime:
        """The instant after the timeline's last."""
        return self.starts_at + timedelta(days=self.days)

    def args(self, today: date, **other: Any) -> dict[str, Any]:
        """The address's arguments for this view with `other` changed; what is everything is left out."""
        wanted = replace(self, **other)
        found = {
            "day": "" if wanted.day == today else wanted.day.isoformat(),
            "days": wanted.days if wanted.days > 1 else "",
            "territory": wanted.territory, "clock": wanted.clock, "only": wanted.only,
            "level": wanted.level, "skill": wanted.skill, "selected": wanted.selected,
        }  # fmt: skip
        return {name: value for name, value in found.items() if value}

    @property
    def narrowed(self) -> bool:
        """Whether something is filtered away besides the territory."""
        return bool(self.clock or self.only or self.level or self.skill)


def read_filters(args: Mapping[str, str], now: datetime) -> Filters:
    """The view the address asks for; a word it does not know asks for everything."""
    today = local_day(now, ZONE)
    try:
        day = iso_day(args.get("day", "") or today.isoformat(), field="day")
    except InvalidInput:
        day = today
    # A year away nothing is planned, and the calendar's arithmetic has an end.
    if abs(day - today) > timedelta(days=366):
        day = today
    return Filters(
        day=day,
        days=2 if args.get("days") == "2" else 1,
        territory=args.get("territory", "")[:20],
        clock=_one_of(args.get("clock", ""), GROUPS),
        only=_one_of(args.get("only", ""), ONLY),
        level=int(_one_of(args.get("level", ""), ("1", "2", "3")) or 0),
        skill=args.get("skill", "")[:40],
        selected=args.get("selected", "")[:20],
    )


def _one_of(word: str, known: tuple[str, ...]) -> str:
    return word if word in known else ""
