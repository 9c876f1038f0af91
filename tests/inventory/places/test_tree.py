"""The tree of places stays a tree, whoever changes it (I2, P39, P42)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.auth.actor import SYSTEM
from app.db import db
from app.kernel.errors import InvalidInput
from inventory.places import api, use_cases
from inventory.places.models import Place
from inventory.places.rules import PlaceData, PlaceKind, stands_below
from tests.conftest import MONDAY
from tests.inventory import cast

OUTER = PlaceData(code="B0", name="外箱", kind=PlaceKind.BIN, parent_code="D1")
INNER = PlaceData(code="B1", name="内箱", kind=PlaceKind.BIN, parent_code="B0")


@pytest.fixture
def boxes(house):
    cast.stock()
    return use_cases.add_places([OUTER, INNER], by=SYSTEM, now=MONDAY)


def put(code: str, data: PlaceData) -> None:
    db.session.rollback()
    version = db.session.query(Place).filter_by(code=code).one().version
    use_cases.edit_place(code, data, version=version, by=SYSTEM, now=MONDAY)


@pytest.mark.parametrize(
    ("place", "parent", "below"), [(1, None, False), (1, 1, True), (1, 3, True), (3, 1, False), (1, 7, True)]
)
def test_a_place_inside_itself_is_seen_however_deep(place, parent, below):
    parents = {1: None, 2: 1, 3: 2, 7: 8, 8: 7}
    assert stands_below(place, parent, parents) is below


def test_a_box_cannot_be_put_into_the_box_it_holds(boxes):
    """B0 into B1, which stands in B0: every page that asked for places then never came back."""
    with pytest.raises(InvalidInput) as caught:
        put("B0", replace(OUTER, parent_code="B1"))
    assert [p.code for p in caught.value.problems] == ["inventory.stands_in_itself"]
    assert {card.code for card in api.place_cards(db.session()).values()} >= {"B0", "B1"}


def test_a_box_still_moves_to_where_it_does_not_stand(boxes):
    put("B1", replace(INNER, parent_code="D1-A1"))
    cards = api.place_cards(db.session(), boxes)
    assert {card.house_id for card in cards.values()} == {api.place_by_code(db.session(), "D1").id}


def test_a_circle_that_got_in_otherwise_does_not_hang_the_house(boxes):
    outer, inner = boxes
    db.session.query(Place).filter_by(id=outer).update({"parent_id": inner})
    assert len(api.place_cards(db.session(), boxes)) == 2
