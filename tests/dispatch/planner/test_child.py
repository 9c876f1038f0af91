"""A solver that dies, hangs, talks nonsense or breaks the law leaves a usable simple plan and the reason (P41)."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from dataclasses import replace

import pytest

from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.child import solve_in_child
from dispatch.planner.solver.insert import greedy_plan
from dispatch.planner.solver.intake import ProblemRefused
from dispatch.planner.solver.plan import FellBack
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.solve import solve
from tests.dispatch.planner.cases import pa_1, random_problem

LONG = Budget(time_s=60.0)


def day() -> Problem:
    return random_problem(2, visits=20, engineers=6)


def signalled(how: signal.Signals) -> object:
    """Sends the child a signal once it has started thinking."""

    def send(pid: int) -> None:
        threading.Timer(0.2, os.kill, (pid, how)).start()

    return send


def says(text: str) -> list[str]:
    """A solver that answers this whatever it is asked."""
    return [sys.executable, "-c", f"import sys; sys.stdin.read(); sys.stdout.write({text!r})"]


def test_a_solver_in_a_process_of_its_own_gives_the_same_plan() -> None:
    problem = day()
    budget = Budget(time_s=30.0, rounds=30, seed=3)
    plan = solve_in_child(problem, budget)
    assert plan.notes.fell_back is None
    assert plan.routes == solve(problem, budget).routes


def test_no_solver_is_loaded_into_the_process_that_asks() -> None:
    told = "import sys, dispatch.planner.solver.child; print('ortools' in sys.modules, 'numpy' in sys.modules)"
    import subprocess

    out = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True, timeout=60)
    assert out.stdout.split() == ["False", "False"]


@pytest.mark.parametrize(("how", "reason"), [(signal.SIGKILL, FellBack.killed), (signal.SIGSEGV, FellBack.killed)])
def test_a_killed_solver_leaves_the_simple_plan(how: signal.Signals, reason: FellBack) -> None:
    problem = day()
    plan = solve_in_child(problem, LONG, started=signalled(how))
    assert plan.notes.fell_back is reason
    assert violations(problem, plan) == []
    assert plan.routes == greedy_plan(problem).routes


def test_a_stopped_solver_is_ended_at_its_deadline_and_nothing_of_it_stays() -> None:
    problem, pids, began = day(), [], time.monotonic()

    def stop(pid: int) -> None:
        pids.append(pid)
        os.kill(pid, signal.SIGSTOP)

    plan = solve_in_child(problem, LONG, deadline_s=0.5, started=stop)
    assert plan.notes.fell_back is FellBack.deadline
    assert time.monotonic() - began < 5
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def test_a_solver_that_hangs_is_ended_with_all_it_started() -> None:
    hang = [sys.executable, "-c", "import subprocess, sys, time; subprocess.Popen(['sleep', '60']); time.sleep(60)"]
    began = time.monotonic()
    plan = solve_in_child(day(), LONG, deadline_s=0.5, command=hang)
    assert plan.notes.fell_back is FellBack.deadline
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "Segmentation fault", '{"routes":[],"unassigned":[],"cost":{"late":NaN}}']
)
def test_nonsense_is_no_plan(text: str) -> None:
    problem = day()
    plan = solve_in_child(problem, LONG, deadline_s=30, command=says(text))
    assert plan.notes.fell_back is FellBack.nonsense
    assert violations(problem, plan) == []


def test_an_illegal_plan_is_not_passed_on() -> None:
    problem = day()
    good = solve(problem, Budget(time_s=5.0, rounds=10))
    cheap = replace(good, cost=replace(good.cost, late=0, overtime=0, distance=0))
    moved = replace(good, routes=tuple(replace(r, stops=r.stops[::-1]) for r in good.routes))
    for bad in (cheap, moved):
        plan = solve_in_child(problem, LONG, deadline_s=30, command=says(bad.to_json()))
        assert plan.notes.fell_back is FellBack.illegal
        assert violations(problem, plan) == []


def test_a_plan_dearer_than_the_simple_one_is_not_passed_on() -> None:
    problem = pa_1(van_2=1, depot=1)
    lazy = solve(replace(problem, visits=tuple(replace(v, unassigned_fen=0) for v in problem.visits)), Budget(1.0))
    nothing = replace(lazy, cost=replace(lazy.cost, left_out=200_000))
    plan = solve_in_child(problem, LONG, deadline_s=30, command=says(nothing.to_json()))
    assert plan.notes.fell_back is FellBack.worse


def test_a_solver_that_reads_nothing_is_no_harm() -> None:
    problem = random_problem(0, visits=80, engineers=24, depots=5)
    plan = solve_in_child(problem, LONG, deadline_s=30, command=[sys.executable, "-c", "import sys; sys.exit(3)"])
    assert plan.notes.fell_back is FellBack.killed


def test_nonsense_is_refused_before_anything_is_started() -> None:
    problem = pa_1(van_2=1, depot=1)
    asked: list[int] = []
    with pytest.raises(ProblemRefused):
        solve_in_child(replace(problem, caps={"c": -1}), LONG, started=asked.append)
    assert asked == []
