"""Thirty urgent calls at 200 visits: answered at once, repaired soon, nobody disturbed without need (R4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bench.cells import Bar
from bench.engine.frame import Asked, Cell, Results, Shown
from bench.engine.sums import markdown, percent

ENGINE: Final = "engine"
REPAIR_S: Final = 0.2
EACH_S: Final = 5.0
PROPOSAL_MS: Final = 50.0
REPAIRED_MS: Final = 500.0
MOVED: Final = 1.0
ABOVE: Final = 3.0  # per cent above a free re-optimisation


def cells(asked: Asked) -> list[Cell]:
    """One cell a day; every call is asked of the same plan."""
    count, names = (5, ("fs200-s1",)) if asked.short else (30, ("fs200-s1", "fs200-s2"))
    return [_cell(name, count, 5.0 if asked.short else 20.0) for name in names]


def _cell(instance: str, count: int, plan_seconds: float) -> Cell:
    words = {
        "instance": instance,
        "count": count,
        "plan_seconds": plan_seconds,
        "repair_seconds": REPAIR_S,
        "seed": 1,
    }
    return Cell("urgent", instance, ENGINE, plan_seconds + count * EACH_S, 1, "bench.engine.urgent:calls", words)


def shown(cells: Sequence[Cell], results: Results) -> Shown:
    """Milliseconds, visits moved, and the price beside a free re-optimisation."""
    found = [(cell.instance, results[cell.name]) for cell in cells if cell.name in results]
    if not found:
        return Shown()
    rows = [
        (
            name,
            got["calls"],
            f"{got['proposal_ms_p50']} / {got['proposal_ms_p95']}",
            f"{got['repaired_ms_p50']} / {got['repaired_ms_p95']}",
            got["moved"],
            got["moved_by_free"],
            *(f"{got[field] / 100:,.0f}" for field in ("inserted_fen", "added_fen", "free_added_fen")),
            percent(got["above_free"]),
        )
        for name, got in found
    ]
    worst = {
        field: max(got[field] for _, got in found)
        for field in ("proposal_ms_p95", "repaired_ms_p95", "moved", "above_free", "illegal")
    }
    asked = {
        "proposal_ms_p95": PROPOSAL_MS,
        "repaired_ms_p95": REPAIRED_MS,
        "moved": MOVED,
        "above_free": ABOVE,
        "illegal": 0,
    }
    head = (
        "day",
        "calls",
        "proposal ms, p50 / p95",
        "repaired ms, p50 / p95",
        "moved",
        "moved by free",
        "inserted, yuan a call",
        "repaired",
        "free, 1.5 s",
        "above free, %",
    )
    bars = {f"urgent_{field}": Bar(worst[field], bar, worst[field] <= bar) for field, bar in asked.items()}
    return Shown((("Urgent calls into the plan of a day", markdown(head, rows)),), bars)
