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
from dispatch.planner.solver.intake import check_problem
from dispatch.planner.solver.kernel.ask import questions
from dispatch.planner.solver.kernel.compiled import AVAILABLE
from dispatch.planner.solver.kernel.hunt import Hunt, SplitSource
from dispatch.planner.solver.model import Model
from dispatch.planner.solver.partition import Effort
from dispatch.planner.solver.plan import Notes, Plan, Reason, Unassigned
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.recombine import chosen_rows
from dispatch.planner.solver.replay import state_of
from dispatch.planner.solver.solve import solve
from dispatch.planner.solver.state import State

HOT: Final = 8.0  # times the mean price of a visit: what a round may cost at the start of a turn
COLD: Final = 0.02
CHOICE_SHARE: Final = 0.08  # of the time is set partitioning's
PUTTING_S: Final = 0.0003  # per visit, to put the answer together


def turn(problem: Problem, budget: Budget, start: Plan | None) -> Plan:
    """A plan, never dearer than `start` where that can still be driven; what is left out is only said to wait."""
    if not AVAILABLE:
        return solve(problem, budget, start)
    began = time.monotonic()
    check_problem(problem)
    state = tied_state(model := Model(problem), Pricer(model)) if start is None else state_of(problem, start)
    hunt = _hunt(state, budget.seed)
    hunt.construct()
    whole_s = max(0.01, budget.time_s - PUTTING_S * len(problem.visits))
    mean, counted = hunt.mean_fen(), budget.rounds is not None

    def used(rounds: int) -> float:
        by_time = (time.monotonic() - began) / whole_s
        return by_time if budget.rounds is None else max(float(by_time >= 1.0), rounds / budget.rounds)

    hunt.run(
        used,
        until=1.0 if counted else 1.0 - CHOICE_SHARE,
        heat=lambda share: mean * HOT * (COLD / HOT) ** share,
        record=True,
        steady=counted,
    )
    before = hunt.best_fen
    rows, chosen, columns = chosen_rows(hunt, Effort(CHOICE_SHARE * whole_s, budget.seed, counted=counted))
    if chosen.total_fen < before:
        hunt.adopt(rows)
    best = hunt.state(state)
    squeeze_in(best)
    waiting = tuple(Unassigned(best.model.calls[visit].id, Reason.waiting) for visit in sorted(best.left))
    gain = before - hunt.best_fen
    return plan_of(best, waiting, Notes(rounds=hunt.rounds, pool=columns, partition_gain_fen=gain, seed=budget.seed))


def with_reasons(problem: Problem, plan: Plan) -> Plan:
    """The same routes with a reason and a cure for each visit left out."""
    state = state_of(problem, plan)
    return plan_of(state, reasons(state, questions(state)), plan.notes)


def with_next_best(problem: Problem, plan: Plan) -> Plan:
    """The same plan with who else could do each visit, and for how much."""
    state = state_of(problem, plan)
    return replace(plan, explanations=explanations(state, questions(state)))


def _hunt(start: State, seed: int) -> Hunt:
    """A hunt from this state; a visit whose pieces come from two places is taken out first, and put back at the end."""
    while True:
        try:
            return Hunt(start, seed)
        except SplitSource as split:
            if not start.drop([split.visit]):
                raise
