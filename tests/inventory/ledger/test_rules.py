"""What may go where, and which past cannot have been (I3, P2, P5, E8)."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest

from app.kernel.quantity import Qty
from inventory.catalogue.rules import PartId
from inventory.ledger.errors import MovementNotAllowed, NeedsVisit
from inventory.ledger.rules import LEGAL, NEED_VISIT, MovementKind, Posting, Step, check_posting, lowest_from
from inventory.places.rules import PlaceId, PlaceKind


def march(day):
    return datetime(2026, 3, day, 12, tzinfo=UTC)


E8 = [Step(march(1), 1, 5), Step(march(10), 2, -5), Step(march(15), 3, 5)]


def test_an_issue_on_12_march_would_have_been_one_short_although_five_lie_there_today():
    assert lowest_from([*E8, Step(march(12), 4, -1)], march(12)) == -1


def test_the_same_issue_on_16_march_was_possible():
    assert lowest_from([*E8, Step(march(16), 4, -1)], march(16)) == 4


def test_equal_instants_are_walked_in_the_order_of_their_numbers():
    assert lowest_from([Step(march(1), 1, 5), Step(march(1), 2, -5)], march(1)) == 0
    assert lowest_from([Step(march(1), 1, -5), Step(march(1), 2, 5)], march(1)) == -5


def test_nothing_after_an_instant_leaves_the_balance_as_it_was():
    assert lowest_from(E8, march(20)) == 5


def posting(kind, visit_ref="V-000001"):
    return Posting("k", kind, PartId(1), Qty(1), PlaceId(1), PlaceId(2), visit_ref=visit_ref)


@pytest.mark.parametrize("kind", sorted(LEGAL))
def test_a_movement_goes_only_the_ways_of_its_kind(kind):
    for from_kind, to_kind in product(PlaceKind, PlaceKind):
        if from_kind in LEGAL[kind][0] and to_kind in LEGAL[kind][1]:
            check_posting(posting(kind), from_kind=from_kind, to_kind=to_kind)
        else:
            with pytest.raises(MovementNotAllowed):
                check_posting(posting(kind), from_kind=from_kind, to_kind=to_kind)


def test_whatever_reaches_a_customer_belongs_to_a_visit():
    reaching = {kind for kind, (_, targets) in LEGAL.items() if PlaceKind.CUSTOMER_SITE in targets}
    assert reaching <= NEED_VISIT


@pytest.mark.parametrize("kind", sorted(NEED_VISIT))
def test_kinds_of_a_visit_are_refused_without_one(kind):
    sources, targets = LEGAL[kind]
    with pytest.raises(NeedsVisit):
        check_posting(posting(kind, visit_ref=None), from_kind=min(sources), to_kind=min(targets))


def test_a_part_never_comes_back_to_the_place_it_leaves():
    same = Posting("k", MovementKind.MOVE, PartId(1), Qty(1), PlaceId(1), PlaceId(1))
    with pytest.raises(MovementNotAllowed):
        check_posting(same, from_kind=PlaceKind.DEPOT, to_kind=PlaceKind.DEPOT)
