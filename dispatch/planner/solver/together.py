"""A visit that is left out with all that must go with it – mates, work that comes before –, put in at once (R6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Final

from dispatch.planner.solver.cost import Priced
from dispatch.planner.solver.greedy import begin_of, hold_begin
from dispatch.planner.solver.lift import lifted
from dispatch.planner.solver.model import EVER, Model
from dispatch.planner.solver.placing import cheapest
from dispatch.planner.solver.state import State

DUTIES: Final = 8  # shifts considered for each member of a crew, nearest first
HOURS: Final = 6  # instants at which a crew is tried to begin
PLACES: Final = 2  # in a route, for a begin at a given instant: the last ones that are reached by then

Team = tuple[Priced, ...]
Begins = dict[int, list[tuple[int, int]]]  # shift → (earliest begin, place)


def group_of(state: State, visit: int, *, alone: bool = False, unordered: bool = False) -> tuple[tuple[int, ...], ...]:
    """Crews (of one, mostly) of visits left out that have to be put in for this one, in an order in which they can be.

    `alone` leaves its mates aside, `unordered` the work that it follows.
    """
    model, found, done = state.model, list[tuple[int, ...]](), set[int]()

    def add(crew: tuple[int, ...], *, first: bool) -> None:
        done.update(crew)
        for member in crew:
            after = () if first and unordered else model.problem.visits[member].after
            for other in sorted(model.visit_index[name] for name in after):
                if other in state.left and other not in done:
                    add(crew_of(model, other), first=False)
        found.append(crew)

    add((visit,) if alone else crew_of(model, visit), first=True)
    return tuple(found)


def crew_of(model: Model, visit: int) -> tuple[int, ...]:
    """The visit and its mates that are not under way."""
    sync = model.problem.visits[visit].sync
    if sync is None:
        return (visit,)
    return tuple(c.index for c in model.calls if not c.frozen and model.problem.visits[c.index].sync == sync)


def with_group(state: State, group: Sequence[tuple[int, ...]], *, anyhow: bool = False) -> State | None:
    """The state with all crews of the group in it, each where it then costs least; None if one finds no place.

    `anyhow` is content with the first hour found for a crew. The given state's model is not to be used for anything
    else: hours are held in it.
    """
    if not all(state.model.anyone_may_serve(visit) for crew in group for visit in crew):
        return None
    after = state.copy()
    for crew in group:
        for visit in crew:
            _hold_behind(after, visit)
        if not (_put_one(after, crew[0]) if len(crew) == 1 else _put_crew(after, crew, anyhow)):
            return None
    return after


def own_calls(model: Model, group: Sequence[tuple[int, ...]]) -> None:
    """Lets the model's calls be narrowed for this group without changing those of other models."""
    names = {name for crew in group for visit in crew for name in model.problem.visits[visit].after}
    for visit in {visit for crew in group for visit in crew} | {model.visit_index[name] for name in names}:
        model.calls[visit] = replace(model.calls[visit])


def squeeze_groups_in(state: State, left_s: Callable[[], float]) -> State:
    """The state with every crew and order of work that was left out put in where that is cheaper than leaving it out.

    The answer may have a model of its own. `left_s` tells how much time is left for it.
    """
    for visit in sorted(state.left):
        if visit in state.left and state.model.calls[visit].held and left_s() > 0:
            group = group_of(state, visit)
            trial = lifted(state, [member for crew in group for member in crew], ())
            own_calls(trial.model, group)
            after = with_group(trial, group)
            if after is not None and after.total < state.total:
                state = after
    return state


def _hold_behind(state: State, visit: int) -> None:
    """Lets a visit begin only after the planned work it follows, and keeps that from sliding later."""
    model = state.model
    for other in (model.visit_index[name] for name in model.problem.visits[visit].after):
        times = begin_of(state, other)
        if times is not None:
            hold_begin(state, other, -EVER, times[0])
            hold_begin(state, visit, times[1], EVER)


def _put_one(state: State, visit: int) -> bool:
    found = cheapest(state, visit)
    if found is not None:
        state.put(found[1])
    return found is not None


def _put_crew(state: State, crew: Sequence[int], anyhow: bool) -> bool:
    """Puts a whole crew at the instant at which that costs least, or at the first one; False if there is none."""
    calls = state.model.calls
    open_hours = [(calls[visit].windows, calls[visit].last_s) for visit in crew]
    if not all(any(_made(state, visit)) for visit in crew):
        return False
    ways = [_begins(state, visit) for visit in crew]
    best: tuple[int, int, Team] | None = None
    for hour in _hours(ways):
        for visit in crew:
            hold_begin(state, visit, hour, hour)
        team = _team(state, crew, ways, hour)
        if team is not None and (best is None or team[0] < best[0]):
            best = (team[0], hour, team[1])
        for visit, (windows, last_s) in zip(crew, open_hours, strict=True):
            calls[visit].windows, calls[visit].last_s = windows, last_s
        if anyhow and best is not None:
            break
    if best is None:
        return False
    for visit in crew:
        hold_begin(state, visit, best[1], best[1])
    # Two members may have been counting on one piece, so each is priced again beside those already put.
    for way in best[2]:
        again = state.option(way.duty, way.visits)
        if again is None:
            return False
        state.put(again[1])
    return True


def _begins(state: State, visit: int) -> Begins:
    """Of the nearest shifts each place of the visit in their routes, with its earliest begin there."""
    found: Begins = {}
    for place, made in _made(state, visit):
        found.setdefault(made.duty, []).append((_begin(state, made, visit), place))
    return found


def _made(state: State, visit: int) -> Iterator[tuple[int, Priced]]:
    """(place, route) for each place of the visit in the routes of the nearest shifts."""
    model, near, at = state.model, state.model.shortest, state.model.calls[visit].location
    able = [route for route in state.routes if model.may_serve(route.duty, visit)]
    if len(able) > DUTIES:
        spots = {r.duty: [model.duties[r.duty].start, *(model.calls[v].location for v in r.visits)] for r in able}
        able.sort(key=lambda route: min(near[spot][at] for spot in spots[route.duty]))
    for route in able[:DUTIES]:
        for place in range(len(model.duties[route.duty].frozen), len(route.visits) + 1):
            made = state.option(route.duty, _with(route, visit, place))
            if made is not None:
                yield place, made[1]


def _with(route: Priced, visit: int, place: int) -> tuple[int, ...]:
    return (*route.visits[:place], visit, *route.visits[place:])


def _begin(state: State, made: Priced, visit: int) -> int:
    duty = state.model.duties[made.duty]
    walk = state.pricer.walk(duty, made.nodes, made.rests)
    if walk is None:
        raise AssertionError("a priced route can be driven")
    return walk.departs[made.nodes.index(visit) + 1] - state.model.calls[visit].duration[duty.engineer]


def _hours(ways: Sequence[Begins]) -> list[int]:
    """Instants at which every member may have a place, spread over the day, the earliest among them."""
    earliest = max(min(begin for some in one.values() for begin, _ in some) for one in ways)
    hours = sorted({begin for one in ways for some in one.values() for begin, _ in some if begin >= earliest})
    return hours[:: -(-len(hours) // HOURS)]


def _team(state: State, crew: Sequence[int], ways: Sequence[Begins], hour: int) -> tuple[int, Team] | None:
    """Different engineers for a crew whose hour is held, at the least sum."""
    duties = state.model.duties
    choices: list[list[tuple[int, Priced]]] = []
    for visit, begins in zip(crew, ways, strict=True):
        by_engineer: dict[int, tuple[int, Priced]] = {}
        for duty, some in begins.items():
            who = duties[duty].engineer
            for place in [place for begin, place in some if begin <= hour][-PLACES:]:
                made = state.option(duty, _with(state.routes[duty], visit, place))
                if made is not None and (who not in by_engineer or made[0] < by_engineer[who][0]):
                    by_engineer[who] = made
        choices.append(sorted(by_engineer.values(), key=lambda made: made[0])[: len(crew) + 1])
    teams = [
        (sum(fen for fen, _ in team), tuple(made for _, made in team))
        for team in product(*choices)
        if len({duties[made.duty].engineer for _, made in team}) == len(crew)
    ]
    return min(teams, key=lambda team: team[0], default=None)
