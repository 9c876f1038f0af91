"""VROOM (pyvroom, exploration level 5, one thread) on a plain problem; it stops by itself or at the time limit.

Leaving out is a priority from 1 to 100, since VROOM has no price for it, and overtime is bounded but free. Whoever may
go is a skill that only those vehicles have.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import numpy as np
import vroom

from bench.engine.peers.plain import PlainProblem, Seen, Stopwatch

LEVEL: Final = 5


def run(plain: PlainProblem, seconds: float, seed: int) -> list[Seen]:
    """The one plan it answers with; the seed has no effect."""
    del seed
    task, everyone = vroom.Input(), frozenset(range(len(plain.vehicles)))
    task.set_durations_matrix("car", np.minimum(plain.seconds, 2**31).astype(np.uint32))
    task.set_costs_matrix("car", plain.cost.astype(np.uint32))
    groups = {who: number for number, who in enumerate({job.who for job in plain.jobs} - {everyone})}
    dearest = max((job.price_fen for job in plain.jobs), default=1)
    task.add_vehicle(
        [
            vroom.Vehicle(
                number,
                start=vehicle.start,
                end=vehicle.home,
                capacity=list(vehicle.holds),
                skills={group for who, group in groups.items() if number in who},
                time_window=(vehicle.ready_s, vehicle.limit_s),
            )
            for number, vehicle in enumerate(plain.vehicles)
        ]
    )
    task.add_job(
        [
            vroom.Job(
                number,
                location=job.place,
                default_service=job.service_s,
                delivery=list(job.demand),
                skills={groups[job.who]} if job.who in groups else set(),
                priority=max(1, round(100 * job.price_fen / dearest)),
                time_windows=[vroom.TimeWindow(job.from_s, job.to_s)],
            )
            for number, job in enumerate(plain.jobs)
        ]
    )
    watch = Stopwatch()
    answer: Any = task.solve(exploration_level=LEVEL, nb_threads=1, timeout=timedelta(seconds=seconds))
    steps = answer.routes[answer.routes["type"] == "job"]
    routes: dict[int, list[int]] = {}
    for vehicle, job in zip(steps["vehicle_id"], steps["id"], strict=True):
        routes.setdefault(int(vehicle), []).append(int(job))
    watch.note(routes)
    return watch.seen
