"""Problem and Plan pass through JSON unchanged, and nothing else gets in (P41, P42)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.codec import BadForm
from dispatch.planner.solver.plan import Plan
from dispatch.planner.solver.problem import Matrix, Problem, Rates, Visit
from dispatch.planner.solver.solve import solve
from tests.dispatch.planner.cases import pa_1, random_problem


@pytest.mark.parametrize("seed", range(10))
def test_a_bad_morning_becomes_a_file_and_comes_back_the_same(seed: int) -> None:
    problem = random_problem(seed, visits=6 + 4 * seed, engineers=3)
    again = Problem.from_json(problem.to_json())
    assert again == problem
    plan = solve(problem, Budget(time_s=5.0, rounds=10))
    assert Plan.from_json(plan.to_json()) == plan
    assert Plan.from_json(plan.to_json().encode()) == plan


def test_a_matrix_keeps_its_cells_large_or_small() -> None:
    for size in (0, 1, 3, 24, 25, 60):
        rows = [[(i * 7919 + j * 104729) % 100_000 for j in range(size)] for i in range(size)]
        matrix = Matrix.of(rows)
        assert matrix.rows() == rows
        assert Matrix.from_plain(json.loads(json.dumps(matrix.to_plain())), "m") == matrix


@pytest.mark.parametrize(
    "rows",
    [
        [[0, -1], [1, 0]],
        [[0, 1.5], [1, 0]],
        [[0, float("nan")], [1, 0]],
        [[0, 1]],
        [[True, 0], [0, 0]],
        [[0, 2**31], [1, 0]],
    ],
)
def test_a_matrix_refuses_what_is_no_distance(rows: Any) -> None:
    with pytest.raises(BadForm):
        Matrix.of(rows)


def damaged(change: Any) -> str:
    tree = json.loads(pa_1(van_2=1, depot=1).to_json())
    change(tree)
    return json.dumps(tree)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda t: t.update(now_s=float("nan")), "$"),
        (lambda t: t.update(now_s=1.0), ".now_s"),
        (lambda t: t.update(now_s=True), ".now_s"),
        (lambda t: t.update(now_s="9"), ".now_s"),
        (lambda t: t.update(now_s=10**40), ".now_s"),
        (lambda t: t.update(now_s=None), ".now_s"),
        (lambda t: t.pop("visits"), ".visits"),
        (lambda t: t.update(extra=1), ".extra"),
        (lambda t: t["visits"][0].update(duration_s=[60]), ".visits[0].duration_s"),
        (lambda t: t["visits"][1].update(id=7), ".visits[1].id"),
        (lambda t: t["visits"][1].update(id="a\x00"), ".visits[1].id"),
        (lambda t: t["engineers"][0].update(skills=[]), ".engineers[0].skills"),
        (lambda t: t["visits"][0].update(preferred=["E1", "E1"]), ".visits[0].preferred"),
        (lambda t: t["travel"].update(metres=[[0, -5], [5, 0]]), ".travel.metres"),
        (lambda t: t["travel"].update(metres={"size": 3, "packed": "eJwDAAAAAAE="}), ".travel.metres"),
        (lambda t: t["visits"][0]["commitments"][0]["price"].update(counting="sometimes"), ".counting"),
        (lambda t: t["visits"][0]["commitments"][0]["price"].update(counting=["started"]), ".counting"),
    ],
)
def test_nonsense_is_refused_by_the_path_of_its_field(change: Any, path: str) -> None:
    with pytest.raises(BadForm) as caught:
        Problem.from_json(damaged(change))
    assert caught.value.data["path"].endswith(path)


@pytest.mark.parametrize(
    "text", ["", "{", "null", "[]", "7", '{"now_s":1,"now_s":2}', "[" * 200_000, '{"a":NaN}', '{"a":"\\ud800"}']
)
def test_what_is_no_problem_is_refused_whatever_it_is(text: str) -> None:
    with pytest.raises(BadForm):
        Problem.from_json(text)


@pytest.mark.parametrize("wrong", [float("nan"), 1.5, True, None, "60"])
def test_writing_refuses_as_reading_does(wrong: Any) -> None:
    problem = pa_1(van_2=1, depot=1)
    first = replace(problem.visits[0], duration_s=wrong)
    with pytest.raises(BadForm):
        replace(problem, visits=(first,)).to_json()


def test_ids_may_be_any_text() -> None:
    problem = pa_1(van_2=1, depot=1)
    odd = Visit('上门 "7"\n\\', 2, 60, 100)
    again = replace(problem, visits=(odd,), rates=Rates(1, 2, 3, 4))
    assert Problem.from_json(again.to_json()) == again
