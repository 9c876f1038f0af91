"""The plots of docs/engine.md: price over time beside the rivals, on-time share by policy (R8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl

from bench.engine import best
from bench.engine.frame import Cell, Results
from bench.engine.sums import Courses, courses, gap, instances, middle

mpl.use("Agg")
from matplotlib import pyplot

FOLDER: Final = Path(__file__).parents[2] / "docs" / "plots"
OURS: Final = "engine"
COLOURS: Final = {
    OURS: "#0b5fa5",
    "PyVRP": "#c2570c",
    "OR-Tools PCI": "#3f7d20",
    "OR-Tools LCI": "#7ab55c",
    "OR-Tools routing": "#3f7d20",
    "VROOM x5": "#7a4fa3",
    "human": "#777777",
}


def draw(cells: Mapping[str, Sequence[Cell]], results: Results) -> None:
    """One file for each part that has a course over time."""
    FOLDER.mkdir(exist_ok=True)
    for part, title in (("rich", "The whole problem"), ("core", "Common subset")):
        if group := cells.get(part):
            _over_time(part, title, group, results)


def _over_time(part: str, title: str, cells: Sequence[Cell], results: Results) -> None:
    """Gap to the best known, median over seeds, a panel for each instance, both scales logarithmic."""
    found = {name: course for name in instances(cells) if any((course := courses(cells, results, name)).values())}
    if not found:
        return
    columns = min(3, len(found))
    rows = -(-len(found) // columns)
    figure, panels = pyplot.subplots(rows, columns, figsize=(4.2 * columns, 3.2 * rows), squeeze=False, sharey=True)
    for panel, (instance, course) in zip(panels.flat, found.items(), strict=False):
        _panel(panel, instance, course, best.known(instance, cells, results) or _lowest(course))
    for panel in panels.flat[len(found) :]:
        panel.set_visible(False)
    panels.flat[0].legend(fontsize=8)
    for row in panels:
        row[0].set_ylabel("above the best known, %")
    figure.suptitle(f"{title}: price over time, one core")
    figure.tight_layout()
    figure.savefig(FOLDER / f"{part}-over-time.svg")
    pyplot.close(figure)


def _panel(panel: Any, instance: str, course: Courses, lowest: int) -> None:
    for method, at in course.items():
        marks = sorted(mark for mark in at if mark > 0)
        gaps = [max(0.05, gap(middle(at[mark]), lowest)) for mark in marks]
        if marks:
            panel.plot(marks, gaps, marker="o", markersize=4, label=method, color=COLOURS.get(method))
        if method == OURS:
            for mark in marks:
                panel.plot([mark] * 2, [max(0.05, gap(edge(at[mark]), lowest)) for edge in (min, max)],
                           color=COLOURS[OURS], alpha=0.35)  # fmt: skip
    panel.set_title(instance, fontsize=10)
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_xticks([1, 2, 5, 10, 20], ["1 s", "2 s", "5 s", "10 s", "20 s"])
    panel.set_yticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
    panel.minorticks_off()
    panel.grid(alpha=0.3)


def _lowest(course: Courses) -> int:
    return min(cents for at in course.values() for seeds in at.values() for cents in seeds)
