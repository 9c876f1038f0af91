"""A visit that is left out with all that must go with it – mates, work that comes before –, put in at once (R6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Final, NamedTuple

from dispatch.planner.solver.cost import Priced, late_fen
from dispatch.planner.solver.greedy import begin_of, hold_begin
from dispatch.planner.solver.lift import lifted
from dispatch.planner.solver.model import EVER, Model
from dispatch.planner.solver.placing import cheapest, places_in_time
from dispatch.planner.solver.state import State

DUTIES: Final = 8  # shifts considered for each member of a crew, nearest first
HOURS_WEIGHED: Final = 24  # instants at which a crew might begin, spread over the day
HOURS: Final = 6  # of them, that promise most, at which it is tried to begin; more only while none will do
PLACES: Final = 2  # in a route, for a begin at a given instant: the last ones that are reached by then


class Way(NamedTuple):
    """One place of a visit in a shift's route: when it begins there at the earliest, and what the route then costs more."""

    begin_s: int
    duty: int
    place: int
    extra_fen: int
    made: Priced


Team = tuple[Priced, ...]


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


def with_group(state: State, group: Sequence[tuple[int, ...]]) -> State | None:
    """The state with all crews of the group in it, each where it then costs least; None if one finds no place.

    The given state's model is not to be used for anything else: hours are held in it.
    """
    if not may_be_manned(state.model, group):
        return None
    after = state.copy()
    for crew in group:
        for visit in crew:
            _hold_behind(after, visit)
        if not (_put_one(after, crew[0]) if len(crew) == 1 else _put_crew(after, crew)):
            return None
    return after


def may_be_manned(model: Model, group: Iterable[Sequence[int]]) -> bool:
    """Whether different engineers may be sent to the members of each crew, hours and parts aside."""
    return all(
        _apart([{duty.engineer for duty in model.duties if model.may_serve(duty.index, visit)} for visit in crew])
        for crew in group
    )


def _apart(choices: Sequence[set[int]]) -> bool:
    """Whether each can have an engineer to himself."""
    if not choices:
        return True
    fewest, *others = sorted(choices, key=len)
    return any(_apart([other - {engineer} for other in others]) for engineer in fewest)


def own_calls(model: Model, group: Sequence[tuple[int, ...]]) -> None:
    """Lets the model's calls be narrowed for this group without changing those of other models."""
    names = {name for crew in group for visit in crew for name in model.problem.visits[visit].after}
    for visit in {visit for crew in group for visit in crew} | {model.visit_index[name] for name in names}:
        model.calls[visit] = replace(model.calls[visit])


def squeeze_groups_in(state: State, left_s: Callable[[], float]) -> State:
    """The state with every crew and order of work that was left out put in where that is cheaper than leaving it out.

    The answer may have a model of its own. `left_s` tells how much time is left for it.
    """
    failed: set[tuple[tuple[int, ...], ...]] = set()
    for visit in sorted(state.left):
        if left_s() <= 0:
            break
        if visit in state.left and state.model.calls[visit].held and (group := group_of(state, visit)) not in failed:
            trial = lifted(state, [member for crew in group for member in crew], ())
            own_calls(trial.model, group)
            after = with_group(trial, group)
            if after is not None and after.total < state.total:
                state, failed = after, set()
            else:
                failed.add(group)
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


def _put_crew(state: State, crew: Sequence[int]) -> bool:
    """Puts a whole crew at the instant at which that costs least; False if there is none."""
    calls = state.model.calls
    open_hours = [(calls[visit].windows, calls[visit].last_s) for visit in crew]
    if not all(any(_ways(state, visit)) for visit in crew):  # nothing more is priced if one of them finds no place
        return False
    best: tuple[int, int, Team] | None = None
    for number, (hour, members) in enumerate(_hours(state, crew)):
        if best is not None and (number >= HOURS or _least_fen(members) >= best[0]):
            break
        for visit in crew:
            hold_begin(state, visit, hour, hour)
        team = _team(state, crew, hour, members, EVER * EVER if best is None else best[0])
        if team is not None and (best is None or team[0] < best[0]):
            best = (team[0], hour, team[1])
        for visit, (windows, last_s) in zip(crew, open_hours, strict=True):
            calls[visit].windows, calls[visit].last_s = windows, last_s
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


def _ways(state: State, visit: int) -> Iterator[Way]:
    """Each place of the visit in the routes of the nearest shifts."""
    model, near, at = state.model, state.model.shortest, state.model.calls[visit].location
    able = [route for route in state.routes if model.may_serve(route.duty, visit)]
    if len(able) > DUTIES:
        spots = {r.duty: [model.duties[r.duty].start, *(model.calls[v].location for v in r.visits)] for r in able}
        able.sort(key=lambda route: min(near[spot][at] for spot in spots[route.duty]))
    for route in able[:DUTIES]:
        for place in places_in_time(state, route.duty, visit):
            found = state.option(route.duty, _with(route, visit, place))
            if found is not None:
                yield Way(_begin(state, found[1], visit), route.duty, place, *found)


def _with(route: Priced, visit: int, place: int) -> tuple[int, ...]:
    return (*route.visits[:place], visit, *route.visits[place:])


def _begin(state: State, made: Priced, visit: int) -> int:
    duty = state.model.duties[made.duty]
    walk = state.pricer.walk(duty, made.nodes, made.rests)
    if walk is None:
        raise AssertionError("a priced route can be driven")
    return walk.departs[made.nodes.index(visit) + 1] - state.model.calls[visit].duration[duty.engineer]


def _hours(state: State, crew: Sequence[int]) -> list[tuple[int, list[list[Way]]]]:
    """Instants at which all members may begin, each with the ways of each member; what promises most comes first."""
    ways = [sorted(_ways(state, visit)) for visit in crew]
    if not _apart([{state.model.duties[way.duty].engineer for way in some} for some in ways]):
        return []
    earliest = max(some[0].begin_s for some in ways)
    hours = sorted({way.begin_s for some in ways for way in some if way.begin_s >= earliest})
    weighed = [
        (hour, [_open_by(state, visit, some, hour) for visit, some in zip(crew, ways, strict=True)])
        for hour in hours[:: -(-len(hours) // HOURS_WEIGHED)]
    ]
    return sorted(weighed, key=lambda one: _least_fen(one[1]))


def _least_fen(members: Sequence[Sequence[Way]]) -> int:
    return sum(some[0].extra_fen for some in members)


def _open_by(state: State, visit: int, ways: Iterable[Way], hour: int) -> list[Way]:
    """The last ways of each shift that are open at an instant, with about what they cost then; the cheapest first."""
    of_shift: dict[int, list[Way]] = {}
    for way in ways:
        if way.begin_s <= hour:
            of_shift.setdefault(way.duty, []).append(way)
    found = [
        way._replace(extra_fen=way.extra_fen + _waiting_fen(state, visit, way, hour))
        for some in of_shift.values()
        for way in some[-PLACES:]
    ]
    return sorted(found, key=lambda way: way.extra_fen)


def _waiting_fen(state: State, visit: int, way: Way, hour: int) -> int:
    """What the visit itself is later by when it waits for an instant, in money; caps and what comes after it aside."""
    call = state.model.calls[visit]
    lasts = call.duration[state.model.duties[way.duty].engineer]
    return sum(
        late_fen(late, hour + past) - late_fen(late, way.begin_s + past)
        for late in call.lates
        if late.cap < 0
        for past in [late.at_end * lasts - late.due_s]
    )


def _team(
    state: State, crew: Sequence[int], hour: int, members: Sequence[Sequence[Way]], below: int
) -> tuple[int, Team] | None:
    """Different engineers for a crew whose hour is held, at the least sum, if that is `below`."""
    duties, least = state.model.duties, _least_fen(members)
    choices: list[list[tuple[int, Priced]]] = []
    for visit, some in zip(crew, members, strict=True):
        in_time = {duty: set(places_in_time(state, duty, visit)) for duty in {way.duty for way in some}}
        by_engineer: dict[int, tuple[int, Priced]] = {}
        for way in some:
            who = duties[way.duty].engineer
            if least - some[0].extra_fen + way.extra_fen >= below:
                break
            if way.place not in in_time[way.duty] or (who in by_engineer and way.extra_fen >= by_engineer[who][0]):
                continue
            made = (way.extra_fen, way.made) if way.begin_s == hour else state.option(way.duty, way.made.visits)
            if made is not None and (who not in by_engineer or made[0] < by_engineer[who][0]):
                by_engineer[who] = made
        if not by_engineer:
            return None
        choices.append(sorted(by_engineer.values(), key=lambda made: made[0])[: len(members) + 1])
    teams = [
        (sum(fen for fen, _ in team), tuple(made for _, made in team))
        for team in product(*choices)
        if len({duties[made.duty].engineer for _, made in team}) == len(members)
    ]
    return min(teams, key=lambda team: team[0], default=None)
