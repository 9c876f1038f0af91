"""The kernel answers questions about a plan as the exact price does, and leaves the plan as it found it (R6)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.engine.explained import any_morning
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.explain import explain, explanations, reasons
from dispatch.planner.solver.insert import greedy_plan
from dispatch.planner.solver.kernel.ask import Questions, questions
from dispatch.planner.solver.lift import lifted
from dispatch.planner.solver.plan import Cure, Explanation, Reason
from dispatch.planner.solver.problem import Break, Problem
from dispatch.planner.solver.replay import state_of
from dispatch.planner.solver.state import State
from dispatch.planner.solver.turn import with_reasons
from tests.dispatch.planner.cases import random_problem
from tests.dispatch.planner.twists import any_problem


def laid(problem: Problem) -> tuple[State, Questions]:
    state = state_of(problem, greedy_plan(problem, explained=False))
    asked = questions(state)
    assert asked is not None
    return state, asked


def one_by_one(state: State) -> tuple[Explanation, ...]:
    return tuple(explain(state, visit, route.duty, exact=True) for route in state.routes for visit in route.visits)


@pytest.mark.parametrize("seed", range(12))
def test_without_pieces_the_next_best_is_the_exact_one_to_the_fen(seed: int) -> None:
    problem = random_problem(seed, visits=20, engineers=6)
    state, asked = laid(replace(problem, visits=tuple(replace(visit, parts=()) for visit in problem.visits)))
    said = [one.extra_fen for one in explanations(state, asked)]
    assert said == [one.extra_fen for one in one_by_one(state)]
    assert any(fen is not None for fen in said)


def test_with_pieces_the_next_best_is_the_exact_one_but_for_one_in_fifty() -> None:
    """Where a row fetches pieces, both ways of pricing pass over some choices of stores and substitutes."""
    same = asked_for = 0
    for seed in range(20):
        problem = random_problem(seed, visits=20, engineers=6)
        state = state_of(problem, greedy_plan(problem, explained=False))
        asked = questions(state)
        if asked is not None:
            pairs = list(zip(explanations(state, asked), one_by_one(state), strict=True))
            same += sum(one.extra_fen == other.extra_fen for one, other in pairs)
            asked_for += len(pairs)
    assert asked_for > 150
    assert same >= 0.98 * asked_for


def test_questions_leave_the_plan_and_the_rules_as_they_were() -> None:
    state, asked = laid(random_problem(4, visits=30, engineers=3))
    left = sorted(state.left)
    before = [asked.cheapest(visit, state.model) for visit in left]
    rows = asked.hunt.draft.nodes.copy()
    for visit in left:
        for cure in Cure:
            asked.cheapest(visit, lifted(state, [visit], [cure]).model)
    asked.next_best()
    assert [asked.cheapest(visit, state.model) for visit in left] == before
    assert (asked.hunt.draft.nodes == rows).all()
    assert int(asked.hunt.draft.sums[0]["fen"]) == state.total


def test_every_remedy_does_what_it_says_when_it_is_tried_on_the_problem() -> None:
    tried = any_morning(instance="mornings", first=1, count=6, seconds=0.1, seed=1)
    assert tried["left_out"] > 10
    assert tried["wrong"] == []


def test_where_a_route_cannot_be_said_as_a_row_everything_is_asked_exactly() -> None:
    """A shift of three breaks stood aside as an empty row, in which every visit seemed to cost less than nothing."""
    problem = random_problem(4, visits=20, engineers=3)
    breaks = tuple(Break(from_s, from_s + 600, 300) for from_s in (36_000, 43_200, 50_400))
    first, *others = problem.engineers
    many = replace(first, shifts=tuple(replace(shift, breaks=breaks) for shift in first.shifts))
    assert questions(state_of(problem, greedy_plan(problem, explained=False))) is not None
    problem = replace(problem, engineers=(many, *others))
    assert questions(state_of(problem, greedy_plan(problem, explained=False))) is None


def test_without_a_quick_one_words_end_with_their_time() -> None:
    """Asked one by one, the words of a large day took so long that its plan was thrown away."""
    problem = random_problem(4, visits=30, engineers=3)
    state = state_of(problem, greedy_plan(problem, explained=False))
    assert len(state.left) > 1
    left = iter([1.0] * 4)
    assert len(explanations(state, None, lambda: next(left, 0.0))) == 4
    left = iter([1.0])
    waiting = [one.reason is Reason.waiting for one in reasons(state, None, lambda: next(left, 0.0))]
    assert waiting == [False] + [True] * (len(state.left) - 1)


def test_a_crew_that_was_left_out_goes_in_before_it_is_said_why() -> None:
    problem = any_problem(1078, visits=26, engineers=10)
    plan = greedy_plan(problem, explained=False)
    bare = {visit.id for visit in problem.visits if visit.sync is not None and visit.pin is None}
    assert bare
    torn = tuple(
        replace(route, stops=tuple(stop for stop in route.stops if stop.ref not in bare)) for route in plan.routes
    )
    told = with_reasons(problem, replace(plan, routes=torn), 30.0)
    assert violations(problem, told) == []
    assert bare & {stop.ref for route in told.routes for stop in route.stops}
    assert with_reasons(problem, told, 0.0).routes == told.routes
