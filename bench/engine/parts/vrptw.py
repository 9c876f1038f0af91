"""Solomon 20 s and Gehring–Homberger 60 s: a sanity row, since our visits are not deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.cells import Bar
from bench.engine import vrptw
from bench.engine.frame import Asked, Cell, Results, Shown
from bench.engine.runs import PEERS
from bench.engine.sums import gap, markdown, percent

ENGINE: Final = "engine"
RIVAL: Final = "PyVRP"
METHODS: Final = (ENGINE, "PyVRP", "OR-Tools PCI", "VROOM x5")
SMALL: Final = 100
GROUPS: Final = ((100, 0.0), (200, 0.2), (400, 0.2), (1000, 0.0))  # customers; points PyVRP may be ahead


def cells(asked: Asked) -> list[Cell]:
    """Every method on the small instances of the folder, the engine and PyVRP on all, in turn; nothing without a folder."""
    if asked.instances is None or not (asked.instances / "vrptw").is_dir():
        return []
    folder = asked.instances / "vrptw"
    names = sorted(path.stem for path in folder.glob("*.txt"))
    if asked.short:
        names = [name for name in names if customers(name) == SMALL][:2]
    return [
        _cell(folder, name, method, asked.short)
        for name in names
        for method in (METHODS if customers(name) == SMALL else (ENGINE, RIVAL))
    ]


def customers(name: str) -> int:
    """How many an instance has, by its name: R101 has 100, R1_2_1 has 200."""
    return 100 * int(name.split("_")[1]) if "_" in name else SMALL


def _cell(folder: Path, instance: str, method: str, short: bool) -> Cell:
    seconds = 3.0 if short else 20.0 if customers(instance) == SMALL else 60.0
    words = {"folder": str(folder), "instance": instance, "seconds": seconds, "seed": 1}
    if method in PEERS:
        return Cell("vrptw", instance, method, seconds, 1, "bench.engine.runs:vrptw_peer", {**words, "peer": method})
    return Cell("vrptw", instance, method, seconds, 1, "bench.engine.runs:vrptw_engine", words)


def shown(cells: Sequence[Cell], results: Results) -> Shown:
    """The gap to the best known distance, and the mean by size beside PyVRP's of the same run."""
    if not cells:
        return Shown()
    best = vrptw.best_known(Path(cells[0].words["folder"]))
    gaps: dict[str, dict[str, float | None]] = {}
    for cell in cells:
        if (result := results.get(cell.name)) is not None:
            went = result["distance"]
            gaps.setdefault(cell.instance, {})[cell.method] = None if went is None else gap(went, best[cell.instance])
    rows: list[tuple[object, ...]] = [
        (name, *(percent(of.get(method)) for method in METHODS)) for name, of in gaps.items()
    ]
    bars: dict[str, Bar] = {}
    for size, allowed in GROUPS:
        both = [of for name, of in gaps.items() if customers(name) == size and {ENGINE, RIVAL} <= of.keys()]
        means = {method: _mean([of.get(method) for of in both]) for method in METHODS}
        if not both:
            continue
        rows.append((f"mean of {size}", *(percent(means[method]) for method in METHODS)))
        ours, theirs = means[ENGINE], means[RIVAL]
        if theirs is not None:
            value = 100.0 if ours is None else round(ours, 2)
            bars[f"vrptw_{size}_mean_gap"] = Bar(value, round(theirs + allowed, 2), value <= round(theirs + allowed, 2))
    title = "VRPTW, one core, 20 s (100 customers) or 60 s: gap to the best known distance in %"
    return Shown(((title, markdown(("instance", *METHODS), rows)),), bars)


def _mean(gaps: Sequence[float | None]) -> float | None:
    """The mean; None where a plan is missing or breaks a rule."""
    known = [one for one in gaps if one is not None]
    return sum(known) / len(known) if known and len(known) == len(gaps) else None
