"""10^5 plans after changes to mornings with everything a problem can say: none may break a law or miss its price."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from bench.cells import Bar
from bench.engine.frame import Asked, Cell, Results, Shown
from bench.engine.sums import markdown

ENGINE: Final = "engine"
ONE_CELL: Final = 1000
APART: Final = 10_000  # mornings between the first ones of two cells
EACH_S: Final = 0.015


def cells(asked: Asked) -> list[Cell]:
    """A thousand plans a cell."""
    return [_cell(number) for number in range(1 if asked.short else 100)]


def _cell(number: int) -> Cell:
    words = {"instance": "mornings", "first": APART * number, "count": ONE_CELL, "seed": number}
    call = "bench.engine.fuzz:replans"
    return Cell("fuzz", f"mornings {APART * number} on", ENGINE, ONE_CELL * EACH_S, number, call, words)


def shown(cells: Sequence[Cell], results: Results) -> Shown:
    """How many plans, how many the checker faulted."""
    made = [results[cell.name] for cell in cells if cell.name in results]
    if not made:
        return Shown()
    sums = {name: sum(one[name] for one in made) for name in ("replans", "mornings", "refused", "left_out", "wrong")}
    each = sum(one["ms_each"] * one["replans"] for one in made) / sums["replans"]
    bars = {"fuzz_illegal_plans": Bar(sums["wrong"], 0, sums["wrong"] == 0)}
    rows = [
        (f"{sums['mornings']:,} mornings", *(f"{sums[name]:,}" for name in sums if name != "mornings"), f"{each:.1f}")
    ]
    head = (
        "random",
        "plans after changes",
        "days refused",
        "visits left out",
        "illegal, mispriced or broken off",
        "ms a plan",
    )
    tried: Counter[str] = Counter()
    for one in made:
        tried.update(one["tried"])
    counts = [(name, f"{times:,}") for name, times in sorted(tried.items())]
    return Shown(
        (
            ("Plans after changes, judged by the independent checker to the fen", markdown(head, rows)),
            ("What was tried: mornings that have it, plans that have it, steps taken", markdown(("", "times"), counts)),
        ),
        bars,
    )
