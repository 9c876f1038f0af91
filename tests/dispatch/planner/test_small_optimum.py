"""On problems small enough to try everything the engine's plan is the cheapest there is, and it says so."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.solve import solve
from tests.dispatch.planner.cases import pa_1, pm_1, random_problem
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


def relabelled(problem: Problem, seed: int) -> Problem:
    """The same world under other names, in another order, at another scale of money."""
    pick = random.Random(seed)
    factor = pick.choice((1, 2, 3))
    rates = replace(problem.rates, travel_fen_h=problem.rates.travel_fen_h * factor)
    visits = [
        replace(
            visit,
            id=f"{visit.id}-{seed}",
            unassigned_fen=visit.unassigned_fen * factor,
            commitments=tuple(
                replace(c, price=replace(c.price, per_unit_fen=c.price.per_unit_fen * factor))
                for c in visit.commitments
            ),
        )
        for visit in problem.visits
    ]
    people = list(problem.engineers)
    pick.shuffle(visits)
    pick.shuffle(people)
    return replace(problem, rates=rates, visits=tuple(visits), engineers=tuple(people))


@pytest.mark.parametrize("seed", range(20))
def test_other_names_and_another_order_change_nothing(seed: int) -> None:
    pick = random.Random(seed)
    problem = relabelled(pa_1(van_2=pick.randint(0, 1), depot=pick.randint(0, 1)) if seed % 2 else pm_1(), seed)
    plan = solve(problem, Budget(time_s=2.0, rounds=50))
    assert violations(problem, plan) == []
    assert plan.cost.total == cheapest_by_trying_everything(problem).cost.total
