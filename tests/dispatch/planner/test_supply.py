"""Pieces: as many as possible are found, none is counted twice, earlier visits come before later ones (R3)."""

from __future__ import annotations

import random
from itertools import product

import pytest

from dispatch.planner.solver.supply import Unit, depot_choices, match


def test_a_substitute_is_given_to_the_visit_that_can_use_it() -> None:
    """The first takes either, the second only the better one: both are served."""
    units = [Unit(0, "A", ("A", "B")), Unit(1, "A", ("A",))]
    assert match(units, {"A": 1, "B": 1}) == ["B", "A"]


def test_when_pieces_run_short_the_earlier_visit_keeps_its_piece() -> None:
    units = [Unit(0, "A", ("A",)), Unit(1, "A", ("A",))]
    assert match(units, {"A": 1}) == ["A", None]


@pytest.mark.parametrize("seed", range(60))
def test_no_other_allocation_serves_more(seed: int) -> None:
    pick = random.Random(seed)
    names = ("A", "B", "C")
    pieces = {name: pick.randint(0, 2) for name in names}
    units = [Unit(n, "A", tuple(pick.sample(names, pick.randint(1, 3)))) for n in range(pick.randint(1, 5))]
    got = match(units, pieces)
    assert all(part is None or part in unit.accepts for unit, part in zip(units, got, strict=True))
    assert all(got.count(name) <= qty for name, qty in pieces.items())
    most = max(
        sum(part is not None for part in way)
        for way in product(*[(None, *unit.accepts) for unit in units])
        if all(way.count(name) <= qty for name, qty in pieces.items())
    )
    assert sum(part is not None for part in got) == most


def test_one_depot_is_enough_where_it_has_everything() -> None:
    units = [Unit(0, "A", ("A",)), Unit(1, "B", ("B",))]
    ways = list(depot_choices(units, [{"A": 1, "B": 1}, {"A": 5}, {"B": 5}]))
    assert [way.depots for way in ways] == [(0,)]
    assert ways[0].takes == ({"A": 1, "B": 1},)


def test_two_depots_where_no_single_one_has_everything() -> None:
    units = [Unit(0, "A", ("A",)), Unit(1, "B", ("B",))]
    ways = list(depot_choices(units, [{"A": 1}, {"B": 1}, {}]))
    assert [(way.depots, way.takes) for way in ways] == [((0, 1), ({"A": 1}, {"B": 1}))]


def test_nothing_is_offered_that_is_not_there() -> None:
    assert list(depot_choices([Unit(0, "A", ("A",))], [{"A": 0}, {}])) == []


def test_each_substitute_in_the_same_store_is_a_choice_of_its_own() -> None:
    ways = list(depot_choices([Unit(0, "A", ("A", "B"))], [{"A": 1, "B": 1}]))
    assert [way.takes for way in ways] == [({"A": 1},), ({"B": 1},)]
