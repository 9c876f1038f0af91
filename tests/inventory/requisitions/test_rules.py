"""Which places give the parts, and what separates a basket from its list. No fixture, no database (I5, E7)."""

from __future__ import annotations

from app.kernel.quantity import Qty
from inventory.catalogue.rules import PartId
from inventory.places.rules import PlaceId
from inventory.requisitions.rules import Holding, Pick, Scan, choose_places, difference

FAN, BELT = PartId(1), PartId(2)
VAN, NEAR, FAR = PlaceId(1), PlaceId(2), PlaceId(3)


def holding(place, part, on_hand, reserved=0):
    return Holding(place, part, Qty(on_hand), Qty(reserved))


def test_the_first_place_that_has_enough_gives_all():
    picks, short = choose_places({FAN: Qty(2)}, [holding(VAN, FAN, 1), holding(NEAR, FAN, 2), holding(FAR, FAN, 9)])
    assert (picks, short) == ([Pick(NEAR, FAN, Qty(2))], {})


def test_several_share_what_nobody_has_alone_in_the_order_given():
    picks, short = choose_places({FAN: Qty(5)}, [holding(VAN, FAN, 1), holding(NEAR, FAN, 3), holding(FAR, FAN, 2)])
    assert picks == [Pick(VAN, FAN, Qty(1)), Pick(NEAR, FAN, Qty(3)), Pick(FAR, FAN, Qty(1))]
    assert short == {}


def test_a_shortage_names_every_short_part():
    _picks, short = choose_places({FAN: Qty(2), BELT: Qty(5)}, [holding(VAN, FAN, 3, reserved=2)])
    assert short == {FAN: 1, BELT: 5}


def test_what_is_reserved_is_not_there():
    assert choose_places({FAN: Qty(1)}, [holding(VAN, FAN, 3, reserved=3)]) == ([], {FAN: 1})


def test_a_basket_is_compared_part_by_part():
    scans = [Scan("a", FAN, None), Scan("b", BELT, None), Scan("b", BELT, None)]
    gap = difference({FAN: 2, BELT: 1}, scans)
    assert (gap.missing, gap.extra, gap.none) == ({FAN: 1}, {BELT: 1}, False)
    assert difference({FAN: 1}, [Scan("a", FAN, None)]).none
