"""Taking an assignment back: how everything stood before is kept by us, and put back exactly or not at all (screens §1).

The engine moves the engineer's other visits along with the one that was assigned (R5), so an undo concerns them all.
What the assignment answered stays answered: the response was given, and contracts has heard of it (P17).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import api as audit
from app.audit.models import AuditRow
from app.auth.actor import Actor
from app.db import Stale, transaction, use_case
from app.kernel.quantity import Qty
from dispatch.clocks.api import FACTS
from dispatch.clocks.models import CommitmentClock
from dispatch.people.api import engineer_card
from dispatch.visits import store
from dispatch.visits.models import Visit
from dispatch.visits.rules import NOT_BEGUN
from inventory.catalogue.rules import PartId
from inventory.ledger.models import Reservation
from inventory.ledger.rules import ReservationState
from inventory.places.rules import PlaceId
from inventory.requisitions import api as stock

__all__ = ["Look", "keep", "look", "may_take_back", "take_back"]

#: What an assignment writes, and therefore what taking it back writes.
PLANNED = (
    "state", "engineer_id", "planned_start_at", "planned_end_at", "planned_travel_s", "planned_via", "pinned",
    "assigned_at", "accepted_at", "told_at", "decline_reason", "send_anyway_reason",
)  # fmt: skip
KEPT = "board.undo_kept"


@dataclass(frozen=True, slots=True)
class Stand:
    """How one visit stood: its version, its plan by column, and what was held for it as [part, place, quantity]."""

    version: int
    plan: Mapping[str, Any]
    held: list[list[int]]


@dataclass(frozen=True, slots=True)
class Look:
    """How all visits stood that an assignment could move, and the clocks that still waited for an answer."""

    visits: Mapping[str, Stand]
    awaited: tuple[int, ...]


def look(session: Session, visit_ref: str) -> Look:
    """How things stand before `visit_ref` is assigned; whatever moves them before that is told by the versions."""
    rows = session.scalars(select(Visit).where(Visit.state.in_(NOT_BEGUN))).all()
    mine = [row.request_id for row in rows if row.visit_ref == visit_ref]
    clocks = select(CommitmentClock.id).where(
        CommitmentClock.request_id.in_(mine),
        CommitmentClock.kind.in_(FACTS["answered"]),
        CommitmentClock.stopped_at.is_(None),
    )
    return Look(_stands(session, rows), tuple(session.scalars(clocks)))


def _stands(session: Session, rows: Iterable[Visit]) -> dict[str, Stand]:
    rows = list(rows)
    held: dict[str, list[list[int]]] = {row.visit_ref: [] for row in rows}
    open_ones = select(Reservation).where(Reservation.visit_ref.in_(held), Reservation.state == ReservationState.OPEN)
    for one in session.scalars(open_ones.order_by(Reservation.part_id, Reservation.place_id)):
        held[one.visit_ref].append([one.part_id, one.place_id, one.qty])
    return {
        row.visit_ref: Stand(row.version, {name: getattr(row, name) for name in PLANNED}, held[row.visit_ref])
        for row in rows
    }


@use_case
def keep(before: Look, visit_ref: str, *, by: Actor, now: datetime) -> bool:
    """Keep how everything stood that `by` has just changed; False when others had a hand in it and nothing is kept."""
    with transaction() as session:
        rows = session.scalars(select(Visit).where(Visit.visit_ref.in_(before.visits))).all()
        changed = {row.visit_ref: row for row in rows if row.version != before.visits[row.visit_ref].version}
        own = [_is_own(session, row, before.visits[ref], by) for ref, row in changed.items()]
        if visit_ref not in changed or not all(own):
            return False
        was = {ref: [before.visits[ref].plan, before.visits[ref].held] for ref in changed}
        made = {ref: [stand.version, stand.held] for ref, stand in _stands(session, changed.values()).items()}
        audit.record(session, by=by, action=KEPT, object_ref=f"undo:{visit_ref}", at=now,
                     before={"visits": was, "awaited": before.awaited}, after=made)  # fmt: skip
        return True


def _is_own(session: Session, row: Visit, before: Stand, by: Actor) -> bool:
    """Whether exactly one change lies between, and it was this person's."""
    last = select(AuditRow.actor).where(AuditRow.object == f"visit:{row.visit_ref}", AuditRow.action.like("visits.%"))
    return row.version == before.version + 1 and session.scalar(last.order_by(AuditRow.n.desc()).limit(1)) == by.name


def may_take_back(session: Session, visit_ref: str, version: int) -> bool:
    """Whether the visit still stands as the last assignment left it, and what was before is kept."""
    kept = _kept(session, visit_ref)
    return kept is not None and json.loads(kept.after or "{}")[visit_ref][0] == version


def _kept(session: Session, visit_ref: str) -> AuditRow | None:
    rows = select(AuditRow).where(AuditRow.object == f"undo:{visit_ref}", AuditRow.action == KEPT)
    return session.scalar(rows.order_by(AuditRow.n.desc()).limit(1))


@use_case
def take_back(visit_ref: str, *, seen_version: int, by: Actor, now: datetime) -> datetime | None:
    """Everything the assignment moved stands as before, in one transaction; returns when the call had been answered.

    Stale when one of the visits, or what is held for it, has moved since; InsufficientStock when a piece that was
    held before is somebody else's by now. Either way nothing is changed. None where no response clock was stopped.
    """
    with transaction() as session:
        kept = _kept(session, visit_ref)
        made: dict[str, list[Any]] = json.loads(kept.after or "{}") if kept is not None else {}
        if kept is None or made[visit_ref][0] != seen_version:
            raise Stale(seen=seen_version, found=store.find(session, visit_ref, by).version)
        told = json.loads(kept.before or "{}")
        rows = [store.take(session, ref, by)[0] for ref in sorted(told["visits"])]
        for ref, stand in _stands(session, rows).items():
            if [stand.version, stand.held] != made[ref]:
                raise Stale(seen=made[ref][0], found=stand.version)
        moved = [row for row in rows if told["visits"][row.visit_ref][1] != made[row.visit_ref][1]]
        # All is let go before anything is held again: the pieces may only have changed hands between these visits.
        for row in moved:
            stock.release(session, row.visit_ref, by=by, at=now)
        for row in rows:
            _put_back(session, row, told["visits"][row.visit_ref][0], by=by, now=now)
        for row in moved:
            _hold_again(session, row, told["visits"][row.visit_ref][1], by=by, now=now)
        answered = select(CommitmentClock.stopped_at).where(CommitmentClock.id.in_(told["awaited"]))
        return min((at for at in session.scalars(answered) if at is not None), default=None)


def _put_back(session: Session, row: Visit, plan: Mapping[str, Any], *, by: Actor, now: datetime) -> None:
    was, told_at = row.engineer_id, row.told_at
    values = {
        name: datetime.fromisoformat(value) if name.endswith("_at") and value is not None else value
        for name, value in plan.items()
    }
    if values["engineer_id"] == was:
        # Whoever has heard of his visit meanwhile is not told of it a second time.
        values["told_at"] = told_at
    store.change(session, row, seen_version=None, **values)
    audit.record(session, by=by, action="visits.taken_back", object_ref=f"visit:{row.visit_ref}", at=now,
                 before={"engineer": was}, after={"version": row.version, "engineer": row.engineer_id,
                                                  "state": row.state.value, "start": row.planned_start_at})  # fmt: skip


def _hold_again(session: Session, row: Visit, held: Iterable[Iterable[int]], *, by: Actor, now: datetime) -> None:
    lines = [stock.Line(PartId(part), PlaceId(place), Qty(qty)) for part, place, qty in held]
    if lines:
        holder = None if row.engineer_id is None else engineer_card(session, row.engineer_id).holder_ref
        stock.reserve(session, visit_ref=row.visit_ref, lines=lines, by=by, at=now,
                      key=f"undo:{row.visit_ref}:{row.version}", holder_ref=holder)  # fmt: skip
