"""Calendars as rows: weekly hours, official years, own exceptions; nothing is overwritten, versions follow (D2, P8)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, state_type


class DayMark(StrEnum):
    """What a calendar says of a day that differs from its weekday."""

    OFF = "off"
    WORK = "work"


class CalendarVersion(Base):
    """One state of all calendars. A request stores its number, so that its due instants can be recomputed (P8, P9)."""

    __tablename__ = "calendar_version"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    what: Mapped[str]


class ServiceCalendar(Base):
    """Weekly service hours under a code, in force for versions `from_version` up to, not with, `to_version`.

    `week` is seven lines, Monday first, each like "09:00-12:00 13:00-18:00", empty when closed.
    """

    __tablename__ = "service_calendar"
    __table_args__ = (
        CheckConstraint("to_version IS NULL OR to_version > from_version", name="versions_in_order"),
        Index(
            "uq_service_calendar_current_code",
            "code",
            unique=True,
            sqlite_where=text("to_version IS NULL"),
            postgresql_where=text("to_version IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    week: Mapped[str]
    observes_holidays: Mapped[bool]
    from_version: Mapped[int] = mapped_column(ForeignKey("calendar_version.id", ondelete="RESTRICT"))
    to_version: Mapped[int | None]


class CalendarYear(Base):
    """A year whose official notice has been published; before that its dates are provisional (D2, E1)."""

    __tablename__ = "calendar_year"
    __table_args__ = (CheckConstraint("year BETWEEN 1900 AND 2199", name="year_is_sane"),)

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str]
    published_at: Mapped[datetime]
    from_version: Mapped[int] = mapped_column(ForeignKey("calendar_version.id", ondelete="RESTRICT"))


class CalendarDay(Base):
    """One official day off or made up; published with its year and never changed afterwards."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(ForeignKey("calendar_year.year", ondelete="RESTRICT"), index=True)
    mark: Mapped[DayMark] = mapped_column(state_type(DayMark))


class OwnDay(Base):
    """An exception of one calendar, by its code; it beats the official notice while its versions last."""

    __tablename__ = "calendar_own_day"
    __table_args__ = (
        CheckConstraint("to_version IS NULL OR to_version > from_version", name="versions_in_order"),
        Index(
            "uq_calendar_own_day_current",
            "code",
            "day",
            unique=True,
            sqlite_where=text("to_version IS NULL"),
            postgresql_where=text("to_version IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    day: Mapped[date]
    mark: Mapped[DayMark] = mapped_column(state_type(DayMark))
    from_version: Mapped[int] = mapped_column(ForeignKey("calendar_version.id", ondelete="RESTRICT"))
    to_version: Mapped[int | None]
