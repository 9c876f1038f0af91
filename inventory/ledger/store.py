"""The books' only writer: every change of a balance, a serial's place or a reservation happens in this file (P2)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, inspect, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.db import changed_one
from inventory.catalogue.models import Part
from inventory.ledger.errors import Shortage
from inventory.ledger.models import Balance, Movement, Reservation, Serial, StockVisit
from inventory.ledger.rules import Posting, ReservationState, Step
from inventory.places.models import Place
from inventory.places.rules import STOCKED, Condition

#: (place, part)
Shelf = tuple[int, int]


def insert_if_new(session: Session, model: type, **values: Any) -> bool:
    """Whether the row was new; a row with the same key is left as it is, without an error, on both engines."""
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = sqlite.insert if on_sqlite else postgresql.insert
    first_key: Any = inspect(model).primary_key[0]
    written = insert(model).values(**values).on_conflict_do_nothing().returning(first_key)
    return session.execute(written).first() is not None


def lock_shelves(session: Session, shelves: Iterable[Shelf], *, places: dict[int, Place] | None = None) -> None:
    """Hold the balance rows until the transaction ends, always in one order; with `places`, make missing ones."""
    wanted = sorted(set(shelves))
    if not wanted:
        return
    held = select(Balance.place_id, Balance.part_id).where(tuple_(Balance.place_id, Balance.part_id).in_(wanted))
    there = {(place_id, part_id) for place_id, part_id in session.execute(held)}
    for place_id, part_id in wanted:
        if places is not None and place_id in places and (place_id, part_id) not in there:
            insert_if_new(
                session, Balance, place_id=place_id, part_id=part_id, counterparty=places[place_id].counterparty,
                qty=0, reserved=0, version=1,
            )  # fmt: skip
    if session.get_bind().dialect.name != "sqlite":  # There the whole transaction is the lock.
        session.execute(held.order_by(Balance.place_id, Balance.part_id).with_for_update())


def movements_by_key(session: Session, keys: Collection[str]) -> dict[str, Movement]:
    """The movements that arrived under these keys before."""
    return {row.key: row for row in session.scalars(select(Movement).where(Movement.key.in_(keys)))}


def take(session: Session, posting: Posting) -> bool:
    """Whether the source place had enough that was free (or held for this very posting); then it is gone from it."""
    free = Balance.qty - Balance.reserved >= posting.qty - posting.reserved_qty
    taken = (
        update(Balance)
        .where(Balance.place_id == posting.from_place_id, Balance.part_id == posting.part_id)
        .where(or_(Balance.counterparty, and_(free, Balance.reserved >= posting.reserved_qty)))
        .values(
            qty=Balance.qty - posting.qty, reserved=Balance.reserved - posting.reserved_qty,
            version=Balance.version + 1,
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    return changed_one(session.execute(taken))


def put(session: Session, posting: Posting) -> None:
    """The target place has it."""
    session.execute(
        update(Balance)
        .where(Balance.place_id == posting.to_place_id, Balance.part_id == posting.part_id)
        .values(qty=Balance.qty + posting.qty, version=Balance.version + 1)
        .execution_options(synchronize_session=False)
    )


def serial_row(session: Session, part_id: int, serial_no: str) -> Serial | None:
    """The serial as it is in the books, letter for letter."""
    found = select(Serial).where(Serial.part_id == part_id, Serial.serial_no == serial_no)
    return session.scalar(found.execution_options(populate_existing=True))


def move_serial(session: Session, serial_id: int, *, from_place_id: int, to_place_id: int) -> bool:
    """Whether the serial was where it should leave from; then it is at the other place (compare and set, P4)."""
    moved = update(Serial).where(Serial.id == serial_id, Serial.place_id == from_place_id)
    moved = moved.values(place_id=to_place_id).execution_options(synchronize_session=False)
    return changed_one(session.execute(moved))


def write(
    session: Session, posting: Posting, *, serial_id: int | None, from_place: Place, to_place: Place, by: Actor,
    at: datetime,
) -> Movement:  # fmt: skip
    """The ledger row, with its number."""
    row = Movement(
        key=posting.key, kind=posting.kind, part_id=posting.part_id, qty=posting.qty, serial_id=serial_id,
        from_place_id=from_place.id, from_kind=from_place.kind, to_place_id=to_place.id, to_kind=to_place.kind,
        visit_ref=posting.visit_ref, issue_n=posting.issue_n, reversal_of=posting.reversal_of,
        asset_ref=posting.asset_ref, document=posting.document, reason=posting.reason, actor=by.name,
        effective_at=posting.effective_at or at, posted_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def touches_later(session: Session, *, place_id: int, part_id: int, since: datetime) -> bool:
    """Whether the place has movements of the part that take effect after `since`."""
    later = select(Movement.n).where(
        Movement.part_id == part_id,
        or_(Movement.from_place_id == place_id, Movement.to_place_id == place_id),
        Movement.effective_at > since,
    )
    return session.scalar(later.limit(1)) is not None


def steps(session: Session, *, place_id: int, part_id: int) -> list[Step]:
    """Every change of the place's quantity of the part."""
    change = case((Movement.to_place_id == place_id, Movement.qty), else_=-Movement.qty)
    rows = select(Movement.effective_at, Movement.n, change).where(
        Movement.part_id == part_id, or_(Movement.from_place_id == place_id, Movement.to_place_id == place_id)
    )
    return [Step(at, n, qty) for at, n, qty in session.execute(rows)]


def balance_at(session: Session, *, place_id: int, part_id: int, at: datetime) -> int:
    """What the place had of the part once everything effective up to `at` was done."""
    change = case((Movement.to_place_id == place_id, Movement.qty), else_=-Movement.qty)
    total = select(func.coalesce(func.sum(change), 0)).where(
        Movement.part_id == part_id,
        or_(Movement.from_place_id == place_id, Movement.to_place_id == place_id),
        Movement.effective_at <= at,
    )
    return int(session.scalar(total) or 0)


def on_hand(session: Session, *, place_id: int, part_id: int) -> int:
    """What the place has of the part now."""
    here = select(Balance.qty).where(Balance.place_id == place_id, Balance.part_id == part_id)
    return session.scalar(here) or 0


def hold(session: Session, *, place_id: int, part_id: int, qty: int) -> bool:
    """Whether so much was free at the place; then it is held."""
    held = (
        update(Balance)
        .where(Balance.place_id == place_id, Balance.part_id == part_id, Balance.qty - Balance.reserved >= qty)
        .values(reserved=Balance.reserved + qty, version=Balance.version + 1)
        .execution_options(synchronize_session=False)
    )
    return changed_one(session.execute(held))


def let_go(session: Session, *, place_id: int, part_id: int, qty: int) -> None:
    """So much is free again."""
    session.execute(
        update(Balance)
        .where(Balance.place_id == place_id, Balance.part_id == part_id)
        .values(reserved=Balance.reserved - qty, version=Balance.version + 1)
        .execution_options(synchronize_session=False)
    )


def open_reservations(session: Session, *, visit_ref: str, place_id: int | None = None) -> Sequence[Reservation]:
    """What is held for the visit now, in one order."""
    rows = select(Reservation).where(Reservation.visit_ref == visit_ref, Reservation.state == ReservationState.OPEN)
    if place_id is not None:
        rows = rows.where(Reservation.place_id == place_id)
    ordered = rows.order_by(Reservation.place_id, Reservation.part_id)
    return session.scalars(ordered.execution_options(populate_existing=True)).all()


def end_reservation(session: Session, reservation_id: int, *, state: ReservationState, at: datetime) -> bool:
    """Whether the reservation was still open; then it has ended this way, once and for all."""
    ended = update(Reservation).where(Reservation.id == reservation_id, Reservation.state == ReservationState.OPEN)
    ended = ended.values(state=state, ended_at=at).execution_options(synchronize_session=False)
    return changed_one(session.execute(ended))


def shrink_reservation(session: Session, reservation_id: int, *, by_qty: int) -> bool:
    """Whether the reservation was open for more than `by_qty`; then it holds so much less."""
    smaller = update(Reservation).where(
        Reservation.id == reservation_id, Reservation.state == ReservationState.OPEN, Reservation.qty > by_qty
    )
    smaller = smaller.values(qty=Reservation.qty - by_qty).execution_options(synchronize_session=False)
    return changed_one(session.execute(smaller))


def visit_row(session: Session, visit_ref: str) -> StockVisit | None:
    """Inventory's own row of the visit."""
    return session.get(StockVisit, visit_ref, populate_existing=True)


def hold_visit_open(session: Session, visit_ref: str) -> StockVisit | None:
    """The visit's row, which nobody closes until the transaction ends; several may hold it. After the shelves."""
    return session.get(StockVisit, visit_ref, populate_existing=True, with_for_update={"read": True})


def shortage(session: Session, *, place_id: int, part_id: int, wanted: int) -> Shortage:
    """Who holds the part here, and where others lie: what to tell whoever asked for more than there is (E7)."""
    part = session.get_one(Part, part_id)
    here = session.execute(
        select(Balance.qty - Balance.reserved).where(Balance.place_id == place_id, Balance.part_id == part_id)
    ).scalar_one_or_none()
    held = (
        select(Reservation.visit_ref, func.sum(Reservation.qty))
        .where(Reservation.place_id == place_id, Reservation.part_id == part_id)
        .where(Reservation.state == ReservationState.OPEN)
        .group_by(Reservation.visit_ref)
        .order_by(Reservation.visit_ref)
        .limit(5)
    )
    return Shortage(
        part_no=part.part_no, part_name=part.name, place_code=session.get_one(Place, place_id).code, wanted=wanted,
        available=max(0, here or 0), held_by=tuple((ref, int(qty)) for ref, qty in session.execute(held)),
        nearest=_nearest(session, place_id=place_id, part_id=part_id),
    )  # fmt: skip


def _nearest(session: Session, *, place_id: int, part_id: int) -> tuple[tuple[str, int], ...]:
    here = session.get_one(Place, place_id)
    rows = session.execute(
        select(Place, Balance.qty - Balance.reserved)
        .join(Balance, Balance.place_id == Place.id)
        .where(Balance.part_id == part_id, Balance.qty > Balance.reserved, Place.id != place_id)
        .where(Place.kind.in_(STOCKED), Place.condition == Condition.GOOD)
    ).all()

    def far(place: Place) -> tuple[float, str]:
        if None in (here.lat, here.lon, place.lat, place.lon):
            return (1e9, place.code)
        # Degrees squared, longitude shortened for our latitudes: enough to put three depots in order.
        return ((here.lat - place.lat) ** 2 + (0.8 * (here.lon - place.lon)) ** 2, place.code)  # type: ignore[operator]

    nearest = sorted(((place, int(free)) for place, free in rows), key=lambda pair: far(pair[0]))
    return tuple((place.code, free) for place, free in nearest[:3])
