"""What a promise is worth to the engine, and which routes stand or fall together (R2, E11, E13)."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from contracts.penalties.rules import PenaltyClause, penalty_fen
from contracts.terms.clauses import PenaltyUnit
from dispatch.planner.rules import RouteClaim, late_price, moved_keys, standing_together
from dispatch.planner.solver import cost
from dispatch.planner.solver.problem import Counting, LatePrice


def late_fen(price: LatePrice, late_s: int) -> int:
    """What the engine reckons, with no headroom in the way."""
    return cost.late_fen(replace(price, cap_fen=10**12), late_s)


def claim(engineer, *others, piles=()):
    return RouteClaim(engineer, frozenset(others), frozenset(piles))


def test_routes_that_trade_nothing_stand_alone():
    assert standing_together([claim("1"), claim("2")]) == [{"1"}, {"2"}]


def test_a_visit_taken_over_ties_both_engineers():
    assert standing_together([claim("1", "2"), claim("2"), claim("3")]) == [{"1", "2"}, {"3"}]


def test_routes_that_draw_on_one_pile_stand_together():
    claims = [claim("1", piles=["stock:5:9"]), claim("2"), claim("3", piles=["stock:5:9"])]
    assert standing_together(claims) == [{"1", "3"}, {"2"}]


def test_ties_chain():
    assert standing_together([claim("1", "2"), claim("2", "3"), claim("3"), claim("4")]) == [{"1", "2", "3"}, {"4"}]


def test_what_changed_or_vanished_is_named():
    assert moved_keys({"a": "1", "b": "1", "c": "1"}, {"a": "1", "b": "2"}, ["a", "b", "c"]) == ["b", "c"]


@pytest.mark.parametrize("level", [1, 2, 3])
def test_without_a_clause_the_level_weighs_in_proportion(level):
    price = late_price(None, level=level, cap=None)
    assert price.counting is Counting.linear
    assert not price.agreed
    assert late_fen(price, 1800) * 2 == late_fen(price, 3600) > 0


@pytest.mark.parametrize("unit", [PenaltyUnit.STARTED_HOUR, PenaltyUnit.FULL_HOUR, PenaltyUnit.ONCE])
def test_the_engine_and_the_contract_agree_to_the_fen(unit):
    """The clause is written once: what the engine reckons is what contracts will book."""
    dice = random.Random(7)
    for _ in range(2000):
        clause = PenaltyClause(
            "arrival", unit, fixed_fen=dice.choice([0, 15_000]), per_unit_fen=dice.choice([0, 20_000, 333]),
            grace_s=dice.choice([0, 600, 3600]),
        )  # fmt: skip
        late_s = dice.choice([0, 1, 599, 600, 601, 3599, 3600, 3601, dice.randrange(0, 200_000)])
        price = late_price(clause, level=1, cap=None)
        assert late_fen(price, late_s) == penalty_fen(clause, late_s, already_fen=0), (clause, late_s)
