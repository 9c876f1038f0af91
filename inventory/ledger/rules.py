"""Movements: what may go where, and when the books refuse it (I3, P1-P6). Plain data in, plain data out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.kernel.quantity import Qty
from inventory.catalogue.rules import PartId
from inventory.ledger.errors import InsufficientStock, MovementNotAllowed, NeedsVisit, Shortage
from inventory.places.rules import STOCKED, PlaceId, PlaceKind


class MovementKind(StrEnum):
    """Why a part went from one place to another."""

    RECEIVE = "receive"
    SHIP = "ship"
    ARRIVE = "arrive"
    MOVE = "move"
    ISSUE = "issue"
    USE = "use"
    FOUND = "found"
    REMOVE = "remove"
    RETURN = "return"
    SCRAP = "scrap"
    ADJUST = "adjust"
    REVERSE = "reverse"


class ReservationState(StrEnum):
    """A reservation ends once (P6)."""

    OPEN = "open"
    USED = "used"
    RELEASED = "released"
    EXPIRED = "expired"


_SITE = frozenset({PlaceKind.CUSTOMER_SITE})
_DIFFERENCE = frozenset({PlaceKind.COUNT_DIFFERENCE})
_TRANSIT = frozenset({PlaceKind.IN_TRANSIT})

#: kind → (from which kinds of places, to which). A reversal mirrors its movement and is not listed.
LEGAL: Mapping[MovementKind, tuple[frozenset[PlaceKind], frozenset[PlaceKind]]] = {
    MovementKind.RECEIVE: (frozenset({PlaceKind.SUPPLIER}), STOCKED),
    MovementKind.SHIP: (STOCKED, _TRANSIT),
    MovementKind.ARRIVE: (_TRANSIT, STOCKED),
    MovementKind.MOVE: (STOCKED, STOCKED),
    MovementKind.ISSUE: (STOCKED, frozenset({PlaceKind.VAN})),
    # A unit used while the books have it elsewhere is booked out of the count difference (E7).
    MovementKind.USE: (STOCKED | _DIFFERENCE, _SITE),
    MovementKind.FOUND: (_DIFFERENCE, _SITE),
    MovementKind.REMOVE: (_SITE, STOCKED),
    MovementKind.RETURN: (frozenset({PlaceKind.VAN}), STOCKED),
    MovementKind.SCRAP: (STOCKED, frozenset({PlaceKind.SCRAP})),
    MovementKind.ADJUST: (STOCKED | _DIFFERENCE | _TRANSIT, STOCKED | _DIFFERENCE | _TRANSIT),
}
#: Kinds that belong to a visit which was open then (P5).
NEED_VISIT = frozenset({MovementKind.ISSUE, MovementKind.USE, MovementKind.FOUND, MovementKind.REMOVE})
#: Kinds that bring a serial into the books for the first time.
BRING_SERIALS = frozenset({MovementKind.RECEIVE, MovementKind.FOUND, MovementKind.USE, MovementKind.ADJUST})


@dataclass(frozen=True, slots=True)
class Posting:
    """One movement that somebody wants booked. `key` makes its arrival twice one effect (P18).

    `reserved_qty` of it are taken from what was held for `visit_ref` at the place it leaves.
    """

    key: str
    kind: MovementKind
    part_id: PartId
    qty: Qty
    from_place_id: PlaceId
    to_place_id: PlaceId
    serial_no: str | None = None
    visit_ref: str | None = None
    issue_n: int | None = None
    reversal_of: int | None = None
    asset_ref: str | None = None
    document: str = ""
    reason: str = ""
    effective_at: datetime | None = None
    reserved_qty: int = 0


def check_posting(posting: Posting, *, from_kind: PlaceKind, to_kind: PlaceKind) -> None:
    """Raises MovementNotAllowed or NeedsVisit when this kind of movement cannot go this way."""
    if posting.kind is MovementKind.REVERSE:
        return
    sources, targets = LEGAL[posting.kind]
    if from_kind not in sources or to_kind not in targets or posting.from_place_id == posting.to_place_id:
        raise MovementNotAllowed(kind=posting.kind.value, from_kind=from_kind.value, to_kind=to_kind.value)
    if posting.kind in NEED_VISIT and not posting.visit_ref:
        raise NeedsVisit(kind=posting.kind.value)


@dataclass(frozen=True, slots=True)
class Step:
    """One change of one place's quantity of one part at one instant; `order` settles equal instants."""

    effective_at: datetime
    order: int
    change: int


def lowest_from(steps: Iterable[Step], since: datetime) -> int:
    """The lowest balance at or after `since` when `steps` are walked in the order of their instants (E8)."""
    balance, lowest = 0, None
    for step in sorted(steps, key=lambda step: (step.effective_at, step.order)):
        if step.effective_at >= since and lowest is None:
            lowest = balance
        balance += step.change
        if step.effective_at >= since:
            lowest = balance if lowest is None else min(lowest, balance)
    return balance if lowest is None else lowest


def refuse_shortages(shortages: Iterable[Shortage]) -> None:
    """Raises InsufficientStock naming every shortage, or does nothing."""
    found = tuple(shortages)
    if found:
        raise InsufficientStock(found)
