"""Who works when: a weekly pattern for the six engineers of a territory, somebody on duty at every hour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from dispatch.demo.company import Company, EngineerRef, local
from dispatch.roster import use_cases as roster
from dispatch.roster.rules import Shift

__all__ = ["on_duty", "shift_on", "write_roster"]

DAYS_BEFORE, DAYS_AHEAD = 7, 8
_MON, _TUE, _WED, _THU, _FRI, _SAT, _SUN = range(7)
#: place among the six → weekdays worked, first hour, last hour.
_DAYS = {
    0: ({_SUN, _MON, _TUE, _WED, _THU}, 8, 18),
    1: ({_SAT, _SUN, _MON, _TUE, _WED}, 9, 19),
    2: ({_WED, _THU, _FRI, _SAT, _SUN}, 8, 18),
    3: ({_MON, _TUE, _THU, _FRI, _SAT, _SUN}, 11, 21),
}
_NIGHT_FROM, _NIGHT_HOURS = 19, 13


def shift_on(place: int, day: date) -> Shift | None:
    """The shift that begins on `day`; the fifth and the sixth engineer take the nights in turn."""
    if place in _DAYS:
        days, first, last = _DAYS[place]
        return _shift(day, first, last - first, overtime=120) if day.weekday() in days else None
    if day.toordinal() % 2 == place % 2:
        return _shift(day, _NIGHT_FROM, _NIGHT_HOURS, overtime=60)
    return None


def _shift(day: date, first: int, hours: int, *, overtime: int) -> Shift:
    starts_at = local(day, first)
    rest = starts_at + timedelta(hours=hours) / 2 - timedelta(hours=1)
    return Shift(
        starts_at, starts_at + timedelta(hours=hours), break_from_at=rest, break_latest_at=rest + timedelta(minutes=90),
        break_minutes=60, max_overtime_minutes=overtime,
    )  # fmt: skip


def _shifts(place: int, today: date) -> Iterator[Shift]:
    for offset in range(-DAYS_BEFORE, DAYS_AHEAD):
        shift = shift_on(place, today + timedelta(days=offset))
        if shift is not None:
            yield shift


def on_duty(place: int, now: datetime, today: date) -> Shift | None:
    """The shift of that place in a territory that is running at `now`."""
    running = (shift for shift in _shifts(place, today) if shift.starts_at <= now < shift.ends_at)
    return next(running, None)


def running_shift(engineer: EngineerRef, company: Company) -> Shift | None:
    """The engineer's shift that is running now."""
    return on_duty(engineer.index % 6, company.now, company.today)


def write_roster(company: Company) -> None:
    """Everybody's shifts from last week to the end of next."""
    at = local(company.today - timedelta(days=DAYS_BEFORE + 5), 10)
    for engineer in company.engineers:
        roster.add_duties(engineer.id, list(_shifts(engineer.index % 6, company.today)), by=company.dispatcher, now=at)
