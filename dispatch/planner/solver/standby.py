"""Where idle engineers should wait: near the next call that must be reached in time, if the drive is worth it (R10).

Money again: each call expected is worth what reaching it in time saves, weighed with the chance that one of those who
stand within reach and have the skill is free, less what driving there costs. Whoever is busy when the call comes does
not count, so a second engineer beside a hospital is worth less than the first (maximum expected covering location,
Daskin 1983, with places and skills per engineer). Greedy, then the best change of any one or two engineers, then all
orders with a bound; `proven` says whether that came to its end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dispatch.planner.solver.checker_money import penalty
from dispatch.planner.solver.model import half_up
from dispatch.planner.solver.plan import Plan, StopKind
from dispatch.planner.solver.problem import Engineer, Problem, Visit

NODES: Final = 2000  # choices tried for the proof: some tenths of a second
STAYING_FEN: Final = 1e-4  # a move that gains nothing is not made

Figures = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Demand:
    """Calls expected at a place: thousandths of a call, the drive that still keeps the limit, what keeping it saves."""

    location: int
    calls_milli: int
    reach_s: int
    worth_fen: int
    skills: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Idle:
    """An engineer on duty with nothing to do, where he is, and where his shift ends (None: anywhere)."""

    engineer: str
    location: int
    home: int | None = None


@dataclass(frozen=True, slots=True)
class Stand:
    """Where an engineer should wait; the drive there, and what it adds to his day's driving on the way home too."""

    engineer: str
    location: int
    drive_s: int
    metres: int
    drive_fen: int


@dataclass(frozen=True, slots=True)
class Standby:
    """All stands, how many thousandths of a call they are expected to reach in time, and what that saves and costs."""

    stands: tuple[Stand, ...]
    reached_milli: int
    saved_fen: int
    drive_fen: int
    proven: bool


def expected_demand(
    past: Sequence[Sequence[Visit]], from_s: int, until_s: int, *, reach_s: int, late_s: int = 3600
) -> tuple[Demand, ...]:
    """What came in between these hours of past days, each day's calls as visits of the present problem.

    Reaching a call in time is worth what beginning it `late_s` after its limits would cost. Calls alike are added up.
    """
    seen: Counter[tuple[int, int, tuple[tuple[str, int], ...]]] = Counter()
    for day in past:
        for call in day:
            if from_s <= call.release_s < until_s:
                seen[call.location, _worth_fen(call, late_s), tuple(sorted(call.skills.items()))] += 1
    return tuple(
        Demand(location, half_up(1000 * count, len(past)), reach_s, worth_fen, dict(skills))
        for (location, worth_fen, skills), count in sorted(seen.items())
    )


def _worth_fen(call: Visit, late_s: int) -> int:
    return sum(penalty(limit, limit.due_s + late_s, limit.due_s + late_s) for limit in call.commitments)


def idle_engineers(problem: Problem, plan: Plan, at_s: int) -> tuple[Idle, ...]:
    """Whoever is on a shift at `at_s` and has no stop before him on it, at the place of his last stop."""
    spots = {(StopKind.visit, visit.id): visit.location for visit in problem.visits}
    spots |= {(StopKind.depot, depot.id): depot.location for depot in problem.depots}
    routes = {(route.engineer, route.shift): route for route in plan.routes}
    found: list[Idle] = []
    for engineer in problem.engineers:
        for number, shift in enumerate(engineer.shifts):
            if not max(shift.start_s, engineer.available_from_s) <= at_s < shift.end_s or shift.standby is not None:
                continue
            route = routes.get((engineer.id, number))
            stops = () if route is None else route.stops
            if all(stop.end_s <= at_s for stop in stops):
                last = [spots[stop.kind, stop.ref] for stop in stops if stop.kind is not StopKind.rest]
                found.append(Idle(engineer.id, last[-1] if last else shift.start_location, shift.end_location))
    return tuple(found)


def stand_by(
    problem: Problem,
    idle: Sequence[Idle],
    demands: Sequence[Demand],
    places: Sequence[int],
    *,
    at_s: int,
    busy_milli: int = 0,
) -> Standby:
    """The best of `places`, or to stay, for each idle engineer; driving times are those of `at_s`.

    `busy_milli` is the chance, in thousandths, that an engineer is busy when a call comes. Staying is preferred where
    nothing is gained.
    """
    if not 0 <= busy_milli < 1000:
        raise ValueError("the chance of being busy lies between 0 and 1")
    ground = _Ground(problem, idle, demands, places, at_s, busy_milli / 1000)
    chosen = ground.improved(ground.greedy())
    chosen, proven = _Proof(ground, chosen).run()
    stands = tuple(ground.stand(place, at) for place, at in enumerate(chosen))
    free = 1 - ground.missed(chosen)
    return Standby(
        stands=stands,
        reached_milli=round(float(ground.calls @ free) * 1000),
        saved_fen=round(float(ground.worth @ free)),
        drive_fen=sum(stand.drive_fen for stand in stands),
        proven=proven,
    )


class _Ground:
    """Who, where and what for as arrays: engineers × spots × demands."""

    def __init__(
        self,
        problem: Problem,
        idle: Sequence[Idle],
        demands: Sequence[Demand],
        places: Sequence[int],
        at_s: int,
        busy: float,
    ) -> None:
        self.problem, self.idle, self.busy = problem, idle, busy
        self.spots = sorted({*places, *(one.location for one in idle)})
        profile = [band.profile for band in problem.travel.bands if band.from_s <= at_s][-1:]
        size = problem.travel.metres.size
        chosen = profile[0] if profile else problem.travel.bands[0].profile
        self.seconds = np.frombuffer(problem.travel.seconds[chosen].cells, "<i4").reshape(size, size)
        self.metres = np.frombuffer(problem.travel.metres.cells, "<i4").reshape(size, size)
        people = {engineer.id: engineer for engineer in problem.engineers}
        self.calls = np.array([demand.calls_milli / 1000 for demand in demands])
        self.worth = np.array([demand.calls_milli * demand.worth_fen / 1000 for demand in demands])
        self.able = np.array([[_able(people[one.engineer], demand, at_s) for demand in demands] for one in idle])
        self.able = self.able.reshape(len(idle), len(demands)).astype(np.float64)
        self.near = np.array([[self.seconds[spot, d.location] <= d.reach_s for d in demands] for spot in self.spots])
        self.near = self.near.reshape(len(self.spots), len(demands)).astype(np.float64)
        self.cost = np.array([[self._cost(one, spot, places) for spot in self.spots] for one in idle])
        self.cost = self.cost.reshape(len(idle), len(self.spots))

    def drive(self, one: Idle, spot: int) -> tuple[int, int, int]:
        """Seconds and metres to the spot, and the fen that going there and then home costs more than going home."""
        if spot == one.location:
            return 0, 0, 0
        seconds, metres = int(self.seconds[one.location, spot]), int(self.metres[one.location, spot])
        more_s, more_m = seconds, metres
        if one.home is not None:
            more_s += int(self.seconds[spot, one.home]) - int(self.seconds[one.location, one.home])
            more_m += int(self.metres[spot, one.home]) - int(self.metres[one.location, one.home])
        rates = self.problem.rates
        time_fen = half_up(max(0, more_s) * rates.travel_fen_h, 3600)
        return seconds, metres, time_fen + half_up(max(0, more_m) * rates.distance_fen_km, 1000)

    def _cost(self, one: Idle, spot: int, places: Sequence[int]) -> float:
        if spot == one.location:
            return 0.0
        return self.drive(one, spot)[2] + STAYING_FEN if spot in places else np.inf

    def stand(self, place: int, at: int) -> Stand:
        """A choice as it is told."""
        one, spot = self.idle[place], self.spots[at]
        return Stand(one.engineer, spot, *self.drive(one, spot))

    def gains(self, missed: Figures, first: int = 0) -> Figures:
        """What each engineer from `first` on would add at each spot, with demands missed so likely by the others."""
        weights = (1 - self.busy) * self.worth * missed
        gains: Figures = (weights * self.able[first:]) @ self.near.T - self.cost[first:]
        return gains

    def after(self, missed: Figures, place: int, at: int) -> Figures:
        """The chances of a miss once this engineer stands there."""
        left: Figures = missed * (1 - (1 - self.busy) * self.able[place] * self.near[at])
        return left

    def missed(self, chosen: Sequence[int | None]) -> Figures:
        """The chance that nobody who stands within reach of a demand is free for it."""
        missed = np.ones(len(self.worth))
        for place, at in enumerate(chosen):
            if at is not None:
                missed = self.after(missed, place, at)
        return missed

    def value(self, chosen: Sequence[int]) -> float:
        """What the stands save less what they cost."""
        saved = float(self.worth @ (1 - self.missed(chosen)))
        return saved - sum(float(self.cost[place, at]) for place, at in enumerate(chosen))

    def greedy(self) -> list[int]:
        """One engineer after the other where he adds most."""
        chosen: list[int | None] = [None] * len(self.idle)
        missed = np.ones(len(self.worth))
        while None in chosen:
            gains = self.gains(missed)
            gains[[place for place, at in enumerate(chosen) if at is not None]] = -np.inf
            place, at = (int(n) for n in np.unravel_index(np.argmax(gains), gains.shape))
            chosen[place] = at
            missed = self.after(missed, place, at)
        return [at for at in chosen if at is not None]

    def improved(self, chosen: list[int]) -> list[int]:
        """The best change of any one or two engineers, until there is none."""
        best = self.value(chosen)
        better = True
        while better:
            better = False
            everyone = range(len(chosen))
            for one, two in (*zip(everyone, everyone, strict=True), *combinations(everyone, 2)):
                trial = self._moved(chosen, one, two)
                if self.value(trial) > best + STAYING_FEN:
                    chosen, best, better = trial, self.value(trial), True
        return chosen

    def _moved(self, chosen: list[int], one: int, two: int) -> list[int]:
        """The best spots for two engineers while the others stay."""
        others: list[int | None] = [None if place in (one, two) else at for place, at in enumerate(chosen)]
        missed = self.missed(others)
        gains = self.gains(missed)
        trial = list(chosen)
        if one == two:
            trial[one] = int(np.argmax(gains[one]))
            return trial
        both = self.worth * missed * self.able[one] * self.able[two] * (1 - self.busy) ** 2
        pairs = gains[one][:, None] + gains[two][None, :] - (self.near * both) @ self.near.T
        trial[one], trial[two] = (int(n) for n in np.unravel_index(np.argmax(pairs), pairs.shape))
        return trial


def _able(engineer: Engineer, demand: Demand, at_s: int) -> bool:
    for skill, level in demand.skills.items():
        held = engineer.skills.get(skill)
        if held is None or held.level < level or (held.expires_s is not None and held.expires_s < at_s):
            return False
    return True


class _Proof:
    """Every choice that might still be better, engineer by engineer.

    What an engineer adds only shrinks as others are placed, so what all who are left would add alone bounds the rest.
    """

    def __init__(self, ground: _Ground, start: list[int]) -> None:
        self.ground = ground
        self.best, self.best_value = start, ground.value(start) if start else 0.0
        self.nodes = 0

    def run(self) -> tuple[list[int], bool]:
        """The best stands found, and whether every other choice was excluded."""
        self._place([], np.ones(len(self.ground.worth)), 0.0)
        return self.best, self.nodes < NODES

    def _place(self, chosen: list[int], missed: Figures, value: float) -> None:
        ground, place = self.ground, len(chosen)
        if place == len(ground.idle):
            if value > self.best_value + STAYING_FEN:
                self.best, self.best_value = list(chosen), value
            return
        gains = ground.gains(missed, place)
        rest = float(gains[1:].max(axis=1).sum()) if len(gains) > 1 else 0.0
        for at in np.argsort(-gains[0], kind="stable"):
            if self.nodes >= NODES or value + float(gains[0, at]) + rest <= self.best_value + STAYING_FEN:
                return
            self.nodes += 1
            self._place([*chosen, int(at)], ground.after(missed, place, int(at)), value + float(gains[0, at]))
