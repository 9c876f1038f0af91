"""Holding parts for visits: how reservations begin and end, as a second door beside posting (P6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.kernel.quantity import Qty
from inventory.catalogue.rules import PartId
from inventory.ledger import rules, store
from inventory.ledger.errors import KeyReused, ReservationEnded, Shortage, VisitNotOpen
from inventory.ledger.models import Reservation
from inventory.ledger.rules import ReservationState
from inventory.places.rules import PlaceId


@dataclass(frozen=True, slots=True)
class Line:
    """So much of one part at one place."""

    part_id: PartId
    place_id: PlaceId
    qty: Qty


@dataclass(frozen=True, slots=True)
class Held:
    """One reservation as it stands."""

    id: int
    visit_ref: str
    part_id: PartId
    place_id: PlaceId
    qty: Qty
    state: ReservationState


def held(row: Reservation) -> Held:
    """The row as plain data."""
    return Held(
        id=row.id, visit_ref=row.visit_ref, part_id=PartId(row.part_id), place_id=PlaceId(row.place_id),
        qty=Qty(row.qty), state=row.state,
    )  # fmt: skip


def hold_all(
    session: Session, lines: Iterable[Line], *, visit_ref: str, by: Actor, at: datetime, key: str
) -> list[Held]:
    """Hold every line for the visit, all or none; the same key again gets the first answer.

    More of what is held already joins it: one open reservation per visit, part and place.
    Raises InsufficientStock naming every shortage, VisitNotOpen.
    """
    wanted = _merged(lines)
    store.lock_shelves(session, [(line.place_id, line.part_id) for line in wanted])
    _demand_open_visit(session, visit_ref)
    before = _held_under(session, key, len(wanted))
    if before:
        said = [(visit_ref, line.part_id, line.place_id) for line in wanted]
        if [(row.visit_ref, row.part_id, row.place_id) for row in before] != said:
            raise KeyReused(key=key)
        return [held(row) for row in before]
    shortages: list[Shortage] = []
    rows: list[Held] = []
    for number, line in enumerate(wanted):
        if not store.hold(session, place_id=line.place_id, part_id=line.part_id, qty=line.qty):
            shortages.append(
                store.shortage(session, place_id=line.place_id, part_id=line.part_id, wanted=line.qty)
            )  # fmt: skip
        elif not shortages:
            rows.append(_open(session, line, visit_ref=visit_ref, by=by, at=at, key=f"{key}#{number}"))
    rules.refuse_shortages(shortages)
    return rows


def _merged(lines: Iterable[Line]) -> list[Line]:
    total: dict[tuple[PlaceId, PartId], int] = {}
    for line in lines:
        total[line.place_id, line.part_id] = total.get((line.place_id, line.part_id), 0) + line.qty
    return [Line(part_id, place_id, Qty(qty)) for (place_id, part_id), qty in sorted(total.items())]


def _held_under(session: Session, key: str, count: int) -> Sequence[Reservation]:
    keys = [f"{key}#{number}" for number in range(max(count, 1))]
    return session.scalars(select(Reservation).where(Reservation.key.in_(keys)).order_by(Reservation.id)).all()


def _demand_open_visit(session: Session, visit_ref: str) -> None:
    visit = store.hold_visit_open(session, visit_ref)
    if visit is None or visit.closed_at is not None:
        raise VisitNotOpen(visit_ref=visit_ref)


def _open(session: Session, line: Line, *, visit_ref: str, by: Actor, at: datetime, key: str) -> Held:
    qty = line.qty
    for row in store.open_reservations(session, visit_ref=visit_ref, place_id=line.place_id):
        if row.part_id == line.part_id:
            qty = Qty(qty + row.qty)
            _end(session, row, ReservationState.RELEASED, at=at)
    row = Reservation(
        key=key, visit_ref=visit_ref, part_id=line.part_id, place_id=line.place_id, qty=qty,
        state=ReservationState.OPEN, made_by=by.name, made_at=at, ended_at=None,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return held(row)


def _end(session: Session, row: Reservation, state: ReservationState, *, at: datetime) -> None:
    if not store.end_reservation(session, row.id, state=state, at=at):
        raise ReservationEnded(visit_ref=row.visit_ref)


def release_all(
    session: Session, visit_ref: str, *, at: datetime, state: ReservationState = ReservationState.RELEASED,
    place_id: int | None = None, part_id: int | None = None,
) -> list[Held]:  # fmt: skip
    """Let go of what is held for the visit (at one place, of one part, where said); nothing held is no fault."""
    rows = [
        row
        for row in store.open_reservations(session, visit_ref=visit_ref, place_id=place_id)
        if part_id is None or row.part_id == part_id
    ]
    store.lock_shelves(session, [(row.place_id, row.part_id) for row in rows])
    ended: list[Held] = []
    for row in rows:
        if store.end_reservation(session, row.id, state=state, at=at):  # Somebody may have used it meanwhile.
            store.let_go(session, place_id=row.place_id, part_id=row.part_id, qty=row.qty)
            ended.append(held(row))
    return ended


def consume(
    session: Session, *, visit_ref: str, part_id: int, place_id: int, qty: int, at: datetime, key: str,
    state: ReservationState = ReservationState.USED,
) -> int:  # fmt: skip
    """How much of `qty` had been held for the visit at the place; so much of the reservation ends that way.

    The balance is not touched: the posting that follows takes its `reserved_qty` in the same statement.
    """
    store.lock_shelves(session, [(place_id, part_id)])
    for row in store.open_reservations(session, visit_ref=visit_ref, place_id=place_id):
        if row.part_id != part_id:
            continue
        if row.qty <= qty:
            _end(session, row, state, at=at)
            return row.qty
        if not store.shrink_reservation(session, row.id, by_qty=qty):
            raise ReservationEnded(visit_ref=visit_ref)
        session.add(
            Reservation(
                key=key, visit_ref=visit_ref, part_id=part_id, place_id=place_id, qty=qty,
                state=state, made_by=row.made_by, made_at=row.made_at, ended_at=at,
            )
        )  # fmt: skip
        session.flush()
        return qty
    return 0
