"""Calendars as the administrator's page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calendar.errors import MissingCalendar
from app.calendar.models import CalendarDay, CalendarYear, DayMark, OwnDay, ServiceCalendar


@dataclass(frozen=True, slots=True)
class YearShown:
    """A published year with its days."""

    year: CalendarYear
    off: tuple[date, ...]
    work: tuple[date, ...]


def calendars(session: Session) -> list[ServiceCalendar]:
    """Every calendar now in force, by code."""
    found = select(ServiceCalendar).where(ServiceCalendar.to_version.is_(None)).order_by(ServiceCalendar.code)
    return list(session.scalars(found))


def calendar(session: Session, code: str) -> ServiceCalendar:
    """The calendar now in force under `code`. Raises MissingCalendar."""
    row = session.scalar(
        select(ServiceCalendar).where(ServiceCalendar.code == code, ServiceCalendar.to_version.is_(None))
    )
    if row is None:
        raise MissingCalendar(calendar=code)
    return row


def own_days(session: Session, code: str, mark: DayMark) -> tuple[date, ...]:
    """The days on which `code` differs from the official year."""
    found = select(OwnDay.day).where(OwnDay.code == code, OwnDay.mark == mark, OwnDay.to_version.is_(None))
    return tuple(session.scalars(found.order_by(OwnDay.day)))


def years(session: Session) -> list[YearShown]:
    """The published years, the newest first."""
    marks: dict[tuple[int, DayMark], list[date]] = {}
    for row in session.scalars(select(CalendarDay).order_by(CalendarDay.day)):
        marks.setdefault((row.year, row.mark), []).append(row.day)
    return [
        YearShown(row, tuple(marks.get((row.year, DayMark.OFF), ())), tuple(marks.get((row.year, DayMark.WORK), ())))
        for row in session.scalars(select(CalendarYear).order_by(CalendarYear.year.desc()))
    ]
