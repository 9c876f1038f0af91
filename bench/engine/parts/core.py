"""The common subset (`--core`): no breaks, no parts, commitments as hard windows, so that every rival can play."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

from bench.cells import Bar
from bench.engine.frame import Asked, Cell, Results, Shown
from bench.engine.runs import PEERS
from bench.engine.sums import Courses, courses, instances, markdown, middle, yuan

ENGINE: Final = "engine"
MARKS: Final = (1.0, 2.0, 5.0, 10.0, 20.0)
SEEDS: Final = (1, 2, 3)
HAS_SEEDS: Final = frozenset({"PyVRP"})


def cells(asked: Asked) -> list[Cell]:
    """The engine at each mark and each rival's course, in turn."""
    if asked.short:
        return _sitting("fs200-core-s1", MARKS[:3], SEEDS[:1])
    return [one for name in ("fs200-core-s1", "fs200-core-s2") for one in _sitting(name, MARKS, SEEDS)]


def _sitting(instance: str, marks: Sequence[float], seeds: Sequence[int]) -> list[Cell]:
    ours = [_engine(instance, mark, seed) for seed in seeds for mark in marks]
    theirs = [
        _peer(instance, peer, seed, marks) for seed in seeds for peer in PEERS if seed == seeds[0] or peer in HAS_SEEDS
    ]
    return [one for pair in zip_longest(ours, theirs) for one in pair if one is not None]


def _engine(instance: str, seconds: float, seed: int) -> Cell:
    words = {"instance": instance, "seconds": seconds, "seed": seed}
    return Cell("core", instance, ENGINE, seconds, seed, "bench.engine.runs:fs_engine", words)


def _peer(instance: str, peer: str, seed: int, marks: Sequence[float]) -> Cell:
    words = {"instance": instance, "peer": peer, "seconds": marks[-1], "seed": seed, "marks": list(marks)}
    return Cell("core", instance, peer, marks[-1], seed, "bench.engine.runs:fs_peer", words)


def shown(cells: Sequence[Cell], results: Results) -> Shown:
    """Yuan at each mark, method by method; the engine's last is to be the cheapest on every instance."""
    rows: list[tuple[object, ...]] = []
    ratios: list[float] = []
    for instance in instances(cells):
        course = courses(cells, results, instance)
        rows += [(instance, method, *(yuan(at.get(mark)) for mark in MARKS)) for method, at in course.items()]
        ratios += [ratio for ratio in [beside_the_best(course)] if ratio is not None]
    bars = {"core_to_best_rival": Bar(round(max(ratios), 4), 1.0, max(ratios) < 1)} if ratios else {}
    title = "Common subset (`--core`): yuan after so many seconds, median over seeds"
    return Shown(((title, markdown(("instance", "method", *(f"{mark:g} s" for mark in MARKS)), rows)),), bars)


def beside_the_best(course: Courses) -> float | None:
    """The engine's last price over the cheapest rival's; None while either is missing."""
    last = {method: middle(at[max(at)]) for method, at in course.items() if at}
    rivals = [price for method, price in last.items() if method != ENGINE]
    return last[ENGINE] / min(rivals) if ENGINE in last and rivals else None
