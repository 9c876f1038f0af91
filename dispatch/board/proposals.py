"""What the planner proposes, shown where it is needed: the picks on cards, why, and the plan of the day (R2, R4, R6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.session import current_actor, request_now
from app.db import db
from app.kernel.dates import local_day
from app.kernel.errors import DomainError, Kind
from app.web.policy import requires
from app.web.words import say, sentences, speaks_english
from dispatch.board import drawing, plans, queries, use_cases
from dispatch.board.cards import Card, cards_of
from dispatch.board.forms import PlanForm
from dispatch.board.queries import Person
from dispatch.board.views import bp, by_script, notice, one_card, request_url
from dispatch.planner import api as planner
from dispatch.planner import queries as stored
from dispatch.planner import use_cases as planning
from dispatch.planner.api import Suggestion
from dispatch.planner.errors import MissingPlan
from dispatch.planner.settings import ZONE

MOST_REFS = 30


@dataclass(frozen=True, slots=True)
class Pick:
    """One suggestion as a card and a row show it."""

    engineer_id: int
    name: str
    start_at: datetime | None
    wall: str
    wall_end: str
    travel_s: int
    late_s: int
    extra_fen: int | None
    via: str
    why_not: str


@dataclass(frozen=True, slots=True)
class Picks:
    """Who could go, cheapest first, and in one line why the others cannot."""

    version: int
    parts: bool
    can: tuple[Pick, ...]
    cannot: tuple[Pick, ...]

    @property
    def reasons(self) -> str:
        """Each reason once, with how many it keeps away."""
        counted: dict[str, int] = {}
        for pick in self.cannot:
            counted[pick.why_not] = counted.get(pick.why_not, 0) + 1
        return _("、").join(f"{why} {n}" for why, n in counted.items()) or _("没有人在班")


def picks_for(cards: dict[str, Card], *, k: int | None, now: datetime) -> dict[str, Picks]:
    """The engine's suggestions for these visits, named for the reader."""
    day = planner.day_as_it_stands(db.session(), territory=None, now=now)
    found = planner.suggestions(day, list(cards), k=None)
    people = {person.id: person for person in queries.engineers(db.session(), on=local_day(now, ZONE))}
    houses = plans.place_names(db.session(), {place for some in found.values() for one in some for place in one.via})
    answer = {}
    for ref, some in found.items():
        picks = [_pick(one, people.get(one.engineer_id), houses) for one in some]
        can = [pick for pick in picks if not pick.why_not]
        card = cards[ref]
        answer[ref] = Picks(card.version, bool(card.parts_wanted), tuple(can[:k]), tuple(p for p in picks if p.why_not))
    return answer


def _pick(one: Suggestion, person: Person | None, houses: Any) -> Pick:
    return Pick(
        engineer_id=one.engineer_id,
        name=drawing.person_name(person) if person else one.engineer_name,
        start_at=one.start_at,
        wall=_wall(one.start_at),
        wall_end=_wall(one.end_at),
        travel_s=one.travel_s,
        late_s=one.late_s,
        extra_fen=one.extra_fen,
        via=" ".join(houses.get(place, "") for place in one.via),
        why_not=say(one.why_not) if one.why_not else "",
    )


def _wall(at: datetime | None) -> str:
    return f"{at.astimezone(ZoneInfo(ZONE)):%Y-%m-%dT%H:%M:%S}" if at else ""


@bp.get("/picks")
@requires("dispatch.view_board")
def picks() -> ResponseReturnValue:
    """Suggestions for the visits named in `refs`; each goes into its own card."""
    now = request_now()
    refs = request.args.get("refs", "").split(",")[:MOST_REFS]
    cards = {card.visit_ref: card for card in cards_of(db.session(), refs, now=now) if card.may_send}
    found = picks_for(cards, k=3, now=now) if cards else {}
    return render_template("dispatch/board/_picks.html", found=found)


@bp.get("/visits/<visit_ref>/candidates")
@requires("dispatch.view_board")
def candidates(visit_ref: str) -> ResponseReturnValue:
    """Every engineer for one visit in the order of the suggestion: the timeline sorts and shades its rows by it."""
    card = one_card(visit_ref)
    some = picks_for({visit_ref: card}, k=None, now=request_now()).get(visit_ref) if card.may_send else None
    order = [*some.can, *some.cannot] if some else []
    return jsonify(
        rows=[
            {"id": str(p.engineer_id), "start": p.wall, "end": p.wall_end, "why": p.why_not, "travel": p.travel_s}
            for p in order
        ]
    )


@bp.get("/visits/<visit_ref>/why")
@requires("dispatch.view_board")
def why(visit_ref: str) -> ResponseReturnValue:
    """Why this engineer and what the next best would cost; or what stops the visit and the cheapest remedy (R6)."""
    card, now = one_card(visit_ref), request_now()
    some = picks_for({visit_ref: card}, k=None, now=now).get(visit_ref) if card.movable else None
    told = plans.told_by_plan(db.session(), visit_ref)
    people = {str(p.id): drawing.person_name(p) for p in queries.engineers(db.session(), on=local_day(now, ZONE))}
    template = "dispatch/board/_why.html" if by_script() else "dispatch/board/why.html"
    return render_template(
        template, card=card, picks=some, told=told, people=people, request_url=request_url,
        missing=_missing(told.unassigned.detail) if told and told.unassigned else "",
        pieces=plans.pieces_of(db.session(), told.stop, english=speaks_english()) if told else [],
    )  # fmt: skip


@bp.post("/plan")
@requires("dispatch.plan")
def plan_now() -> ResponseReturnValue:
    """Ask for a plan; the answer comes at once, the plan a few seconds later (R4, P41)."""
    form = PlanForm()
    if not form.validate_on_submit():
        return notice([_("请先改正这些内容")], 422)
    key = use_cases.ask_for_plan(form.territory.data or None, by=current_actor(), now=request_now())
    where = url_for("board.plan_asked", key=key)
    if by_script():
        return render_template("dispatch/board/_planning.html", seconds=0, key=key)
    return redirect(where, 303)


@bp.get("/plan/<key>")
@requires("dispatch.plan")
def plan_asked(key: str) -> ResponseReturnValue:
    """Still thinking, not to be had, or the plan itself."""
    found = plans.asked(db.session(), key, now=request_now())
    if found is None:
        raise MissingPlan(plan=key[:80])
    if found.plan_id is not None:
        return plan_panel(found.plan_id)
    template = "dispatch/board/_planning.html" if by_script() else "dispatch/board/planning.html"
    return render_template(template, seconds=found.seconds, key=key, failed=found.failed)


@bp.get("/plans/<int:plan_id>")
@requires("dispatch.plan")
def plan_panel(plan_id: int) -> ResponseReturnValue:
    """The proposal: its money by term beside the simple plan's, its routes, what it leaves out and why."""
    return _panel(plan_id, outcome=None)


@bp.post("/plans/<int:plan_id>/accept")
@requires("dispatch.plan")
def accept_plan(plan_id: int) -> ResponseReturnValue:
    """Put it in force, route by route; those whose data moved are refused by name (E13)."""
    try:
        outcome = planning.accept_plan(plan_id, by=current_actor(), now=request_now())
    except DomainError as error:
        if error.kind is Kind.missing:
            raise
        return notice(sentences(error), 409)
    if not by_script():
        return redirect(url_for("board.plan_panel", plan_id=plan_id), 303)
    response = make_response(_panel(plan_id, outcome=outcome))
    response.headers["HX-Trigger"] = "board:changed"
    return response


def _panel(plan_id: int, *, outcome: Any) -> str:
    session, now = db.session(), request_now()
    view = stored.plan_view(session, plan_id, english=speaks_english())
    people = {person.id: drawing.person_name(person) for person in queries.engineers(session, on=local_day(now, ZONE))}
    refs = [stop.visit_ref for route in view.routes for stop in route.stops] + [one.visit for one in view.unassigned]
    return render_template(
        "dispatch/board/_plan.html" if by_script() else "dispatch/board/plan.html",
        plan=view, outcome=outcome, people=people, say=say, missing=_missing,
        cards={card.visit_ref: card for card in cards_of(session, refs, now=now)},
    )  # fmt: skip


def _missing(detail: Any) -> str:
    return plans.names_for(db.session(), detail, english=speaks_english())
