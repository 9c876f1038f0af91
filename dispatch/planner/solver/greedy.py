"""What a good dispatcher does by hand: calls by due time, each to the nearest who can be on time (P41's simple plan).

Always legal, needs no solver, milliseconds. Crews and work that follows other work are placed here first, and their
hours are then held fast, so that every route can be improved alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from itertools import product
from typing import Final

from dispatch.planner.solver.assemble import late_money
from dispatch.planner.solver.cost import Pricer
from dispatch.planner.solver.model import EVER, Call, Model
from dispatch.planner.solver.placing import cheapest
from dispatch.planner.solver.problem import Window
from dispatch.planner.solver.state import State

AHEAD_S: Final = 7200  # level 1 is dispatched as if due two hours earlier
NEVER: Final = Window(EVER, -EVER)  # a narrowed window with no instant left
CREW_CHOICES: Final = 5  # shifts considered for each member of a crew


def greedy_state(model: Model, pricer: Pricer) -> State:
    """The simple plan as a state; crews and orders of work come out held (`Call.held`)."""
    state = State(model, pricer)
    hold_tied(state)
    _place(state, _in_turn(model))
    squeeze_in(state)
    return state


def _place(state: State, turn: Iterable[int]) -> None:
    """Gives each visit in turn the end of somebody's day, a crew at once."""
    model = state.model
    placed: set[int] = set()
    for visit in turn:
        call = model.calls[visit]
        if visit in placed or call.frozen:
            continue
        source = model.problem.visits[visit]
        if source.sync is not None:
            crew = [c.index for c in model.calls if not c.frozen and model.problem.visits[c.index].sync == source.sync]
            placed.update(crew)
            _place_crew(state, crew)
        elif _may_begin_after(state, visit):
            _append(state, visit)
            _hold_order(state, visit)


def tied_state(model: Model, pricer: Pricer) -> State:
    """Only what hangs together is placed – crews, orders of work –, as early as can be; the rest is left out."""
    state = State(model, pricer)
    hold_tied(state)
    _place(state, [visit for visit in _in_turn(model) if model.calls[visit].held])
    return state


def squeeze_in(
    state: State, left_s: Callable[[], float] | None = None, *, visits: Collection[int] | None = None
) -> None:
    """Puts what is left out, or of it these visits, between the stops planned, wherever that is cheaper than leaving it.

    `left_s` tells how much time is left for it; the most urgent come first.
    """
    model = state.model
    for visit in sorted(state.left if visits is None else visits, key=lambda visit: _urgency(model.calls[visit])):
        if left_s is not None and left_s() <= 0:
            return
        if not model.calls[visit].held:
            found = cheapest(state, visit, exact=True)
            if found is not None and found[0] < model.calls[visit].left_out_fen:
                state.put(found[1])


def _urgency(call: Call) -> tuple[int, int]:
    return call.due_s - (AHEAD_S if call.level == 1 else 0), call.index


def _in_turn(model: Model) -> list[int]:
    """Calls by due time, but never before the work they follow."""
    names = model.visit_index
    waits = {c.index: {names[v] for v in model.problem.visits[c.index].after} for c in model.calls}
    turn: list[int] = []
    done: set[int] = set()
    ahead = sorted(waits, key=lambda visit: _urgency(model.calls[visit]))
    while ahead:
        visit = next(visit for visit in ahead if waits[visit] <= done)
        ahead.remove(visit)
        done.add(visit)
        turn.append(visit)
    return turn


def _append(state: State, visit: int) -> bool:
    """Puts the visit at the end of somebody's day if that is cheaper than leaving it; says whether it did."""
    model = state.model
    call = model.calls[visit]
    best: tuple[tuple[int, int], int, tuple[int, ...]] | None = None
    for route in state.routes:
        if not model.may_serve(route.duty, visit):
            continue
        made = state.option(route.duty, (*route.visits, visit))
        if made is None or made[0] > call.left_out_fen:
            continue
        start = made[1].departs[-1] - call.duration[model.duties[route.duty].engineer]
        late = late_money(state, visit, start, model.duties[route.duty].engineer)
        rank = (late, made[0] if late == 0 else start)
        if best is None or rank < best[0]:
            best = (rank, route.duty, (*route.visits, visit))
    if best is None:
        return False
    found = state.option(best[1], best[2])
    if found is None:
        return False
    state.put(found[1])
    return True


def begin_of(state: State, visit: int) -> tuple[int, int] | None:
    """When the planned visit begins and ends; None when nobody does it."""
    duty = state.duty_of(visit)
    if duty is None:
        return None
    route = state.routes[duty]
    call = state.model.calls[visit]
    lasts = call.duration[state.model.duties[duty].engineer]
    walk = state.pricer.walk(state.model.duties[duty], route.nodes, route.rests)
    if walk is None:
        raise AssertionError("a priced route can be driven")
    if call.pin is not None and call.pin.start_s is not None:
        return call.pin.start_s, call.pin.start_s + lasts
    ends = walk.departs[route.nodes.index(visit) + 1]
    return ends - lasts, ends


def hold_begin(state: State, visit: int, from_s: int, to_s: int) -> None:
    """Holds the begin of a visit between two instants from now on."""
    call = state.model.calls[visit]
    if call.frozen:
        return
    kept = [Window(max(w.from_s, from_s), min(w.to_s, to_s)) for w in call.windows or (Window(-EVER, EVER),)]
    call.windows = tuple(window for window in kept if window.from_s <= window.to_s) or (NEVER,)
    call.last_s = call.windows[-1].to_s
    if visit not in state.model.tied:
        state.pricer.forget()


def _may_begin_after(state: State, visit: int) -> bool:
    """Narrows the visit to begin after the work it follows; False when that work is not planned."""
    before = [state.model.visit_index[name] for name in state.model.problem.visits[visit].after]
    ends = [begin_of(state, other) for other in before]
    if any(end is None for end in ends):
        return False
    if ends:
        hold_begin(state, visit, max(end for _, end in (e for e in ends if e is not None)), EVER)
        return state.model.calls[visit].windows != (NEVER,)
    return True


def _hold_order(state: State, visit: int) -> None:
    """Keeps the work this visit follows from sliding later than it is planned now."""
    if state.duty_of(visit) is None:
        return
    for name in state.model.problem.visits[visit].after:
        other = state.model.visit_index[name]
        times = begin_of(state, other)
        if times is not None:
            hold_begin(state, other, -EVER, times[0])


def hold_tied(state: State) -> None:
    """Whatever is under way, in a crew or in an order of work stays where this module puts it, or is left out."""
    for call in state.model.calls:
        call.held = call.frozen or call.index in state.model.tied


def _place_crew(state: State, crew: list[int]) -> None:
    """Gives each member the end of another engineer's day, all beginning together as early as can be; or nobody."""
    model = state.model
    if any(model.problem.visits[v].sync and model.problem.visits[v].after for v in crew) and not all(
        _may_begin_after(state, v) for v in crew
    ):
        return
    choices = [_earliest(state, visit) for visit in crew]
    best: tuple[int, int, tuple[int, ...]] | None = None
    for picked in product(*choices):
        duties = tuple(duty for _, duty in picked)
        if len({model.duties[duty].engineer for duty in duties}) < len(crew):
            continue
        together = max(start for start, _ in picked)
        rank = (together, sum(start for start, _ in picked), duties)
        if best is None or rank < best:
            best = rank
    if best is None:
        return
    before = state.copy()
    windows = [(visit, model.calls[visit].windows, model.calls[visit].last_s) for visit in crew]
    for visit in crew:
        hold_begin(state, visit, best[0], best[0])
    if all(_join(state, visit, duty) for visit, duty in zip(crew, best[2], strict=True)) and state.total < before.total:
        for visit in crew:
            _hold_order(state, visit)
        return
    for visit, were, last in windows:
        model.calls[visit].windows, model.calls[visit].last_s = were, last
    state.become(before)


def _earliest(state: State, visit: int) -> list[tuple[int, int]]:
    model = state.model
    found: list[tuple[int, int]] = []
    for route in state.routes:
        if model.may_serve(route.duty, visit):
            made = state.option(route.duty, (*route.visits, visit))
            if made is not None:
                lasts = model.calls[visit].duration[model.duties[route.duty].engineer]
                found.append((made[1].departs[-1] - lasts, route.duty))
    return sorted(found)[:CREW_CHOICES]


def _join(state: State, visit: int, duty: int) -> bool:
    made = state.option(duty, (*state.routes[duty].visits, visit))
    if made is None:
        return False
    state.put(made[1])
    return True
