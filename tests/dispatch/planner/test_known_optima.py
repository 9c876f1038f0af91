"""Each rule of R1-R3 alone, and each pair that pulls apart: hand, enumeration, engine and checker agree to the fen."""

from __future__ import annotations

from itertools import chain

import pytest

from dispatch.planner.solver import exhaust
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.solve import solve
from tests.dispatch.planner.optima import hours, people, pieces, promises
from tests.dispatch.planner.optima.world import BUDGET, Case, assert_known

TOPICS = (hours, promises, pieces, people)
ALONE = list(chain.from_iterable(topic.ALONE for topic in TOPICS))
TOGETHER = list(chain.from_iterable(topic.TOGETHER for topic in TOPICS))


@pytest.mark.parametrize("case", ALONE, ids=lambda case: case.name)
def test_a_rule_alone_is_kept_at_the_least_cost(case: Case) -> None:
    assert_known(case)


@pytest.mark.parametrize("case", TOGETHER, ids=lambda case: case.name)
def test_two_rules_together_are_kept_at_the_least_cost(case: Case) -> None:
    assert_known(case)


@pytest.mark.parametrize("case", [*ALONE, *TOGETHER], ids=lambda case: case.name)
def test_the_search_finds_what_trying_every_route_finds(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Days this small are solved by trying everything; the search that larger days need must come to the same."""
    monkeypatch.setattr(exhaust, "ORDERS", 0)
    plan = solve(case.problem, BUDGET)
    assert violations(case.problem, plan) == []
    assert plan.cost.total == case.yuan * 100, case.why
