"""The problem as OR-Tools routing sees it: nodes, rows, tables and prices, as plain numbers.

Nodes are visits, then calls at depots (several copies of each, so that several routes may call), then each shift's
start and end. Everything is read from the compiled `Model`; nothing here knows OR-Tools.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dispatch.planner.solver.cost import late_fen
from dispatch.planner.solver.model import ANYWHERE, EVER, Call, Duty, Model
from dispatch.planner.solver.problem import Break, Matrix, Problem, Travel, TravelBand, Window
from dispatch.planner.solver.state import State

UNITS: Final = 3600  # units of the routing model's cost in one fen: a second at a price per hour is then whole
COPIES: Final = 4  # calls at one depot, unless the plan to start from has more
SLOPE_S: Final = 7200  # what lateness costs is taken as a straight line through the price of two hours late

Table = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Row:
    """One shift: a vehicle. It starts where and when the visit `under_way` is over, if there is one.

    `frozen` are the visits to be driven to first; `closed` means that nothing may follow them. `idle_charged` tells
    whether going home without a visit costs.
    """

    duty: Duty
    start: int
    ready_s: int
    last_s: int
    under_way: tuple[int, ...]
    frozen: tuple[int, ...]
    breaks: tuple[Break, ...]
    closed: bool
    idle_charged: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """`visits` and `calls` (depots by index) are the nodes in order; `rows` have their starts and ends behind them.

    `crews` begin together, `orders` are pairs (first, then); `fixed_fen` is owed whatever is planned.
    """

    model: Model
    rows: tuple[Row, ...]
    visits: tuple[int, ...]
    calls: tuple[int, ...]
    may: Mapping[int, tuple[int, ...]]
    earliest_s: Mapping[int, int]
    crews: tuple[tuple[int, ...], ...]
    orders: tuple[tuple[int, int], ...]
    parts: tuple[str, ...]
    origin_s: int
    horizon_s: int
    fixed_fen: int

    @property
    def size(self) -> int:
        """How many nodes there are."""
        return len(self.visits) + len(self.calls) + 2 * len(self.rows)

    @property
    def starts(self) -> list[int]:
        """The node where each row begins."""
        first = len(self.visits) + len(self.calls)
        return list(range(first, first + len(self.rows)))

    @property
    def ends(self) -> list[int]:
        """The node where each row ends."""
        return [node + len(self.rows) for node in self.starts]

    def places(self) -> list[int]:
        """The location of each node; an end anywhere is given the start's, and its column is free."""
        calls, depots = self.model.calls, self.model.depots
        ends = [row.start if row.duty.home == ANYWHERE else row.duty.home for row in self.rows]
        return [
            *(calls[visit].location for visit in self.visits),
            *(depots[depot].location for depot in self.calls),
            *(row.start for row in self.rows),
            *ends,
        ]

    def service(self, engineer: int) -> list[int]:
        """Seconds spent at each node when this engineer is there."""
        calls, depots = self.model.calls, self.model.depots
        stays = [calls[visit].duration[engineer] for visit in self.visits]
        return stays + [depots[depot].handling_s for depot in self.calls] + [0] * (2 * len(self.rows))

    def choice_fen(self) -> tuple[list[int], list[list[int]]]:
        """What sending somebody costs beyond the way (not preferred, moved): whoever goes, per node; and per row more.

        Every node has a row without more, for 9.15 refuses to leave a node out on which every vehicle's unary
        transit is above zero.
        """
        calls, inner = self.model.calls, len(self.visits)
        whole = [[calls[visit].extra_fen[row.duty.engineer] for visit in self.visits] for row in self.rows]
        least = [min(column) for column in zip(*whole, strict=True)] or [0] * inner
        rest = [0] * (self.size - inner)
        more = [[fen - low for fen, low in zip(extra, least, strict=True)] + rest for extra in whole]
        return least + rest, more

    def driving(self) -> Table:
        """Seconds between nodes."""
        return self._between(self.model.band_rows[0])

    def money(self) -> Table:
        """Units of cost between nodes: the way, what leaving any node costs, the on-call fee where a shift goes out."""
        model = self.model
        units = self.driving() * model.travel_fen_h
        units += (self._between(model.metres) * model.distance_fen_km * UNITS + 500) // 1000
        units += np.array(self.choice_fen()[0], dtype=np.int64)[:, None] * UNITS
        for node, visit in enumerate(self.visits):
            # What was due before anybody can set off is late by that much whatever happens.
            if (lateness := price_of_lateness(model, model.calls[visit])) is not None:
                units[node] += lateness[1] * max(0, self.origin_s - lateness[0])
        inner = len(self.visits) + len(self.calls)
        for row, start in zip(self.rows, self.starts, strict=True):
            if not row.under_way:
                units[start, :inner] += row.duty.on_call_fen * UNITS
        return units

    def _between(self, table: Sequence[Sequence[int]]) -> Table:
        places = self.places()
        cells = np.array(table, dtype=np.int64)[np.ix_(places, places)]
        for row, end in zip(self.rows, self.ends, strict=True):
            if row.duty.home == ANYWHERE:
                cells[:, end] = 0
        return cells


def at_mean_speed(problem: Problem) -> Problem:
    """The same problem with one table of driving times: each band's, weighed by the hours of duty that lie in it.

    Routing has one time from place to place; a problem of one profile keeps its own.
    """
    travel = problem.travel
    weights: Counter[int] = Counter()
    ends = [*(band.from_s for band in travel.bands[1:]), EVER]
    for engineer in problem.engineers:
        for shift in engineer.shifts:
            begin = max(shift.start_s, engineer.available_from_s, problem.now_s)
            for number, (band, end) in enumerate(zip(travel.bands, ends, strict=True)):
                from_s = begin if number == 0 else max(begin, band.from_s)
                weights[band.profile] += max(0, min(shift.end_s, end) - from_s)
    used = [(profile, seconds) for profile, seconds in weights.items() if seconds]
    if len(used) <= 1:
        table = travel.seconds[used[0][0] if used else travel.bands[0].profile]
    else:
        tables = [np.frombuffer(travel.seconds[profile].cells, dtype="<i4").astype(np.int64) for profile, _ in used]
        shares = [seconds for _, seconds in used]
        mean = sum(cells * share for cells, share in zip(tables, shares, strict=True)) // sum(shares)
        table = Matrix(travel.metres.size, np.asarray(mean).astype("<i4").tobytes())
    return replace(problem, travel=Travel(travel.metres, (table,), (TravelBand(0, 0),)))


def lay_out(start: State, copies: Mapping[int, int]) -> Layout:
    """The layout for a state with nothing but frozen work in it; `copies` asks for so many calls at a depot or more."""
    model = start.model
    rows = tuple(_row(start, duty) for duty in model.duties)
    begun = {visit: row.ready_s for row in rows for visit in row.under_way}
    origin = min((row.ready_s for row in rows), default=0)
    horizon = max((row.last_s for row in rows), default=0)
    may = _allowed(model, rows, horizon)
    crews, orders = _ties(model, may, begun)
    earliest: dict[int, int] = {}
    for first, then in orders:
        if first in begun:
            earliest[then] = max(earliest.get(then, -EVER), begun[first])
    visits = tuple(sorted(may))
    wanting = [{part for want in model.calls[visit].wants for part in want.accepts} for visit in visits]
    parts = tuple(sorted(set().union(*wanting)))
    return Layout(
        model=model,
        rows=rows,
        visits=visits,
        calls=tuple(_calls(model, wanting, copies, rows)),
        may=may,
        earliest_s=earliest,
        crews=crews,
        orders=tuple(pair for pair in orders if pair[0] not in begun),
        parts=parts,
        origin_s=origin,
        horizon_s=horizon,
        fixed_fen=_fixed_fen(model, rows, visits, begun),
    )


def _row(start: State, duty: Duty) -> Row:
    model, base = start.model, start.routes[duty.index]
    first = model.calls[duty.frozen[0]] if duty.frozen else None
    under_way = first if first is not None and first.pin is not None and first.pin.start_s is not None else None
    begun = duty.frozen[:1] if under_way else ()
    rests = sum(rest.duration_s for rest in duty.breaks)
    return Row(
        duty=duty,
        start=under_way.location if under_way else duty.start,
        ready_s=base.departs[1] if under_way else duty.ready_s,
        last_s=max(duty.limit_s, base.end_s + rests),
        under_way=begun,
        frozen=duty.frozen[len(begun) :],
        breaks=duty.breaks,
        closed=base.end_s > duty.limit_s,
        # A way home that is overtime in itself costs nothing when nobody is sent out; charging it would.
        idle_charged=bool(begun) or base.end_s <= duty.end_s,
    )


def _allowed(model: Model, rows: Sequence[Row], horizon: int) -> dict[int, tuple[int, ...]]:
    """The rows that may serve each visit; a visit nobody can begin in time is not there."""
    may: dict[int, tuple[int, ...]] = {}
    for number, row in enumerate(rows):
        may.update({visit: (number,) for visit in row.frozen})
    for call in model.calls:
        if call.frozen:
            continue
        fit = tuple(
            number
            for number, row in enumerate(rows)
            if not row.closed
            and model.may_serve(row.duty.index, call.index)
            and max(call.release_s, row.ready_s) <= min(call.last_s, row.last_s, call.valid_until[row.duty.engineer])
        )
        open_then = [one for one in call.windows if one.to_s >= call.release_s and one.from_s <= horizon]
        if fit and (open_then or not call.windows):
            may[call.index] = fit
    return may


def _ties(
    model: Model, may: dict[int, tuple[int, ...]], begun: Mapping[int, int]
) -> tuple[tuple[tuple[int, ...], ...], list[tuple[int, int]]]:
    """Crews and orders of work among visits that can be done; takes from `may` what a missing one makes impossible."""
    sources = model.problem.visits
    crews: dict[str, list[int]] = {}
    for call in model.calls:
        sync = sources[call.index].sync
        if sync is not None and not call.frozen:
            crews.setdefault(sync, []).append(call.index)
    orders = [
        (model.visit_index[name], call.index)
        for call in model.calls
        if not call.frozen
        for name in sorted(sources[call.index].after)
    ]
    while True:
        lost = {visit for crew in crews.values() if any(mate not in may for mate in crew) for visit in crew}
        lost |= {
            then
            for first, then in orders
            if first not in may and (first not in begun or begun[first] > model.calls[then].last_s)
        }
        lost &= may.keys()
        if not lost:
            break
        for visit in lost:
            del may[visit]
    kept = tuple(tuple(crew) for crew in crews.values() if len(crew) > 1 and all(visit in may for visit in crew))
    return kept, [(first, then) for first, then in orders if then in may]


def _calls(model: Model, wanting: Sequence[set[str]], copies: Mapping[int, int], rows: Sequence[Row]) -> list[int]:
    calls: list[int] = []
    for place, depot in enumerate(model.depots):
        open_then = [
            one for one in depot.windows if any(row.ready_s <= one.to_s and one.from_s <= row.last_s for row in rows)
        ]
        useful = sum(1 for parts in wanting if any(depot.stock.get(part, 0) for part in parts))
        if open_then or not depot.windows:
            calls += [place] * max(copies.get(place, 0), min(useful, len(rows), COPIES))
    return calls


def _fixed_fen(model: Model, rows: Sequence[Row], visits: Sequence[int], begun: Mapping[int, int]) -> int:
    """What is owed whatever is planned: visits nobody can do, and what work under way costs by now."""
    total = sum(model.calls[visit].left_out_fen for visit in {c.index for c in model.calls} - {*visits, *begun})
    for row in rows:
        for visit in row.under_way:
            call, engineer = model.calls[visit], row.duty.engineer
            since = call.pin.start_s if call.pin and call.pin.start_s is not None else 0
            ends = since + call.duration[engineer]
            total += call.extra_fen[engineer] + row.duty.on_call_fen
            total += sum(late_fen(one, (ends if one.at_end else since) - one.due_s) for one in call.lates)
    return total


def price_of_lateness(model: Model, call: Call) -> tuple[int, int] | None:
    """(begin from which lateness costs, units a second beyond it), or None where being late costs nothing.

    Routing knows straight lines only: the line runs through the price of two hours late. It is exact for one clause
    in proportion without a fixed sum, grace or cap.
    """
    shortest = min(call.duration)
    offsets = [shortest if late.at_end else 0 for late in call.lates]
    if not call.lates:
        return None
    free = min(late.due_s + late.grace_s - offset for late, offset in zip(call.lates, offsets, strict=True))
    owed = 0
    for late, offset in zip(call.lates, offsets, strict=True):
        fen = late_fen(late, free + SLOPE_S + offset - late.due_s)
        owed += fen if late.cap < 0 else min(fen, model.headroom[late.cap])
    return (free, round(owed * UNITS / SLOPE_S)) if owed else None


def closed_hours(windows: Sequence[Window]) -> list[tuple[int, int]]:
    """The spans between windows in which nothing may begin, both ends included."""
    gaps: list[tuple[int, int]] = []
    open_until: int | None = None
    for window in sorted(windows, key=lambda one: one.from_s):
        if open_until is not None and window.from_s > open_until + 1:
            gaps.append((open_until + 1, window.from_s - 1))
        open_until = window.to_s if open_until is None else max(open_until, window.to_s)
    return gaps
