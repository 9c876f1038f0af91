"""A crew's cure is found by few prices: places and hours that cannot help are known without one (R6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pytest

from dispatch.planner.solver import together
from dispatch.planner.solver.cost import Pricer
from dispatch.planner.solver.insert import greedy_plan
from dispatch.planner.solver.placing import places_in_time
from dispatch.planner.solver.plan import Cure
from dispatch.planner.solver.remedy import fewest, group_cured
from dispatch.planner.solver.replay import state_of
from dispatch.planner.solver.state import State
from dispatch.planner.solver.together import group_of
from tests.dispatch.planner.cases import random_problem

EASIEST_FIRST: Final = (Cure.allow_overtime, Cure.move_window, Cure.courier_part, Cure.waive_bar, Cure.waive_skill)


def morning(seed: int) -> State:
    problem = random_problem(seed, visits=16, engineers=2)
    return state_of(problem, greedy_plan(problem))


def test_no_place_with_a_price_is_called_too_late_and_many_without_one_are() -> None:
    spared = 0
    for state in map(morning, range(1, 9)):
        for visit in sorted(state.left):
            for route in state.routes:
                if not state.model.may_serve(route.duty, visit):
                    continue
                in_time = set(places_in_time(state, route.duty, visit))
                for place in range(len(state.model.duties[route.duty].frozen), len(route.visits) + 1):
                    order = (*route.visits[:place], visit, *route.visits[place:])
                    assert state.option(route.duty, order) is None or place in in_time
                    spared += place not in in_time
    assert spared > 100


@pytest.mark.parametrize(
    "needed",
    [{Cure.courier_part}, {Cure.allow_overtime, Cure.waive_skill}, {Cure.move_window, Cure.courier_part}],
)
def test_the_fewest_rules_are_found_and_hard_ones_are_not_lifted_on_the_way(needed: set[Cure]) -> None:
    asked: list[set[Cure]] = []

    def tried(cures: Sequence[Cure]) -> set[Cure] | None:
        asked.append(set(cures))
        return set(cures) if needed <= set(cures) else None

    assert fewest(EASIEST_FIRST, tried) == needed
    hardest = max(map(EASIEST_FIRST.index, needed))
    assert all(max(map(EASIEST_FIRST.index, cures)) <= hardest for cures in asked)


def test_the_cure_of_a_crew_takes_few_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    prices, groups = [0], 0
    price = Pricer._price

    def counted(self: Pricer, *order: object) -> object:
        prices[0] += 1
        return price(self, *order)

    states = [morning(seed) for seed in range(1, 13)]
    monkeypatch.setattr(Pricer, "_price", counted)
    for state in states:
        for group in {group_of(state, visit) for visit in state.left}:
            if len(group) > 1 or len(group[0]) > 1:
                groups += 1
                group_cured(state, group)
    assert groups > 10
    assert prices[0] < 40 * groups, prices[0] / groups


def test_every_crew_left_out_on_these_mornings_has_its_cure() -> None:
    groups = 0
    for state in map(morning, range(1, 9)):
        for group in {group_of(state, visit) for visit in state.left}:
            if len(group) > 1 or len(group[0]) > 1:
                groups += 1
                assert group_cured(state, group) is not None
    assert groups > 5


def test_who_must_have_one_engineer_each_is_told_without_trying_all_teams() -> None:
    assert together._apart([{1}, {1, 2}, {2, 3}])
    assert not together._apart([{1}, {1}, *({*range(600)} for _ in range(4))])
