"""Calendar rows to the service hours that rules count in, as they stood at a version."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from app.calendar.errors import MissingCalendar
from app.calendar.models import CalendarDay, CalendarVersion, CalendarYear, DayMark, OwnDay, ServiceCalendar
from app.calendar.rules import ServiceHours, opening


def current_version(session: Session) -> int:
    """The number of the newest state of all calendars; 0 before the first."""
    return session.scalar(select(func.max(CalendarVersion.id))) or 0


def new_version(session: Session, *, what: str, at: datetime) -> int:
    """Open the next state of all calendars; to be called before anything is read that the change depends on.

    Changes queue at the first version's row: numbers become visible in their order, and whoever comes second reads
    what the first one left. (SQLite's writers queue anyway.)
    """
    session.execute(select(CalendarVersion.id).order_by(CalendarVersion.id).limit(1).with_for_update())
    version = CalendarVersion(at=at, what=what)
    session.add(version)
    session.flush()
    return version.id


def load_hours(session: Session, code: str, zone: str, version: int | None = None) -> ServiceHours:
    """Service hours `code` on the walls of `zone`, at `version` (default: now). Raises MissingCalendar."""
    number = current_version(session) if version is None else version
    row = session.scalar(select(ServiceCalendar).where(ServiceCalendar.code == code, _at(ServiceCalendar, number)))
    if row is None:
        raise MissingCalendar(calendar=code)
    week = tuple(opening(line) for line in row.week.split("\n"))
    if not row.observes_holidays:
        return ServiceHours(code=code, zone=zone, week=week, observes_holidays=False, version=number)
    off, work = _official(session, number)
    for day, mark in session.execute(select(OwnDay.day, OwnDay.mark).where(OwnDay.code == code, _at(OwnDay, number))):
        (off if mark is DayMark.OFF else work).add(day)
        (work if mark is DayMark.OFF else off).discard(day)
    years = session.scalars(select(CalendarYear.year).where(CalendarYear.from_version <= number))
    return ServiceHours(
        code=code,
        zone=zone,
        week=week,
        off_days=frozenset(off),
        work_days=frozenset(work),
        published_years=frozenset(years),
        version=number,
    )


def _official(session: Session, version: int) -> tuple[set[date], set[date]]:
    """The days off and the made-up days of every year published by then."""
    off: set[date] = set()
    work: set[date] = set()
    days = (
        select(CalendarDay.day, CalendarDay.mark)
        .join(CalendarYear, CalendarYear.year == CalendarDay.year)
        .where(CalendarYear.from_version <= version)
    )
    for day, mark in session.execute(days):
        (off if mark is DayMark.OFF else work).add(day)
    return off, work


def _at(model: Any, version: int) -> ColumnElement[bool]:
    found: ColumnElement[bool] = (model.from_version <= version) & or_(
        model.to_version.is_(None), model.to_version > version
    )
    return found


def current_calendar(session: Session, code: str) -> ServiceCalendar | None:
    """The row now in force under a code."""
    return session.scalar(
        select(ServiceCalendar).where(ServiceCalendar.code == code, ServiceCalendar.to_version.is_(None))
    )


def days_version(session: Session, code: str) -> int:
    """The version that last touched a calendar's exceptions; 0 where there never were any."""
    last = select(func.max(OwnDay.from_version), func.max(OwnDay.to_version)).where(OwnDay.code == code)
    return max(number or 0 for number in session.execute(last).one())


def end_own_days(session: Session, code: str, *, version: int) -> None:
    """Let a calendar's exceptions end with the version before."""
    session.execute(update(OwnDay).where(OwnDay.code == code, OwnDay.to_version.is_(None)).values(to_version=version))
