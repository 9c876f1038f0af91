"""Rows of pick lists, holdings and scanned codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, tuple_, update
from sqlalchemy.orm import Session, aliased

from app.db import changed_one
from app.kernel.quantity import Qty
from app.numbers.api import next_no
from inventory.catalogue.models import Part
from inventory.catalogue.rules import PartId
from inventory.ledger import store as ledger
from inventory.ledger.models import Balance, Movement, Serial
from inventory.ledger.rules import MovementKind
from inventory.places import api as places
from inventory.places.models import Place
from inventory.places.rules import STOCKED, Condition, PlaceId, PlaceKind
from inventory.requisitions.errors import AmbiguousSerial, UnknownCode
from inventory.requisitions.models import PickList
from inventory.requisitions.rules import Holding, PickState, Scan


def holdings(session: Session, part_ids: Iterable[int]) -> list[Holding]:
    """Every place of ours that has good pieces of these parts, in the order of place and part."""
    wanted = set(part_ids)
    if not wanted:
        return []
    rows = session.execute(
        select(Balance.place_id, Balance.part_id, Balance.qty, Balance.reserved, Balance.version)
        .join(Place, Place.id == Balance.place_id)
        .where(Balance.part_id.in_(wanted), Balance.qty > 0)
        .where(Place.kind.in_(STOCKED), Place.condition == Condition.GOOD)
        .order_by(Balance.place_id, Balance.part_id)
    )
    return [Holding(PlaceId(p), PartId(t), Qty(q), Qty(r), v) for p, t, q, r, v in rows]


def best_first(
    session: Session, found: Sequence[Holding], *, holder_ref: str | None, near: tuple[float, float] | None
) -> list[Holding]:
    """Holdings in the order to take them: the engineer's own van, then houses by distance; nobody else's van."""
    cards = places.place_cards(session, {holding.place_id for holding in found})

    def rank(holding: Holding) -> tuple[int, float, int]:
        card = cards[holding.place_id]
        far = 0.0
        if near is not None and card.lat is not None and card.lon is not None:
            far = (card.lat - near[0]) ** 2 + (0.8 * (card.lon - near[1])) ** 2
        return (0 if card.kind is PlaceKind.VAN else 1, far, -holding.available)

    mine = [
        holding
        for holding in found
        if cards[holding.place_id].kind is not PlaceKind.VAN or cards[holding.place_id].holder_ref == holder_ref
    ]
    return sorted(mine, key=rank)


def stale_versions(session: Session, versions: Mapping[tuple[int, int], int]) -> list[tuple[int, int]]:
    """Locks these (place, part) rows and returns those that are no longer at the version seen; 0 = no row was seen."""
    ledger.lock_shelves(session, versions)
    keys = list(versions)
    rows = session.execute(
        select(Balance.place_id, Balance.part_id, Balance.version).where(
            tuple_(Balance.place_id, Balance.part_id).in_(keys)
        )
    )
    now = {(place, part): version for place, part, version in rows}
    return sorted(key for key, seen in versions.items() if now.get(key, 0) != seen)


def open_pick_lists(
    session: Session, visit_ref: str, *, to_place_id: int | None, at: datetime, reserved_at: Iterable[int]
) -> None:
    """Every house that holds something for the visit has one waiting list; one that holds nothing has none."""
    cards = places.place_cards(session, set(reserved_at))
    houses: set[int] = {card.house_id for card in cards.values() if card.kind is not PlaceKind.VAN}
    waiting = {row.house_id: row for row in waiting_lists(session, visit_ref)}
    for house_id in sorted(houses - waiting.keys()):
        row = PickList(
            pick_no=next_no(session, "PK"), visit_ref=visit_ref, house_id=house_id, to_place_id=to_place_id,
            state=PickState.WAITING, made_at=at, ended_at=None, version=1,
        )  # fmt: skip
        session.add(row)
    for house_id in waiting.keys() - houses:
        end_list(session, waiting[house_id], PickState.CANCELLED, at=at)
    if to_place_id is not None:
        for house_id in waiting.keys() & houses:
            waiting[house_id].to_place_id = to_place_id
    session.flush()


def waiting_lists(session: Session, visit_ref: str) -> Sequence[PickList]:
    """The visit's lists that wait."""
    rows = select(PickList).where(PickList.visit_ref == visit_ref, PickList.state == PickState.WAITING)
    return session.scalars(rows.order_by(PickList.id)).all()


def end_list(session: Session, row: PickList, state: PickState, *, at: datetime) -> bool:
    """Whether the list still waited; then it has ended this way."""
    ended = update(PickList).where(PickList.id == row.id, PickList.state == PickState.WAITING)
    return changed_one(session.execute(ended.values(state=state, ended_at=at, version=PickList.version + 1)))


def read_code(session: Session, code: str, *, at_places: Iterable[int]) -> Scan:
    """What a typed or scanned code means at these places: a part number first, else a serial lying there.

    A tracked part's number stands for its only piece there. Raises UnknownCode, AmbiguousSerial.
    """
    here = list(at_places)
    part = session.scalar(select(Part).where(Part.part_no == code))
    if part is not None and not part.serial_tracked:
        return Scan(code, PartId(part.id), None)
    rows = select(Serial)
    rows = rows.where(Serial.part_id == part.id) if part is not None else rows.where(Serial.serial_no == code)
    found = session.scalars(rows.where(Serial.place_id.in_(here)).limit(2)).all()
    if len(found) > 1:
        raise AmbiguousSerial(typed=code)
    if found:
        return Scan(code, PartId(found[0].part_id), found[0].serial_no)
    if part is not None:
        return Scan(code, PartId(part.id), None)
    elsewhere = session.scalars(select(Serial).where(Serial.serial_no == code).limit(2)).all()
    if len(elsewhere) == 1:  # Known, but not here: the ledger says where, in its own refusal.
        return Scan(code, PartId(elsewhere[0].part_id), code)
    raise UnknownCode(typed=code)


def issues_to_return(
    session: Session, *, visit_ref: str, part_id: int, van_id: int, serial_id: int | None
) -> list[tuple[int, int]]:
    """The visit's issues of the part to the van that may still come back: (movement, how much), oldest first."""
    undone, back, back_undone = aliased(Movement), aliased(Movement), aliased(Movement)
    rows = session.execute(
        select(Movement.n, Movement.qty)
        .outerjoin(undone, undone.reversal_of == Movement.n)
        .where(Movement.kind == MovementKind.ISSUE, Movement.visit_ref == visit_ref, Movement.part_id == part_id)
        .where(Movement.to_place_id == van_id, undone.n.is_(None))
        .where(Movement.serial_id == serial_id if serial_id is not None else Movement.serial_id.is_(None))
        .order_by(Movement.n)
    ).all()
    open_issues: list[tuple[int, int]] = []
    for n, qty in rows:
        returned = session.scalars(
            select(back.qty)
            .outerjoin(back_undone, back_undone.reversal_of == back.n)
            .where(back.issue_n == n, back_undone.n.is_(None))
        )
        left = int(qty) - sum(returned)
        if left > 0:
            open_issues.append((n, left))
    return open_issues
