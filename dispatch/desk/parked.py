"""Acts of a phone that clashed with what had happened here: both sides for a person to see, and his word on it (P20, P22)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import api as audit
from app.audit.models import AuditRow
from app.auth.actor import Actor
from app.auth.models import User
from app.db import transaction, use_case
from app.kernel.text import clean_text
from dispatch.desk import store
from dispatch.desk.errors import AlreadySettled, MissingParked
from dispatch.visits.models import FieldAction, Visit

__all__ = ["Parked", "parked_of", "settle"]

#: The state in which the phone's room keeps an act that a person must look at.
CLASHED = "conflict"
SETTLED = "desk.parked_settled"
#: What of an act's body is worth a line; a signature's strokes are kept with the act and not read here.
TOLD = ("name", "mobile", "reason", "code", "qty", "removed_serial", "cause_text", "action_text", "notes")


@dataclass(frozen=True, slots=True)
class Parked:
    """One act: what the phone said, why it was not done, and what somebody has done about it since."""

    action_id: str
    visit_ref: str
    kind: str
    who: str
    claimed_at: datetime
    received_at: datetime
    said: tuple[str, ...]
    reasons: tuple[tuple[str, Mapping[str, Any]], ...]
    settled_by: str = ""
    settled_at: datetime | None = None
    settled_note: str = ""


def parked_of(session: Session, request_id: int) -> tuple[Parked, ...]:
    """Every act on the request's visits that clashed, in the order of their coming; settled ones say how."""
    found = session.execute(
        select(FieldAction, Visit.visit_ref, User.display_name)
        .join(Visit, Visit.id == FieldAction.visit_id)
        .join(User, User.id == FieldAction.user_id)
        .where(Visit.request_id == request_id, FieldAction.state == CLASHED)
        .order_by(FieldAction.id)
    ).all()
    settled = _settled(session, {visit_ref for _, visit_ref, _ in found})
    return tuple(_parked(row, visit_ref, who, settled.get(row.action_id)) for row, visit_ref, who in found)


@use_case
def settle(request_no: str, action_id: str, *, note: str, by: Actor, now: datetime) -> None:
    """Somebody has seen both sides and writes down what was done. Raises MissingParked, AlreadySettled."""
    note = clean_text(note, field="note", max_len=500)
    with transaction() as session:
        request = store.take(session, request_no, by)
        mine = [one for one in parked_of(session, request.id) if one.action_id == action_id]
        if not mine:
            raise MissingParked()
        if mine[0].settled_at is not None:
            raise AlreadySettled(who=mine[0].settled_by)
        audit.record(session, by=by, action=SETTLED, object_ref=f"visit:{mine[0].visit_ref}", at=now,
                     after={"action": action_id, "note": note})  # fmt: skip


def _settled(session: Session, visit_refs: set[str]) -> dict[str, AuditRow]:
    about = [f"visit:{visit_ref}" for visit_ref in visit_refs]
    rows = session.scalars(select(AuditRow).where(AuditRow.object.in_(about), AuditRow.action == SETTLED))
    return {json.loads(row.after or "{}")["action"]: row for row in rows}


def _parked(row: FieldAction, visit_ref: str, who: str, settled: AuditRow | None) -> Parked:
    kept = json.loads(row.answer)
    said = kept.get("said", {})
    return Parked(
        action_id=row.action_id, visit_ref=visit_ref, kind=row.kind, who=who, claimed_at=row.claimed_at,
        received_at=row.received_at, said=tuple(str(said[name]) for name in TOLD if said.get(name)),
        reasons=tuple((code, data) for code, data in kept.get("reasons", ())),
        settled_by=settled.actor if settled else "", settled_at=settled.at if settled else None,
        settled_note=json.loads(settled.after or "{}")["note"] if settled else "",
    )  # fmt: skip
