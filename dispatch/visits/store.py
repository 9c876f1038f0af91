"""Visits as rows: found within the actor's own scope, held together with their request, changed once (P14, P25)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, true, update
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.db import Stale, changed_one
from dispatch.people.models import Engineer
from dispatch.requests import store as requests
from dispatch.requests.models import Request
from dispatch.visits.errors import MissingVisit
from dispatch.visits.models import Visit, VisitPart
from dispatch.visits.rules import AT_WORK, NOT_BEGUN

__all__ = ["change", "find", "flagged_ref", "in_scope", "latest_fact", "not_begun", "parts_of", "take", "under_way"]


def in_scope(actor: Actor) -> ColumnElement[bool]:
    """The visits this actor may know of: an engineer his own, a customer those of his requests, others all (X1)."""
    if actor.engineer_id is not None:
        return Visit.engineer_id == actor.engineer_id
    if actor.customer_id is not None:
        return Visit.request_id.in_(select(Request.id).where(Request.customer_id == actor.customer_id))
    return true()


def find(session: Session, visit_ref: str, actor: Actor) -> Visit:
    """The visit, if the actor may know of it; raises MissingVisit else, whether it exists or not (P25)."""
    row = session.scalar(select(Visit).where(Visit.visit_ref == visit_ref, in_scope(actor)))
    if row is None:
        raise MissingVisit()
    return row


def take(session: Session, visit_ref: str, actor: Actor) -> tuple[Visit, Request]:
    """Visit and request as they are now, held until the transaction ends; always the request first."""
    request = requests.lock(session, find(session, visit_ref, actor).request_id)
    row = session.scalar(
        select(Visit)
        .where(Visit.visit_ref == visit_ref, in_scope(actor))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        # Somebody gave the visit to another engineer while we waited for the request.
        raise MissingVisit()
    return row, request


def change(session: Session, row: Visit, *, seen_version: int | None, **values: Any) -> None:
    """Write `values` under the version that was seen, or the one just read; Stale with both when it moved (P14)."""
    expected = row.version if seen_version is None else seen_version
    session.flush()
    changed = session.execute(
        update(Visit)
        .where(Visit.id == row.id, Visit.version == expected)
        .values(version=expected + 1, **values)
        .execution_options(synchronize_session=False)
    )
    if not changed_one(changed):
        raise Stale(seen=expected, found=session.scalar(select(Visit.version).where(Visit.id == row.id)))
    session.refresh(row)


def not_begun(session: Session, request_id: int) -> list[Visit]:
    """The request's trips that nobody has set off for, held until the transaction ends."""
    return list(
        session.scalars(
            select(Visit)
            .where(Visit.request_id == request_id, Visit.state.in_(NOT_BEGUN))
            .order_by(Visit.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def under_way(session: Session, engineer_id: int, *, but: int) -> str | None:
    """The other visit the engineer is on; None if none. He is held, so that two trips cannot begin at once."""
    session.execute(select(Engineer.id).where(Engineer.id == engineer_id).with_for_update(key_share=True))
    return session.scalar(
        select(Visit.visit_ref)
        .where(Visit.engineer_id == engineer_id, Visit.state.in_(AT_WORK), Visit.id != but)
        .order_by(Visit.id)
        .limit(1)
    )


def parts_of(session: Session, visit_id: int) -> dict[int, int]:
    """What the visit is expected to need: part → how many."""
    rows = session.scalars(select(VisitPart).where(VisitPart.visit_id == visit_id).order_by(VisitPart.part_id))
    return {row.part_id: row.qty for row in rows}


def flagged_ref(session: Session, request_id: int) -> str | None:
    """The request's visit whose arrival was flagged and has not been confirmed; None if there is none (P21)."""
    return session.scalar(
        select(Visit.visit_ref)
        .where(Visit.request_id == request_id, Visit.arrival_flagged, Visit.arrived_at.is_not(None))
        .order_by(Visit.id)
        .limit(1)
    )


def latest_fact(row: Visit) -> datetime | None:
    """The last instant recorded of this trip; nothing claimed later happened before it (E10)."""
    known = (row.assigned_at, row.accepted_at, row.set_off_at, row.arrived_at, row.customer_confirmed_at,
             row.restored_at, row.resolved_at)  # fmt: skip
    return max((at for at in known if at is not None), default=None)
