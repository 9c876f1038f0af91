"""What set partitioning is told, what it may answer, and what its bound is worth (R8)."""

from __future__ import annotations

import numpy as np
import pytest

from dispatch.planner.solver import recombine
from dispatch.planner.solver.cost import Pricer
from dispatch.planner.solver.greedy import tied_state
from dispatch.planner.solver.kernel.hunt import Hunt
from dispatch.planner.solver.kernel.pool import row_of
from dispatch.planner.solver.model import Model
from dispatch.planner.solver.partition import Choice, Effort, choose, decide
from dispatch.planner.solver.relaxation import Column, Relaxation
from tests.dispatch.planner.cases import random_problem

EFFORT = Effort(1.0, seed=1, counted=True)


def _pairs() -> Choice:
    """Three visits, a shift for each pair of them: by halves all are done for 150, by whole routes not under 200."""
    pairs = [Column(duty, pair, 100, (), ()) for duty, pair in enumerate([(0, 1), (1, 2), (0, 2)])]
    idle = [Column(duty, (), 0, (), ()) for duty in range(3)]
    return Choice([1] * 3, [*idle, *pairs], {0: 100, 1: 100, 2: 100}, [], [], [0, 1, 2], 300)


def test_fractions_bound_what_whole_routes_cost() -> None:
    choice = _pairs()
    relaxation = Relaxation(3, choice.shifts, choice.left_out_fen, choice.limits)
    relaxation.add(choice.columns)
    duals = relaxation.solved(10.0)
    assert duals is not None
    assert duals.fen == pytest.approx(150)
    bound, adds = duals.bound(choice.shifts, np.array([c.duty for c in choice.columns]), duals.reduced(choice.columns))
    assert bound == 149
    assert (adds >= 0).all()
    chosen = choose(choice, EFFORT)
    assert (chosen.total_fen, chosen.bound_fen, chosen.optimal) == (200, 200, True)


def test_a_bound_holds_for_columns_the_relaxation_never_knew() -> None:
    choice = _pairs()
    relaxation = Relaxation(3, choice.shifts, choice.left_out_fen, choice.limits)
    relaxation.add(choice.columns[:3])
    duals = relaxation.solved(10.0)
    assert duals is not None
    assert duals.fen == pytest.approx(300)
    bound, _ = duals.bound(choice.shifts, np.array([c.duty for c in choice.columns]), duals.reduced(choice.columns))
    assert bound <= 150


def test_two_routes_never_take_the_same_piece() -> None:
    both = [Column(0, (0,), 10, (), ((0, 1),)), Column(1, (1,), 10, (), ((0, 1),))]
    idle = [Column(0, (), 0, (), ()), Column(1, (), 0, (), ())]
    chosen = choose(Choice([1, 1], [*idle, *both], {0: 100, 1: 90}, [1], [], [0, 1], 190), EFFORT)
    assert chosen.total_fen == 100
    assert sorted(chosen.columns) == [1, 2]


def test_what_lies_under_one_headroom_is_paid_up_to_it() -> None:
    owing = [Column(0, (0,), 0, ((0, 80),), ()), Column(1, (1,), 0, ((0, 80),), ())]
    idle = [Column(0, (), 0, (), ()), Column(1, (), 0, (), ())]
    choice = Choice([1, 1], [*idle, *owing], {0: 70, 1: 70}, [], [100], [0, 1], 140)
    assert decide(choice, 0, EFFORT).total_fen == 100


def _hunt(seed: int) -> Hunt:
    model = Model(random_problem(seed, visits=24, engineers=5, depots=2))
    hunt = Hunt(tied_state(model, Pricer(model)), seed)
    hunt.construct()
    hunt.run(lambda rounds: rounds / 600, until=1.0, heat=lambda share: 2_000.0 * 0.1**share, record=True, steady=True)
    return hunt


@pytest.mark.parametrize("seed", range(6))
def test_rows_are_priced_by_duals_at_once_as_one_by_one(seed: int) -> None:
    hunt = _hunt(seed)
    pieces = recombine.Pieces(hunt.model)
    seen = recombine.Seen(hunt, pieces)
    columns = [recombine._column(hunt, row_of(hunt.pool, n), pieces) for n in range(seen.many)]
    kinds = hunt.ground.duty["kind"].tolist()
    shifts = [kinds.count(duty) for duty in range(len(kinds))]
    prices = recombine.left_out_prices(hunt.model, set(range(len(hunt.model.calls))))
    relaxation = Relaxation(len(hunt.model.calls), shifts, prices, pieces.limits)
    relaxation.add([recombine._column(hunt, row, pieces) for row in hunt.rows()])
    relaxation.add(columns[: seen.many // 2])
    duals = relaxation.solved(10.0)
    assert duals is not None
    duals.piece[:] = np.arange(len(duals.piece)) * -7.0
    assert seen.reduced(duals) == pytest.approx(duals.reduced(columns))


@pytest.mark.parametrize("seed", range(4))
def test_a_growing_list_bounds_as_the_whole_pool_does(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    hunt = _hunt(seed)
    _, whole, many = recombine.chosen_rows(hunt, EFFORT)
    monkeypatch.setattr(recombine, "FIRST", 10)
    monkeypatch.setattr(recombine, "MORE", 7)
    _, grown, _ = recombine.chosen_rows(hunt, EFFORT)
    assert many > 10
    assert (grown.total_fen, grown.bound_fen) == (whole.total_fen, whole.bound_fen)
    assert whole.bound_fen <= whole.total_fen <= hunt.best_fen


def test_what_was_not_decided_is_bounded_by_fractions_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    hunt = _hunt(2)
    monkeypatch.setattr(recombine, "MOST", 0)
    _, chosen, _ = recombine.chosen_rows(hunt, EFFORT)
    assert not chosen.optimal
    assert 0 < chosen.bound_fen < chosen.total_fen == hunt.best_fen


def test_without_time_for_the_relaxation_no_bound_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    hunt = _hunt(2)
    monkeypatch.setattr(Relaxation, "solved", lambda *_: None)
    _, chosen, _ = recombine.chosen_rows(hunt, EFFORT)
    assert (chosen.bound_fen, chosen.optimal) == (0, False)
    assert chosen.total_fen <= hunt.best_fen
