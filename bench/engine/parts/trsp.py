"""Technician routing (Pillac, Guéret, Medaglia 2013): working time against the best known, new bests kept as files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.cells import Bar
from bench.engine import trsp
from bench.engine.frame import Asked, Cell, Results, Shown
from bench.engine.sums import gap, markdown, percent

ENGINE: Final = "engine"
MEAN: Final = 0.3  # per cent above the best known
NEW_BESTS: Final = Path(__file__).parents[2] / "trsp-best"
CLOSER: Final = 1e-3  # what the published figures are rounded to


def cells(asked: Asked) -> list[Cell]:
    """Every instance of the folder once; nothing without a folder."""
    if asked.instances is None or not (asked.instances / "trsp").is_dir():
        return []
    folder = asked.instances / "trsp"
    names = sorted(path.stem for path in folder.glob("*.txt"))
    seconds = 5.0 if asked.short else 60.0
    return [_cell(folder, name, seconds) for name in (names[:2] if asked.short else names)]


def _cell(folder: Path, instance: str, seconds: float) -> Cell:
    words = {"folder": str(folder), "instance": instance, "seconds": seconds, "seed": 1}
    return Cell("trsp", instance, ENGINE, seconds, 1, "bench.engine.runs:trsp_engine", words)


def shown(cells: Sequence[Cell], results: Results) -> Shown:
    """Working time and its gap; a plan that breaks a rule counts as 100 % above."""
    if not cells:
        return Shown()
    best = trsp.best_known(Path(cells[0].words["folder"]))
    rows: list[tuple[object, ...]] = []
    gaps: list[float] = []
    for cell in (one for one in cells if one.name in results):
        works = results[cell.name]["working_time"]
        gaps.append(100.0 if works is None else gap(works, best[cell.instance]))
        said = "breaks a rule" if works is None else f"{works:,.3f}"
        rows.append((cell.instance, said, f"{best[cell.instance]:,.3f}", percent(gaps[-1])))
    if not gaps:
        return Shown()
    mean = sum(gaps) / len(gaps)
    rows.append(("mean", "", "", percent(mean)))
    title = f"Technician routing, {cells[0].seconds:g} s on one core: total working time"
    table = markdown(("instance", "engine", "best known", "gap %"), rows)
    return Shown(((title, table),), {"trsp_mean_gap": Bar(round(mean, 2), MEAN, mean <= MEAN)})


def keep_new_bests(cells: Sequence[Cell], results: Results) -> list[str]:
    """Stores every plan below what was published, and below the one stored before; what was stored, in words."""
    said: list[str] = []
    for cell in (one for one in cells if one.name in results):
        got, published = results[cell.name], trsp.best_known(Path(cell.words["folder"]))[cell.instance]
        path = NEW_BESTS / f"{cell.instance}.json"
        beaten = min(published, json.loads(path.read_text())["working_time"] if path.exists() else published)
        if got["working_time"] is not None and got["working_time"] < beaten - CLOSER:
            NEW_BESTS.mkdir(exist_ok=True)
            plan = {"instance": cell.instance, "working_time": got["working_time"], "routes": got["routes"]}
            path.write_text(json.dumps(plan) + "\n")
            said.append(f"{cell.instance}: {beaten} -> {got['working_time']:.3f}")
    return said
