"""Standby engineers of an assurance period serve its visits and nothing else (D11, R1)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import Broken, violations
from dispatch.planner.solver.insert import Blocked, CannotAssign, greedy_plan, suggestions, with_visit
from dispatch.planner.solver.plan import Cure, Reason
from dispatch.planner.solver.problem import Pin, Problem
from dispatch.planner.solver.solve import solve
from tests.dispatch.planner.cases import NINE, order_of, pa_1

BUDGET = Budget(time_s=2.0, rounds=50)


def held_for_the_flood(*, assurance: str | None = None) -> Problem:
    """E14 with a piece in every van, E2 on standby for the flood season; J2 belongs to `assurance`."""
    problem = pa_1(van_2=1, depot=1)
    first, second = (replace(e, van={"X": 1}) for e in problem.engineers)
    second = replace(second, shifts=(replace(second.shifts[0], standby="flood"),))
    j1, j2 = problem.visits
    return replace(problem, engineers=(first, second), visits=(j1, replace(j2, assurance=assurance)))


def test_a_standby_engineer_does_not_serve_what_is_not_his() -> None:
    problem = held_for_the_flood()
    for plan in (solve(problem, BUDGET), greedy_plan(problem)):
        assert set(order_of(plan)) == {"E1"}
        assert violations(problem, plan) == []


@pytest.mark.parametrize(("period", "goes"), [("flood", "E2"), ("congress", "E1")])
def test_he_serves_his_own_period_and_an_ordinary_engineer_may_too(period: str, goes: str) -> None:
    problem = held_for_the_flood(assurance=period)
    plan = solve(problem, BUDGET)
    assert "J2" in order_of(plan)[goes]
    assert violations(problem, plan) == []
    e2, _ = sorted(suggestions(problem, plan, "J2"), key=lambda one: one.engineer, reverse=True)
    assert (e2.blocked is None) == (period == "flood")


def test_the_checker_finds_whoever_was_sent_from_his_standby() -> None:
    problem = held_for_the_flood(assurance="flood")
    plan = solve(problem, BUDGET)
    found = {one.law for one in violations(held_for_the_flood(), plan)}
    assert found == {Broken.standby}


def test_a_hand_is_told_that_he_is_on_standby() -> None:
    problem = held_for_the_flood()
    plan = solve(problem, BUDGET)
    with pytest.raises(CannotAssign) as caught:
        with_visit(problem, plan, "J2", "E2")
    assert caught.value.data["why"] == Blocked.standby


def test_work_under_way_is_not_judged_by_standby() -> None:
    problem = held_for_the_flood()
    j1, j2 = problem.visits
    begun = replace(problem, visits=(j1, replace(j2, pin=Pin("E2", start_s=NINE - 600))))
    for plan in (solve(begun, BUDGET), greedy_plan(begun)):
        assert order_of(plan)["E2"] == ["J2"]
        assert violations(begun, plan) == []


def test_a_visit_that_only_standby_could_serve_says_so_and_what_releasing_him_costs() -> None:
    problem = held_for_the_flood()
    alone = replace(problem, engineers=problem.engineers[1:], visits=problem.visits[1:])
    (left,) = solve(alone, BUDGET).unassigned
    assert left.reason is Reason.standby
    assert left.remedy is not None
    # Twenty minutes of travel at ¥1 a minute, in time.
    assert (left.remedy.cure, left.remedy.engineer, left.remedy.extra_fen) == (Cure.release_standby, "E2", 20_00)


def test_standby_round_trips_and_a_number_is_refused_by_the_path_of_its_field() -> None:
    problem = held_for_the_flood(assurance="flood")
    assert Problem.from_json(problem.to_json()) == problem
