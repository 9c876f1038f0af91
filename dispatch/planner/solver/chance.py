"""How likely each stop of a plan is to be on time, from durations and travel as learnt distributions (R9).

Figures of the plan are medians; the truth is log-normal around them. A thousand days are drawn and driven in the
plan's order. Every visit has draws of its own, spread evenly over the distribution, so that a plan changed elsewhere
moves no other visit's chance by luck, and the same seed always gives the same answer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from statistics import NormalDist
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from dispatch.planner.solver.plan import Plan, Stop, StopKind
from dispatch.planner.solver.problem import Engineer, Judged, Problem, Visit
from dispatch.planner.solver.unfold import Samples, Times, lasts, unfold

SAMPLES: Final = 1000
WIDEST: Final = 3.0  # a log-sd beyond it (twenty times the median is nothing unusual) is a mistaken unit


@dataclass(frozen=True, slots=True)
class Spread:
    """Standard deviations of the logarithm: of each visit's service by id (not named: exact), and of every leg."""

    work: Mapping[str, float] = field(default_factory=dict)
    road: float = 0.0
    seed: int = 1

    def __post_init__(self) -> None:
        for name, log_sd in (*self.work.items(), ("the road", self.road)):
            if not 0 <= log_sd <= WIDEST:
                raise ValueError(f"log-sd of {name} is {log_sd}")


def chances(problem: Problem, plan: Plan, spread: Spread) -> dict[str, int]:
    """For each planned visit the chance, per mille, that every commitment is met and it begins in a window of its own.

    Met is judged as the commitment says, at begin or end of service, grace left aside. The plan must be legal.
    """

    def work(visit: Visit, engineer: Engineer) -> Samples:
        return _service(problem, spread, visit, lasts(visit, engineer))

    def road(engineer: Engineer, stop: Stop) -> Samples:
        # A visit keeps its draw whoever comes; a depot is called at by many, each on a road of his own.
        name = f"road to {stop.ref}" if stop.kind is StopKind.visit else f"{engineer.id}'s road to {stop.ref}"
        return np.exp(spread.road * _normal(spread.seed, name))

    visits = {visit.id: visit for visit in problem.visits}
    driven = unfold(problem, plan, work, road)
    return {ref: int(np.count_nonzero(_on_time(visits[ref], times))) for ref, times in driven.items()}


def _on_time(visit: Visit, times: Times) -> NDArray[np.bool_]:
    good = np.ones(SAMPLES, dtype=np.bool_)
    for commitment in visit.commitments:
        good &= (times.begin if commitment.judged is Judged.begin else times.end) <= commitment.due_s
    if visit.windows and not (visit.pin is not None and visit.pin.frozen):
        good &= np.logical_or.reduce([(w.from_s <= times.begin) & (times.begin <= w.to_s) for w in visit.windows])
    return good


def _service(problem: Problem, spread: Spread, visit: Visit, median_s: int) -> Samples:
    """Seconds of service; of work under way it is known that it has lasted until now."""
    log_sd = spread.work.get(visit.id, 0.0)
    name = f"work at {visit.id}"
    begun = visit.pin.start_s if visit.pin is not None else None
    so_far = problem.now_s - begun if begun is not None else 0
    if so_far <= 0 or log_sd == 0 or median_s == 0:
        return median_s * np.exp(log_sd * _normal(spread.seed, name))
    gone = NormalDist().cdf(math.log(so_far / median_s) / log_sd)
    ahead = gone + (1 - gone) * _even(spread.seed, name)
    return np.array([max(so_far, median_s * math.exp(log_sd * _quantile(share))) for share in ahead])


def _even(seed: int, name: str) -> Samples:
    """The middles of a thousand equal shares of 1, in an order that only seed and name decide."""
    shares = (np.arange(SAMPLES) + 0.5) / SAMPLES
    return np.random.default_rng([seed, crc32(name.encode())]).permutation(shares)


def _normal(seed: int, name: str) -> Samples:
    drawn: Samples = _grid()[(_even(seed, name) * SAMPLES).astype(int)]
    return drawn


@cache
def _grid() -> Samples:
    """Normal quantiles of a thousand equal shares."""
    return np.array([_quantile((n + 0.5) / SAMPLES) for n in range(SAMPLES)])


def _quantile(share: float) -> float:
    return NormalDist().inv_cdf(min(share, 1 - 1e-12))
