"""The compiled search keeps its books: its sums are those of its rows, and `cost.py` prices every row alike (R1, R2)."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from dispatch.planner.solver.assemble import plan_of
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.cost import Pricer
from dispatch.planner.solver.greedy import greedy_state
from dispatch.planner.solver.hunting import hunt_from
from dispatch.planner.solver.kernel.hunt import Hunt
from dispatch.planner.solver.kernel.pool import MANY, blank_pool, keep_row
from dispatch.planner.solver.model import Model
from dispatch.planner.solver.plan import Notes
from dispatch.planner.solver.problem import (
    Break,
    Commitment,
    Depot,
    Engineer,
    LatePrice,
    Matrix,
    Problem,
    Rates,
    Shift,
    Travel,
    TravelBand,
    Visit,
    Want,
    Window,
)
from dispatch.planner.solver.solve import solve
from dispatch.planner.solver.state import State
from tests.dispatch.planner.cases import random_problem

LINE = Matrix.of([[600 * abs(a - b) for b in range(12)] for a in range(12)])


def day(visits: tuple[Visit, ...], shift: Shift, engineers: int = 1, caps: dict[str, int] | None = None) -> Problem:
    people = tuple(Engineer(f"E{n}", (shift,)) for n in range(engineers))
    return Problem("2026-01-05", 0, Travel(LINE, (LINE,)), Rates(3600, 100, 5400), people, visits, caps=caps or {})


def searched(seed: int, heat: float) -> tuple[Hunt, State]:
    model = Model(random_problem(seed, visits=30, engineers=6, depots=2))
    state = greedy_state(model, Pricer(model))
    hunt = hunt_from(state, seed)
    hunt.construct()
    hunt.run(lambda rounds: rounds / 400, until=1.0, heat=lambda share: heat, record=True, steady=True)
    return hunt, state


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("heat", [0.0, 3_000.0, 1e9])
def test_after_many_rounds_taken_and_undone_the_sums_are_those_of_the_rows(seed: int, heat: float) -> None:
    hunt, _ = searched(seed, heat)
    ground, draft = hunt.ground, hunt.draft
    drop = ground.node["drop_fen"][: ground.visits]
    owed = np.minimum(draft.owed_under, ground.room).sum()
    assert draft.sums[0]["fen"] == draft.row["base_fen"].sum() + owed + drop[draft.where < 0].sum()
    again = hunt_from(hunt.state(greedy_like(hunt)), seed)
    assert again.best_fen == hunt.best_fen
    for name in ("stock_left", "van_left", "owed_under", "where"):
        assert (getattr(again.best, name) == getattr(hunt.best, name)).all(), name


def greedy_like(hunt: Hunt) -> State:
    """Any state of the hunt's model, to be filled with its rows."""
    return State(hunt.model, Pricer(hunt.model))


@pytest.mark.parametrize("seed", range(8))
def test_every_row_remembered_costs_what_cost_py_says(seed: int) -> None:
    hunt, state = searched(seed, 3_000.0)
    for kept in hunt.columns():
        visits = [node for node in kept.nodes if node < hunt.ground.visits]
        van = None if hunt.ground.duty[kept.duty]["alone"] else state.van_left(kept.duty)
        ways = state.pricer.options(kept.duty, tuple(visits), van)
        if not any(node >= hunt.ground.visits for node in kept.nodes) and ways and not ways[0].takes:
            assert ways[0].base_fen == kept.base_fen


def test_a_shift_of_three_breaks_keeps_its_route() -> None:
    """The rows know two breaks; a third one made every plan of that day the simple one."""
    rests = tuple(Break(8_000 + 9_000 * n, 9_000 + 9_000 * n, 600) for n in range(3))
    visits = tuple(Visit(f"V{n}", n, 3_000, 500_000) for n in range(12))
    problem = day(visits, Shift(0, 50_000, 0, 0, breaks=rests), engineers=2)
    plan = solve(problem, Budget(5.0, 100))
    assert violations(problem, plan) == []
    assert plan.unassigned == ()


def test_a_route_may_owe_under_more_headrooms_than_a_row_can_say() -> None:
    visits = tuple(
        Visit(f"V{n}", n % 12, 60, 5_000_000, commitments=(Commitment(1, LatePrice(100, cap=f"c{n}")),))
        for n in range(20)
    )
    problem = day(visits, Shift(0, 50_000, 0, 0), caps={f"c{n}": 10**6 for n in range(20)})
    plan = solve(problem, Budget(5.0, 100))
    assert violations(problem, plan) == []
    assert plan.unassigned == ()


def test_one_band_of_the_day_drives_by_its_own_table() -> None:
    """With a single band the kernel drove by the first table there was, whichever the band named."""
    quick = Matrix.of([[60 * abs(a - b) for b in range(12)] for a in range(12)])
    visits = tuple(Visit(f"V{n}", n, 3_000, 500_000) for n in range(8))
    slow = day(visits, Shift(0, 50_000, 0, 0))
    problem = replace(slow, travel=Travel(LINE, (quick, LINE), bands=(TravelBand(0, 1),)))
    assert solve(problem, Budget(5.0, 60)).cost == solve(slow, Budget(5.0, 60)).cost


def put_in(problem: Problem, first: tuple[int, ...] = ()) -> Hunt:
    """The problem with these visits on the first duty and all others put in by the kernel where they cost least."""
    model = Model(problem)
    state = State(model, Pricer(model))
    if first:
        found = state.option(0, first)
        assert found is not None
        state.put(found[1])
    hunt = Hunt(state, 1)
    hunt.construct()
    assert violations(problem, plan_of(hunt.state(state), (), Notes())) == []
    return hunt


def test_rows_that_differ_in_a_store_or_a_piece_are_remembered_apart() -> None:
    """Part 31 of the first store was taken for part 0 of the second."""
    visits = (Visit("V", 8, 3_000, 500_000, parts=(Want("fan", 1, ("fan",)),)),)
    hunt = put_in(replace(day(visits, Shift(0, 50_000, 0, 0)), depots=(Depot("A", 3, 300, {"fan": 1}),)))
    pool, source = blank_pool(), hunt.draft.source[0]
    for depot, part in product(range(-1, 40), range(60)):
        source["depot"], source["part"] = depot, part
        keep_row(hunt.ground, hunt.draft, pool, 0)
    assert int(pool.used[MANY]) == 41 * 60


def test_the_pieces_of_one_visit_may_come_from_two_stores() -> None:
    visits = (Visit("V", 8, 3_000, 500_000, parts=(Want("fan", 1, ("fan",)), Want("belt", 1, ("belt",)))),)
    stores = (Depot("A", 3, 300, {"fan": 1}), Depot("B", 5, 300, {"belt": 1}))
    hunt = put_in(replace(day(visits, Shift(0, 50_000, 0, 0)), depots=stores))
    assert hunt.rows()[0].nodes == [1, 2, 0]


def test_a_call_already_made_is_made_earlier_for_a_visit_before_it() -> None:
    fan = (Want("fan", 1, ("fan",)),)
    visits = (
        Visit("between", 4, 60, 500_000, windows=(Window(3_900, 6_000),)),
        Visit("later", 6, 60, 500_000, parts=fan),
        Visit("before", 5, 60, 500_000, windows=(Window(3_000, 4_000),), parts=fan),
    )
    problem = replace(day(visits, Shift(0, 50_000, 0, 0)), depots=(Depot("A", 5, 300, {"fan": 2}),))
    assert put_in(problem, first=(0, 1)).rows()[0].nodes == [3, 2, 0, 1]


def test_a_route_that_only_a_rest_makes_quick_enough_stays_as_it_is() -> None:
    """Rows look for a rest only where the way without one can be driven; such a route stopped the whole search."""
    quick = Matrix.of([[60 * abs(a - b) for b in range(12)] for a in range(12)])
    visits = (Visit("at once", 0, 60, 500_000), Visit("far", 10, 60, 500_000, windows=(Window(0, 4_000),)))
    slow = day(visits, Shift(0, 50_000, 0, 0, breaks=(Break(0, 500, 1_200),)))
    problem = replace(slow, travel=Travel(LINE, (LINE, quick), bands=(TravelBand(0, 0), TravelBand(1_000, 1))))
    model = Model(problem)
    state = State(model, Pricer(model))
    driven = state.pricer.as_driven(0, (0, 1), (0,), (), ())
    assert driven is not None
    state.put(driven)
    hunt = Hunt(state, 1)
    assert hunt.best_fen == hunt.state(state).total == state.total


def test_a_rest_that_lets_the_shift_end_in_time_is_tried() -> None:
    """By the hour who rests first drives when roads are free; the order was refused because it is late without a rest."""
    quick = Matrix.of([[60 * abs(a - b) for b in range(12)] for a in range(12)])
    visits = (Visit("at once", 0, 60, 500_000), Visit("far", 10, 60, 500_000))
    slow = day(visits, Shift(0, 4_000, 0, 0, breaks=(Break(0, 500, 1_200),)))
    problem = replace(slow, travel=Travel(LINE, (LINE, quick), bands=(TravelBand(0, 0), TravelBand(1_000, 1))))
    plan = solve(problem, Budget(time_s=5.0, rounds=10))
    assert plan.unassigned == ()
    assert not plan.notes.optimal  # no order is begun with a rest, so nothing is proven of such a day
