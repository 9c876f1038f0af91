"""What one more hour and one more piece would save, on days reckoned by hand (R6)."""

from __future__ import annotations

from dataclasses import replace

from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.insert import greedy_plan
from dispatch.planner.solver.margins import margins
from dispatch.planner.solver.plan import HourMargin, Margins, PieceMargin, Plan
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.solve import solve
from tests.dispatch.planner.cases import at, pa_1, random_problem


def margins_of(problem: Problem) -> Margins:
    found = margins(problem, greedy_plan(problem, explained=False))
    assert found is not None
    return found


def ending(problem: Problem, hour: int, minute: int, **changes: int) -> Problem:
    """The day with both engineers, of territories of their own, going home at this time."""
    shift = {"end_s": at(hour, minute), **changes}
    people = (replace(e, shifts=(replace(e.shifts[0], **shift),), territory=f"with {e.id}") for e in problem.engineers)
    return replace(problem, engineers=tuple(people))


def test_e14_the_missing_piece_is_worth_what_leaving_the_visit_out_costs_less_the_way_to_fetch_it() -> None:
    found = margins_of(pa_1(van_2=0, depot=0))
    # ¥1000 for leaving J1 out; E1 drives ¥15 to the depot and ¥25 on.
    assert found.pieces == (PieceMargin("D", "X", 1000_00 - 40_00),)


def test_e14_a_piece_nearer_by_saves_the_longer_way() -> None:
    """E2 has the piece and goes 60 minutes; were it in the depot, E1 would be there in 40."""
    problem = pa_1(van_2=1, depot=0)
    found = margins_of(replace(problem, visits=problem.visits[:1]))
    assert found.pieces == (PieceMargin("D", "X", 60_00 - 40_00),)


def test_an_hour_is_worth_the_visit_that_then_fits() -> None:
    """Everybody stops at 10:30: J2 is done by 10:20, J1 by way of the depot would end at 10:50."""
    found = margins_of(ending(pa_1(van_2=0, depot=1), 10, 30))
    assert found.hours == (
        HourMargin("with E1", "E1", 0, 1000_00 - 40_00),
        HourMargin("with E2", "E2", 0, 0),
    )


def test_an_hour_is_worth_the_overtime_that_it_saves() -> None:
    """J1 ends at 10:50 in overtime at ¥1 a minute; 20 minutes of it from 10:30 on."""
    problem = pa_1(van_2=0, depot=1)
    problem = replace(problem, rates=replace(problem.rates, overtime_fen_h=60_00))
    found = margins_of(ending(problem, 10, 30, max_overtime_s=3600))
    assert found.hours[0] == HourMargin("with E1", "E1", 0, 20_00)


def test_what_nobody_lacks_is_worth_nothing() -> None:
    found = margins_of(ending(pa_1(van_2=1, depot=1), 18, 0))
    assert found.pieces == ()
    assert [one.saves_fen for one in found.hours] == [0, 0]


def test_no_margin_is_negative_and_asking_twice_answers_the_same() -> None:
    problem = random_problem(2, visits=40, engineers=4)
    found = margins_of(problem)
    assert found == margins_of(problem)
    assert {one.territory for one in found.hours} == {engineer.territory for engineer in problem.engineers}
    assert all(one.saves_fen >= 0 for one in found.hours)
    assert any(one.saves_fen > 0 for one in found.hours)


def test_a_solved_plan_carries_its_margins_and_keeps_them_as_text() -> None:
    problem = pa_1(van_2=0, depot=0)
    plan = solve(problem, Budget(time_s=20.0, rounds=5))
    assert plan.margins is not None
    assert plan.margins.pieces == (PieceMargin("D", "X", 1000_00 - 40_00),)
    assert Plan.from_json(plan.to_json()) == plan
    assert violations(problem, plan) == []


def test_margins_that_cannot_all_be_asked_for_in_time_are_not_told() -> None:
    problem = random_problem(2, visits=40, engineers=4)
    assert margins(problem, greedy_plan(problem, explained=False), within_s=0.0) is None
