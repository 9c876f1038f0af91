"""Travel times: plausible, never negative, and the table says what the single drive says (R7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from app.geo.rules import Position
from dispatch.travel import api
from dispatch.travel.rules import RoadModel, band_at, band_starts, drive_seconds

BEIJING, TIANJIN = Position(39.9075, 116.39723), Position(39.14222, 117.17667)
NIGHT, RUSH = datetime(2026, 3, 2, 15, 0, tzinfo=UTC), datetime(2026, 3, 2, 0, 30, tzinfo=UTC)


def test_beijing_to_tianjin_is_some_two_hours_of_road():
    seconds, metres = api.drive(BEIJING, TIANJIN, at=RUSH)
    assert 130_000 < metres < 170_000
    assert 6_000 < seconds < 10_000


def test_the_rush_hour_is_slower_than_the_night():
    assert api.drive(BEIJING, TIANJIN, at=RUSH)[0] > api.drive(BEIJING, TIANJIN, at=NIGHT)[0]


def test_no_way_takes_no_time():
    model = RoadModel()
    assert drive_seconds(0, model.bands[0], model) == 0
    assert api.drive(BEIJING, BEIJING, at=RUSH) == (0, 0)


def test_the_band_is_chosen_by_the_local_hour():
    model = RoadModel()
    assert band_at(RUSH, "Asia/Shanghai", model).hour == 7
    assert band_at(RUSH, "Europe/Berlin", model).hour == 0


def test_bands_over_two_days_start_with_the_one_in_force():
    model = RoadModel()
    starts = band_starts(RUSH, RUSH + timedelta(days=1), "Asia/Shanghai", model)
    assert starts[0] == (RUSH, 1)
    assert [index for _, index in starts] == [1, 2, 3, 4, 0, 1]
    assert all(a[0] < b[0] for a, b in pairwise(starts))


def test_the_table_agrees_with_the_single_drive():
    travel = api.table([BEIJING, TIANJIN], start=RUSH, end=RUSH + timedelta(hours=12))
    seconds, metres = api.drive(BEIJING, TIANJIN, at=RUSH)
    profile = travel.seconds[travel.bands[0].profile].rows()
    assert travel.metres.rows()[0][1] == pytest.approx(metres, rel=0.006)
    assert profile[0][1] == pytest.approx(seconds, rel=0.006)
    assert profile[0][0] == 0
