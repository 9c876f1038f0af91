"""Rules lifted for one visit: the day as it would be if somebody allowed something (R6)."""

from __future__ import annotations

import copy
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from dispatch.planner.solver.cost import Pricer
from dispatch.planner.solver.greedy import begin_of, hold_begin
from dispatch.planner.solver.model import EVER, Call, Model
from dispatch.planner.solver.plan import Cure
from dispatch.planner.solver.problem import Depot, Window
from dispatch.planner.solver.state import State

MORE_OVERTIME_S: Final = 4 * 3600


def lifted(state: State, visits: Collection[int], cures: Collection[Cure]) -> State:
    """The same routes in a model in which these cures are allowed for some visits; the given state stays as it is."""
    model = copy.copy(state.model)
    model.calls = list(model.calls)
    for visit in visits:
        model.calls[visit] = _eased(model, visit, cures)
    if Cure.allow_overtime in cures:
        model.duties = [replace(duty, limit_s=duty.limit_s + MORE_OVERTIME_S) for duty in model.duties]
    if Cure.release_standby in cures:
        model.duties = [replace(duty, standby=None) for duty in model.duties]
    later = state.copy()
    if Cure.wait_for_part in cures:
        arrived = tuple(depot for visit in visits for depot in _arrived(model, visit))
        number = len(model.depots)
        model.depots = (*model.depots, *arrived)
        pieces = {(number + n, part): qty for n, depot in enumerate(arrived) for part, qty in depot.stock.items()}
        model.stock, later.stock_left = model.stock | pieces, later.stock_left | pieces
    later.model, later.pricer = model, Pricer(model)
    return later


def following(state: State, visit: int) -> State:
    """The same routes with the hours held that an order of work asks for, as far as what the visit follows is planned."""
    model = copy.copy(state.model)
    before = [model.visit_index[name] for name in model.problem.visits[visit].after]
    begun = [(other, times) for other in before if (times := begin_of(state, other)) is not None]
    if not begun:
        return state
    model.calls = list(model.calls)
    for other in (visit, *before):
        model.calls[other] = replace(model.calls[other])
    held = state.copy()
    held.model, held.pricer = model, Pricer(model)
    for other, (begin, end) in begun:
        hold_begin(held, other, -EVER, begin)
        hold_begin(held, visit, end, EVER)
    return held


def _eased(model: Model, visit: int, cures: Collection[Cure]) -> Call:
    source = model.problem.visits[visit]
    # A search may have held its hours to those of work that stands elsewhere now.
    windows = () if Cure.move_window in cures else tuple(sorted(source.windows, key=lambda window: window.from_s))
    last_s = max((window.to_s for window in windows), default=EVER)
    call = replace(model.calls[visit], windows=windows, last_s=last_s)
    if Cure.courier_part in cures:
        call = replace(call, wants=())
    if Cure.waive_preference in cures and source.preferred:
        asked = [engineer.id in source.preferred for engineer in model.problem.engineers]
        extra = [fen if one else fen - source.not_preferred_fen for fen, one in zip(call.extra_fen, asked, strict=True)]
        call = replace(call, extra_fen=extra)
    if Cure.waive_skill in cures or Cure.waive_bar in cures:
        people = model.problem.engineers
        pin = None if source.pin is None or Cure.waive_bar in cures else source.pin.engineer
        barred = frozenset() if Cure.waive_bar in cures else source.barred
        unskilled = Cure.waive_skill in cures
        able = [unskilled or all(
            (held := e.skills.get(name)) is not None and held.level >= level for name, level in source.skills.items()
        ) for e in people]  # fmt: skip
        may = [able[n] and e.id not in barred and pin in (None, e.id) for n, e in enumerate(people)]
        call = replace(call, may=may, valid_until=[EVER] * len(people) if unskilled else call.valid_until)
    return call


def next_arrival(model: Model, visit: int) -> tuple[int, int, dict[str, int]] | None:
    """(instant, depot, pieces): the next pieces on their way of which this visit could use one; None if none are."""
    wanted = {part for want in model.calls[visit].wants for part in want.accepts}
    coming = [(one.at_s, n) for n, depot in enumerate(model.problem.depots) for one in depot.incoming
              if one.part in wanted and one.qty > 0]  # fmt: skip
    if not coming:
        return None
    at_s, depot = min(coming)
    pieces: dict[str, int] = {}
    for one in model.problem.depots[depot].incoming:
        if one.at_s <= at_s and one.qty > 0:
            pieces[one.part] = pieces.get(one.part, 0) + one.qty
    return at_s, depot, pieces


def _arrived(model: Model, visit: int) -> tuple[Depot, ...]:
    """What a visit waits for as a store of its own, open from the hour at which the pieces are there."""
    coming = next_arrival(model, visit)
    if coming is None:
        return ()
    at_s, number, pieces = coming
    depot = model.problem.depots[number]
    hours = depot.windows or (Window(at_s, EVER),)
    later = tuple(Window(max(w.from_s, at_s), w.to_s) for w in hours if w.to_s >= at_s)
    return (replace(depot, stock=pieces, windows=later, incoming=()),) if later else ()
