"""One act on a phone, whatever it is, stored with its effect in one transaction (F2, F4, P18-P22)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.audit import api as audit
from app.auth.actor import Actor
from app.db import transaction, use_case
from app.kernel.errors import DomainError, Kind
from app.kernel.quantity import Qty
from app.outbox import api as outbox
from dispatch.field import acts, rules, store
from dispatch.field.bodies import Body, parse_body
from dispatch.field.errors import ActionReused, MissingFieldVisit, Reassigned, TooEarly
from dispatch.field.rules import ActKind, ActState, Claim
from dispatch.people import api as people
from dispatch.requests import api as requests
from dispatch.visits import api as visit_steps
from dispatch.visits import store as visits
from dispatch.visits.errors import MissingVisit, OnAnotherVisit
from dispatch.visits.models import FieldAction, Visit
from inventory.catalogue import api as catalogue
from inventory.requisitions import api as requisitions

__all__ = ["Answer", "Sent", "act", "ask_for_part"]


@dataclass(frozen=True, slots=True)
class Sent:
    """One act as it came in. `claimed_at` is the device's word, `claimed_text` how it was written there."""

    action_id: str
    device: str
    seq: int
    visit_ref: str
    kind: ActKind
    body: Mapping[str, Any]
    claimed_at: datetime | None = None
    claimed_text: str = ""
    offset_s: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an act (P19): `at` is when it counts, `reasons` why it was not applied, as (code, data)."""

    action_id: str
    visit_ref: str
    kind: ActKind
    state: ActState
    at: datetime | None = None
    flagged: bool = False
    reasons: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


@use_case
def act(sent: Sent, *, by: Actor, now: datetime) -> Answer:
    """Apply one act, or say why not; a repeat gets the first answer and changes nothing (P18).

    Raises InvalidInput for a malformed body (nothing is stored), ActionReused for an id or a place in the device's
    sequence that was used for something else, MissingFieldVisit for a foreign or absent visit. An act whose earlier
    steps are missing is answered `waiting` and not stored, so that the phone sends it again (P20).
    """
    body = parse_body(sent.kind, sent.body)
    said = rules.body_hash(sent.kind.value, sent.visit_ref, sent.claimed_text, sent.body)
    with transaction() as session:
        if (first := _first(session, sent, said, by)) is not None:
            return first
        try:
            visit, _ = visits.take(session, sent.visit_ref, by)
        except MissingVisit:
            return _park(session, sent, said, by=by, now=now)
        # The row is held now: whoever sent the same act beside us has stored it, or waits for us.
        if (first := _first(session, sent, said, by)) is not None:
            return first
        return _apply(session, sent, said, body, visit, by=by, now=now)


def _first(session: Session, sent: Sent, said: str, by: Actor) -> Answer | None:
    row = store.by_action_id(session, sent.action_id)
    if row is None:
        if store.by_device(session, sent.device, sent.seq) is not None:
            raise ActionReused()
        return None
    if row.body_hash != said or row.user_id != by.user_id:
        raise ActionReused()
    return _answer(row, sent, repeated=True)


def _apply(session: Session, sent: Sent, said: str, body: Body, visit: Visit, *, by: Actor, now: datetime) -> Answer:
    claim = rules.claim(
        claimed_at=sent.claimed_at, offset_s=sent.offset_s, received_at=now,
        previous_at=visits.latest_fact(visit) or now, assigned_at=visit.assigned_at or now,
    )  # fmt: skip
    state = ActState.APPLIED
    answer: dict[str, Any] = {}
    try:
        with session.begin_nested():
            at = rules.progress(visit.state.value, restored=visit.restored_at is not None)
            rules.check_step(sent.kind, at, visit_ref=sent.visit_ref)
            done = acts.ACTS[sent.kind](session, visit, body, claim=claim, key=sent.action_id, by=by, now=now)
        claim = done.claim or claim
        answer = {"facts": done.facts, "at": claim.at.isoformat()}
    except (TooEarly, OnAnotherVisit) as early:
        # What ends the other trip may still be on its way from the phone, so nothing is decided yet (P20).
        return Answer(sent.action_id, sent.visit_ref, sent.kind, ActState.WAITING, reasons=tuple(acts.reasons(early)))
    except DomainError as refusal:
        # What the phone could not know is kept as its answer; what nobody could mean, rises (P19).
        if refusal.kind not in {Kind.conflict, Kind.invalid, Kind.missing}:
            raise
        state = ActState.CONFLICT if acts.is_clash(refusal) else ActState.REFUSED
        answer = {"facts": {}, "at": None, "reasons": acts.reasons(refusal), "said": dict(sent.body)}
        session.expire(visit)
        if state is ActState.CONFLICT:
            _tell_desk(session, sent, visit, by=by, now=now)
    return _keep(session, sent, said, visit.id, claim=claim, state=state, answer=answer, by=by, now=now)


def _park(session: Session, sent: Sent, said: str, *, by: Actor, now: datetime) -> Answer:
    """The visit is not his: absent to a stranger, parked for a dispatcher to one who had it once (P22)."""
    visit = store.visit_of(session, sent.visit_ref)
    if visit is None or not store.had_it_once(session, visit, by):
        raise MissingFieldVisit()
    claim = rules.claim(
        claimed_at=sent.claimed_at, offset_s=sent.offset_s, previous_at=now, assigned_at=now, received_at=now
    )
    reasons = acts.reasons(Reassigned(visit_ref=sent.visit_ref))
    answer: dict[str, Any] = {"facts": {}, "at": None, "reasons": reasons, "said": dict(sent.body)}
    _tell_desk(session, sent, visit, by=by, now=now)
    return _keep(session, sent, said, visit.id, claim=claim, state=ActState.CONFLICT, answer=answer, by=by, now=now)


def _tell_desk(session: Session, sent: Sent, visit: Visit, *, by: Actor, now: datetime) -> None:
    """A clash waits on the request's page until a person has seen both sides (P20); somebody is told where."""
    request_no = requests.request_cards(session, [visit.request_id])[visit.request_id].request_no
    outbox.queue(
        session, channel="in_app", to="role:dispatcher", template_code="dispatch.act_parked",
        data={"visit_ref": sent.visit_ref, "request_no": request_no, "who": by.display_name},
        key=f"parked:{sent.action_id}", at=now, about=f"visit:{sent.visit_ref}",
        path=f"/dispatch/requests/{request_no}",
    )  # fmt: skip


def _keep(
    session: Session, sent: Sent, said: str, visit_id: int, *, claim: Claim, state: ActState,
    answer: Mapping[str, Any], by: Actor, now: datetime,
) -> Answer:  # fmt: skip
    row = store.add(
        session, action_id=sent.action_id, device=sent.device, seq=sent.seq, kind=sent.kind, visit_id=visit_id,
        said=said, claim=claim, state=state, answer=answer, by=by,
    )  # fmt: skip
    audit.record(
        session, by=by, action=f"field.{sent.kind.value}", object_ref=f"visit:{sent.visit_ref}", at=now,
        after={"state": state.value, "action": sent.action_id, "claimed_at": claim.claimed_at, "flagged": claim.flagged,
               "reasons": [code for code, _ in answer.get("reasons", ())]},
    )  # fmt: skip
    return _answer(row, sent, repeated=False)


def _answer(row: FieldAction, sent: Sent, *, repeated: bool) -> Answer:
    kept = json.loads(row.answer)
    state = ActState(row.state)
    return Answer(
        action_id=row.action_id, visit_ref=sent.visit_ref, kind=sent.kind, flagged=row.flagged,
        state=ActState.DUPLICATE if repeated and state is ActState.APPLIED else state,
        at=datetime.fromisoformat(kept["at"]) if kept["at"] else None,
        reasons=tuple((code, data) for code, data in kept.get("reasons", ())), facts=kept["facts"],
    )  # fmt: skip


@use_case
def ask_for_part(
    visit_ref: str, *, part_no: str, qty: int, key: str, by: Actor, now: datetime
) -> tuple[requisitions.Held, ...]:
    """A part is held for the engineer's visit at the best place; a depot gets its pick list (I5).

    Raises MissingPart, InsufficientStock naming who has it, TooLate for a visit that is over. The same key again
    gets the first answer, also when nothing is left or the visit is over by then; for something else it is
    ActionReused. The visit wants the part from now on, so that a later plan brings it too.
    """
    with transaction() as session:
        visit, _ = visits.take(session, visit_ref, by)
        part = catalogue.part_by_no(session, part_no)
        if first := store.held_under(session, f"ask:{key}"):
            if {(line.visit_ref, line.part_id) for line in first} != {(visit_ref, part.id)}:
                raise ActionReused()
            return first
        at = rules.progress(visit.state.value, restored=visit.restored_at is not None)
        rules.check_open(at, visit_ref=visit_ref)
        card = people.engineer_card(session, by.engineer_id or 0)
        held = requisitions.reserve_best(
            session, visit_ref=visit_ref, wanted={part.id: Qty(qty)}, by=by, at=now, key=f"ask:{key}",
            holder_ref=card.holder_ref, near=(card.last_lat, card.last_lon) if card.last_lat and card.last_lon else None,
        )  # fmt: skip
        _want(session, visit, part.id, by=by, now=now)
        audit.record(
            session, by=by, action="field.asked_for_part", object_ref=f"visit:{visit_ref}", at=now,
            after={"part": part_no, "qty": qty, "held_at": [line.place_id for line in held]},
        )  # fmt: skip
        return tuple(held)


def _want(session: Session, visit: Visit, part_id: int, *, by: Actor, now: datetime) -> None:
    held = sum(line.qty for line in requisitions.reservations_of(session, visit.visit_ref) if line.part_id == part_id)
    if held > visits.parts_of(session, visit.id).get(part_id, 0):
        visit_steps.want_part(session, visit_ref=visit.visit_ref, part_id=part_id, qty=held, by=by, at=now)
