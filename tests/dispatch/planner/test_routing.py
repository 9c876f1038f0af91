"""OR-Tools routing as second opinion: it accepts what the engine plans, prices it alike, and finds nothing cheaper."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from ortools.constraint_solver import pywrapcp

from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import price, violations
from dispatch.planner.solver.insert import greedy_plan, plan_from_orders
from dispatch.planner.solver.plan import Plan
from dispatch.planner.solver.problem import (
    Break,
    Counting,
    Engineer,
    Judged,
    LatePrice,
    Pin,
    Problem,
    Rates,
    Shift,
    Travel,
    Visit,
    Want,
    Window,
)
from dispatch.planner.solver.routing.layout import at_mean_speed, closed_hours
from dispatch.planner.solver.routing.routed import opinion, routed_plan, routed_state
from dispatch.planner.solver.solve import solve
from tests.dispatch.planner.cases import at, matrix, pa_1, random_problem

SHORT = Budget(time_s=3.0, rounds=4)  # by count: a busy machine changes nothing


def straight(seed: int, *, visits: int, ties: bool = False) -> Problem:
    """A random day in which routing approximates nothing: one travel profile, straight clauses, round prices."""
    problem = random_problem(seed, visits=visits, engineers=2 + seed % 5, depots=seed % 3, ties=ties)
    clause = LatePrice(per_unit_fen=72_00, counting=Counting.linear)
    ended = Judged.end if seed % 2 else Judged.begin
    calls = tuple(
        replace(
            visit,
            commitments=tuple(
                replace(one, price=clause, judged=Judged.begin if visit.duration_by else ended)
                for one in visit.commitments
            ),
        )
        for visit in problem.visits
    )
    travel = Travel(problem.travel.metres, problem.travel.seconds[:1])
    return replace(problem, visits=calls, travel=travel, rates=Rates(36_00, 1000, 72_00))


def found(problem: Problem, budget: Budget = SHORT) -> Plan:
    plan = routed_plan(problem, budget)
    assert plan is not None
    return plan


@pytest.mark.parametrize("seed", range(28))
def test_the_plan_of_routing_is_legal_whatever_the_day_holds(seed: int) -> None:
    problem = random_problem(400 + seed, visits=5 + seed, engineers=2 + seed % 6, depots=seed % 4)
    plan = found(problem)
    assert violations(problem, plan) == []
    assert plan.cost == price(problem, plan)


@pytest.mark.parametrize("seed", range(30))
def test_routing_and_checker_agree_on_a_price_to_the_fen(seed: int) -> None:
    problem = straight(100 + seed, visits=4 + seed % 14)
    for plan in (greedy_plan(problem, explained=False), found(problem)):
        told = opinion(problem, plan)
        assert told is not None
        assert told.fen == price(problem, plan).total


@pytest.mark.parametrize("seed", range(24))
def test_what_the_engine_plans_routing_can_drive(seed: int) -> None:
    """Crews, orders of work, breaks, pieces, substitutes, pins: both mean the same by them."""
    problem = at_mean_speed(random_problem(seed, visits=6 + seed % 14, engineers=2 + seed % 5, depots=seed % 3))
    plan = solve(problem, Budget(time_s=1.0, rounds=20))
    assert violations(problem, plan) == []
    assert opinion(problem, plan) is not None


@pytest.mark.parametrize("seed", range(20))
def test_routing_finds_nothing_cheaper_than_the_engine_on_a_handful_of_visits(seed: int) -> None:
    problem = straight(seed, visits=3 + seed % 4) if seed % 2 else random_problem(seed, visits=5, engineers=2)
    plan = solve(problem, Budget(time_s=2.0, rounds=60))
    assert plan.cost.total <= found(problem, Budget(time_s=3.0, rounds=8)).cost.total


def one_engineer(*visits: Visit, **more: object) -> Problem:
    """A man at place 0 with two places half an hour away, ¥36 an hour of driving and overtime at ¥72."""
    half_hours = matrix(3, {(0, 1): 30, (0, 2): 30, (1, 2): 30}, 60)
    travel = Travel(metres=matrix(3, {}, 0), seconds=(half_hours,))
    person = replace(Engineer("E1", (Shift(at(9), at(12), 0, 0, 3600),)), **more)
    return Problem("2026-11-22T00:00:00+08:00", at(9), travel, Rates(36_00, 0, 72_00), (person,), visits)


def two_visits() -> Problem:
    """J1, then J2 half an hour further; home at 12:00 sharp."""
    return one_engineer(Visit("J1", 1, 2700, 500_00), Visit("J2", 2, 2700, 500_00), van={"X": 1})


def with_first(**change: object) -> Problem:
    """The same two visits, the first with something changed."""
    problem = two_visits()
    return replace(problem, visits=(replace(problem.visits[0], **change), problem.visits[1]))


def with_shift(**change: object) -> Problem:
    """The same two visits on another shift."""
    problem = two_visits()
    person = problem.engineers[0]
    return replace(problem, engineers=(replace(person, shifts=(replace(person.shifts[0], **change),)),))


@pytest.mark.parametrize(
    ("changed", "legal"),
    [
        (with_first(windows=(Window(at(8), at(9, 15)), Window(at(11, 30), at(13)))), False),
        (with_first(release_s=at(11, 30)), False),
        (with_first(skills={"lift": 1}), False),
        (with_first(barred=frozenset({"E1"})), False),
        (with_first(parts=(Want("X", 2, ("X",)),)), False),
        (with_first(parts=(Want("Y", 1, ("Y", "X")),)), True),
        (with_first(after=frozenset({"J2"})), False),
        (with_first(sync="crew"), True),
        (with_shift(end_s=at(10, 30)), False),
        (with_shift(end_s=at(11, 30)), True),
        (with_shift(breaks=(Break(at(10), at(11), 3600),)), True),
        (with_shift(breaks=(Break(at(10), at(11), 7200),)), False),
    ],
)
def test_routing_refuses_the_same_days_as_the_checker(changed: Problem, legal: bool) -> None:
    plan = plan_from_orders(two_visits(), {("E1", 0): ["J1", "J2"]})
    assert opinion(two_visits(), plan) is not None
    again = plan_from_orders(changed, {("E1", 0): ["J1", "J2"]})
    driven = [stop.ref for route in again.routes for stop in route.stops if stop.ref]
    assert (driven == ["J1", "J2"] and violations(changed, again) == []) is legal
    assert (opinion(changed, plan) is not None) is legal


def test_the_mean_speed_of_one_profile_is_that_profile() -> None:
    problem = straight(5, visits=6)
    assert at_mean_speed(problem).travel.seconds == problem.travel.seconds


def test_nobody_to_send_or_nowhere_to_go_is_no_riddle() -> None:
    problem = random_problem(1, visits=5, engineers=2, ties=False)
    loose = tuple(
        replace(v, pin=None, barred=frozenset(), preferred=frozenset(), duration_by={}, incumbent=None)
        for v in problem.visits
    )
    for bare in (replace(problem, visits=()), replace(problem, visits=loose, engineers=())):
        plan = found(bare)
        assert violations(bare, plan) == []
        assert plan.routes == ()


def test_between_windows_nothing_begins_and_inside_a_longer_one_everything() -> None:
    assert closed_hours([Window(50, 60), Window(0, 10), Window(12, 20), Window(14, 15), Window(21, 30)]) == [
        (11, 11),
        (31, 49),
    ]


def test_a_crew_whose_hours_never_meet_is_left_out_and_binds_nobody() -> None:
    problem = at_mean_speed(random_problem(4, visits=9, engineers=4))
    hours = (Window(at(10), at(11)), Window(at(14), at(15)))
    apart = (replace(problem.visits[0], windows=hours[:1]), replace(problem.visits[1], windows=hours[1:]))
    problem = replace(problem, visits=(*apart, *problem.visits[2:]))
    plan = found(problem)
    assert violations(problem, plan) == []
    assert {"V0", "V1"} <= {left.visit for left in plan.unassigned}
    assert len(plan.unassigned) < len(problem.visits)
    assert opinion(problem, plan) is not None


def test_work_under_way_is_where_the_day_begins() -> None:
    begun = Visit("J1", 1, 7200, 500_00, pin=Pin("E1", start_s=at(8, 30)))
    problem = one_engineer(begun, Visit("J2", 2, 1800, 500_00))
    plan = found(problem, Budget(time_s=3.0, rounds=1))
    assert [stop.ref for stop in plan.routes[0].stops] == ["J1", "J2"]
    told = opinion(problem, plan)
    assert told is not None
    assert told.fen == plan.cost.total


def test_rounds_count_solutions_and_repeat_a_plan() -> None:
    problem = random_problem(9, visits=12, engineers=4)
    one, two = (routed_state(problem, Budget(time_s=3.0, rounds=4)) for _ in range(2))
    assert one is not None and two is not None
    assert [route.nodes for route in one.routes] == [route.nodes for route in two.routes]


def test_two_pieces_are_counted_once_and_fetched_where_they_lie() -> None:
    """E14: with a piece in the second van he goes; without it the first calls at the depot."""
    for van, depot in ((1, 1), (1, 0), (0, 1), (0, 0)):
        problem = pa_1(van_2=van, depot=depot)
        plan = solve(problem, Budget(time_s=2.0, rounds=40))
        assert violations(problem, plan) == []
        assert found(problem).cost.total >= plan.cost.total
        assert opinion(problem, plan) is not None


def test_the_pinned_version_still_cannot_name_the_vehicles_of_a_node() -> None:
    """9.15 raises for any list, so the model narrows `VehicleVar`; when this test fails the detour can go."""
    manager = pywrapcp.RoutingIndexManager(3, 2, [0, 1], [0, 1])
    model = pywrapcp.RoutingModel(manager)
    with pytest.raises(TypeError):
        model.SetAllowedVehiclesForIndex([0], manager.NodeToIndex(2))


def test_the_pinned_version_still_minds_a_node_that_costs_every_vehicle() -> None:
    """9.15 refuses to leave out a node whose unary transit is above zero, and not the same, for every vehicle.

    The model therefore takes what everybody costs into the way and leaves the rest to the transit.
    """
    for least, accepted in ((0, True), (5, False)):
        manager = pywrapcp.RoutingIndexManager(5, 2, [1, 2], [3, 4])
        model = pywrapcp.RoutingModel(manager)
        own = [model.RegisterUnaryTransitVector([least + more, 0, 0, 0, 0]) for more in (0, 10)]
        model.AddDimensionWithVehicleTransits(own, 0, 100, True, "choice")
        model.AddDisjunction([manager.NodeToIndex(0)], 1)
        model.CloseModelWithParameters(pywrapcp.DefaultRoutingSearchParameters())
        assert (model.ReadAssignmentFromRoutes([[], []], True) is not None) is accepted


def test_without_the_compiler_routing_plans_the_day() -> None:
    """A process that hides numba still answers with a legal plan, and says by which way."""
    script = (
        "import sys; sys.modules['numba'] = None\n"
        "from dispatch.planner.solver.budget import Budget\n"
        "from dispatch.planner.solver.checker import violations\n"
        "from dispatch.planner.solver.solve import solve\n"
        "from tests.dispatch.planner.cases import random_problem\n"
        "problem = random_problem(1, visits=24, engineers=6)\n"
        "plan = solve(problem, Budget(2.0, 20))\n"
        "print(plan.notes.method, violations(problem, plan))\n"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120)
    assert said.stdout.strip() == "OR-Tools routing []", said.stderr
