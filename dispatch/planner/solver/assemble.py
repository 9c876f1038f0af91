"""Turns a state of the search into a `Plan` that anybody can read, with times, pieces and money by term."""

from __future__ import annotations

from collections import Counter

from dispatch.planner.solver.cost import Priced, late_fen
from dispatch.planner.solver.in_time import opening
from dispatch.planner.solver.model import ANYWHERE, Duty
from dispatch.planner.solver.plan import Cost, Notes, Plan, Route, Stop, StopKind, Unassigned, Use
from dispatch.planner.solver.state import State


def plan_of(state: State, unassigned: tuple[Unassigned, ...], notes: Notes) -> Plan:
    """The plan a state stands for; `unassigned` holds a reason for each visit it leaves out."""
    routes = tuple(_route(state, route) for route in state.routes if route.visits)
    idle = [route for route in state.routes if not route.visits]
    terms: Counter[str] = Counter()
    for made in routes:
        terms.update(made.cost.by_term())
    for route in idle:
        terms.update(cost_of(state, route).by_term())
    model = state.model
    for room, raw in zip(model.headroom, state.cap_raw, strict=True):
        terms["late"] -= max(0, raw - room)
    terms["left_out"] = sum(model.calls[visit].left_out_fen for visit in state.left)
    return Plan(
        routes=routes,
        unassigned=unassigned,
        cost=Cost(**terms),
        notes=notes,
        versions=dict(model.problem.versions),
    )


def cost_of(state: State, route: Priced) -> Cost:
    """A route's money by term, shared headrooms left aside."""
    pricer, duty = state.pricer, state.model.duties[route.duty]
    walk = pricer.walk(duty, route.nodes, route.rests)
    if walk is None:
        raise AssertionError("a priced route can be driven")
    travel, way, overtime, on_call, _ = pricer.terms(duty, route.nodes, walk)
    visits = [state.model.problem.visits[visit] for visit in route.visits]
    name = duty.engineer_id
    moved = sum(v.incumbent.move_fen for v in visits if v.incumbent and v.incumbent.engineer != name)
    return Cost(
        travel_time=travel,
        distance=way,
        overtime=overtime,
        on_call=on_call,
        late=walk.late_fen + sum(fen for _, fen in walk.capped),
        not_preferred=sum(v.not_preferred_fen for v in visits if v.preferred and name not in v.preferred),
        moved=moved,
    )


def _route(state: State, route: Priced) -> Route:
    model = state.model
    duty = model.duties[route.duty]
    stops: list[Stop] = []
    t, at = duty.ready_s, duty.start
    for place, node in enumerate(route.nodes):
        call = model.calls[node] if node >= 0 else None
        depot = model.depots[-1 - node] if node < 0 else None
        to = call.location if call else depot.location if depot else at
        begun = call.pin.start_s if call and call.pin and place == 0 else None
        if begun is not None and call is not None:
            end = begun + call.duration[duty.engineer]
            stops.append(_visit(state, route, node, arrive=begun, start=begun, end=end, leg=0, metres=0))
            t, at = max(end, duty.ready_s), to
            continue
        leg = model.seconds_at(t)[at][to]
        arrive, pauses = _drive(duty, route, place, t, leg)
        stops.extend(pauses)
        start = _begin(state, node, arrive)
        metres = model.metres[at][to]
        if depot is not None:
            end = start + depot.handling_s
            stops.append(Stop(StopKind.depot, depot.id, arrive, start, end, leg, metres, takes=_taken(route, place)))
        elif call is not None:
            end = start + call.duration[duty.engineer]
            stops.append(_visit(state, route, node, arrive=arrive, start=start, end=end, leg=leg, metres=metres))
        t, at = end, to
    leg = model.seconds_at(t)[at][duty.home] if duty.home != ANYWHERE else 0
    home, pauses = _drive(duty, route, len(route.nodes), t, leg)
    stops.extend(pauses)
    return Route(
        engineer=duty.engineer_id,
        shift=duty.shift,
        stops=tuple(stops),
        end_s=home,
        cost=cost_of(state, route),
        home_travel_s=leg,
        home_metres=model.metres[at][duty.home] if duty.home != ANYWHERE else 0,
    )


def _taken(route: Priced, place: int) -> dict[str, int]:
    """The pieces taken at this call: what the visits need that come before the route's next call at the same store."""
    node = route.nodes[place]
    again = next((n for n in range(place + 1, len(route.nodes)) if route.nodes[n] == node), len(route.nodes))
    first, end = (sum(1 for other in route.nodes[:n] if other >= 0) for n in (place, again))
    return dict(Counter(part for unit, at, part in route.sources if at == -1 - node and first <= unit.place < end))


def _drive(duty: Duty, route: Priced, gap: int, t: int, leg: int) -> tuple[int, list[Stop]]:
    """When the leg ends and the breaks that interrupt it."""
    arrival, free, pauses = t + leg, t, []
    for number, at in enumerate(route.rests):
        if at == gap:
            rest = duty.breaks[number]
            begin = max(free, rest.earliest_s)
            free = begin + rest.duration_s
            pauses.append(Stop(StopKind.rest, "", begin, begin, free))
            arrival = max(arrival + rest.duration_s, free)
    return arrival, pauses


def _begin(state: State, node: int, arrive: int) -> int:
    call = state.model.calls[node] if node >= 0 else None
    earliest = max(arrive, call.release_s) if call else arrive
    begin = opening(earliest, call.windows if call else state.model.depots[-1 - node].windows)
    if begin is None:
        raise AssertionError("a priced route can be driven")
    return begin


def _visit(
    state: State, route: Priced, visit: int, *, arrive: int, start: int, end: int, leg: int, metres: int
) -> Stop:
    call = state.model.calls[visit]
    place = route.visits.index(visit)
    used: Counter[tuple[str, str, int]] = Counter(
        (unit.wanted, part, depot) for unit, depot, part in route.sources if unit.place == place
    )
    uses = tuple(
        Use(wanted, part, qty, state.model.depots[depot].id if depot >= 0 else None)
        for (wanted, part, depot), qty in used.items()
    )
    late = max((max(0, (end if one.at_end else start) - one.due_s) for one in call.lates), default=0)
    return Stop(StopKind.visit, call.id, arrive, start, end, leg, metres, late, {}, uses)


def late_money(state: State, visit: int, start: int, engineer: int) -> int:
    """What beginning this visit at `start` costs in penalties, shared headrooms left aside."""
    call = state.model.calls[visit]
    end = start + call.duration[engineer]
    return sum(late_fen(one, (end if one.at_end else start) - one.due_s) for one in call.lates)
