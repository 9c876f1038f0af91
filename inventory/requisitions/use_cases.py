"""What people do about a visit's parts: reserve, release, issue by scanning, return, reverse (I5, I6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import api as audit
from app.auth.actor import Actor
from app.db import Stale, transaction, use_case
from app.kernel.quantity import Qty
from inventory.catalogue.rules import PartId
from inventory.ledger import api as ledger
from inventory.ledger import holding
from inventory.ledger import store as books
from inventory.ledger.api import Posted
from inventory.ledger.errors import MissingMovement
from inventory.ledger.holding import Held, Line
from inventory.ledger.models import Movement, Reservation
from inventory.ledger.rules import MovementKind, Posting, ReservationState
from inventory.places import api as places
from inventory.places.rules import Condition, PlaceId
from inventory.requisitions import api, rules, store
from inventory.requisitions.errors import MissingPickList, PickListEnded, ReasonNeeded
from inventory.requisitions.models import PickList
from inventory.requisitions.rules import PickState, Scan


@use_case
def reserve_for_visit(
    wanted: Mapping[PartId, Qty], *, visit_ref: str, place_id: PlaceId | None = None, holder_ref: str | None = None,
    near: tuple[float, float] | None = None, key: str, by: Actor, now: datetime,
) -> list[Held]:  # fmt: skip
    """Hold parts for a visit, at `place_id` or where it is best. Raises InsufficientStock naming every shortage."""
    with transaction() as session:
        if place_id is not None:
            lines = [Line(part_id, place_id, qty) for part_id, qty in wanted.items()]
            return api.reserve(
                session, visit_ref=visit_ref, lines=lines, by=by, at=now, key=key, holder_ref=holder_ref
            )  # fmt: skip
        return api.reserve_best(
            session, visit_ref=visit_ref, wanted=wanted, by=by, at=now, key=key, holder_ref=holder_ref, near=near
        )  # fmt: skip


@use_case
def release_for_visit(visit_ref: str, *, by: Actor, now: datetime) -> list[Held]:
    """Let go of everything held for a visit."""
    with transaction() as session:
        return api.release(session, visit_ref, by=by, at=now)


@use_case
def issue(
    pick_no: str, codes: Sequence[str], *, to_place_id: PlaceId, reason: str = "", version: int, by: Actor,
    now: datetime,
) -> list[Posted]:  # fmt: skip
    """The scanned parts go from the house to the van for the list's visit, and stay held for it there.

    A bulk code stands for one piece per scan. What is on the list and was not scanned is let go; what was scanned
    and is not on the list needs a reason. Raises ReasonNeeded, PickListEnded, InsufficientStock, SerialElsewhere.
    """
    with transaction() as session:
        row = session.scalar(select(PickList).where(PickList.pick_no == pick_no))
        if row is None:
            raise MissingPickList(pick_no=pick_no)
        if row.state is not PickState.WAITING:
            raise PickListEnded(pick_no=pick_no)
        if row.version != version:
            raise Stale(seen=version, found=row.version)
        lines = _lines_of(session, row)
        scans = [store.read_code(session, code, at_places=_shelves(session, row)) for code in codes]
        gap = rules.difference(_wanted(lines), scans)
        if not gap.none and not reason:
            raise ReasonNeeded(missing=sum(gap.missing.values()), extra=sum(gap.extra.values()))
        posted = _hand_out(session, row, lines, scans, to_place_id=to_place_id, reason=reason, by=by, at=now)
        if not store.end_list(session, row, PickState.ISSUED, at=now):
            raise PickListEnded(pick_no=pick_no)
        row.to_place_id = to_place_id
        audit.record(
            session, by=by, action="inventory.issued", object_ref=f"pick_list:{pick_no}", at=now,
            after={"movements": [movement.n for movement in posted], "to": to_place_id, "reason": reason},
        )  # fmt: skip
        return posted


def _shelves(session: Session, row: PickList) -> list[int]:
    cards = places.place_cards(session)
    return sorted(
        card.id for card in cards.values() if card.house_id == row.house_id and card.condition is Condition.GOOD
    )


def _lines_of(session: Session, row: PickList) -> list[Reservation]:
    shelves = set(_shelves(session, row))
    return [held for held in books.open_reservations(session, visit_ref=row.visit_ref) if held.place_id in shelves]


def _wanted(lines: Sequence[Reservation]) -> dict[PartId, int]:
    total: dict[PartId, int] = {}
    for line in lines:
        total[PartId(line.part_id)] = total.get(PartId(line.part_id), 0) + line.qty
    return total


def _hand_out(
    session: Session, row: PickList, lines: Sequence[Reservation], scans: Sequence[Scan], *, to_place_id: PlaceId,
    reason: str, by: Actor, at: datetime,
) -> list[Posted]:  # fmt: skip
    """Book what was scanned, first from where it is held, then let the rest of the list go."""
    left = {(line.place_id, line.part_id): line.qty for line in lines}
    postings: list[Posting] = []
    for number, scan in enumerate(scans):
        place_id = _where(session, row, scan, left)
        held = 1 if left.get((place_id, scan.part_id), 0) > 0 else 0
        left[place_id, scan.part_id] = left.get((place_id, scan.part_id), 0) - held
        postings.append(
            Posting(
                key=f"{row.pick_no}:{number}", kind=MovementKind.ISSUE, part_id=scan.part_id, qty=Qty(1),
                from_place_id=PlaceId(place_id), to_place_id=to_place_id, serial_no=scan.serial_no,
                visit_ref=row.visit_ref, document=row.pick_no, reason="" if held else reason, reserved_qty=held,
            )
        )  # fmt: skip
    postings = _in_bulk(postings)
    ledger.lock(session, {(line.place_id, line.part_id) for line in lines} | ledger.shelves_of(postings))
    for line in lines:
        used = line.qty - left[line.place_id, line.part_id]
        about = {"visit_ref": row.visit_ref, "part_id": line.part_id, "place_id": line.place_id, "at": at}
        if used:
            holding.consume(session, qty=used, key=f"{row.pick_no}/{line.id}", **about)  # type: ignore[arg-type]
        if left[line.place_id, line.part_id]:
            holding.release_all(session, **about)  # type: ignore[arg-type]
    posted = ledger.post_all(session, postings, by=by, at=at)
    now_in_van = [Line(PartId(p.part_id), to_place_id, Qty(p.qty)) for p in posted]
    if now_in_van:
        holding.hold_all(session, now_in_van, visit_ref=row.visit_ref, by=by, at=at, key=f"{row.pick_no}/van")
    return posted


def _where(session: Session, row: PickList, scan: Scan, left: Mapping[tuple[int, int], int]) -> int:
    """The shelf the scanned piece leaves: where its serial lies, else where it is held, else where some is free."""
    if scan.serial_no is not None:
        at = ledger.serial_place(session, scan.part_id, scan.serial_no)
        return at if at is not None else row.house_id
    shelves = _shelves(session, row)
    for place_id in shelves:
        if left.get((place_id, scan.part_id), 0) > 0:
            return place_id
    mine = [held for held in store.holdings(session, [scan.part_id]) if held.place_id in shelves and held.available > 0]
    return mine[0].place_id if mine else row.house_id


def _in_bulk(postings: Sequence[Posting]) -> list[Posting]:
    """Equal bulk pieces as one posting, so that twelve scans are one ledger row."""
    merged: dict[tuple[int, int, bool], Posting] = {}
    alone: list[Posting] = []
    for posting in postings:
        if posting.serial_no is not None:
            alone.append(posting)
            continue
        about = (posting.part_id, posting.from_place_id, posting.reserved_qty > 0)
        before = merged.get(about)
        merged[about] = posting if before is None else _joined(before, posting)
    return [*merged.values(), *alone]


def _joined(first: Posting, second: Posting) -> Posting:
    return replace(
        first, qty=Qty(first.qty + second.qty), reserved_qty=first.reserved_qty + second.reserved_qty
    )  # fmt: skip


@use_case
def return_parts(
    code: str, qty: int, *, visit_ref: str, from_place_id: PlaceId, to_place_id: PlaceId, key: str, by: Actor,
    now: datetime,
) -> api.Returned:  # fmt: skip
    """Unused parts of a visit come back from the van to a shelf."""
    with transaction() as session:
        return api.return_unused(
            session, visit_ref=visit_ref, part_code_or_serial=code, qty=qty, from_place_id=from_place_id,
            to_place_id=to_place_id, by=by, at=now, key=key,
        )  # fmt: skip


@use_case
def reverse(n: int, *, reason: str, by: Actor, now: datetime) -> Posted:
    """Undo a movement, with a reason; what an issue had brought to a van is no longer held there (P3)."""
    with transaction() as session:
        row = session.get(Movement, n)
        if row is None:
            raise MissingMovement(n=n)
        ledger.lock(session, {(row.from_place_id, row.part_id), (row.to_place_id, row.part_id)})
        reserved = 0
        if row.kind is MovementKind.ISSUE and row.visit_ref:
            reserved = holding.consume(
                session, visit_ref=row.visit_ref, part_id=row.part_id, place_id=row.to_place_id, qty=row.qty, at=now,
                key=f"reversal-of-{n}", state=ReservationState.RELEASED,
            )  # fmt: skip
        posted = ledger.reverse(session, n, reason=reason, by=by, at=now, reserved_qty=reserved)
        audit.record(
            session, by=by, action="inventory.reversed", object_ref=f"movement:{n}", at=now,
            after={"reversal": posted.n, "reason": reason},
        )  # fmt: skip
        return posted
