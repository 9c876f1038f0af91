"""PyVRP (its iterated local search, one thread) on a plain problem.

Skills become routing profiles: for whoever may not go, the way to the visit is prohibitively long. Overtime counts
from the shift's end, because a route is made to start when its engineer is ready. The way home of an engineer without
work cannot be charged. Every visit is required, although it has a word for prizes: with them it plans 10-15 % dearer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
import pyvrp
from pyvrp.IteratedLocalSearch import IteratedLocalSearchCallbacks, IteratedLocalSearchParams
from pyvrp.stop import MaxRuntime

from bench.engine.peers.plain import SCALE, PlainProblem, Seen, Stopwatch, Vehicle

NO_ROAD_S: Final = 10**6
NO_ROAD_COST: Final = 10**9


def run(plain: PlainProblem, seconds: float, seed: int) -> list[Seen]:
    """Every better plan found within `seconds`, in order."""
    data, vehicles_of = _data(plain)
    watch = Stopwatch()
    noting = _Noting(watch, vehicles_of)
    params = pyvrp.SolveParams(ils=IteratedLocalSearchParams(callbacks=noting))
    result = pyvrp.solve(data, MaxRuntime(seconds), seed=seed, collect_stats=False, display=False, params=params)
    noting.on_best(result.best)
    return watch.seen


class _Noting(IteratedLocalSearchCallbacks):  # type: ignore[misc, unused-ignore]
    def __init__(self, watch: Stopwatch, vehicles_of: list[list[int]]) -> None:
        self.watch = watch
        self.vehicles_of = vehicles_of

    def on_start(self, ils: Any) -> None:
        self.on_best(ils.initial_solution)

    def on_best(self, best: Any) -> None:
        if not best.is_feasible():
            return
        free = [list(vehicles) for vehicles in self.vehicles_of]
        routes = {free[route.vehicle_type()].pop(): _jobs(route) for route in best.routes()}
        self.watch.note(routes)


def _jobs(route: Any) -> list[int]:
    return [activity.idx for activity in route.schedule() if activity.is_client()]


def _data(plain: PlainProblem) -> tuple[Any, list[list[int]]]:
    """The instance, and the vehicles that each vehicle type stands for."""
    jobs, vehicles = plain.jobs, plain.vehicles
    ends = sorted({place for vehicle in vehicles for place in (vehicle.start, vehicle.home)})
    depot_at = {place: number for number, place in enumerate(ends)}
    places = [job.place for job in jobs] + ends
    overtime = round(plain.overtime_h * SCALE / 3600)
    # Its penalties begin at fixed figures, so money is counted as coarsely as it can be.
    unit = int(np.gcd(np.gcd.reduce(plain.cost, axis=None), overtime))
    cost = plain.cost[np.ix_(places, places)] // unit
    seconds = plain.seconds[np.ix_(places, places)]
    alike: dict[tuple[Vehicle, frozenset[int]], list[int]] = {}
    for number, vehicle in enumerate(vehicles):
        barred = frozenset(n for n, job in enumerate(jobs) if number not in job.who)
        alike.setdefault((replace(vehicle, engineer="", first=()), barred), []).append(number)
    profiles: dict[frozenset[int], int] = {}
    types = []
    for (first, barred), members in alike.items():
        types.append(
            pyvrp.VehicleType(
                num_available=len(members),
                capacity=list(first.holds),
                start_depot=depot_at[first.start],
                end_depot=depot_at[first.home],
                tw_early=first.ready_s,
                tw_late=first.limit_s,
                start_late=first.ready_s if first.limit_s > first.end_s else first.limit_s,
                shift_duration=max(0, first.end_s - first.ready_s),
                max_overtime=first.limit_s - first.end_s,
                unit_overtime_cost=overtime // unit,
                profile=profiles.setdefault(barred, len(profiles)),
            )
        )
    data = pyvrp.ProblemData(
        locations=[pyvrp.Location(0, 0) for _ in places],
        clients=[
            pyvrp.Client(
                location=number,
                delivery=list(job.demand),
                service_duration=job.service_s,
                tw_early=job.from_s,
                tw_late=job.to_s,
            )
            for number, job in enumerate(jobs)
        ],
        depots=[pyvrp.Depot(len(jobs) + number) for number in range(len(ends))],
        vehicle_types=types,
        distance_matrices=[_without_road(cost, barred, NO_ROAD_COST) for barred in profiles],
        duration_matrices=[_without_road(seconds, barred, NO_ROAD_S) for barred in profiles],
    )
    return data, list(alike.values())


def _without_road(table: Any, barred: frozenset[int], long: int) -> Any:
    changed = table.copy()
    closed = sorted(barred)
    changed[:, closed] = long
    changed[closed, closed] = 0
    return changed
