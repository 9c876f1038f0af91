"""The cheapest cure of a visit left out: rules are lifted, one if that helps, else two, else as few as are enough (R6).

A cure is tried, not guessed: the visit is put in where it then costs least. Finding out who costs least may be left to
somebody quicker (`Quick`); what is said of him is reckoned here, on the exact price.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Final, Protocol, TypeVar

from dispatch.planner.solver.assemble import cost_of
from dispatch.planner.solver.cost import Priced, Pricer
from dispatch.planner.solver.greedy import begin_of
from dispatch.planner.solver.lift import following, lifted, next_arrival
from dispatch.planner.solver.model import Model
from dispatch.planner.solver.placing import cheapest, places_in_time
from dispatch.planner.solver.plan import Cure, Reason, Remedy
from dispatch.planner.solver.state import State
from dispatch.planner.solver.together import may_be_manned, own_calls, with_group


class Quick(Protocol):
    """Who costs least, found quickly: the kernel, where there is one (`kernel.ask.Questions`)."""

    def next_best(self) -> Sequence[tuple[int, int] | None]:
        """For each visit (what the plan costs more, shift) with the next best engineer; None where nobody else can."""
        ...

    def cheapest(self, visit: int, model: Model) -> tuple[int, int, int] | None:
        """(what the routes cost more, shift, place) of a visit that is left out, by this model's rules; None if nowhere."""
        ...


Cures = tuple[Cure, ...]
Found = TypeVar("Found")

# What lifts a rule that stops a visit, the easiest to ask for first.
_LIFTING: Final = (
    Cure.allow_overtime,
    Cure.move_window,
    Cure.courier_part,
    Cure.wait_for_part,
    Cure.waive_bar,
    Cure.release_standby,
    Cure.waive_skill,
)
_EASIER: Final = (Cure.allow_overtime, Cure.move_window, Cure.courier_part, Cure.waive_bar, Cure.release_standby)
# What changes who may be sent.
_SENDING: Final = {Cure.waive_bar, Cure.release_standby, Cure.waive_skill}
# Which cures are tried alone for which reason; the first of equally cheap ones is named.
_TRIED: Final[Mapping[Reason, Cures]] = {
    Reason.no_skill: (Cure.waive_skill,),
    Reason.not_allowed: (Cure.waive_bar,),
    Reason.standby: (Cure.release_standby,),
    Reason.no_part: (Cure.courier_part, Cure.wait_for_part, Cure.waive_bar, Cure.release_standby),
    Reason.crew: (),
    Reason.order: (),
    Reason.too_far: _EASIER,
    Reason.no_time: (*_EASIER, Cure.wait_for_part),
    Reason.costs_more: (Cure.accept_cost, *_EASIER, Cure.waive_preference),
    Reason.waiting: (Cure.accept_cost,),
}


@dataclass(frozen=True, slots=True)
class Group:
    """Visits that only go in together, with the cures that let them, the plan they are then in, and its price."""

    members: tuple[int, ...]
    cures: Cures
    state: State
    extra_fen: int


@dataclass(frozen=True, slots=True)
class _Way:
    """Rules lifted, and about what the visit then costs with whom, as which of his stops."""

    cures: Cures
    state: State
    surcharge_fen: int
    routes_fen: int
    duty: int
    place: int

    @property
    def extra_fen(self) -> int:
        return self.routes_fen + self.surcharge_fen


def remedy(state: State, visit: int, reason: Reason, quick: Quick | None, lifted_already: Cures = ()) -> Remedy | None:
    """The cheapest cure for a visit that hangs on no other; a piece to wait for when nothing has a price.

    `lifted_already` are cures that it needs in any case, named first.
    """
    alone = [cure for cure in _TRIED[reason] if _may_help(state, visit, cure)]
    others = [cure for cure in _LIFTING if cure not in alone and _may_help(state, visit, cure)]
    lifting = [cure for cure in (*alone, *others) if cure in _LIFTING]
    choices: tuple[list[Cures], ...]
    if lifted_already:
        choices = ([()], [(cure,) for cure in lifting])
    else:
        pairs: list[Cures] = [pair for pair in combinations(lifting, 2) if pair[0] in alone]
        choices = ([(cure,) for cure in alone], pairs)
    for choice in choices:
        for way in sorted(_ways(state, visit, choice, quick, lifted_already), key=lambda way: way.extra_fen):
            found = _told(way, visit, lifted_already)
            if found is not None:
                return found
    enough = fewest(lifting, cache(lambda cures: next(_ways(state, visit, [cures], quick, lifted_already), None)))
    found = None if enough is None else _told(enough, visit, lifted_already)
    return found or _waited_for(state.model, visit, reason)


def group_cured(state: State, group: Sequence[tuple[int, ...]]) -> Group | None:
    """The cheapest cure that lets a whole group go; None if lifting everything would not. Cures hold for each member."""
    members = tuple(visit for crew in group for visit in crew)
    lifting = [cure for cure in _LIFTING if any(_may_help(state, visit, cure) for visit in members)]
    pricers: dict[object, Pricer] = {}

    @cache
    def tried(cures: Cures) -> Group | None:
        eased = lifted(state, members, cures)
        own_calls(eased.model, group)
        eased.pricer.remember_with(pricers.setdefault(_prices_hang_on(eased.model, members), eased.pricer))
        after = with_group(eased, group)
        if after is None:
            return None
        left_out_fen = sum(state.model.calls[visit].left_out_fen for visit in members)
        surcharge = sum(_surcharge_fen(state, visit, cures) for visit in members)
        return Group(members, cures, after, after.total - state.total + left_out_fen + surcharge)

    as_it_is = tried((Cure.accept_cost,))
    if as_it_is is not None:
        return as_it_is
    found = [way for cure in lifting if (way := tried((cure,))) is not None]
    if found:
        return min(found, key=lambda way: way.extra_fen)
    needed = [
        cure
        for cure in lifting
        if cure in _SENDING and not may_be_manned(lifted(state, members, set(lifting) - {cure}).model, group)
    ]
    return fewest(lifting, tried, frozenset(needed))


def _prices_hang_on(model: Model, group: Iterable[int]) -> object:
    """What a cure may change that orders of visits are priced by; hours of tied work are known to the prices themselves."""
    calls = [model.calls[visit] for visit in group]
    rules = tuple((call.wants, tuple(call.valid_until), tuple(call.extra_fen)) for call in calls)
    return rules, len(model.depots), tuple(duty.limit_s for duty in model.duties)


def fewest(
    lifting: Sequence[Cure], tried: Callable[[Cures], Found | None], needed: frozenset[Cure] = frozenset()
) -> Found | None:
    """What lifting as few of these rules as are enough gives, the hardest to ask for spared first; None if all fail.

    It is known that nothing goes without those `needed`.
    """
    easier = [cure for cure in sorted(lifting, key=_LIFTING.index) if cure not in needed]
    found: Found | None = None
    while found is None or easier:
        # Rules are lifted one after the other until it goes; whatever else of these is lifted, it does not go without the last.
        for number in range(len(easier) + 1):
            cures = needed.union(easier[:number])
            found = tried(tuple(cure for cure in lifting if cure in cures)) if cures else None
            if found is not None:
                break
        if found is None:
            return None
        needed = needed.union(easier[max(0, number - 1) : number])
        easier = easier[: max(0, number - 1)]
    return found


def remedy_in(group: Group, visit: int) -> Remedy:
    """The cure of a group as one of its visits tells it."""
    duty, begun = group.state.duty_of(visit), begin_of(group.state, visit)
    if duty is None or begun is None:
        raise AssertionError("every visit of a cured group has its place")
    model = group.state.model
    detail = _detail(model, visit, group.cures)
    detail["with"] = " ".join(model.calls[other].id for other in group.members if other != visit)
    who = model.duties[duty].engineer_id
    return Remedy(group.cures[0], group.extra_fen, who, begun[0], _late_s(model, visit, begun), detail)


def missing_parts(model: Model, visit: int) -> dict[str, str]:
    """The part nobody can bring and, where some are on their way, the depot and instant of the next ones.

    Where each is to be had and only not all of them by one engineer, all are named.
    """
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
    return detail or {"part": " ".join(dict.fromkeys(want.part for want in model.calls[visit].wants))}


def _waited_for(model: Model, visit: int, reason: Reason) -> Remedy | None:
    detail = missing_parts(model, visit) if reason is Reason.no_part else {}
    if "incoming_depot" not in detail:
        return None
    return Remedy(Cure.wait_for_part, None, start_s=int(detail["incoming_at_s"]), detail=detail)


def _may_help(state: State, visit: int, cure: Cure) -> bool:
    """Whether there is anything for this cure to lift."""
    model, call, source = state.model, state.model.calls[visit], state.model.problem.visits[visit]
    match cure:
        case Cure.move_window:
            return bool(source.windows)
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
        case Cure.waive_preference:
            return bool(source.preferred) and source.not_preferred_fen > 0
    return True


def _surcharge_fen(state: State, visit: int, cures: Cures) -> int:
    """What the cures cost beside the routes: the courier."""
    pieces = sum(want.qty for want in state.model.calls[visit].wants)
    return pieces * (state.model.problem.rates.courier_fen or 0) if Cure.courier_part in cures else 0


def _ways(
    state: State, visit: int, choice: Iterable[Cures], quick: Quick | None, lifted_already: Cures
) -> Iterator[_Way]:
    for cures in choice:
        eased = lifted(state, [visit], cures)
        if Cure.waive_order not in lifted_already:
            eased = following(eased, visit)
        # The quick one keeps to its own price of the choice of engineer.
        found = least(eased, visit, None if Cure.waive_preference in cures else quick)
        if found is not None:
            yield _Way(cures, eased, _surcharge_fen(state, visit, cures), *found)


def least(state: State, visit: int, quick: Quick | None) -> tuple[int, int, int] | None:
    """(what the routes cost more, shift, place) with whoever costs least."""
    if quick is not None:
        return quick.cheapest(visit, state.model)
    priced = cheapest(state, visit)
    return None if priced is None else (priced[0], priced[1].duty, priced[1].visits.index(visit))


def _told(way: _Way, visit: int, lifted_already: Cures) -> Remedy | None:
    """The remedy with its engineer's exact price and hour; None if it cannot be done so after all."""
    eased, model = way.state, way.state.model
    who = model.duties[way.duty]
    found = _least_of(eased, visit, who.engineer, (way.duty, way.place))
    if found is None:
        return None
    old = eased.routes[found[1].duty]
    eased.put(found[1])
    begun = begin_of(eased, visit)
    if begun is None:
        raise AssertionError("a visit just put in has its hour")
    cures = (*lifted_already, *way.cures)
    extra, late = found[0] + way.surcharge_fen, _late_s(model, visit, begun)
    terms = _terms(eased, old, *found) if cures == (Cure.accept_cost,) else {}
    return Remedy(cures[0], extra, who.engineer_id, begun[0], late, _detail(model, visit, cures), terms)


def _terms(state: State, old: Priced, extra_fen: int, new: Priced) -> dict[str, int]:
    """What each term of the plan's price changes by when one route is exchanged; lateness under shared headrooms too."""
    before, now = cost_of(state, old).by_term(), cost_of(state, new).by_term()
    terms = {name: now[name] - before[name] for name in now if name != "late"}
    terms["late"] = extra_fen - sum(terms.values())
    return {name: fen for name, fen in terms.items() if fen}


def _late_s(model: Model, visit: int, begun: tuple[int, int]) -> int:
    lates = model.calls[visit].lates
    return max((max(0, begun[one.at_end] - one.due_s) for one in lates), default=0)


def _detail(model: Model, visit: int, cures: Cures) -> dict[str, str]:
    detail: dict[str, str] = {}
    if Cure.wait_for_part in cures and (coming := next_arrival(model, visit)) is not None:
        detail |= {"incoming_depot": model.depots[coming[1]].id, "incoming_at_s": str(coming[0])}
    if len(cures) > 1:
        detail["also"] = " ".join(cures[1:])
    return detail


def _least_of(state: State, visit: int, engineer: int, likely: tuple[int, int]) -> tuple[int, Priced] | None:
    """The cheapest of all places that an engineer has for a visit; `likely` is the (shift, place) to be priced first."""
    places = [
        (duty, place)
        for duty in state.model.duties_of[engineer]
        if state.model.may_serve(duty, visit)
        for place in places_in_time(state, duty, visit)
    ]
    best: tuple[int, Priced] | None = None
    for duty, place in sorted(places, key=lambda one: one != likely):
        visits = state.routes[duty].visits
        order = (*visits[:place], visit, *visits[place:])
        made = state.option(duty, order, None if best is None else best[0])
        if made is not None and (best is None or made[0] < best[0]):
            best = made
    return best
