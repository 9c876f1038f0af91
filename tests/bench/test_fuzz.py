"""Mornings on which one of the hundred thousand re-plans was illegal once (P41)."""

from __future__ import annotations

import pytest

from bench.engine.fuzz import Tally, morning

TWO_CALLS_AT_ONE_STORE = 140050  # each was said to take the pieces of both
WAITS_FOR_WORK_UNDER_WAY = 230059, 630019  # a rest placed anew let that work end later than what follows it begins


@pytest.mark.parametrize("number", [TWO_CALLS_AT_ONE_STORE, *WAITS_FOR_WORK_UNDER_WAY])
def test_every_plan_of_a_changing_morning_is_legal(number: int) -> None:
    tally = Tally()
    steps = list(morning(number, tally))
    assert "step: planned anew" in steps
    assert tally.wrong == []
