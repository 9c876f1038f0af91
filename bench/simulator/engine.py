"""The kernel at every look at the day: from the present plan on, without the words and proofs that a full plan brings.

A look lasts a fraction of a second, and half of that would go into explaining every visit to nobody.
"""

from __future__ import annotations

import time
from typing import Final

from dispatch.planner.solver.assemble import plan_of
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.kernel.hunt import Hunt
from dispatch.planner.solver.plan import Notes, Plan
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.replay import state_of

# Times the mean price of a visit: what a round may cost at the start and at last. Hotter, a look has no time to cool.
HOT: Final = 0.3
COLD: Final = 0.01


def improved(problem: Problem, start: Plan, budget: Budget) -> Plan:
    """The cheapest plan found from `start` on; new visits are put in first, where they cost least."""
    state = state_of(problem, start)
    hunt = Hunt(state, budget.seed)
    hunt.construct()
    began, mean_fen = time.monotonic(), hunt.mean_fen()

    def used(rounds: int) -> float:
        by_time = (time.monotonic() - began) / budget.time_s
        return by_time if budget.rounds is None else max(float(by_time >= 1.0), rounds / budget.rounds)

    hunt.run(used, until=1.0, heat=lambda share: mean_fen * HOT * (COLD / HOT) ** share, record=False)
    return plan_of(hunt.state(state), (), Notes(method="ruin and recreate", seed=budget.seed, rounds=hunt.rounds))
