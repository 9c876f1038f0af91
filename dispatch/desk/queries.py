"""Requests as lists and pages show them, always within the actor's scope (P25)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.audit.models import AuditRow
from app.auth.actor import Actor
from app.kernel.text import fold_mobile
from contracts.entitlement.api import Entitlement
from contracts.installbase import api as installbase
from contracts.installbase.models import Asset, Customer, Site
from contracts.installbase.rules import AssetCard, SiteCard
from contracts.listing import Asked, Listing, like, listing
from dispatch.clocks import api as clocks
from dispatch.clocks.faces import ClockFace, ClockProof
from dispatch.clocks.models import ClockStep, CommitmentClock
from dispatch.desk import store
from dispatch.desk.parked import Parked, parked_of
from dispatch.people import api as people
from dispatch.people.rules import EngineerCard
from dispatch.requests import promised
from dispatch.requests.models import Request, RequestState
from dispatch.requests.rules import MOVES, OPEN, RequestAct, may_send
from dispatch.visits import api as visits
from dispatch.visits import rules as visit_rules
from dispatch.visits.models import Visit, VisitPart
from dispatch.visits.rules import VisitAct, VisitState
from dispatch.visits.store import in_scope as visits_in_scope
from inventory.catalogue.api import PartCard
from inventory.catalogue.api import parts as part_cards
from inventory.requisitions.api import reservations_of

__all__ = ["CHOICES", "RequestView", "VisitView", "counts", "listed", "request_view"]

STATES = ("open", *(state.value for state in RequestState))
CHOICES: Mapping[str, Sequence[str]] = {"state": STATES, "level": ("1", "2", "3"), "cover": ("none",)}


@dataclass(frozen=True, slots=True)
class VisitView:
    """One trip as the request's page shows it."""

    row: Visit
    engineer: EngineerCard | None
    parts: tuple[tuple[PartCard, int, int], ...]
    """(part, wanted, held for this visit)."""
    may_cancel: bool
    may_confirm_arrival: bool
    may_change_parts: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the request's story: when, what (a code with words), who, and what about it."""

    at: datetime
    code: str
    by: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RequestView:
    """Everything about one request."""

    row: Request
    customer_name: str
    site: SiteCard
    asset: AssetCard
    answer: Entitlement
    proofs: tuple[ClockProof, ...]
    waits: tuple[datetime, str] | None
    visits: tuple[VisitView, ...]
    parked: tuple[Parked, ...]
    """Acts of phones that clashed, for whoever may settle them."""
    story: tuple[Line, ...]
    merged_into: str | None

    @property
    def may_send(self) -> bool:
        """Whether an engineer may be sent (C5)."""
        return may_send(covered=self.row.covered, allowed_by=self.row.send_allowed_by)

    @property
    def acts(self) -> frozenset[str]:
        """What the table of moves allows in this state."""
        return frozenset(act.value for act in RequestAct if self.row.state in MOVES[act][0])

    @property
    def level_label(self) -> str:
        """What the customer's contract prints for this level, where it is not our own wording (E4)."""
        printed = self.answer.label(self.row.fault_level)
        return "" if printed == f"{self.row.fault_level}级" else printed

    @property
    def can_be_handled(self) -> bool:
        """Whether the desk can do anything with the request any more."""
        return bool(self.acts & {"handle", "resolve", "merge", "not_needed", "close"})

    @property
    def arrival_runs(self) -> bool:
        """Whether an arrival is promised that another appointment could move."""
        return any(proof.face.kind == "arrival" and proof.face.running for proof in self.proofs)


def listed(session: Session, actor: Actor, what: Asked) -> Listing:
    """Requests with names and the next due instant: (Request, customer, site, zone, asset)."""
    found = (
        select(Request, Customer.name.label("customer"), Site.name.label("site"), Site.zone, Asset.name.label("asset"))
        .join(Customer, Customer.id == Request.customer_id)
        .join(Site, Site.id == Request.site_id)
        .join(Asset, Asset.id == Request.asset_id)
        .where(store.in_scope(actor))
    )
    state = what.chosen.get("state")
    if state == "open":
        found = found.where(Request.state.in_(OPEN))
    elif state:
        found = found.where(Request.state == RequestState(state))
    if level := what.chosen.get("level"):
        found = found.where(Request.fault_level == int(level))
    if what.chosen.get("cover") == "none":
        found = found.where(Request.covered.is_(False), Request.send_allowed_by.is_(None))
    if what.words:
        found = found.where(_matches(what.words))
    return listing(session, found.order_by(Request.reported_at.desc(), Request.id.desc()), what)


def _matches(words: str):  # type: ignore[no-untyped-def]
    pattern = like(words)
    texts = (
        Request.request_no,
        Customer.name,
        Customer.initials,
        Site.name,
        Asset.name,
        Asset.asset_no,
        Request.symptom,
    )
    called = Request.caller_mobile == (fold_mobile(words) or "-")
    visits = Request.id.in_(select(Visit.request_id).where(Visit.visit_ref.ilike(pattern, escape="!")))
    return or_(called, visits, *(column.ilike(pattern, escape="!") for column in texts))


def engineers_of(session: Session, request_ids: Sequence[int]) -> dict[int, str]:
    """Who goes for each of these requests, by the latest visit that names somebody."""
    rows = session.execute(
        select(Visit.request_id, Visit.engineer_id)
        .where(Visit.request_id.in_(request_ids), Visit.engineer_id.is_not(None))
        .order_by(Visit.id)
    ).all()
    cards = people.engineer_cards(session, {row.engineer_id for row in rows})
    return {row.request_id: cards[row.engineer_id].name for row in rows}


def counts(session: Session, actor: Actor) -> dict[str, int]:
    """How many requests stand in each state."""
    rows = session.execute(select(Request.state, func.count()).where(store.in_scope(actor)).group_by(Request.state))
    return {state.value: number for state, number in rows}


def request_view(session: Session, request_no: str, actor: Actor, *, now: datetime) -> RequestView:
    """Everything about one request; raises MissingRequest for a foreign or an absent one (P25)."""
    row = store.find(session, request_no, actor)
    merged = session.get(Request, row.merged_into_id) if row.merged_into_id else None
    return RequestView(
        row=row,
        customer_name=installbase.customer_name(session, row.customer_id),
        site=installbase.site_card(session, row.site_id),
        asset=installbase.asset_card(session, row.asset_id),
        answer=promised.entitlement_of(row),
        proofs=clocks.clock_proofs(session, row.id, now),
        waits=clocks.waits_for(session, row.id),
        visits=_visits(session, row, actor),
        parked=parked_of(session, row.id) if actor.may("desk.handle") else (),
        story=_story(session, row),
        merged_into=merged.request_no if merged else None,
    )


def _visits(session: Session, request: Request, actor: Actor) -> tuple[VisitView, ...]:
    rows = session.scalars(
        select(Visit).where(Visit.request_id == request.id, visits_in_scope(actor)).order_by(Visit.id)
    ).all()
    cards = people.engineer_cards(session, {row.engineer_id for row in rows if row.engineer_id is not None})
    wanted = session.scalars(select(VisitPart).where(VisitPart.visit_id.in_([row.id for row in rows]))).all()
    known = part_cards(session, {line.part_id for line in wanted})
    views = []
    for row in rows:
        held: dict[int, int] = {}
        for line in reservations_of(session, row.visit_ref):
            held[line.part_id] = held.get(line.part_id, 0) + line.qty
        mine = [
            (known[line.part_id], line.qty, held.get(line.part_id, 0)) for line in wanted if line.visit_id == row.id
        ]
        views.append(
            VisitView(
                row=row,
                engineer=cards.get(row.engineer_id) if row.engineer_id is not None else None,
                parts=tuple(sorted(mine, key=lambda line: line[0].part_no)),
                may_cancel=visit_rules.may(row.state, VisitAct.CANCEL),
                may_confirm_arrival=visits.may_confirm_arrival(session, row),
                may_change_parts=row.state not in visit_rules.DONE and row.state is not VisitState.CANCELLED,
            )
        )
    return tuple(views)


def _story(session: Session, row: Request) -> tuple[Line, ...]:
    """What happened, from the audit trail of the request and its visits, and the warnings given; oldest first."""
    refs = [f"visit:{ref}" for ref in session.scalars(select(Visit.visit_ref).where(Visit.request_id == row.id))]
    about = [f"request:{row.request_no}", *refs]
    told = session.scalars(select(AuditRow).where(AuditRow.object.in_(about)).order_by(AuditRow.at, AuditRow.n)).all()
    lines = [
        Line(one.at, one.action, one.actor, json.loads(one.after) if one.after else {})
        for one in told
        if one.action != "clocks.step" and not _told_twice(one)
    ]
    steps = session.execute(
        select(ClockStep, CommitmentClock.kind).join(CommitmentClock).where(CommitmentClock.request_id == row.id)
    )
    lines += [Line(step.due_at, "clocks.step", "system", {"kind": kind, "percent": step.step}) for step, kind in steps]
    return tuple(sorted(lines, key=lambda line: line.at))


def _told_twice(row: AuditRow) -> bool:
    """An act of a phone that was applied stands in the trail again as the step it was."""
    return row.action.startswith("field.") and json.loads(row.after or "{}").get("state") == "applied"


def next_faces(session: Session, request_ids: Sequence[int], now: datetime) -> dict[int, ClockFace | None]:
    """The clock that each request's line shows."""
    return {key: clocks.next_clock(faces) for key, faces in clocks.clock_views(session, request_ids, now).items()}


def zone_of(session: Session, request_no: str, actor: Actor) -> str:
    """The time zone of the request's site; raises MissingRequest for a foreign or an absent one."""
    return installbase.site_card(session, store.find(session, request_no, actor).site_id).zone


def has_visit(session: Session, request_no: str, visit_ref: str, actor: Actor) -> bool:
    """Whether the visit is one of this request's, within the actor's scope."""
    request = store.find(session, request_no, actor)
    wanted = select(Visit.id).where(Visit.request_id == request.id, Visit.visit_ref == visit_ref)
    return session.scalar(wanted.where(visits_in_scope(actor))) is not None
