"""The cheapest plan of a tiny problem by trying everything, judged by the checker alone: no code of the engine's.

Every split of the visits over the shifts, every order, every place of a depot call and of a break; each stop begins
as early as it can. Crews and work that follows other work wait for each other until nobody has to wait longer. Shared
headrooms are counted at the end, so routes are combined whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, permutations, product

from dispatch.planner.solver.checker import Broken, price, violations
from dispatch.planner.solver.checker_money import Names, cell, driving, lasts, ready_at, route_price, travelled
from dispatch.planner.solver.plan import Cost, Plan, Reason, Route, Stop, StopKind, Unassigned, Use
from dispatch.planner.solver.problem import Depot, Engineer, Problem, Visit

WAITS = 20  # so often tied work is put off before it is taken to wait for itself


def cheapest_by_trying_everything(problem: Problem) -> Plan:
    """A legal plan than which none is cheaper."""
    names = Names(problem)
    tied = any(visit.sync or visit.after for visit in problem.visits)
    per_shift = [
        [None, *_trips(problem, names, engineer, number, tied=tied)]
        for engineer in problem.engineers
        for number in range(len(engineer.shifts))
    ]
    best: Plan | None = None
    for picked in product(*per_shift):
        trips = [trip for trip in picked if trip is not None]
        served = [visit.id for trip in trips for visit in trip.order]
        if len(served) != len(set(served)):
            continue
        routes = _settled(problem, names, trips) if tied else [trip.route for trip in trips]
        if routes is None:
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


@dataclass(frozen=True, slots=True)
class Trip:
    """What one shift does in which order, where its pieces come from and in which gaps it rests; hours left open.

    `route` is what it is when nobody has to be waited for.
    """

    engineer: Engineer
    number: int
    order: tuple[Visit, ...]
    stops: tuple[Visit | Depot, ...]
    uses: Mapping[str, tuple[Use, ...]]
    gaps: tuple[int | None, ...]
    route: Route


def _trips(problem: Problem, names: Names, engineer: Engineer, number: int, *, tied: bool) -> Iterator[Trip]:
    # Whoever lacks a skill could never pass the checker; asking it about each of his orders would only take long.
    visits = [
        visit
        for visit in problem.visits
        if (visit.pin is None or visit.pin.engineer == engineer.id)
        and (
            (visit.pin is not None and visit.pin.frozen)
            or (
                engineer.id not in visit.barred
                and all(
                    name in engineer.skills and engineer.skills[name].level >= lv for name, lv in visit.skills.items()
                )
            )
        )
    ]
    for length in range(1, len(visits) + 1):
        for chosen in combinations(visits, length):
            crews = [visit.sync for visit in chosen if visit.sync]
            if len(crews) > len(set(crews)):
                continue
            for order in permutations(chosen):
                yield from _ways(problem, names, engineer, number, order, tied=tied)


def _ways(
    problem: Problem, names: Names, engineer: Engineer, number: int, order: tuple[Visit, ...], *, tied: bool
) -> Iterator[Trip]:
    """Each way to supply the order and to rest on it that alone breaks no law."""
    breaks = len(engineer.shifts[number].breaks)
    for uses in _supplies(problem, engineer, order):
        called = sorted({use.depot for some in uses.values() for use in some if use.depot})
        for calls in permutations(called):
            for before in product(range(len(order)), repeat=len(calls)):
                stops: list[Visit | Depot] = []
                for place, visit in enumerate(order):
                    stops += [names.depots[call] for call, gap in zip(calls, before, strict=True) if gap == place]
                    stops.append(visit)
                for gaps in product([None, *range(len(stops) + 1)], repeat=breaks):
                    bare = Trip(engineer, number, order, tuple(stops), uses, gaps, Route("", 0, (), 0, Cost()))
                    route = _driven(problem, names, bare, {})
                    # A route that is waited for, or has to wait, may only then need a rest or come into a window.
                    if route is not None and (tied or _legal_alone(problem, route)):
                        yield replace(bare, route=route)


def _supplies(problem: Problem, engineer: Engineer, order: tuple[Visit, ...]) -> Iterator[dict[str, tuple[Use, ...]]]:
    per_piece = []
    for visit in order:
        for want in () if visit.pin and visit.pin.frozen else visit.parts:
            for _ in range(want.qty):
                per_piece.append(
                    [
                        (visit.id, Use(want.part, part, 1, depot))
                        for part in want.accepts
                        for depot in [None, *(d.id for d in problem.depots if d.stock.get(part, 0))]
                        if depot or engineer.van.get(part, 0)
                    ]
                )
    for picked in product(*per_piece):
        yield {visit.id: tuple(use for ref, use in picked if ref == visit.id) for visit in order}


def _settled(problem: Problem, names: Names, trips: Sequence[Trip]) -> list[Route] | None:
    """The routes once crews begin together and nothing begins before what it follows; None if that never comes."""
    not_before: dict[str, int] = {}
    for _ in range(WAITS):
        routes = [trip.route if not not_before else _driven(problem, names, trip, not_before) for trip in trips]
        if any(route is None for route in routes):
            return None
        driven = [route for route in routes if route is not None]
        stops = {stop.ref: stop for route in driven for stop in route.stops if stop.kind is StopKind.visit}
        later: dict[str, int] = {}
        for ref in stops:
            visit = names.visits[ref]
            mates = [v.id for v in problem.visits if visit.sync and v.sync == visit.sync]
            if any(one not in stops for one in (*mates, *visit.after)):
                return None
            later[ref] = max(
                [stops[ref].start_s, *(stops[m].start_s for m in mates), *(stops[b].end_s for b in visit.after)]
            )
        if all(later[ref] == stop.start_s for ref, stop in stops.items()):
            return driven
        not_before = later
    return None


def _driven(problem: Problem, names: Names, trip: Trip, not_before: Mapping[str, int]) -> Route | None:
    engineer, shift = trip.engineer, trip.engineer.shifts[trip.number]
    size, cells = problem.travel.metres.size, problem.travel.metres.cells
    ready = now = ready_at(problem, engineer, shift)
    at, stops = shift.start_location, list[Stop]()
    for place in range(len(trip.stops) + 1):
        pause, over, free = 0, 0, now
        for rest, gap in zip(shift.breaks, trip.gaps, strict=True):
            if gap == place:
                begin = max(free, rest.earliest_s)
                free = over = begin + rest.duration_s
                pause += rest.duration_s
                stops.append(Stop(StopKind.rest, "", begin, begin, over))
        if place == len(trip.stops):
            break
        there = trip.stops[place]
        begun = there.pin.start_s if isinstance(there, Visit) and there.pin else None
        if begun is not None:
            leg, way, arrive = 0, 0, begun
        else:
            leg, way = driving(problem, at, there.location, now), cell(cells, size, at, there.location)
            arrive = max(now + leg + pause, over)
        start = _opening(there, arrive, not_before)
        if start is None:
            return None
        if isinstance(there, Visit):
            end = start + lasts(there, engineer)
            late = max(
                (max(0, (start if c.judged == "begin" else end) - c.due_s) for c in there.commitments), default=0
            )
            stops.append(Stop(StopKind.visit, there.id, arrive, start, end, leg, way, late, {}, trip.uses[there.id]))
        else:
            end = start + there.handling_s
            mine = [use for some in trip.uses.values() for use in some if use.depot == there.id]
            takes = {part: sum(use.qty for use in mine if use.part == part) for part in {use.part for use in mine}}
            stops.append(Stop(StopKind.depot, there.id, arrive, start, end, leg, way, takes=takes))
        now, at = max(end, ready), there.location
    bare = Route(engineer.id, trip.number, tuple(stops), 0, Cost())
    _, _, ends = travelled(problem, names, engineer, shift, bare)
    home = shift.end_location
    bare = replace(
        bare,
        end_s=ends,
        home_travel_s=0 if home is None else driving(problem, at, home, now),
        home_metres=0 if home is None else cell(cells, size, at, home),
    )
    return replace(bare, cost=route_price(problem, names, bare))


def _opening(there: Visit | Depot, arrive: int, not_before: Mapping[str, int]) -> int | None:
    """When service begins; None if it no longer may."""
    if isinstance(there, Visit):
        if there.pin and there.pin.frozen:
            return arrive
        arrive = max(arrive, there.release_s, not_before.get(there.id, arrive))
    fits = [max(arrive, window.from_s) for window in there.windows if arrive <= window.to_s]
    return min(fits, default=None) if there.windows else arrive


def _legal_alone(problem: Problem, route: Route) -> bool:
    """Whether nothing is wrong with the route but what other routes may mend."""
    broken = violations(problem, plan_of_routes(problem, [route]))
    return all(one.law in (Broken.frozen, Broken.crew, Broken.order) for one in broken)
