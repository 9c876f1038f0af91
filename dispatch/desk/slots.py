"""What the desk contributes to pages of lower floors: search hits, the asset's archive, the home page's cards (house §1)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from flask import render_template, url_for
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.db import db
from app.kernel.text import fold_mobile
from app.search.views import Hit
from contracts.installbase import api as installbase
from contracts.listing import like
from dispatch.desk import queries, store
from dispatch.people import api as people
from dispatch.requests.models import Request
from dispatch.requests.rules import OPEN
from dispatch.roster import api as roster
from dispatch.visits import api as visits
from dispatch.visits.models import Visit

__all__ = ["asset_archive", "home_card", "search_hits"]

MOST_HITS = 8
MOST_LINES = 20


def search_hits(*, actor: Actor, text: str) -> Iterable[Hit]:
    """Requests by their number, a visit's number, or the caller's mobile number, within the actor's scope."""
    if not actor.may("desk.view"):
        return
    session = db.session()
    pattern = like(text)
    by_visit = select(Visit.request_id).where(Visit.visit_ref.ilike(pattern, escape="!"))
    called = Request.caller_mobile == (fold_mobile(text) or "-")
    found = (
        select(Request)
        .where(store.in_scope(actor))
        .where(or_(Request.request_no.ilike(pattern, escape="!"), called, Request.id.in_(by_visit)))
        .order_by(Request.id.desc())
        .limit(MOST_HITS)
    )
    for row in session.scalars(found):
        yield Hit(
            _l("服务请求"),
            row.request_no,
            _about(session, row),
            url_for("desk.request_page", request_no=row.request_no),
        )


def _about(session: Session, row: Request) -> str:
    return (
        f"{installbase.customer_name(session, row.customer_id)} · {installbase.asset_card(session, row.asset_id).name}"
    )


def asset_archive(*, asset_id: int, actor: Actor) -> Markup | None:
    """The requests about this asset and what was done, newest first."""
    session = db.session()
    rows = session.scalars(
        select(Request)
        .where(Request.asset_id == asset_id, store.in_scope(actor))
        .order_by(Request.reported_at.desc())
        .limit(MOST_LINES)
    ).all()
    if not rows:
        return None
    latest: dict[int, Visit] = {}
    for visit in session.scalars(
        select(Visit).where(Visit.request_id.in_([row.id for row in rows])).order_by(Visit.id)
    ):
        latest[visit.request_id] = visit
    zone = installbase.site_card(session, rows[0].site_id).zone
    return Markup(  # noqa: S704 - a rendered template of ours
        render_template(
            "dispatch/desk/_archive.html", rows=rows, latest=latest, zone=zone, linked=actor.may("desk.view")
        )
    )


def home_card(*, actor: Actor, now: datetime) -> Markup | None:
    """What waits at the desk now: unassigned visits, open requests by the clock that runs out next, who is on duty."""
    if not actor.may("desk.handle"):
        return None
    session = db.session()
    rows = session.scalars(select(Request).where(Request.state.in_(OPEN)).order_by(Request.id)).all()
    faces = queries.next_faces(session, [row.id for row in rows], now)
    urgent = sorted(
        ((face, row) for row in rows if (face := faces[row.id]) is not None and face.due_at is not None),
        key=lambda pair: pair[0].due_at or now,
    )
    states = {
        state: sum(face.state.value == state for face, _row in urgent) for state in ("breached", "at_risk", "running")
    }
    here = people.engineer_cards(session, roster.on_duty(session, now)) if actor.may("roster.view") else {}
    customers = installbase.customer_names(session, {row.customer_id for _face, row in urgent[:MOST_HITS]})
    return Markup(  # noqa: S704 - a rendered template of ours
        render_template(
            "dispatch/desk/_home.html",
            waiting=visits.waiting_count(session),
            open_count=len(rows),
            states=states,
            urgent=urgent[:MOST_HITS],
            customers=customers,
            on_duty=sorted(here.values(), key=lambda card: card.engineer_no),
        )
    )
