"""Why: for each planned visit the next best engineer, for each visit left out what stops it and its cure (R6).

Finding out who costs least may be left to somebody quicker (`Quick`); what is said of him is reckoned on the exact price.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from dispatch.planner.solver.lift import following, lifted
from dispatch.planner.solver.model import Call, Model
from dispatch.planner.solver.placing import cheapest
from dispatch.planner.solver.plan import Cure, Explanation, Reason, Remedy, Unassigned
from dispatch.planner.solver.remedy import Group, Quick, group_cured, least, missing_parts, remedy, remedy_in
from dispatch.planner.solver.state import State
from dispatch.planner.solver.supply import Unit, depot_choices, match
from dispatch.planner.solver.together import crew_of, group_of

Cured = dict[frozenset[int], Group | None]


def explanations(
    state: State, quick: Quick | None = None, left_s: Callable[[], float] | None = None
) -> tuple[Explanation, ...]:
    """For each planned visit who else could go and what the plan would then cost more.

    Without a quick one visits are asked about one by one, as many as there is time for; `left_s` tells how much is left.
    """
    planned = [(visit, route.duty) for route in state.routes for visit in route.visits]
    if quick is None:
        return tuple(explain(state, visit, duty) for visit, duty in planned if left_s is None or left_s() > 0)
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


def reasons(
    state: State, quick: Quick | None = None, left_s: Callable[[], float] | None = None
) -> tuple[Unassigned, ...]:
    """A typed reason and the cheapest cure for every visit left out; those there is no time for only wait."""
    cured: Cured = {}
    return tuple(
        unassigned(state, visit, quick, cured)
        if left_s is None or left_s() > 0
        else Unassigned(state.model.calls[visit].id, Reason.waiting)
        for visit in sorted(state.left)
    )


def unassigned(state: State, visit: int, quick: Quick | None = None, cured: Cured | None = None) -> Unassigned:
    """Why this visit is left out, by the first rule that stops it, and the cheapest cure found.

    `cured` remembers what was found for its crew, which is the same for every mate.
    """
    group = group_of(state, visit)
    if group != ((visit,),):
        return _tied(state, visit, group, quick, {} if cured is None else cured)
    name, held = state.model.calls[visit].id, state
    if state.model.problem.visits[visit].after:
        # The quick one knows nothing of the hours that other work asks for.
        held, quick = following(lifted(state, [visit], ()), visit), None
    stopped = _stopped(held, visit)
    reason, detail = _beside_others(held, visit, quick) if stopped is None else stopped
    return Unassigned(name, reason, detail, remedy(state, visit, reason, quick))


def _tied(state: State, visit: int, group: Sequence[tuple[int, ...]], quick: Quick | None, cured: Cured) -> Unassigned:
    """Why a visit is left out that cannot go alone: its own rules first, then those it is tied to."""
    model, source = state.model, state.model.problem.visits[visit]
    members = frozenset(other for crew in group for other in crew)
    if members not in cured:
        cured[members] = group_cured(state, group)
    found = cured[members]
    if found is not None and found.cures == (Cure.accept_cost,):
        worth = sum(model.calls[other].left_out_fen for other in members)
        reason = Reason.costs_more if found.extra_fen >= worth else Reason.waiting
        return Unassigned(source.id, reason, {}, remedy_in(found, visit))
    stopped = _stopped(state, visit)
    crew = crew_of(model, visit)
    if stopped is None:
        stopped = (Reason.crew, {"crew": source.sync}) if source.sync and len(crew) > 1 else (Reason.order, {})
        stopped[1].update(_because(state, visit, members))
    if found is not None:
        return Unassigned(source.id, *stopped, remedy_in(found, visit))
    return Unassigned(source.id, *stopped, _untied(state, visit, quick))


def _because(state: State, visit: int, members: Iterable[int]) -> dict[str, str]:
    """The first visit of a group with a rule of its own that stops it, and which; else the first one that is followed."""
    others = [other for other in sorted(members) if other != visit]
    for other in others:
        stopped = _stopped(state, other)
        if stopped is not None:
            return {"because": state.model.calls[other].id, "why": str(stopped[0])} | stopped[1]
    after = sorted(state.model.problem.visits[visit].after)
    return {"because": next((name for name in after if state.model.visit_index[name] in state.left), "")}


def _untied(state: State, visit: int, quick: Quick | None) -> Remedy | None:
    """The cure of a visit that goes without its mates, or before the work it follows, because nothing else helps."""
    model = state.model
    ways: list[tuple[Cure, ...]] = []
    if len(crew_of(model, visit)) > 1:
        ways.append((Cure.split_crew,))
    if any(model.visit_index[name] in state.left for name in model.problem.visits[visit].after):
        ways.append((Cure.waive_order,))
    if len(ways) > 1:
        ways.append((Cure.split_crew, Cure.waive_order))
    for cures in ways:
        if group_of(state, visit, alone=Cure.split_crew in cures, unordered=Cure.waive_order in cures) == ((visit,),):
            stopped = _stopped(state, visit)
            found = remedy(state, visit, Reason.no_time if stopped is None else stopped[0], quick, cures)
            if found is not None:
                return found
    return None


def _stopped(state: State, visit: int) -> tuple[Reason, dict[str, str]] | None:
    """The first rule of its own that stops a visit whatever else is planned."""
    model = state.model
    call, source = model.calls[visit], model.problem.visits[visit]
    if next(skilled_engineers(model, visit), None) is None:
        return Reason.no_skill, _rarest_skill(model, visit)
    if not any(call.may):
        return Reason.not_allowed, {"pin": source.pin.engineer} if source.pin else {}
    allowed = [duty for duty in model.duties if call.may[duty.engineer]]
    duties = [duty.index for duty in allowed if model.may_serve(duty.index, visit)]
    if not duties:
        # Whoever could go has no shift at all, or is held for an assurance period that is not this visit's.
        return (Reason.standby if allowed else Reason.no_time), {}
    if not any(has_parts(state, duty, visit, fresh=True) for duty in duties):
        return Reason.no_part, missing_parts(model, visit)
    return None


def _beside_others(state: State, visit: int, quick: Quick | None) -> tuple[Reason, dict[str, str]]:
    """What stops a visit that somebody might serve: the price, the way, or what is planned already."""
    model = state.model
    call = model.calls[visit]
    duties = [duty.index for duty in model.duties if model.may_serve(duty.index, visit)]
    found = least(state, visit, quick)
    if found is not None:
        return (Reason.costs_more if found[0] >= call.left_out_fen else Reason.waiting), {}
    # Seldom more than one shift has to be asked.
    alone = (d for d in duties if state.pricer.options(d, (*model.duties[d].frozen, visit), state.van_left(d)))
    first = next(alone, None)
    if first is None:
        if call.wants:
            bare = following(lifted(state, [visit], (Cure.courier_part,)), visit)
            if any(bare.pricer.options(d, (*model.duties[d].frozen, visit), bare.van_left(d)) for d in duties):
                return Reason.no_part, missing_parts(model, visit) | {"far": "yes"}
        near = any(_would_fit_on_the_spot(model, duty, call) for duty in duties)
        return (Reason.too_far if near else Reason.no_time), {}
    if not any(has_parts(state, duty, visit, fresh=False) for duty in chain((first,), alone)):
        return Reason.no_part, missing_parts(model, visit) | {"taken": "yes"}
    return Reason.no_time, {}


def _rarest_skill(model: Model, visit: int) -> dict[str, str]:
    """The skill that the fewest engineers have at its level."""
    people = model.problem.engineers
    able = [
        (sum(1 for e in people if (held := e.skills.get(name)) is not None and held.level >= level), name, level)
        for name, level in model.problem.visits[visit].skills.items()
    ]
    if not able:  # nobody is there at all
        return {}
    _, name, level = min(able)
    return {"skill": name, "level": str(level)}


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
