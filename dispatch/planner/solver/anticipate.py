"""Room for calls that nobody has made yet: an hour that a visit waits has a price, so hours before the rush are used.

The cheapest plan for the calls known now gives few engineers long days and lets the others stand idle; when the rush
comes, work that could be behind them is still ahead. A small price on waiting has it done early, by whoever is free.
On simulated days this beats plans for sampled futures and prizes that make what can wait stand back (`bench/rolling.py`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from dispatch.planner.solver.model import half_up
from dispatch.planner.solver.plan import Plan, Reason, Route, Stop, StopKind, Unassigned
from dispatch.planner.solver.problem import Commitment, Counting, Judged, LatePrice, Problem, Visit


def with_priced_waiting(problem: Problem, fen_h: int) -> Problem:
    """The problem in which every hour from now until a visit begins costs `fen_h`, in proportion.

    Appointments and work under way have their hour already. Leaving a visit out counts as waiting to the end, so that
    none is left out for its waiting.
    """
    waiting = Commitment(problem.now_s, LatePrice(per_unit_fen=fen_h, counting=Counting.linear, agreed=False))
    to_the_end_fen = _to_the_end_fen(problem, fen_h)

    def priced(visit: Visit) -> Visit:
        if not _waits(visit):
            return visit
        left_out_fen = visit.unassigned_fen + to_the_end_fen
        return replace(visit, commitments=(*visit.commitments, waiting), unassigned_fen=left_out_fen)

    return replace(problem, visits=tuple(map(priced, problem.visits)))


def told_with_waiting(problem: Problem, plan: Plan, fen_h: int) -> Plan:
    """A plan of `problem` in the money of `with_priced_waiting`: the same stops at the same hours."""
    return _told(with_priced_waiting(problem, fen_h), plan, fen_h, 1)


def without_priced_waiting(problem: Problem, plan: Plan, fen_h: int) -> Plan:
    """A plan made with waiting priced at `fen_h`, in the money of the problem itself: the same stops at the same hours.

    What was proven, and said of cures and of who else could go, holds for the other money only; nothing of it is kept.
    """
    told = _told(problem, plan, fen_h, -1)
    return replace(
        told,
        unassigned=tuple(Unassigned(one.visit, Reason.waiting) for one in told.unassigned),
        explanations=(),
        notes=replace(
            told.notes, greedy_fen=None, pool_bound_fen=None, bound_fen=None, optimal=False, room_fen_h=fen_h
        ),
        margins=None,
    )


def cheaper_with_room(problem: Problem, one: Plan, other: Plan, fen_h: int) -> bool:
    """Whether `one` costs less than `other` when an hour's waiting weighs `fen_h` (0: in the problem's own money)."""
    if fen_h:
        one, other = (told_with_waiting(problem, plan, fen_h) for plan in (one, other))
    return one.cost.total < other.cost.total


def _waits(visit: Visit) -> bool:
    """Whether it has a price that this visit waits."""
    return not visit.windows and not (visit.pin is not None and visit.pin.frozen)


def _to_the_end_fen(problem: Problem, fen_h: int) -> int:
    """What leaving a visit out costs more: it waits until the last engineer is off duty, and a fen."""
    end_s = max((s.end_s + s.max_overtime_s for e in problem.engineers for s in e.shifts), default=problem.now_s)
    return fen_h * max(0, end_s - problem.now_s) // 3600 + 1


def _told(problem: Problem, plan: Plan, fen_h: int, sign: int) -> Plan:
    """The plan in the money of `problem`, in which waiting has got its price (`sign` 1) or lost it (-1).

    Only lateness and what is left out change, by known sums: laying a large day out for that would take seconds.
    """
    waiting = {visit.id: visit for visit in problem.visits if _waits(visit)}

    def waited_fen(stop: Stop) -> int:
        return half_up(fen_h * max(0, stop.start_s - problem.now_s), 3600)

    def route_told(route: Route) -> Route:
        fen = sign * sum(waited_fen(stop) for stop in route.stops if _is_of(stop, waiting))
        stops = tuple(
            replace(stop, late_s=_late_s(waiting[stop.ref], stop)) if _is_of(stop, waiting) else stop
            for stop in route.stops
        )
        return replace(route, stops=stops, cost=replace(route.cost, late=route.cost.late + fen))

    routes = tuple(map(route_told, plan.routes))
    late = sum(now.cost.late - before.cost.late for now, before in zip(routes, plan.routes, strict=True))
    left_out = sign * _to_the_end_fen(problem, fen_h) * sum(1 for one in plan.unassigned if one.visit in waiting)
    cost = replace(plan.cost, late=plan.cost.late + late, left_out=plan.cost.left_out + left_out)
    return replace(plan, routes=routes, cost=cost)


def _is_of(stop: Stop, visits: Collection[str]) -> bool:
    return stop.kind is StopKind.visit and stop.ref in visits


def _late_s(visit: Visit, stop: Stop) -> int:
    """By how much the stop misses what is most overdue of the visit's commitments."""
    times = {Judged.begin: stop.start_s, Judged.end: stop.end_s}
    return max([0, *(times[one.judged] - one.due_s for one in visit.commitments)])
