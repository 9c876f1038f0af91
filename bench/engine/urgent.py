"""An urgent call in the middle of the day: how soon there is a proposal, what it costs, whom it disturbs (R4).

Every call is asked of the same present plan. Sites, work and skills are those of calls of other seeds, moved to this
town. The process that answers is the product's own warm one.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np

from bench.engine import fs
from bench.engine.frame import Result
from bench.engine.runs import warmed
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import price, violations
from dispatch.planner.solver.events import Roads, UrgentCall, after
from dispatch.planner.solver.plan import Plan, StopKind
from dispatch.planner.solver.problem import Incumbent, Problem
from dispatch.planner.solver.solve import solve
from dispatch.planner.solver.warm import WarmSolver

LIMIT_S: Final = 4 * 3600
MOVE_FEN: Final = 1000  # what a visit that changes engineer costs while the plan is repaired
FREE_S: Final = 1.5


def calls(*, instance: str, count: int, plan_seconds: float, repair_seconds: float, seed: int) -> Result:
    """So many urgent calls, one at a time, against the same plan."""
    warmed()
    data = fs.instance(instance)
    bare = fs.problem_of(data)
    plan = solve(bare, Budget(time_s=plan_seconds, seed=seed))
    problem = promised(bare, engineers_of(plan))
    found = [
        _one(problem, plan, event, Budget(time_s=repair_seconds, seed=seed))
        for event in _events(data, problem, random.Random(seed), count)
    ]
    return {
        "calls": len(found),
        **_times("proposal_ms", [one["proposal_ms"] for one in found]),
        **_times("repaired_ms", [one["repaired_ms"] for one in found]),
        "moved": round(statistics.fmean(one["moved"] for one in found), 2),
        "moved_by_free": round(statistics.fmean(one["moved_by_free"] for one in found), 2),
        "inserted_fen": round(statistics.fmean(one["inserted_fen"] for one in found)),
        "added_fen": round(statistics.fmean(one["added_fen"] for one in found)),
        "free_added_fen": round(statistics.fmean(one["free_added_fen"] for one in found)),
        "above_free": round(statistics.fmean(one["above_free"] for one in found), 3),
        "left_out": sum(one["left_out"] for one in found),
        "illegal": sum(one["illegal"] for one in found),
        "fell_back": sum(one["fell_back"] for one in found),
    }


def engineers_of(plan: Plan) -> dict[str, str]:
    """Who does each planned visit."""
    return {stop.ref: route.engineer for route in plan.routes for stop in route.stops if stop.kind is StopKind.visit}


def promised(problem: Problem, whose: dict[str, str]) -> Problem:
    """The problem in which everybody has been told who comes, and another engineer costs something."""
    visits = (
        replace(visit, incumbent=Incumbent(whose[visit.id], MOVE_FEN) if visit.id in whose else None)
        for visit in problem.visits
    )
    return replace(problem, visits=tuple(visits))


def _one(problem: Problem, plan: Plan, event: UrgentCall, budget: Budget) -> dict[str, Any]:
    warm = WarmSolver(problem, plan)
    try:
        warm.warm_up()
        began = time.perf_counter()
        proposal = warm.happened(event)
        proposed = time.perf_counter()
        repaired = warm.repaired(budget)
        ended = time.perf_counter()
    finally:
        warm.end()
    later = after(problem, event)
    free = promised(later, {})
    anew = solve(free, Budget(time_s=FREE_S, seed=budget.seed), proposal)
    before, whose = price(free, plan).total, engineers_of(plan)
    return {
        "proposal_ms": 1000 * (proposed - began),
        "repaired_ms": 1000 * (ended - began),
        "moved": _moved(whose, repaired),
        "moved_by_free": _moved(whose, anew),
        "inserted_fen": price(free, proposal).total - before + event.visit.unassigned_fen,
        "added_fen": price(free, repaired).total - before + event.visit.unassigned_fen,
        "free_added_fen": price(free, anew).total - before + event.visit.unassigned_fen,
        "above_free": 100 * (price(free, repaired).total / price(free, anew).total - 1),
        "left_out": sum(one.visit == event.visit.id for one in repaired.unassigned),
        "illegal": bool(violations(later, proposal) or violations(later, repaired)),
        "fell_back": repaired.notes.fell_back is not None,
    }


def _moved(whose: dict[str, str], plan: Plan) -> int:
    """How many visits are with another engineer now, or with nobody."""
    now = engineers_of(plan)
    return sum(1 for visit, engineer in whose.items() if now.get(visit) != engineer)


def _times(name: str, took_ms: list[float]) -> Result:
    ordered = sorted(took_ms)
    return {
        f"{name}_p50": round(statistics.median(ordered), 1),
        f"{name}_p95": round(ordered[-1 - len(ordered) // 20], 1),
    }


def _events(data: fs.Instance, problem: Problem, draw: random.Random, count: int) -> Iterator[UrgentCall]:
    """Level 1 calls of other seeds that at least two engineers here can take."""
    made, number = 0, 100
    (town_x, town_y), size = data["cities"][0], problem.travel.metres.size
    able = [engineer.skills for engineer in problem.engineers]
    while made < count:
        number += 1
        other = fs.fsbench("generate").gen(50, 8, number)
        (from_x, from_y) = other["cities"][0]
        urgent = [one for one in other["visits"] if one["kind"] == "sla4" and one["level"] == 1 and "pin" not in one]
        for one in draw.sample(urgent, min(2, len(urgent))):
            fits = sum(all(z in has and has[z].level >= level for z, level in one["skills"].items()) for has in able)
            if fits < 2 or made == count:
                continue
            spot = (one["xy"][0] - from_x + town_x, one["xy"][1] - from_y + town_y)
            call = {key: value for key, value in one.items() if key not in ("preferred", "forbidden")}
            call |= {"id": f"U{made}", "call": data["now"], "deadline": data["now"] + LIMIT_S}
            made += 1
            yield UrgentCall(fs.visit_of(call, size), _roads(data, spot))


def _roads(data: fs.Instance, spot: fs.Point) -> Roads:
    """The drives between a new site and every known place."""
    seconds, metres = fs.travel_tables([*fs.places(data), spot], data["cities"])

    def row(table: np.ndarray) -> tuple[int, ...]:
        return tuple(table[-1, :-1].tolist())

    return Roads(row(metres), row(metres), (row(seconds),), (row(seconds),))
