"""Each rule of R1-R3 alone, and each pair that pulls apart: hand, enumeration, engine and checker agree to the fen."""

from __future__ import annotations

from itertools import chain

import pytest

from tests.dispatch.planner.optima import hours, people, pieces, promises
from tests.dispatch.planner.optima.world import Case, assert_known

TOPICS = (hours, promises, pieces, people)
ALONE = list(chain.from_iterable(topic.ALONE for topic in TOPICS))
TOGETHER = list(chain.from_iterable(topic.TOGETHER for topic in TOPICS))


@pytest.mark.parametrize("case", ALONE, ids=lambda case: case.name)
def test_a_rule_alone_is_kept_at_the_least_cost(case: Case) -> None:
    assert_known(case)


@pytest.mark.parametrize("case", TOGETHER, ids=lambda case: case.name)
def test_two_rules_together_are_kept_at_the_least_cost(case: Case) -> None:
    assert_known(case)
