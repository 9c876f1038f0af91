"""What one more engineer hour would save by territory, and one more piece by depot: where to hire and what to buy (R6).

Found by asking again, not from the relaxation: its prices belong to routes, and a shift's price is not an hour's. The
day's plan is taken, one thing is added to the world, and visits move as long as that saves money. So every figure is
what a real plan saves; a search with more time might save more, never less.
"""

from __future__ import annotations

import math
import time
from typing import Final

import numpy as np

from dispatch.planner.solver.kernel import improve, whatif
from dispatch.planner.solver.kernel.compiled import AVAILABLE
from dispatch.planner.solver.kernel.ground import NOT
from dispatch.planner.solver.kernel.hunt import Hunt, SplitSource
from dispatch.planner.solver.plan import HourMargin, Margins, PieceMargin, Plan
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.replay import state_of

HOUR_S: Final = 3600


def margins(problem: Problem, plan: Plan, within_s: float = math.inf) -> Margins | None:
    """The marginal prices of a plan; None without the kernel or a route, or where rows cannot say how it is supplied.

    None too where they could not all be asked for in `within_s` seconds; an answer of some of them would mislead.
    """
    until = time.monotonic() + within_s
    try:
        asked = _WhatIf(problem, plan) if AVAILABLE and plan.routes else None
        return None if asked is None else Margins(asked.hours(until), asked.pieces(until))
    except (SplitSource, TimeoutError):
        return None


class _WhatIf:
    """The plan as rows, with every single move made that saves money: what is saved later is owed to what was added."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem = problem
        self.hunt = Hunt(state_of(problem, plan), seed=1)
        self.model, self.ground = self.hunt.model, self.hunt.ground
        self.rows = (self.ground, self.hunt.draft, self.hunt.old, self.hunt.memory)
        whatif.rearrange(*self.rows, np.arange(self.ground.visits))
        self.hunt.memory.flag["stale"] = 1
        improve.keep_best(self.ground, self.hunt.draft, self.hunt.best, self.hunt.memory)
        self.worth = np.zeros(self.ground.visits, np.int64)
        whatif.worths(*self.rows, self.worth)

    def hours(self, until: float) -> tuple[HourMargin, ...]:
        """For each territory the shift whose hour is worth most. Raises TimeoutError."""
        best: dict[str | None, HourMargin] = {}
        for duty in self.model.duties:
            _in_time(until)
            where = self.problem.engineers[duty.engineer].territory
            saves = self._hour_saves(duty.index)
            if where not in best or saves > best[where].saves_fen:
                best[where] = HourMargin(where, duty.engineer_id, duty.shift, saves)
        return tuple(sorted(best.values(), key=lambda one: -one.saves_fen))

    def pieces(self, until: float) -> tuple[PieceMargin, ...]:
        """Every piece more that saves anything. Raises TimeoutError."""
        found: list[PieceMargin] = []
        for number, part in enumerate(self.hunt.parts):
            wanting = [c.index for c in self.model.calls if any(part in want.accepts for want in c.wants)]
            for place, depot in enumerate(self.model.depots):
                _in_time(until)
                self.hunt.draft.stock_left[place, number] += 1
                saves = self._saved(np.array(wanting, np.int64))
                if saves > 0:
                    found.append(PieceMargin(depot.id, part, saves))
        return tuple(sorted(found, key=lambda one: -one.saves_fen))

    def _hour_saves(self, duty: int) -> int:
        if (self.ground.last_begin[:, duty] == NOT).all():
            return 0  # nothing may be moved there; its route may even be one that no row can say
        row, draft = self.ground.duty[duty], self.hunt.draft
        was = row.copy()
        row["end_s"] += HOUR_S
        row["limit_s"] += HOUR_S
        if not whatif.driven_anew(self.ground, draft, duty):
            raise AssertionError("a route can be driven in a longer shift")
        whatif.fill(*self.rows, self.worth, duty)
        saves = self._saved(np.flatnonzero(draft.where < 0))
        self.ground.duty[duty] = was
        return saves

    def _saved(self, visits: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
        """What the rows cost less than the plan once these visits have moved too; then all is as before."""
        whatif.rearrange(*self.rows, visits)
        saves = self.hunt.best_fen - int(self.hunt.draft.sums[0]["fen"])
        improve.go_back(self.ground, self.hunt.draft, self.hunt.best, self.hunt.memory)
        return saves


def _in_time(until: float) -> None:
    if time.monotonic() > until:
        raise TimeoutError
