"""Why: for each planned visit the next best engineer, for each visit left out what stops it and its cure (R6).

A cure is tried, not guessed: its rule is lifted and the visit is put in where it then costs least. Where one rule is
not enough, two are lifted. Finding out who costs least may be left to somebody quicker (`Quick`); what is said of him
is reckoned here, on the exact price.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final, Protocol

from dispatch.planner.solver.cost import Priced
from dispatch.planner.solver.greedy import begin_of
from dispatch.planner.solver.lift import following, lifted, next_arrival
from dispatch.planner.solver.model import Call, Model
from dispatch.planner.solver.plan import Cure, Explanation, Reason, Remedy, Unassigned
from dispatch.planner.solver.search import cheapest
from dispatch.planner.solver.state import State
from dispatch.planner.solver.supply import Unit, depot_choices, match


class Quick(Protocol):
    """Who costs least, found quickly: the kernel, where there is one (`kernel.ask.Questions`)."""

    def next_best(self) -> Sequence[tuple[int, int] | None]:
        """For each visit (what the plan costs more, shift) with the next best engineer; None where nobody else can."""
        ...

    def cheapest(self, visit: int, model: Model) -> tuple[int, int, int] | None:
        """(what the routes cost more, shift, place) of a visit that is left out, by this model's rules; None if nowhere."""
        ...


def explanations(state: State, quick: Quick | None = None) -> tuple[Explanation, ...]:
    """For each planned visit who else could go and what the plan would then cost more."""
    planned = [(visit, route.duty) for route in state.routes for visit in route.visits]
    if quick is None:
        return tuple(explain(state, visit, duty) for visit, duty in planned)
    others = quick.next_best()
    return tuple(_said(state, visit, duty, others[visit]) for visit, duty in planned)


def _said(state: State, visit: int, duty: int, other: tuple[int, int] | None) -> Explanation:
    duties = state.model.duties
    said = Explanation(state.model.calls[visit].id, duties[duty].engineer_id)
    return said if other is None else replace(said, next_engineer=duties[other[1]].engineer_id, extra_fen=other[0])


def explain(state: State, visit: int, duty: int, *, exact: bool = False) -> Explanation:
    """Why this shift's engineer and not the next best one; `exact` prices every place instead of the likeliest."""
    model = state.model
    call, mine = model.calls[visit], model.duties[duty]
    without = state.copy()
    if call.held or not without.drop([visit]):
        return _said(state, visit, duty, None)
    others = {n for n in range(len(model.problem.engineers)) if n != mine.engineer}
    found = cheapest(without, visit, engineers=others, exact=exact)
    if found is None:
        return _said(state, visit, duty, None)
    # Dropping counted the visit as left out; putting it back takes that price off again.
    extra = without.total - call.left_out_fen + found[0] - state.total
    return _said(state, visit, duty, (extra, found[1].duty))


def reasons(state: State, quick: Quick | None = None) -> tuple[Unassigned, ...]:
    """A typed reason and the cheapest cure for every visit left out."""
    return tuple(unassigned(state, visit, quick) for visit in sorted(state.left))


def unassigned(state: State, visit: int, quick: Quick | None = None) -> Unassigned:
    """Why this visit is left out, by the first rule that stops it, and the cheapest cure found."""
    call = state.model.calls[visit]
    held = following(state, visit) if call.held else state
    if held is not state:
        quick = None  # it knows nothing of the hours that other work asks for
    reason, detail = _reason(held or state, visit, quick, tied=held is None)
    return Unassigned(call.id, reason, detail, None if held is None else _remedy(held, visit, reason, quick))


def _reason(state: State, visit: int, quick: Quick | None, *, tied: bool) -> tuple[Reason, dict[str, str]]:
    model = state.model
    call, source = model.calls[visit], model.problem.visits[visit]
    if next(skilled_engineers(model, visit), None) is None:
        return Reason.no_skill, {name: str(level) for name, level in source.skills.items()}
    if not any(call.may):
        return Reason.not_allowed, {"pin": source.pin.engineer} if source.pin else {}
    allowed = [duty for duty in model.duties if call.may[duty.engineer]]
    duties = [duty.index for duty in allowed if model.may_serve(duty.index, visit)]
    if not duties:
        # Whoever could go has no shift at all, or is held for an assurance period that is not this visit's.
        return (Reason.standby if allowed else Reason.no_time), {}
    if not any(has_parts(state, duty, visit, fresh=True) for duty in duties):
        return Reason.no_part, missing_parts(model, visit)
    if tied:
        return Reason.crew, {"crew": source.sync} if source.sync else {"after": min(source.after, default="")}
    found = _least(state, visit, quick)
    if found is not None:
        return (Reason.costs_more if found[0] >= call.left_out_fen else Reason.waiting), {}
    alone = [d for d in duties if state.pricer.options(d, (*model.duties[d].frozen, visit), state.van_left(d))]
    if not alone:
        near = any(_would_fit_on_the_spot(model, duty, call) for duty in duties)
        return (Reason.too_far if near else Reason.no_time), {}
    if not any(has_parts(state, duty, visit, fresh=False) for duty in alone):
        return Reason.no_part, missing_parts(model, visit) | {"taken": "yes"}
    return Reason.no_time, {}


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


def missing_parts(model: Model, visit: int) -> dict[str, str]:
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


# Which cures are tried alone for which reason; the first of equally cheap ones is named.
_EASIER: Final = (Cure.allow_overtime, Cure.move_window, Cure.courier_part, Cure.waive_bar, Cure.release_standby)
_TRIED: Final[Mapping[Reason, tuple[Cure, ...]]] = {
    Reason.no_skill: (Cure.waive_skill,),
    Reason.not_allowed: (Cure.waive_bar,),
    Reason.standby: (Cure.release_standby,),
    Reason.no_part: (Cure.courier_part, Cure.wait_for_part, Cure.waive_bar, Cure.release_standby),
    Reason.crew: (),
    Reason.too_far: _EASIER,
    Reason.no_time: (*_EASIER, Cure.wait_for_part),
    Reason.costs_more: (Cure.accept_cost, *_EASIER),
    Reason.waiting: (Cure.accept_cost,),
}


@dataclass(frozen=True, slots=True)
class _Way:
    """Rules lifted, and about what the visit then costs with whom."""

    cures: tuple[Cure, ...]
    state: State
    surcharge_fen: int
    routes_fen: int
    duty: int
    place: int

    @property
    def extra_fen(self) -> int:
        return self.routes_fen + self.surcharge_fen


def _remedy(state: State, visit: int, reason: Reason, quick: Quick | None) -> Remedy | None:
    """The cheapest cure that lifts one rule, or else two; a piece to wait for when nothing has a price."""
    alone = [cure for cure in _TRIED[reason] if _may_help(state, visit, cure)]
    others = [cure for cure in Cure if cure not in (Cure.accept_cost, *alone) and _may_help(state, visit, cure)]
    pairs = [pair for pair in combinations([*alone, *others], 2) if pair[0] in alone]
    for choice in ([(cure,) for cure in alone], pairs):
        for way in sorted(_ways(state, visit, choice, quick), key=lambda way: way.extra_fen):
            found = _told(way, visit, sure=quick is not None)
            if found is not None:
                return found
    detail = missing_parts(state.model, visit) if reason is Reason.no_part else {}
    if "incoming_depot" in detail:
        return Remedy(Cure.wait_for_part, None, start_s=int(detail["incoming_at_s"]), detail=detail)
    return None


def _may_help(state: State, visit: int, cure: Cure) -> bool:
    """Whether there is anything for this cure to lift."""
    model, call, source = state.model, state.model.calls[visit], state.model.problem.visits[visit]
    match cure:
        case Cure.move_window:
            return bool(source.windows) and not call.held
        case Cure.courier_part:
            return bool(call.wants) and model.problem.rates.courier_fen is not None
        case Cure.wait_for_part:
            return next_arrival(model, visit) is not None
        case Cure.waive_skill:
            return bool(source.skills)
        case Cure.waive_bar:
            return bool(source.barred) or source.pin is not None
        case Cure.release_standby:
            return any(duty.standby not in (None, source.assurance) for duty in model.duties)
    return True


def _ways(state: State, visit: int, choice: Iterable[tuple[Cure, ...]], quick: Quick | None) -> Iterator[_Way]:
    pieces = sum(want.qty for want in state.model.calls[visit].wants)
    courier_fen = pieces * (state.model.problem.rates.courier_fen or 0)
    for cures in choice:
        eased = lifted(state, visit, cures)
        found = _least(eased, visit, quick)
        if found is not None:
            surcharge = courier_fen if Cure.courier_part in cures else 0
            yield _Way(cures, eased, surcharge, *found)


def _least(state: State, visit: int, quick: Quick | None) -> tuple[int, int, int] | None:
    """(what the routes cost more, shift, place in its route) with whoever costs least."""
    if quick is not None:
        return quick.cheapest(visit, state.model)
    found = cheapest(state, visit)
    return None if found is None else (found[0], found[1].duty, found[1].visits.index(visit))


def _told(way: _Way, visit: int, *, sure: bool) -> Remedy | None:
    """The remedy with its exact price and hour; None if it cannot be done so after all.

    `sure` says that the way was the engineer's cheapest, so that one price confirms it; else all his places are tried.
    """
    eased, model = way.state, way.state.model
    who = model.duties[way.duty]
    visits = eased.routes[way.duty].visits
    found = eased.option(way.duty, (*visits[: way.place], visit, *visits[way.place :]))
    if found is None or found[0] != way.routes_fen or not sure:
        ways = [made for duty in model.duties_of[who.engineer] for made in _everywhere(eased, visit, duty)]
        found = min(ways, key=lambda made: made[0], default=None)
    if found is None:
        return None
    eased.put(found[1])
    begun = begin_of(eased, visit)
    if begun is None:
        raise AssertionError("a visit just put in has its hour")
    begin, end = begun
    lates = model.calls[visit].lates
    late = max((max(0, (end if one.at_end else begin) - one.due_s) for one in lates), default=0)
    detail: dict[str, str] = {}
    if Cure.wait_for_part in way.cures and (coming := next_arrival(model, visit)) is not None:
        detail |= {"incoming_depot": model.depots[coming[1]].id, "incoming_at_s": str(coming[0])}
    if len(way.cures) > 1:
        detail["also"] = str(way.cures[1])
    return Remedy(way.cures[0], found[0] + way.surcharge_fen, who.engineer_id, begin, late, detail)


def _everywhere(state: State, visit: int, duty: int) -> Iterator[tuple[int, Priced]]:
    """The visit at every place of a route, priced."""
    if not state.model.may_serve(duty, visit):
        return
    visits = state.routes[duty].visits
    for place in range(len(state.model.duties[duty].frozen), len(visits) + 1):
        made = state.option(duty, (*visits[:place], visit, *visits[place:]))
        if made is not None:
            yield made
