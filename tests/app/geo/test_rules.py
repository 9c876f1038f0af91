"""Distances, the Chinese datums there and back, and positions that do not exist (R7, P42)."""

from __future__ import annotations

import random

import pytest

from app.geo.rules import (
    Position,
    bd09_to_wgs84,
    gcj02_to_wgs84,
    haversine_m,
    outside_china,
    position,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from app.kernel.errors import InvalidInput

SHANGHAI, BEIJING = Position(31.2304, 121.4737), Position(39.9042, 116.4074)


def test_distances_over_the_globe() -> None:
    assert haversine_m(SHANGHAI, BEIJING) == pytest.approx(1_067_300, rel=0.002)
    assert haversine_m(SHANGHAI, SHANGHAI) == 0
    assert haversine_m(Position(0, -179.9), Position(0, 179.9)) == pytest.approx(22_239, rel=0.001)
    assert haversine_m(Position(90, 0), Position(-90, 77)) == pytest.approx(20_015_115, rel=0.001)


def test_known_points_in_the_chinese_datums() -> None:
    """Tian'anmen as the published reference implementations of both datums give it."""
    gcj = wgs84_to_gcj02(Position(39.908823, 116.397470))
    assert (gcj.lat, gcj.lon) == (pytest.approx(39.910226, abs=2e-5), pytest.approx(116.403714, abs=2e-5))
    bd = wgs84_to_bd09(Position(39.908823, 116.397470))
    assert (bd.lat, bd.lon) == (pytest.approx(39.91649, abs=1e-4), pytest.approx(116.41013, abs=1e-4))


def test_the_shift_inside_china_is_some_hundred_metres() -> None:
    assert 100 < haversine_m(SHANGHAI, wgs84_to_gcj02(SHANGHAI)) < 1000
    assert 400 < haversine_m(SHANGHAI, wgs84_to_bd09(SHANGHAI)) < 2000


def test_there_and_back_is_the_same_place_all_over_china() -> None:
    dice = random.Random(3)
    for _ in range(400):
        here = Position(dice.uniform(18, 53.5), dice.uniform(73.6, 135))
        assert haversine_m(here, gcj02_to_wgs84(wgs84_to_gcj02(here))) < 0.1
        assert haversine_m(here, bd09_to_wgs84(wgs84_to_bd09(here))) < 0.1


@pytest.mark.parametrize("abroad", [Position(52.52, 13.405), Position(-33.86, 151.2), Position(40.7, -74.0)])
def test_abroad_nothing_is_shifted(abroad: Position) -> None:
    assert outside_china(abroad)
    assert wgs84_to_gcj02(abroad) == gcj02_to_wgs84(abroad) == wgs84_to_bd09(abroad) == bd09_to_wgs84(abroad) == abroad


@pytest.mark.parametrize(
    ("lat", "lon"),
    [
        *[(91, 0), (0, 181), (-90.1, 5), (0, 0), ("0", "0.0"), (10**400, 5), (True, 5), (None, 5), (5, "")],
        *[("nan", 5), ("inf", 5), (" 31", 5), ("1e1", 5), ("1_0", 5), ("３１", 5), ("-", 5), (".", 5), ("--3", 5)],
        *[(float("nan"), 5), (5, float("inf")), ([], 5), ("1" * 10**6, 5)],
    ],
    ids=lambda value: repr(value)[:16],
)
def test_a_position_that_does_not_exist_is_refused_by_name(lat: object, lon: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        position(lat, lon, field="site.position")
    assert caught.value.problems[0].field == "site.position"


def test_positions_come_from_numbers_and_from_text() -> None:
    assert position("31.2304", "121.4737") == position(31.2304, 121.4737) == SHANGHAI
    assert position("-33.86", "-5") == Position(-33.86, -5.0)
    assert position(0, 13) == Position(0.0, 13.0)
