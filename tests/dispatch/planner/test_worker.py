"""The child's side of the pipe (P41)."""

from __future__ import annotations

import io
import os
import sys
from types import SimpleNamespace

import pytest

from dispatch.planner.solver import worker


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
