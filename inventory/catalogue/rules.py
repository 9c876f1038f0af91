"""What a part is, and which descriptions of one cannot stand (I1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

from app.kernel.errors import Gather
from app.kernel.money import Fen
from app.kernel.quantity import HIGHEST_QTY, Qty

PartId = NewType("PartId", int)

LOWEST_RANK, HIGHEST_RANK = 1, 3
LONGEST_LEAD_DAYS = 3650


@dataclass(frozen=True, slots=True)
class PartData:
    """One part as the catalogue describes it. `substitutes` are part numbers, not lower in specification, best first.

    `criticality` 1 = a system stands still without it, 3 = it can wait. `maximum` None = no upper limit.
    """

    part_no: str
    name: str
    name_en: str = ""
    category: str = ""
    unit: str = "件"
    serial_tracked: bool = False
    returnable: bool = False
    cost_fen: Fen = Fen(0)
    price_fen: Fen = Fen(0)
    supplier: str = ""
    lead_days: int = 0
    minimum: Qty = Qty(0)
    maximum: Qty | None = None
    criticality: int = 2
    models: tuple[str, ...] = ()
    substitutes: tuple[str, ...] = ()


def fits_an_address(code: str) -> bool:
    """Whether a number or code can stand in the address of its own page."""
    return code not in {".", "..", "new"} and not set(code) & set("/\\?#% ")


def check_part(data: PartData) -> None:
    """Raises InvalidInput with everything that is wrong with the description."""
    found = Gather()
    if not data.part_no:
        found.add("part_no", "input.required")
    elif not fits_an_address(data.part_no):
        found.add("part_no", "input.bad_character")
    if not data.name:
        found.add("name", "input.required")
    if data.maximum is not None and data.maximum < data.minimum:
        found.add("maximum", "inventory.maximum_below_minimum", minimum=data.minimum)
    if not LOWEST_RANK <= data.criticality <= HIGHEST_RANK:
        found.add("criticality", "input.out_of_range", low=LOWEST_RANK, high=HIGHEST_RANK)
    if not 0 <= data.minimum <= HIGHEST_QTY:
        found.add("minimum", "input.out_of_range", low=0, high=HIGHEST_QTY)
    if data.part_no in data.substitutes:
        found.add("substitutes", "inventory.own_substitute", part_no=data.part_no)
    if len(set(data.substitutes)) != len(data.substitutes):
        found.add("substitutes", "inventory.named_twice")
    if len(set(data.models)) != len(data.models):
        found.add("models", "inventory.named_twice")
    found.check()
