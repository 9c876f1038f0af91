"""On problems small enough to try everything the engine's plan is the cheapest there is, and it says so."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.solve import solve
from tests.dispatch.planner.cases import random_problem
from tests.dispatch.planner.oracle import cheapest_by_trying_everything


def tiny(seed: int) -> Problem:
    """Four visits, two engineers, one depot, at most two pieces wanted, nothing tied or under way."""
    problem = random_problem(seed, visits=4, engineers=2, depots=1, ties=False, several_shifts=False)
    pick = random.Random(seed)
    wanting = set(pick.sample(range(4), 2))
    visits = tuple(
        replace(
            visit,
            pin=None if visit.pin and visit.pin.frozen else visit.pin,
            parts=tuple(replace(w, qty=1, accepts=w.accepts[:1]) for w in visit.parts) if n in wanting else (),
        )
        for n, visit in enumerate(problem.visits)
    )
    return replace(problem, visits=visits)


@pytest.mark.parametrize("seed", range(30))
def test_nothing_legal_is_cheaper_than_the_engines_plan(seed: int) -> None:
    problem = tiny(seed)
    plan = solve(problem, Budget(time_s=5.0, rounds=50))
    best = cheapest_by_trying_everything(problem)
    assert violations(problem, plan) == []
    assert plan.cost.total == best.cost.total
    assert plan.notes.bound_fen in (None, best.cost.total)
