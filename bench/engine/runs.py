"""What runs inside a cell's process: one engine, one instance, one seed, and the verdict of an independent judge."""

from __future__ import annotations

import importlib
import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bench.engine import fs, trsp, vrptw
from bench.engine.frame import Result
from bench.engine.hunting import hunt_of, hunted, served
from bench.engine.peers.plain import PlainProblem, Seen, best_by, plain
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.insert import plan_from_orders
from dispatch.planner.solver.plan import Plan
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.solve import solve

PEERS: Final = {
    "PyVRP": "bench.engine.peers.by_pyvrp:run",
    "VROOM x5": "bench.engine.peers.by_vroom:run",
    "OR-Tools PCI": "bench.engine.peers.by_ortools:parallel",
    "OR-Tools LCI": "bench.engine.peers.by_ortools:local",
}
WARM: Final = Budget(time_s=0.5, seed=1)


def warmed() -> None:
    """Loads the machine code, as set-up and the warm child do in the product, so that no clock counts it."""
    solve(fs.problem_of(fs.instance("fs50-s1")), WARM)


def fs_engine(*, instance: str, seconds: float, seed: int) -> Result:
    """Our plan after `seconds`, compiling the problem included."""
    warmed()
    return _engine(instance, lambda problem: solve(problem, Budget(time_s=seconds, seed=seed)))


def fs_territories(*, instance: str, seconds: float, seed: int, workers: int) -> Result:
    """Our plan after `seconds` from territories planned in parallel."""
    from dispatch.planner.solver.territories import solve_territories

    warmed()
    course: list[tuple[float, int]] = []

    def planned(problem: Problem) -> Plan:
        budget = Budget(time_s=seconds, seed=seed)
        return solve_territories(problem, budget, workers=workers, watched=lambda at, fen: course.append((at, fen)))

    result = _engine(instance, planned)
    first_s = round(course[0][0], 2) if course else result["elapsed_s"]
    return {**result, "first_plan_s": first_s, "course": [(round(at, 1), fen) for at, fen in course]}


def fs_routing(*, instance: str, seconds: float, seed: int) -> Result:
    """What OR-Tools routing makes of the whole problem, started from our simple plan and driven at exact prices."""
    from dispatch.planner.solver.routing.routed import routed_plan

    data = fs.instance(instance)
    problem = fs.problem_of(data)
    began = time.monotonic()
    plan = routed_plan(problem, Budget(time_s=seconds, seed=seed))
    elapsed = round(time.monotonic() - began, 2)
    if plan is None:
        return {"feasible": False, "cents": None, "elapsed_s": elapsed}
    return {**_verdict(data, fs.fsbench_plan(plan)), "elapsed_s": elapsed}


def fs_human(*, instance: str) -> Result:
    """The human-like plan that fsbench brings along."""
    data = fs.instance(instance)
    return _verdict(data, fs.fsbench("greedy").greedy(data))


def fs_peer(*, instance: str, peer: str, seconds: float, seed: int, marks: Sequence[float]) -> Result:
    """What a rival had at each mark, in true money: its orders driven as early as can be."""
    data = fs.instance(instance)
    problem = fs.problem_of(data)
    task = plain(problem)
    began = time.monotonic()
    seen = _peer(peer)(task, seconds, seed)
    elapsed = time.monotonic() - began

    def judged(one: Seen) -> Result:
        return _verdict(data, fs.fsbench_plan(plan_from_orders(problem, task.orders(one.routes))))

    return {**_curve(seen, marks, judged), "elapsed_s": round(elapsed, 2)}


def vrptw_engine(*, folder: str, instance: str, seconds: float, seed: int) -> Result:
    """The distance of our kernel and set partitioning after `seconds`, judged from the file's text."""
    warmed()
    fleet = vrptw.read(Path(folder) / f"{instance}.txt")
    problem = vrptw.problem_of(fleet)
    began = time.monotonic()
    hunt = hunt_of(problem, seed)
    rows = hunted(hunt, began + seconds, seed, hot=vrptw.HOT, cold=vrptw.COLD)
    elapsed = time.monotonic() - began
    routes = [[visit + 1 for visit in served(row, len(problem.visits))] for row in rows if row.nodes]
    return {
        "distance": vrptw.distance(fleet, routes),
        "routes": len(routes),
        "elapsed_s": round(elapsed, 2),
        "rounds": hunt.rounds,
    }


def vrptw_peer(*, folder: str, instance: str, peer: str, seconds: float, seed: int) -> Result:
    """A rival's distance after `seconds`, judged from the file's text."""
    fleet = vrptw.read(Path(folder) / f"{instance}.txt")
    task = plain(vrptw.problem_of(fleet))
    began = time.monotonic()
    seen = _peer(peer)(task, seconds, seed)
    elapsed = time.monotonic() - began
    routes = [[int(task.jobs[job].visit) for job in route] for route in seen[-1].routes.values()] if seen else []
    return {"distance": vrptw.distance(fleet, routes), "routes": len(routes), "elapsed_s": round(elapsed, 2)}


def trsp_engine(*, folder: str, instance: str, seconds: float, seed: int) -> Result:
    """Our working time after `seconds`, judged by the rules of the file."""
    from bench.engine.technicians import plan_trsp

    crew = trsp.read(Path(folder) / f"{instance}.txt")
    plan_trsp(crew, WARM.time_s, seed)
    began = time.monotonic()
    routes = plan_trsp(crew, seconds, seed)
    elapsed = time.monotonic() - began
    return {"working_time": trsp.working_time(crew, routes), "routes": routes, "elapsed_s": round(elapsed, 2)}


def _peer(name: str) -> Callable[[PlainProblem, float, int], list[Seen]]:
    where, _, function = PEERS[name].partition(":")
    found: Callable[[PlainProblem, float, int], list[Seen]] = getattr(importlib.import_module(where), function)
    return found


def _engine(instance: str, planned: Callable[[Problem], Plan]) -> Result:
    data = fs.instance(instance)
    problem = fs.problem_of(data)
    began = time.monotonic()
    plan = planned(problem)
    elapsed = time.monotonic() - began
    return {
        **_verdict(data, fs.fsbench_plan(plan)),
        "fen": plan.cost.total,
        "violations": len(violations(problem, plan)),
        "elapsed_s": round(elapsed, 2),
        "notes": _notes(plan),
    }


def _curve(seen: Sequence[Seen], marks: Sequence[float], judged: Callable[[Seen], Result]) -> Result:
    """The last verdict, with the cents at each mark; a mark before the first plan has none.

    The last mark is the time the rival was given: what it answers counts there, however late it came.
    """
    known: dict[float, Result] = {}
    curve: dict[str, int | None] = {}
    for mark in marks:
        one = best_by(seen, math.inf if mark == max(marks) else mark)
        if one is not None and one.at_s not in known:
            known[one.at_s] = judged(one)
        curve[f"{mark:g}"] = None if one is None or not known[one.at_s]["feasible"] else known[one.at_s]["cents"]
    last = known.get(seen[-1].at_s) or judged(seen[-1]) if seen else {"feasible": False, "cents": None}
    return {**last, "curve": curve}


def _verdict(data: fs.Instance, plan: fs.FsPlan) -> Result:
    said = fs.judge(data, plan)
    return {
        "feasible": said.feasible,
        "cents": said.cents,
        "errors": list(said.errors[:5]),
        "on_time_4h": said.on_time_4h,
        "on_time_12h": said.on_time_12h,
        "left_out": said.left_out,
        "plan": plan,
    }


def _notes(plan: Plan) -> Mapping[str, Any]:
    notes = plan.notes
    return {
        "method": notes.method,
        "rounds": notes.rounds,
        "pool": notes.pool,
        "partition_gain_fen": notes.partition_gain_fen,
        "pool_bound_fen": notes.pool_bound_fen,
        "bound_fen": notes.bound_fen,
        "optimal": notes.optimal,
    }
