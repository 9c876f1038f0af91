"""Solomon and Gehring–Homberger instances as our `Problem`, and a small judge that reads the file itself (R8).

Distances are truncated to one decimal and counted in tenths, which are metres, seconds and fen here at once; what a
vehicle may carry is pieces of one part, so capacity needs no form of its own.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from bench.engine.fs import matrix
from dispatch.planner.solver.problem import Engineer, Problem, Rates, Shift, Travel, Visit, Want, Window

LOAD: Final = "load"
LEFT_OUT_FEN: Final = 10**8
HOT: Final = 1000.0  # what a round may cost at first and at last, in tenths of a unit of distance: the paper's own
COLD: Final = 10.0


@dataclass(frozen=True, slots=True)
class Customer:
    """One line of the file; row 0 is the depot."""

    x: int
    y: int
    demand: int
    ready: int
    due: int
    service: int


@dataclass(frozen=True, slots=True)
class Fleet:
    """A file: so many vehicles, each carrying so much, and the customers with the depot first."""

    vehicles: int
    capacity: int
    rows: tuple[Customer, ...]


def read(path: Path) -> Fleet:
    """The instance that the text file holds."""
    figures = [[int(word) for word in line.split()] for line in path.read_text().splitlines() if _numbers(line)]
    (vehicles, capacity), *rows = figures
    return Fleet(vehicles, capacity, tuple(Customer(*row[1:]) for row in rows))


def _numbers(line: str) -> bool:
    words = line.split()
    return bool(words) and all(word.isdigit() for word in words)


def best_known(folder: Path) -> dict[str, float]:
    """Best known total distance by instance."""
    with (folder / "bks.csv").open() as lines:
        return {row["instance"]: float(row["best_known_distance"]) for row in csv.DictReader(lines)}


def problem_of(fleet: Fleet) -> Problem:
    """The file as a problem whose price is the distance in tenths."""
    xy = np.array([(row.x, row.y) for row in fleet.rows], dtype=np.float64)
    tenths = np.floor(10 * np.sqrt(((xy[:, None, :] - xy[None, :, :]) ** 2).sum(axis=2)) + 1e-9)
    table = matrix(tenths)
    depot, *customers = fleet.rows
    shift = Shift(10 * depot.ready, 10 * depot.due, start_location=0, end_location=0)
    return Problem(
        horizon_start="2026-01-01",
        now_s=0,
        travel=Travel(metres=table, seconds=(table,)),
        rates=Rates(travel_fen_h=0, distance_fen_km=1000, overtime_fen_h=0),
        engineers=tuple(Engineer(f"K{n:03}", (shift,), van={LOAD: fleet.capacity}) for n in range(fleet.vehicles)),
        visits=tuple(
            Visit(
                id=str(number),
                location=number,
                duration_s=10 * row.service,
                unassigned_fen=LEFT_OUT_FEN,
                windows=(Window(10 * row.ready, 10 * row.due),),
                parts=(Want(LOAD, row.demand, (LOAD,)),) if row.demand else (),
            )
            for number, row in enumerate(customers, start=1)
        ),
    )


def distance(fleet: Fleet, routes: Iterable[Sequence[int]]) -> float | None:
    """Total distance of the routes by the file's own words; None if they break any of its rules."""
    rows = fleet.rows
    served: list[int] = []
    total, used = 0, 0
    for route in routes:
        if not route:
            continue
        used += 1
        at, clock = 0, 10 * rows[0].ready
        for stop in [*route, 0]:
            leg = _tenths(rows[at], rows[stop])
            total += leg
            clock = max(clock + leg, 10 * rows[stop].ready)
            if clock > 10 * rows[stop].due:
                return None
            clock += 10 * rows[stop].service
            at = stop
        if sum(rows[stop].demand for stop in route) > fleet.capacity:
            return None
        served += route
    if used > fleet.vehicles or sorted(served) != list(range(1, len(rows))):
        return None
    return total / 10


def _tenths(a: Customer, b: Customer) -> int:
    # The root of a whole number's hundredfold, so that 12.3 is never read as 12.299999.
    return math.isqrt(100 * ((a.x - b.x) ** 2 + (a.y - b.y) ** 2))
