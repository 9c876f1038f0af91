"""The kernel and set partitioning in turns, without the product around them: for problems that are not ours (R8).

No simple plan to start from, no explanations, no breaks: on the public instances capacity is pieces by the dozen, and
what the product says about each piece would take longer than the search.
"""

from __future__ import annotations

import time
from typing import Final

from dispatch.planner.solver.cost import Pricer
from dispatch.planner.solver.kernel.hunt import Hunt
from dispatch.planner.solver.kernel.pool import Kept
from dispatch.planner.solver.model import Model
from dispatch.planner.solver.partition import Effort
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.recombine import chosen_rows
from dispatch.planner.solver.state import State

TURNS: Final = (0.4, 0.6, 0.8, 1.0)  # when set partitioning has its say, as shares of the time
CHOICE: Final = 0.08  # of the time is its own in each turn, at most CHOICE_S
CHOICE_S: Final = 4.0


def hunt_of(problem: Problem, seed: int) -> Hunt:
    """A hunt in which nothing is planned yet."""
    model = Model(problem)
    return Hunt(State(model, Pricer(model)), seed)


def hunted(hunt: Hunt, until: float, seed: int, *, hot: float, cold: float) -> list[Kept]:
    """The best rows found by the instant `until` of the monotonic clock; a round may cost `hot` fen at first."""
    began = time.monotonic()
    whole = max(0.01, until - began)
    choice_s = slowest = min(CHOICE_S, CHOICE * whole)
    hunt.construct()
    for turn in TURNS:
        hunt.run(
            lambda _: (time.monotonic() - began) / whole,
            until=turn - slowest / whole,
            heat=lambda used: hot * (cold / hot) ** used,
            record=True,
        )
        asked = time.monotonic()
        rows, chosen, _ = chosen_rows(hunt, Effort(choice_s, seed))
        # Handing over a large pool takes time too; the last turn must not end late for it.
        slowest = max(slowest, time.monotonic() - asked)
        if chosen.total_fen < hunt.best_fen:
            hunt.adopt(rows)
    return hunt.rows()


def served(row: Kept, visits: int) -> list[int]:
    """The visits of a row in order, depot calls left away."""
    return [node for node in row.nodes if node < visits]
