"""Where parts can be: the kinds of places, what each may hold, and how far away it is (I2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from app.kernel.errors import Gather
from inventory.catalogue.rules import fits_an_address

PlaceId = NewType("PlaceId", int)

#: Opening hours: per weekday, Monday first, (opens, closes) in minutes since midnight; None = shut that day.
Hours = tuple[tuple[int, int] | None, ...]


class PlaceKind(StrEnum):
    """What a place is. Each movement goes from one kind to another; the ledger's table says which pairs are legal."""

    SUPPLIER = "supplier"
    WAREHOUSE = "warehouse"
    DEPOT = "depot"
    BIN = "bin"
    VAN = "van"
    CUSTOMER_SITE = "customer_site"
    IN_TRANSIT = "in_transit"
    COUNT_DIFFERENCE = "count_difference"
    SCRAP = "scrap"


class Condition(StrEnum):
    """In what condition everything at a place is; a place keeps one condition, so moving says it (P2)."""

    GOOD = "good"
    TO_INSPECT = "to_inspect"
    DEFECTIVE = "defective"
    REFURBISHED = "refurbished"


#: Counterparties of the double entry: they alone may go below zero (P1).
COUNTERPARTIES = frozenset({PlaceKind.SUPPLIER, PlaceKind.COUNT_DIFFERENCE})
#: Where stock stands that can be reserved and issued.
STOCKED = frozenset({PlaceKind.WAREHOUSE, PlaceKind.DEPOT, PlaceKind.BIN, PlaceKind.VAN})
HOUSES = frozenset({PlaceKind.WAREHOUSE, PlaceKind.DEPOT})
#: A kind of place → the kinds it may stand in; an empty set means it stands alone.
STANDS_IN: dict[PlaceKind, frozenset[PlaceKind]] = {
    PlaceKind.WAREHOUSE: frozenset(),
    PlaceKind.DEPOT: frozenset({PlaceKind.WAREHOUSE}),
    PlaceKind.BIN: frozenset({PlaceKind.WAREHOUSE, PlaceKind.DEPOT, PlaceKind.BIN}),
    PlaceKind.VAN: frozenset({PlaceKind.WAREHOUSE, PlaceKind.DEPOT, PlaceKind.VAN}),
    PlaceKind.SUPPLIER: frozenset(),
    PlaceKind.CUSTOMER_SITE: frozenset(),
    PlaceKind.IN_TRANSIT: frozenset(),
    PlaceKind.COUNT_DIFFERENCE: frozenset(),
    PlaceKind.SCRAP: frozenset(),
}


@dataclass(frozen=True, slots=True)
class PlaceData:
    """One place as people describe it. Position in WGS-84 degrees; `hours` None = always open.

    `holder_ref` ("engineer:7") says who drives a van; who that is, stands upstairs.
    """

    code: str
    name: str
    kind: PlaceKind
    condition: Condition = Condition.GOOD
    parent_code: str = ""
    lat: float | None = None
    lon: float | None = None
    hours: Hours | None = None
    holder_ref: str = ""


def check_place(data: PlaceData, *, parent_kind: PlaceKind | None) -> None:
    """Raises InvalidInput with everything that is wrong with the description."""
    found = Gather()
    if not data.code:
        found.add("code", "input.required")
    elif not fits_an_address(data.code):
        found.add("code", "input.bad_character")
    if not data.name:
        found.add("name", "input.required")
    if data.kind is PlaceKind.BIN and parent_kind is None:
        found.add("parent", "input.required")
    if parent_kind is not None and parent_kind not in STANDS_IN[data.kind]:
        found.add("parent", "inventory.cannot_stand_there")
    if (data.lat is None) != (data.lon is None):
        found.add("lat" if data.lat is None else "lon", "input.required")
    if data.lat is not None and not -90 <= data.lat <= 90:
        found.add("lat", "input.not_position")
    if data.lon is not None and not -180 <= data.lon <= 180:
        found.add("lon", "input.not_position")
    if data.holder_ref and data.kind is not PlaceKind.VAN:
        found.add("holder_ref", "inventory.only_a_van_has_a_driver")
    if data.hours is not None and not _are_hours(data.hours):
        found.add("hours", "inventory.bad_hours")
    found.check()


def stands_below(place_id: int, parent_id: int | None, parents: Mapping[int, int | None]) -> bool:
    """Whether `parent_id` is the place itself or stands somewhere inside it; `parents` is the whole tree.

    A circle that is there already ends the walk and counts as one.
    """
    passed: set[int] = set()
    while parent_id is not None:
        if parent_id == place_id or parent_id in passed:
            return True
        passed.add(parent_id)
        parent_id = parents.get(parent_id)
    return False


def _are_hours(hours: Sequence[tuple[int, int] | None]) -> bool:
    return len(hours) == 7 and all(span is None or 0 <= span[0] < span[1] <= 1440 for span in hours)
