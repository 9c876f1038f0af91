"""A plan as people read it: money by term beside the simple plan's, who goes where, what is left out and why (R2, R6)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.people import api as people
from dispatch.planner.compose import DAY_S
from dispatch.planner.errors import MissingPlan
from dispatch.planner.models import PlanRoute, PlanState, RouteState, StoredPlan
from dispatch.planner.solver.plan import Explanation, PieceMargin, Plan, StopKind, Unassigned
from dispatch.planner.solver.problem import Problem
from inventory.catalogue import api as catalogue
from inventory.places import api as places

MOST_TERRITORIES, MOST_PIECES = 8, 3  # lines: where to hire and what to buy first


@dataclass(frozen=True, slots=True)
class TermLine:
    """One term of the cost: this plan's and the simple plan's, in fen."""

    term: str
    fen: int
    greedy_fen: int | None


@dataclass(frozen=True, slots=True)
class StopLine:
    """One visit of a route: when service begins, how late that is, and whether it goes to somebody else than now."""

    visit_ref: str
    start_at: datetime
    later_day: bool
    late_s: int
    changed: bool
    was_nobodys: bool


@dataclass(frozen=True, slots=True)
class RouteLine:
    """One engineer's part of the plan and what became of it; reasons are (code, data)."""

    engineer_id: int
    engineer_name: str
    stops: tuple[StopLine, ...]
    state: RouteState
    reasons: tuple[tuple[str, dict[str, str]], ...]


@dataclass(frozen=True, slots=True)
class HourLine:
    """What one more hour of this engineer would save: the most in his territory."""

    territory: str
    engineer_id: int
    saves_fen: int


@dataclass(frozen=True, slots=True)
class PieceLine:
    """What one more piece of this part in this house would save."""

    part: str
    place: str
    saves_fen: int


@dataclass(frozen=True, slots=True)
class PlanView:
    """A stored plan for its panel."""

    id: int
    plan_no: str
    state: PlanState
    created_at: datetime
    terms: tuple[TermLine, ...]
    total_fen: int
    greedy_total_fen: int | None
    bound_fen: int | None
    pool_bound_fen: int | None
    pool: int
    partition_gain_fen: int
    starts_at: datetime
    elapsed_ms: int
    fell_back: str | None
    estimated_drives: int
    routes: tuple[RouteLine, ...]
    unassigned: tuple[Unassigned, ...]
    explanations: tuple[Explanation, ...]
    hours: tuple[HourLine, ...]
    pieces: tuple[PieceLine, ...]
    margins_known: bool
    room_for_calls: bool

    @property
    def gap_percent(self) -> float | None:
        """How far the plan may still be from the best one, where a bound is proven."""
        return self._above(self.bound_fen)

    @property
    def pool_gap_percent(self) -> float | None:
        """How far it may be from the best plan made of the routes that were tried; other routes may be better still."""
        return self._above(self.pool_bound_fen)

    def at(self, seconds: int) -> datetime:
        """The instant that the engine tells in seconds."""
        return self.starts_at + timedelta(seconds=seconds)

    def _above(self, bound_fen: int | None) -> float | None:
        if not bound_fen or not self.total_fen:
            return None
        return 100.0 * (self.total_fen - bound_fen) / self.total_fen


def plan_view(session: Session, plan_id: int, *, english: bool = False) -> PlanView:
    """The plan with this id, names in one language. Raises MissingPlan."""
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
        terms=tuple(TermLine(term, fen, simple.get(term)) for term, fen in mine.items()),
        total_fen=plan.cost.total,
        greedy_total_fen=sum(simple.values()) if simple else None,
        bound_fen=plan.notes.bound_fen,
        pool_bound_fen=plan.notes.pool_bound_fen,
        pool=plan.notes.pool,
        partition_gain_fen=plan.notes.partition_gain_fen,
        starts_at=datetime.fromisoformat(problem.horizon_start),
        elapsed_ms=plan.notes.elapsed_ms,
        fell_back=None if plan.notes.fell_back is None else plan.notes.fell_back.value,
        estimated_drives=problem.travel.estimated,
        routes=_routes(session, row.id, problem, plan),
        unassigned=plan.unassigned,
        explanations=plan.explanations,
        hours=_hours(session, plan, english),
        pieces=_pieces(session, plan, english),
        margins_known=plan.margins is not None,
        room_for_calls=plan.notes.room_fen_h > 0,
    )


def _hours(session: Session, plan: Plan, english: bool) -> tuple[HourLine, ...]:
    """The hours that would save anything, the dearest first."""
    wanted = [one for one in plan.margins.hours if one.saves_fen > 0] if plan.margins else []
    names = people.territory_names(session, english=english) if wanted else {}
    return tuple(
        HourLine(names.get(one.territory or "", one.territory or ""), int(one.engineer), one.saves_fen)
        for one in wanted[:MOST_TERRITORIES]
    )


def _pieces(session: Session, plan: Plan, english: bool) -> tuple[PieceLine, ...]:
    """For each part the piece more that would save most, the dearest first."""
    best: dict[str, PieceMargin] = {}
    for one in plan.margins.pieces if plan.margins else ():
        best.setdefault(one.part, one)
    wanted = list(best.values())[:MOST_PIECES]
    parts = catalogue.parts(session, [int(one.part) for one in wanted])
    houses = places.place_cards(session, {int(one.depot) for one in wanted}) if wanted else {}
    return tuple(
        PieceLine(
            part=(parts[int(one.part)].name_en if english else "") or parts[int(one.part)].name,
            place=houses[int(one.depot)].name,
            saves_fen=one.saves_fen,
        )
        for one in wanted
        # Of a part or a store that has gone since there is nothing to get more of.
        if int(one.part) in parts and int(one.depot) in houses
    )


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
            line = StopLine(
                visit_ref=stop.ref,
                start_at=start + timedelta(seconds=stop.start_s),
                later_day=stop.start_s >= DAY_S,
                late_s=stop.late_s,
                changed=tied != route.engineer,
                was_nobodys=tied is None,
            )
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
