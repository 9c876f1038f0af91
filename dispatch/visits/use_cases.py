"""What the desk does with visits by hand, and the message that tells the engineer: one transaction each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.auth.actor import SYSTEM, Actor
from app.db import db, transaction, use_case
from app.kernel.quantity import Qty
from app.outbox import api as outbox
from contracts.installbase.api import site_card
from dispatch.clocks import api as clocks
from dispatch.people.api import engineer_card
from dispatch.visits import api, store
from dispatch.visits.models import Visit
from dispatch.visits.rules import VisitState
from inventory.catalogue.rules import PartId
from inventory.requisitions import api as requisitions

__all__ = [
    "Slot", "assign_visit", "cancel_visit", "confirm_arrival", "tell_assigned", "unassign_visit", "want_part",
]  # fmt: skip

UNDO = timedelta(seconds=10)
"""Nothing leaves the house before this has passed, so that an assignment can be taken back (screens §4)."""


@dataclass(frozen=True, slots=True)
class Slot:
    """When and how the engineer is to come."""

    start_at: datetime
    end_at: datetime
    travel_s: int | None = None
    via: str | None = None


@use_case
def assign_visit(
    visit_ref: str, *, engineer_id: int, slot: Slot, seen_version: int, pinned: bool = False, anyway_reason: str = "",
    by: Actor, now: datetime,
) -> int:  # fmt: skip
    """The engineer goes, and what the visit needs is held at the best place for him, all or none (R5, I5).

    Where a part is short the refusal names every shortage (E7); `anyway_reason` sends him without. Returns the
    visit's new version.
    """
    with transaction() as session:
        visit = store.find(session, visit_ref, by)
        before = visit.engineer_id
        version = api.assign(
            session, visit_ref=visit_ref, engineer_id=engineer_id, start_at=slot.start_at, end_at=slot.end_at,
            travel_s=slot.travel_s, via=slot.via, pinned=pinned, seen_version=seen_version, by=by, at=now,
            anyway_reason=anyway_reason,
        )  # fmt: skip
        wanted = {PartId(part): Qty(n) for part, n in store.parts_of(session, visit.id).items()}
        if before != engineer_id and wanted:
            requisitions.release(session, visit_ref, by=by, at=now)
            if not anyway_reason:
                site, card = site_card(session, visit.site_id), engineer_card(session, engineer_id)
                requisitions.reserve_best(
                    session, visit_ref=visit_ref, wanted=wanted, by=by, at=now, holder_ref=card.holder_ref,
                    key=f"assign:{visit_ref}:{version}", near=(site.lat, site.lon),
                )  # fmt: skip
        return version


@use_case
def unassign_visit(visit_ref: str, *, seen_version: int, by: Actor, now: datetime) -> int:
    """Nobody goes any more; also the undo of an assignment. Returns the new version."""
    with transaction() as session:
        return api.unassign(session, visit_ref=visit_ref, seen_version=seen_version, by=by, at=now)


@use_case
def cancel_visit(visit_ref: str, *, reason: str, seen_version: int, by: Actor, now: datetime) -> int:
    """The trip is not needed. Returns the new version."""
    with transaction() as session:
        return api.cancel(session, visit_ref=visit_ref, reason=reason, seen_version=seen_version, by=by, at=now)


@use_case
def confirm_arrival(visit_ref: str, *, at: datetime, seen_version: int, by: Actor, now: datetime) -> int:
    """A person of ours stands for an arrival that was flagged (P21). Returns the new version."""
    with transaction() as session:
        return api.confirm_arrival(session, visit_ref=visit_ref, at=at, seen_version=seen_version, by=by, now=now)


@use_case
def want_part(visit_ref: str, *, part_id: int, qty: int, by: Actor, now: datetime) -> None:
    """The visit is expected to need so many of this part; none with 0."""
    with transaction() as session:
        api.want_part(session, visit_ref=visit_ref, part_id=part_id, qty=qty, by=by, at=now)


def tell_assigned(now: datetime) -> int:
    """Tick: every engineer whose assignment has outlived its undo is told, once. Returns how many were told."""
    session = db.session()
    waiting: Sequence[str] = session.scalars(
        select(Visit.visit_ref)
        .where(Visit.state == VisitState.ASSIGNED, Visit.told_at.is_(None), Visit.assigned_at <= now - UNDO)
        .order_by(Visit.id)
        .limit(200)
    ).all()
    return sum(_tell_one(visit_ref, now=now) for visit_ref in waiting)


@use_case
def _tell_one(visit_ref: str, *, now: datetime) -> int:
    with transaction() as session:
        row, request = store.take(session, visit_ref, SYSTEM)
        if row.state is not VisitState.ASSIGNED or row.told_at is not None or row.assigned_at is None:
            return 0
        row.told_at = now
        site = site_card(session, row.site_id)
        faces = clocks.clock_views(session, [request.id], now)[request.id]
        face = clocks.next_clock(faces)
        outbox.queue(
            session, channel="in_app", to=f"engineer:{row.engineer_id}", template_code="dispatch.assigned",
            data={"visit_ref": visit_ref, "level": request.fault_level, "site": site.name,
                  "due": _shown(face.due_at if face else None, site.zone)},
            key=f"assigned:{visit_ref}:{row.assigned_at.isoformat()}", at=now, about=f"visit:{visit_ref}",
        )  # fmt: skip
        return 1


def _shown(at: datetime | None, zone: str) -> str:
    return "--" if at is None else f"{at.astimezone(ZoneInfo(zone)):%m-%d %H:%M}"
