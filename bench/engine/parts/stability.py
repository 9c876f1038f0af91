"""What quiet costs: the share of planned visits that change engineer at each look, by the price of a change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bench import rolling
from bench.cells import Bar
from bench.engine.frame import Asked, Cell, Results, Shown
from bench.engine.parts.rolling import by_policy
from bench.engine.sums import markdown

DAYS: Final = range(1, 4)
CALLS: Final = 200
TAKES_S: Final = 15.0


def cells(asked: Asked) -> list[Cell]:
    """The same days with the price of a change swept."""
    days = DAYS[:1] if asked.short else DAYS
    return [_cell(day, fen) for day in days for fen in rolling.SWEPT_FEN]


def _cell(day: int, fen: int) -> Cell:
    words = {"calls": CALLS, "seed": day, "policy": f"move-{fen}", "noisy": False}
    return Cell("stability", f"{CALLS}-s{day}", f"move-{fen}", TAKES_S, day, "bench.rolling:measure", words)


def shown(cells: Sequence[Cell], results: Results) -> Shown:
    """Moved share and money by price; the cheapest quiet price is held against the bar."""
    found = by_policy(cells, results, CALLS, noisy=False)
    free = found.get(f"move-{rolling.SWEPT_FEN[0]}", {})
    rows: list[tuple[object, ...]] = []
    quiet: list[float] = []
    for name, days in found.items():
        both = [day for day in days if day in free]
        if not both:
            continue
        ratio = rolling.beside_clairvoyant([days[day] for day in both], [free[day] for day in both])
        moved = rolling.mean([days[day] for day in both], "moved_share")
        rows.append((f"{int(name.removeprefix('move-')) / 100:g} yuan a change", len(both), moved, ratio))
        if moved < rolling.MOVED_BAR:
            quiet.append(ratio)
    if not rows:
        return Shown()
    cheapest = min(quiet, default=9.99)
    bar = Bar(cheapest, rolling.QUIET_COST_BAR, cheapest <= rolling.QUIET_COST_BAR)
    table = markdown(("price", "days", "change engineer at a look, %", "cost, × free changes"), rows)
    title = f"Stability: {CALLS} calls, {rolling.ENGINEERS} engineers"
    return Shown(((title, table),), {f"stability_cost_under_{rolling.MOVED_BAR:g}_percent_moved": bar})
