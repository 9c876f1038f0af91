"""The adapter to fsbench: its own checker and ours see the same plan at the same price."""

from __future__ import annotations

import random

import numpy as np
import pytest

from bench.engine.fs import fsbench, fsbench_plan, instance, judge, orders_of, problem_of, travel_tables
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.insert import greedy_plan, plan_from_orders

SMALL = ("fs50-s1", "fs50-s2", "fs50-s3", "fs200-core-s1", "fs50-crew-s1", "fs50-core-s4")


@pytest.mark.parametrize("name", SMALL)
def test_a_plan_of_ours_is_feasible_for_fsbench_and_costs_the_same_to_the_rounding(name: str) -> None:
    data = instance(name)
    problem = problem_of(data)
    plan = greedy_plan(problem, explained=False)
    verdict = judge(data, fsbench_plan(plan))
    roundings = 3 * len(problem.engineers) + len(problem.visits)
    assert verdict.errors == ()
    assert violations(problem, plan) == []
    assert verdict.left_out == len(plan.unassigned)
    assert abs(verdict.cents - plan.cost.total) <= roundings / 2 + 1


@pytest.mark.parametrize("name", ["fs50-s1", "fs50-s2"])
def test_the_human_plan_of_fsbench_can_be_driven_by_us_no_dearer(name: str) -> None:
    data = instance(name)
    theirs = fsbench("greedy").greedy(data)
    problem = problem_of(data)
    ours = plan_from_orders(problem, orders_of(theirs))
    assert violations(problem, ours) == []
    assert judge(data, fsbench_plan(ours)).cents <= judge(data, theirs).cents


def test_travel_is_fsbenchs_own_to_the_second_and_metre() -> None:
    draw = random.Random(5)
    cities = [[17_000, 17_000], [51_000, 18_000], [16_000, 50_500]]
    places = [(draw.randrange(-4000, 70_000), draw.randrange(-4000, 70_000)) for _ in range(600)]
    places += [(17_000, 17_000), (17_000 + 6000, 17_000), (17_000, 17_000 + 18_000)]
    seconds, metres = travel_tables(places, cities)
    travel = fsbench("generate").travel
    pairs = [(draw.randrange(len(places)), draw.randrange(len(places))) for _ in range(20_000)]
    pairs += [(n, n) for n in range(5)] + [(600, 601), (602, 600)]
    assert all((seconds[a, b], metres[a, b]) == travel(places[a], places[b], cities) for a, b in pairs)
    assert np.array_equal(seconds, seconds.T)


def test_a_name_makes_the_same_instance_as_its_file() -> None:
    assert fsbench("generate").gen(50, 8, 1) == instance("fs50-s1")
