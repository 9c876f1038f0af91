"""The gaps of an order of visits in which one stop more can be in time, and lets the rest be in time.

Told without driving, by the least seconds of any hour, breaks and calls at depots aside: a gap that is not named has no
price, but for roads on which a call at a depot is a short cut.
"""

from __future__ import annotations

from typing import NamedTuple

from dispatch.planner.solver.model import ANYWHERE, EVER, Call, Duty, Model
from dispatch.planner.solver.problem import Window


class Stop(NamedTuple):
    """What is put into an order: where, when it may begin, `last_s` at the latest, and how long it takes."""

    location: int
    release_s: int
    windows: tuple[Window, ...]
    last_s: int
    lasts_s: int


def visit_stop(call: Call, engineer: int) -> Stop:
    """A visit as one engineer's stop."""
    return Stop(call.location, call.release_s, call.windows, call.valid_until[engineer], call.duration[engineer])


def opening(arrival: int, windows: tuple[Window, ...]) -> int | None:
    """The first instant from `arrival` on at which service may begin."""
    if not windows:
        return arrival
    for window in windows:
        if arrival <= window.to_s:
            return max(arrival, window.from_s)
    return None


class Clock(NamedTuple):
    """For each gap in an order of visits: whence one sets off and when at the earliest, and by when one must be on."""

    near: list[list[int]]
    spots: list[int]  # the shift's first place, the visits, its last place
    leaves: list[int]
    must: list[int]  # the last arrival at what follows from which the rest can be driven
    first: int  # nothing comes before frozen work


def clock(model: Model, duty: Duty, visits: tuple[int, ...]) -> Clock:
    """What a shift's hours leave room for around these visits."""
    near, calls, engineer = model.shortest, model.calls, duty.engineer
    spots = [duty.start, *(calls[visit].location for visit in visits), duty.home]
    t, leaves = duty.ready_s, [duty.ready_s]
    for place, visit in enumerate(visits):
        call = calls[visit]
        begin = opening(max(t + near[spots[place]][spots[place + 1]], call.release_s), call.windows)
        if place == 0 and call.pin is not None and call.pin.start_s is not None:
            begin = call.pin.start_s
        t = EVER if begin is None else max(t, begin + call.duration[engineer])
        leaves.append(t)
    last, must = duty.limit_s, [duty.limit_s]
    for place, visit in reversed(list(enumerate(visits, 1))):
        call = calls[visit]
        leg = 0 if spots[place + 1] == ANYWHERE else near[spots[place]][spots[place + 1]]
        last = min(call.last_s, call.valid_until[engineer], last - leg - call.duration[engineer])
        must.append(last)
    return Clock(near, spots, leaves, must[::-1], len(duty.frozen))


def gaps_in_time(hours: Clock, stop: Stop) -> list[int]:
    """The gaps in which the stop can be in time."""
    gaps: list[int] = []
    here, release_s, windows, last_s, lasts_s = stop
    way_on = hours.near[here]
    for gap in range(hours.first, len(hours.leaves)):
        begin = opening(max(hours.leaves[gap] + hours.near[hours.spots[gap]][here], release_s), windows)
        to = hours.spots[gap + 1]
        leg = 0 if to == ANYWHERE else way_on[to]
        if begin is not None and begin <= last_s and begin + lasts_s + leg <= hours.must[gap]:
            gaps.append(gap)
    return gaps
