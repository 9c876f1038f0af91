"""What calendars refuse."""

from __future__ import annotations

from app.kernel.errors import DomainError, Kind


class MissingCalendar(DomainError):
    """No calendar has this code."""

    code = "calendar.missing"
    kind = Kind.missing


class CalendarTaken(DomainError):
    """A new calendar has a code of its own; hours under a known code are changed where they stand."""

    code = "calendar.taken"
    kind = Kind.conflict


class YearAlreadyPublished(DomainError):
    """An official year is published once; what differs later is a calendar's own exception."""

    code = "calendar.year_published"
    kind = Kind.conflict


class DayBothOffAndWorked(DomainError):
    """A day is named as a holiday and as a make-up workday."""

    code = "calendar.day_twice"
    kind = Kind.invalid


class DayOutsideYear(DomainError):
    """A notice speaks of days of its own year only."""

    code = "calendar.day_outside_year"
    kind = Kind.invalid


class ClosedAllWeek(DomainError):
    """Service hours that never open promise nothing."""

    code = "calendar.closed_all_week"
    kind = Kind.invalid
