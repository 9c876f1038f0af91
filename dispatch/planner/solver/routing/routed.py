"""What OR-Tools routing would plan, driven again at the exact hours and prices: second opinion and fall-back.

Only ever called in a child process: the search holds Python's lock and may overrun its time. Routing sees one driving
time per pair and straight lines for lateness; its orders of visits are therefore replayed through the engine's own
pricing, so that what comes out is legal and exact whatever was approximated.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from dispatch.planner.solver.assemble import plan_of
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.cost import Pricer
from dispatch.planner.solver.explain import explanations, reasons
from dispatch.planner.solver.greedy import begin_of, greedy_state, hold_begin, hold_tied, squeeze_in
from dispatch.planner.solver.intake import check_problem
from dispatch.planner.solver.kernel.ask import questions
from dispatch.planner.solver.model import EVER, Model
from dispatch.planner.solver.plan import Notes, Plan, StopKind
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.replay import Orders, replay
from dispatch.planner.solver.routing.layout import Layout, at_mean_speed, lay_out
from dispatch.planner.solver.routing.model import Answer, Nodes, Routing
from dispatch.planner.solver.state import State

TURNS: Final = 8  # crews and orders of work wait for each other at most so many times before they are given up

DutyNodes = Mapping[int, tuple[int, ...]]  # per shift its visits (index) and depots (-1 - index) in order


def routed_plan(problem: Problem, budget: Budget) -> Plan | None:
    """The plan OR-Tools routing arrives at within the budget; None when it finds none.

    `budget.rounds` counts solutions. The plan may be dearer than the simple one. Raises ProblemRefused for nonsense.
    """
    check_problem(problem)
    began = time.monotonic()
    state = routed_state(problem, budget)
    if state is None:
        return None
    notes = Notes(method="OR-Tools routing", seed=budget.seed)
    asked = questions(state)
    plan = replace(plan_of(state, reasons(state, asked), notes), explanations=explanations(state, asked))
    return replace(plan, notes=replace(notes, elapsed_ms=int((time.monotonic() - began) * 1000)))


def routed_state(problem: Problem, budget: Budget) -> State | None:
    """The routes of `routed_plan` as a state of a model of their own."""
    began = time.monotonic()
    flat = at_mean_speed(problem)
    model = Model(flat)
    simple = greedy_state(model, Pricer(model))
    driven = {route.duty: route.nodes for route in simple.routes}
    layout = _layout(flat, driven)
    if not layout.visits:
        return _driven(problem, layout, Answer(tuple(() for _ in layout.rows), {}, 0))
    routing = Routing(layout)
    left_s = max(0.05, budget.time_s - (time.monotonic() - began))
    answer = routing.search(_nodes(layout, driven), time_s=left_s, solutions=budget.rounds)
    return None if answer is None else _driven(problem, layout, answer)


def opinion(problem: Problem, plan: Plan) -> Answer | None:
    """What OR-Tools routing says a plan costs; None when it refuses it.

    Where the problem has one travel profile, clauses in proportion and no ties, a refusal or another price is a
    mistake in one of the two. Takes seconds beyond some fifty visits.
    """
    model = Model(problem)
    shifts = {(duty.engineer_id, duty.shift): duty.index for duty in model.duties}
    depots = {depot.id: -1 - place for place, depot in enumerate(problem.depots)}
    driven = {
        shifts[route.engineer, route.shift]: tuple(
            model.visit_index[stop.ref] if stop.kind is StopKind.visit else depots[stop.ref]
            for stop in route.stops
            if stop.kind is not StopKind.rest
        )
        for route in plan.routes
    }
    layout = _layout(at_mean_speed(problem), driven)
    known = {
        *layout.visits,
        *(-1 - depot for depot in layout.calls),
        *(v for row in layout.rows for v in row.under_way),
    }
    if not known.issuperset(node for nodes in driven.values() for node in nodes):
        return None
    return Routing(layout).priced(_nodes(layout, driven))


def _layout(flat: Problem, driven: DutyNodes) -> Layout:
    """The layout of a problem, with as many calls at each depot as these routes make."""
    model = Model(flat)
    calls = Counter(-1 - node for nodes in driven.values() for node in nodes if node < 0)
    return lay_out(State(model, Pricer(model)), calls)


def _nodes(layout: Layout, driven: DutyNodes) -> Nodes:
    """Routes in the layout's nodes, work under way left aside: it is where its row begins."""
    node_of = {visit: node for node, visit in enumerate(layout.visits)}
    copies: dict[int, list[int]] = {}
    for place, depot in enumerate(layout.calls):
        copies.setdefault(-1 - depot, []).append(len(layout.visits) + place)
    return tuple(
        tuple(
            node_of[node] if node >= 0 else copies[node].pop(0)
            for node in driven.get(row.duty.index, row.duty.frozen)
            if node not in row.under_way
        )
        for row in layout.rows
    )


def _driven(problem: Problem, layout: Layout, answer: Answer) -> State:
    """The answer's orders of visits at the true hours, with everything that still fits squeezed in."""
    names = {node: layout.model.calls[visit].id for node, visit in enumerate(layout.visits)}
    orders = {
        (row.duty.engineer_id, row.duty.shift): [names[node] for node in nodes if node in names]
        for row, nodes in zip(layout.rows, answer.rows, strict=True)
    }
    begins = {layout.visits[node]: instant for node, instant in answer.begins.items() if node in names}
    state = min(_whole(problem, orders, begins), _whole(problem, orders, {}), key=lambda one: one.total)
    _hold(state)
    squeeze_in(state)
    return state


def _whole(problem: Problem, orders: Orders, begins: Mapping[int, int]) -> State:
    """The orders at their true hours, without the work whose crew or forerunner they do not bring in time.

    Tied work begins when `begins` says or, where that says nothing, as soon as what it waits for allows.
    """
    state = _replayed(problem, orders, begins)
    while broken := {problem.visits[visit].id for visit in _broken_ties(state)}:
        orders = {shift: [name for name in order if name not in broken] for shift, order in orders.items()}
        state = _replayed(problem, orders, begins)
    return state


def _replayed(problem: Problem, orders: Orders, begins: Mapping[int, int]) -> State:
    hours = {visit: (begin, begin) for visit, begin in begins.items()}
    for _ in range(TURNS):
        model = Model(problem)
        state = State(model, Pricer(model))
        hold_tied(state)
        for visit, (from_s, to_s) in hours.items():
            if model.calls[visit].held:
                hold_begin(state, visit, from_s, to_s)
        replay(state, orders)
        waits = {} if begins else _earliest(state)
        if all(instant <= hours.get(visit, (-EVER, EVER))[0] for visit, instant in waits.items()):
            break
        hours |= {visit: (instant, EVER) for visit, instant in waits.items()}
    return state


def _tied(state: State) -> dict[int, tuple[int, int]]:
    """Begin and end of each planned visit that is tied to others."""
    held = [call.index for call in state.model.calls if call.held]
    return {visit: times for visit in held if (times := begin_of(state, visit)) is not None}


def _crews(state: State) -> list[list[int]]:
    crews: dict[str, list[int]] = {}
    for call in state.model.calls:
        sync = state.model.problem.visits[call.index].sync
        if sync is not None and not call.frozen:
            crews.setdefault(sync, []).append(call.index)
    return list(crews.values())


def _orders(state: State) -> list[tuple[int, int]]:
    """Pairs of visits, of which the second begins after the first."""
    model = state.model
    return [
        (model.visit_index[name], call.index)
        for call in model.calls
        if not call.frozen
        for name in model.problem.visits[call.index].after
    ]


def _earliest(state: State) -> dict[int, int]:
    """When tied visits could begin at the earliest, as the visits they are tied to stand now."""
    times = _tied(state)
    earliest = {
        visit: max(times[mate][0] for mate in crew if mate in times)
        for crew in _crews(state)
        for visit in crew
        if visit in times
    }
    for first, then in _orders(state):
        if first in times and then in times:
            earliest[then] = max(earliest.get(then, -EVER), times[first][1])
    return earliest


def _broken_ties(state: State) -> set[int]:
    """Planned visits whose crew is not whole or does not begin at once, or that begin before what they follow ends."""
    times = _tied(state)
    broken = {then for first, then in _orders(state) if then in times and not _in_order(times, first, then)}
    for crew in _crews(state):
        present = [visit for visit in crew if visit in times]
        people = {state.model.duties[duty].engineer for v in present if (duty := state.duty_of(v)) is not None}
        if len({times[visit][0] for visit in present}) > 1 or len(people) < len(crew):
            broken.update(present)
    return broken


def _in_order(times: Mapping[int, tuple[int, int]], first: int, then: int) -> bool:
    return first in times and times[first][1] <= times[then][0]


def _hold(state: State) -> None:
    """Keeps tied visits at their hours, so that what is squeezed in beside them breaks no tie."""
    times = _tied(state)
    for crew in _crews(state):
        for visit in crew:
            if visit in times:
                hold_begin(state, visit, times[visit][0], times[visit][0])
    for first, then in _orders(state):
        if then in times:
            hold_begin(state, first, -EVER, times[first][0])
            hold_begin(state, then, times[first][1], EVER)
