"""Inventory's own knowledge of visits: opened and closed by the floor above, which alone knows what they are (P5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session, aliased

from app.kernel.quantity import Qty
from inventory.catalogue.rules import PartId
from inventory.ledger import holding, store
from inventory.ledger.errors import VisitNotOpen
from inventory.ledger.models import Movement, StockVisit
from inventory.ledger.rules import MovementKind, ReservationState
from inventory.places.rules import PlaceId, PlaceKind


@dataclass(frozen=True, slots=True)
class StillOut:
    """So much of a part was issued for a visit to a van and neither used nor returned."""

    part_id: PartId
    place_id: PlaceId
    qty: Qty


def open_visit(session: Session, visit_ref: str, at: datetime) -> None:
    """Parts may leave for the visit from now on; opening it again changes nothing."""
    store.insert_if_new(session, StockVisit, visit_ref=visit_ref, opened_at=at, closed_at=None)


def close_visit(session: Session, visit_ref: str, at: datetime) -> tuple[StillOut, ...]:
    """No part leaves for the visit from `at` on; what was held for it is free. Returns what is still in a van.

    What is still out stays the van's stock until it is returned: closing does not wait for it.
    """
    held = store.open_reservations(session, visit_ref=visit_ref)
    # Everybody takes the shelves before the visit, so that two never wait for each other.
    store.lock_shelves(session, [(row.place_id, row.part_id) for row in held])
    closed = update(StockVisit).where(StockVisit.visit_ref == visit_ref, StockVisit.closed_at.is_(None))
    if not session.execute(closed.values(closed_at=at)).rowcount and store.visit_row(session, visit_ref) is None:  # type: ignore[attr-defined]
        raise VisitNotOpen(visit_ref=visit_ref)
    holding.release_all(session, visit_ref, at=at, state=ReservationState.EXPIRED)
    return still_out(session, visit_ref)


def is_open(session: Session, visit_ref: str) -> bool:
    """Whether parts may leave for the visit now."""
    row = store.visit_row(session, visit_ref)
    return row is not None and row.closed_at is None


def still_out(session: Session, visit_ref: str) -> tuple[StillOut, ...]:
    """What was issued to a van for the visit and has neither been used nor come back."""
    undone = aliased(Movement)
    arrives = Movement.kind == MovementKind.ISSUE
    van = case((arrives, Movement.to_place_id), else_=Movement.from_place_id)
    rows = session.execute(
        select(Movement.part_id, van, func.sum(case((arrives, Movement.qty), else_=-Movement.qty)))
        .outerjoin(undone, undone.reversal_of == Movement.n)
        .where(Movement.visit_ref == visit_ref, undone.n.is_(None))
        .where(
            arrives
            | (Movement.kind == MovementKind.RETURN)
            | ((Movement.kind == MovementKind.USE) & (Movement.from_kind == PlaceKind.VAN))
        )
        .group_by(Movement.part_id, van)
        .order_by(Movement.part_id)
    )
    return tuple(StillOut(PartId(part), PlaceId(place), Qty(int(qty))) for part, place, qty in rows if qty > 0)
