"""What the storekeeper does to the books directly: receive, move, scrap, reverse (I3, I4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.audit import api as audit
from app.auth.actor import Actor
from app.db import transaction, use_case
from app.kernel.errors import InvalidInput
from app.kernel.quantity import Qty
from inventory.catalogue.rules import PartId
from inventory.ledger import api
from inventory.ledger.api import Posted
from inventory.ledger.rules import MovementKind, Posting
from inventory.places import store as places
from inventory.places.rules import PlaceId, PlaceKind


@dataclass(frozen=True, slots=True)
class Goods:
    """So much of a part, each piece by its serial where the part is tracked."""

    part_id: PartId
    qty: Qty
    serial_nos: tuple[str, ...] = ()


def postings_of(
    goods: Goods, *, kind: MovementKind, key: str, from_place_id: int, to_place_id: int, visit_ref: str | None = None,
    document: str = "", reason: str = "", effective_at: datetime | None = None,
) -> list[Posting]:  # fmt: skip
    """One posting for goods in bulk, one per piece for goods with serials. Raises InvalidInput when they disagree."""
    if goods.serial_nos and len(goods.serial_nos) != goods.qty:
        raise InvalidInput("serials", "inventory.serials_do_not_match", qty=goods.qty, serials=len(goods.serial_nos))
    pieces: Sequence[str | None] = goods.serial_nos or (None,)
    return [
        Posting(
            key=key if serial is None else f"{key}/{serial}", kind=kind, part_id=goods.part_id,
            qty=goods.qty if serial is None else Qty(1), from_place_id=PlaceId(from_place_id),
            to_place_id=PlaceId(to_place_id), serial_no=serial, visit_ref=visit_ref, document=document,
            reason=reason, effective_at=effective_at,
        )
        for serial in pieces
    ]  # fmt: skip


@use_case
def receive(
    goods: Sequence[Goods], *, to_place_id: PlaceId, document: str = "", key: str, effective_at: datetime | None = None,
    by: Actor, now: datetime,
) -> list[Posted]:  # fmt: skip
    """Goods come from the supplier to one of our places, all lines or none. A known serial is refused (P4)."""
    with transaction() as session:
        supplier = places.fixed(session, PlaceKind.SUPPLIER, at=now)
        postings = [
            posting
            for number, line in enumerate(goods)
            for posting in postings_of(
                line, kind=MovementKind.RECEIVE, key=f"{key}:{number}", from_place_id=supplier.id,
                to_place_id=to_place_id, document=document, effective_at=effective_at,
            )
        ]  # fmt: skip
        posted = api.post_all(session, postings, by=by, at=now)
        _note(session, "inventory.received", posted, by=by, now=now, document=document)
    return posted


@use_case
def move(
    goods: Sequence[Goods], *, from_place_id: PlaceId, to_place_id: PlaceId, key: str,
    effective_at: datetime | None = None, by: Actor, now: datetime,
) -> list[Posted]:  # fmt: skip
    """Goods go from one of our places straight to another: put-away, or a van loaded at its own depot."""
    with transaction() as session:
        postings = [
            posting
            for number, line in enumerate(goods)
            for posting in postings_of(
                line, kind=MovementKind.MOVE, key=f"{key}:{number}", from_place_id=from_place_id,
                to_place_id=to_place_id, effective_at=effective_at,
            )
        ]  # fmt: skip
        posted = api.post_all(session, postings, by=by, at=now)
        _note(session, "inventory.moved", posted, by=by, now=now)
    return posted


@use_case
def scrap(goods: Goods, *, from_place_id: PlaceId, reason: str, key: str, by: Actor, now: datetime) -> list[Posted]:
    """Goods are thrown away, with a reason."""
    with transaction() as session:
        target = places.fixed(session, PlaceKind.SCRAP, at=now)
        postings = postings_of(
            goods, kind=MovementKind.SCRAP, key=key, from_place_id=from_place_id, to_place_id=target.id, reason=reason
        )
        posted = api.post_all(session, postings, by=by, at=now)
        _note(session, "inventory.scrapped", posted, by=by, now=now, reason=reason)
    return posted


def _note(session: Session, action: str, posted: Sequence[Posted], *, by: Actor, now: datetime, **about: str) -> None:
    audit.record(
        session, by=by, action=action, object_ref=f"movement:{posted[0].n if posted else '-'}", at=now,
        after={**about, "movements": [row.n for row in posted]},
    )  # fmt: skip
