"""Technician routing instances (Pillac, Guéret, Medaglia 2013) and a judge of working time written from their rules.

Skills, tools, five kinds of spare parts that are used up, one call at the depot at most, after which a technician has
every tool and any number of parts. All requests are served. Working time runs from leaving home to being back, waiting
included, leaving as late as the earliest possible end allows.
"""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

DEPOT: Final = 0
CLOSE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Row:
    """The depot, a technician's home or a request; the lists are what he has, or what it needs."""

    x: float
    y: float
    ready: float
    due: float
    service: float
    skills: frozenset[int]
    tools: frozenset[int]
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Crew:
    """A file: row 0 is the depot, rows 1 to `technicians` are homes, the rest are requests."""

    technicians: int
    rows: tuple[Row, ...]

    @property
    def requests(self) -> range:
        """Numbers of the requests."""
        return range(self.technicians + 1, len(self.rows))

    def way(self, a: int, b: int) -> float:
        """Time and distance between two rows."""
        one, two = self.rows[a], self.rows[b]
        return math.hypot(one.x - two.x, one.y - two.y)


def read(path: Path) -> Crew:
    """The instance that the text file holds."""
    lines = path.read_text().splitlines()
    counts = next(line for before, line in pairwise(lines) if before.startswith("CREW COUNT"))
    rows = [_row(line) for line in lines if re.match(r"\d+\s.*\[", line)]
    return Crew(int(counts.split()[0]), tuple(rows))


def _row(line: str) -> Row:
    lists = [[int(word) for word in found.split(",") if word.strip()] for found in re.findall(r"\[([^\]]*)\]", line)]
    x, y, ready, due, service = map(float, line.split("[")[0].split()[1:6])
    return Row(x, y, ready, due, service, frozenset(lists[0]), frozenset(lists[1]), tuple(lists[2]))


def best_known(folder: Path) -> dict[str, float]:
    """Best known total working time by instance."""
    with (folder / "bks.csv").open() as lines:
        return {row["instance"]: float(row["best_known_working_time"]) for row in csv.DictReader(lines)}


def working_time(crew: Crew, routes: Mapping[int, Sequence[int]]) -> float | None:
    """Total working time of the routes by technician, 0 standing for the depot; None if they break any rule."""
    served = Counter(stop for route in routes.values() for stop in route if stop != DEPOT)
    if served != Counter(crew.requests):
        return None
    total = 0.0
    for technician, route in routes.items():
        if not route:
            continue
        if not 1 <= technician <= crew.technicians or not _equipped(crew, technician, route):
            return None
        works = _works(crew, technician, route)
        if works is None:
            return None
        total += works
    return total


def _equipped(crew: Crew, technician: int, route: Sequence[int]) -> bool:
    """Skills throughout; tools and parts until the one call at the depot."""
    has = crew.rows[technician]
    left = list(has.parts)
    called = False
    for stop in route:
        if stop == DEPOT:
            if called:
                return False
            called = True
            continue
        needs = crew.rows[stop]
        if not needs.skills <= has.skills:
            return False
        if called:
            continue
        if not needs.tools <= has.tools:
            return False
        for kind, pieces in enumerate(needs.parts):
            left[kind] -= pieces
        if min(left, default=0) < 0:
            return False
    return True


def _works(crew: Crew, technician: int, route: Sequence[int]) -> float | None:
    """Time from leaving to being home; None when a window is missed.

    Waiting before a stop can be moved home: leaving later by what every stop allows ends the route no later.
    """
    home = crew.rows[technician]
    at, clock, later, waited = technician, home.ready, math.inf, 0.0
    for stop in (*route, technician):
        row = crew.rows[stop]
        arrives = clock + crew.way(at, stop)
        begins = arrives if stop == technician else max(arrives, row.ready)
        if begins > row.due + CLOSE:
            return None
        waited += begins - arrives
        later = min(later, row.due - begins + waited)
        clock = begins + (0.0 if stop == technician else row.service)
        at = stop
    # Leaving later than all the waiting would make the end later too.
    return clock - home.ready - min(later, waited)
