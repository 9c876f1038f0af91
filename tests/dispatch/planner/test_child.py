"""A solver that dies, hangs, talks nonsense or breaks the law leaves a usable simple plan and the reason (P41)."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from dispatch.planner.solver import wire
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.child import RECYCLED, Child, Children, search_in_child, simple_in_child, solve_in_child
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


READS = "import sys; from dispatch.planner.solver import child, wire; wire.read(sys.stdin.buffer); out = sys.stdout.buffer; "


def says(text: str) -> list[str]:
    """A solver that answers this in good form whatever it is asked."""
    return [sys.executable, "-c", READS + f"out.writelines(wire.frame([{text.encode()!r}]))"]


def babbles(noise: bytes) -> list[str]:
    """A solver that writes this instead of an answer."""
    return [sys.executable, "-c", READS + f"out.write({noise!r})"]


def test_a_solver_in_a_process_of_its_own_gives_the_same_plan() -> None:
    problem = day()
    budget = Budget(time_s=30.0, rounds=30, seed=3)
    plan = solve_in_child(problem, budget)
    assert plan.notes.fell_back is None
    assert plan.routes == solve(problem, budget).routes


def test_one_process_answers_until_it_is_spent_or_fails() -> None:
    problem, pids = day(), []
    few = Budget(time_s=30.0, rounds=5)
    for _ in range(2):
        solve_in_child(problem, few, started=pids.append)
    assert pids[0] == pids[1]
    os.kill(pids[1], signal.SIGKILL)
    time.sleep(0.3)  # its death has to be noticed
    assert solve_in_child(problem, few, started=pids.append).notes.fell_back is None
    assert pids[2] != pids[1]
    child = Child()
    child.answered = RECYCLED
    kept = Children()
    kept._give_back(child)
    assert not child.alive
    with kept.borrowed() as fresh:  # loading already
        assert fresh.alive and kept._idle == []
    kept.end()


def test_a_question_comes_out_of_its_frame_as_it_went_in() -> None:
    problem = day()
    question = wire.Question(
        wire.Asked.within(wire.Task.solve, Budget(1.5, 7, 3)), problem, greedy_plan(problem, explained=False)
    )
    stream = io.BytesIO(b"".join(wire.frame(question.parts())))
    parts = wire.read(stream)
    assert parts is not None
    assert wire.Question.of(parts) == question
    assert wire.read(stream) is None


def test_where_a_plan_stands_already_it_stays_when_the_solver_fails() -> None:
    problem = day()
    good = solve(problem, Budget(time_s=30.0, rounds=200))
    assert good.cost.total < greedy_plan(problem, explained=False).cost.total
    plan = solve_in_child(problem, LONG, start=good, deadline_s=30, command=says("{}"))
    assert plan.routes == good.routes
    assert plan.notes.fell_back is FellBack.nonsense


def test_no_solver_is_loaded_into_the_process_that_asks() -> None:
    told = "import sys, dispatch.planner.solver.child; print('ortools' in sys.modules, 'numba' in sys.modules)"
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


def test_whatever_a_process_started_ends_though_it_is_dead_itself() -> None:
    """Only a living process was killed with its group, so that what a dead one had started went on for ever."""
    starts = "import subprocess, sys; print(subprocess.Popen(['sleep', '60'], stdout=2).pid, flush=True)"
    child = Child([sys.executable, "-c", starts])
    assert child.process.stdout is not None
    os.set_blocking(child.process.stdout.fileno(), True)
    started = int(child.process.stdout.read())
    while child.alive:
        time.sleep(0.01)
    assert Path(f"/proc/{started}/stat").read_text().split()[2] == "S"
    child.end()
    until = time.monotonic() + 10.0
    while _runs(started) and time.monotonic() < until:
        time.sleep(0.01)
    assert not _runs(started)


def _runs(pid: int) -> bool:
    """Whether a process is there and no zombie, whom nobody here may wait for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(
    "speaks",
    [
        *map(says, ["", "{}", "[]", "Segmentation fault", '{"routes":[],"unassigned":[],"cost":{"late":NaN}}', "\x80"]),
        *map(babbles, [b"", b"Segmentation fault", b"PLAN", b"PLAN\xff\xff\xff\xff", b"PLAN\0\0\0\1" + b"\xff" * 8]),
    ],
)
def test_nonsense_is_no_plan(speaks: list[str]) -> None:
    problem = day()
    plan = solve_in_child(problem, LONG, deadline_s=30, command=speaks)
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


def test_where_somebody_else_has_the_simple_plan_only_why_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was made beside the search, and once more where that failed."""
    monkeypatch.setattr("dispatch.planner.solver.child._simple_here", None)
    assert search_in_child(day(), LONG, deadline_s=30, command=babbles(b"no")) is FellBack.nonsense


def test_a_process_goes_on_from_the_plan_that_stands() -> None:
    problem = day()
    good = solve(problem, Budget(time_s=30.0, rounds=500))
    again = solve_in_child(problem, Budget(time_s=30.0, rounds=1), good)
    assert again.notes.fell_back is None
    assert again.cost.total <= good.cost.total


def test_a_plan_dearer_than_the_one_that_stands_is_not_passed_on() -> None:
    problem = day()
    good = solve(problem, Budget(time_s=30.0, rounds=200))
    dear = greedy_plan(problem, explained=False)
    plan = solve_in_child(problem, LONG, good, deadline_s=30, command=says(dear.to_json()))
    assert (plan.routes, plan.notes.fell_back) == (good.routes, FellBack.worse)


def test_a_simple_plan_is_made_in_a_process_and_here_only_where_that_fails() -> None:
    """A day of a thousand visits held the process that asked for seconds."""
    problem = day()
    here = greedy_plan(problem, explained=False)
    told = replace(here, notes=replace(here.notes, method="told by a process"))
    assert simple_in_child(problem, command=says(told.to_json())).notes.method == "told by a process"
    assert simple_in_child(problem) == here
    wrong = replace(here, cost=replace(here.cost, distance=0))
    for speaks in (says(wrong.to_json()), says("{}"), babbles(b"")):
        assert simple_in_child(problem, command=speaks) == here


def test_nonsense_is_refused_before_anything_is_started() -> None:
    problem = pa_1(van_2=1, depot=1)
    asked: list[int] = []
    with pytest.raises(ProblemRefused):
        solve_in_child(replace(problem, caps={"c": -1}), LONG, started=asked.append)
    assert asked == []
