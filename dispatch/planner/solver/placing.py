"""The cheapest place for a visit in routes as they stand, priced exactly: what hands, words and the simple plan ask.

A bound from travel and lateness ranks the places, so only the promising ones are priced. The compiled search has its
own twin of this in `kernel/`.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Final

from dispatch.planner.solver.cost import Priced, late_fen
from dispatch.planner.solver.in_time import clock, gaps_in_time, visit_stop
from dispatch.planner.solver.model import ANYWHERE
from dispatch.planner.solver.state import State

PLACES_PRICED: Final = 24  # at most so many places of one visit are priced before the best so far is taken


def cheapest(
    state: State,
    visit: int,
    *,
    engineers: Container[int] | None = None,
    exact: bool = False,
) -> tuple[int, Priced] | None:
    """The cheapest place for a visit in the present routes: (what the routes cost more, new route); None if nowhere.

    `engineers` narrows the choice to those. The bound may err by what a depot call or a busier hour saves; `exact`
    prices every place in time instead.
    """
    best: tuple[int, Priced] | None = None
    tried = 0
    for bound, duty, place in sorted(_places(state, visit)):
        if engineers is not None and state.model.duties[duty].engineer not in engineers:
            continue
        if best is not None and not exact and (bound >= best[0] or tried >= PLACES_PRICED):
            break
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
    per_s, per_m = model.travel_fen_h / 3600, model.distance_fen_km / 1000
    places: list[tuple[int, int, int]] = []
    for route in state.routes:
        duty = model.duties[route.duty]
        if not model.may_serve(route.duty, visit):
            continue
        extra = call.extra_fen[duty.engineer] + (0 if route.visits else duty.on_call_fen)
        lasts = call.duration[duty.engineer]
        spots = [duty.start, *(model.calls[other].location for other in route.visits), duty.home]
        for place in places_in_time(state, route.duty, visit):
            before, after = spots[place], spots[place + 1]
            arrive = max(route.departs[place] + to_here[before], call.release_s)
            seconds, way = to_here[before], metres[before][at]
            if after != ANYWHERE:
                seconds += from_here[after] - near[before][after]
                way += way_from[after] - metres[before][after]
            bound = extra + seconds * per_s + way * per_m
            for late in call.lates:
                behind = (arrive + lasts if late.at_end else arrive) - late.due_s
                if behind > late.grace_s and late.cap < 0:
                    bound += late_fen(late, behind)
            places.append((int(bound), route.duty, place))
    return places


def places_in_time(state: State, duty: int, visit: int) -> list[int]:
    """The places in a shift's route at which a visit can be in time; what stands at others has no price (but see in_time.py)."""
    mine = state.model.duties[duty]
    stop = visit_stop(state.model.calls[visit], mine.engineer)
    return gaps_in_time(clock(state.model, mine, state.routes[duty].visits), stop)
