"""A few times to offer a caller, each with what keeping it costs us (R9).

The visit is put where it costs least in the plan as it stands, once for each slot, so the price holds while the plan
does. A slot that is chosen becomes the visit's window: `promised`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Final

from dispatch.planner.solver.cost import Priced
from dispatch.planner.solver.greedy import begin_of, hold_begin
from dispatch.planner.solver.insert import Blocked, CannotAssign, UnknownVisit
from dispatch.planner.solver.placing import cheapest
from dispatch.planner.solver.plan import Plan
from dispatch.planner.solver.problem import Problem, Visit, Window
from dispatch.planner.solver.replay import state_of
from dispatch.planner.solver.state import State

QUARTER_S: Final = 900  # a slot cut short by the present hour begins at a time that can be said on the phone
HALF_DAY_S: Final = 12 * 3600


@dataclass(frozen=True, slots=True)
class Slot:
    """Service would begin from `from_s` to `to_s`, and the plan cost `extra_fen` more (the price of leaving out aside).

    As the plan stands `engineer` comes on his `shift`, begins at `start_s`, and is `late_s` behind what is owed.
    """

    from_s: int
    to_s: int
    extra_fen: int
    engineer: str
    shift: int
    start_s: int
    late_s: int = 0

    @property
    def window(self) -> Window:
        """The slot as the hours in which service may begin."""
        return Window(self.from_s, self.to_s)


def slots(problem: Problem, plan: Plan, visit: str, *, width_s: int, count: int) -> tuple[Slot, ...]:
    """At most `count` slots of `width_s` inside the visit's windows, cheapest first; empty when nobody can come.

    They are spread: each half day offers its cheapest before any offers a second. A visit that is planned is priced as
    if taken out first. Raises UnknownVisit, and CannotAssign for work under way and for visits tied to others, whose
    hours are not theirs alone to promise.
    """
    if width_s <= 0:
        raise ValueError("a slot lasts longer than nothing")
    state = state_of(problem, plan)
    if visit not in state.model.visit_index:
        raise UnknownVisit(ref=visit)
    index = state.model.visit_index[visit]
    call = state.model.calls[index]
    if call.held:
        raise CannotAssign(visit=visit, engineer="", why=str(Blocked.pinned if call.frozen else Blocked.crew))
    if not state.drop([index]):
        raise CannotAssign(visit=visit, engineer="", why=str(Blocked.pinned))
    source = problem.visits[index]
    ready = max(problem.now_s, source.release_s)
    until = max(
        (duty.limit_s for duty in state.model.duties if state.model.may_serve(duty.index, index)), default=ready
    )
    priced = (_priced(state, index, window) for window in _openings(source, ready, until, width_s))
    return _spread([slot for slot in priced if slot is not None], count)


def promised(problem: Problem, visit: str, slot: Slot) -> Problem:
    """The problem in which the visit begins in this slot and at no other time."""
    return replace(
        problem,
        visits=tuple(replace(one, windows=(slot.window,)) if one.id == visit else one for one in problem.visits),
    )


def _openings(visit: Visit, ready: int, until: int, width_s: int) -> Iterator[Window]:
    """The visit's windows cut into slots, counted from each opening, or from midnight where any hour will do.

    What is left of a window at its end, or of a slot that has begun, is a slot if it is at least half of one.
    """
    ready = -(-ready // QUARTER_S) * QUARTER_S
    for window in visit.windows or (Window(ready // width_s * width_s, until),):
        whole = min(width_s, window.to_s - window.from_s)
        for from_s in range(window.from_s, min(window.to_s, until) + 1, width_s):
            low, high = max(from_s, ready), min(from_s + width_s, window.to_s)
            if low <= high and 2 * (high - low) >= whole:
                yield Window(low, high)


def _priced(state: State, visit: int, window: Window) -> Slot | None:
    """The cheapest way to begin inside the window, the rest of the plan as it is; None if nobody can."""
    call = state.model.calls[visit]
    hours = call.windows, call.last_s, call.release_s
    hold_begin(state, visit, window.from_s, window.to_s)
    call.release_s = max(call.release_s, window.from_s)
    found = cheapest(state, visit, exact=True)
    slot = None if found is None else _slot(state, visit, window, *found)
    call.windows, call.last_s, call.release_s = hours
    state.pricer.forget()
    return slot


def _slot(state: State, visit: int, window: Window, extra_fen: int, made: Priced) -> Slot:
    trial = state.copy()
    trial.put(made)
    times = begin_of(trial, visit)
    if times is None:
        raise AssertionError("a visit just put stands in a route")
    late = max((times[late.at_end] - late.due_s for late in state.model.calls[visit].lates), default=0)
    duty = state.model.duties[made.duty]
    return Slot(window.from_s, window.to_s, extra_fen, duty.engineer_id, duty.shift, times[0], max(0, late))


def _spread(found: list[Slot], count: int) -> tuple[Slot, ...]:
    """The cheapest slot of each half day, then the second of each, until there are enough; cheapest first."""
    halves: dict[int, list[Slot]] = {}
    for slot in sorted(found, key=_dearness):
        halves.setdefault(slot.from_s // HALF_DAY_S, []).append(slot)
    turns = (sorted(filter(None, turn), key=_dearness) for turn in zip_longest(*halves.values()))
    offered = [slot for turn in turns for slot in turn][:count]
    return tuple(sorted(offered, key=_dearness))


def _dearness(slot: Slot) -> tuple[int, int]:
    return slot.extra_fen, slot.from_s
