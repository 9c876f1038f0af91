"""How cells become figures: medians over seeds, gaps in percent, tables in Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from bench.engine.frame import Cell, Results

NOTHING: Final = "–"

Courses: TypeAlias = Mapping[str, Mapping[float, Sequence[int]]]  # method → seconds → cents of each seed


def courses(cells: Iterable[Cell], results: Results, instance: str) -> dict[str, dict[float, list[int]]]:
    """What each method had after so many seconds, in cents of true money; plans that break a rule do not count."""
    found: dict[str, dict[float, list[int]]] = {}
    for cell in cells:
        if cell.instance != instance or (result := results.get(cell.name)) is None:
            continue
        course = found.setdefault(cell.method, {})
        at = {cell.seconds: result["cents"] if result["feasible"] else None}
        at |= {float(mark): cents for mark, cents in result.get("curve", {}).items()}
        for mark, cents in at.items():
            if cents is not None:
                course.setdefault(mark, []).append(cents)
    return found


def middle(figures: Sequence[float]) -> float:
    """The median; raises StatisticsError for nothing."""
    return statistics.median(figures)


def gap(figure: float, best: float) -> float:
    """How far above the best, in percent."""
    return 100 * (figure / best - 1)


def yuan(cents: Sequence[float] | None) -> str:
    """The median in whole yuan, or a dash."""
    return f"{middle(cents) / 100:,.0f}" if cents else NOTHING


def percent(figure: float | None) -> str:
    """Two places, or a dash."""
    return NOTHING if figure is None else f"{figure:.2f}"


def instances(cells: Iterable[Cell]) -> list[str]:
    """The instances of these cells, in their order."""
    return list(dict.fromkeys(cell.instance for cell in cells))


def markdown(head: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """A table whose first column is text and whose others are figures."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
