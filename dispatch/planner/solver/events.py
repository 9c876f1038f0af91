"""What happens while a plan is being driven, as changes of the problem (R4): pure, so that both sides of a pipe agree.

`settled` first says what may still change: work about to begin stays, everything else has a price for being moved.
Each event then makes a new problem; which visits of the standing plan survive it, `state_of` finds out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np

from dispatch.planner.solver.codec import BadForm
from dispatch.planner.solver.model import current_shift
from dispatch.planner.solver.plan import Plan, Route, StopKind
from dispatch.planner.solver.problem import (
    FAR,
    Engineer,
    Incumbent,
    Matrix,
    Pin,
    Problem,
    Travel,
    TravelBand,
    Visit,
    Window,
)


@dataclass(frozen=True, slots=True)
class Roads:
    """The drives of a new place: metres and seconds by profile, from it `out` and to it `back`, for each known place."""

    metres_out: tuple[int, ...]
    metres_back: tuple[int, ...]
    seconds_out: tuple[tuple[int, ...], ...]
    seconds_back: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class UrgentCall:
    """A visit more. With `roads` its site is new and becomes the last place of the tables."""

    visit: Visit
    roads: Roads | None = None


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A visit nobody wants any more; its crew goes with it. Under way: its engineer is free where he stands."""

    visit: str


@dataclass(frozen=True, slots=True)
class Overrun:
    """An engineer who is busy longer than planned and sets off no earlier than `until_s`."""

    engineer: str
    until_s: int


@dataclass(frozen=True, slots=True)
class Traffic:
    """Driving takes `percent` of what it takes now, for whoever sets off from `from_s` up to `to_s`."""

    percent: int
    from_s: int
    to_s: int


@dataclass(frozen=True, slots=True)
class Sick:
    """An engineer who stops working now; what he was doing somebody else begins anew."""

    engineer: str


@dataclass(frozen=True, slots=True)
class NoShow:
    """A customer who is not there: the visit waits for these windows, or for an appointment if there are none."""

    visit: str
    windows: tuple[Window, ...] = ()


Event: TypeAlias = UrgentCall | Cancelled | Overrun | Traffic | Sick | NoShow
EVENTS: Final[dict[str, type[Event]]] = {
    form.__name__: form for form in (UrgentCall, Cancelled, Overrun, Traffic, Sick, NoShow)
}


def after(problem: Problem, event: Event) -> Problem:
    """The problem once this has happened; what it names and the problem does not know changes nothing."""
    match event:
        case UrgentCall():
            return _called(problem, event)
        case Cancelled():
            return _without(problem, event.visit)
        case Overrun():
            return _engineers(
                problem,
                event.engineer,
                lambda one: replace(one, available_from_s=max(one.available_from_s, event.until_s)),
            )
        case Traffic():
            return replace(problem, travel=_slowed(problem.travel, event))
        case Sick():
            return _sick(problem, event.engineer)
        case NoShow():
            return _not_there(problem, event)


def settled(problem: Problem, plan: Plan, *, freeze_s: int, move_fen: int) -> Problem:
    """The problem in which this plan was promised: whoever sets off within `freeze_s` goes, others cost `move_fen`.

    What is frozen as the next stops of a route can no longer be reordered. Where a store, a break or waiting comes
    first, only the engineer is fixed, because a frozen visit fetches nothing and begins on arrival.
    """
    fixed: dict[str, Pin] = {}
    aboard: dict[str, Counter[str]] = {}
    incumbents: dict[str, str] = {}
    known = {visit.id: visit for visit in problem.visits}
    places = {engineer.id: place for place, engineer in enumerate(problem.engineers)}
    for route in plan.routes:
        current = route.shift == current_shift(problem, places[route.engineer])
        orders, gone = _bound_for(route, known, problem.now_s + freeze_s, current=current)
        fixed |= orders
        aboard.setdefault(route.engineer, Counter()).update(gone)
        incumbents |= {stop.ref: route.engineer for stop in route.stops if stop.kind is StopKind.visit}

    def tied(visit: Visit) -> Visit:
        if visit.pin is not None and visit.pin.frozen:
            return visit
        if visit.id in fixed:
            return replace(visit, pin=fixed[visit.id])
        if visit.id in incumbents and visit.pin is None:
            return replace(visit, incumbent=Incumbent(incumbents[visit.id], move_fen))
        return visit

    return replace(
        problem,
        visits=tuple(tied(visit) for visit in problem.visits),
        engineers=tuple(_lighter(engineer, aboard.get(engineer.id, Counter())) for engineer in problem.engineers),
    )


def _bound_for(
    route: Route, known: Mapping[str, Visit], until_s: int, *, current: bool
) -> tuple[dict[str, Pin], Counter[str]]:
    """The visits of a route that may not change any more, and the pieces of the van that go with them."""
    fixed: dict[str, Pin] = {}
    gone: Counter[str] = Counter()
    frozen = current
    order = 1 + max((v.pin.order or 0 for s in route.stops if (v := known.get(s.ref)) and v.pin), default=-1)
    for stop in route.stops:
        if stop.arrive_s - stop.travel_s > until_s:
            break
        visit = known[stop.ref] if stop.kind is StopKind.visit else None
        if visit is None:
            frozen = False
            continue
        if visit.pin is not None and visit.pin.frozen:
            continue
        tied = visit.sync is not None or bool(visit.after)
        frozen = frozen and stop.start_s == stop.arrive_s and not tied and all(u.depot is None for u in stop.uses)
        fixed[visit.id] = Pin(route.engineer, order=order) if frozen else Pin(route.engineer)
        if frozen:
            gone.update({use.part: use.qty for use in stop.uses})
            order += 1
    return fixed, gone


def _lighter(engineer: Engineer, gone: Counter[str]) -> Engineer:
    if not gone:
        return engineer
    return replace(engineer, van={part: left for part, qty in engineer.van.items() if (left := qty - gone[part]) > 0})


def _called(problem: Problem, event: UrgentCall) -> Problem:
    if event.roads is None:
        return replace(problem, visits=(*problem.visits, event.visit))
    roads, travel = event.roads, problem.travel
    there = replace(event.visit, location=travel.metres.size)
    profiles = zip(travel.seconds, roads.seconds_out, roads.seconds_back, strict=True)
    longer = Travel(
        _grown(travel.metres, roads.metres_out, roads.metres_back),
        tuple(_grown(table, out, back) for table, out, back in profiles),
        travel.bands,
    )
    return replace(problem, travel=longer, visits=(*problem.visits, there))


def _grown(table: Matrix, out: tuple[int, ...], back: tuple[int, ...]) -> Matrix:
    if len(out) != table.size or len(back) != table.size or min(*out, *back, 0) < 0 or max(*out, *back, 0) > FAR:
        raise BadForm("roads", "not one drive to and from every place")
    cells = np.zeros((table.size + 1, table.size + 1), dtype="<i4")
    cells[:-1, :-1] = np.frombuffer(table.cells, dtype="<i4").reshape(table.size, table.size)
    cells[-1, :-1], cells[:-1, -1] = out, back
    return Matrix(table.size + 1, cells.tobytes())


def _without(problem: Problem, name: str) -> Problem:
    """The problem without a visit and its crew; whoever was there or bound for it is free."""
    found = next((visit for visit in problem.visits if visit.id == name), None)
    if found is None:
        return problem
    gone = {visit.id for visit in problem.visits if visit.id == name or (found.sync and visit.sync == found.sync)}
    freed = _freed(problem, [visit for visit in problem.visits if visit.id in gone])
    kept = (visit for visit in problem.visits if visit.id not in gone)
    return replace(problem, engineers=freed, visits=tuple(replace(v, after=v.after - gone) for v in kept))


def _freed(problem: Problem, visits: Iterable[Visit]) -> tuple[Engineer, ...]:
    """The engineers once those visits hold nobody: who was at one of them sets off from there, now."""
    at = {v.pin.engineer: v.location for v in visits if v.pin is not None and v.pin.start_s is not None}

    def free(place: int, engineer: Engineer) -> Engineer:
        if engineer.id not in at:
            return engineer
        current = current_shift(problem, place)
        shifts = tuple(
            replace(shift, start_location=at[engineer.id]) if number == current else shift
            for number, shift in enumerate(engineer.shifts)
        )
        return replace(engineer, shifts=shifts)

    return tuple(free(place, engineer) for place, engineer in enumerate(problem.engineers))


def _engineers(problem: Problem, name: str, change: Callable[[Engineer], Engineer]) -> Problem:
    return replace(problem, engineers=tuple(change(e) if e.id == name else e for e in problem.engineers))


def _slowed(travel: Travel, event: Traffic) -> Travel:
    """Travel with the bands between the two instants on slower tables; tables that no band reads any more are gone."""
    tables = list(travel.seconds)
    slow: dict[int, int] = {}
    bands = list(travel.bands)
    if event.from_s < bands[0].from_s:  # before the first band its profile holds
        bands.insert(0, TravelBand(event.from_s, bands[0].profile))
    made: list[TravelBand] = []

    def slower(profile: int) -> int:
        if profile not in slow:
            slow[profile] = len(tables)
            tables.append(_scaled(travel.seconds[profile], event.percent))
        return slow[profile]

    for band, until in zip(bands, [*(later.from_s for later in bands[1:]), None], strict=True):
        begin, end = max(band.from_s, event.from_s), event.to_s if until is None else min(until, event.to_s)
        if begin >= end:
            made.append(band)
            continue
        if band.from_s < begin:
            made.append(band)
        made.append(TravelBand(begin, slower(band.profile)))
        if until is None or end < until:
            made.append(TravelBand(end, band.profile))
    return _lean(Travel(travel.metres, tuple(tables), tuple(made)))


def _lean(travel: Travel) -> Travel:
    """The same drives at every hour without tables that no band reads and bands that change nothing."""
    read = sorted({band.profile for band in travel.bands})
    bands: list[TravelBand] = []
    for band in travel.bands:
        profile = read.index(band.profile)
        if not bands or bands[-1].profile != profile:
            bands.append(TravelBand(band.from_s, profile))
    return Travel(travel.metres, tuple(travel.seconds[profile] for profile in read), tuple(bands))


def _scaled(table: Matrix, percent: int) -> Matrix:
    cells = np.frombuffer(table.cells, dtype="<i4").astype(np.int64)
    return Matrix(table.size, np.minimum(-(-cells * percent // 100), FAR).astype("<i4").tobytes())


def _sick(problem: Problem, name: str) -> Problem:
    def freed(visit: Visit) -> Visit:
        if visit.pin is not None and visit.pin.engineer == name:
            visit = replace(visit, pin=None, release_s=max(visit.release_s, problem.now_s))
        if visit.incumbent is not None and visit.incumbent.engineer == name:
            visit = replace(visit, incumbent=None)  # moving it is no longer a choice
        return visit

    gone = _engineers(problem, name, lambda one: replace(one, shifts=()))
    return replace(gone, visits=tuple(freed(visit) for visit in problem.visits))


def _not_there(problem: Problem, event: NoShow) -> Problem:
    if not event.windows:
        return _without(problem, event.visit)
    waiting = [visit for visit in problem.visits if visit.id == event.visit]
    later = {v.id: replace(v, pin=None, incumbent=None, windows=event.windows) for v in waiting}
    return replace(
        problem,
        engineers=_freed(problem, waiting),
        visits=tuple(later.get(visit.id, visit) for visit in problem.visits),
    )


def around(event: Event) -> tuple[str, ...]:
    """The visit or engineer that a repair after this event should look around; nothing: everywhere."""
    match event:
        case UrgentCall():
            return (event.visit.id,)
        case Cancelled() | NoShow():
            return (event.visit,)
        case Overrun() | Sick():
            return (event.engineer,)
        case Traffic():
            return ()
