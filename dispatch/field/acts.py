"""What each kind of act does to the visit, through the doors of the rooms below; nothing here commits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.db import Stale
from app.geo.rules import Position
from app.jobs import api as jobs
from app.kernel.errors import DomainError, InvalidInput
from contracts.installbase import api as installbase
from dispatch.field import paper, report, rules
from dispatch.field.bodies import Body
from dispatch.field.errors import NoVan, TooLate
from dispatch.field.rules import ActKind, Claim
from dispatch.field.signature import to_text
from dispatch.requests import api as requests
from dispatch.visits import api as visits
from dispatch.visits.errors import VisitMoveRefused
from dispatch.visits.models import Visit
from inventory.catalogue import api as catalogue
from inventory.places import api as places
from inventory.requisitions import api as requisitions

__all__ = ["ACTS", "Done", "is_clash", "reasons"]


@dataclass(frozen=True, slots=True)
class Done:
    """The facts an answer keeps; `claim` where the room below judged the claimed instant otherwise."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    claim: Claim | None = None


class Act(Protocol):
    def __call__(
        self, session: Session, visit: Visit, body: Body, *, claim: Claim, key: str, by: Actor, now: datetime
    ) -> Done: ...


def _accept(session: Session, visit: Visit, body: Body, *, claim: Claim, key: str, by: Actor, now: datetime) -> Done:
    visits.accept(session, visit_ref=visit.visit_ref, at=claim.at, by=by, now=now)
    return Done()


def _decline(session: Session, visit: Visit, body: Body, *, claim: Claim, key: str, by: Actor, now: datetime) -> Done:
    visits.decline(session, visit_ref=visit.visit_ref, reason=body.reason, by=by, at=now)
    return Done({"reason": body.reason})


def _set_off(session: Session, visit: Visit, body: Body, *, claim: Claim, key: str, by: Actor, now: datetime) -> Done:
    visits.set_off(session, visit_ref=visit.visit_ref, at=claim.at, by=by, now=now)
    return Done()


def _arrive(session: Session, visit: Visit, body: Body, *, claim: Claim, key: str, by: Actor, now: datetime) -> Done:
    site = installbase.site_card(session, visit.site_id)
    distance_m = rules.check_arrival(Position(site.lat, site.lon), body.seen, reason=body.reason)
    seen = body.seen
    believed = visits.arrive(
        session, visit_ref=visit.visit_ref, at=claim.told_at, received_at=now, distance_m=distance_m, by=by,
        lat=seen.lat if seen else None, lon=seen.lon if seen else None,
    )  # fmt: skip
    facts = {
        "distance_m": distance_m, "accuracy_m": body.accuracy_m, "reason": body.reason, "decides": believed.decides,
        "lat": seen.lat if seen else None, "lon": seen.lon if seen else None,
    }  # fmt: skip
    return Done(facts, replace(claim, at=believed.at, flagged=claim.flagged or believed.flagged))


def _confirm(session: Session, visit: Visit, body: Body, *, claim: Claim, key: str, by: Actor, now: datetime) -> Done:
    visits.customer_confirm(session, visit_ref=visit.visit_ref, at=claim.at, by=by, now=now)
    return Done({"name": body.name})


def _restore(session: Session, visit: Visit, body: Body, *, claim: Claim, key: str, by: Actor, now: datetime) -> Done:
    visits.restored(session, visit_ref=visit.visit_ref, at=claim.at, by=by, now=now)
    return Done()


def _use_part(session: Session, visit: Visit, body: Body, *, claim: Claim, key: str, by: Actor, now: datetime) -> Done:
    holder = f"engineer:{by.engineer_id}"
    van_id = places.vans_of(session, [holder]).get(holder)
    if van_id is None:
        raise NoVan()
    card = requests.request_cards(session, [visit.request_id])[visit.request_id]
    used = requisitions.use_part(
        session, visit_ref=visit.visit_ref, part_code_or_serial=body.code, qty=body.qty, from_place_id=van_id,
        site_ref=f"site:{visit.site_id}", asset_ref=f"asset:{card.asset_id}", removed_serial=body.removed_serial or None,
        site_name=installbase.site_card(session, visit.site_id).name, by=by, at=now, key=f"use:{key}",
    )  # fmt: skip
    return Done({
        "n": used.n, "part_no": used.part_no, "name": used.part_name,
        "name_en": catalogue.parts(session, [used.part_id])[used.part_id].name_en, "qty": used.qty, "serial_no": used.serial_no,
        "removed_serial": used.removed_serial,
    })  # fmt: skip


def _resolve(session: Session, visit: Visit, body: Body, *, claim: Claim, key: str, by: Actor, now: datetime) -> Done:
    visits.resolved(
        session, visit_ref=visit.visit_ref, at=claim.at, cause=body.cause, action_taken=body.action_taken,
        notes=body.notes, by=by, now=now,
    )  # fmt: skip
    return Done()


def _sign(session: Session, visit: Visit, body: Body, *, claim: Claim, key: str, by: Actor, now: datetime) -> Done:
    digest = report.digest_of(session, visit, now)
    visits.sign(
        session, visit_ref=visit.visit_ref, at=claim.at, signer_name=body.name, signature=to_text(body.strokes),
        report_sha256=digest, by=by, now=now,
    )  # fmt: skip
    _order_paper(session, visit.visit_ref, now)
    return Done({"name": body.name, "mobile": body.mobile, "sha256": digest})


def _refuse(session: Session, visit: Visit, body: Body, *, claim: Claim, key: str, by: Actor, now: datetime) -> Done:
    digest = report.digest_of(session, visit, now)
    visits.sign(
        session, visit_ref=visit.visit_ref, at=claim.at, signer_name=body.name, signature="", report_sha256=digest,
        by=by, now=now,
    )  # fmt: skip
    _order_paper(session, visit.visit_ref, now)
    return Done({"name": body.name, "refused": body.reason, "sha256": digest})


def _order_paper(session: Session, visit_ref: str, now: datetime) -> None:
    """The report is drawn in both languages after the commit, by whoever does the jobs."""
    for language in paper.LANGUAGES:
        jobs.enqueue(
            session,
            paper.JOB,
            {"visit_ref": visit_ref, "language": language},
            key=f"report:{visit_ref}:{language}",
            at=now,
        )


ACTS: Mapping[ActKind, Act] = {
    ActKind.ACCEPT: _accept,
    ActKind.DECLINE: _decline,
    ActKind.SET_OFF: _set_off,
    ActKind.ARRIVE: _arrive,
    ActKind.CONFIRM: _confirm,
    ActKind.RESTORE: _restore,
    ActKind.USE_PART: _use_part,
    ActKind.RESOLVE: _resolve,
    ActKind.SIGN: _sign,
    ActKind.REFUSE: _refuse,
}


def is_clash(refusal: DomainError) -> bool:
    """Whether somebody or something was first, so that a person must see both sides, rather than a plain no."""
    return isinstance(refusal, TooLate | VisitMoveRefused | Stale)


def reasons(refusal: DomainError) -> list[tuple[str, dict[str, Any]]]:
    """Every reason of a refusal as (code, data), so that it can be kept and said again in either language."""
    if isinstance(refusal, InvalidInput):
        return [(problem.code, _plain(problem.data)) for problem in refusal.problems]
    return [(refusal.code, _plain(refusal.data))]


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, str | int) else str(value) for name, value in data.items()}
