"""Every order of every shift, when there are so few that the cheapest plan can be proven (R6: the bound)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, permutations
from math import perm
from typing import Final

from dispatch.planner.solver.cost import Priced
from dispatch.planner.solver.model import Model
from dispatch.planner.solver.state import State

ORDERS: Final = 6_000  # so many orders are priced in about a third of a second


def few_enough(model: Model) -> bool:
    """Whether all orders can be priced at once."""
    total = 0
    for duty in model.duties:
        free = sum(1 for call in model.calls if not call.held and model.may_serve(duty.index, call.index))
        total += sum(perm(free, length) for length in range(min(free, 20) + 1))
        if total > ORDERS:
            return False
    return True


def proves(model: Model) -> bool:
    """Whether "every order" is really everything: what is derived – depot calls, pieces – is then exact too.

    More than two pieces, or a choice of substitutes for two, could be fetched in ways the pricing does not try; vans
    shared by shifts and held crews tie routes together beyond what the columns know.
    """
    wants = [want for call in model.calls for want in call.wants]
    pieces = sum(want.qty for want in wants)
    simple = pieces <= 1 or (pieces == 2 and all(len(want.accepts) == 1 for want in wants))
    alone = not any(duty.shares_van for duty in model.duties)
    unbound = not any(visit.sync or visit.after for visit in model.problem.visits)
    # Under a shared headroom the best break or depot call of one route hangs on what the others owe.
    apart = not shared_headroom(model) or not (wants or any(duty.breaks for duty in model.duties))
    # Where the hour sets the speed, a rest may be what lets a leg be in time, and no order is begun with one.
    steady = model.one_band or not any(duty.breaks for duty in model.duties)
    return simple and alone and unbound and apart and steady


def shared_headroom(model: Model) -> bool:
    """Whether two visits owe under one headroom."""
    named = [late.cap for call in model.calls for late in call.lates if late.cap >= 0]
    return len(named) > len(set(named))


def every_route(state: State) -> Iterator[Priced]:
    """Each order of each set of visits on each shift that can be driven, in every way it can be supplied."""
    model = state.model
    for duty in model.duties:
        free = [call.index for call in model.calls if not call.held and model.may_serve(duty.index, call.index)]
        fixed = state.routes[duty.index].visits
        held = tuple(visit for visit in fixed if model.calls[visit].held)
        for length in range(len(free) + 1):
            for chosen in combinations(free, length):
                for order in permutations(chosen):
                    yield from state.pricer.options(duty.index, (*held, *order), state.van_left(duty.index))
