"""The engine beside its rivals: every table of docs/engine.md (R8).

./run bench engine [--short] [--instances FOLDER] [--only PART ...] [--cores N N] [--fresh] [--report] [--update-best]

Cells are files under bench/results/engine and a run resumes where it stopped; the methods of one instance take turns
in one sitting, one process a cell, bound to its core. The total time is stated before anything starts. The public
instances (VRPTW, TRSP) come from a folder; without one their parts are left away.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Final

from bench.cells import RESULTS, Bar, closing_line
from bench.engine import best, plots, report
from bench.engine.frame import BENCH, Asked, Cell, Shown, kept, measure, still_to_do, takes_s
from bench.engine.parts import core, explain, fuzz, large, rich, rolling, stability, trsp, urgent, vrptw

PARTS: Final[dict[str, ModuleType]] = {
    "rich": rich,
    "core": core,
    "large": large,
    "urgent": urgent,
    "explain": explain,
    "trsp": trsp,
    "rolling": rolling,
    "stability": stability,
    "vrptw": vrptw,
    "fuzz": fuzz,
}


def main() -> int:
    """Measures what is missing, prints tables and the closing line; 1 if a bar is missed or a cell failed."""
    words = argparse.ArgumentParser(prog="./run bench engine", description=__doc__)
    words.add_argument("--short", action="store_true", help="a few minutes in all, for daily use")
    words.add_argument("--instances", type=Path, help="folder with vrptw/ and trsp/")
    words.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="these parts")
    words.add_argument("--cores", nargs="+", type=int, default=[0], help="one queue of sittings on each")
    words.add_argument("--fresh", action="store_true", help="forget what was measured before")
    words.add_argument(
        "--report", action="store_true", help="write tables and plots into docs/ from the cells there are"
    )
    words.add_argument("--update-best", action="store_true", help="keep cheaper plans in bench/fsbench")
    asked = words.parse_args()
    cells = {name: PARTS[name].cells(Asked(asked.short, asked.instances)) for name in asked.only}
    every = [cell for group in cells.values() for cell in group]
    if asked.fresh:
        for name in asked.only:
            shutil.rmtree(RESULTS / BENCH / name, ignore_errors=True)
    failed: list[str] = []
    if not asked.report:
        _announce(cells, len(asked.cores))
        failed = measure(every, asked.cores, lambda line: print(f"  {line}", flush=True))
    results = {cell.name: result for cell in every if (result := kept(cell.name)) is not None}
    shown = {name: PARTS[name].shown(group, results) for name, group in cells.items()}
    _print(shown)
    if asked.report:
        plots.draw(cells, results)
        report.write(shown)
    if asked.update_best:
        said = best.update(every, results) + trsp.keep_new_bests(cells.get("trsp", []), results)
        print("\n".join(said) or "nothing cheaper than what is kept")
    return _close(shown, failed)


def _announce(cells: dict[str, list[Cell]], cores: int) -> None:
    """What is about to be measured and how long that takes."""
    for name, group in cells.items():
        missing = still_to_do(group)
        print(f"{name}: {len(missing)} of {len(group)} cells, {takes_s(missing, cores) / 60:.1f} min", flush=True)
    missing = still_to_do([cell for group in cells.values() for cell in group])
    print(f"in all {takes_s(missing, cores) / 60:.0f} min on {cores} core(s)", flush=True)


def _print(shown: dict[str, Shown]) -> None:
    for part in shown.values():
        for title, table in part.tables:
            print(f"\n{title}\n{table}")


def _close(shown: dict[str, Shown], failed: list[str]) -> int:
    """The bars, the failures, and the line for machines."""
    bars: dict[str, Bar] = {name: bar for part in shown.values() for name, bar in part.bars.items()}
    bars["failed_cells"] = Bar(len(failed), 0, not failed)
    print()
    for line in failed:
        print(f"failed: {line}")
    for name, bar in bars.items():
        print(f"{'met   ' if bar.met else 'MISSED'}  {name}: {bar.value:g} (bar {bar.bar:g})")
    print(closing_line(BENCH, bars))
    return 0 if all(bar.met for bar in bars.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
