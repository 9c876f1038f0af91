"""Where a place may stand, and when it is open (I2)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.kernel.errors import InvalidInput
from inventory.places.hours import format_hours, parse_hours
from inventory.places.rules import STANDS_IN, PlaceData, PlaceKind, check_place

DEPOT = PlaceData(code="D1", name="城东库", kind=PlaceKind.DEPOT, lat=31.2, lon=121.5)
WEEK = "08:00-18:00 08:00-18:00 08:00-18:00 08:00-18:00 08:00-24:00 - -"


def test_every_kind_of_place_says_where_it_may_stand():
    assert set(STANDS_IN) == set(PlaceKind)


@pytest.mark.parametrize("kind", sorted(PlaceKind))
@pytest.mark.parametrize("parent", sorted(PlaceKind))
def test_a_place_stands_only_where_its_kind_may(kind, parent):
    place = replace(DEPOT, kind=kind)
    if parent in STANDS_IN[kind]:
        check_place(place, parent_kind=parent)
    else:
        with pytest.raises(InvalidInput):
            check_place(place, parent_kind=parent)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": ""}, "code"),
        ({"name": ""}, "name"),
        ({"lat": None}, "lat"),
        ({"lon": None}, "lon"),
        ({"lat": 90.1}, "lat"),
        ({"lon": -180.5}, "lon"),
        ({"kind": PlaceKind.BIN}, "parent"),
        ({"holder_ref": "engineer:7"}, "holder_ref"),
        ({"hours": ((480, 480),) + (None,) * 6}, "hours"),
        ({"hours": ((480, 1080),)}, "hours"),
    ],
)
def test_a_description_that_cannot_stand_names_its_field(change, field):
    with pytest.raises(InvalidInput) as caught:
        check_place(replace(DEPOT, **change), parent_kind=None)
    assert [p.field for p in caught.value.problems] == [field]


def test_opening_hours_are_read_as_they_are_shown():
    hours = parse_hours(WEEK, field="hours")
    assert hours is not None
    assert (hours[0], hours[4], hours[6]) == ((480, 1080), (480, 1440), None)
    assert format_hours(hours) == WEEK
    assert parse_hours("", field="hours") is None
    assert format_hours(None) == ""


@pytest.mark.parametrize(
    "bad", ["08:00-18:00", WEEK + " -", "18:00-08:00 - - - - - -", "8-18 - - - - - -", "08:00-24:30 - - - - - -"]
)
def test_hours_that_are_none_are_refused(bad):
    with pytest.raises(InvalidInput):
        parse_hours(bad, field="hours")
