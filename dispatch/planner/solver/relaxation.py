"""What no choice among the routes seen can beat: set partitioning's relaxation, solved by GLOP over a growing list (R1, R8).

A large pool is not handed over whole. Some columns are, the duals price all the others at once, and those that promise
most follow; what is left unpromising at the end cannot be in a better choice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp

Floats = NDArray[np.float64]
SAFE_FEN: Final = 1.0  # GLOP reckons in floating point; one fen below it is safe at sums of this size


@dataclass(frozen=True, slots=True)
class Column:
    """One route of one shift: its visits, its price without shared headrooms, what it owes under each, its pieces."""

    duty: int
    visits: tuple[int, ...]
    base_fen: int
    capped: tuple[tuple[int, int], ...]
    pieces: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Duals:
    """What a visit done, a shift used and a piece taken are worth, in fen, and the relaxation's value.

    Visits that are not to be covered are worth nothing.
    """

    visit: Floats
    shift: Floats
    piece: Floats
    fen: float

    def reduced(self, columns: Sequence[Column]) -> Floats:
        """What each column costs beyond what it brings, in fen."""
        return np.array(
            [
                column.base_fen
                - sum(self.visit[visit] for visit in column.visits)
                - self.shift[column.duty]
                - sum(self.piece[piece] * qty for piece, qty in column.pieces)
                for column in columns
            ],
            np.float64,
        )

    def worth_of(self, nodes: NDArray[np.int64]) -> Floats:
        """What doing each of these nodes is worth; a depot call behind the visits is worth nothing."""
        return np.append(self.visit, 0.0)[np.minimum(nodes, len(self.visit))]

    def bound(self, shifts: Sequence[int], duty: NDArray[np.int64], reduced: Floats) -> tuple[int, Floats]:
        """(a bound in fen over all these columns, what each adds to it), not only of those the relaxation knew.

        `duty` and `reduced` are each column's. A column that adds more than a plan at hand lies above the bound is in
        no choice cheaper than that plan.
        """
        least = np.zeros(len(shifts))
        np.minimum.at(least, duty, reduced)
        fen = self.fen + float(least @ np.array(shifts, np.float64))
        return max(0, math.ceil(fen - SAFE_FEN)), reduced - least[duty]


class Relaxation:
    """Each visit in one column or left out, each shift one column, pieces within their limits; fractions allowed.

    What counts under a shared headroom is left out of the price, so its value stays a bound.
    """

    def __init__(
        self, visits: int, shifts: Sequence[int], left_out_fen: Mapping[int, int | None], limits: Sequence[int]
    ) -> None:
        """`left_out_fen` names the visits to cover of all `visits`; None: it must be done."""
        self._solver = pywraplp.Solver.CreateSolver("GLOP")
        # Without preprocessing a solution goes on from the last one when columns are added.
        self._solver.SetSolverSpecificParametersAsString("use_preprocessing: false")
        self._visits = visits
        self._rows = {visit: self._solver.Constraint(1.0, 1.0) for visit in left_out_fen}
        self._shifts = [self._solver.Constraint(1.0 if many == 1 else 0.0, float(many)) for many in shifts]
        self._pieces = [self._solver.Constraint(0.0, float(limit)) for limit in limits]
        self._objective = self._solver.Objective()
        self._objective.SetMinimization()
        for visit, fen in left_out_fen.items():
            if fen is not None:
                out = self._solver.NumVar(0.0, 1.0, "")
                self._rows[visit].SetCoefficient(out, 1.0)
                self._objective.SetCoefficient(out, float(fen))

    def add(self, columns: Sequence[Column]) -> None:
        """More columns to choose from; the next solution goes on from the last."""
        for column in columns:
            take = self._solver.NumVar(0.0, self._solver.infinity(), "")
            self._objective.SetCoefficient(take, float(column.base_fen))
            self._shifts[column.duty].SetCoefficient(take, 1.0)
            for visit in column.visits:
                if visit in self._rows:
                    self._rows[visit].SetCoefficient(take, 1.0)
            for piece, qty in column.pieces:
                self._pieces[piece].SetCoefficient(take, float(qty))

    def solved(self, time_s: float) -> Duals | None:
        """The duals of the optimum over the columns added; None if there was no time for it."""
        self._solver.SetTimeLimit(max(10, int(time_s * 1000)))
        if self._solver.Solve() != pywraplp.Solver.OPTIMAL:
            return None
        worth = np.zeros(self._visits)
        for visit, row in self._rows.items():
            worth[visit] = row.dual_value()
        return Duals(
            worth,
            np.array([row.dual_value() for row in self._shifts]),
            np.array([row.dual_value() for row in self._pieces]),
            self._objective.Value(),
        )
