"""The chance of being on time is a distribution driven in the plan's order, not a guess (R9)."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.chance import Spread, chances
from dispatch.planner.solver.insert import greedy_plan
from dispatch.planner.solver.plan import Plan
from dispatch.planner.solver.problem import (
    Break,
    Commitment,
    Engineer,
    Judged,
    Matrix,
    Pin,
    Problem,
    Rates,
    Shift,
    Travel,
    Visit,
    Window,
)
from dispatch.planner.solver.solve import solve
from dispatch.planner.solver.unfold import Times, lasts, unfold
from tests.dispatch.planner.cases import HOUR, MINUTE, NINE, START, at, random_problem, started_hour

HALF_HOUR = 30 * MINUTE


def as_planned(problem: Problem, plan: Plan) -> dict[str, Times]:
    return unfold(problem, plan, lambda visit, who: np.full(1, float(lasts(visit, who))), lambda _, __: np.ones(1))


def planned(plan: Plan) -> dict[str, tuple[int, int]]:
    return {s.ref: (s.start_s, s.end_s) for route in plan.routes for s in route.stops if s.kind == "visit"}


def two_in_a_row(*, due_s: int = at(12), **more: object) -> tuple[Problem, Plan]:
    """One engineer, half an hour to each of two visits of an hour: begins 9:30 and 11:00. The second is due `due_s`."""
    roads = Matrix.of([[0 if i == j else HALF_HOUR for j in range(3)] for i in range(3)])
    problem = Problem(
        START,
        NINE,
        Travel(Matrix.of([[0] * 3] * 3), (roads,)),
        Rates(60_00, 0, 0),
        (Engineer("E1", (Shift(NINE, at(20), 0),)),),
        (
            Visit("V1", 1, HOUR, 900_00, windows=(Window(NINE, at(10)),)),
            replace(
                Visit("V2", 2, HOUR, 900_00, commitments=(Commitment(due_s, started_hour(100_00)),)),
                **more,
            ),
        ),
    )
    return problem, greedy_plan(problem)


@pytest.mark.parametrize("seed", range(20))
def test_with_the_planned_times_a_plan_unfolds_into_itself(seed: int) -> None:
    problem = random_problem(seed, visits=8 + seed, engineers=3 + seed % 4, depots=1 + seed % 3, ties=False)
    plan = solve(problem, Budget(time_s=5.0, rounds=10, seed=seed))
    times = as_planned(problem, plan)
    assert {ref: (int(one.begin[0]), int(one.end[0])) for ref, one in times.items()} == planned(plan)


@pytest.mark.parametrize("seed", range(12))
def test_crews_and_orders_of_work_unfold_together_and_never_later_than_planned(seed: int) -> None:
    problem = random_problem(seed, visits=12, engineers=6)
    plan = solve(problem, Budget(time_s=5.0, rounds=10, seed=seed))
    times = as_planned(problem, plan)
    for ref, (begin, _) in planned(plan).items():
        assert times[ref].begin[0] <= begin
    for one, other in (("V0", "V1"),):
        assert (one in times) == (other in times)
        if one in times:
            assert times[one].begin[0] == times[other].begin[0]
    if "V3" in times:
        assert times["V3"].begin[0] >= times["V2"].end[0]


@pytest.mark.parametrize("seed", range(8))
def test_without_spread_a_stop_is_on_time_or_it_is_not(seed: int) -> None:
    problem = random_problem(seed, visits=20, engineers=6, ties=False)
    plan = greedy_plan(problem, explained=False)
    late = {s.ref: s.late_s for route in plan.routes for s in route.stops if s.kind == "visit"}
    assert chances(problem, plan, Spread()) == {ref: 0 if behind else 1000 for ref, behind in late.items()}


def test_the_chance_is_that_of_the_log_normal_where_that_is_known() -> None:
    """V1 lasts an hour ± 0.5: V2 meets 11:30 if V1 lasts at most an hour and a half."""
    for due_s, slack in ((at(11, 30), 1.5), (at(11), 1.0), (at(10, 30), 0.5)):
        problem, plan = two_in_a_row(due_s=due_s)
        expected = NormalDist().cdf(math.log(slack) / 0.5) * 1000
        assert chances(problem, plan, Spread({"V1": 0.5}))["V2"] == pytest.approx(expected, abs=1)


def test_a_commitment_judged_by_its_end_waits_for_the_end() -> None:
    problem, plan = two_in_a_row(commitments=(Commitment(at(12), started_hour(100_00), Judged.end),))
    assert chances(problem, plan, Spread({"V2": 0.3}))["V2"] == pytest.approx(500, abs=1)
    assert chances(problem, plan, Spread({"V2": 0.0}))["V2"] == 1000


def test_an_appointment_is_a_promise_of_its_own() -> None:
    problem, plan = two_in_a_row(commitments=(), windows=(Window(at(11), at(11, 30)),))
    chance = chances(problem, plan, Spread({"V1": 0.5}))["V2"]
    # He waits when he is early, and comes all the same when he is late.
    assert chance == pytest.approx(NormalDist().cdf(math.log(1.5) / 0.5) * 1000, abs=1)


def test_a_later_hour_of_opening_is_taken_when_the_first_is_missed() -> None:
    windows = (Window(at(11), at(11, 30)), Window(at(13), at(14)))
    problem, plan = two_in_a_row(windows=windows, due_s=at(13))
    chance = chances(problem, plan, Spread({"V1": 0.5}))["V2"]
    # Begun by 11:30 or, with V1 over by 12:30, at 13:00 sharp.
    assert chance == pytest.approx(NormalDist().cdf(math.log(3) / 0.5) * 1000, abs=1)


def test_waiting_for_a_window_swallows_the_delay_before_it() -> None:
    problem, plan = two_in_a_row(windows=(Window(at(18), at(19)),), due_s=at(18))
    assert chances(problem, plan, Spread({"V1": 0.4}))["V2"] > 999 * NormalDist().cdf(math.log(8) / 0.4) - 1


def test_a_break_on_the_way_is_taken_later_when_work_lasts_longer() -> None:
    problem, _ = two_in_a_row(due_s=at(12))
    lunch = Break(at(10, 30), at(11, 30), HALF_HOUR)
    problem = replace(problem, engineers=(Engineer("E1", (Shift(NINE, at(20), 0, breaks=(lunch,)),)),))
    plan = greedy_plan(problem)
    assert planned(plan)["V2"][0] == at(11, 30)
    # Free at 11:00 at the latest: half an hour of rest and half an hour of road are left.
    expected = NormalDist().cdf(math.log(1.5) / 0.5) * 1000
    assert chances(problem, plan, Spread({"V1": 0.5}))["V2"] == pytest.approx(expected, abs=1)


def test_the_road_strays_too() -> None:
    """Two legs of half an hour and no slack: two log-normals seldom cancel out, and the mean exceeds the median."""
    problem, plan = two_in_a_row(due_s=at(11))
    by_seed = [chances(problem, plan, Spread(road=0.3, seed=seed))["V2"] for seed in range(8)]
    assert 440 < min(by_seed) < max(by_seed) < 490


def test_chances_rise_with_the_due_instant_and_fall_along_the_route() -> None:
    spread = Spread({"V1": 0.4, "V2": 0.4}, 0.2)
    by_due = [chances(*two_in_a_row(due_s=at(11) + minutes * MINUTE), spread)["V2"] for minutes in range(-60, 120, 10)]
    assert by_due == sorted(by_due)
    assert by_due[0] < 50 < 900 < by_due[-1]


def test_the_same_seed_gives_the_same_chances_and_other_routes_do_not_touch_them() -> None:
    problem = random_problem(4, visits=24, engineers=8, ties=False)
    plan = greedy_plan(problem, explained=False)
    spread = Spread({visit.id: 0.4 for visit in problem.visits}, 0.2, seed=7)
    all_of_it = chances(problem, plan, spread)
    assert chances(problem, plan, spread) == all_of_it
    some = replace(plan, routes=plan.routes[1:])
    assert chances(problem, some, spread).items() <= all_of_it.items()


def test_work_under_way_longer_than_expected_is_known_to_have_lasted() -> None:
    """Begun at 8:00 for an hour and still not done at 9:00: the next visit has lost its even chance."""
    problem, _ = two_in_a_row(due_s=at(9, 30))
    begun = replace(problem.visits[0], pin=Pin("E1", start_s=at(8)))
    problem = replace(problem, visits=(begun, problem.visits[1]))
    plan = greedy_plan(problem)
    assert planned(plan)["V2"][0] == at(9, 30)
    assert chances(problem, plan, Spread({"V1": 0.5}))["V2"] <= 1
    # Half an hour more: of the half of the days that lasted past nine, those over by 9:30.
    later = replace(
        problem, visits=(begun, replace(problem.visits[1], commitments=(Commitment(at(10), started_hour(1)),)))
    )
    share = (NormalDist().cdf(math.log(1.5) / 0.5) - 0.5) / 0.5
    assert chances(later, plan, Spread({"V1": 0.5}))["V2"] == pytest.approx(1000 * share, abs=1)


@pytest.mark.parametrize("log_sd", [-0.1, math.nan, math.inf, 20.0])
def test_a_spread_that_is_none_is_refused_by_name(log_sd: float) -> None:
    with pytest.raises(ValueError, match="V9"):
        Spread({"V9": log_sd})
    with pytest.raises(ValueError, match="road"):
        Spread(road=log_sd)
