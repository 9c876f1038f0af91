"""Pick lists, a visit's parts and what waits for the storekeeper, as pages show them (I5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from app.auth.actor import SYSTEM, Actor
from inventory.catalogue.models import Part
from inventory.ledger.models import Movement, Reservation, Serial, StockVisit
from inventory.ledger.queries import MovementRow, movement_rows, part_rows
from inventory.ledger.rules import MovementKind, ReservationState
from inventory.places import api as places
from inventory.places.models import Place
from inventory.places.rules import Condition
from inventory.requisitions.errors import MissingPickList, MissingVisit
from inventory.requisitions.models import PickList
from inventory.requisitions.rules import PickState
from inventory.transfers.queries import transfer_rows
from inventory.transfers.rules import TransferState
from inventory.visits import api as visits


@dataclass(frozen=True, slots=True)
class PickRow:
    """One pick list in a list."""

    pick_no: str
    visit_ref: str
    house_id: int
    house_code: str
    house_name: str
    to_place_id: int | None
    to_code: str
    to_name: str
    state: PickState
    made_at: datetime
    ended_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class HeldRow:
    """So much of a part held for a visit at a place; `serials` are those lying there."""

    part_id: int
    part_no: str
    part_name: str
    unit: str
    serial_tracked: bool
    place_code: str
    place_name: str
    qty: int
    serials: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutRow:
    """So much of a part in a van for a visit, neither used nor returned."""

    part_no: str
    part_name: str
    unit: str
    place_id: int
    place_code: str
    place_name: str
    qty: int


@dataclass(frozen=True, slots=True)
class VisitPage:
    """What inventory knows of one visit."""

    visit_ref: str
    opened_at: datetime
    closed_at: datetime | None
    held: tuple[HeldRow, ...]
    out: tuple[OutRow, ...]
    picks: tuple[PickRow, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the storekeeper has to do now, in numbers."""

    picks: tuple[PickRow, ...]
    waiting: int
    below_minimum: int
    on_the_road: int


def pick_rows(
    session: Session, *, state: PickState | None = PickState.WAITING, visit_ref: str = "", pick_no: str = "",
    limit: int = 100,
) -> list[PickRow]:  # fmt: skip
    """Pick lists, those that wait longest first."""
    house, target = aliased(Place), aliased(Place)
    rows = (
        select(PickList, house, target)
        .join(house, house.id == PickList.house_id)
        .outerjoin(target, target.id == PickList.to_place_id)
        .order_by(PickList.id)
        .limit(limit)
    )
    rows = rows.where(PickList.state == state) if state is not None else rows
    rows = rows.where(PickList.visit_ref == visit_ref) if visit_ref else rows
    rows = rows.where(PickList.pick_no == pick_no) if pick_no else rows
    return [
        PickRow(
            pick_no=row.pick_no, visit_ref=row.visit_ref, house_id=row.house_id, house_code=a.code, house_name=a.name,
            to_place_id=row.to_place_id, to_code=b.code if b else "", to_name=b.name if b else "", state=row.state,
            made_at=row.made_at, ended_at=row.ended_at, version=row.version,
        )
        for row, a, b in session.execute(rows)
    ]  # fmt: skip


def pick_page(session: Session, pick_no: str) -> tuple[PickRow, tuple[HeldRow, ...]]:
    """One pick list and its lines in the order of the shelves. Raises MissingPickList."""
    found = pick_rows(session, state=None, pick_no=pick_no)
    if not found:
        raise MissingPickList(pick_no=pick_no)
    row = found[0]
    if row.state is not PickState.WAITING:
        return row, ()
    cards = places.place_cards(session)
    shelves = [c.id for c in cards.values() if c.house_id == row.house_id and c.condition is Condition.GOOD]
    return row, _held(session, row.visit_ref, shelves)


def _held(session: Session, visit_ref: str, place_ids: Sequence[int] | None = None) -> tuple[HeldRow, ...]:
    rows = (
        select(Reservation, Part, Place)
        .join(Part, Part.id == Reservation.part_id)
        .join(Place, Place.id == Reservation.place_id)
        .where(Reservation.visit_ref == visit_ref, Reservation.state == ReservationState.OPEN)
        .order_by(Place.code, Part.part_no)
    )
    if place_ids is not None:
        rows = rows.where(Reservation.place_id.in_(place_ids))
    found = session.execute(rows).all()
    pieces: dict[tuple[int, int], list[str]] = {}
    tracked = {part.id for _row, part, _place in found if part.serial_tracked}
    if tracked:
        here = {row.place_id for row, _part, _place in found}
        lying = select(Serial).where(Serial.part_id.in_(tracked), Serial.place_id.in_(here)).order_by(Serial.serial_no)
        for serial in session.scalars(lying):
            pieces.setdefault((serial.place_id, serial.part_id), []).append(serial.serial_no)
    return tuple(
        HeldRow(
            part_id=part.id, part_no=part.part_no, part_name=part.name, unit=part.unit,
            serial_tracked=part.serial_tracked, place_code=place.code, place_name=place.name, qty=row.qty,
            serials=tuple(pieces.get((row.place_id, row.part_id), ())),
        )
        for row, part, place in found
    )  # fmt: skip


def visit_page(session: Session, visit_ref: str) -> VisitPage:
    """A visit's parts: held, out, and the lists that bring them. Raises MissingVisit."""
    visit = session.get(StockVisit, visit_ref)
    if visit is None:
        raise MissingVisit(visit_ref=visit_ref)
    out = visits.still_out(session, visit_ref)
    parts = {part.id: part for part in session.scalars(select(Part).where(Part.id.in_({o.part_id for o in out})))}
    vans = {place.id: place for place in session.scalars(select(Place).where(Place.id.in_({o.place_id for o in out})))}
    return VisitPage(
        visit_ref=visit_ref, opened_at=visit.opened_at, closed_at=visit.closed_at, held=_held(session, visit_ref),
        out=tuple(
            OutRow(
                part_no=parts[o.part_id].part_no, part_name=parts[o.part_id].name, unit=parts[o.part_id].unit,
                place_id=o.place_id, place_code=vans[o.place_id].code, place_name=vans[o.place_id].name, qty=o.qty,
            )
            for o in out
        ),
        picks=tuple(pick_rows(session, state=None, visit_ref=visit_ref)),
    )  # fmt: skip


def waiting(session: Session, actor: Actor) -> Waiting:
    """What waits for the storekeeper: lists to pick, parts below minimum, transfers on the road."""
    _rows, low = part_rows(session, actor, low=True, limit=1)
    road = transfer_rows(session, actor, state=TransferState.SHIPPED)
    return Waiting(
        picks=tuple(pick_rows(session, limit=8)),
        waiting=waiting_count(session),
        below_minimum=low,
        on_the_road=len(road),
    )


def waiting_count(session: Session) -> int:
    """How many pick lists wait."""
    rows = select(func.count()).where(PickList.state == PickState.WAITING)
    return session.scalar(rows) or 0


def asset_parts(session: Session, asset_ref: str) -> list[MovementRow]:
    """What went into an asset and what came out of it, newest first (C1: the asset's archive)."""
    undone = aliased(Movement)
    told = select(Movement.n).outerjoin(undone, undone.reversal_of == Movement.n)
    told = told.where(Movement.asset_ref == asset_ref, undone.n.is_(None))
    told = told.where(Movement.kind.in_((MovementKind.USE, MovementKind.REMOVE))).order_by(Movement.n.desc()).limit(20)
    return [row for n in session.scalars(told) for row in movement_rows(session, SYSTEM, n=n)[0]]
