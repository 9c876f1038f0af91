"""The whole problem: breaks, parts, depot stock, priced lateness, overtime, preferences, pins (bars R1-R3).

OR-Tools routing is the only rival that can express it. It is given our simple plan to start from, its orders are
driven at exact prices by our own code, and an overrun of its time is not held against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

from bench.cells import Bar
from bench.engine import best
from bench.engine.frame import Asked, Cell, Results, Shown
from bench.engine.sums import Courses, courses, gap, instances, markdown, middle, percent, yuan

ENGINE: Final = "engine"
RIVAL: Final = "OR-Tools routing"
HUMAN: Final = "human"
SECONDS: Final = 10.0
MARKS: Final = (1.0, 2.0, 5.0)  # besides SECONDS, with fewer seeds, for the course over time
SEEDS: Final = range(1, 11)
FEWER: Final = range(1, 4)
CREWS: Final = ("fs50-crew-s1", "fs200-crew-s1")  # every tenth visit needs two engineers; shown, not held to the bars


def cells(asked: Asked) -> list[Cell]:
    """Ten seeds at full time, three at each mark, the rival once at each."""
    if asked.short:
        return [
            one for name in ("fs50-s1", "fs200-s1") for one in _sitting(name, 2.0, (1.0,), range(1, 3), range(1, 2))
        ]
    names = [f"fs{visits}-s{seed}" for visits in (50, 200) for seed in (1, 2, 3)]
    alone = [one for name in names for one in _sitting(name, SECONDS, MARKS, SEEDS, FEWER)]
    return alone + [one for name in CREWS for one in _sitting(name, SECONDS, MARKS, FEWER, FEWER)]


def _sitting(
    instance: str, seconds: float, marks: Sequence[float], seeds: Sequence[int], fewer: Sequence[int]
) -> list[Cell]:
    ours = [_cell(instance, ENGINE, seconds, seed) for seed in seeds]
    ours += [_cell(instance, ENGINE, mark, seed) for seed in fewer for mark in marks]
    theirs = [_cell(instance, RIVAL, mark, 1) for mark in (*marks, seconds)]
    human = Cell("rich", instance, HUMAN, 0.0, 1, "bench.engine.runs:fs_human", {"instance": instance})
    return [human, *(one for pair in zip_longest(ours, theirs) for one in pair if one is not None)]


def _cell(instance: str, method: str, seconds: float, seed: int) -> Cell:
    call = "bench.engine.runs:fs_engine" if method == ENGINE else "bench.engine.runs:fs_routing"
    words = {"instance": instance, "seconds": seconds, "seed": seed}
    return Cell("rich", instance, method, seconds, seed, call, words)


def shown(cells: Sequence[Cell], results: Results) -> Shown:
    """Gaps to the best known over the seeds, and prices over time beside OR-Tools."""
    gaps: list[tuple[object, ...]] = []
    prices: list[tuple[object, ...]] = []
    medians, worsts, lost = [], [], 0
    marks = sorted({cell.seconds for cell in cells if cell.seconds})
    for instance in instances(cells):
        course = courses(cells, results, instance)
        lowest = best.known(instance, cells, results)
        prices += [
            (instance, name, *(yuan(at.get(mark)) for mark in marks)) for name, at in course.items() if name != HUMAN
        ]
        lost += _lost(course)
        if (ours := course.get(ENGINE, {}).get(marks[-1])) and lowest:
            median, worst = gap(middle(ours), lowest), gap(max(ours), lowest)
            human = course.get(HUMAN, {}).get(0.0)
            gaps.append((instance, yuan([lowest]), percent(median), percent(worst), len(ours), yuan(human)))
            if instance not in CREWS:
                medians.append(median)
                worsts.append(worst)
    if not medians:
        return Shown()
    broken = _broken(cells, results)
    bars = {
        "rich_median_gap": Bar(round(max(medians), 2), 2.0, max(medians) <= 2.0),
        "rich_worst_gap": Bar(round(max(worsts), 2), 4.0, max(worsts) <= 4.0),
        "rich_times_a_rival_is_cheaper": Bar(lost, 0, lost == 0),
        "rich_illegal_plans": Bar(broken, 0, broken == 0),
    }
    head = ("instance", "best known, yuan", "median gap %", "worst gap %", "seeds", "human, yuan")
    return Shown(
        (
            (
                f"The whole problem, {marks[-1]:g} s on one core: gap to the best known of any method",
                markdown(head, gaps),
            ),
            (
                "Yuan after so many seconds, median over seeds",
                markdown(("instance", "method", *(f"{mark:g} s" for mark in marks)), prices),
            ),
            _or_tools_share(cells, results),
        ),
        bars,
    )


def _lost(course: Courses) -> int:
    """How many marks the rival is as cheap as the engine's median, or cheaper."""
    ours, theirs = course.get(ENGINE, {}), course.get(RIVAL, {})
    return sum(1 for mark in ours if mark in theirs and min(theirs[mark]) <= middle(ours[mark]))


def _broken(cells: Sequence[Cell], results: Results) -> int:
    """Plans of the engine that fsbench's checker or our own refuses."""
    ours = [results[cell.name] for cell in cells if cell.method == ENGINE and cell.name in results]
    return sum(1 for result in ours if not result["feasible"] or result["violations"])


def _or_tools_share(cells: Sequence[Cell], results: Results) -> tuple[str, str]:
    """What OR-Tools does in our own plans: the pool it chooses from, what its choice gains, the bound it gives."""
    rows = []
    for instance in instances(cells):
        full = [cell for cell in cells if cell.instance == instance and cell.method == ENGINE and cell.name in results]
        last = max((cell.seconds for cell in full), default=0.0)
        made = [results[cell.name] for cell in full if cell.seconds == last]
        if not made:
            continue
        notes = [result["notes"] for result in made]
        shares = [100 * note["partition_gain_fen"] / result["fen"] for note, result in zip(notes, made, strict=True)]
        above = [
            gap(result["fen"], note["pool_bound_fen"])
            for note, result in zip(notes, made, strict=True)
            if note["pool_bound_fen"]
        ]
        proven = [
            gap(result["fen"], note["bound_fen"]) for note, result in zip(notes, made, strict=True) if note["bound_fen"]
        ]
        rows.append(
            (
                instance,
                f"{middle([note['rounds'] for note in notes]):,.0f}",
                f"{middle([note['pool'] for note in notes]):,.0f}",
                percent(middle(shares)),
                percent(middle(above) if above else None),
                percent(middle(proven) if proven else None),
            )
        )
    head = (
        "instance",
        "rounds",
        "pool",
        "gained by set partitioning, %",
        "above the pool's bound, %",
        "above a proven bound, %",
    )
    return "What OR-Tools does in these plans (medians)", markdown(head, rows)
