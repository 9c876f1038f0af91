"""A plan read back into the search: the same stops, pieces and hours, as far as the world still allows (R4, E13)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from dispatch.planner.solver.cost import Priced, Pricer
from dispatch.planner.solver.greedy import begin_of, hold_begin, hold_tied
from dispatch.planner.solver.model import EVER, Model
from dispatch.planner.solver.plan import Plan, Route, StopKind
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.state import State
from dispatch.planner.solver.supply import Unit

Orders = Mapping[tuple[str, int], Sequence[str]]


def state_of(problem: Problem, plan: Plan) -> State:
    """The routes of a plan as a state of the search; crews and orders of work keep the hours they have."""
    model = Model(problem)
    state = State(model, Pricer(model))
    hold_tied(state)
    _hold_hours(state, plan)
    orders: dict[tuple[str, int], list[str]] = {}
    for route in plan.routes:
        if not _same_again(state, route):
            orders[route.engineer, route.shift] = [s.ref for s in route.stops if s.kind is StopKind.visit]
    replay(state, orders)
    untear(state)
    return state


def untear(state: State) -> None:
    """Takes out what may not stay as it is. The hours of work under way are not held, so a rest may move what waits for it."""
    while torn := _torn(state):
        state.take_out(torn)


def _torn(state: State) -> set[int]:
    """Visits that may not stay as they are: crews of which somebody is missing, work whose forerunner is not done."""
    visits, index = state.model.problem.visits, state.model.visit_index
    planned = [call.index for call in state.model.calls if not call.frozen and call.index not in state.left]
    crews = {visits[left].sync for left in state.left if not state.model.calls[left].frozen} - {None}
    torn = {visit for visit in planned if visits[visit].sync in crews}
    for visit in planned:
        if visits[visit].after:
            times = begin_of(state, visit)
            ends = [begin_of(state, index[name]) for name in visits[visit].after]
            if times is None or any(end is None or end[1] > times[0] for end in ends):
                torn.add(visit)
    return torn


def _hold_hours(state: State, plan: Plan) -> None:
    """A crew begins when it begins; work that is waited for may not slide later, work that waits not earlier."""
    model = state.model
    stops = {s.ref: s for route in plan.routes for s in route.stops if s.kind is StopKind.visit}
    for visit in model.problem.visits:
        if visit.id in stops and visit.sync is not None:
            hold_begin(state, model.visit_index[visit.id], stops[visit.id].start_s, stops[visit.id].start_s)
        for name in visit.after:
            if visit.id in stops and name in stops:
                hold_begin(state, model.visit_index[name], -EVER, stops[name].start_s)
                hold_begin(state, model.visit_index[visit.id], stops[name].end_s, EVER)


def _same_again(state: State, route: Route) -> bool:
    """Puts the route back stop by stop, with the very pieces it took; False if the world has changed under it."""
    model = state.model
    duty = next((d for d in model.duties if (d.engineer_id, d.shift) == (route.engineer, route.shift)), None)
    depots = {depot.id: place for place, depot in enumerate(model.depots)}
    visits = model.visit_index
    if duty is None or any(s.ref not in depots and s.ref not in visits for s in route.stops if s.ref):
        return False
    nodes = tuple(visits[s.ref] if s.kind is StopKind.visit else -1 - depots[s.ref] for s in route.stops if s.ref)
    order = tuple(node for node in nodes if node >= 0)
    fits = all(model.may_serve(duty.index, visit) and visit in {*state.left, *duty.frozen} for visit in order)
    if nodes[: len(duty.frozen)] != duty.frozen or not fits:
        return False
    rests = tuple(
        sum(1 for other in route.stops[:place] if other.ref)
        for place, stop in enumerate(route.stops)
        if stop.kind is StopKind.rest
    )
    taken: Counter[tuple[int, str]] = Counter()
    for stop in route.stops:
        if stop.kind is StopKind.depot:
            taken.update({(depots[stop.ref], part): qty for part, qty in stop.takes.items()})
    if any(state.stock_left.get(key, 0) < qty for key, qty in taken.items()):
        return False
    sources = _sources(state, route, order, depots)
    made = state.pricer.as_driven(duty.index, nodes, rests, tuple(taken.items()), sources)
    if made is not None and _supplied(state, made):
        state.put(made)
        return True
    return False


def _sources(
    state: State, route: Route, order: tuple[int, ...], depots: Mapping[str, int]
) -> tuple[tuple[Unit, int, str], ...]:
    """Which piece each visit of a route is given, and from where, as the plan says."""
    names = [state.model.calls[visit].id for visit in order]
    accepts = {(w.part, visit): w.accepts for visit in order for w in state.model.calls[visit].wants}
    return tuple(
        (
            Unit(place, use.wanted, accepts.get((use.wanted, order[place]), ())),
            depots.get(use.depot or "", -1),
            use.part,
        )
        for stop in route.stops
        if stop.kind is StopKind.visit
        for place in [names.index(stop.ref)]
        for use in stop.uses
        for _ in range(use.qty)
    )


def _supplied(state: State, made: Priced) -> bool:
    """Whether every visit of the route has the pieces it wants now, from a van that has them."""
    model = state.model
    duty = model.duties[made.duty]
    given = Counter((unit.place, unit.wanted) for unit, _, _ in made.sources)
    fitting = all(part in unit.accepts for unit, _, part in made.sources)
    wanted = Counter({(p, w.part): w.qty for p, visit in enumerate(made.visits) for w in model.calls[visit].wants})
    van = state.van_left(duty.index)
    aboard = Counter(part for _, depot, part in made.sources if depot < 0)
    return (
        fitting
        and given == wanted
        and all((duty.van if van is None else van).get(p, 0) >= qty for p, qty in aboard.items())
    )


def replay(state: State, orders: Orders) -> None:
    """Gives each shift its visits in the order named, leaving out one that makes the rest impossible."""
    model = state.model
    shifts = {(duty.engineer_id, duty.shift): duty for duty in model.duties}
    for key, names in orders.items():
        duty = shifts.get(key)
        if duty is None:
            continue
        wanted = [model.visit_index[name] for name in names if name in model.visit_index]
        wanted = [v for v in wanted if v in state.left and model.may_serve(duty.index, v)]
        whole = state.option(duty.index, (*duty.frozen, *wanted))
        if whole is not None:
            state.put(whole[1])
            continue
        for visit in wanted:
            step = state.option(duty.index, (*state.routes[duty.index].visits, visit))
            if step is not None:
                state.put(step[1])
