"""The books' door: one way to post, one way to hold. Takes the caller's session, never commits (I3, P1-P6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.db import broken_constraint
from inventory.catalogue.models import Part
from inventory.ledger import rules, store
from inventory.ledger.errors import (
    AlreadyReversed,
    Backdated,
    InTheFuture,
    KeyReused,
    MissingMovement,
    NotReversible,
    ReturnsExceedIssue,
    SerialElsewhere,
    SerialKnown,
    SerialNeeded,
    SerialNotWanted,
    Shortage,
    VisitNotOpen,
)
from inventory.ledger.models import Movement, Serial
from inventory.ledger.rules import BRING_SERIALS, NEED_VISIT, MovementKind, Posting
from inventory.places.errors import MissingPlace
from inventory.places.models import Place


@dataclass(frozen=True, slots=True)
class Posted:
    """One movement as it stands in the books."""

    n: int
    key: str
    kind: MovementKind
    part_id: int
    qty: int
    from_place_id: int
    to_place_id: int
    serial_no: str | None
    repeated: bool = False


def post(session: Session, posting: Posting, *, by: Actor, at: datetime) -> Posted:
    """Book one movement. See `post_all`."""
    return post_all(session, [posting], by=by, at=at)[0]


def post_all(session: Session, postings: Sequence[Posting], *, by: Actor, at: datetime) -> list[Posted]:
    """Book these movements in this order, all or none; the same key again gets the first answer (P18).

    Raises InsufficientStock naming every shortage of the whole list, SerialElsewhere or SerialKnown (P4),
    VisitNotOpen (P5), Backdated (E8), KeyReused, and what `rules.check_posting` refuses. The caller writes the audit row.
    """
    places = _places(session, postings)
    store.lock_shelves(session, shelves_of(postings), places=places)
    known = store.movements_by_key(session, [posting.key for posting in postings])
    tracked = _tracking(session, {int(posting.part_id) for posting in postings})
    posted: list[Posted] = []
    shortages: list[Shortage] = []
    for posting in postings:
        if posting.key in known:
            posted.append(_repeat(session, known[posting.key], posting))
            continue
        _check(session, posting, places, tracked=tracked[posting.part_id], at=at)
        if not store.take(session, posting):
            shortages.append(_shortage(session, posting))
            continue
        if shortages:
            continue
        posted.append(_book(session, posting, places, by=by, at=at))
    rules.refuse_shortages(shortages)
    return posted


def shelves_of(postings: Iterable[Posting]) -> set[tuple[int, int]]:
    """Every (place, part) that these postings change."""
    return {
        (int(p), int(posting.part_id)) for posting in postings for p in (posting.from_place_id, posting.to_place_id)
    }


def lock(session: Session, shelves: Iterable[tuple[int, int]]) -> None:
    """Hold these (place, part) shelves until the transaction ends, missing ones made.

    Whoever changes several shelves step by step names them all here first: two who took the van and the depot in
    different orders would wait for each other (P39). Raises MissingPlace.
    """
    wanted = set(shelves)
    store.lock_shelves(session, wanted, places=_places_by_id(session, {place_id for place_id, _part in wanted}))


def _tracking(session: Session, part_ids: set[int]) -> dict[int, bool]:
    rows = session.execute(select(Part.id, Part.serial_tracked).where(Part.id.in_(part_ids)))
    return {part_id: tracked for part_id, tracked in rows}


def _places(session: Session, postings: Iterable[Posting]) -> dict[int, Place]:
    return _places_by_id(
        session, {int(place) for posting in postings for place in (posting.from_place_id, posting.to_place_id)}
    )


def _places_by_id(session: Session, ids: set[int]) -> dict[int, Place]:
    places = {place.id: place for place in session.scalars(select(Place).where(Place.id.in_(ids)))}
    for missing in sorted(ids - places.keys()):
        raise MissingPlace(place_code=str(missing))
    return places


def _shortage(session: Session, posting: Posting) -> Shortage:
    return store.shortage(session, place_id=posting.from_place_id, part_id=posting.part_id, wanted=posting.qty)


def _repeat(session: Session, row: Movement, posting: Posting) -> Posted:
    said = (posting.kind, posting.part_id, posting.qty, posting.from_place_id, posting.to_place_id, posting.visit_ref)
    booked = (row.kind, row.part_id, row.qty, row.from_place_id, row.to_place_id, row.visit_ref)
    serial = session.get_one(Serial, row.serial_id).serial_no if row.serial_id else None
    if said != booked or (posting.serial_no or None) != serial:
        raise KeyReused(key=posting.key)
    return _posted(row, serial, repeated=True)


def _posted(row: Movement, serial_no: str | None, *, repeated: bool = False) -> Posted:
    return Posted(
        n=row.n, key=row.key, kind=row.kind, part_id=row.part_id, qty=row.qty, from_place_id=row.from_place_id,
        to_place_id=row.to_place_id, serial_no=serial_no, repeated=repeated,
    )  # fmt: skip


def _check(session: Session, posting: Posting, places: dict[int, Place], *, tracked: bool, at: datetime) -> None:
    source, target = places[posting.from_place_id], places[posting.to_place_id]
    rules.check_posting(posting, from_kind=source.kind, to_kind=target.kind)
    if tracked and (not posting.serial_no or posting.qty != 1):
        raise SerialNeeded(part_id=posting.part_id)
    if not tracked and posting.serial_no:
        raise SerialNotWanted(serial_no=posting.serial_no)
    effective_at = posting.effective_at or at
    if effective_at > at:
        raise InTheFuture(at=effective_at)
    if posting.kind in NEED_VISIT:
        visit = store.hold_visit_open(session, posting.visit_ref or "")
        closed = visit is not None and visit.closed_at is not None and visit.closed_at <= effective_at
        if visit is None or closed or visit.opened_at > effective_at:
            raise VisitNotOpen(visit_ref=posting.visit_ref)


def _book(session: Session, posting: Posting, places: dict[int, Place], *, by: Actor, at: datetime) -> Posted:
    source, target = places[posting.from_place_id], places[posting.to_place_id]
    store.put(session, posting)
    serial_id = _move_serial(session, posting, places) if posting.serial_no else None
    _refuse_impossible_past(session, posting, source, at=at)
    try:
        row = store.write(
            session, posting, serial_id=serial_id, from_place=source, to_place=target, by=by, at=at
        )  # fmt: skip
    except IntegrityError as error:
        raise _refusal(error, posting) from error
    return _posted(row, posting.serial_no)


def _refuse_impossible_past(session: Session, posting: Posting, source: Place, *, at: datetime) -> None:
    """An entry at an earlier instant must leave every balance after it at zero or more (E8)."""
    since = posting.effective_at or at
    if source.counterparty:
        return
    about = {"place_id": source.id, "part_id": int(posting.part_id)}
    if not store.touches_later(session, **about, since=since):
        return
    entry = rules.Step(since, 2**62, -posting.qty)
    lowest = rules.lowest_from([*store.steps(session, **about), entry], since)
    if lowest < 0:
        raise Backdated(balance=lowest, place=source.code)


def _move_serial(session: Session, posting: Posting, places: dict[int, Place]) -> int:
    assert posting.serial_no is not None
    row = store.serial_row(session, posting.part_id, posting.serial_no)
    source, target = places[posting.from_place_id], places[posting.to_place_id]
    if row is None:
        if not (source.counterparty and posting.kind in BRING_SERIALS):
            raise SerialElsewhere(serial_no=posting.serial_no, place="--", wanted_at=source.code)
        new = {"part_id": posting.part_id, "serial_no": posting.serial_no, "place_id": target.id}
        if store.insert_if_new(session, Serial, **new):
            row = store.serial_row(session, posting.part_id, posting.serial_no)
            assert row is not None
            return row.id
        row = store.serial_row(session, posting.part_id, posting.serial_no)
        assert row is not None
    if not store.move_serial(session, row.id, from_place_id=source.id, to_place_id=target.id):
        where = session.get_one(Place, row.place_id).code
        if source.counterparty:
            raise SerialKnown(serial_no=posting.serial_no, place=where)
        raise SerialElsewhere(serial_no=posting.serial_no, place=where, wanted_at=source.code)
    return row.id


def _refusal(error: IntegrityError, posting: Posting) -> Exception:
    """The constraint that refused, as the refusal people understand; an unexpected one stays the bug it is."""
    name = broken_constraint(error)
    if "reversal_of" in name:
        return AlreadyReversed(n=posting.reversal_of)
    if "movement.key" in name or "uq_movement_key" in name:
        return KeyReused(key=posting.key)
    if "tr_movement_returns_within_issue" in name:
        return ReturnsExceedIssue(n=posting.issue_n)
    if "tr_movement_returned_issue_stays" in name:
        return NotReversible(n=posting.reversal_of)
    if "tr_movement_prefix_is_legal" in name:
        return Backdated(balance="-", place=str(posting.from_place_id))
    if "tr_movement_serial_from_where_it_is" in name:
        return SerialElsewhere(serial_no=posting.serial_no, place="--", wanted_at="--")
    if "tr_movement_visit_was_open" in name:
        return VisitNotOpen(visit_ref=posting.visit_ref)
    return error


def reverse(
    session: Session, n: int, *, reason: str, by: Actor, at: datetime, key: str = "", reserved_qty: int = 0
) -> Posted:
    """Undo movement `n` by its mirror, once (P3). Raises AlreadyReversed, NotReversible, MissingMovement.

    Only a caller that brings a key of its own gets the first answer again; without one the second is refused.
    """
    row = session.get(Movement, n)
    if row is None:
        raise MissingMovement(n=n)
    done = session.scalar(select(Movement).where(Movement.reversal_of == n))
    if done is not None and (not key or done.key != key):
        raise AlreadyReversed(n=n)
    if row.kind is MovementKind.REVERSE:
        raise NotReversible(n=n)
    serial = session.get_one(Serial, row.serial_id).serial_no if row.serial_id else None
    mirror = Posting(
        key=key or f"reversal-of-{n}", kind=MovementKind.REVERSE, part_id=row.part_id, qty=row.qty,  # type: ignore[arg-type]
        from_place_id=row.to_place_id, to_place_id=row.from_place_id, serial_no=serial,  # type: ignore[arg-type]
        visit_ref=row.visit_ref, reversal_of=n, asset_ref=row.asset_ref, document=row.document, reason=reason,
        reserved_qty=reserved_qty,
    )  # fmt: skip
    posted = post(session, mirror, by=by, at=at)
    if posted.repeated and not key:  # Two at once: the other was first, and this one says so.
        raise AlreadyReversed(n=n)
    return posted


def balance_at(session: Session, *, place_id: int, part_id: int, at: datetime) -> int:
    """What the place had of the part at that past instant (P2)."""
    return store.balance_at(session, place_id=place_id, part_id=part_id, at=at)


def serial_place(session: Session, part_id: int, serial_no: str) -> int | None:
    """The id of the place where the serial is; None = the books do not know it."""
    row = store.serial_row(session, part_id, serial_no)
    return row.place_id if row else None
