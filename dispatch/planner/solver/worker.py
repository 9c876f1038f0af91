"""The child's side: one problem in on stdin, one plan out on stdout, then exit (P41; engine.md §8.6).

python -m dispatch.planner.solver.worker TIME_S ROUNDS SEED < problem.json > plan.json
"""

from __future__ import annotations

import sys

from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.solve import solve


def main(arguments: list[str]) -> int:
    """Solves what stdin describes; `-` for rounds means no limit."""
    time_s, rounds, seed = arguments
    budget = Budget(float(time_s), None if rounds == "-" else int(rounds), int(seed))
    plan = solve(Problem.from_json(sys.stdin.buffer.read()), budget)
    sys.stdout.buffer.write(plan.to_json().encode("utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
