"""Why: for each planned visit the next best engineer, for each visit left out what stops it and its cure (R6).

A cure is tried, not guessed: one rule is lifted at a time and the visit is put in where it then costs least.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from dispatch.planner.solver.cost import Pricer
from dispatch.planner.solver.greedy import begin_of
from dispatch.planner.solver.model import Call, Model
from dispatch.planner.solver.plan import Cure, Explanation, Reason, Remedy, Unassigned
from dispatch.planner.solver.search import cheapest
from dispatch.planner.solver.state import State
from dispatch.planner.solver.supply import Unit, depot_choices, match

MORE_OVERTIME_S: Final = 4 * 3600


def explanations(state: State) -> tuple[Explanation, ...]:
    """For each planned visit who else could go and what the plan would then cost more."""
    return tuple(explain(state, visit, route.duty) for route in state.routes for visit in route.visits)


def explain(state: State, visit: int, duty: int) -> Explanation:
    """Why this shift's engineer and not the next best one."""
    model = state.model
    call, mine = model.calls[visit], model.duties[duty]
    said = Explanation(call.id, mine.engineer_id)
    if call.held:
        return said
    without = state.copy()
    if not without.drop([visit]):
        return said
    others = {n for n in range(len(model.problem.engineers)) if n != mine.engineer}
    found = cheapest(without, visit, engineers=others)
    if found is None:
        return said
    # Dropping counted the visit as left out; putting it back takes that price off again.
    extra = without.total - call.left_out_fen + found[0] - state.total
    return replace(said, next_engineer=model.duties[found[1].duty].engineer_id, extra_fen=extra)


def reasons(state: State) -> tuple[Unassigned, ...]:
    """A typed reason and the cheapest cure for every visit left out."""
    return tuple(unassigned(state, visit) for visit in sorted(state.left))


def unassigned(state: State, visit: int) -> Unassigned:
    """Why this visit is left out, by the first rule that stops it, and the cheapest cure found."""
    reason, detail = _reason(state, visit)
    return Unassigned(state.model.calls[visit].id, reason, detail, _remedy(state, visit, reason))


def _reason(state: State, visit: int) -> tuple[Reason, dict[str, str]]:
    model = state.model
    call, source = model.calls[visit], model.problem.visits[visit]
    skilled = list(skilled_engineers(model, visit))
    if not skilled:
        return Reason.no_skill, {name: str(level) for name, level in source.skills.items()}
    if not any(call.may):
        return Reason.not_allowed, {"pin": source.pin.engineer} if source.pin else {}
    allowed = [duty for duty in model.duties if call.may[duty.engineer]]
    duties = [duty.index for duty in allowed if model.may_serve(duty.index, visit)]
    if not duties:
        # Whoever could go has no shift at all, or is held for an assurance period that is not this visit's.
        return (Reason.standby if allowed else Reason.no_time), {}
    if not any(has_parts(state, duty, visit, fresh=True) for duty in duties):
        return Reason.no_part, _missing_parts(model, visit)
    if call.held:
        return Reason.crew, {"crew": source.sync} if source.sync else {"after": min(source.after, default="")}
    alone = [d for d in duties if state.pricer.options(d, (*model.duties[d].frozen, visit), state.van_left(d))]
    if not alone:
        near = any(_would_fit_on_the_spot(model, duty, call) for duty in duties)
        return (Reason.too_far if near else Reason.no_time), {}
    found = cheapest(state, visit)
    if found is None:
        if not any(has_parts(state, duty, visit, fresh=False) for duty in alone):
            return Reason.no_part, _missing_parts(model, visit) | {"taken": "yes"}
        return Reason.no_time, {}
    return Reason.costs_more if found[0] >= call.left_out_fen else Reason.waiting, {}


def skilled_engineers(model: Model, visit: int) -> Iterator[int]:
    """Everyone who holds the skills at their levels on the day."""
    wanted = model.problem.visits[visit].skills
    earliest = max(model.now_s, model.calls[visit].release_s)
    for place, engineer in enumerate(model.problem.engineers):
        held = [(engineer.skills.get(name), level) for name, level in wanted.items()]
        if all(s and s.level >= level and (s.expires_s is None or s.expires_s >= earliest) for s, level in held):
            yield place


def has_parts(state: State, duty: int, visit: int, *, fresh: bool) -> bool:
    """Whether van and stores could supply this visit alone; `fresh` leaves aside what others already count on."""
    model = state.model
    units = [Unit(0, w.part, w.accepts) for w in model.calls[visit].wants for _ in range(w.qty)]
    van = dict(model.duties[duty].van)
    if not fresh:
        others = [route for route in state.routes if model.duties[route.duty].engineer == model.duties[duty].engineer]
        for route in others:
            for _, depot, part in route.sources:
                if depot < 0:
                    van[part] -= 1
    missing = [unit for unit, part in zip(units, match(units, van), strict=True) if part is None]
    if not missing:
        return True
    stock = model.stock if fresh else state.stock_left
    stocks = [{part: stock[n, part] for part in depot.stock} for n, depot in enumerate(model.depots)]
    return next(depot_choices(missing, stocks), None) is not None


def _would_fit_on_the_spot(model: Model, duty: int, call: Call) -> bool:
    """Whether the shift has room for the visit if nobody had to drive."""
    mine = model.duties[duty]
    begin = max(mine.ready_s, call.release_s)
    openings = [max(begin, window.from_s) for window in call.windows if begin <= window.to_s] or (
        [] if call.windows else [begin]
    )
    return any(
        start + call.duration[mine.engineer] <= mine.limit_s and start <= call.valid_until[mine.engineer]
        for start in openings
    )


def _missing_parts(model: Model, visit: int) -> dict[str, str]:
    """The parts nobody can bring and, where some are on their way, the depot and instant of the next ones."""
    detail: dict[str, str] = {}
    for want in model.calls[visit].wants:
        in_stock = sum(model.stock.get((n, part), 0) for n in range(len(model.depots)) for part in want.accepts)
        in_vans = max((sum(duty.van.get(part, 0) for part in want.accepts) for duty in model.duties), default=0)
        if in_stock + in_vans >= want.qty and len(model.calls[visit].wants) > 1:
            continue
        detail.setdefault("part", want.part)
        coming = [(i.at_s, d.id) for d in model.depots for i in d.incoming if i.part in want.accepts and i.qty > 0]
        if coming and detail["part"] == want.part:
            at_s, depot = min(coming)
            detail |= {"incoming_depot": depot, "incoming_at_s": str(at_s)}
    return detail


def _remedy(state: State, visit: int, reason: Reason) -> Remedy | None:
    """The cheapest cure among those that lift one rule; a piece to wait for when nothing has a price."""
    best: Remedy | None = None
    for cure, lifted, surcharge in _lifted(state, visit, reason):
        found = cheapest(lifted, visit)
        if found is None:
            continue
        extra = found[0] + surcharge
        if best is None or best.extra_fen is None or extra < best.extra_fen:
            lifted.put(found[1])
            times = begin_of(lifted, visit)
            engineer = state.model.duties[found[1].duty].engineer_id
            start = times[0] if times else None
            call = state.model.calls[visit]
            late = max((start - late.due_s for late in call.lates), default=0) if start is not None else 0
            best = Remedy(cure, extra, engineer, start, max(0, late))
    if best is None and reason is Reason.no_part:
        detail = _missing_parts(state.model, visit)
        if "incoming_depot" in detail:
            best = Remedy(Cure.wait_for_part, None, start_s=int(detail["incoming_at_s"]), detail=detail)
    return best


def _lifted(state: State, visit: int, reason: Reason) -> Iterator[tuple[Cure, State, int]]:
    """States in which one rule no longer holds for this visit, with what the cure itself costs."""
    model = state.model
    call, source = model.calls[visit], model.problem.visits[visit]
    if reason is Reason.crew:
        return
    if reason in (Reason.costs_more, Reason.waiting):
        yield Cure.accept_cost, state.copy(), 0
    if reason in (Reason.too_far, Reason.no_time):
        yield Cure.allow_overtime, _with(state, visit, lambda one: one, MORE_OVERTIME_S), 0
        if call.windows:
            yield Cure.move_window, _with(state, visit, lambda one: replace(one, windows=(), last_s=10**9)), 0
    courier = model.problem.rates.courier_fen
    if reason is Reason.no_part and courier is not None:
        pieces = sum(want.qty for want in call.wants)
        yield Cure.courier_part, _with(state, visit, lambda one: replace(one, wants=())), courier * pieces
    everyone = model.problem.engineers
    if reason is Reason.no_skill:
        allowed = [e.id not in source.barred and (source.pin is None or source.pin.engineer == e.id) for e in everyone]
        anytime = [10**9] * len(everyone)
        yield Cure.waive_skill, _with(state, visit, lambda one: replace(one, may=allowed, valid_until=anytime)), 0
    if reason is Reason.not_allowed:
        skilled = set(skilled_engineers(model, visit))
        may = [n in skilled for n in range(len(everyone))]
        yield Cure.waive_bar, _with(state, visit, lambda one: replace(one, may=may)), 0
    if reason is Reason.standby:
        yield Cure.release_standby, _with(state, visit, lambda one: one, on_standby=False), 0


def _with(
    state: State, visit: int, change: Callable[[Call], Call], more_s: int = 0, *, on_standby: bool = True
) -> State:
    """A state of a model in which this one call, the length of every day, or who is on standby is different."""
    model = copy.copy(state.model)
    model.calls = list(model.calls)
    model.calls[visit] = change(model.calls[visit])
    if more_s:
        model.duties = [replace(duty, limit_s=duty.limit_s + more_s) for duty in model.duties]
    if not on_standby:
        model.duties = [replace(duty, standby=None) for duty in model.duties]
    lifted = state.copy()
    lifted.model, lifted.pricer = model, Pricer(model)
    return lifted
