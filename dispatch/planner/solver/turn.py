"""One turn of a part of a problem: a plan found, improved, or explained (R8).

Unlike `solve` a turn says nothing for a reader – why, what else, what is proven –, because most of its plans are only
the start of the next turn; `with_reasons` and `with_next_best` say it once.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

from dispatch.planner.solver.assemble import plan_of
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.cost import Pricer
from dispatch.planner.solver.explain import explanations, reasons
from dispatch.planner.solver.greedy import squeeze_in, tied_state
from dispatch.planner.solver.hunting import Pace, hunted
from dispatch.planner.solver.intake import check_problem
from dispatch.planner.solver.kernel.ask import questions
from dispatch.planner.solver.kernel.compiled import AVAILABLE
from dispatch.planner.solver.model import Model
from dispatch.planner.solver.plan import Notes, Plan, Reason, Unassigned
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.replay import state_of, untear
from dispatch.planner.solver.solve import solve
from dispatch.planner.solver.together import squeeze_groups_in

PUTTING_S: Final = 0.0003  # per visit, to put the answer together
SAYING: Final = 0.5  # of the time for reasons goes into saying them, the rest into putting in what can go at once


def turn(problem: Problem, budget: Budget, start: Plan | None) -> Plan:
    """A plan, never dearer than `start` where that can still be driven; what is left out is only said to wait."""
    if not AVAILABLE:
        return solve(problem, budget, start)
    began = time.monotonic()
    check_problem(problem)
    state = tied_state(model := Model(problem), Pricer(model)) if start is None else state_of(problem, start)
    pace = Pace(budget, keep_s=time.monotonic() - began + PUTTING_S * len(problem.visits))
    best, notes = hunted(state, pace, Notes(seed=budget.seed), legs=(1.0,))
    waiting = tuple(Unassigned(best.model.calls[visit].id, Reason.waiting) for visit in sorted(best.left))
    return plan_of(best, waiting, notes)


def with_reasons(problem: Problem, plan: Plan, time_s: float) -> Plan:
    """A reason and a cure for each visit left out; what can go at once is put into the routes first.

    What there is no time for in so many seconds only waits.
    """
    until = time.monotonic() + time_s
    state = state_of(problem, plan)
    squeeze_in(state, lambda: until - SAYING * time_s - time.monotonic())
    state = squeeze_groups_in(state, lambda: until - SAYING * time_s - time.monotonic())
    untear(state)
    return plan_of(state, reasons(state, questions(state), lambda: until - time.monotonic()), plan.notes)


def with_next_best(problem: Problem, plan: Plan, time_s: float) -> Plan:
    """The same routes with who else could do each visit, and for how much; as many as so many seconds are enough for."""
    until = time.monotonic() + time_s
    state = state_of(problem, plan)
    again = plan_of(state, plan.unassigned, plan.notes)
    return replace(again, explanations=explanations(state, questions(state), lambda: until - time.monotonic()))
