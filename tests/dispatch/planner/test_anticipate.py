"""Waiting has a price: idle engineers take work early, appointments and promises stay what they were."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.db import db
from dispatch.planner import use_cases as planner
from dispatch.planner.models import StoredPlan
from dispatch.planner.settings import ANTICIPATE
from dispatch.planner.solver.anticipate import with_priced_waiting, without_priced_waiting
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.plan import Plan
from dispatch.planner.solver.problem import Engineer, Pin, Problem, Rates, Shift, Travel, Visit, Window
from dispatch.planner.solver.solve import solve
from tests import world
from tests.conftest import MONDAY
from tests.dispatch.cast import DISPATCHER
from tests.dispatch.planner.cases import MINUTE, NINE, START, at, matrix, order_of

QUICK = Budget(time_s=2.0, rounds=200, seed=1)


def two_in_one_street() -> Problem:
    """Two engineers at home ten minutes away, two pieces of upkeep in one street: one of them could do both."""
    minutes = matrix(3, {(0, 1): 10, (0, 2): 10, (1, 2): 2}, MINUTE)
    shift = Shift(NINE, at(18), 0)
    return Problem(
        horizon_start=START,
        now_s=NINE,
        travel=Travel(metres=matrix(3, {}, 0), seconds=(minutes,)),
        rates=Rates(travel_fen_h=6000, distance_fen_km=0, overtime_fen_h=0),
        engineers=(Engineer("E1", (shift,)), Engineer("E2", (shift,))),
        visits=(Visit("J1", 1, 120 * MINUTE, 60_000), Visit("J2", 2, 120 * MINUTE, 60_000)),
    )


def test_without_the_price_one_does_both_and_the_other_stands_idle() -> None:
    assert len(order_of(solve(two_in_one_street(), QUICK))) == 1


def test_with_the_price_both_begin_at_once() -> None:
    problem = two_in_one_street()
    plan = without_priced_waiting(problem, solve(with_priced_waiting(problem, 1000), QUICK))
    assert len(order_of(plan)) == 2
    assert violations(problem, plan) == []
    assert plan.cost.late == 0
    assert all(stop.late_s == 0 for route in plan.routes for stop in route.stops)


@pytest.mark.parametrize("fen_h", [100, 1000, 100_000])
def test_no_visit_is_left_out_for_its_waiting(fen_h: int) -> None:
    problem = two_in_one_street()
    alone = replace(problem, engineers=problem.engineers[:1])
    assert solve(with_priced_waiting(alone, fen_h), QUICK).unassigned == ()


def test_appointments_and_work_under_way_have_their_hour_already() -> None:
    first, second = two_in_one_street().visits
    agreed, begun = replace(first, windows=(Window(at(11), at(12)),)), replace(second, pin=Pin("E2", start_s=at(8)))
    problem = replace(two_in_one_street(), visits=(agreed, begun))
    assert with_priced_waiting(problem, 1000).visits == (agreed, begun)


def test_the_switch_is_off() -> None:
    assert ANTICIPATE is False


def test_a_proposed_plan_with_room_for_calls_is_stored_in_the_days_own_money(house) -> None:
    here = world.small_world()
    told = here.pump_fails()
    plain = planner.plan_now(None, by=DISPATCHER, now=MONDAY, budget=QUICK, solver=solve)
    roomy = planner.plan_now(None, by=DISPATCHER, now=MONDAY, budget=QUICK, solver=solve, anticipate=True)
    db.session.rollback()
    kept = [db.session().get_one(StoredPlan, one) for one in (plain, roomy)]
    assert kept[0].problem == kept[1].problem
    plan = Plan.from_json(kept[1].plan)
    assert told.visit_ref in {stop.ref for route in plan.routes for stop in route.stops}
    assert violations(Problem.from_json(kept[1].problem), plan) == []
