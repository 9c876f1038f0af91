"""OR-Tools' routing model of a problem: the engine's second opinion, and its fall-back without a compiled kernel.

With `partition.py` the only file that imports OR-Tools. The search holds Python's lock and may overrun its time, so it
runs in child processes only; tables are handed over whole, because a callback into Python halves the speed.
`SetAllowedVehiclesForIndex` raises for any argument in 9.15, hence `VehicleVar`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from dispatch.planner.solver.model import EVER
from dispatch.planner.solver.problem import Window
from dispatch.planner.solver.routing.layout import UNITS, Layout, Row, closed_hours, price_of_lateness

READING_S: Final = 5.0  # for pricing routes handed in
MOST_UNITS: Final = 10**15  # the price of one visit is cut here, so that thousands of them stay within 64 bits

Nodes = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Nodes of each row in order, when each begins (seconds of the problem), and the price in routing's own money."""

    rows: Nodes
    begins: Mapping[int, int]
    units: int

    @property
    def fen(self) -> float:
        """The price in fen."""
        return self.units / UNITS


class Routing:
    """One closed model. A process should build few of them; each holds its tables until it is dropped."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        rows = len(layout.rows)
        self.manager: Any = pywrapcp.RoutingIndexManager(layout.size, rows, layout.starts, layout.ends)
        self.model: Any = pywrapcp.RoutingModel(self.manager)
        self.solver: Any = self.model.solver()
        self.model.SetArcCostEvaluatorOfAllVehicles(self.model.RegisterTransitMatrix(layout.money().tolist()))
        self.time: Any = self._time()
        for number, row in enumerate(layout.rows):
            self._row(number, row)
        for node in range(len(layout.visits)):
            self._visit(node)
        self._choice()
        self._calls()
        self._parts()
        self._ties()
        self.model.CloseModelWithParameters(_parameters(READING_S, None))

    def priced(self, rows: Nodes) -> Answer | None:
        """What these routes cost here at the best hours; None when the model refuses them, which it never explains.

        For small problems: where a rest might lie elsewhere it goes on looking until its time is up.
        """
        taken = self.model.ReadAssignmentFromRoutes(self._indices(rows), True)
        return None if taken is None else self._answer(taken)

    def search(self, start: Nodes, *, time_s: float, solutions: int | None = None) -> Answer | None:
        """The cheapest plan found, beginning from these routes if they are accepted; None when there is none."""
        hint = self.solver.Assignment()
        self.model.RoutesToAssignment(self._indices(start), True, True, hint)
        found = self.model.SolveFromAssignmentWithParameters(hint, _parameters(time_s, solutions))
        return None if found is None else self._answer(found)

    def _indices(self, rows: Nodes) -> list[list[int]]:
        return [[self.manager.NodeToIndex(node) for node in row] for row in rows]

    def _answer(self, found: Any) -> Answer:
        rows: list[tuple[int, ...]] = []
        begins: dict[int, int] = {}
        for number in range(len(self.layout.rows)):
            index, nodes = found.Value(self.model.NextVar(self.model.Start(number))), []
            while not self.model.IsEnd(index):
                node = self.manager.IndexToNode(index)
                nodes.append(node)
                begins[node] = found.Min(self.time.CumulVar(index)) + self.layout.origin_s
                index = found.Value(self.model.NextVar(index))
            rows.append(tuple(nodes))
        return Answer(tuple(rows), begins, found.ObjectiveValue() + self.layout.fixed_fen * UNITS)

    def _time(self) -> Any:
        """The clock: cumul is when service begins, counted from the first row's start."""
        layout = self.layout
        driving = layout.driving()
        registered: dict[tuple[int, ...], int] = {}
        evaluators = []
        for row in layout.rows:
            service = tuple(layout.service(row.duty.engineer))
            if service not in registered:
                table = driving + np.array(service)[:, None]
                registered[service] = self.model.RegisterTransitMatrix(table.tolist())
            evaluators.append(registered[service])
        span = layout.horizon_s - layout.origin_s
        self.model.AddDimensionWithVehicleTransits(evaluators, span, span, False, "time")
        return self.model.GetDimensionOrDie("time")

    def _at(self, instant: int) -> int:
        """An instant of the problem on the model's clock, kept within the horizon."""
        layout = self.layout
        return min(max(instant, layout.origin_s), layout.horizon_s) - layout.origin_s

    def _row(self, number: int, row: Row) -> None:
        layout, model, duty = self.layout, self.model, row.duty
        begin, end = model.Start(number), model.End(number)
        ready = self._at(row.ready_s)
        self.time.CumulVar(begin).SetRange(ready, ready)
        self.time.CumulVar(end).SetMax(self._at(row.last_s))
        if layout.model.overtime_fen_h:
            self.time.SetCumulVarSoftUpperBound(end, self._at(duty.end_s), layout.model.overtime_fen_h)
        # Without this the way home of somebody who is sent nowhere would be free, and sending him look dear.
        model.SetVehicleUsedWhenEmpty(row.idle_charged, number)
        model.AddVariableMinimizedByFinalizer(self.time.CumulVar(end))
        index = begin
        for visit in row.frozen:
            following = self.manager.NodeToIndex(layout.visits.index(visit))
            model.NextVar(index).SetValue(following)
            index = following
        if row.closed:
            model.NextVar(index).SetValue(end)
        if row.breaks:
            self._breaks(number, row)

    def _breaks(self, number: int, row: Row) -> None:
        """Rests begin within their hours, during a drive or while waiting, never during service."""
        service = self.layout.service(row.duty.engineer)
        stays = [service[self.manager.IndexToNode(index)] for index in range(self.model.Size())]
        rests = [
            self.solver.FixedDurationIntervalVar(
                self._at(max(rest.earliest_s, row.ready_s)),
                self._at(rest.latest_s),
                rest.duration_s,
                False,
                f"rest {number} {place}",
            )
            for place, rest in enumerate(row.breaks)
        ]
        self.time.SetBreakIntervalsOfVehicle(rests, number, stays)

    def _visit(self, node: int) -> None:
        layout, index = self.layout, self.manager.NodeToIndex(node)
        call = layout.model.calls[layout.visits[node]]
        begin = self.time.CumulVar(index)
        rows = layout.may[call.index]
        if not call.frozen:
            earliest = max(call.release_s, layout.earliest_s.get(call.index, -EVER))
            self._open(begin, call.windows)
            begin.SetMin(self._at(earliest))
            self._certificates(index, call.valid_until)
            self.model.VehicleVar(index).SetValues([-1, *rows])
            self.model.AddDisjunction([index], min(call.left_out_fen * UNITS, MOST_UNITS))
        self.model.AddVariableMinimizedByFinalizer(begin)
        if (lateness := price_of_lateness(layout.model, call)) is not None:
            free, units = lateness
            if free < layout.horizon_s:
                self.time.SetCumulVarSoftUpperBound(index, self._at(free), units)

    def _certificates(self, index: int, valid_until: Sequence[int]) -> None:
        """Service begins while the certificate of whoever comes is valid."""
        rows = self.layout.rows
        limits = [self._at(valid_until[row.duty.engineer]) for row in rows]
        if min(limits) < self._at(EVER):
            # Nobody (-1) has no certificate to expire, so the list begins one place earlier.
            limit = self.solver.Element([self._at(EVER), *limits], (self.model.VehicleVar(index) + 1).Var())
            self.solver.Add(self.time.CumulVar(index) <= limit)

    def _choice(self) -> None:
        """Not preferred, moved: money that hangs on who comes, as the length of a way that each measures his own way."""
        _, more = self.layout.choice_fen()
        if not any(map(any, more)):
            return
        vectors = [tuple(extra) for extra in more]
        registered = {extra: self.model.RegisterUnaryTransitVector(list(extra)) for extra in sorted(set(vectors))}
        evaluators = [registered[extra] for extra in vectors]
        self.model.AddDimensionWithVehicleTransits(evaluators, 0, max(map(sum, vectors)), True, "choice")
        self.model.GetDimensionOrDie("choice").SetSpanCostCoefficientForAllVehicles(UNITS)

    def _calls(self) -> None:
        """Every call at a depot may be left away, and begins in the depot's hours."""
        layout = self.layout
        for place, depot in enumerate(layout.calls):
            index = self.manager.NodeToIndex(len(layout.visits) + place)
            self.model.AddDisjunction([index], 0)
            self._open(self.time.CumulVar(index), layout.model.depots[depot].windows)

    def _open(self, begin: Any, windows: Sequence[Window]) -> None:
        """Keeps a begin within the windows; no windows mean always."""
        if windows:
            begin.SetRange(self._at(min(one.from_s for one in windows)), self._at(max(one.to_s for one in windows)))
        for from_s, to_s in closed_hours(windows):
            if to_s >= self.layout.origin_s and from_s <= self.layout.horizon_s:
                begin.RemoveInterval(self._at(from_s), self._at(to_s))

    def _parts(self) -> None:
        """Pieces on board, one dimension per part: vans set off with theirs, calls add, visits take, never below zero."""
        layout = self.layout
        used: dict[tuple[int, str, str], Any] = {}
        for place, visit in enumerate(layout.visits):
            for want in layout.model.calls[visit].wants:
                shares = [self.solver.IntVar(0, want.qty, f"{place} {want.part} {part}") for part in want.accepts]
                self.solver.Add(self.solver.Sum(shares) == want.qty)
                for part, share in zip(want.accepts, shares, strict=True):
                    used[place, want.part, part] = share
                    self.model.AddVariableMaximizedByFinalizer(share)
        for part in layout.parts:
            self._part(part, {key: share for key, share in used.items() if key[2] == part})

    def _part(self, part: str, used: Mapping[tuple[int, str, str], Any]) -> None:
        layout = self.layout
        needs = [0] * layout.size
        for place, wanted, _ in used:
            wants = layout.model.calls[layout.visits[place]].wants
            needs[place] += next(want.qty for want in wants if want.part == wanted)
        vans = [row.duty.van.get(part, 0) for row in layout.rows]
        stocks = [layout.model.depots[depot].stock.get(part, 0) for depot in layout.calls]
        most = max(vans, default=0) + sum(stocks) + sum(needs)
        taking = self.model.RegisterUnaryTransitVector([-need for need in needs])
        name = f"part {part}"
        self.model.AddDimension(taking, most, most, False, name)
        aboard = self.model.GetDimensionOrDie(name)
        for node in range(len(layout.visits)):
            slack = aboard.SlackVar(self.manager.NodeToIndex(node))
            own = [share for (place, _, _), share in used.items() if place == node]
            # What another part serves instead comes back as slack.
            self.solver.Add(slack + self.solver.Sum(own) == needs[node])
        self._fetched(aboard, stocks)
        self._loaded(aboard, vans)

    def _fetched(self, aboard: Any, stocks: Sequence[int]) -> None:
        """What a call brings on board is free up to the depot's stock, which all its calls share."""
        layout = self.layout
        brought: dict[int, list[Any]] = {}
        for place, (depot, stock) in enumerate(zip(layout.calls, stocks, strict=True)):
            slack = aboard.SlackVar(self.manager.NodeToIndex(len(layout.visits) + place))
            slack.SetMax(stock)
            brought.setdefault(depot, []).append(slack)
            self.model.AddVariableMinimizedByFinalizer(slack)
        for depot, slacks in brought.items():
            stock = stocks[layout.calls.index(depot)]
            if stock and len(slacks) > 1:
                self.solver.Add(self.solver.Sum(slacks) <= stock)

    def _loaded(self, aboard: Any, vans: Sequence[int]) -> None:
        """Each van sets off with what it has; shifts of one engineer share it."""
        engineers: dict[int, list[Any]] = {}
        for number, (row, van) in enumerate(zip(self.layout.rows, vans, strict=True)):
            begin = self.model.Start(number)
            aboard.SlackVar(begin).SetValue(0)
            loaded = aboard.CumulVar(begin)
            loaded.SetMax(van)
            engineers.setdefault(row.duty.engineer, []).append(loaded)
            if row.duty.shares_van:
                self.model.AddVariableMinimizedByFinalizer(loaded)
            else:
                loaded.SetValue(van)
        van_of = {row.duty.engineer: van for row, van in zip(self.layout.rows, vans, strict=True)}
        for engineer, loads in engineers.items():
            if len(loads) > 1:
                self.solver.Add(self.solver.Sum(loads) <= van_of[engineer])

    def _ties(self) -> None:
        """Crews begin together on different engineers or stay away together; what follows begins after the end."""
        layout, solver, model = self.layout, self.solver, self.model
        index = {visit: self.manager.NodeToIndex(node) for node, visit in enumerate(layout.visits)}
        who = [row.duty.engineer for row in layout.rows]
        for crew in layout.crews:
            first = index[crew[0]]
            for mate in (index[visit] for visit in crew[1:]):
                solver.Add(model.ActiveVar(mate) == model.ActiveVar(first))
                self._not_before(mate, first, 0)
                self._not_before(first, mate, 0)
            # Left out, each member counts as an engineer of its own.
            people = [
                solver.Element([-1 - place, *who], (model.VehicleVar(index[visit]) + 1).Var()).Var()
                for place, visit in enumerate(crew)
            ]
            solver.Add(solver.AllDifferent(people))
        for before, then in layout.orders:
            lasts = [layout.model.calls[before].duration[engineer] for engineer in who]
            stays = solver.Element([0, *lasts], (model.VehicleVar(index[before]) + 1).Var())
            solver.Add(model.ActiveVar(index[before]) >= model.ActiveVar(index[then]))
            self._not_before(index[then], index[before], stays)

    def _not_before(self, then: int, first: int, stays: Any) -> None:
        """One begins when the other is over, if it is planned at all: hours of what is left out bind nobody."""
        layout = self.layout
        far = 2 * (layout.horizon_s - layout.origin_s) + max(max(call.duration) for call in layout.model.calls)
        left_out = 1 - self.model.ActiveVar(then)
        self.solver.Add(self.time.CumulVar(then) + left_out * far >= self.time.CumulVar(first) + stays)


def _parameters(time_s: float, solutions: int | None) -> Any:
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    # The only first solution that sees what lateness costs.
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.LOCAL_CHEAPEST_COST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromMilliseconds(max(1, int(time_s * 1000)))
    if solutions is not None:
        parameters.solution_limit = max(1, solutions)
    return parameters
