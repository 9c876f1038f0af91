"""The mission's and E1's numbers first; then zones, provisional years, proofs, and a slow model."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest

from app.calendar.cn_official import NOTICES
from app.calendar.rules import (
    DayKind,
    NeverOpen,
    ServiceHours,
    add_working_days,
    count,
    day_kind,
    due_at,
    five_by_eight,
    h24,
    is_open,
    next_opening,
    opening,
    openings,
    seven_by_eighteen,
    with_notices,
    worked,
)
from app.kernel.errors import InvalidInput

CN = "Asia/Shanghai"
FIVE_BY_EIGHT = with_notices(five_by_eight(), NOTICES.values())
STD = replace(FIVE_BY_EIGHT, code="STD", week=(opening("09:00-12:00 13:30-18:00"),) * 5 + ((), ()))
BERLIN = ServiceHours("shop", "Europe/Berlin", (opening("09:00-17:00"),) * 5 + ((), ()), observes_holidays=False)


def at(text: str, zone: str = CN) -> datetime:
    """The instant when the wall clock in `zone` shows "2026-09-25 10:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


@pytest.mark.parametrize(
    ("calendar", "start", "limit", "due"),
    [
        (FIVE_BY_EIGHT, "2026-09-25 10:00", 4, "2026-09-28 14:00"),  # D2: Mid-Autumn holiday
        (FIVE_BY_EIGHT, "2026-10-10 16:00", 4, "2026-10-12 11:00"),  # D2: make-up workday
        (STD, "2026-02-13 17:00", 4, "2026-02-14 12:00"),  # E1: not 13:30, the earliest instant
        (STD, "2026-02-13 16:00", 12, "2026-02-24 11:30"),
        (STD, "2026-10-09 17:00", 8, "2026-10-10 17:30"),
        (STD, "2026-09-30 17:00", 4, "2026-10-08 12:00"),
        (h24(), "2026-10-01 22:30", 4, "2026-10-02 02:30"),
        (STD, "2026-03-02 10:00", 8, "2026-03-03 10:30"),  # E2's unpaused beginning
        (seven_by_eighteen(), "2026-10-01 23:00", 2, "2026-10-02 07:00"),
        (h24(), "2028-02-28 12:00", 36, "2028-03-01 00:00"),  # through a leap day
        (STD, "2026-02-15 03:00", 0, "2026-02-15 03:00"),
    ],
)
def test_due_instants_of_the_mission_and_of_e1(calendar: ServiceHours, start: str, limit: int, due: str) -> None:
    assert due_at(at(start), hours(limit), calendar) == at(due)


def test_without_make_up_days_or_holidays_the_same_call_is_due_elsewhere() -> None:
    """E1's wrong answers, so that the right one is known to come from the notice."""
    start = at("2026-02-13 17:00")
    assert due_at(start, hours(4), replace(STD, work_days=frozenset())) == at("2026-02-24 12:00")
    assert due_at(start, hours(4), replace(STD, work_days=frozenset(), off_days=frozenset())) == at("2026-02-16 12:00")


def test_berlin_hours_follow_the_wall_clock_over_the_change() -> None:
    due = due_at(at("2026-03-27 15:00", "Europe/Berlin"), hours(4), BERLIN)
    assert due == datetime(2026, 3, 30, 9, tzinfo=UTC)
    always = h24("Europe/Berlin")
    assert due_at(at("2026-03-28 23:30", "Europe/Berlin"), hours(4), always) == at("2026-03-29 04:30", "Europe/Berlin")
    assert worked(always, at("2026-03-29 00:00", "Europe/Berlin"), at("2026-03-30 00:00", "Europe/Berlin")) == hours(23)
    assert worked(always, at("2026-10-25 00:00", "Europe/Berlin"), at("2026-10-26 00:00", "Europe/Berlin")) == hours(25)


def test_opening_minutes_that_the_wall_clock_skips_do_not_count_and_repeated_ones_count_twice() -> None:
    night = ServiceHours("night", "Europe/Berlin", (opening("01:30-02:30"),) * 7, observes_holidays=False)
    spring, autumn = at("2026-03-29 00:00", "Europe/Berlin"), at("2026-10-25 00:00", "Europe/Berlin")
    assert worked(night, spring, spring + hours(23)) == hours(0.5)
    assert worked(night, autumn, autumn + hours(25)) == hours(1.5)


def test_the_notices_agree_with_an_independent_source() -> None:
    """Judged day by day against the `holidays` package, for both published years."""
    china = holidays.country_holidays("CN", years=[2025, 2026])
    day = date(2025, 1, 1)
    while day < date(2027, 1, 1):
        assert bool(openings(STD, day)) == china.is_working_day(day), day
        day += timedelta(days=1)


def test_a_make_up_day_beats_an_off_day_which_beats_the_weekday() -> None:
    friday, saturday = date(2026, 2, 13), date(2026, 2, 14)
    both = replace(STD, off_days=STD.off_days | {saturday, friday})
    assert day_kind(both, saturday) is DayKind.make_up
    assert openings(both, saturday) == STD.week[0]
    assert (day_kind(both, friday), openings(both, friday)) == (DayKind.off, ())
    assert day_kind(STD, friday) is DayKind.weekday


def test_own_exceptions_beat_the_notice() -> None:
    own = with_notices(
        five_by_eight(), NOTICES.values(), own_off=[date(2026, 2, 14)], own_work=[date(2026, 10, 1)], version=7
    )
    assert openings(own, date(2026, 2, 14)) == ()
    assert openings(own, date(2026, 10, 1)) == own.week[3]
    assert count(at("2026-03-02 10:00"), hours(1), own).calendar == ("5x8", 7)


def test_a_year_without_a_notice_counts_weekdays_and_says_so() -> None:
    due = count(at("2026-12-31 17:00"), hours(4), STD)
    assert (due.at, due.provisional, due.waiting_years) == (at("2027-01-01 12:00"), True, {2027})
    assert not count(at("2026-12-31 17:00"), hours(1), STD).provisional
    assert not count(at("2027-06-01 10:00"), hours(4), h24()).provisional


def test_every_due_instant_can_be_shown_with_its_proof() -> None:
    due = count(
        at("2026-09-24 17:00"), hours(4), FIVE_BY_EIGHT, without=[(at("2026-09-28 10:00"), at("2026-09-28 11:00"))]
    )
    shown = [(line.day.day, line.start_at, line.end_at, line.counted, line.total, line.paused) for line in due.lines]
    assert shown == [
        (24, at("2026-09-24 17:00"), at("2026-09-24 18:00"), hours(1), hours(1), False),
        (28, at("2026-09-28 09:00"), at("2026-09-28 10:00"), hours(1), hours(2), False),
        (28, at("2026-09-28 10:00"), at("2026-09-28 11:00"), hours(0), hours(2), True),
        (28, at("2026-09-28 11:00"), at("2026-09-28 12:00"), hours(1), hours(3), False),
        (28, at("2026-09-28 13:00"), at("2026-09-28 14:00"), hours(1), hours(4), False),
    ]
    assert due.at == at("2026-09-28 14:00")
    assert due.holidays == (date(2026, 9, 25),)


def test_a_make_up_day_is_named_in_the_proof() -> None:
    lines = count(at("2026-02-13 17:00"), hours(4), STD).lines
    assert [(line.day, line.day_kind) for line in lines] == [
        (date(2026, 2, 13), "weekday"),
        (date(2026, 2, 14), "make_up"),
    ]


def test_hours_that_never_open_make_no_promise() -> None:
    never = ServiceHours("never", CN, ((),) * 7)
    with pytest.raises(NeverOpen):
        due_at(at("2026-03-02 10:00"), hours(1), never)
    with pytest.raises(NeverOpen):
        next_opening(never, at("2026-03-02 10:00"))
    with pytest.raises(NeverOpen):
        add_working_days(never, date(2026, 3, 2), 1)
    assert due_at(at("2026-03-02 10:00"), hours(0), never) == at("2026-03-02 10:00")


def test_open_means_from_the_first_minute_to_just_before_the_last() -> None:
    assert [is_open(STD, at(f"2026-03-02 {clock}")) for clock in ("08:59", "09:00", "11:59", "12:00", "13:30")] == [
        *(False, True, True, False, True)
    ]
    assert next_opening(STD, at("2026-03-02 12:00")) == at("2026-03-02 13:30")
    assert next_opening(STD, at("2026-03-02 10:07")) == at("2026-03-02 10:07")
    assert next_opening(STD, at("2026-09-30 18:00")) == at("2026-10-08 09:00")


def test_working_days_are_counted_from_the_next_one() -> None:
    assert add_working_days(STD, date(2026, 5, 11), 7) == date(2026, 5, 20)  # E9
    assert add_working_days(STD, date(2026, 10, 9), 1) == date(2026, 10, 10)  # a make-up Saturday
    assert add_working_days(STD, date(2026, 10, 8), -1) == date(2026, 9, 30)
    assert add_working_days(STD, date(2026, 10, 3), 0) == date(2026, 10, 3)


def test_years_ahead_are_counted_quickly_and_exactly() -> None:
    assert due_at(at("2026-01-01 00:00"), hours(24 * 3650), h24()) == at("2026-01-01 00:00") + hours(24 * 3650)


@pytest.mark.parametrize(
    "text", ["9:00-12:00", "09:00-08:00", "09:00-12:00 11:00-13:00", "00:00-24:01", "x", "09:00-12:00 12:00-13:00"]
)
def test_opening_times_out_of_order_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        opening(text, field="monday")
    assert caught.value.problems[0].field == "monday"


def test_opening_times_are_minutes_after_midnight() -> None:
    assert opening("09:00-12:00, 13:30-24:00") == ((540, 720), (810, 1440))
    assert opening("") == ()


@pytest.mark.parametrize(
    ("zone", "week"),
    [
        ("Asia/Nowhere", ((),) * 7),
        ("../etc/passwd", ((),) * 7),
        (CN, ((),) * 6),
        (CN, (((600, 540),),) + ((),) * 6),
        (CN, (((0, 1441),),) + ((),) * 6),
        (CN, (((-1, 60),),) + ((),) * 6),
    ],
)
def test_a_calendar_that_cannot_be_is_refused(zone: str, week: tuple[tuple[tuple[int, int], ...], ...]) -> None:
    with pytest.raises(ValueError, match=r"zone|week|minutes"):
        ServiceHours("bad", zone, week)


def test_a_negative_limit_is_a_bug() -> None:
    with pytest.raises(ValueError, match="negative"):
        count(at("2026-03-02 10:00"), hours(-1), STD)


# --- The slow model: it walks minute by minute and shares nothing with the rules but the definition. ---


def slow_open(calendar: ServiceHours, instant: datetime) -> bool:
    local = instant.astimezone(ZoneInfo(calendar.zone))
    day, week = local.date(), list(calendar.week)
    minutes = week[day.weekday()]
    if calendar.observes_holidays:
        if day in calendar.work_days:
            minutes = minutes or next(other for other in week if other)
        elif day in calendar.off_days:
            minutes = ()
    now = local.time()
    return any(time(a // 60, a % 60) <= now and (b == 1440 or now < time(b // 60, b % 60)) for a, b in minutes)


def slow_due(
    calendar: ServiceHours, start: datetime, limit: timedelta, pauses: list[tuple[datetime, datetime]]
) -> datetime:
    left, instant, minute = limit, start, timedelta(minutes=1)
    while left > timedelta():
        if slow_open(calendar, instant) and not any(a <= instant < b for a, b in pauses):
            left -= minute
        instant += minute
    return instant


CALENDARS = [
    *(STD, FIVE_BY_EIGHT, BERLIN, h24("Europe/Berlin"), seven_by_eighteen("America/New_York")),
    ServiceHours("howe", "Australia/Lord_Howe", (opening("01:30-02:30 08:00-20:00"),) * 7, observes_holidays=False),
    ServiceHours("bey", "Asia/Beirut", (opening("00:00-03:00 22:00-24:00"),) * 7, observes_holidays=False),
]
TURNS = ["2026-02-13", "2026-09-30", "2026-03-28", "2026-10-24", "2026-04-04", "2028-02-28", "2026-11-01", "2026-03-07"]


@pytest.mark.parametrize("seed", range(60))
def test_the_rules_agree_with_walking_minute_by_minute(seed: int) -> None:
    dice = random.Random(seed)
    calendar = dice.choice(CALENDARS)
    start = at(f"{dice.choice(TURNS)} 00:00") + timedelta(minutes=dice.randrange(3 * 1440))
    limit = timedelta(minutes=dice.randrange(1, 1200))
    pauses = []
    for _ in range(dice.randrange(4)):
        begin = start + timedelta(minutes=dice.randrange(-600, 4000))
        pauses.append((begin, begin + timedelta(minutes=dice.randrange(0, 1500))))
    due = count(start, limit, calendar, without=pauses)
    assert due.at == slow_due(calendar, start, limit, pauses)
    assert worked(calendar, start, due.at, without=pauses) == limit
    assert sum((line.counted for line in due.lines), timedelta()) == limit == due.lines[-1].total
