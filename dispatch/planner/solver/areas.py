"""Which engineers and visits are planned together, and the problem they make by themselves (R8).

A problem is cut along its territories; what is tied – a crew, an order of work, a pin – stays in one piece. A part
is a whole `Problem` with its own travel tables, so whoever solves it knows nothing of the rest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dispatch.planner.solver.problem import Depot, Engineer, Matrix, Pin, Problem, Travel, Visit, Window

LEAST: Final = 60  # visits: smaller areas are planned with a neighbour, because starting costs more than they do
MOST: Final = 320  # visits: larger areas are cut in two
NOBODY: Final = 2**31 - 1  # the reach of an area in which nobody could do the visit

Ints: TypeAlias = NDArray[np.int64]
Stock: TypeAlias = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Areas:
    """Every engineer and visit has one area, numbered from 0; both by index in the problem.

    `reach[v, a]` is the least driving time from where an able engineer of area `a` begins or ends to visit `v`.
    """

    count: int
    engineer: Ints
    visit: Ints
    reach: Ints


def areas(problem: Problem) -> Areas:
    """The problem cut along its territories, small ones joined with a neighbour, large ones cut in two."""
    drive = _drives(problem)
    engineer = _labelled(problem)
    engineer = _halved(problem, engineer)
    reach = _reach(drive, engineer)
    visit = _nearest(problem, engineer, reach)
    while (small := _smallest(visit, int(engineer.max()) + 1)) is not None:
        into = _neighbour(reach, visit, small)
        engineer, visit = _joined(engineer, small, into), _joined(visit, small, into)
        reach = _reach(drive, engineer)
    engineer, visit = _untorn(problem, engineer, visit)
    return Areas(int(engineer.max()) + 1, engineer, visit, _reach(drive, engineer))


def seconds_of(problem: Problem) -> NDArray[np.int32]:
    """Driving times of the first profile; near and far do not hang on the hour."""
    return cells_of(problem.travel.seconds[0])


def cells_of(table: Matrix) -> NDArray[np.int32]:
    """A travel table as an array, nothing copied."""
    return np.frombuffer(table.cells, dtype="<i4").reshape(table.size, table.size)


def _drives(problem: Problem) -> NDArray[np.int32]:
    """Visits × engineers: the least driving time from where a shift begins or ends; NOBODY where he may not come."""
    seconds = seconds_of(problem)
    spots = np.array([visit.location for visit in problem.visits], dtype=np.int64)
    drive = np.full((len(problem.visits), len(problem.engineers)), NOBODY, dtype=np.int32)
    for column, engineer in enumerate(problem.engineers):
        for place in {p for s in engineer.shifts for p in (s.start_location, s.end_location) if p is not None}:
            np.minimum(drive[:, column], seconds[place, spots], out=drive[:, column])
    able: dict[frozenset[tuple[str, int]], NDArray[np.bool_]] = {}
    for row, visit in enumerate(problem.visits):
        wanted = frozenset(visit.skills.items())
        if wanted not in able:
            able[wanted] = np.array([_holds(engineer, wanted) for engineer in problem.engineers])
        drive[row, ~able[wanted]] = NOBODY
    return drive


def _holds(engineer: Engineer, wanted: Iterable[tuple[str, int]]) -> bool:
    return all((held := engineer.skills.get(name)) is not None and held.level >= level for name, level in wanted)


def _reach(drive: NDArray[np.int32], engineer: Ints) -> Ints:
    columns = [drive[:, engineer == area].min(axis=1) for area in range(int(engineer.max()) + 1)]
    return np.stack(columns, axis=1).astype(np.int64)


def _labelled(problem: Problem) -> Ints:
    """Engineers by territory; who has none joins whoever begins nearest."""
    names = sorted({engineer.territory for engineer in problem.engineers if engineer.territory is not None})
    number = {name: place for place, name in enumerate(names)}
    area = np.array([number.get(engineer.territory or "", -1) for engineer in problem.engineers], dtype=np.int64)
    if not names:
        return np.zeros(len(problem.engineers), dtype=np.int64)
    seconds, begins = seconds_of(problem), _begins(problem)
    settled = np.flatnonzero(area >= 0)
    for lone in np.flatnonzero(area < 0):
        area[lone] = area[settled[seconds[begins[settled], begins[lone]].argmin()]]
    return area


def _begins(problem: Problem) -> Ints:
    places = [engineer.shifts[0].start_location if engineer.shifts else 0 for engineer in problem.engineers]
    return np.array(places, dtype=np.int64)


def _halved(problem: Problem, engineer: Ints) -> Ints:
    """Areas with too many visits to come are cut between the two engineers farthest apart, until none is too large."""
    fair = len(problem.visits) / max(1, len(problem.engineers))
    seconds, begins = seconds_of(problem), _begins(problem)
    area, number = engineer.copy(), 0
    while number <= int(area.max()):
        mine = np.flatnonzero(area == number)
        if len(mine) < 4 or len(mine) * fair <= MOST:
            number += 1
            continue
        apart = seconds[np.ix_(begins[mine], begins[mine])]
        one = apart[apart[0].argmax()]
        other = apart[one.argmax()]
        order = np.argsort(one - other, kind="stable")
        area[mine[order[len(mine) // 2 :]]] = int(area.max()) + 1
    return area


def _nearest(problem: Problem, engineer: Ints, reach: Ints) -> Ints:
    """Each visit with its own territory's area if somebody there could do it, else where an able one is nearest."""
    of_territory: dict[str, list[int]] = defaultdict(list)
    for person, area in zip(problem.engineers, engineer.tolist(), strict=True):
        if person.territory is not None and area not in of_territory[person.territory]:
            of_territory[person.territory].append(area)
    chosen: list[int] = []
    for row, visit in enumerate(problem.visits):
        own = of_territory.get(visit.territory or "", [])
        best = min(own, key=lambda area: int(reach[row, area]), default=None)
        if best is None or reach[row, best] == NOBODY:
            best = int(reach[row].argmin())
        chosen.append(best)
    return np.array(chosen, dtype=np.int64)


def _smallest(visit: Ints, count: int) -> int | None:
    """The area to be joined with another one, if any is too small."""
    sizes = np.bincount(visit, minlength=count)
    smallest = int(sizes.argmin())
    return smallest if count > 1 and sizes[smallest] < LEAST else None


def _neighbour(reach: Ints, visit: Ints, area: int) -> int:
    """The area whose engineers are nearest to this one's visits."""
    rows = reach[visit == area] if (visit == area).any() else reach
    mean = rows.mean(axis=0)
    mean[area] = np.inf
    return int(mean.argmin())


def _joined(numbers: Ints, area: int, into: int) -> Ints:
    joined = np.where(numbers == area, into, numbers)
    return joined - (joined > area)


def _untorn(problem: Problem, engineer: Ints, visit: Ints) -> tuple[Ints, Ints]:
    """What is tied in one area: visits that are tied go together, to whomever one of them is pinned to."""
    index = {person.id: place for place, person in enumerate(problem.engineers)}
    for group in tied(problem):
        pins = (problem.visits[row].pin for row in group)
        held = sorted({int(engineer[index[pin.engineer]]) for pin in pins if pin is not None}, reverse=True)
        target = held[-1] if held else Counter(visit[list(group)].tolist()).most_common(1)[0][0]
        for area in held[:-1]:  # pinned to people of several areas: those become one
            engineer, visit = _joined(engineer, area, target), _joined(visit, area, target)
        visit[list(group)] = target
    return engineer, visit


def tied(problem: Problem) -> list[tuple[int, ...]]:
    """Visits that hang together, crew by crew and order by order; a pinned visit is a group by itself."""
    index = {visit.id: row for row, visit in enumerate(problem.visits)}
    leader = list(range(len(problem.visits)))

    def lead(row: int) -> int:
        while leader[row] != row:
            leader[row] = row = leader[leader[row]]
        return row

    crews: dict[str, int] = {}
    for row, visit in enumerate(problem.visits):
        others = [index[name] for name in visit.after]
        if visit.sync is not None:
            others.append(crews.setdefault(visit.sync, row))
        for other in others:
            leader[lead(row)] = lead(other)
    groups: dict[int, list[int]] = defaultdict(list)
    for row in range(len(problem.visits)):
        groups[lead(row)].append(row)
    return [tuple(g) for g in groups.values() if len(g) > 1 or problem.visits[g[0]].pin is not None]


@dataclass(frozen=True, slots=True)
class Held:
    """A visit that something outside the part hangs on: it stays with this engineer at this instant."""

    engineer: str
    start_s: int


def alone(
    problem: Problem,
    engineers: Collection[int],
    visits: Collection[int],
    *,
    stock: Stock,
    caps: Mapping[str, int],
    held: Mapping[str, Held],
) -> Problem:
    """The problem of these engineers and visits alone, with the pieces and headrooms it is granted.

    Prices are those of the whole: a preferred engineer from elsewhere stands in it without a shift. Stores that
    grant nothing stay away, unless pieces are on their way to them.
    """
    people = [problem.engineers[place] for place in sorted(engineers)]
    calls = [problem.visits[row] for row in sorted(visits)]
    known, inside = {person.id for person in people}, {call.id for call in calls}
    fitted = [_fitted(call, known, inside, held.get(call.id)) for call in calls]
    absent = sorted({name for call in fitted for name in call.preferred} - known)
    stores = [_granted(depot, stock) for depot in problem.depots]
    stores = [depot for depot in stores if depot.stock or depot.incoming]
    places = sorted(
        {call.location for call in calls}
        | {place for person in people for s in person.shifts for place in (s.start_location, s.end_location or 0)}
        | {depot.location for depot in stores}
    )
    at = {place: number for number, place in enumerate(places)}
    return Problem(
        horizon_start=problem.horizon_start,
        now_s=problem.now_s,
        travel=_sliced(problem.travel, places),
        rates=problem.rates,
        engineers=(*(_moved(person, at) for person in people), *(Engineer(name, ()) for name in absent)),
        visits=tuple(replace(call, location=at[call.location]) for call in fitted),
        depots=tuple(replace(depot, location=at[depot.location]) for depot in stores),
        caps={name: max(0, fen) for name, fen in caps.items()},
    )


def _fitted(visit: Visit, known: set[str], inside: set[str], held: Held | None) -> Visit:
    """The visit without names the part does not know; held fast if its mates are elsewhere."""
    preferred = visit.preferred & known
    if visit.preferred and not preferred:
        preferred = frozenset((min(visit.preferred),))
    fitted = replace(
        visit,
        preferred=preferred,
        barred=visit.barred & known,
        duration_by={name: span for name, span in visit.duration_by.items() if name in known},
    )
    if held is None:
        return fitted
    pin = visit.pin if visit.pin is not None and visit.pin.frozen else Pin(held.engineer)
    return replace(
        fitted, pin=pin, windows=(Window(held.start_s, held.start_s),), sync=None, after=visit.after & frozenset(inside)
    )


def _granted(depot: Depot, stock: Stock) -> Depot:
    granted = {part: qty for part in depot.stock if (qty := stock.get((depot.id, part), 0)) > 0}
    return replace(depot, stock=granted)


def _moved(person: Engineer, at: Mapping[int, int]) -> Engineer:
    shifts = tuple(
        replace(
            shift,
            start_location=at[shift.start_location],
            end_location=None if shift.end_location is None else at[shift.end_location],
        )
        for shift in person.shifts
    )
    return replace(person, shifts=shifts)


def _sliced(travel: Travel, places: list[int]) -> Travel:
    rows = np.array(places, dtype=np.int64)

    def cut(table: Matrix) -> Matrix:
        return Matrix(len(rows), np.ascontiguousarray(cells_of(table)[np.ix_(rows, rows)]).tobytes())

    # A table that serves as seconds under several profiles is cut once.
    made: dict[int, Matrix] = {id(table): cut(table) for table in (travel.metres, *travel.seconds)}
    return Travel(made[id(travel.metres)], tuple(made[id(table)] for table in travel.seconds), travel.bands)
