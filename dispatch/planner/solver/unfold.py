"""What becomes of a plan when work and roads take other times than planned (R9, R10).

Everybody keeps his stops and their order, and does each as early as he can: he waits for opening hours, for his crew
and for work that must come first, rests when a break is due, and comes all the same when he is too late. With the
planned times this is the plan itself. All samples are driven at once, one column each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch.planner.solver.plan import Plan, Route, Stop, StopKind
from dispatch.planner.solver.problem import Break, Depot, Engineer, Problem, Visit, Window

Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Times:
    """When service begins and ends, in seconds, one figure per sample."""

    begin: Samples
    end: Samples


def unfold(
    problem: Problem,
    plan: Plan,
    work: Callable[[Visit, Engineer], Samples],
    road: Callable[[Engineer, Stop], Samples],
    sent_s: Mapping[str, int] | None = None,
) -> dict[str, Times]:
    """When each visit of a legal plan would begin and end.

    `work` gives the seconds of service, `road` the factor on the leg that leads an engineer to a stop. Nobody sets off
    for a visit before the instant that `sent_s` names for it.
    """
    ground = _Ground(problem)
    happened: dict[str, Times] = {}
    for turn in _in_turn(ground, [_Way(ground, route) for route in plan.routes]):
        arrivals = [
            way.arrive(leg, road(way.engineer, leg.stop), (sent_s or {}).get(leg.stop.ref)) for way, leg in turn
        ]
        way, leg = turn[0]
        if leg.stop.kind is StopKind.depot:
            depot = ground.depots[leg.stop.ref]
            way.leave(opening(arrivals[0], depot.windows) + depot.handling_s)
            continue
        members = [ground.visits[leg.stop.ref] for _, leg in turn]
        begin = _begin(members, arrivals, happened)
        for (way, _), visit in zip(turn, members, strict=True):
            happened[visit.id] = Times(begin, begin + work(visit, way.engineer))
            way.leave(happened[visit.id].end)
    return happened


def lasts(visit: Visit, engineer: Engineer) -> int:
    """Seconds of service as planned."""
    return visit.duration_by.get(engineer.id, visit.duration_s)


def opening(arrival: Samples, windows: Sequence[Window]) -> Samples:
    """The first instant from `arrival` on at which service may begin; after the last window, the arrival itself."""
    begin = arrival
    for window in sorted(windows, key=lambda one: one.from_s, reverse=True):
        begin = np.where(arrival <= window.to_s, np.maximum(arrival, window.from_s), begin)
    return begin


def _begin(members: Sequence[Visit], arrivals: Sequence[Samples], happened: Mapping[str, Times]) -> Samples:
    """When a visit, or a crew all at once, begins after these arrivals."""
    if _frozen(members[0]):
        return arrivals[0]
    before = [happened[name].end for visit in members for name in visit.after if name in happened]
    begin = np.full(1, float(max(visit.release_s for visit in members)))
    for instant in (*arrivals, *before):
        begin = np.maximum(begin, instant)
    for visit in (*members, *members[:-1]):  # a crew with different hours agrees after a second round
        begin = opening(begin, visit.windows)
    return begin


def _frozen(visit: Visit) -> bool:
    return visit.pin is not None and visit.pin.frozen


@dataclass(frozen=True, slots=True)
class _Leg:
    """The way to a stop, the breaks taken on it, and since when work there is under way."""

    stop: Stop
    to: int
    rests: tuple[Break, ...]
    begun_s: int | None


class _Ground:
    """The problem by name, and its roads for many moments of setting off at once."""

    def __init__(self, problem: Problem) -> None:
        travel = problem.travel
        size = travel.metres.size
        self.now_s = problem.now_s
        self.visits = {visit.id: visit for visit in problem.visits}
        self.depots: dict[str, Depot] = {depot.id: depot for depot in problem.depots}
        self.engineers = {engineer.id: engineer for engineer in problem.engineers}
        self.seconds = [np.frombuffer(m.cells, "<i4").reshape(size, size) for m in travel.seconds]
        self.from_s = np.array([band.from_s for band in travel.bands])
        self.profile = np.array([band.profile for band in travel.bands])

    def driving(self, frm: int, to: int, leaving: Samples) -> Samples:
        """Seconds on the road for whoever sets off then."""
        band = np.maximum(np.searchsorted(self.from_s, leaving, side="right") - 1, 0)
        by_profile = np.array([float(seconds[frm, to]) for seconds in self.seconds])
        driven: Samples = by_profile[self.profile[band]]
        return driven


class _Way:
    """One engineer on one of his routes: where he is, and since when he is free."""

    def __init__(self, ground: _Ground, route: Route) -> None:
        self.ground = ground
        self.engineer = ground.engineers[route.engineer]
        shift = self.engineer.shifts[route.shift]
        self.ready = max(shift.start_s, self.engineer.available_from_s, ground.now_s)
        self.at = shift.start_location
        self.free: Samples = np.full(1, float(self.ready))
        self.legs = self._legs(shift.breaks, route)

    def _legs(self, breaks: Sequence[Break], route: Route) -> list[_Leg]:
        legs: list[_Leg] = []
        taken: list[Break] = []
        due: Iterator[Break] | None = None
        for stop in route.stops:
            visit = self.ground.visits[stop.ref] if stop.kind is StopKind.visit else None
            begun = visit.pin.start_s if visit is not None and visit.pin is not None and not legs else None
            if due is None:
                # A break that he was free for only after its last moment is not due any more.
                over = (
                    self.ready
                    if visit is None or begun is None
                    else max(begun + lasts(visit, self.engineer), self.ready)
                )
                due = iter([rest for rest in breaks if rest.latest_s >= over])
            if stop.kind is StopKind.rest:
                taken.append(next(due, Break(stop.start_s, stop.start_s, stop.end_s - stop.start_s)))
                continue
            to = visit.location if visit is not None else self.ground.depots[stop.ref].location
            legs.append(_Leg(stop, to, tuple(taken), begun))
            taken = []
        return legs

    def arrive(self, leg: _Leg, factor: Samples, sent_s: int | None) -> Samples:
        """When he stands at the stop's door; work under way has begun when it has."""
        if sent_s is not None:
            self.free = np.maximum(self.free, sent_s)
        if leg.begun_s is not None:
            arrival = np.full(1, float(leg.begun_s))
        else:
            arrival = self.free + self.ground.driving(self.at, leg.to, self.free) * factor
            over = self.free
            for rest in leg.rests:
                over = np.maximum(over, rest.earliest_s) + rest.duration_s
                arrival = np.maximum(arrival + rest.duration_s, over)
        self.at = leg.to
        return arrival

    def leave(self, end: Samples) -> None:
        """He is free again, but never before he can set off at all."""
        self.free = np.maximum(end, self.ready)


def _in_turn(ground: _Ground, ways: Iterable[_Way]) -> list[list[tuple[_Way, _Leg]]]:
    """All stops in the order in which the plan begins them, a crew's as one: whatever waits comes after its cause."""
    crews: dict[str, list[tuple[_Way, _Leg]]] = {}
    turns: list[list[tuple[_Way, _Leg]]] = []
    for way in ways:
        for leg in way.legs:
            visit = ground.visits[leg.stop.ref] if leg.stop.kind is StopKind.visit else None
            crew = None if visit is None or _frozen(visit) else visit.sync
            turn = crews.setdefault(crew, []) if crew is not None else []
            if not turn:
                turns.append(turn)
            turn.append((way, leg))
    return sorted(turns, key=lambda turn: (turn[0][1].stop.start_s, turn[0][1].stop.end_s))
