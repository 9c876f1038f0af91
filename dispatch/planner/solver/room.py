"""A plan with room for calls to come, found and told in solver processes (R10, P41).

It is searched with waiting priced and told in the day's own money, so that whoever reads it sees no price that nobody
pays. Saying why and what else takes seconds on a large day, so that processes do it, area by area.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeAlias

from dispatch.planner.solver.anticipate import told_with_waiting, with_priced_waiting, without_priced_waiting
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.child import CHILDREN, STARTING_S, plan_in
from dispatch.planner.solver.plan import FellBack, Plan
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.territories import MANY, told_in_processes
from dispatch.planner.solver.wire import Asked, Question, Task

#: Searches a plan from another one; or says why it has found none.
Solver: TypeAlias = Callable[[Problem, Budget, Plan | None], Plan | FellBack]

TELLING_S: Final = 0.02  # per visit, for saying why it is left out or who else could go, and ...
TELLING_LEAST_S: Final = 4.0  # ... so much more


def solve_with_room(
    problem: Problem, budget: Budget, fen_h: int, solver: Solver, start: Plan | None = None
) -> Plan | FellBack:
    """The plan `solver` finds from `start` when an hour's waiting of a visit costs `fen_h`, in the money of `problem`.

    The start is told in the other money first, or it would be a plan of another problem.
    """
    priced_start = None if start is None else told_with_waiting(problem, start, fen_h)
    found = solver(with_priced_waiting(problem, fen_h), budget, priced_start)
    if isinstance(found, FellBack):
        return found
    plan = without_priced_waiting(problem, found, fen_h)
    if start is not None and plan.routes == start.routes:
        return replace(start, notes=plan.notes)  # all that can be said of it is said
    return told_anew(problem, plan, explained=bool(found.explanations))


def told_anew(problem: Problem, plan: Plan, *, explained: bool) -> Plan:
    """The plan with reasons and cures, and with next bests if `explained`, as a process says them.

    Without a process that answers it is the plan all the same: its visits left out then only wait.
    """
    if len(problem.visits) >= MANY:
        said = told_in_processes(problem, plan, _telling_s(problem), explained=explained)
        return said if _no_worse(problem, said, plan) else plan
    for task in (Task.reason, Task.explain) if explained else (Task.reason,):
        answer = _said(task, problem, plan)
        if isinstance(answer, FellBack) or not _no_worse(problem, answer, plan):
            break
        plan = replace(answer, notes=plan.notes)
    return plan


def _no_worse(problem: Problem, said: Plan, plan: Plan) -> bool:
    """What can go at once is put into the routes before anything is said: never dearer, but judged like any answer."""
    return said.cost.total <= plan.cost.total and not violations(problem, said)


def _telling_s(problem: Problem) -> float:
    return TELLING_LEAST_S + TELLING_S * len(problem.visits)


def _said(task: Task, problem: Problem, plan: Plan) -> Plan | FellBack:
    telling = Budget(_telling_s(problem))
    question = Question(Asked.within(task, telling), problem, plan).parts()
    try:
        with CHILDREN.borrowed() as child:
            return plan_in(child.ask(question, STARTING_S + telling.time_s))
    except OSError:
        return FellBack.killed
