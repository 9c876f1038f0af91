"""A plan as people read it: money by term beside the simple plan's, who goes where, what is left out and why (R2, R6)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.people import api as people
from dispatch.planner.errors import MissingPlan
from dispatch.planner.models import PlanRoute, PlanState, RouteState, StoredPlan
from dispatch.planner.solver.plan import Explanation, Plan, StopKind, Unassigned
from dispatch.planner.solver.problem import Problem


@dataclass(frozen=True, slots=True)
class TermLine:
    """One term of the cost: this plan's and the simple plan's, in fen."""

    term: str
    fen: int
    greedy_fen: int


@dataclass(frozen=True, slots=True)
class StopLine:
    """One visit of a route, with when service begins and how late that is."""

    visit_ref: str
    start_at: datetime
    late_s: int
    changed: bool


@dataclass(frozen=True, slots=True)
class RouteLine:
    """One engineer's part of the plan and what became of it; reasons are (code, data)."""

    engineer_id: int
    engineer_name: str
    stops: tuple[StopLine, ...]
    state: RouteState
    reasons: tuple[tuple[str, dict[str, str]], ...]


@dataclass(frozen=True, slots=True)
class PlanView:
    """A stored plan for its panel."""

    id: int
    plan_no: str
    state: PlanState
    created_at: datetime
    terms: tuple[TermLine, ...]
    total_fen: int
    greedy_total_fen: int
    bound_fen: int | None
    pool_bound_fen: int | None
    method: str
    elapsed_ms: int
    fell_back: str | None
    estimated_drives: int
    routes: tuple[RouteLine, ...]
    unassigned: tuple[Unassigned, ...]
    explanations: tuple[Explanation, ...]

    @property
    def gap_percent(self) -> float | None:
        """How far the plan may still be from the best one, where a bound is proven."""
        if not self.bound_fen or not self.total_fen:
            return None
        return 100.0 * (self.total_fen - self.bound_fen) / self.total_fen


def plan_view(session: Session, plan_id: int) -> PlanView:
    """The plan with this id. Raises MissingPlan."""
    row = session.get(StoredPlan, plan_id)
    if row is None:
        raise MissingPlan(plan=plan_id)
    problem, plan = Problem.from_json(row.problem), Plan.from_json(row.plan)
    mine, simple = plan.cost.by_term(), json.loads(row.greedy)
    return PlanView(
        id=row.id,
        plan_no=row.plan_no,
        state=row.state,
        created_at=row.created_at,
        terms=tuple(TermLine(term, fen, simple[term]) for term, fen in mine.items()),
        total_fen=plan.cost.total,
        greedy_total_fen=sum(simple.values()),
        bound_fen=plan.notes.bound_fen,
        pool_bound_fen=plan.notes.pool_bound_fen,
        method=plan.notes.method,
        elapsed_ms=plan.notes.elapsed_ms,
        fell_back=None if plan.notes.fell_back is None else plan.notes.fell_back.value,
        estimated_drives=problem.travel.estimated,
        routes=_routes(session, row.id, problem, plan),
        unassigned=plan.unassigned,
        explanations=plan.explanations,
    )


def latest_plan_id(session: Session, *, territory: str | None) -> int | None:
    """The newest plan that is proposed or in force, of one territory or of all."""
    wanted = select(StoredPlan.id).where(StoredPlan.state != PlanState.SUPERSEDED).order_by(StoredPlan.id.desc())
    if territory is not None:
        wanted = wanted.where(StoredPlan.territory_code == territory)
    return session.scalars(wanted).first()


def _routes(session: Session, plan_id: int, problem: Problem, plan: Plan) -> tuple[RouteLine, ...]:
    start = datetime.fromisoformat(problem.horizon_start)
    visits = {visit.id: visit for visit in problem.visits}
    cards = people.engineer_cards(session, [int(engineer.id) for engineer in problem.engineers])
    fate = {row.engineer_id: row for row in session.scalars(select(PlanRoute).where(PlanRoute.plan_id == plan_id))}
    stops: dict[int, list[StopLine]] = {}
    for route in plan.routes:
        for stop in route.stops:
            if stop.kind is not StopKind.visit:
                continue
            visit = visits[stop.ref]
            tied = visit.pin.engineer if visit.pin else (visit.incumbent.engineer if visit.incumbent else None)
            line = StopLine(stop.ref, start + timedelta(seconds=stop.start_s), stop.late_s, tied != route.engineer)
            stops.setdefault(int(route.engineer), []).append(line)
    return tuple(
        RouteLine(
            engineer_id=engineer_id,
            engineer_name=cards[engineer_id].name,
            stops=tuple(lines),
            state=fate[engineer_id].state if engineer_id in fate else RouteState.PROPOSED,
            reasons=tuple((code, data) for code, data in json.loads(fate[engineer_id].reasons))
            if engineer_id in fate
            else (),
        )
        for engineer_id, lines in stops.items()
    )
