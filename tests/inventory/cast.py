"""The inventory's cast, made through its own use cases: a depot with bins, a van, fans, belts and pump seals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.auth.actor import SYSTEM
from app.db import transaction, use_case
from app.kernel.quantity import Qty
from inventory.catalogue import use_cases as catalogue
from inventory.catalogue.rules import PartData, PartId
from inventory.ledger import use_cases as ledger
from inventory.ledger.use_cases import Goods
from inventory.places import use_cases as places
from inventory.places.rules import PlaceData, PlaceId, PlaceKind
from inventory.visits import api as visits
from tests.conftest import MONDAY

YESTERDAY = MONDAY - timedelta(days=1)
VAN_HOLDER = "engineer:7"


@dataclass(frozen=True, slots=True)
class Stock:
    """Ids of what the cast made."""

    warehouse: PlaceId
    depot: PlaceId
    depot_bin: PlaceId
    van: PlaceId
    other_van: PlaceId
    fan: PartId
    belt: PartId
    seal: PartId


def stock(*, now: datetime = YESTERDAY, holder_ref: str = VAN_HOLDER) -> Stock:
    """10 fans and 5 belts in the depot, 3 seals by serial (SN1 and SN2 in the depot, SN3 in the van), 1 fan in the van."""
    warehouse, depot, depot_bin, van, other_van = places.add_places(
        [
            PlaceData(code="W1", name="中心库", kind=PlaceKind.WAREHOUSE, lat=31.23, lon=121.47),
            PlaceData(
                code="D1", name="城东库", kind=PlaceKind.DEPOT, parent_code="W1", lat=31.25, lon=121.55,
                hours=((480, 1080),) * 5 + (None, None),
            ),
            PlaceData(code="D1-A1", name="A架1层", kind=PlaceKind.BIN, parent_code="D1"),
            PlaceData(code="V-07", name="李工随车库", kind=PlaceKind.VAN, holder_ref=holder_ref),
            PlaceData(code="V-08", name="王工随车库", kind=PlaceKind.VAN, holder_ref="engineer:8"),
        ],
        by=SYSTEM, now=now,
    )  # fmt: skip
    fan, belt, seal = catalogue.add_parts(
        [
            PartData(part_no="100871", name="轴流风机", name_en="Axial fan", category="风机", minimum=Qty(4), models=("P-03",)),
            PartData(part_no="100233", name="皮带", name_en="Belt", category="传动", minimum=Qty(8)),
            PartData(
                part_no="200014", name="机械密封组件", name_en="Pump seal", category="密封", serial_tracked=True,
                returnable=True, criticality=1, cost_fen=180000, price_fen=265000, models=("P-03",),
            ),
        ],
        by=SYSTEM, now=now,
    )  # fmt: skip
    receive(
        depot,
        [Goods(fan, Qty(10)), Goods(belt, Qty(5)), Goods(seal, Qty(2), ("SN1", "SN2"))],
        key="cast-depot",
        now=now,
    )
    receive(van, [Goods(fan, Qty(1)), Goods(seal, Qty(1), ("SN3",))], key="cast-van", now=now)
    return Stock(warehouse, depot, depot_bin, van, other_van, fan, belt, seal)


def receive(place_id: PlaceId, goods: list[Goods], *, key: str, now: datetime) -> None:
    """Goods from the supplier, put down at a place."""
    ledger.receive(goods, to_place_id=place_id, key=key, by=SYSTEM, now=now)


@use_case
def open_visit(visit_ref: str, *, now: datetime = YESTERDAY) -> str:
    """A visit that inventory knows of, as the floor above would open it."""
    with transaction() as session:
        visits.open_visit(session, visit_ref, now)
    return visit_ref
