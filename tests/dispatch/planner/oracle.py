"""The cheapest plan of a tiny problem by trying everything, judged by the checker alone: no code of the engine's.

Every split of the visits over the shifts, every order, every place of a depot call and of a break; each stop begins
as early as it can. Shared headrooms are counted at the end, so routes are combined whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, permutations, product

from dispatch.planner.solver.checker import Broken, price, violations
from dispatch.planner.solver.checker_money import cell, driving, lasts, ready_at, route_price, travelled
from dispatch.planner.solver.plan import Cost, Plan, Reason, Route, Stop, StopKind, Unassigned, Use
from dispatch.planner.solver.problem import Engineer, Problem, Shift, Visit


def cheapest_by_trying_everything(problem: Problem) -> Plan:
    """A legal plan than which none is cheaper."""
    per_shift = [
        [None, *_routes(problem, engineer, number)]
        for engineer in problem.engineers
        for number in range(len(engineer.shifts))
    ]
    best: Plan | None = None
    for picked in product(*per_shift):
        routes = [route for route in picked if route is not None]
        served = [stop.ref for route in routes for stop in route.stops if stop.kind is StopKind.visit]
        if len(served) != len(set(served)):
            continue
        plan = plan_of_routes(problem, routes)
        if (best is None or plan.cost.total < best.cost.total) and not violations(problem, plan):
            best = plan
    assert best is not None
    return best


def plan_of_routes(problem: Problem, routes: list[Route]) -> Plan:
    """The plan these routes make, priced by the checker."""
    served = {stop.ref for route in routes for stop in route.stops}
    left = tuple(Unassigned(v.id, Reason.costs_more) for v in problem.visits if v.id not in served)
    plan = Plan(tuple(routes), left, Cost(), versions=problem.versions)
    return replace(plan, cost=price(problem, plan))


def _routes(problem: Problem, engineer: Engineer, number: int) -> Iterator[Route]:
    # Whoever lacks a skill could never pass the checker; asking it about each of his orders would only take long.
    visits = [
        visit
        for visit in problem.visits
        if engineer.id not in visit.barred
        and (visit.pin is None or visit.pin.engineer == engineer.id)
        and all(name in engineer.skills and engineer.skills[name].level >= lv for name, lv in visit.skills.items())
    ]
    for length in range(1, len(visits) + 1):
        for chosen in combinations(visits, length):
            for order in permutations(chosen):
                yield from _driven(problem, engineer, number, order)


def _driven(problem: Problem, engineer: Engineer, number: int, order: tuple[Visit, ...]) -> Iterator[Route]:
    """Each way to supply the order and to rest on it that alone breaks no law."""
    shift = engineer.shifts[number]
    for sources in _supplies(problem, engineer, order):
        depots = sorted({depot for uses in sources for use in uses if (depot := use.depot)})
        for gaps in product(range(len(order)), repeat=len(depots)):
            plain: list[tuple[str, object]] = []
            for place, visit in enumerate(order):
                plain += [("depot", depot) for depot, gap in zip(depots, gaps, strict=True) if gap == place]
                plain.append(("visit", visit))
            for resting in _restings(len(plain), len(shift.breaks)):
                route = _drive(problem, engineer, number, plain, sources, order, resting)
                if route is not None and _legal_alone(problem, route):
                    yield route


def _restings(stops: int, breaks: int) -> Iterator[tuple[int | None, ...]]:
    yield from product([None, *range(stops + 1)], repeat=breaks)


def _supplies(problem: Problem, engineer: Engineer, order: tuple[Visit, ...]) -> Iterator[list[tuple[Use, ...]]]:
    per_piece = []
    for place, visit in enumerate(order):
        for want in visit.parts:
            for _ in range(want.qty):
                per_piece.append(
                    [
                        (place, Use(want.part, part, 1, depot))
                        for part in want.accepts
                        for depot in [None, *(d.id for d in problem.depots if d.stock.get(part, 0))]
                        if depot or engineer.van.get(part, 0)
                    ]
                )
    for picked in product(*per_piece):
        uses: list[list[Use]] = [[] for _ in order]
        for place, use in picked:
            uses[place].append(use)
        yield [tuple(some) for some in uses]


def _drive(
    problem: Problem,
    engineer: Engineer,
    number: int,
    plain: list[tuple[str, object]],
    sources: list[tuple[Use, ...]],
    order: tuple[Visit, ...],
    resting: tuple[int | None, ...],
) -> Route | None:
    shift: Shift = engineer.shifts[number]
    size, cells = problem.travel.metres.size, problem.travel.metres.cells
    now, at, stops = ready_at(problem, engineer, shift), shift.start_location, []
    for place in range(len(plain) + 1):
        pause, over, free = 0, 0, now
        for rest, gap in zip(shift.breaks, resting, strict=True):
            if gap == place:
                begin = max(free, rest.earliest_s)
                free = over = begin + rest.duration_s
                pause += rest.duration_s
                stops.append(Stop(StopKind.rest, "", begin, begin, over))
        if place == len(plain):
            break
        _, thing = plain[place]
        visit = thing if isinstance(thing, Visit) else None
        there = visit or next(d for d in problem.depots if d.id == thing)
        leg, way = driving(problem, at, there.location, now), cell(cells, size, at, there.location)
        arrive = max(now + leg + pause, over)
        earliest = max(arrive, visit.release_s) if visit else arrive
        fits = [max(earliest, w.from_s) for w in there.windows if earliest <= w.to_s]
        if there.windows and not fits:
            return None
        start = min(fits) if fits else earliest
        end = start + (lasts(visit, engineer) if visit else there.handling_s)
        if visit:
            late = max(
                (max(0, (start if c.judged == "begin" else end) - c.due_s) for c in visit.commitments), default=0
            )
            uses = sources[order.index(visit)]
            stops.append(Stop(StopKind.visit, visit.id, arrive, start, end, leg, way, late, {}, uses))
        else:
            mine = [use for some in sources for use in some if use.depot == thing]
            takes = {part: sum(use.qty for use in mine if use.part == part) for part in {use.part for use in mine}}
            stops.append(Stop(StopKind.depot, there.id, arrive, start, end, leg, way, takes=takes))
        now, at = end, there.location
    bare = Route(engineer.id, number, tuple(stops), 0, Cost())
    _, _, ends = travelled(problem, engineer, shift, bare)
    home = shift.end_location
    bare = replace(
        bare,
        end_s=ends,
        home_travel_s=0 if home is None else driving(problem, at, home, now),
        home_metres=0 if home is None else cell(cells, size, at, home),
    )
    return replace(bare, cost=route_price(problem, bare))


def _legal_alone(problem: Problem, route: Route) -> bool:
    """Whether nothing is wrong with the route but what other routes may mend."""
    broken = violations(problem, plan_of_routes(problem, [route]))
    return all(one.law in (Broken.frozen, Broken.crew, Broken.order) for one in broken)
