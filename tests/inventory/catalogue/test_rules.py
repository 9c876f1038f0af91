"""Which descriptions of a part cannot stand, and how its name is found in a hurry (I1)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.kernel.errors import InvalidInput
from app.kernel.quantity import Qty
from app.search.initials import initials
from inventory.catalogue.rules import PartData, check_part

FAN = PartData(
    part_no="100871", name="轴流风机", minimum=Qty(4), maximum=Qty(9), models=("P-03",), substitutes=("100872",)
)


def test_a_whole_description_stands():
    check_part(FAN)


def test_everything_wrong_is_heard_at_once():
    with pytest.raises(InvalidInput) as caught:
        check_part(
            replace(FAN, part_no="", name="", maximum=Qty(3), criticality=4, models=("A", "A"), substitutes=("B", "B"))
        )
    assert [p.field for p in caught.value.problems] == [
        "part_no",
        "name",
        "maximum",
        "criticality",
        "substitutes",
        "models",
    ]


def test_a_part_does_not_stand_in_for_itself():
    with pytest.raises(InvalidInput):
        check_part(replace(FAN, substitutes=("100871",)))


@pytest.mark.parametrize(
    ("name", "typed"), [("轴流风机", "zlfj"), ("P-03循环泵", "p03xhb"), ("Axial fan", "axialfan"), ("", "")]
)
def test_initials_are_what_one_types(name, typed):
    assert initials(name) == typed


@pytest.mark.parametrize("part_no", ["a/b", "a b", "..", "new", "a?b", "a#b", "100%", "a\\b"])
def test_a_number_stands_in_the_address_of_its_page(part_no):
    with pytest.raises(InvalidInput):
        check_part(replace(FAN, part_no=part_no))
