"""E14 and E15 under other names, in another order, on another clock and in another currency: nothing knows them.

A relabelled world must cost exactly the example's figure at the new scale, and what enumeration finds. A disturbed
one – other distances, dues, prices and stock – has no figure of its own, so enumeration alone decides.
"""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import price, violations
from dispatch.planner.solver.problem import (
    Commitment,
    Depot,
    Engineer,
    LatePrice,
    Matrix,
    Problem,
    Shift,
    Travel,
    Visit,
    Window,
)
from dispatch.planner.solver.solve import solve
from tests.dispatch.planner.cases import MINUTE, pa_1, pm_1
from tests.dispatch.planner.oracle import cheapest_by_trying_everything

BUDGET = Budget(time_s=5.0, rounds=50)
E14 = [((1, 1), 60_00), ((1, 0), 90_00), ((0, 1), 60_00), ((0, 0), 20_00 + 1000_00)]
E15 = [(None, 100_00), (1000_00, 100_00), (300_00, 100_00), (0, 0), (50_00, 50_00)]


class Relabelling:
    """Another way to write the same world down: names, order of rows, numbers of places, clock and currency."""

    def __init__(self, seed: int) -> None:
        self.pick = random.Random(seed)
        self.fen = self.pick.choice((1, 2, 3, 7))  # every price times this
        self.slow = self.pick.choice((1, 2, 3))  # every span times this
        self.later = self.pick.randrange(-6 * 60, 6 * 60) * MINUTE  # every instant plus this
        self._names: dict[str, str] = {}

    def name(self, old: str) -> str:
        """A new name, the same each time it is asked for."""
        fresh = f"{self.pick.choice('上门备件ABxy')}{self.pick.randrange(10**6)}·{len(self._names)}"
        return self._names.setdefault(old, fresh)

    def when(self, instant: int) -> int:
        return instant * self.slow + self.later

    def mixed(self, rows: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(self.pick.sample(rows, len(rows)))

    def pieces(self, stock: dict[str, int]) -> dict[str, int]:
        """The same pieces between others that nobody asks for."""
        rows = [(self.name(part), qty) for part, qty in stock.items()]
        rows += [(self.name(f"decoy {n}"), self.pick.randrange(9)) for n in range(self.pick.randrange(4))]
        return dict(self.pick.sample(rows, len(rows)))

    def problem(self, old: Problem) -> Problem:
        size = old.travel.metres.size
        self.places = self.pick.sample(range(size), size)
        return replace(
            old,
            now_s=self.when(old.now_s),
            travel=Travel(
                self.table(old.travel.metres, 1), tuple(self.table(m, self.slow) for m in old.travel.seconds)
            ),
            rates=replace(old.rates, travel_fen_h=old.rates.travel_fen_h * self.fen // self.slow),
            engineers=self.mixed(tuple(self.engineer(one) for one in old.engineers)),
            visits=self.mixed(tuple(self.visit(one) for one in old.visits)),
            depots=self.mixed((*(self.depot(one) for one in old.depots), *self.useless_depots())),
            caps=dict(self.mixed(tuple((self.name(cap), fen * self.fen) for cap, fen in old.caps.items()))),
        )

    def table(self, old: Matrix, factor: int) -> Matrix:
        rows, size = old.rows(), old.size
        new = [[0] * size for _ in range(size)]
        for i in range(size):
            for j in range(size):
                new[self.places[i]][self.places[j]] = rows[i][j] * factor
        return Matrix.of(new)

    def engineer(self, old: Engineer) -> Engineer:
        return replace(
            old, id=self.name(old.id), van=self.pieces(dict(old.van)), shifts=tuple(self.shift(s) for s in old.shifts)
        )

    def shift(self, old: Shift) -> Shift:
        return replace(
            old,
            start_s=self.when(old.start_s),
            end_s=self.when(old.end_s),
            start_location=self.places[old.start_location],
        )

    def visit(self, old: Visit) -> Visit:
        return replace(
            old,
            id=self.name(old.id),
            location=self.places[old.location],
            duration_s=old.duration_s * self.slow,
            release_s=self.when(old.release_s),
            unassigned_fen=old.unassigned_fen * self.fen,
            commitments=tuple(Commitment(self.when(c.due_s), self.price(c.price)) for c in old.commitments),
            parts=tuple(
                replace(w, part=self.name(w.part), accepts=tuple(self.name(part) for part in w.accepts))
                for w in old.parts
            ),
        )

    def price(self, old: LatePrice) -> LatePrice:
        return replace(
            old,
            per_unit_fen=old.per_unit_fen * self.fen,
            unit_s=old.unit_s * self.slow,
            cap=None if old.cap is None else self.name(old.cap),
        )

    def depot(self, old: Depot) -> Depot:
        return replace(
            old,
            id=self.name(old.id),
            location=self.places[old.location],
            handling_s=old.handling_s * self.slow,
            stock=self.pieces(dict(old.stock)),
            incoming=(),
        )

    def useless_depots(self) -> tuple[Depot, ...]:
        """Stores next to somebody that have nothing anyone wants, or are shut."""
        shut = Depot("shut", 0, 60, {self.name("X"): 9}, (Window(self.when(0) - 9, self.when(0)),))
        empty = Depot("empty", 0, 0, {self.name("X"): 0, self.name("decoy 1"): 4})
        return tuple(self.pick.sample((shut, empty), self.pick.randrange(3)))


def disturbed(old: Problem, seed: int) -> Problem:
    """The same kind of morning with other distances, dues, prices, durations and stock."""
    pick = random.Random(seed)
    rows = old.travel.seconds[0].rows()
    for i in range(len(rows)):
        for j in range(i):
            rows[i][j] = rows[j][i] = max(60, rows[i][j] % 36_000 * pick.randrange(50, 150) // 100)
    visits = tuple(
        replace(
            v,
            duration_s=pick.randrange(20, 120) * MINUTE,
            unassigned_fen=pick.choice((30_00, 100_00, 1000_00)),
            commitments=tuple(
                replace(
                    c,
                    due_s=c.due_s + pick.randrange(-60, 90) * MINUTE,
                    price=replace(c.price, per_unit_fen=pick.randrange(10_00, 600_00)),
                )
                for c in v.commitments
            ),
        )
        for v in old.visits
    )
    people = tuple(replace(e, van={"X": pick.randrange(2)}) for e in old.engineers)
    depots = tuple(replace(d, stock={"X": pick.randrange(2)}) for d in old.depots)
    travel = replace(old.travel, seconds=(Matrix.of(rows),))
    return replace(old, travel=travel, visits=visits, engineers=people, depots=depots)


def assert_cheapest(problem: Problem) -> int:
    """What the engine's legal plan costs, after enumeration has found nothing cheaper."""
    plan = solve(problem, BUDGET)
    assert violations(problem, plan) == []
    assert price(problem, plan) == plan.cost
    assert plan.cost.total == cheapest_by_trying_everything(problem).cost.total
    return plan.cost.total


@pytest.mark.parametrize("seed", range(100))
def test_e14_costs_the_same_whatever_it_is_called(seed: int) -> None:
    (van_2, depot), fen = E14[seed % len(E14)]
    other = Relabelling(seed)
    assert assert_cheapest(other.problem(pa_1(van_2=van_2, depot=depot))) == fen * other.fen


@pytest.mark.parametrize("seed", range(100))
def test_e15_costs_the_same_whatever_it_is_called(seed: int) -> None:
    headroom, fen = E15[seed % len(E15)]
    other = Relabelling(seed)
    assert assert_cheapest(other.problem(pm_1(headroom_1=headroom))) == fen * other.fen


@pytest.mark.parametrize("seed", range(60))
def test_nothing_is_cheaper_on_a_morning_like_e14(seed: int) -> None:
    assert_cheapest(Relabelling(seed).problem(disturbed(pa_1(van_2=1, depot=1), seed)))


@pytest.mark.parametrize("seed", range(40))
def test_nothing_is_cheaper_on_a_morning_like_e15(seed: int) -> None:
    headroom = random.Random(seed).choice((None, 0, 120_00, 350_00))
    assert_cheapest(Relabelling(seed).problem(disturbed(pm_1(headroom_1=headroom), seed)))
