"""The door to the calendars for the floors above; takes their session, never commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calendar import store
from app.calendar.models import CalendarYear, ServiceCalendar
from app.calendar.rules import ServiceHours

__all__ = [
    "CalendarName",
    "YearPublished",
    "calendar_names",
    "current_version",
    "published_years",
    "service_hours",
]


@dataclass(frozen=True, slots=True)
class YearPublished:
    """Announced when an official year appears: the one event that may move a stored due instant (E1, P8)."""

    year: int
    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class CalendarName:
    """A calendar as a list shows it."""

    code: str
    name_zh: str
    name_en: str


def service_hours(session: Session, code: str, zone: str, *, version: int | None = None) -> ServiceHours:
    """The hours of calendar `code` ("7x24", "7x18", "5x8", "std" or an own one) in `zone`.

    `version` asks for them as they stood then, so that a stored due instant can be recomputed (P9).
    Raises MissingCalendar.
    """
    return store.load_hours(session, code, zone, version)


def current_version(session: Session) -> int:
    """The number a request stores beside its due instants (P8)."""
    return store.current_version(session)


def published_years(session: Session) -> frozenset[int]:
    """The years with an official notice; dates of other years are provisional."""
    return frozenset(session.scalars(select(CalendarYear.year)))


def calendar_names(session: Session) -> tuple[CalendarName, ...]:
    """Every calendar now in force, by code."""
    rows = session.scalars(
        select(ServiceCalendar).where(ServiceCalendar.to_version.is_(None)).order_by(ServiceCalendar.code)
    )
    return tuple(CalendarName(row.code, row.name_zh, row.name_en) for row in rows)
