"""From the facts of a day to a problem that is always legal and tears nothing up (R1, R4, R5, E14)."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.geo.rules import Position
from dispatch.people.rules import EngineerCard
from dispatch.planner.compose import Facts, OpenVisit, Promise, Store, compose, standing_orders
from dispatch.planner.rules import PRICES, Tie, tie
from dispatch.planner.solver import insert
from dispatch.planner.solver.intake import check_problem
from dispatch.planner.solver.plan import Plan
from dispatch.planner.solver.problem import Problem
from dispatch.roster.rules import DutyCard
from dispatch.travel import api as travel

ZONE = ZoneInfo("Asia/Shanghai")
WEEKDAYS = [(540, 1020)] * 5 + [None, None]


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A November 2026 instant in Shanghai; the 23rd is a Monday, the 28th a Saturday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


NOW = at(23, 10)


def card(number: int) -> EngineerCard:
    known: dict[str, Any] = {"id": number, "home_lat": 31.0, "home_lon": 121.0, "skills": (), "territory": "T1"}
    return EngineerCard(**{name: known.get(name) for name in inspect.signature(EngineerCard).parameters})


def duty(
    number: int, engineer: int, start: datetime, end: datetime, overtime: int = 60, kind: str = "regular"
) -> DutyCard:
    return DutyCard(number, engineer, kind, start, end, None, None, 0, overtime, 1)


MONDAY_SHIFT = duty(1, 1, at(23, 8), at(23, 18))


def visit(ref: str, **about: Any) -> OpenVisit:
    facts: dict[str, Any] = {
        "ref": ref, "version": 1, "position": Position(31.1, 121.1), "territory": "T1", "level": 2, "skill_level": 1,
        "skill_code": "general", "duration_s": 3600, "release_at": at(20, 8), "window": None, "access": None,
        "promises": (), "parts": (),
    }  # fmt: skip
    facts |= about
    if facts.get("engineer_id") is not None and "tie" not in about:
        facts["tie"] = tie(
            assigned=True, locked=False, bound=facts.get("bound", False), arrived=facts.get("arrived_at") is not None,
            start_at=facts.get("planned_start_at"), travel_s=600, now=NOW,
        )  # fmt: skip
    return OpenVisit(**facts)


def made(
    visits, duties=(MONDAY_SHIFT,), engineers=(1,), stores=(), accepts=None, now=NOW, steady=True
) -> tuple[Facts, Problem]:
    facts = Facts(
        now=now, engineers=[card(n) for n in engineers], duties=list(duties), vans={}, visits=list(visits),
        stores=list(stores), accepts=accepts or {}, headroom={}, versions={},
    )  # fmt: skip
    problem = compose(facts, lambda points, start, end: travel.table(points, start=start, end=end), steady=steady)
    check_problem(problem)
    return facts, problem


def day(visits, **about: Any) -> Plan:
    facts, problem = made(visits, **about)
    return insert.plan_from_orders(problem, standing_orders(facts, problem))


def order(plan: Plan) -> list[str]:
    return [stop.ref for route in plan.routes for stop in route.stops if stop.ref]


def begins(plan: Plan, ref: str) -> float:
    return next(stop.start_s / 3600 for route in plan.routes for stop in route.stops if stop.ref == ref)


def test_what_is_shut_on_all_days_of_the_plan_is_not_open_at_any_hour():
    """A closed weekend once came out as no window at all, which the engine reads as: always."""
    weekend = [duty(1, 1, at(28, 8), at(28, 18))]
    house = Store(1, Position(31, 121), WEEKDAYS, {9: 1})
    _, problem = made([visit("V1", access=WEEKDAYS)], weekend, stores=[house], now=at(28, 10))
    assert problem.depots == ()
    assert problem.visits[0].windows[0].from_s >= 2 * 86_400
    assert order(day([visit("V1", access=WEEKDAYS)], duties=weekend, now=at(28, 10))) == []


def test_overtime_ends_where_the_next_duty_begins():
    """Eight to six and six to eight is a roster the form accepts; with two hours of overtime it stopped the planner."""
    _, problem = made([visit("V1")], [duty(1, 1, at(23, 8), at(23, 18), 120), duty(2, 1, at(23, 18), at(24, 8), 0)])
    assert problem.engineers[0].shifts[0].max_overtime_s == 0


def test_nobody_is_under_way_at_two_sites():
    first = visit("V1", engineer_id=1, planned_start_at=at(23, 8, 30), arrived_at=at(23, 8, 30))
    second = visit("V2", engineer_id=1, planned_start_at=at(23, 9, 30), arrived_at=at(23, 9, 40))
    _, problem = made([first, second])
    pins = {one.id: one.pin for one in problem.visits}
    assert pins["V2"].start_s is not None
    assert (pins["V1"].start_s, pins["V1"].order) == (None, 0)


def test_a_visit_that_wants_a_thousand_and_one_pieces_does_not_stop_the_others():
    _, problem = made([visit("V1", parts=((9, 1001),)), visit("V2")], accepts={9: [9]})
    assert [one.id for one in problem.visits] == ["V2"]


def test_a_visit_fixed_for_a_later_day_stays_where_it_is():
    _, problem = made([visit("V1", engineer_id=1, planned_start_at=at(26, 14))])
    assert problem.visits == ()


def test_a_lock_holds_the_time_too():
    locked = visit("V1", engineer_id=1, planned_start_at=at(23, 15), tie=Tie.LOCKED)
    assert begins(day([locked]), "V1") == 15.0


def test_a_promised_time_is_pushed_back_by_a_hand_but_never_pulled_forward():
    promised = visit("V1", engineer_id=1, planned_start_at=at(23, 15))
    assert begins(day([promised]), "V1") == 15.0
    assert begins(day([promised], steady=False), "V1") < 11.0


def test_the_stop_he_is_driving_to_comes_first():
    waiting = visit("V1", engineer_id=1, planned_start_at=at(23, 10, 5))
    driving = visit("V2", engineer_id=1, planned_start_at=at(23, 10, 30), bound=True)
    assert order(day([waiting, driving]))[0] == "V2"


def test_a_no_show_is_frozen_no_longer():
    late = visit("V1", engineer_id=1, planned_start_at=at(23, 8))
    soon = visit("V2", engineer_id=1, planned_start_at=at(23, 10, 20))
    assert (late.tie, soon.tie) == (Tie.PROMISED, Tie.FIRM)


def test_work_of_somebody_without_a_shift_in_sight_is_left_alone():
    """Overtime on Friday evening: his visit came out with neither pin nor promise, and was given to somebody else."""
    under_way = visit("V1", engineer_id=2, planned_start_at=at(23, 9), arrived_at=at(23, 9))
    _, problem = made([under_way], engineers=(1, 2))
    assert problem.visits == ()


def test_who_was_sent_against_the_rules_keeps_engineer_and_time():
    sent = visit("V1", skill_code="hv", skill_level=3, engineer_id=1, planned_start_at=at(23, 15), held=True)
    plan = day([sent])
    assert begins(plan, "V1") == 15.0


def test_standing_by_at_home_has_its_price():
    _, problem = made([visit("V1")], [duty(1, 1, at(23, 8), at(23, 18), kind="on_call")])
    assert problem.engineers[0].shifts[0].on_call_fen == PRICES.on_call_fen > 0


@pytest.mark.parametrize("level", [1, 2, 3])
def test_an_overdue_visit_with_somebody_free_is_planned(level):
    """Late by a day it once cost more to go than to leave it, so the worst were left out and lost their engineer."""
    overdue = visit("V1", level=level, promises=(Promise("arrival", at(22, 10), None, None),))
    _, problem = made([overdue])
    assert [stop.ref for route in insert.greedy_plan(problem).routes for stop in route.stops if stop.ref] == ["V1"]
