"""Compiles the kernel once, at set-up, so that nobody waits for it at the board (about a minute of one core).

python -m dispatch.planner.solver.kernel.warm
"""

from __future__ import annotations

import shutil
import sys
from typing import Final

from dispatch.planner.solver.assemble import plan_of
from dispatch.planner.solver.cost import Pricer
from dispatch.planner.solver.explain import explanations, reasons
from dispatch.planner.solver.greedy import tied_state
from dispatch.planner.solver.kernel.ask import questions
from dispatch.planner.solver.kernel.compiled import AVAILABLE
from dispatch.planner.solver.kernel.hunt import Hunt
from dispatch.planner.solver.kernel.machine_code import READY
from dispatch.planner.solver.margins import margins
from dispatch.planner.solver.model import Model
from dispatch.planner.solver.plan import Notes
from dispatch.planner.solver.problem import Engineer, Matrix, Problem, Rates, Shift, Travel, Visit

PLACES: Final = 6


def sample() -> Problem:
    """A day small enough to be searched in no time, with one visit too long for anybody's shift."""
    table = Matrix.of([[600 * abs(a - b) for b in range(PLACES)] for a in range(PLACES)])
    return Problem(
        horizon_start="2026-01-05",
        now_s=0,
        travel=Travel(table, (table,)),
        rates=Rates(3600, 100, 5400),
        engineers=tuple(Engineer(f"E{n}", (Shift(0, 30_000, n, n),)) for n in range(2)),
        visits=tuple(Visit(f"V{n}", n, 1800 if n else 31_000, 50_000) for n in range(PLACES)),
    )


def main() -> int:
    """Compiles what is not compiled yet, and says so in a file that the next start finds."""
    if READY.exists():
        return 0
    if AVAILABLE:
        compile_all()
    READY.parent.mkdir(parents=True, exist_ok=True)
    # What older sources were compiled to is of no use any more.
    for other in READY.parent.parent.glob("machine-*"):
        if other != READY.parent:
            shutil.rmtree(other, ignore_errors=True)
    READY.touch()
    return 0


def compile_all() -> None:
    """Asks the kernel everything it is ever asked."""
    model = Model(sample())
    state = tied_state(model, Pricer(model))
    hunt = Hunt(state, 1)
    hunt.construct()
    hunt.run(lambda rounds: rounds / 64, until=1.0, heat=lambda share: 1000.0, record=True, steady=True)
    hunt.adopt(hunt.rows())
    found = hunt.state(state)
    asked = questions(found)
    explanations(found, asked)
    reasons(found, asked)
    margins(model.problem, plan_of(found, (), Notes()))


if __name__ == "__main__":
    sys.exit(main())
