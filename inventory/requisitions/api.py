"""Parts on their way to a visit and home again: the door for planner, desk and phone (I5, I6, P5, P6, E13).

Every function takes the caller's session and never commits; each writes its own audit row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import api as audit
from app.auth.actor import Actor
from app.kernel.quantity import Qty
from inventory.catalogue import api as catalogue
from inventory.catalogue.rules import PartId
from inventory.ledger import api as ledger
from inventory.ledger import holding
from inventory.ledger import store as books
from inventory.ledger.errors import InsufficientStock, SerialElsewhere, Shortage
from inventory.ledger.holding import Held, Line
from inventory.ledger.models import Serial
from inventory.ledger.rules import MovementKind, Posting, ReservationState
from inventory.places import api as places
from inventory.places import store as place_store
from inventory.places.models import Place
from inventory.places.rules import PlaceId, PlaceKind
from inventory.requisitions import rules, store
from inventory.requisitions.errors import NothingToReturn
from inventory.requisitions.rules import Holding

part_by_no = catalogue.part_by_no
parts = catalogue.parts
substitutes = catalogue.substitutes

__all__ = [
    "Held", "Holding", "Line", "Returned", "Used", "lock_and_check_versions", "part_by_no", "parts", "release",
    "reservations_of", "reserve", "reserve_best", "return_unused", "serial_nos_at", "stock_for_planning",
    "substitutes", "use_part",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Used:
    """A part that went into an asset, and the ledger's numbers for it."""

    n: int
    part_id: PartId
    part_no: str
    part_name: str
    qty: Qty
    serial_no: str | None
    removed_serial: str | None
    removed_n: int | None
    repeated: bool


@dataclass(frozen=True, slots=True)
class Returned:
    """Parts that came back unused."""

    part_id: PartId
    qty: Qty
    ns: tuple[int, ...]


def stock_for_planning(session: Session, part_ids: Iterable[int]) -> tuple[Holding, ...]:
    """Where good pieces of these parts lie, with versions for `lock_and_check_versions`.

    Kind, position, hours and driver of the places: `inventory.places.api.place_cards`.
    """
    return tuple(store.holdings(session, part_ids))


def lock_and_check_versions(session: Session, versions: Mapping[tuple[int, int], int]) -> tuple[tuple[int, int], ...]:
    """Hold these (place, part) rows and name those that changed since they were seen (E13); 0 = no row was seen."""
    return tuple(store.stale_versions(session, versions)) if versions else ()


def reserve(
    session: Session, *, visit_ref: str, lines: Sequence[Line], by: Actor, at: datetime, key: str,
    holder_ref: str | None = None,
) -> list[Held]:  # fmt: skip
    """Hold these parts at these places for the visit, all or none; houses get a pick list. See `holding.hold_all`."""
    rows = holding.hold_all(session, lines, visit_ref=visit_ref, by=by, at=at, key=key)
    van_id = places.vans_of(session, [holder_ref]).get(holder_ref) if holder_ref else None
    _sync_lists(session, visit_ref, to_place_id=van_id, at=at)
    _note(session, "inventory.reserved", visit_ref, rows, by=by, at=at)
    return rows


def reserve_best(
    session: Session, *, visit_ref: str, wanted: Mapping[PartId, Qty], by: Actor, at: datetime, key: str,
    holder_ref: str | None = None, near: tuple[float, float] | None = None,
) -> list[Held]:  # fmt: skip
    """Hold parts where it is best: the engineer's van, else the nearest house. Raises InsufficientStock naming all."""
    ranked = store.best_first(session, store.holdings(session, wanted), holder_ref=holder_ref, near=near)
    picks, short = rules.choose_places(wanted, ranked)
    if short:
        raise InsufficientStock(_shortages(session, short, ranked))
    lines = [Line(pick.part_id, pick.place_id, pick.qty) for pick in picks]
    return reserve(session, visit_ref=visit_ref, lines=lines, by=by, at=at, key=key, holder_ref=holder_ref)


def _shortages(session: Session, short: Mapping[PartId, Qty], ranked: Sequence[Holding]) -> Iterator[Shortage]:
    fallback = place_store.by_any_house(session)
    for part_id, missing in short.items():
        mine = [holding for holding in ranked if holding.part_id == part_id]
        place_id = mine[0].place_id if mine else fallback
        there = sum(holding.available for holding in mine)
        yield books.shortage(session, place_id=place_id, part_id=part_id, wanted=missing + there)


def release(session: Session, visit_ref: str, *, by: Actor, at: datetime) -> list[Held]:
    """Let go of everything held for the visit; its waiting pick lists are cancelled."""
    rows = holding.release_all(session, visit_ref, at=at)
    _sync_lists(session, visit_ref, to_place_id=None, at=at)
    if rows:
        _note(session, "inventory.released", visit_ref, rows, by=by, at=at)
    return rows


def reservations_of(session: Session, visit_ref: str) -> tuple[Held, ...]:
    """What is held for the visit now."""
    return tuple(holding.held(row) for row in books.open_reservations(session, visit_ref=visit_ref))


def use_part(
    session: Session, *, visit_ref: str, part_code_or_serial: str, qty: int, from_place_id: int, site_ref: str,
    asset_ref: str | None, removed_serial: str | None = None, removed_qty: int = 0, site_name: str = "", by: Actor,
    at: datetime, key: str,
) -> Used:  # fmt: skip
    """A part goes from the van into the asset; what was held for the visit is used first (I6, E9).

    The removed part, by serial or by quantity, is booked in the same step to the van's defective side. A removed
    serial the books never knew is found at the site first. The same key again gets the first answer.
    """
    scan = store.read_code(session, part_code_or_serial, at_places=[from_place_id, *_site_places(session, site_ref)])
    card = catalogue.parts(session, [scan.part_id])[scan.part_id]
    site = place_store.for_site(session, site_ref, name=site_name, at=at)
    removing = bool(removed_serial or removed_qty)
    _lock_for_swap(session, scan.part_id, van_id=from_place_id, site=site, removing=removing, at=at)
    known = key in books.movements_by_key(session, [key])
    reserved = 0
    if not known:
        reserved = holding.consume(
            session, visit_ref=visit_ref, part_id=scan.part_id, place_id=from_place_id, qty=qty, at=at, key=key
        )
    posted = ledger.post(
        session,
        Posting(
            key=key, kind=MovementKind.USE, part_id=scan.part_id, qty=Qty(qty), from_place_id=PlaceId(from_place_id),
            to_place_id=PlaceId(site.id), serial_no=scan.serial_no, visit_ref=visit_ref, asset_ref=asset_ref,
            reserved_qty=reserved,
        ),
        by=by, at=at,
    )  # fmt: skip
    removed_n = None
    if removing:
        removed_n = _remove(
            session, scan.part_id, serial_no=removed_serial if card.serial_tracked else None,
            qty=1 if removed_serial else removed_qty, site=site, van_id=from_place_id, visit_ref=visit_ref,
            asset_ref=asset_ref, by=by, at=at, key=key,
        )  # fmt: skip
    if not posted.repeated:
        audit.record(
            session, by=by, action="inventory.used", object_ref=f"visit:{visit_ref}", at=at,
            after={"part": card.part_no, "qty": qty, "serial": scan.serial_no, "removed": removed_serial},
        )  # fmt: skip
    return Used(
        n=posted.n, part_id=scan.part_id, part_no=card.part_no, part_name=card.name, qty=Qty(qty),
        serial_no=posted.serial_no, removed_serial=removed_serial, removed_n=removed_n, repeated=posted.repeated,
    )  # fmt: skip


def _lock_for_swap(
    session: Session, part_id: PartId, *, van_id: int, site: Place, removing: bool, at: datetime
) -> None:
    """Hold every shelf that a swap may touch, at once: step by step two swaps could wait for each other."""
    touched = [van_id, site.id]
    if removing:
        touched.append(place_store.defective_twin(session, session.get_one(Place, van_id), at=at).id)
        touched.append(place_store.fixed(session, PlaceKind.COUNT_DIFFERENCE, at=at).id)
    ledger.lock(session, [(place_id, part_id) for place_id in touched])


def _site_places(session: Session, site_ref: str) -> list[int]:
    """The site's own place: a repeated call finds the serial there, where the first call put it."""
    found = place_store.site_place_id(session, site_ref)
    return [found] if found is not None else []


def _remove(
    session: Session, part_id: PartId, *, serial_no: str | None, qty: int, site: Place, van_id: int, visit_ref: str,
    asset_ref: str | None, by: Actor, at: datetime, key: str,
) -> int:  # fmt: skip
    """The removed piece goes from the customer's site to the van's defective side; returns the movement's number."""
    van = session.get_one(Place, van_id)
    target = place_store.defective_twin(session, van, at=at)
    about = {
        "part_id": part_id, "qty": Qty(qty), "serial_no": serial_no, "visit_ref": visit_ref, "asset_ref": asset_ref,
    }  # fmt: skip
    removal = Posting(
        key=f"{key}/removed", kind=MovementKind.REMOVE, from_place_id=PlaceId(site.id),
        to_place_id=PlaceId(target.id), **about,  # type: ignore[arg-type]
    )  # fmt: skip
    if removal.key not in books.movements_by_key(session, [removal.key]):
        unknown = _unknown_at_site(session, part_id, serial_no=serial_no, qty=qty, site=site, at=at)
        if unknown:
            difference = place_store.fixed(session, PlaceKind.COUNT_DIFFERENCE, at=at)
            found = Posting(
                key=f"{key}/found", kind=MovementKind.FOUND, from_place_id=PlaceId(difference.id),
                to_place_id=PlaceId(site.id), reason="removed part was not in the books", **{**about, "qty": Qty(unknown)},  # type: ignore[arg-type]
            )  # fmt: skip
            ledger.post(session, found, by=by, at=at)
    return ledger.post(session, removal, by=by, at=at).n


def _unknown_at_site(
    session: Session, part_id: PartId, *, serial_no: str | None, qty: int, site: Place, at: datetime
) -> int:
    """How many of the removed pieces the books do not have at the site. Raises SerialElsewhere."""
    if serial_no is None:
        # The new piece has just gone in; the old ones are whatever was there beside it.
        there = books.on_hand(session, place_id=site.id, part_id=part_id) - qty
        return max(0, qty - max(0, there))
    row = books.serial_row(session, part_id, serial_no)
    if row is None:
        return 1
    if row.place_id != site.id:
        where = session.get_one(Place, row.place_id).code
        raise SerialElsewhere(serial_no=serial_no, place=where, wanted_at=site.code)
    return 0


def return_unused(
    session: Session, *, visit_ref: str, part_code_or_serial: str, qty: int, from_place_id: int, to_place_id: int,
    by: Actor, at: datetime, key: str,
) -> Returned:  # fmt: skip
    """Parts issued for the visit come back from the van unused, each naming its issue (P5). Raises NothingToReturn."""
    scan = store.read_code(session, part_code_or_serial, at_places=[from_place_id, to_place_id])
    ledger.lock(session, [(from_place_id, scan.part_id), (to_place_id, scan.part_id)])
    first = books.movements_by_key(session, [f"{key}#0"])
    if first:
        return Returned(scan.part_id, Qty(qty), tuple(row.n for row in first.values()))
    serial = books.serial_row(session, scan.part_id, scan.serial_no) if scan.serial_no else None
    issues = store.issues_to_return(
        session, visit_ref=visit_ref, part_id=scan.part_id, van_id=from_place_id,
        serial_id=serial.id if serial else None,
    )  # fmt: skip
    if sum(left for _, left in issues) < qty:
        raise NothingToReturn(visit_ref=visit_ref, typed=part_code_or_serial)
    reserved = holding.consume(
        session, visit_ref=visit_ref, part_id=scan.part_id, place_id=from_place_id, qty=qty, at=at, key=key,
        state=ReservationState.RELEASED,
    )  # fmt: skip
    postings: list[Posting] = []
    missing = qty
    for n, left in issues:
        take = min(left, missing)
        if take <= 0:
            break
        postings.append(
            Posting(
                key=f"{key}#{len(postings)}", kind=MovementKind.RETURN, part_id=scan.part_id, qty=Qty(take),
                from_place_id=PlaceId(from_place_id), to_place_id=PlaceId(to_place_id), serial_no=scan.serial_no,
                visit_ref=visit_ref, issue_n=n, reserved_qty=min(take, reserved),
            )
        )  # fmt: skip
        reserved -= min(take, reserved)
        missing -= take
    posted = ledger.post_all(session, postings, by=by, at=at)
    audit.record(
        session, by=by, action="inventory.returned", object_ref=f"visit:{visit_ref}", at=at,
        after={"code": part_code_or_serial, "qty": qty},
    )  # fmt: skip
    return Returned(scan.part_id, Qty(qty), tuple(row.n for row in posted))


def _sync_lists(session: Session, visit_ref: str, *, to_place_id: int | None, at: datetime) -> None:
    still = [row.place_id for row in books.open_reservations(session, visit_ref=visit_ref)]
    store.open_pick_lists(session, visit_ref, to_place_id=to_place_id, at=at, reserved_at=still)


def _note(session: Session, action: str, visit_ref: str, rows: Sequence[Held], *, by: Actor, at: datetime) -> None:
    audit.record(
        session, by=by, action=action, object_ref=f"visit:{visit_ref}", at=at,
        after={"lines": [(row.part_id, row.place_id, row.qty) for row in rows]},
    )  # fmt: skip


def serial_nos_at(session: Session, *, place_id: int, part_id: int) -> tuple[str, ...]:
    """The serials of the part that lie at the place."""
    rows = select(Serial.serial_no).where(Serial.place_id == place_id, Serial.part_id == part_id)
    return tuple(session.scalars(rows.order_by(Serial.serial_no)))
