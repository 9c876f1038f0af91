"""Visits left out: how fast their reasons come, and whether every remedy holds when it is tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from bench.cells import Bar
from bench.engine.frame import Asked, Cell, Results, Shown
from bench.engine.sums import markdown

ENGINE: Final = "engine"
MOST_MS: Final = 5.0


def cells(asked: Asked) -> list[Cell]:
    """Days with too few engineers, and small mornings with everything a problem can say."""
    days = ("fs200-s1",) if asked.short else ("fs200-s1", "fs200-s2", "fs200-s3")
    short_handed = [
        Cell(
            "explain",
            name,
            ENGINE,
            5.0,
            1,
            "bench.engine.explained:short_handed",
            {"instance": name, "engineers": 10, "seconds": 2.0, "seed": 1},
        )
        for name in days
    ]
    count = 40 if asked.short else 200
    mornings = Cell(
        "explain",
        f"{count} small mornings",
        ENGINE,
        count / 4,
        1,
        "bench.engine.explained:any_morning",
        {"instance": "mornings", "first": 1, "count": count, "seconds": 0.1, "seed": 1},
    )
    return [*short_handed, mornings]


def shown(cells: Sequence[Cell], results: Results) -> Shown:
    """Milliseconds, reasons and cures, and the remedies that did not hold."""
    rows: list[tuple[object, ...]] = []
    slowest, wrong, without = 0.0, 0, 0
    for cell in cells:
        if (got := results.get(cell.name)) is None:
            continue
        slowest, wrong = max(slowest, got["p95_ms"]), wrong + got["wrong_remedies"]
        without += got["cures"].get("none", 0)
        rows.append(
            (
                cell.instance,
                got["left_out"],
                got["p50_ms"],
                got["p95_ms"],
                _listed(got["reasons"]),
                _listed(got["cures"]),
                got["wrong_remedies"],
            )
        )
    if not rows:
        return Shown()
    bars = {
        "explain_p95_ms": Bar(slowest, MOST_MS, slowest <= MOST_MS),
        "explain_remedies_that_fail": Bar(wrong, 0, wrong == 0),
        "explain_without_remedy": Bar(without, 0, without == 0),
    }
    head = ("day", "left out", "p50 ms", "p95 ms", "reasons", "cures", "do not hold")
    return Shown(
        (("Visits left out: each has a reason; each remedy tried on the problem", markdown(head, rows)),), bars
    )


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in Counter(counts).most_common())
