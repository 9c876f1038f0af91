"""Acts as rows: the first answer to an id, and what has been said about a visit (P18)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit.models import AuditRow
from app.auth.actor import Actor
from app.db import broken_constraint
from dispatch.field.errors import ActionReused
from dispatch.field.rules import ActKind, ActState, Claim
from dispatch.visits.models import FieldAction, Visit
from inventory.ledger import holding
from inventory.ledger.models import Reservation
from inventory.requisitions import api as requisitions

__all__ = ["add", "answers_of", "by_action_id", "by_device", "had_it_once", "held_under", "visit_of"]


def by_action_id(session: Session, action_id: str) -> FieldAction | None:
    """What was stored under this id, by whomever."""
    return session.scalar(select(FieldAction).where(FieldAction.action_id == action_id))


def by_device(session: Session, device: str, seq: int) -> FieldAction | None:
    """What stands at this place of the device's sequence."""
    return session.scalar(select(FieldAction).where(FieldAction.device == device, FieldAction.seq == seq))


def visit_of(session: Session, visit_ref: str) -> Visit | None:
    """The visit whoever goes; for parking an act that came too late (P22), never for showing."""
    return session.scalar(select(Visit).where(Visit.visit_ref == visit_ref))


def had_it_once(session: Session, visit: Visit, by: Actor) -> bool:
    """Whether the visit was this engineer's before, so that its existence is no secret to him.

    The trail of assignments says so: he may have lost the visit before his phone sent its first act.
    """
    acted = exists().where(FieldAction.visit_id == visit.id, FieldAction.user_id == (by.user_id or 0))
    if session.scalar(select(acted)):
        return True
    given = select(AuditRow.after).where(
        AuditRow.object == f"visit:{visit.visit_ref}", AuditRow.action == "visits.assigned"
    )
    return any(json.loads(after or "{}").get("engineer") == by.engineer_id for after in session.scalars(given))


def held_under(session: Session, key: str) -> tuple[requisitions.Held, ...]:
    """What was held under this key when it was first used, however it ended; nothing if it never was."""
    rows = session.scalars(
        select(Reservation).where(Reservation.key.startswith(f"{key}#", autoescape=True)).order_by(Reservation.id)
    )
    return tuple(holding.held(row) for row in rows)


def add(
    session: Session, *, action_id: str, device: str, seq: int, kind: ActKind, visit_id: int, said: str, claim: Claim,
    state: ActState, answer: Mapping[str, Any], by: Actor,
) -> FieldAction:  # fmt: skip
    """Keep the act with its answer for good. Raises ActionReused when another visit's act was first under this id."""
    row = FieldAction(
        action_id=action_id, device=device, seq=seq, user_id=by.user_id, visit_id=visit_id, kind=kind.value,
        body_hash=said, state=state.value, claimed_at=claim.claimed_at, received_at=claim.received_at,
        flagged=claim.flagged, answer=json.dumps(answer, ensure_ascii=False, sort_keys=True, default=_plain),
    )  # fmt: skip
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        # Two visits are not held by one lock; the index decides between them, and the loser does nothing (P18).
        if "field_action" in broken_constraint(error):
            raise ActionReused() from error
        raise
    return row


def answers_of(session: Session, visit_id: int, *kinds: ActKind) -> list[tuple[FieldAction, dict[str, Any]]]:
    """What was applied to the visit, in the order of arrival, with the facts each answer keeps."""
    rows = session.scalars(
        select(FieldAction)
        .where(FieldAction.visit_id == visit_id, FieldAction.state == ActState.APPLIED.value)
        .where(FieldAction.kind.in_([kind.value for kind in kinds]))
        .order_by(FieldAction.id)
    )
    return [(row, json.loads(row.answer)["facts"]) for row in rows]


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
