"""The child's side of the pipe (P41)."""

from __future__ import annotations

import io
import os
import sys
from types import SimpleNamespace

import pytest

from dispatch.planner.solver import worker
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.child import solve_in_child
from tests.dispatch.planner.cases import random_problem


def test_machine_code_is_loaded_before_the_first_question_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was loaded at its first use: the marginal prices of a process's first plans never had the time for that."""
    asked, into = os.pipe()
    loaded: list[bool] = []

    def load() -> None:
        loaded.append(True)
        os.close(into)  # from here on nobody asks

    with os.fdopen(asked, "rb") as questions:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=questions))
        monkeypatch.setattr(worker, "_answers_alone", io.BytesIO)
        monkeypatch.setattr(worker, "READY", SimpleNamespace(exists=lambda: True))
        monkeypatch.setattr(worker, "SILENCE_S", 0.1)
        monkeypatch.setattr(worker, "compile_all", load)
        assert worker.main() == 0
    assert loaded == [True]


UNCOMPILED = """
import sys
from types import SimpleNamespace
sys.modules["numba"] = None
from dispatch.planner.solver import worker
worker.READY = SimpleNamespace(exists=lambda: True)
worker.main()
"""


def test_a_process_without_the_compiler_answers_though_machine_code_lies_ready() -> None:
    """It died of what it was to load before the first question, and every plan was the simple one."""
    problem = random_problem(1, visits=24, engineers=6)
    plan = solve_in_child(problem, Budget(2.0, 20), deadline_s=60.0, command=[sys.executable, "-c", UNCOMPILED])
    assert (plan.notes.method, plan.notes.fell_back) == ("OR-Tools routing", None)
    assert violations(problem, plan) == []
