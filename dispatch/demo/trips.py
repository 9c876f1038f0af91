"""A trip of an engineer, told step by step as his phone would have sent it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.actor import Actor
from app.db import transaction, use_case
from app.geo.rules import Position
from dispatch.demo.company import EngineerRef
from dispatch.field import acts, rules, store
from dispatch.field import report as papers
from dispatch.field import use_cases as field
from dispatch.field.bodies import parse_body
from dispatch.field.rules import ActKind, ActState
from dispatch.field.signature import to_text
from dispatch.field.use_cases import Sent
from dispatch.visits import api as visits
from dispatch.visits import store as visit_rows

__all__ = ["SIGNATURE", "Deed", "arrival", "carry_out", "done", "send"]

#: A signature as a thumb writes it.
SIGNATURE = (
    "[[60,120,90,60,120,130,150,70,190,120],[210,70,230,130,260,80,300,125,350,95],[360,60,372,140,420,100,500,90]]"
)


@dataclass(frozen=True, slots=True)
class Deed:
    """One act and when it was done."""

    kind: ActKind
    at: datetime
    body: Mapping[str, Any]


def arrival(at: datetime, site: Position) -> Deed:
    """Checked in at the door."""
    where = {"lat": f"{site.lat + 0.0004:.6f}", "lon": f"{site.lon - 0.0003:.6f}", "accuracy_m": 12}
    return Deed(ActKind.ARRIVE, at, where)


def done(kind: ActKind, at: datetime, **body: Any) -> Deed:
    """An act with what it says."""
    return Deed(kind, at, body)


def _sent(visit_ref: str, deed: Deed, engineer: EngineerRef) -> Sent:
    engineer.sent += 1
    device = f"demo-{engineer.id}"
    return Sent(
        action_id=f"{device}-{engineer.sent}", device=device, seq=engineer.sent, visit_ref=visit_ref, kind=deed.kind,
        body=deed.body, claimed_at=deed.at, claimed_text=deed.at.isoformat(),
    )  # fmt: skip


def send(visit_ref: str, deed: Deed, engineer: EngineerRef) -> None:
    """The phone sends one act as it is done."""
    answer = field.act(_sent(visit_ref, deed, engineer), by=engineer.actor, now=deed.at)
    if answer.state is not ActState.APPLIED:
        raise RuntimeError(f"{visit_ref}: {deed.kind.value} was answered {answer.state.value} {answer.reasons}")


def carry_out(visit_ref: str, deeds: Sequence[Deed], engineer: EngineerRef) -> None:
    """A whole trip of the past, its acts in order, each heard of as it happened, in one transaction.

    Its papers are drawn when somebody asks for them: a thousand at once would keep a fresh demo busy for minutes.
    """
    _carry_out(visit_ref, [(_sent(visit_ref, deed, engineer), deed.at) for deed in deeds], by=engineer.actor)


@use_case
def _carry_out(visit_ref: str, sent: Sequence[tuple[Sent, datetime]], *, by: Actor) -> None:
    with transaction() as session:
        visit, _ = visit_rows.take(session, visit_ref, by)
        for one, at in sent:
            body = parse_body(one.kind, one.body)
            claim = rules.claim(claimed_at=at, offset_s=0, previous_at=at, assigned_at=at, received_at=at)
            if one.kind is ActKind.SIGN:
                digest = papers.digest_of(session, visit, at)
                visits.sign(
                    session, visit_ref=visit_ref, at=at, signer_name=body.name, signature=to_text(body.strokes),
                    report_sha256=digest, by=by, now=at,
                )  # fmt: skip
                told = acts.Done({"name": body.name, "mobile": body.mobile, "sha256": digest})
            else:
                told = acts.ACTS[one.kind](session, visit, body, claim=claim, key=one.action_id, by=by, now=at)
            said = rules.body_hash(one.kind.value, visit_ref, one.claimed_text, one.body)
            store.add(
                session, action_id=one.action_id, device=one.device, seq=one.seq, kind=one.kind, visit_id=visit.id,
                said=said, claim=claim, state=ActState.APPLIED, by=by, answer={"facts": told.facts, "at": at.isoformat()},
            )  # fmt: skip
