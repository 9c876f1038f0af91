"""Solving in a process of its own, with a deadline: whatever happens there, a legal plan comes back here (P41).

OR-Tools may abort a process, hold its lock for seconds or overrun its time; none of that may touch a web process.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.codec import BadForm
from dispatch.planner.solver.insert import greedy_plan
from dispatch.planner.solver.intake import check_problem
from dispatch.planner.solver.plan import FellBack, Plan
from dispatch.planner.solver.problem import Problem

STARTING_S: Final = 8.0  # python, numpy and OR-Tools take one or two seconds to load, more on a busy machine
HOUSE: Final = Path(__file__).resolve().parents[3]
MAX_ANSWER: Final = 64 * 1024 * 1024


class NoLegalPlan(AssertionError):
    """Even the simple plan breaks a law: a bug in the engine, never the caller's fault."""


def solve_in_child(
    problem: Problem,
    budget: Budget,
    *,
    deadline_s: float | None = None,
    command: Sequence[str] | None = None,
    started: Callable[[int], None] | None = None,
) -> Plan:
    """The plan of a solver process, or the greedy one with `notes.fell_back` saying what happened.

    Raises ProblemRefused for nonsense, before anything starts. The child is killed after `deadline_s` (default: the
    budget and a few seconds for loading). `started` is told its process id. No transaction should be open meanwhile.
    """
    check_problem(problem)
    simple = greedy_plan(problem, explained=False)
    answer = _ask(problem, budget, deadline_s, command, started)
    if isinstance(answer, Plan):
        broken = violations(problem, answer)
        if broken:
            answer = FellBack.illegal
        elif answer.cost.total > simple.cost.total:
            answer = FellBack.worse
        else:
            return answer
    if broken := violations(problem, simple):
        raise NoLegalPlan(broken)
    simple = greedy_plan(problem)
    return replace(simple, notes=replace(simple.notes, seed=budget.seed, fell_back=answer))


def _ask(
    problem: Problem,
    budget: Budget,
    deadline_s: float | None,
    command: Sequence[str] | None,
    started: Callable[[int], None] | None,
) -> Plan | FellBack:
    rounds = "-" if budget.rounds is None else str(budget.rounds)
    own = [sys.executable, "-m", "dispatch.planner.solver.worker", str(budget.time_s), rounds, str(budget.seed)]
    deadline = budget.time_s + STARTING_S if deadline_s is None else deadline_s
    child = subprocess.Popen(
        list(command or own),
        cwd=HOUSE,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(HOUSE)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=None,  # what it says before it dies belongs in the server's log
        start_new_session=True,
    )
    try:
        if started is not None:
            started(child.pid)
        out, _ = child.communicate(problem.to_json().encode("utf-8"), timeout=deadline)
    except subprocess.TimeoutExpired:
        return FellBack.deadline
    except BrokenPipeError:
        return FellBack.killed
    finally:
        _end(child)
    if child.returncode != 0:
        return FellBack.killed
    try:
        return Plan.from_json(out[: MAX_ANSWER + 1])
    except (BadForm, UnicodeDecodeError):
        return FellBack.nonsense


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kills the child and all it started, if it still lives; a stopped process dies of SIGKILL too."""
    if child.poll() is None:
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            child.kill()
        child.wait()
    for stream in (child.stdin, child.stdout):
        if stream is not None and not stream.closed:
            stream.close()
