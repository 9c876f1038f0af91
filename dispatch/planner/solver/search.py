"""Ruin and recreate on exact money: take strings of neighbouring visits out, put them back cheapest, cool slowly.

After Christiaens & Vanden Berghe, Slack Induction by String Removals (2020). A bound from travel and lateness ranks
the places where a visit might go, so only the promising ones are priced. Stops by count or by time, never mid-step.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Container
from typing import Final

from dispatch.planner.solver.cost import Priced, late_fen
from dispatch.planner.solver.model import ANYWHERE, Model
from dispatch.planner.solver.state import State

POOL_LIMIT: Final = 30_000
PLACES_PRICED: Final = 24  # at most so many places of one visit are priced before the best so far is taken
HEAT: Final = 0.12  # of the mean price of a visit: what a step may cost at the start
COLD: Final = 0.005  # what is left of that at the end
BLINK: Final = 0.03
STRING: Final = 6
REMOVED: Final = 9.0  # visits taken out per round, on average
RETRIED: Final = 8  # visits left out that are tried again per round

PoolKey = tuple[int, tuple[int, ...], tuple[tuple[tuple[int, str], int], ...]]


class Pool:
    """Every route worth remembering: per shift, set of visits and pieces taken, the cheapest order seen."""

    def __init__(self) -> None:
        self.routes: dict[PoolKey, Priced] = {}

    def add(self, state: State) -> None:
        """Remembers the routes of a state."""
        for route in state.routes:
            self.add_route(route, state)

    def add_route(self, route: Priced, state: State) -> None:
        """Remembers one route unless a cheaper order of the same visits is known."""
        key = (route.duty, tuple(sorted(route.visits)), route.takes)
        known = self.routes.get(key)
        if known is None:
            if len(self.routes) < POOL_LIMIT:
                self.routes[key] = route
        elif state.pricer.own_fen(route) < state.pricer.own_fen(known):
            self.routes[key] = route


class Search:
    """One run of ruin and recreate; `best` is the cheapest state so far, `pool` every route it passed."""

    def __init__(self, start: State, seed: int) -> None:
        self.model: Model = start.model
        self.random = random.Random(seed)  # noqa: S311 - a seeded search, not a secret
        self.now = start.copy()
        self.best = start.copy()
        self.pool = Pool()
        self.pool.add(start)
        self.rounds = 0
        self._near = _neighbours(self.model)
        free = [call.index for call in self.model.calls if not call.held and self.model.anyone_may_serve(call.index)]
        self._free = set(free)
        self._all = free
        self._start_heat = max(1.0, HEAT * start.total / max(1, len(free)))

    def run(self, used: Callable[[int], float], *, until: float) -> None:
        """Works until the share of the budget used, which `used` tells from the rounds done, reaches `until`."""
        while self._all and (share := used(self.rounds)) < until:
            self.step(self._start_heat * COLD**share)

    def adopt(self, state: State) -> None:
        """Goes on from a state found elsewhere if it is cheaper."""
        if state.total < self.best.total:
            self.best, self.now = state.copy(), state.copy()

    def step(self, heat: float) -> None:
        """One ruin, one recreate, one decision."""
        self.rounds += 1
        trial = self.now.copy()
        out = self._ruin(trial)
        if out is None:
            return
        self._recreate(trial, out)
        for route, was in zip(trial.routes, self.now.routes, strict=True):
            if route is not was:
                self.pool.add_route(route, trial)
        # A worse plan is kept with the probability of simulated annealing, written so that one log suffices.
        if trial.total < self.now.total - heat * math.log(self.random.random() or 1e-12):
            self.now = trial
            if trial.total < self.best.total:
                self.best = trial.copy()

    def _ruin(self, state: State) -> list[int] | None:
        """Takes strings of visits around a random one out of their routes; the visits to put back, or None."""
        pick = self.random
        seed = pick.choice(self._all)
        average = sum(len(route.visits) for route in state.routes) / max(1, sum(1 for r in state.routes if r.visits))
        longest = max(1.0, min(STRING, average))
        strings = int(pick.uniform(1.0, 4.0 * REMOVED / (1.0 + longest))) or 1
        gone: set[int] = set()
        where = {visit: route.duty for route in state.routes for visit in route.visits}
        ruined: set[int] = set()
        for visit in self._near[seed]:
            if len(ruined) >= strings:
                break
            duty = where.get(visit)
            if visit not in self._free or duty is None or duty in ruined:
                continue
            ruined.add(duty)
            visits = state.routes[duty].visits
            length = int(pick.uniform(1.0, min(len(visits), longest) + 1.0))
            at = visits.index(visit)
            first = pick.randint(max(0, at - length + 1), min(at, len(visits) - length))
            gone.update(other for other in visits[first : first + length] if other in self._free)
        if not state.drop(gone):
            return None
        waiting = [visit for visit in state.left if visit in self._free]
        if len(waiting) > len(gone) + RETRIED:
            others = [visit for visit in waiting if visit not in gone]
            waiting = [*gone, *pick.sample(others, RETRIED)]
        return waiting

    def _recreate(self, state: State, out: list[int]) -> None:
        calls, pick = self.model.calls, self.random
        pick.shuffle(out)
        order = pick.random()
        if order < 0.35:
            out.sort(key=lambda visit: calls[visit].due_s)
        elif order < 0.55:
            out.sort(key=lambda visit: -calls[visit].left_out_fen)
        elif order < 0.7:
            out.sort(key=lambda visit: sum(calls[visit].may))
        for visit in out:
            found = cheapest(state, visit, blink=pick)
            if found is not None and found[0] < calls[visit].left_out_fen:
                state.put(found[1])


def cheapest(
    state: State,
    visit: int,
    *,
    blink: random.Random | None = None,
    engineers: Container[int] | None = None,
    exact: bool = False,
) -> tuple[int, Priced] | None:
    """The cheapest place for a visit in the present routes: (what the routes cost more, new route); None if nowhere.

    `engineers` narrows the choice to those; `blink` skips a place now and then, so that the search does not stick.
    The bound may err by what a depot call or a busier hour saves; `exact` prices every place instead.
    """
    best: tuple[int, Priced] | None = None
    tried = 0
    for bound, duty, place in sorted(_places(state, visit)):
        if engineers is not None and state.model.duties[duty].engineer not in engineers:
            continue
        if best is not None and not exact and (bound >= best[0] or tried >= PLACES_PRICED):
            break
        if blink is not None and blink.random() < BLINK:
            continue
        tried += 1
        visits = state.routes[duty].visits
        found = state.option(duty, (*visits[:place], visit, *visits[place:]))
        if found is not None and (best is None or found[0] < best[0]):
            best = found
    return best


def _places(state: State, visit: int) -> list[tuple[int, int, int]]:
    """Everywhere the visit might stand: (least extra money by travel and lateness, shift, position)."""
    model = state.model
    call = model.calls[visit]
    near, metres, at = model.shortest, model.metres, call.location
    to_here, from_here, way_from = [row[at] for row in near], near[at], metres[at]
    lates, windows_end = call.lates, call.last_s
    per_s, per_m = model.travel_fen_h / 3600, model.distance_fen_km / 1000
    places: list[tuple[int, int, int]] = []
    for route in state.routes:
        duty = model.duties[route.duty]
        if not model.may_serve(route.duty, visit):
            continue
        extra = call.extra_fen[duty.engineer] + (0 if route.visits else duty.on_call_fen)
        lasts = call.duration[duty.engineer]
        stops = [model.calls[other].location for other in route.visits]
        before = duty.start
        skip = len(duty.frozen)
        for place in range(len(stops) + 1):
            if place:
                before = stops[place - 1]
            if place < skip:
                continue
            arrive = max(route.departs[place] + to_here[before], call.release_s)
            if arrive > windows_end or arrive + lasts > duty.limit_s:
                break
            after = stops[place] if place < len(stops) else duty.home
            seconds, way = to_here[before], metres[before][at]
            if after != ANYWHERE:
                seconds += from_here[after] - near[before][after]
                way += way_from[after] - metres[before][after]
            bound = extra + seconds * per_s + way * per_m
            for late in lates:
                behind = (arrive + lasts if late.at_end else arrive) - late.due_s
                if behind > late.grace_s and late.cap < 0:
                    bound += late_fen(late, behind)
            places.append((int(bound), route.duty, place))
    return places


def _neighbours(model: Model) -> list[list[int]]:
    near = model.shortest
    spots = [call.location for call in model.calls]
    return [sorted(range(len(spots)), key=lambda other: near[here][spots[other]]) for here in spots]
