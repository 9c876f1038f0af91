"""The facts of a visit's report, once for screen, hash and paper (F3, D9, screens §11)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from contracts.entitlement import api as entitlement
from contracts.installbase import api as installbase
from dispatch.clocks import api as clocks
from dispatch.clocks.api import ClockFace
from dispatch.clocks.rules import ACTIVE, ClockState
from dispatch.field import store
from dispatch.field.rules import ActKind
from dispatch.people import api as people
from dispatch.requests.models import Request
from dispatch.visits.models import Visit
from inventory.ledger.models import Movement

__all__ = [
    "Moment", "PartUsed", "Promise", "Report", "Signature", "digest", "digest_of", "parts_used", "report_of",
    "signature_of",
]  # fmt: skip

#: What happened on the way, in the report's order: column of the visit → word's code.
MOMENTS = (
    "assigned_at",
    "accepted_at",
    "set_off_at",
    "arrived_at",
    "customer_confirmed_at",
    "restored_at",
    "resolved_at",
)
#: The fact that each promise waits for; the same word names both in the report.
PROMISED = {"response": "assigned_at", "arrival": "arrived_at", "restore": "restored_at", "resolve": "resolved_at"}


@dataclass(frozen=True, slots=True)
class Promise:
    """One limit and what became of it. `state` met or met_late where it is judged."""

    kind: str
    limit_s: int
    due_at: datetime | None
    met_at: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant of the visit with the promise it fulfils, if any."""

    code: str
    at: datetime | None
    promise: Promise | None = None


@dataclass(frozen=True, slots=True)
class PartUsed:
    """A part that went in, and what came out."""

    part_no: str
    name: str
    name_en: str
    qty: int
    serial_no: str
    removed_serial: str


@dataclass(frozen=True, slots=True)
class Signature:
    """How the customer answered: signed, or refused with a reason."""

    name: str
    strokes: str
    refused: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the customer is shown before he signs, and nothing else."""

    visit_ref: str
    request_no: str
    customer: str
    site: str
    address: str
    zone: str
    asset_no: str
    asset: str
    model: str
    serial_no: str
    cover: str
    contract: str
    level: int
    symptom: str
    caller: str
    reported_at: datetime
    moments: tuple[Moment, ...]
    engineer: str
    engineer_en: str
    engineer_no: str
    arrival_distance_m: int | None
    arrival_reason: str
    cause: str
    action_taken: str
    notes: str
    parts: tuple[PartUsed, ...]

    @property
    def on_site_s(self) -> int | None:
        """Seconds between arrival and solution."""
        at = {moment.code: moment.at for moment in self.moments}
        arrived, resolved = at["arrived_at"], at["resolved_at"]
        return None if arrived is None or resolved is None else int((resolved - arrived).total_seconds())


def report_of(session: Session, visit: Visit, now: datetime) -> Report:
    """The report as the facts stand; signing changes nothing in it."""
    request = session.get_one(Request, visit.request_id)
    site = installbase.site_card(session, visit.site_id)
    asset = installbase.asset_card(session, request.asset_id)
    owed = entitlement.from_json(request.entitlement)
    card = people.engineer_card(session, visit.engineer_id or 0)
    faces = clocks.clock_views(session, [request.id], now)[request.id]
    arrival = next(iter(reversed(store.answers_of(session, visit.id, ActKind.ARRIVE))), None)
    return Report(
        visit_ref=visit.visit_ref, request_no=request.request_no,
        customer=installbase.customer_name(session, request.customer_id), site=site.name, address=site.address,
        zone=site.zone, asset_no=asset.asset_no, asset=asset.name, model=asset.model, serial_no=asset.serial_no,
        cover=owed.named.kind if owed.named else "", contract=owed.named.name if owed.named else "",
        level=request.fault_level, symptom=request.symptom, caller=request.caller_name,
        reported_at=request.reported_at, moments=_moments(visit, faces), engineer=card.name,
        engineer_en=card.name_en, engineer_no=card.engineer_no, arrival_distance_m=visit.arrival_distance_m,
        arrival_reason=str(arrival[1].get("reason", "")) if arrival else "", cause=visit.cause,
        action_taken=visit.action_taken, notes=visit.notes, parts=parts_used(session, visit.id),
    )  # fmt: skip


def _moments(visit: Visit, faces: tuple[ClockFace, ...]) -> tuple[Moment, ...]:
    """A superseded clock is told too where it alone was judged; else the last one of its kind stands.

    An arrival in doubt has no verdict on paper, whatever is confirmed after the signature (P21).
    """
    promises = {
        PROMISED[face.kind]: _promise(face, in_doubt=visit.arrival_flagged and face.kind == "arrival")
        for face in faces
        if face.kind in PROMISED
    }
    return tuple(Moment(code, getattr(visit, code), promises.get(code)) for code in MOMENTS)


def _promise(face: ClockFace, *, in_doubt: bool) -> Promise:
    # What is still running has no verdict yet, and the hash must not depend on the minute it is looked at.
    state = "open" if in_doubt or face.state in ACTIVE else ClockState(face.state).value
    return Promise(face.kind, face.limit_s, face.due_at, None if in_doubt else face.stopped_at, state)


def parts_used(session: Session, visit_id: int) -> tuple[PartUsed, ...]:
    """What went in on this visit and was not reversed in the books since."""
    used = [facts for _, facts in store.answers_of(session, visit_id, ActKind.USE_PART)]
    undone = aliased(Movement)
    reversed_ns = set(
        session.scalars(select(undone.reversal_of).where(undone.reversal_of.in_([facts["n"] for facts in used])))
    )
    return tuple(
        PartUsed(
            part_no=facts["part_no"],
            name=facts["name"],
            name_en=facts["name_en"],
            qty=facts["qty"],
            serial_no=facts["serial_no"] or "",
            removed_serial=facts["removed_serial"] or "",
        )
        for facts in used
        if facts["n"] not in reversed_ns
    )


def signature_of(session: Session, visit: Visit) -> Signature | None:
    """How the customer answered; None before that."""
    if visit.signed_at is None:
        return None
    refused = next(iter(store.answers_of(session, visit.id, ActKind.REFUSE)), None)
    reason = str(refused[1]["refused"]) if refused else ""
    return Signature(visit.signer_name, visit.signature, reason, visit.signed_at)


def digest(report: Report) -> str:
    """SHA-256 of the report's facts, in an order and spelling that never vary."""
    plain = json.dumps(asdict(report), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)
    return hashlib.sha256(plain.encode()).hexdigest()


def digest_of(session: Session, visit: Visit, now: datetime) -> str:
    """The hash of what the customer is shown now."""
    return digest(report_of(session, visit, now))


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
