"""How a visit gets its parts: which places give them, and when a scanned basket may leave (I5, P6, E7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.kernel.quantity import Qty
from inventory.catalogue.rules import PartId
from inventory.places.rules import PlaceId


class PickState(StrEnum):
    """A pick list waits until its parts are issued or nobody wants them any more."""

    WAITING = "waiting"
    ISSUED = "issued"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Holding:
    """What one place has of one part, in whole stocking units. `version` grows with every change (E13)."""

    place_id: PlaceId
    part_id: PartId
    on_hand: Qty
    reserved: Qty
    version: int = 1

    @property
    def available(self) -> Qty:
        return Qty(self.on_hand - self.reserved)


@dataclass(frozen=True, slots=True)
class Pick:
    """So much of a part from one place."""

    place_id: PlaceId
    part_id: PartId
    qty: Qty


def choose_places(wanted: Mapping[PartId, Qty], holdings: Sequence[Holding]) -> tuple[list[Pick], dict[PartId, Qty]]:
    """The picks that cover `wanted`, taking `holdings` in the order given (best place first), and what is missing.

    One place that can give a part alone is preferred to several that share it. All or nothing is the caller's to
    enforce: when anything is missing, nothing may be held.
    """
    picks: list[Pick] = []
    short: dict[PartId, Qty] = {}
    for part_id, qty in wanted.items():
        mine = [holding for holding in holdings if holding.part_id == part_id and holding.available > 0]
        alone = next((holding for holding in mine if holding.available >= qty), None)
        missing = int(qty)
        for holding in [alone] if alone else mine:
            take = min(missing, holding.available)
            if take > 0:
                picks.append(Pick(holding.place_id, part_id, Qty(take)))
                missing -= take
        if missing:
            short[part_id] = Qty(missing)
    return picks, short


@dataclass(frozen=True, slots=True)
class Scan:
    """One code that came from the scanner, and what the books know of it."""

    code: str
    part_id: PartId
    serial_no: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What separates a scanned basket from its pick list, part by part."""

    missing: dict[PartId, int]
    extra: dict[PartId, int]

    @property
    def none(self) -> bool:
        return not self.missing and not self.extra


def difference(wanted: Mapping[PartId, int], scans: Iterable[Scan]) -> Difference:
    """What is still to scan, and what was scanned but not wanted."""
    scanned = Counter(scan.part_id for scan in scans)
    missing = {part: qty - scanned[part] for part, qty in wanted.items() if scanned[part] < qty}
    extra = {part: qty - wanted.get(part, 0) for part, qty in scanned.items() if qty > wanted.get(part, 0)}
    return Difference(missing=missing, extra=extra)
