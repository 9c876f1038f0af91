"""Which transfers an actor sees, and how they look (I7, P25)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from app.auth.actor import Actor
from inventory.catalogue.models import Part
from inventory.places.models import Place
from inventory.transfers.errors import MissingTransfer
from inventory.transfers.models import Transfer, TransferLine
from inventory.transfers.rules import TransferState


@dataclass(frozen=True, slots=True)
class TransferRow:
    """One transfer in a list."""

    transfer_no: str
    from_code: str
    from_name: str
    to_code: str
    to_name: str
    state: TransferState
    shipped_at: datetime
    shipped_by: str
    received_at: datetime | None
    received_by: str | None
    reason: str
    pieces: int


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of a transfer."""

    id: int
    part_no: str
    part_name: str
    serial_no: str | None
    qty: int
    unit: str
    arrived: int | None


def transfers_of(actor: Actor) -> Select[Transfer]:
    """The transfers the actor may see: all, or those on their way to the own van."""
    rows = select(Transfer)
    if actor.user_id is None or actor.reaches_all("inventory.transfer.confirm"):
        return rows
    mine = select(Place.id).where(Place.holder_ref == f"engineer:{actor.engineer_id}")
    return rows.where(Transfer.to_place_id.in_(mine))


def transfer_rows(session: Session, actor: Actor, *, state: TransferState | None = None) -> Sequence[TransferRow]:
    """The newest transfers first, at most a hundred."""
    rows = transfers_of(actor).order_by(Transfer.id.desc()).limit(100)
    if state is not None:
        rows = rows.where(Transfer.state == state)
    return _rows(session, session.scalars(rows).all())


def transfer_page(session: Session, transfer_no: str, actor: Actor) -> tuple[TransferRow, list[LineRow]]:
    """One transfer with its lines. Raises MissingTransfer for what is absent or not the actor's."""
    found = session.scalars(transfers_of(actor).where(Transfer.transfer_no == transfer_no)).all()
    if not found:
        raise MissingTransfer(transfer_no=transfer_no)
    lines = session.execute(
        select(TransferLine, Part).join(Part, Part.id == TransferLine.part_id)
        .where(TransferLine.transfer_id == found[0].id).order_by(TransferLine.id)
    )  # fmt: skip
    return _rows(session, found)[0], [
        LineRow(line.id, part.part_no, part.name, line.serial_no, line.qty, part.unit, line.arrived)
        for line, part in lines
    ]


def _rows(session: Session, found: Sequence[Transfer]) -> list[TransferRow]:
    source, target = aliased(Place), aliased(Place)
    about = session.execute(
        select(Transfer, source, target, func.coalesce(func.sum(TransferLine.qty), 0))
        .join(source, source.id == Transfer.from_place_id)
        .join(target, target.id == Transfer.to_place_id)
        .outerjoin(TransferLine, TransferLine.transfer_id == Transfer.id)
        .where(Transfer.id.in_([row.id for row in found]))
        .group_by(Transfer.id, source.id, target.id)
        .order_by(Transfer.id.desc())
    )
    return [
        TransferRow(
            transfer_no=row.transfer_no, from_code=a.code, from_name=a.name, to_code=b.code, to_name=b.name,
            state=row.state, shipped_at=row.shipped_at, shipped_by=row.shipped_by, received_at=row.received_at,
            received_by=row.received_by, reason=row.difference_reason, pieces=int(pieces),
        )
        for row, a, b, pieces in about
    ]  # fmt: skip
