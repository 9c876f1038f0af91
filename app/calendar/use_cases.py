"""What administrators do with calendars: publish a year, define hours, except days (D2, E1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actor import Actor
from app.audit import api as audit
from app.calendar import store
from app.calendar.api import YearPublished
from app.calendar.cn_official import NOTICES
from app.calendar.errors import (
    CalendarTaken,
    ClosedAllWeek,
    DayBothOffAndWorked,
    DayOutsideYear,
    MissingCalendar,
    YearAlreadyPublished,
)
from app.calendar.models import CalendarDay, CalendarYear, DayMark, OwnDay, ServiceCalendar
from app.calendar.rules import opening
from app.db import Stale, transaction, use_case
from app.events import announce

_WORKDAY, _STD_DAY = "09:00-12:00 13:00-18:00", "09:00-12:00 13:30-18:00"
#: code → (Chinese name, English name, the week, whether public holidays count). Source: mission C3, D2, E1.
SHIPPED = {
    "7x24": ("7×24 小时", "7×24", ["00:00-24:00"] * 7, False),
    "7x18": ("7×18 小时(06:00–24:00)", "7×18 (06:00–24:00)", ["06:00-24:00"] * 7, False),
    "5x8": ("5×8 小时(工作日)", "5×8 (working days)", [_WORKDAY] * 5 + ["", ""], True),
    "std": ("标准工时(工作日 7.5 小时)", "Standard hours (7.5 h a working day)", [_STD_DAY] * 5 + ["", ""], True),
}


@use_case
def seed_calendars(*, by: Actor, now: datetime) -> None:
    """Ship the four calendars and the official years known at this release; what is there already stays."""
    with transaction() as session:
        wanted = {code: row for code, row in SHIPPED.items() if store.current_calendar(session, code) is None}
        years = set(NOTICES) - set(session.scalars(select(CalendarYear.year)))
        if not wanted and not years:
            return
        version = store.new_version(session, what="shipped", at=now)
        for code, (name_zh, name_en, week, observes) in wanted.items():
            session.add(
                ServiceCalendar(
                    code=code,
                    name_zh=name_zh,
                    name_en=name_en,
                    week="\n".join(week),
                    observes_holidays=observes,
                    from_version=version,
                )
            )
        for year in sorted(years):
            notice = NOTICES[year]
            _add_year(session, year, notice.off_days, notice.work_days, source=notice.source, version=version, at=now)
        audit.record(
            session,
            by=by,
            action="calendar.seed",
            object_ref=f"calendar_version:{version}",
            at=now,
            after={"codes": sorted(wanted), "years": sorted(years)},
        )


@use_case
def publish_year(
    year: int, *, off_days: Iterable[date], work_days: Iterable[date], source: str, by: Actor, now: datetime
) -> int:
    """Enter the official notice of a year that was provisional; returns the new calendar version.

    Upper floors hear `YearPublished` in the same transaction and recompute what touches that year (E1).
    Raises YearAlreadyPublished, DayBothOffAndWorked, DayOutsideYear.
    """
    off, work = frozenset(off_days), frozenset(work_days)
    if both := sorted(off & work):
        raise DayBothOffAndWorked(days=", ".join(day.isoformat() for day in both))
    if strange := sorted(day for day in off | work if day.year != year):
        raise DayOutsideYear(year=year, days=", ".join(day.isoformat() for day in strange))
    with transaction() as session:
        version = store.new_version(session, what=f"year {year}", at=now)
        if session.get(CalendarYear, year) is not None:
            raise YearAlreadyPublished(year=year)
        _add_year(session, year, off, work, source=source, version=version, at=now)
        audit.record(
            session,
            by=by,
            action="calendar.publish_year",
            object_ref=f"calendar_year:{year}",
            at=now,
            after={"off": sorted(off), "work": sorted(work), "source": source, "version": version},
        )
        session.flush()
        announce(session, YearPublished(year=year, version=version, at=now))
    return version


@use_case
def define_calendar(
    code: str,
    *,
    name_zh: str,
    name_en: str,
    week: Sequence[str],
    observes_holidays: bool,
    seen: int | None = None,
    by: Actor,
    now: datetime,
) -> int:
    """Put weekly hours under a new `code`, or in place of those that began with version `seen`; the new version.

    Requests already taken keep the version they stored (P8). Raises CalendarTaken, Stale, MissingCalendar,
    ClosedAllWeek, InvalidInput for hours that are none.
    """
    lines = [" ".join(line.replace(",", " ").split()) for line in week]
    openings = [opening(line, field=f"day_{number}") for number, line in enumerate(lines)]
    if len(lines) != 7 or not any(openings):
        raise ClosedAllWeek()
    with transaction() as session:
        version = store.new_version(session, what=f"calendar {code}", at=now)
        before = _the_one_seen(session, code, seen)
        if before is not None:
            before.to_version = version
            session.flush()
        session.add(
            ServiceCalendar(
                code=code,
                name_zh=name_zh,
                name_en=name_en,
                week="\n".join(lines),
                observes_holidays=observes_holidays,
                from_version=version,
            )
        )
        audit.record(
            session,
            by=by,
            action="calendar.define",
            object_ref=f"calendar:{code}",
            at=now,
            before={"week": before.week} if before else None,
            after={"week": lines, "observes_holidays": observes_holidays, "version": version},
        )
    return version


def _the_one_seen(session: Session, code: str, seen: int | None) -> ServiceCalendar | None:
    """The row to replace, None for a new code; refuses what the caller did not see (P14)."""
    found = store.current_calendar(session, code)
    if seen is None:
        if found is not None:
            raise CalendarTaken(calendar=code)
        return None
    if found is None:
        raise MissingCalendar(calendar=code)
    if found.from_version != seen:
        raise Stale(seen=seen, found=found.from_version)
    return found


@use_case
def except_days(
    code: str, *, off_days: Iterable[date], work_days: Iterable[date], seen: int, by: Actor, now: datetime
) -> int:
    """Give calendar `code` exactly these exceptions of its own, in place of those last touched by `seen` (D2).

    `seen` is 0 where there were none. Raises MissingCalendar, Stale, DayBothOffAndWorked.
    """
    off, work = frozenset(off_days), frozenset(work_days)
    if both := sorted(off & work):
        raise DayBothOffAndWorked(days=", ".join(day.isoformat() for day in both))
    with transaction() as session:
        version = store.new_version(session, what=f"exceptions of {code}", at=now)
        if store.current_calendar(session, code) is None:
            raise MissingCalendar(calendar=code)
        if (found := store.days_version(session, code)) != seen:
            raise Stale(seen=seen, found=found)
        store.end_own_days(session, code, version=version)
        for mark, days in ((DayMark.OFF, off), (DayMark.WORK, work)):
            session.add_all(OwnDay(code=code, day=day, mark=mark, from_version=version) for day in sorted(days))
        audit.record(
            session,
            by=by,
            action="calendar.except_days",
            object_ref=f"calendar:{code}",
            at=now,
            after={"off": sorted(off), "work": sorted(work), "version": version},
        )
    return version


def _add_year(
    session: Session,
    year: int,
    off: Iterable[date],
    work: Iterable[date],
    *,
    source: str,
    version: int,
    at: datetime,
) -> None:
    session.add(CalendarYear(year=year, source=source, published_at=at, from_version=version))
    session.flush()
    session.add_all(CalendarDay(day=day, year=year, mark=DayMark.OFF) for day in sorted(off))
    session.add_all(CalendarDay(day=day, year=year, mark=DayMark.WORK) for day in sorted(work))
