"""What the operator gets from `flask plan`: a plan he can believe, or the name of what is wrong with his file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dispatch.planner.cli import plan_file
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.plan import Plan
from dispatch.wiring import domain
from tests.dispatch.planner.cases import pa_1


def run(folder: Path, text: str, *more: str) -> Result:
    source = folder / "bad-morning.json"
    source.write_text(text, encoding="utf-8")
    return CliRunner().invoke(plan_file, ["--problem", str(source), "--seconds", "1", *more])


def test_a_task_from_a_file_is_solved_priced_and_written(tmp_path: Path) -> None:
    """E14 with no piece anywhere: J1 is left out for want of X, J2 costs ¥20 of driving."""
    problem, out = pa_1(van_2=0, depot=0), tmp_path / "plan.json"
    answer = run(tmp_path, problem.to_json(), "--seed", "3", "--out", str(out))
    assert answer.exit_code == 0, answer.output
    plan = Plan.from_json(out.read_bytes())
    assert violations(problem, plan) == []
    assert (plan.cost.travel_time, plan.cost.left_out) == (20_00, 1000_00)
    assert "¥20.00  路上时间 travel time" in answer.output
    assert "¥1,020.00  合计 total" in answer.output
    assert "J1: 拿不到备件 the part cannot be had (part X" in answer.output
    assert "等备件到货" in answer.output
    assert "proven bound ¥1,020.00, gap ¥0.00" in answer.output


def test_a_day_that_works_out_leaves_nothing_out(tmp_path: Path) -> None:
    assert "2 visits on 2 routes, 0 left out" in run(tmp_path, pa_1(van_2=1, depot=1).to_json()).output


def test_a_task_nobody_can_solve_is_refused_with_every_fault_by_name(tmp_path: Path) -> None:
    problem = pa_1(van_2=1, depot=1)
    first, second = problem.visits
    twice = replace(problem, visits=(replace(first, location=99), replace(second, id="J1")))
    answer = run(tmp_path, twice.to_json(), "--out", str(tmp_path / "none.json"))
    assert answer.exit_code == 1
    assert "bad-morning.json" in answer.output
    assert "J1" in answer.output
    assert "doubled_id" in answer.output
    assert "unknown_location" in answer.output
    assert not (tmp_path / "none.json").exists()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "not JSON"),
        ("\x00\ud7ff", "not JSON"),
        ("[]", "$"),
        (pa_1(van_2=1, depot=1).to_json().replace('"now_s":32400', '"now_s":NaN'), "NaN"),
        (pa_1(van_2=1, depot=1).to_json().replace('"now_s"', '"later_s"'), "later_s"),
    ],
)
def test_a_file_that_is_no_task_is_refused_by_name(tmp_path: Path, text: str, named: str) -> None:
    answer = run(tmp_path, text)
    assert answer.exit_code == 1
    assert "bad-morning.json" in answer.output
    assert named in answer.output


def test_a_file_that_is_not_there_and_a_budget_of_nothing_are_refused(tmp_path: Path) -> None:
    assert CliRunner().invoke(plan_file, ["--problem", str(tmp_path / "nowhere.json")]).exit_code == 2
    assert run(tmp_path, pa_1(van_2=1, depot=1).to_json(), "--seconds", "nan").exit_code == 2
    assert run(tmp_path, pa_1(van_2=1, depot=1).to_json(), "--seconds", "0").exit_code == 2


def test_the_command_is_the_operator_s_and_the_floor_brings_it() -> None:
    assert plan_file in domain.commands
    assert plan_file.callback is not None
    assert plan_file.callback.policy == "operator"  # type: ignore[attr-defined]
