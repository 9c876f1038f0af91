"""C2, E3, E5 and E6: months from the anchor, inclusive last days, local days, gaps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from app.kernel.dates import (
    DaySpan,
    add_months,
    boundaries,
    day_start,
    gaps,
    iso_day,
    iso_instant,
    last_day,
    local_day,
    notice_day,
    periods,
    term_last_day,
)
from app.kernel.errors import InvalidInput

D = date


@pytest.mark.parametrize(
    ("start", "months", "last"),
    [
        (D(2026, 3, 15), 12, D(2027, 3, 14)),
        (D(2026, 8, 31), 6, D(2027, 2, 27)),
        (D(2025, 3, 15), 36, D(2028, 3, 14)),
        (D(2028, 2, 29), 12, D(2029, 2, 27)),
        (D(2026, 1, 1), 12, D(2026, 12, 31)),
    ],
)
def test_a_term_ends_the_day_before_its_anniversary(start: date, months: int, last: date) -> None:
    assert last_day(start, months) == last


def test_months_are_counted_from_the_anchor_and_do_not_drift() -> None:
    starts = boundaries(D(2027, 1, 31), 1, 5)
    assert starts == [
        D(2027, 1, 31),
        D(2027, 2, 28),
        D(2027, 3, 31),
        D(2027, 4, 30),
        D(2027, 5, 31),
    ]
    assert add_months(D(2026, 3, 31), -1) == D(2026, 2, 28)


def test_periods_touch_and_the_last_one_ends_with_the_contract() -> None:
    spans = list(periods(D(2027, 1, 31), 1, D(2027, 4, 15)))
    assert [span.last_on for span in spans] == [
        D(2027, 2, 27),
        D(2027, 3, 30),
        D(2027, 4, 15),
    ]
    assert all(after.first_on == before.last_on + timedelta(days=1) for before, after in pairwise(spans))


def test_the_current_term_is_the_initial_one_then_renewals() -> None:
    ends = term_last_day(D(2020, 1, 1), initial_months=60, renewal_months=12, renewals=1)
    assert term_last_day(D(2020, 1, 1), initial_months=60) == D(2024, 12, 31)
    assert ends == D(2025, 12, 31)
    assert notice_day(ends, 2) == D(2025, 10, 31)
    assert notice_day(D(2026, 8, 28), 2) == D(2026, 6, 28)


def test_gaps_of_a_real_asset() -> None:
    covers = [
        DaySpan(D(2014, 6, 10), D(2015, 6, 16)),
        DaySpan(D(2011, 1, 25), D(2014, 1, 26)),
        DaySpan(D(2016, 2, 7), D(2017, 2, 8)),
    ]
    found = gaps(covers)
    assert found == [
        DaySpan(D(2014, 1, 27), D(2014, 6, 9)),
        DaySpan(D(2015, 6, 17), D(2016, 2, 6)),
    ]
    assert [gap.days for gap in found] == [134, 235]


def test_overlapping_and_touching_covers_leave_no_gap() -> None:
    assert (
        gaps(
            [
                DaySpan(D(2026, 1, 1), D(2026, 12, 31)),
                DaySpan(D(2026, 3, 1), D(2026, 4, 1)),
            ]
        )
        == []
    )
    assert (
        gaps(
            [
                DaySpan(D(2026, 1, 1), D(2026, 1, 31)),
                DaySpan(D(2026, 2, 1), D(2026, 2, 2)),
            ]
        )
        == []
    )
    year, inside, after = (
        DaySpan(D(2026, 1, 1), D(2026, 12, 31)),
        DaySpan(D(2026, 3, 1), D(2026, 4, 1)),
        DaySpan(D(2027, 1, 1), D(2027, 1, 31)),
    )
    assert gaps([year, inside, after]) == []
    assert gaps([]) == []


def test_cover_ends_with_the_local_day_not_with_the_utc_day() -> None:
    cover = DaySpan(D(2026, 1, 1), D(2026, 6, 30))
    assert cover.covers(datetime(2026, 6, 30, 15, 30, tzinfo=UTC), "Asia/Shanghai")
    assert not cover.covers(datetime(2026, 6, 30, 16, 10, tzinfo=UTC), "Asia/Shanghai")
    assert cover.instants("Asia/Shanghai") == (
        datetime(2025, 12, 31, 16, tzinfo=UTC),
        datetime(2026, 6, 30, 16, tzinfo=UTC),
    )


def test_a_span_shares_the_days_that_both_have() -> None:
    june = DaySpan(D(2026, 6, 1), D(2026, 6, 30))
    assert june.overlap(DaySpan(D(2026, 6, 20), D(2026, 7, 20))) == DaySpan(D(2026, 6, 20), D(2026, 6, 30))
    assert june.overlap(DaySpan(D(2026, 7, 1), D(2026, 7, 2))) is None
    with pytest.raises(ValueError, match="span"):
        DaySpan(D(2026, 6, 2), D(2026, 6, 1))


def test_where_the_clock_jumps_over_midnight_the_day_begins_with_the_jump() -> None:
    """Beirut puts its clocks forward at 00:00, so the local 00:00 of that day never happens."""
    start = day_start(D(2026, 3, 29), "Asia/Beirut")
    assert start == datetime(2026, 3, 28, 22, tzinfo=UTC)
    assert local_day(start, "Asia/Beirut") == D(2026, 3, 29)
    assert local_day(start - timedelta(seconds=1), "Asia/Beirut") == D(2026, 3, 28)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        None,
        "20260315",
        "2026-W11-1",
        "2026-3-5",
        "2026-02-30",
        "２０２６-03-15",
        "0001-01-01",
        5,
    ],
)
def test_a_day_is_taken_in_one_form_only(typed: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        iso_day(typed, field="accepted_on")
    assert caught.value.problems[0].field == "accepted_on"


@pytest.mark.parametrize(
    "sent",
    [
        "",
        None,
        "2026-03-15",
        "2026-03-15T08:00",
        "2026-03-15T25:00Z",
        "0001-01-01T00:00:00+10:00",
        "x" * 99,
        5,
    ],
)
def test_an_instant_without_an_offset_is_no_instant(sent: object) -> None:
    with pytest.raises(InvalidInput):
        iso_instant(sent, field="claimed_at")


def test_days_and_instants_are_read() -> None:
    assert iso_day("2028-02-29", field="on") == D(2028, 2, 29)
    assert iso_instant("2026-03-15T08:00:00+08:00", field="at") == datetime(2026, 3, 15, tzinfo=UTC)
    assert iso_instant("2026-03-15T08:00:00.25Z", field="at").microsecond == 250_000
