"""OR-Tools routing on a plain problem: parallel or local cheapest insertion, then guided local search, one thread.

Tables instead of callbacks, which cost it half its speed; who may go through `VehicleVar`, because
`SetAllowedVehiclesForIndex` is broken in this version.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from bench.engine.peers.plain import SCALE, PlainProblem, Seen, Stopwatch


def parallel(plain: PlainProblem, seconds: float, seed: int) -> list[Seen]:
    """Every better plan found from PARALLEL_CHEAPEST_INSERTION on; routing search has no seed."""
    del seed
    return _run(plain, seconds, routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION)


def local(plain: PlainProblem, seconds: float, seed: int) -> list[Seen]:
    """The same from LOCAL_CHEAPEST_INSERTION on."""
    del seed
    return _run(plain, seconds, routing_enums_pb2.FirstSolutionStrategy.LOCAL_CHEAPEST_INSERTION)


def _run(plain: PlainProblem, seconds: float, first: Any) -> list[Seen]:
    manager, routing = _model(plain)
    search = pywrapcp.DefaultRoutingSearchParameters()
    search.first_solution_strategy = first
    search.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    search.time_limit.FromMilliseconds(int(seconds * 1000))
    watch, best = Stopwatch(), [2**62]

    def note() -> None:
        # Guided local search also passes through plans that are dearer than the best.
        if (price := routing.CostVar().Value()) < best[0]:
            best[0] = price
            watch.note(_routes(plain, manager, routing))

    routing.AddAtSolutionCallback(note)
    routing.SolveWithParameters(search)
    return watch.seen


def _routes(plain: PlainProblem, manager: Any, routing: Any) -> dict[int, list[int]]:
    routes: dict[int, list[int]] = {}
    for vehicle in range(len(plain.vehicles)):
        index = routing.NextVar(routing.Start(vehicle)).Value()
        while not routing.IsEnd(index):
            routes.setdefault(vehicle, []).append(manager.IndexToNode(index))
            index = routing.NextVar(index).Value()
    return routes


def _model(plain: PlainProblem) -> tuple[Any, Any]:
    """Nodes are the jobs, then the places where vehicles start and end."""
    jobs, vehicles = plain.jobs, plain.vehicles
    ends = sorted({place for vehicle in vehicles for place in (vehicle.start, vehicle.home)})
    node = {place: len(jobs) + number for number, place in enumerate(ends)}
    places = [job.place for job in jobs] + ends
    manager = pywrapcp.RoutingIndexManager(
        len(places), len(vehicles), [node[v.start] for v in vehicles], [node[v.home] for v in vehicles]
    )
    routing = pywrapcp.RoutingModel(manager)
    cost = plain.cost[np.ix_(places, places)]
    service = np.array([job.service_s for job in jobs] + [0] * len(ends))
    took = plain.seconds[np.ix_(places, places)] + service[:, None]
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(cost.tolist()))
    horizon = max(vehicle.limit_s for vehicle in vehicles)
    routing.AddDimension(routing.RegisterTransitMatrix(took.tolist()), horizon, horizon, False, "time")
    clock = routing.GetDimensionOrDie("time")
    for kind in range(len(vehicles[0].holds)):
        wanted = routing.RegisterUnaryTransitVector([job.demand[kind] for job in jobs] + [0] * len(ends))
        holds = [vehicle.holds[kind] for vehicle in vehicles]
        routing.AddDimensionWithVehicleCapacity(wanted, 0, holds, True, f"part{kind}")
    for number, vehicle in enumerate(vehicles):
        routing.SetVehicleUsedWhenEmpty(True, number)
        clock.CumulVar(routing.Start(number)).SetRange(vehicle.ready_s, horizon)
        clock.CumulVar(routing.End(number)).SetMax(vehicle.limit_s)
        if vehicle.limit_s > vehicle.end_s:
            price = round(plain.overtime_h * SCALE / 3600)
            clock.SetCumulVarSoftUpperBound(routing.End(number), vehicle.end_s, price)
        for variable in (clock.CumulVar(routing.Start(number)), clock.CumulVar(routing.End(number))):
            routing.AddVariableMinimizedByFinalizer(variable)
    for number, job in enumerate(jobs):
        index = manager.NodeToIndex(number)
        clock.CumulVar(index).SetRange(job.from_s, min(job.to_s, horizon))
        routing.AddDisjunction([index], job.price_fen * SCALE)
        if len(job.who) < len(vehicles):
            routing.VehicleVar(index).SetValues([-1, *sorted(job.who)])
    return manager, routing
