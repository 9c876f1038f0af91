"""What a plan costs, reckoned from its stops and the mission's words alone (R2, E11, E15).

Shares no code with `cost.py`: fractions instead of whole-number tricks, one clause at a time as the contract reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import floor

from dispatch.planner.solver.plan import Cost, Plan, Route, StopKind
from dispatch.planner.solver.problem import Commitment, Counting, Engineer, Judged, Problem, Shift, Visit


class Names:
    """Everything a plan may name, by name; made once for a whole plan."""

    def __init__(self, problem: Problem) -> None:
        self.engineers = {engineer.id: engineer for engineer in problem.engineers}
        self.visits = {visit.id: visit for visit in problem.visits}
        self.depots = {depot.id: depot for depot in problem.depots}


def nearest(amount: Fraction) -> int:
    """Whole fen, halves up."""
    return floor(amount + Fraction(1, 2))


def penalty(commitment: Commitment, begin_s: int, end_s: int) -> int:
    """What one commitment costs when service begins and ends then; its own cap counted, shared headrooms not."""
    price = commitment.price
    fact = begin_s if commitment.judged is Judged.begin else end_s
    late = fact - commitment.due_s
    if late <= 0 or late <= price.grace_s:  # grace is a threshold: beyond it the whole lateness counts
        return 0
    units = Fraction(late, price.unit_s)
    if price.counting is Counting.started:
        units = Fraction(-floor(-units))
    elif price.counting is Counting.full:
        units = Fraction(floor(units))
    fen = price.fixed_fen + nearest(units * price.per_unit_fen)
    return fen if price.cap_fen is None else min(fen, price.cap_fen)


def price(problem: Problem, plan: Plan) -> Cost:
    """The money of a whole plan by term; stops that name nothing known cost nothing."""
    names = Names(problem)
    routes = [route_price(problem, names, route) for route in plan.routes]
    used = {(route.engineer, route.shift) for route in plan.routes if route.stops}
    homeward = [
        _moving(problem, *_way_home(problem, engineer, shift))
        for engineer in problem.engineers
        for number, shift in enumerate(engineer.shifts)
        if (engineer.id, number) not in used
    ]
    served = {stop.ref for route in plan.routes for stop in route.stops if stop.kind is StopKind.visit}
    return Cost(
        travel_time=sum(one.travel_time for one in routes) + sum(time for time, _ in homeward),
        distance=sum(one.distance for one in routes) + sum(way for _, way in homeward),
        overtime=sum(one.overtime for one in routes),
        on_call=sum(one.on_call for one in routes),
        late=_late_under_caps(problem, names, plan),
        left_out=sum(visit.unassigned_fen for visit in problem.visits if visit.id not in served),
        not_preferred=sum(one.not_preferred for one in routes),
        moved=sum(one.moved for one in routes),
    )


def route_price(problem: Problem, names: Names, route: Route) -> Cost:
    """The money of one route, shared headrooms left aside."""
    visits, engineer = names.visits, names.engineers.get(route.engineer)
    if engineer is None or not 0 <= route.shift < len(engineer.shifts):
        return Cost()
    shift = engineer.shifts[route.shift]
    seconds, metres, ends = travelled(problem, names, engineer, shift, route)
    served = [(visits[s.ref], s) for s in route.stops if s.kind is StopKind.visit and s.ref in visits]
    time, way = _moving(problem, seconds, metres)
    over = Fraction(max(0, ends - shift.end_s), 3600) if route.stops else Fraction(0)
    return Cost(
        travel_time=time,
        distance=way,
        overtime=nearest(over * problem.rates.overtime_fen_h),
        on_call=shift.on_call_fen if route.stops else 0,
        late=sum(
            penalty(commitment, stop.start_s, stop.start_s + lasts(visit, engineer))
            for visit, stop in served
            for commitment in visit.commitments
        ),
        not_preferred=sum(
            visit.not_preferred_fen for visit, _ in served if visit.preferred and engineer.id not in visit.preferred
        ),
        moved=sum(
            visit.incumbent.move_fen
            for visit, _ in served
            if visit.incumbent is not None and visit.incumbent.engineer != engineer.id
        ),
    )


def lasts(visit: Visit, engineer: Engineer) -> int:
    """Seconds of service when this engineer does it."""
    return visit.duration_by.get(engineer.id, visit.duration_s)


def driving(problem: Problem, frm: int, to: int, leaving_s: int) -> int:
    """Seconds from one place to another for whoever leaves at `leaving_s`."""
    chosen = problem.travel.bands[0]
    for band in problem.travel.bands:
        if band.from_s <= leaving_s:
            chosen = band
    return cell(problem.travel.seconds[chosen.profile].cells, problem.travel.metres.size, frm, to)


def cell(cells: bytes, size: int, row: int, column: int) -> int:
    """One number of a matrix."""
    start = 4 * (row * size + column)
    return int.from_bytes(cells[start : start + 4], "little", signed=True)


def ready_at(problem: Problem, engineer: Engineer, shift: Shift) -> int:
    """When the engineer can set off on this shift."""
    return max(shift.start_s, engineer.available_from_s, problem.now_s)


def travelled(problem: Problem, names: Names, engineer: Engineer, shift: Shift, route: Route) -> tuple[int, int, int]:
    """Seconds and metres driven on a route, way home included, and when it ends."""
    visits, depots = names.visits, names.depots
    now, at = ready_at(problem, engineer, shift), shift.start_location
    seconds = metres = rest = 0
    rest_over = now
    for place, stop in enumerate(route.stops):
        if stop.kind is StopKind.rest:
            rest, rest_over = rest + stop.end_s - stop.start_s, stop.end_s
            continue
        visit = visits.get(stop.ref) if stop.kind is StopKind.visit else None
        there = visit or (depots.get(stop.ref) if stop.kind is StopKind.depot else None)
        if there is None:
            continue
        if not (place == 0 and visit and visit.pin and visit.pin.start_s is not None):
            seconds += driving(problem, at, there.location, now)
            metres += cell(problem.travel.metres.cells, problem.travel.metres.size, at, there.location)
        at = there.location
        took = lasts(visit, engineer) if visit else depots[stop.ref].handling_s
        # Work under way began before he was free; whatever it leaves of his time, he sets off no earlier than he can.
        now = max(stop.start_s + took, ready_at(problem, engineer, shift))
        rest, rest_over = 0, now
    home = 0
    if shift.end_location is not None:
        home = driving(problem, at, shift.end_location, now)
        seconds += home
        metres += cell(problem.travel.metres.cells, problem.travel.metres.size, at, shift.end_location)
    return seconds, metres, max(now + home + rest, rest_over)


def _way_home(problem: Problem, engineer: Engineer, shift: Shift) -> tuple[int, int]:
    if shift.end_location is None:
        return 0, 0
    leaving = ready_at(problem, engineer, shift)
    size = problem.travel.metres.size
    return (
        driving(problem, shift.start_location, shift.end_location, leaving),
        cell(problem.travel.metres.cells, size, shift.start_location, shift.end_location),
    )


def _moving(problem: Problem, seconds: int, metres: int) -> tuple[int, int]:
    return (
        nearest(Fraction(seconds, 3600) * problem.rates.travel_fen_h),
        nearest(Fraction(metres, 1000) * problem.rates.distance_fen_km),
    )


def _late_under_caps(problem: Problem, names: Names, plan: Plan) -> int:
    charged = [(commitment.price.cap, fen) for commitment, fen in _penalties(names, plan)]
    total = sum(fen for cap, fen in charged if cap is None)
    for cap, headroom in problem.caps.items():
        total += min(headroom, sum(fen for name, fen in charged if name == cap))
    return total


def _penalties(names: Names, plan: Plan) -> Iterable[tuple[Commitment, int]]:
    visits, engineers = names.visits, names.engineers
    for route in plan.routes:
        for stop in route.stops:
            if stop.kind is StopKind.visit and stop.ref in visits and route.engineer in engineers:
                visit = visits[stop.ref]
                ends = stop.start_s + lasts(visit, engineers[route.engineer])
                for commitment in visit.commitments:
                    yield commitment, penalty(commitment, stop.start_s, ends)
