"""Sending parts to another place of ours, and saying at the other end what arrived (I7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit import api as audit
from app.auth.actor import Actor
from app.db import changed_one, transaction, use_case
from app.kernel.errors import InvalidInput
from app.kernel.quantity import Qty
from app.numbers.api import next_no
from inventory.catalogue.rules import PartId
from inventory.ledger import api as ledger
from inventory.ledger.rules import MovementKind, Posting
from inventory.ledger.use_cases import Goods, postings_of
from inventory.places import store as places
from inventory.places.rules import PlaceId, PlaceKind
from inventory.transfers.errors import DifferenceNeedsReason, MissingTransfer, TransferEnded
from inventory.transfers.models import Transfer, TransferLine
from inventory.transfers.queries import transfers_of
from inventory.transfers.rules import Shipped, TransferState, missing_of


@use_case
def ship(
    goods: Sequence[Goods], *, from_place_id: PlaceId, to_place_id: PlaceId, key: str, by: Actor, now: datetime
) -> str:
    """The number of a new transfer; its parts are on the road. The same key again gets the first number."""
    if from_place_id == to_place_id:
        raise InvalidInput("to_place", "inventory.same_place")
    with transaction() as session:
        first = select(Transfer.transfer_no).where(Transfer.key == key)
        known = session.scalar(first)
        if known is not None:
            return known
        transit = places.fixed(session, PlaceKind.IN_TRANSIT, at=now)
        try:
            with session.begin_nested():
                number = next_no(session, "T")
                row = Transfer(
                    transfer_no=number, key=key, from_place_id=from_place_id, to_place_id=to_place_id,
                    state=TransferState.SHIPPED, shipped_by=by.name, shipped_at=now,
                )  # fmt: skip
                session.add(row)
        except IntegrityError:  # The same key came at the same moment, and the other was first: its number counts.
            known = session.scalar(first)
            if known is None:
                raise
            return known
        postings = [
            posting
            for place, line in enumerate(goods)
            for posting in postings_of(
                line, kind=MovementKind.SHIP, key=f"{number}:out:{place}", from_place_id=from_place_id,
                to_place_id=transit.id, document=number,
            )
        ]  # fmt: skip
        ledger.post_all(session, postings, by=by, at=now)
        session.add_all(
            TransferLine(transfer_id=row.id, part_id=p.part_id, serial_no=p.serial_no, qty=p.qty) for p in postings
        )
        audit.record(
            session, by=by, action="inventory.shipped", object_ref=f"transfer:{number}", at=now,
            after={"from": from_place_id, "to": to_place_id, "lines": [(p.part_id, p.qty) for p in postings]},
        )  # fmt: skip
        return number


@use_case
def confirm(transfer_no: str, arrived: Mapping[int, int] | None, *, reason: str = "", by: Actor, now: datetime) -> None:
    """Say what arrived, line by line (None = everything). What did not is a count difference, with a reason.

    Whoever's place it goes to confirms: an engineer finds only transfers to the own van (P25).
    """
    with transaction() as session:
        row = _mine(session, transfer_no, by)
        lines = session.scalars(select(TransferLine).where(TransferLine.transfer_id == row.id)).all()
        shipped = [Shipped(line.id, line.qty) for line in lines]
        said = {line.id: line.qty for line in lines} if arrived is None else arrived
        missing = missing_of(shipped, said)
        if any(missing.values()) and not reason:
            raise DifferenceNeedsReason(missing=sum(missing.values()))
        ended = update(Transfer).where(Transfer.id == row.id, Transfer.state == TransferState.SHIPPED)
        ended = ended.values(
            state=TransferState.RECEIVED, received_by=by.name, received_at=now, difference_reason=reason
        )  # fmt: skip
        if not changed_one(session.execute(ended)):
            raise TransferEnded(transfer_no=transfer_no)
        transit = places.fixed(session, PlaceKind.IN_TRANSIT, at=now)
        difference = places.fixed(session, PlaceKind.COUNT_DIFFERENCE, at=now)
        postings: list[Posting] = []
        for line in lines:
            line.arrived = line.qty - missing[line.id]
            for kind, qty, place_id in (
                (MovementKind.ARRIVE, line.arrived, row.to_place_id),
                (MovementKind.ADJUST, missing[line.id], difference.id),
            ):
                if qty:
                    postings.append(
                        Posting(
                            key=f"{transfer_no}:{kind.value}:{line.id}", kind=kind, part_id=PartId(line.part_id),
                            qty=Qty(qty), from_place_id=PlaceId(transit.id), to_place_id=PlaceId(place_id),
                            serial_no=line.serial_no, document=transfer_no,
                            reason=reason if kind is MovementKind.ADJUST else "",
                        )
                    )  # fmt: skip
        ledger.post_all(session, postings, by=by, at=now)
        audit.record(
            session, by=by, action="inventory.arrived", object_ref=f"transfer:{transfer_no}", at=now,
            after={"missing": {str(line): qty for line, qty in missing.items() if qty}, "reason": reason},
        )  # fmt: skip


def _mine(session: Session, transfer_no: str, by: Actor) -> Transfer:
    row = session.scalar(transfers_of(by).where(Transfer.transfer_no == transfer_no))
    if row is None:
        raise MissingTransfer(transfer_no=transfer_no)
    return row
