"""Crews and orders of work placed anew: what the search of single routes cannot move, because it ties routes together.

The search holds a crew to one instant and work that follows other work to the hour between them. Here such a group is
taken out with some of its neighbours, its hours are opened, and all is put back where it costs least; what is cheaper
stays. Between two turns the hours are held again, so every other search may go on from here.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product
from typing import Final

from dispatch.planner.solver.cost import Priced
from dispatch.planner.solver.greedy import begin_of, hold_begin
from dispatch.planner.solver.model import EVER, Model
from dispatch.planner.solver.problem import Window
from dispatch.planner.solver.state import State

DUTIES: Final = 12  # shifts considered for one visit, nearest first
HOURS: Final = 6  # instants at which a crew is tried to begin
MATES: Final = 5  # engineers considered for each member of a crew at one instant
NEIGHBOURS: Final = 6  # visits beside the group that are taken out with it, at most

Hours = dict[int, tuple[tuple[Window, ...], int]]


@dataclass(frozen=True, slots=True)
class Place:
    """One way to put a visit into the present routes: what they cost more, the route, and when service begins."""

    extra_fen: int
    made: Priced
    begin_s: int


def groups(model: Model) -> list[list[int]]:
    """Visits tied to each other by crew or order, group by group; work under way is never among them."""
    visits, names = model.problem.visits, model.visit_index
    parent = list(range(len(visits)))

    def root(visit: int) -> int:
        while parent[visit] != visit:
            visit = parent[visit]
        return visit

    crews: dict[str, int] = {}
    for visit, source in enumerate(visits):
        tied = [names[name] for name in source.after]
        if source.sync is not None:
            tied.append(crews.setdefault(source.sync, visit))
        for other in tied:
            parent[root(other)] = root(visit)
    found: dict[int, list[int]] = {}
    for visit in range(len(visits)):
        if not model.calls[visit].frozen:
            found.setdefault(root(visit), []).append(visit)
    return [group for group in found.values() if len(group) > 1 or visits[group[0]].after]


def retie(state: State, seed: int, go_on: Callable[[int], bool]) -> State:
    """The state after as many turns as `go_on` (asked with the turns done) allows; never dearer than it was.

    The model's hours are held to those of the answer, so of several states of one model only the answer stays valid.
    """
    tied = groups(state.model)
    pick = random.Random(seed)  # noqa: S311 - a seeded search, not a secret
    turns = 0
    while tied and go_on(turns):
        state = _turn(state, tied[turns % len(tied)] if turns < len(tied) else pick.choice(tied), pick)
        turns += 1
    return state


def _turn(state: State, group: list[int], pick: random.Random) -> State:
    """The state with one group placed anew if that is cheaper, else the state as it was."""
    model = state.model
    hours = hours_of(model, group)
    trial = state.copy()
    beside = _beside(state, group, pick)
    if trial.drop([*group, *beside]):
        for visit in group:
            _open(trial, visit)
        before = pick.randint(0, len(beside))  # so many neighbours are put back before the group
        _put_all(trial, beside[:before], pick)
        for crew in _in_order(model, group):
            _place(trial, crew, pick)
        _put_all(trial, beside[before:], pick)
        if trial.total < state.total:
            return trial
    put_hours(state, hours)
    return state


def hours_of(model: Model, visits: Iterable[int] | None = None) -> Hours:
    """When visits may begin now; all of them if none are named."""
    return {
        visit: (model.calls[visit].windows, model.calls[visit].last_s)
        for visit in (range(len(model.calls)) if visits is None else visits)
    }


def put_hours(state: State, hours: Hours) -> None:
    """Lets visits begin when they might before."""
    for visit, (windows, last_s) in hours.items():
        state.model.calls[visit].windows, state.model.calls[visit].last_s = windows, last_s


def _beside(state: State, group: list[int], pick: random.Random) -> list[int]:
    """A few visits to move with the group: of its routes, of others that might serve it, and what is left out."""
    model = state.model
    touched = [route for route in state.routes if not set(group).isdisjoint(route.visits)]
    others = [route for route in state.routes if any(model.may_serve(route.duty, visit) for visit in group)]
    routes = touched + pick.sample(others, min(len(others), 3))
    near = {visit for route in routes for visit in route.visits} | state.left
    free = sorted(visit for visit in near if not model.calls[visit].held)
    return pick.sample(free, pick.randint(0, min(NEIGHBOURS, len(free))))


def _open(state: State, visit: int) -> None:
    """Gives a visit its own access hours back."""
    call = state.model.calls[visit]
    call.windows = tuple(sorted(state.model.problem.visits[visit].windows, key=lambda window: window.from_s))
    call.last_s = max((window.to_s for window in call.windows), default=EVER)


def _in_order(model: Model, group: list[int]) -> list[list[int]]:
    """The crews of a group, and single visits as crews of one, none before the work it follows."""
    visits, names = model.problem.visits, model.visit_index
    crews: dict[str, list[int]] = {}
    for visit in group:
        crews.setdefault(visits[visit].sync or f"\0{visit}", []).append(visit)
    ahead, done, turn = list(crews.values()), set[int](), list[list[int]]()
    inside = set(group)
    while ahead:
        ready = [c for c in ahead if all({names[n] for v in c for n in visits[v].after} & inside <= done for _ in c)]
        if not ready:  # a crew that waits for one of its own can never begin
            return turn
        turn.append(ready[0])
        done.update(ready[0])
        ahead.remove(ready[0])
    return turn


def _put_all(state: State, visits: Iterable[int], pick: random.Random) -> None:
    for visit in visits:
        _alone(state, visit, state.model.calls[visit].left_out_fen, pick)


def _place(state: State, crew: list[int], pick: random.Random) -> None:
    """Puts a crew, or a visit that follows others, where it costs least, and holds its hours; or leaves it out."""
    model = state.model
    before = [model.visit_index[name] for visit in crew for name in model.problem.visits[visit].after]
    times = {other: begin_of(state, other) for other in before}
    planned = {other: time for other, time in times.items() if time is not None}
    if len(planned) < len(times):
        return
    hours = hours_of(model, planned)
    for other, (begin, end) in planned.items():
        hold_begin(state, other, -EVER, begin)  # while a place is sought, what is followed must not slide behind it
        for visit in crew:
            hold_begin(state, visit, end, EVER)
    # What others wait for may be done at a loss, for their sake; the whole turn is judged in the end.
    worth = sum(model.calls[visit].left_out_fen for visit in {*crew, *_followers(model, crew)})
    begin_s = _alone(state, crew[0], worth, pick) if len(crew) == 1 else _together(state, crew, worth, pick)
    put_hours(state, hours)
    for other, (begin, end) in planned.items() if begin_s is not None else ():
        between = pick.choice((end, begin_s or end))
        hold_begin(state, other, -EVER, between - (end - begin))
        for visit in crew:
            hold_begin(state, visit, between, EVER)


def _followers(model: Model, crew: list[int]) -> list[int]:
    ids = {model.calls[visit].id for visit in crew}
    return [call.index for call in model.calls if not ids.isdisjoint(model.problem.visits[call.index].after)]


def _alone(state: State, visit: int, worth: int, pick: random.Random) -> int | None:
    """Puts one visit; when it begins, or None if it is left out."""
    ways = sorted((way for way in _ways(state, visit) if way.extra_fen < worth), key=lambda way: way.extra_fen)
    if not ways:
        return None
    # The cheapest place now is not always the cheapest for what follows.
    way = ways[min(len(ways) - 1, int(pick.expovariate(1.2)))]
    state.put(way.made)
    return way.begin_s


def _together(state: State, crew: list[int], worth: int, pick: random.Random) -> int | None:
    """Puts a whole crew, each with another engineer, at one instant; that instant, or None if nobody goes."""
    model = state.model
    ways = [list(_ways(state, visit)) for visit in crew]
    if not all(ways):
        return None
    earliest = max(min(way.begin_s for way in some) for some in ways)
    hours = sorted({way.begin_s for some in ways for way in some if way.begin_s >= earliest})
    if len(hours) > HOURS:
        hours = [hours[0], *sorted(pick.sample(hours[1:], HOURS - 1))]
    opened = hours_of(model, crew)
    best: tuple[int, int, tuple[Place, ...]] | None = None
    for hour in hours:
        for visit in crew:
            hold_begin(state, visit, hour, hour)
        found = _cheapest_team(state, crew)
        if found is not None and found[0] < (worth if best is None else best[0]):
            best = (found[0], hour, found[1])
        put_hours(state, opened)
    if best is None:
        return None
    for visit in crew:
        hold_begin(state, visit, best[1], best[1])
    apart = state.copy()
    # Two members may have been counting on one piece, so each is priced again beside those already put.
    for way in best[2]:
        again = state.option(way.made.duty, way.made.visits)
        if again is None:
            state.become(apart)
            return None
        state.put(again[1])
    return best[1]


def _cheapest_team(state: State, crew: list[int]) -> tuple[int, tuple[Place, ...]] | None:
    """Different engineers for a crew whose hour is held, at the least sum."""
    duties = state.model.duties
    choices: list[list[Place]] = []
    for visit in crew:
        by_engineer: dict[int, Place] = {}
        for way in _ways(state, visit):
            who = duties[way.made.duty].engineer
            if who not in by_engineer or way.extra_fen < by_engineer[who].extra_fen:
                by_engineer[who] = way
        choices.append(sorted(by_engineer.values(), key=lambda way: way.extra_fen)[: max(MATES, len(crew))])
    best: tuple[int, tuple[Place, ...]] | None = None
    for team in product(*choices):
        if len({duties[way.made.duty].engineer for way in team}) == len(crew):
            fen = sum(way.extra_fen for way in team)
            if best is None or fen < best[0]:
                best = (fen, team)
    return best


def _ways(state: State, visit: int) -> Iterable[Place]:
    """Every position of the visit in the routes of the shifts nearest to it."""
    model = state.model
    call, near = model.calls[visit], model.shortest
    able = [route for route in state.routes if model.may_serve(route.duty, visit)]
    if len(able) > DUTIES:
        able.sort(key=lambda route: min(near[spot][call.location] for spot in _spots(model, route)))
    for route in able[:DUTIES]:
        duty = model.duties[route.duty]
        for place in range(len(duty.frozen), len(route.visits) + 1):
            found = state.option(route.duty, (*route.visits[:place], visit, *route.visits[place:]))
            if found is not None:
                yield Place(*found, _begin(state, found[1], visit))


def _spots(model: Model, route: Priced) -> list[int]:
    return [model.duties[route.duty].start, *(model.calls[visit].location for visit in route.visits)]


def _begin(state: State, made: Priced, visit: int) -> int:
    duty = state.model.duties[made.duty]
    walk = state.pricer.walk(duty, made.nodes, made.rests)
    if walk is None:
        raise AssertionError("a priced route can be driven")
    return walk.departs[made.nodes.index(visit) + 1] - state.model.calls[visit].duration[duty.engineer]
