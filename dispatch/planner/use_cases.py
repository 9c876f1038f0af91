"""Planning the day, accepting what was planned, assigning by hand (R2, R4, R5, E13, P41)."""

from __future__ import annotations

import json
import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import api as audit
from app.auth.actor import Actor
from app.db import Stale, db, transaction, use_case
from app.kernel.dates import local_day
from app.numbers.api import next_no
from dispatch.planner import api, store
from dispatch.planner.acceptance import Acceptance, AcceptOutcome, RouteRefused
from dispatch.planner.compose import Facts
from dispatch.planner.errors import HandRefused, MissingPlan, NobodyOnDuty, PlanBroken, PlanTaken
from dispatch.planner.models import PlanRoute, RouteState, StoredPlan
from dispatch.planner.settings import SOLVE_SECONDS, WAITING_FEN_H, ZONE
from dispatch.planner.solver.anticipate import cheaper_with_room
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.child import NoLegalPlan, simple_in_child
from dispatch.planner.solver.insert import with_visit
from dispatch.planner.solver.plan import FellBack, Plan
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.room import Solver, solve_with_room
from dispatch.planner.solver.territories import search_in_processes

__all__ = ["AcceptOutcome", "accept_plan", "assign_by_hand", "leave_room", "plan_now"]

log = logging.getLogger(__name__)

#: What a plan that somebody waits for may take.
FULL: Final = Budget(time_s=SOLVE_SECONDS)
#: How much longer than a search it waits for the simple plan it is compared with.
COMPARING_S: Final = 2.0


def plan_now(
    territory: str | None,
    *,
    by: Actor,
    now: datetime,
    budget: Budget = FULL,
    solver: Solver = search_in_processes,
) -> int:
    """The id of a proposed plan for today and tomorrow. No transaction is held while the engine thinks (P41).

    The search goes on from the day as it stands, and is never dearer (E13). Raises NobodyOnDuty. Where a solver dies,
    hangs or errs, or its plan is dearer, the day stands or the simple plan does, whichever costs less, and the plan
    says so. Where the heads want it there is room in it for calls to come.
    """
    day = api.day_of(_facts(territory, now), steady=False)
    if not day.problem.engineers:
        raise NobodyOnDuty()
    room_fen_h = WAITING_FEN_H if _room_for_calls() else 0
    until = time.monotonic() + budget.time_s
    beside = ThreadPoolExecutor(1)
    being_made = beside.submit(simple_in_child, day.problem)
    beside.shutdown(wait=False)
    if room_fen_h:
        found = solve_with_room(day.problem, budget, room_fen_h, solver, day.plan)
    else:
        found = solver(day.problem, budget, day.plan)
    patience_s = None if isinstance(found, FellBack) else max(0.0, until - time.monotonic()) + COMPARING_S
    simple = _simple(being_made, patience_s)
    plan = _cheapest(day, found, simple, room_fen_h)
    return _keep(day.problem, plan, simple, territory, by=by, now=now)


def _simple(being_made: Future[Plan], patience_s: float | None) -> Plan | None:
    """The simple plan; None if it takes longer than that, or is wrong: a better one need not wait or be lost for it."""
    try:
        return being_made.result(patience_s)
    except TimeoutError:
        log.warning("the simple plan takes too long to be compared with")
    except NoLegalPlan:
        log.exception("the simple plan breaks a law")
    return None


def _cheapest(day: api.Day, found: Plan | FellBack, simple: Plan | None, room_fen_h: int) -> Plan:
    """What was found, else the cheaper of the day as it stands and the simple plan, with why in its notes (P41).

    The day may stand against a rule that a hand overrode with a reason; only a legal one can be the better plan.
    Raises PlanBroken.
    """
    best: Plan | None = None
    if isinstance(found, FellBack):
        why = found
    else:
        best, why = found, found.notes.fell_back or FellBack.worse
    for other in filter(None, (day.plan, simple)):
        cheaper = best is None or cheaper_with_room(day.problem, other, best, room_fen_h)
        if cheaper and not violations(day.problem, other):
            best = replace(other, notes=replace(other.notes, fell_back=why, room_fen_h=room_fen_h))
    if best is None or violations(day.problem, best):
        raise PlanBroken(violations(day.problem, best or day.plan))
    return best


def _facts(territory: str | None, now: datetime, freed: str | None = None) -> Facts:
    """The facts of now, read and let go: what follows takes time, and nobody should wait for it."""
    session = db.session()
    session.rollback()
    try:
        return store.load_facts(session, territory=territory, now=now, freed=freed)
    finally:
        session.rollback()


def _room_for_calls() -> bool:
    session = db.session()
    try:
        return store.planning_rules(session).room_for_calls
    finally:
        session.rollback()


@use_case
def _keep(problem: Problem, plan: Plan, simple: Plan | None, territory: str | None, *, by: Actor, now: datetime) -> int:
    with transaction() as session:
        row = StoredPlan(
            plan_no=next_no(session, "P"),
            day=local_day(now, ZONE),
            territory_code=territory,
            horizon_start_at=datetime.fromisoformat(problem.horizon_start),
            problem=problem.to_json(),
            plan=plan.to_json(),
            cost_fen=plan.cost.total,
            greedy=json.dumps(simple.cost.by_term() if simple else {}),
            bound_fen=plan.notes.bound_fen,
            created_at=now,
            created_by=by.name,
            published_at=None,
            published_by=None,
        )
        session.add(row)
        session.flush()
        stops: dict[int, int] = {}
        for route in plan.routes:
            stops[int(route.engineer)] = stops.get(int(route.engineer), 0) + len(route.stops)
        session.add_all(PlanRoute(plan_id=row.id, engineer_id=who, stops=n) for who, n in stops.items())
        told = {
            "cost_fen": row.cost_fen,
            "greedy_fen": simple.cost.total if simple else None,
            "method": plan.notes.method,
        }
        audit.record(session, by=by, action="plan.proposed", object_ref=row.plan_no, at=now, after=told)
        return row.id


@use_case
def accept_plan(plan_id: int, *, by: Actor, now: datetime) -> AcceptOutcome:
    """Put a proposal in force: assign its visits and reserve its pieces in one transaction (R3, E13).

    Routes that trade a visit or draw on one pile stand or fall together; a group whose data moved since the
    plan was made is refused with reasons and left as it is. Raises MissingPlan, PlanTaken.
    """
    with transaction() as session:
        row = session.scalar(select(StoredPlan).where(StoredPlan.id == plan_id).with_for_update())
        if row is None:
            raise MissingPlan(plan=plan_id)
        if not store.publish(session, plan_id, by=by.name, at=now):
            raise PlanTaken(plan_no=row.plan_no)
        store.supersede(session, row)
        problem, plan = Problem.from_json(row.problem), Plan.from_json(row.plan)
        if broken := violations(problem, plan):
            raise PlanBroken(broken)
        found = store.load_facts(session, territory=row.territory_code, now=now)
        outcome = Acceptance(session, problem, plan, found, key=row.plan_no, by=by, now=now).run()
        _note_routes(session, row.id, outcome)
        told = {"applied": outcome.applied, "refused": [who for who, _ in outcome.refused]}
        audit.record(session, by=by, action="plan.accepted", object_ref=row.plan_no, at=now, after=told)
        return outcome


def _note_routes(session: Session, plan_id: int, outcome: AcceptOutcome) -> None:
    states = [(who, RouteState.REFUSED, reasons) for who, reasons in outcome.refused]
    states += [(who, RouteState.APPLIED, ()) for who in outcome.applied]
    for engineer_id, state, reasons in states:
        # Somebody who only loses visits has no route in the plan, but its fate concerns him too.
        route = session.get(PlanRoute, (plan_id, engineer_id))
        if route is None:
            route = PlanRoute(plan_id=plan_id, engineer_id=engineer_id, stops=0)
            session.add(route)
        route.state, route.reasons = state, json.dumps(reasons, ensure_ascii=False)


def assign_by_hand(visit_ref: str, engineer_id: int, *, seen_version: int, by: Actor, now: datetime) -> None:
    """Give a visit to an engineer where it costs least, times of the rest of his day moved along, parts reserved (R5).

    The place is reckoned outside the transaction and put in force inside it, if nothing it rests on moved meanwhile.
    Raises CannotAssign saying why not, Stale when somebody changed the visit, HandRefused with every reason when
    parts or times are gone.
    """
    day = api.day_of(_facts(None, now, freed=visit_ref))
    seen = next((visit.version for visit in day.facts.visits if visit.ref == visit_ref), seen_version)
    if seen != seen_version:
        raise Stale(seen=seen_version, found=seen)
    plan = with_visit(day.problem, day.plan, visit_ref, str(engineer_id))
    mine = {str(engineer_id), visit_ref}
    if broken := [one for one in violations(day.problem, plan) if {one.engineer, one.ref} & mine]:
        visits = {visit.id for visit in day.problem.visits}
        named = sorted({one.ref if one.ref in visits else visit_ref for one in broken})
        raise HandRefused(reasons=[("planner.against_rules", {"ref": ref}) for ref in named])
    _put_in_force(day.problem, plan, visit_ref, engineer_id, by=by, now=now)


@use_case
def _put_in_force(problem: Problem, plan: Plan, visit_ref: str, engineer_id: int, *, by: Actor, now: datetime) -> None:
    with transaction() as session:
        found = store.load_facts(session, territory=None, now=now, freed=visit_ref)
        key = f"hand:{visit_ref}:{problem.versions.get(f'visit:{visit_ref}', '')}"
        acceptance = Acceptance(session, problem, plan, found, key=key, by=by, now=now)
        try:
            acceptance.run_hand(visit_ref, str(engineer_id))
        except RouteRefused as no:
            raise HandRefused(reasons=no.reasons) from no


@use_case
def leave_room(wanted: bool, *, seen_version: int, by: Actor, now: datetime) -> None:
    """Have plans leave room for calls to come, or not, from the next plan on (R10). Raises Stale."""
    with transaction() as session:
        rules = store.lock_planning_rules(session)
        if rules.version != seen_version:
            raise Stale(seen=seen_version, found=rules.version)
        before = {"room_for_calls": rules.room_for_calls}
        rules.room_for_calls, rules.version = wanted, rules.version + 1
        after = {"room_for_calls": wanted}
        audit.record(
            session, by=by, action="planner.room_for_calls", object_ref="planning_rules", at=now, before=before,
            after=after,
        )  # fmt: skip
