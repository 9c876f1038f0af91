"""Answers for a dispatcher at the board, in milliseconds and without OR-Tools (R4-R6): who could go, and what then.

The same pricing as the engine's, on the routes as they stand. `suggestions` fills a card, `with_visit` and
`without_visit` make the plan a hand would make, `plan_from_orders` prices a day that people have arranged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.kernel.errors import DomainError, Kind
from dispatch.planner.solver.assemble import plan_of
from dispatch.planner.solver.cost import Priced, Pricer
from dispatch.planner.solver.explain import explanations, has_parts, reasons, skilled_engineers
from dispatch.planner.solver.greedy import begin_of, greedy_state, hold_begin, hold_tied, squeeze_in
from dispatch.planner.solver.intake import check_problem
from dispatch.planner.solver.model import EVER, Model
from dispatch.planner.solver.placing import cheapest
from dispatch.planner.solver.plan import Notes, Plan
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.replay import Orders, replay, state_of, untear
from dispatch.planner.solver.state import State


class Blocked(StrEnum):
    """The first thing that keeps an engineer from a visit; being late does not, it costs."""

    skill = "skill"
    barred = "barred"
    pinned = "pinned"
    part = "part"
    crew = "crew"
    standby = "standby"
    off_shift = "off_shift"
    no_time = "no_time"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What sending one engineer would mean: the plan costs `extra_fen` more (the price of leaving out aside).

    `fetch_at` names the depots to call at first. With `blocked` set he cannot go and the figures are None.
    """

    engineer: str
    extra_fen: int | None = None
    start_s: int | None = None
    late_s: int = 0
    shift: int | None = None
    position: int | None = None
    fetch_at: tuple[str, ...] = ()
    blocked: Blocked | None = None


class CannotAssign(DomainError):
    """This engineer cannot take this visit; `why` is a `Blocked`."""

    code = "planner.cannot_assign"
    kind = Kind.conflict


class UnknownVisit(DomainError):
    """A visit or engineer that the problem does not have."""

    code = "planner.unknown"
    kind = Kind.missing


def suggestions(problem: Problem, plan: Plan, visit_id: str) -> tuple[Suggestion, ...]:
    """Every engineer: those who could go, cheapest first, then those who cannot, with why not.

    A visit that is planned already is priced as if it were taken out first; its own engineer then shows what he costs.
    """
    return suggestions_for(problem, plan, [visit_id])[visit_id]


def suggestions_for(problem: Problem, plan: Plan, visit_ids: Iterable[str]) -> dict[str, tuple[Suggestion, ...]]:
    """`suggestions` for a list of cards, laying the problem out only once."""
    standing = state_of(problem, plan)
    answers: dict[str, tuple[Suggestion, ...]] = {}
    for visit_id in visit_ids:
        visit, state = _visit(standing, visit_id), standing.copy()
        if fast := _held_fast(state, visit):
            found = [Suggestion(engineer.id, blocked=fast) for engineer in problem.engineers]
        else:
            state.drop([visit])
            found = [_suggestion(state, visit, place) for place in range(len(problem.engineers))]
        found.sort(key=lambda one: (one.blocked is not None, one.extra_fen or 0, one.engineer))
        answers[visit_id] = tuple(found)
    return answers


def cheapest_insertions(problem: Problem, plan: Plan, visit_id: str, k: int = 3) -> tuple[Suggestion, ...]:
    """The `k` cheapest engineers for a visit, as the plan stands."""
    return tuple(one for one in suggestions(problem, plan, visit_id) if one.blocked is None)[:k]


def with_visit(problem: Problem, plan: Plan, visit_id: str, engineer_id: str) -> Plan:
    """The plan with the visit given to this engineer where it costs least; raises CannotAssign saying why not."""
    state = state_of(problem, plan)
    visit = _visit(state, visit_id)
    if engineer_id not in state.model.engineer_index:
        raise UnknownVisit(ref=engineer_id)
    place = state.model.engineer_index[engineer_id]
    if fast := _held_fast(state, visit):
        raise CannotAssign(visit=visit_id, engineer=engineer_id, why=str(fast))
    state.drop([visit])
    found = cheapest(state, visit, engineers={place}, exact=True)
    if found is None:
        raise CannotAssign(visit=visit_id, engineer=engineer_id, why=str(_blocked(state, visit, place)))
    state.put(found[1])
    return _plan(state, plan.notes)


def without_visit(problem: Problem, plan: Plan, visit_id: str) -> Plan:
    """The plan with the visit taken out of its route; raises CannotAssign for work under way."""
    state = state_of(problem, plan)
    visit = _visit(state, visit_id)
    if state.model.calls[visit].frozen or not state.drop([visit]):
        raise CannotAssign(visit=visit_id, engineer="", why=str(Blocked.pinned))
    return _plan(state, plan.notes)


def plan_from_orders(problem: Problem, orders: Orders) -> Plan:
    """What a day arranged by people means: times, pieces, money. Visits that fit no more are left out, with reasons.

    `orders` names visits per (engineer, shift); frozen visits come first whether named or not.
    """
    check_problem(problem)
    model = Model(problem)
    state = State(model, Pricer(model))
    hold_tied(state)
    replay(state, orders)
    return _plan(state, Notes(method="by hand"))


def carried_over(problem: Problem, plan: Plan) -> Plan:
    """A plan in a world that has changed: what can stay stays, what is left out goes where it costs least (R4)."""
    state = state_of(problem, plan)
    squeeze_in(state)
    untear(state)
    return plan_of(state, reasons(state), Notes(method="cheapest insertion"))


def greedy_plan(problem: Problem, *, explained: bool = True) -> Plan:
    """The simple plan (P41): always legal, in milliseconds, a few hundred with a next best engineer for each visit.

    Raises ProblemRefused for nonsense.
    """
    check_problem(problem)
    model = Model(problem)
    state = greedy_state(model, Pricer(model))
    untear(state)
    notes = Notes(method="greedy", greedy_fen=state.total)
    return _plan(state, notes) if explained else plan_of(state, reasons(state), notes)


def _held_fast(state: State, visit: int) -> Blocked | None:
    """What keeps a visit from being moved by anybody; holds its hours where a crew or other work decides them."""
    model = state.model
    source = model.problem.visits[visit]
    if model.calls[visit].frozen:
        return Blocked.pinned
    mates = [
        call.index
        for call in model.calls
        if source.sync is not None and call.index != visit and model.problem.visits[call.index].sync == source.sync
    ]
    before = [model.visit_index[name] for name in source.after]
    times = [begin_of(state, other) for other in (*mates, *before)]
    if any(one is None for one in times):
        return Blocked.crew
    known = [one for one in times if one is not None]
    for begin, _ in known[: len(mates)]:
        hold_begin(state, visit, begin, begin)
    for _, end in known[len(mates) :]:
        hold_begin(state, visit, end, EVER)
    return None


def _visit(state: State, visit_id: str) -> int:
    if visit_id not in state.model.visit_index:
        raise UnknownVisit(ref=visit_id)
    return state.model.visit_index[visit_id]


def _plan(state: State, notes: Notes) -> Plan:
    plan = plan_of(state, reasons(state), notes)
    return Plan(plan.routes, plan.unassigned, plan.cost, explanations(state), plan.notes, plan.versions)


def _suggestion(state: State, visit: int, engineer: int) -> Suggestion:
    model = state.model
    name = model.problem.engineers[engineer].id
    found = cheapest(state, visit, engineers={engineer}, exact=True)
    if found is None:
        return Suggestion(name, blocked=_blocked(state, visit, engineer))
    extra, made = found
    start, late = _times(state, made, visit)
    return Suggestion(
        engineer=name,
        extra_fen=extra,
        start_s=start,
        late_s=late,
        shift=model.duties[made.duty].shift,
        position=made.visits.index(visit),
        fetch_at=_fetched_at(state, made, visit),
    )


def _times(state: State, made: Priced, visit: int) -> tuple[int | None, int]:
    trial = state.copy()
    trial.put(made)
    times = begin_of(trial, visit)
    if times is None:
        return None, 0
    call = state.model.calls[visit]
    late = max((times[1 if late.at_end else 0] - late.due_s for late in call.lates), default=0)
    return times[0], max(0, late)


def _fetched_at(state: State, made: Priced, visit: int) -> tuple[str, ...]:
    place = made.visits.index(visit)
    depots = {depot for unit, depot, _ in made.sources if depot >= 0 and unit.place == place}
    return tuple(state.model.depots[depot].id for depot in sorted(depots))


def _blocked(state: State, visit: int, engineer: int) -> Blocked:
    model = state.model
    source = model.problem.visits[visit]
    name = model.problem.engineers[engineer].id
    if source.pin is not None and source.pin.engineer != name:
        return Blocked.pinned
    if engineer not in set(skilled_engineers(model, visit)):
        return Blocked.skill
    if name in source.barred:
        return Blocked.barred
    duties = [model.duties[duty] for duty in model.duties_of[engineer]]
    if not any(duty.limit_s > max(duty.ready_s, source.release_s) for duty in duties):
        return Blocked.off_shift
    duties = [duty for duty in duties if model.may_serve(duty.index, visit)]
    if not duties:
        return Blocked.standby
    if not any(has_parts(state, duty.index, visit, fresh=False) for duty in duties):
        return Blocked.part
    return Blocked.no_time
