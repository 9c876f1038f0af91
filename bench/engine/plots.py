"""The plots of docs/engine.md: price over time beside the rivals, on-time share by policy (R8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl

from bench.engine import best
from bench.engine.frame import Cell, Results
from bench.engine.parts import rolling
from bench.engine.sums import Courses, courses, gap, instances, middle

mpl.use("Agg")
from matplotlib import pyplot

FOLDER: Final = Path(__file__).parents[2] / "docs" / "plots"
OURS: Final = "engine"
LEAST: Final = 0.05  # per cent; what is nearer to the best known is drawn there
COLOURS: Final = {
    OURS: "#0b5fa5",
    "PyVRP": "#c2570c",
    "OR-Tools PCI": "#3f7d20",
    "OR-Tools LCI": "#7ab55c",
    "OR-Tools routing": "#3f7d20",
    "VROOM x5": "#7a4fa3",
    "human": "#777777",
    "insertion": "#b08d2f",
    "clairvoyant": "#3f7d20",
}


def draw(cells: Mapping[str, Sequence[Cell]], results: Results) -> None:
    """One file for each part that has a course over time."""
    FOLDER.mkdir(exist_ok=True)
    for part, title in (("rich", "The whole problem"), ("core", "Common subset")):
        if group := cells.get(part):
            _over_time(part, title, group, results)
    if group := cells.get("rolling"):
        _on_time(group, results)


def _on_time(cells: Sequence[Cell], results: Results) -> None:
    """Promises kept by policy, a point for each day and a bar for the mean."""
    found = {
        (calls, limit, field): rolling.by_policy(cells, results, calls, noisy=False)
        for calls in (200, 260)
        for limit, field in (("4 h", "on4"), ("12 h", "on12"))
    }
    found = {key: policies for key, policies in found.items() if policies}
    if not found:
        return
    figure, panels = pyplot.subplots(1, len(found), figsize=(3.6 * len(found), 3.4), squeeze=False, sharey=True)
    for panel, ((calls, limit, field), policies) in zip(panels.flat, found.items(), strict=True):
        for place, (name, days) in enumerate(policies.items()):
            shares = [day[field] for day in days.values()]
            panel.bar(place, sum(shares) / len(shares), width=0.6, color=COLOURS.get(name, "#0b5fa5"), alpha=0.45)
            panel.plot([place] * len(shares), shares, ".", color="#222222", markersize=4)
        panel.set_xticks(range(len(policies)), policies, rotation=30, ha="right", fontsize=8)
        panel.set_title(f"{calls} calls, {limit} promises", fontsize=10)
        panel.grid(axis="y", alpha=0.3)
    panels.flat[0].set_ylabel("kept, %")
    figure.suptitle("Promises kept by policy, a point for each day")
    figure.tight_layout()
    figure.savefig(FOLDER / "on-time-by-policy.svg")
    pyplot.close(figure)


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
    lines = {
        line.get_label(): line for panel in panels.flat for line in panel.get_lines() if line.get_label()[0] != "_"
    }
    figure.legend(lines.values(), lines.keys(), loc="lower center", ncols=len(lines), fontsize=8, frameon=False)
    for row in panels:
        row[0].set_ylabel("above the best known, %")
    figure.suptitle(f"{title}: price over time, one core")
    figure.tight_layout(rect=(0, 0.06, 1, 1))
    figure.savefig(FOLDER / f"{part}-over-time.svg")
    pyplot.close(figure)


def _panel(panel: Any, instance: str, course: Courses, lowest: int) -> None:
    for method, at in course.items():
        marks = sorted(mark for mark in at if mark > 0)
        gaps = [max(LEAST, gap(middle(at[mark]), lowest)) for mark in marks]
        if marks:
            panel.plot(marks, gaps, marker="o", markersize=4, label=method, color=COLOURS.get(method))
        if method == OURS:
            for mark in marks:
                panel.plot([mark] * 2, [max(LEAST, gap(edge(at[mark]), lowest)) for edge in (min, max)],
                           color=COLOURS[OURS], alpha=0.35)  # fmt: skip
    panel.set_title(instance, fontsize=10)
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_xticks([1, 2, 5, 10, 20], ["1 s", "2 s", "5 s", "10 s", "20 s"])
    panel.set_yticks([LEAST, 0.1, 1, 10, 100], ["0", "0.1", "1", "10", "100"])
    panel.minorticks_off()
    panel.grid(alpha=0.3)


def _lowest(course: Courses) -> int:
    return min(cents for at in course.values() for seeds in at.values() for cents in seeds)
