"""Calls that nobody has made yet: they hold room, nobody is sent to them, and most futures decide the next step."""

from __future__ import annotations

from dataclasses import replace

from bench.simulator.scenarios import (
    anticipating_plan,
    most_agreed,
    next_steps,
    with_expected_calls,
)
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.problem import Commitment, Engineer, Problem, Rates, Shift, Travel, Visit
from dispatch.planner.solver.solve import solve
from tests.dispatch.planner.cases import HOUR, MINUTE, NINE, START, at, matrix, order_of, started_hour

DEPOT_ROAD, HOSPITAL, FARM = range(3)
QUICK = Budget(time_s=2.0, rounds=200, seed=1)


def urgent(name: str, call_s: int) -> Visit:
    """A call from the hospital, due within the hour and dear to miss."""
    return Visit(
        name,
        HOSPITAL,
        30 * MINUTE,
        500_000,
        level=1,
        release_s=call_s,
        commitments=(Commitment(call_s + HOUR, started_hour(100_000)),),
    )


def a_quiet_morning() -> Problem:
    """One engineer in town, the hospital ten minutes away, upkeep at a farm two hours off that may wait all day."""
    minutes = matrix(3, {(DEPOT_ROAD, HOSPITAL): 10, (DEPOT_ROAD, FARM): 120, (HOSPITAL, FARM): 120}, MINUTE)
    return Problem(
        horizon_start=START,
        now_s=NINE,
        travel=Travel(metres=matrix(3, {}, 0), seconds=(minutes,)),
        rates=Rates(travel_fen_h=6000, distance_fen_km=0, overtime_fen_h=0),
        engineers=(Engineer("E1", (Shift(NINE, at(18), DEPOT_ROAD),)),),
        visits=(Visit("upkeep", FARM, 30 * MINUTE, 60_000),),
    )


def test_without_a_forecast_he_drives_to_the_farm_at_once() -> None:
    plan = anticipating_plan(a_quiet_morning(), [], QUICK, solve)
    assert next_steps(a_quiet_morning(), plan) == {"E1": "upkeep"}


def test_where_the_hospital_calls_every_morning_he_waits_and_the_farm_comes_after() -> None:
    problem = a_quiet_morning()
    past = [[urgent(f"day{day}", at(10, 10 * day))] for day in range(3)]
    plan = anticipating_plan(problem, past, QUICK, solve)
    assert next_steps(problem, plan) == {"E1": ""}
    assert order_of(plan)["E1"][-1] == "upkeep"


def test_an_expected_call_keeps_its_name_as_the_day_goes_by() -> None:
    """Numbered by place the names slid from call to call, and each look turned the whole plan over."""
    calls = [urgent("first", at(10)), urgent("second", at(11))]
    early = with_expected_calls(a_quiet_morning(), calls)
    later = with_expected_calls(replace(a_quiet_morning(), now_s=at(10, 30)), calls[1:])
    assert {visit.id for visit in later.visits} < {visit.id for visit in early.visits}


def test_the_plan_that_most_agree_with_is_taken() -> None:
    answers = [{"A": "x", "B": "y"}, {"A": "", "B": "z"}, {"A": "x", "B": "z"}, {"A": "x", "B": "z"}]
    assert most_agreed(answers) == 2
    assert most_agreed([{"A": "x"}, {"A": "y"}]) == 0
    assert most_agreed([{}]) == 0
