"""Crews and orders of work are searched like everything else: on tiny days nothing that was tried is cheaper (R1)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.planner.solver.assemble import plan_of
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.explain import reasons
from dispatch.planner.solver.insert import greedy_plan
from dispatch.planner.solver.model import Model
from dispatch.planner.solver.plan import Notes, Plan
from dispatch.planner.solver.problem import Pin, Problem
from dispatch.planner.solver.replay import state_of
from dispatch.planner.solver.solve import solve
from dispatch.planner.solver.ties import groups, retie
from tests.dispatch.planner.cases import random_problem
from tests.dispatch.planner.oracle import cheapest_by_trying_everything


def tied_day(seed: int) -> Problem:
    """Four visits and three engineers: a crew, an order of work, or a crew that follows other work."""
    problem = random_problem(seed, visits=4, engineers=3, depots=1, ties=False, several_shifts=False)
    visits = [replace(visit, pin=None, parts=()) for visit in problem.visits]
    followed = frozenset({"V2"}) if seed % 3 == 2 else frozenset()
    if seed % 3 == 1:
        visits[0] = replace(visits[0], skills={})
        visits[1] = replace(visits[1], skills={}, after=frozenset({"V0"}))
    else:
        visits[2] = replace(visits[2], skills={})
        for n in (0, 1):
            visits[n] = replace(visits[n], sync="crew", skills={}, barred=frozenset(), windows=(), after=followed)
    first, *others = problem.engineers
    people = (first, *(replace(e, shifts=tuple(replace(s, breaks=()) for s in e.shifts)) for e in others))
    return replace(problem, visits=tuple(visits), engineers=people)


def tied_anew(problem: Problem, plan: Plan, turns: int) -> Plan:
    """The plan after so many turns with its crews and orders of work."""
    state = retie(state_of(problem, plan), 1, lambda turn: turn < turns)
    return plan_of(state, reasons(state), Notes())


@pytest.mark.parametrize("seed", range(12))
def test_nothing_legal_is_cheaper_than_a_tied_day_placed_anew(seed: int) -> None:
    problem = tied_day(seed)
    plan = tied_anew(problem, solve(problem, Budget(time_s=2.0, rounds=30)), 150)
    assert violations(problem, plan) == []
    assert plan.cost.total == cheapest_by_trying_everything(problem).cost.total


@pytest.mark.parametrize("seed", range(6))
def test_a_day_with_ties_is_never_worse_for_it_and_stays_legal(seed: int) -> None:
    problem = random_problem(seed, visits=24, engineers=8, depots=3)
    simple = greedy_plan(problem)
    plan = tied_anew(problem, simple, 12)
    assert violations(problem, plan) == []
    assert plan.cost.total <= simple.cost.total


def test_only_what_is_tied_makes_a_group() -> None:
    problem = random_problem(0, visits=12, engineers=3)
    names = {call.id: call.index for call in Model(problem).calls}
    found = sorted(sorted(group) for group in groups(Model(problem)))
    assert found == [[names["V0"], names["V1"]], [names["V2"], names["V3"]]]
    free = replace(problem, visits=tuple(replace(v, sync=None, after=frozenset()) for v in problem.visits))
    assert groups(Model(free)) == []
    chain = tuple(replace(v, sync=None, after=frozenset({f"V{n - 1}"} if n else ())) for n, v in enumerate(free.visits))
    assert [len(group) for group in groups(Model(replace(free, visits=chain)))] == [
        sum(1 for v in chain if v.pin is None or not v.pin.frozen)
    ]


def test_what_follows_work_under_way_is_placed_too() -> None:
    problem = tied_day(1)
    begun = replace(problem.visits[0], pin=Pin("E0", start_s=problem.now_s - 600))
    problem = replace(problem, visits=(begun, *problem.visits[1:]))
    plan = tied_anew(problem, greedy_plan(problem), 60)
    assert violations(problem, plan) == []
    assert plan.cost.total <= greedy_plan(problem).cost.total


def test_the_same_seed_places_the_same() -> None:
    problem = random_problem(3, visits=24, engineers=8, depots=3)
    plans = [tied_anew(problem, greedy_plan(problem), 10) for _ in range(2)]
    assert plans[0] == plans[1]


def test_no_turn_is_begun_when_time_is_up() -> None:
    problem = random_problem(0, visits=24, engineers=8)
    asked: list[int] = []

    def out_of_time(turn: int) -> bool:
        asked.append(turn)
        return False

    state = state_of(problem, greedy_plan(problem))
    assert retie(state, 1, out_of_time) is state
    assert asked == [0]
