"""What the same weekday of past weeks brought in after this hour is expected today; the switch keeps room for it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.db import db, transaction
from dispatch.planner import forecast
from dispatch.planner import use_cases as planner
from dispatch.planner.models import StoredPlan
from dispatch.planner.settings import ANTICIPATE
from dispatch.planner.solver.anticipate import is_expected
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.plan import Plan
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.solve import solve
from dispatch.requests.models import Request
from tests import world
from tests.conftest import MONDAY
from tests.dispatch import cast
from tests.dispatch.cast import DISPATCHER

HOUR = timedelta(hours=1)
WEEK = timedelta(weeks=1)
SHORT = Budget(time_s=20, rounds=60)


@pytest.fixture
def here(house):
    return world.small_world()


def reported(told, at) -> None:
    """The same call, as if it had been made at another instant; its promise moves with it."""
    request = cast.request(told.request_no)
    with transaction() as session:
        row = session.get_one(Request, request.id)
        row.reported_at = at


def expected(now=MONDAY, territory=None):
    db.session.rollback()
    return forecast.futures(db.session(), territory=territory, now=now)


def test_a_call_of_last_monday_an_hour_later_is_expected_at_that_hour_today(here):
    told = here.pump_fails()
    reported(told, MONDAY - WEEK + HOUR)
    ((call,),) = expected()
    assert call.release_at == MONDAY + HOUR
    assert call.skill_code == cast.visit(told.visit_ref).skill_code
    assert call.engineer_id is None


@pytest.mark.parametrize(
    "back", [WEEK + HOUR, WEEK - 24 * HOUR, 4 * WEEK - HOUR], ids=["earlier", "tuesday", "long ago"]
)
def test_what_came_at_another_hour_or_day_is_not_expected(here, back):
    reported(here.pump_fails(), MONDAY - back)
    assert expected() == []


def test_a_territory_expects_only_its_own_calls(here):
    told = here.pump_fails()
    reported(told, MONDAY - WEEK + HOUR)
    assert expected(territory="nowhere") == []


def test_nobody_expects_anything_until_the_switch_is_on():
    assert ANTICIPATE is False


def test_a_plan_with_room_for_expected_calls_names_none_of_them(here):
    past, now = here.pump_fails(), here.pump_fails()
    reported(past, MONDAY - WEEK + HOUR)
    asked: list[int] = []

    def counting(problem: Problem, budget: Budget):
        asked.append(sum(is_expected(visit.id) for visit in problem.visits))
        return solve(problem, budget)

    plan_id = planner.plan_now(None, by=DISPATCHER, now=MONDAY, budget=SHORT, solver=counting, anticipate=True)
    assert asked == [1]
    db.session.rollback()
    stored = db.session().get_one(StoredPlan, plan_id)
    assert "expected:" not in stored.problem + stored.plan
    plan = Plan.from_json(stored.plan)
    assert now.visit_ref in {stop.ref for route in plan.routes for stop in route.stops}
