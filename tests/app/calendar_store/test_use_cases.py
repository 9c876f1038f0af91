"""Calendars as rows, on both engines: versions stay readable, a year is published once (D2, E1, P8)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.auth.actor import SYSTEM
from app.calendar import api, queries, store, use_cases
from app.calendar.errors import (
    CalendarTaken,
    ClosedAllWeek,
    DayBothOffAndWorked,
    DayOutsideYear,
    MissingCalendar,
    YearAlreadyPublished,
)
from app.calendar.rules import count
from app.db import Stale, db
from app.kernel.errors import InvalidInput
from tests.app.crowd import all_at_once, real_house
from tests.conftest import MONDAY

ZONE = "Asia/Shanghai"


@pytest.fixture
def calendars(house):
    use_cases.seed_calendars(by=SYSTEM, now=MONDAY)
    return house


def due(code, start, hours, version=None):
    return count(start, timedelta(hours=hours), api.service_hours(db.session, code, ZONE, version=version))


def test_the_missions_own_examples_hold_on_the_stored_calendars(calendars):
    mid_autumn = due("5x8", datetime(2026, 9, 25, 2, 0, tzinfo=UTC), 4)
    assert mid_autumn.at == datetime(2026, 9, 28, 6, 0, tzinfo=UTC)
    assert not mid_autumn.provisional
    assert due("5x8", datetime(2026, 10, 10, 8, 0, tzinfo=UTC), 4).at == datetime(2026, 10, 12, 3, 0, tzinfo=UTC)
    assert due("std", datetime(2026, 2, 13, 9, 0, tzinfo=UTC), 4).at == datetime(2026, 2, 14, 4, 0, tzinfo=UTC)
    assert due("7x24", datetime(2026, 10, 1, 14, 30, tzinfo=UTC), 4).at == datetime(2026, 10, 1, 18, 30, tzinfo=UTC)


def began(code):
    return queries.calendar(db.session(), code).from_version


def hours(code, seen=None, opening="08:00-16:00"):
    return use_cases.define_calendar(
        code, name_zh="夏令", name_en="Summer", week=[opening] * 5 + ["", ""], observes_holidays=True, seen=seen,
        by=SYSTEM, now=MONDAY,
    )  # fmt: skip


def test_a_new_calendar_takes_nobody_s_code_and_an_edit_only_what_it_saw(calendars):
    """A new calendar under a known code silently replaced that calendar's hours (P14)."""
    with pytest.raises(CalendarTaken):
        hours("5x8")
    seen = began("5x8")
    assert hours("5x8", seen) == began("5x8")
    with pytest.raises(Stale) as caught:
        hours("5x8", seen, "09:00-10:00")
    assert caught.value.data == {"seen": seen, "found": began("5x8")}
    with pytest.raises(MissingCalendar):
        hours("none", seen)
    first = use_cases.except_days("5x8", off_days=[date(2026, 3, 9)], work_days=[], seen=0, by=SYSTEM, now=MONDAY)
    for stale in (0, first - 1):
        with pytest.raises(Stale):
            use_cases.except_days("5x8", off_days=[], work_days=[], seen=stale, by=SYSTEM, now=MONDAY)
    assert store.days_version(db.session(), "5x8") == first


def test_of_many_changes_at_once_the_first_stands_and_the_rest_are_told(engine_name, tmp_path, request):
    """On PostgreSQL the second one met a unique index: 500."""
    with real_house(engine_name, tmp_path, lambda: request.getfixturevalue("postgresql_url")) as app:
        app.extensions["doorbell"] = None
        with app.app_context():
            use_cases.seed_calendars(by=SYSTEM, now=MONDAY)
            seen = began("5x8")
            db.session.remove()

        def act(n):
            if n % 4 == 0:
                return hours("5x8", seen)
            if n % 4 == 1:
                return hours("summer")
            if n % 4 == 2:
                return use_cases.except_days(
                    "5x8", off_days=[date(2026, 3, 9)], work_days=[], seen=0, by=SYSTEM, now=MONDAY
                )
            return use_cases.publish_year(2027, off_days=[], work_days=[], source="通知", by=SYSTEM, now=MONDAY)

        got = all_at_once(app, 12, act)
        for kind, refusal in enumerate([Stale, CalendarTaken, Stale, YearAlreadyPublished]):
            answers = got[kind::4]
            assert sorted(type(one).__name__ for one in answers) == sorted(["int", *[refusal.__name__] * 2]), answers


def test_seeding_twice_adds_nothing(calendars):
    before = api.current_version(db.session)
    use_cases.seed_calendars(by=SYSTEM, now=MONDAY)
    assert api.current_version(db.session) == before


def test_an_unpublished_year_is_provisional_until_its_notice_and_the_old_version_stays_readable(calendars):
    opened = datetime(2027, 1, 4, 1, 0, tzinfo=UTC)
    old = api.current_version(db.session)
    before = due("5x8", opened, 4)
    assert before.provisional
    new = use_cases.publish_year(
        2027, off_days=[date(2027, 1, 4)], work_days=[date(2027, 1, 9)], source="通知", by=SYSTEM, now=MONDAY
    )
    after = due("5x8", opened, 4)
    assert not after.provisional
    assert after.at - before.at == timedelta(days=1)
    assert due("5x8", opened, 4, version=old).at == before.at
    assert after.calendar == ("5x8", new)


def test_a_year_is_published_once_and_speaks_of_its_own_days(calendars):
    with pytest.raises(YearAlreadyPublished):
        use_cases.publish_year(2026, off_days=[], work_days=[], source="x", by=SYSTEM, now=MONDAY)
    with pytest.raises(DayOutsideYear):
        use_cases.publish_year(2027, off_days=[date(2026, 1, 1)], work_days=[], source="x", by=SYSTEM, now=MONDAY)
    same = date(2027, 1, 1)
    with pytest.raises(DayBothOffAndWorked):
        use_cases.publish_year(2027, off_days=[same], work_days=[same], source="x", by=SYSTEM, now=MONDAY)
    assert 2027 not in api.published_years(db.session)


def test_an_own_exception_beats_the_notice(calendars):
    holiday, workday = date(2026, 9, 25), date(2026, 9, 28)
    first = use_cases.except_days("5x8", off_days=[workday], work_days=[holiday], seen=0, by=SYSTEM, now=MONDAY)
    hours = api.service_hours(db.session, "5x8", ZONE)
    assert holiday in hours.work_days and holiday not in hours.off_days
    assert workday in hours.off_days
    use_cases.except_days("5x8", off_days=[], work_days=[], seen=first, by=SYSTEM, now=MONDAY)
    assert holiday in api.service_hours(db.session, "5x8", ZONE).off_days


def test_redefined_hours_leave_the_version_of_yesterday_alone(calendars):
    old = api.current_version(db.session)
    use_cases.define_calendar(
        "5x8", name_zh="夏令", name_en="Summer", week=["08:00-16:00"] * 5 + ["", ""],
        observes_holidays=True, seen=began("5x8"), by=SYSTEM, now=MONDAY,
    )  # fmt: skip
    assert api.service_hours(db.session, "5x8", ZONE).week[0] == ((480, 960),)
    assert api.service_hours(db.session, "5x8", ZONE, version=old).week[0] == ((540, 720), (780, 1080))


def test_hours_that_never_open_or_are_no_hours_are_refused(calendars):
    with pytest.raises(ClosedAllWeek):
        use_cases.define_calendar(
            "never", name_zh="无", name_en="Never", week=[""] * 7, observes_holidays=False, by=SYSTEM, now=MONDAY
        )
    with pytest.raises(InvalidInput) as caught:
        use_cases.define_calendar(
            "odd", name_zh="怪", name_en="Odd", week=["25:00-26:00"] + [""] * 6,
            observes_holidays=False, by=SYSTEM, now=MONDAY,
        )  # fmt: skip
    assert caught.value.problems[0].field == "day_0"
