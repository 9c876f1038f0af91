"""A thousand and five thousand visits on two cores: territories in parallel, a first plan early, memory bounded (R8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bench.cells import Bar
from bench.engine import best
from bench.engine.frame import Asked, Cell, Results, Shown
from bench.engine.sums import gap, instances, markdown, percent, yuan

ENGINE: Final = "engine"
EARLY: Final = 10.0
SECONDS: Final = 60.0
ON_TIME: Final = (98.5, 99.5)  # per cent of 4 h and 12 h commitments
MEMORY_MB: Final = 2048
NEAR: Final = 5.0  # per cent above the best known


def cells(asked: Asked) -> list[Cell]:
    """An early look and the full time, on both cores."""
    names, times = (("fs1000-s1",), (EARLY,)) if asked.short else (("fs1000-s1", "fs5000-s1"), (EARLY, SECONDS))
    return [_cell(name, seconds) for name in names for seconds in times]


def _cell(instance: str, seconds: float) -> Cell:
    words = {"instance": instance, "seconds": seconds, "seed": 1, "workers": 2}
    return Cell("large", instance, ENGINE, seconds, 1, "bench.engine.runs:fs_territories", words, cores=2)


def shown(cells: Sequence[Cell], results: Results) -> Shown:
    """Price, on-time shares, the first complete plan and the memory at each time."""
    rows: list[tuple[object, ...]] = []
    bars: dict[str, Bar] = {}
    for instance in instances(cells):
        lowest = best.known(instance, cells, results)
        for cell in (one for one in cells if one.instance == instance and one.name in results):
            got = results[cell.name]
            above = gap(got["cents"], lowest) if got["feasible"] and lowest else None
            first_s = got["first_plan_s"]
            rows.append(
                (
                    instance,
                    f"{cell.seconds:g} s",
                    yuan([got["cents"]] if got["feasible"] else None),
                    percent(above),
                    got["left_out"],
                    f"{got['on_time_4h']:g} / {got['on_time_12h']:g}",
                    f"{first_s:g} s",
                    f"{got['elapsed_s']:g} s",
                    f"{got['peak_mb']:,} MB",
                )
            )
            if cell.seconds == SECONDS:
                bars |= _bars(instance, got, above)
    head = ("instance", "time", "yuan", "gap %", "left out", "on time 4 h / 12 h, %", "first plan", "took", "memory")
    return Shown((("Large, two cores", markdown(head, rows)),), bars) if rows else Shown()


def _bars(instance: str, got: dict[str, object], above: float | None) -> dict[str, Bar]:
    """The bars of one instance at full time."""
    found = {
        "gap": Bar(round(above if above is not None else 100.0, 2), NEAR, above is not None and above <= NEAR),
        "first_plan_s": Bar(float(str(got["first_plan_s"])), EARLY, float(str(got["first_plan_s"])) < EARLY),
        "on_time_4h": _at_least(got["on_time_4h"], ON_TIME[0]),
        "on_time_12h": _at_least(got["on_time_12h"], ON_TIME[1]),
        "memory_mb": Bar(float(str(got["peak_mb"])), MEMORY_MB, float(str(got["peak_mb"])) < MEMORY_MB),
        "violations": Bar(float(str(got["violations"])), 0, got["violations"] == 0),
    }
    return {f"{instance}_{name}": bar for name, bar in found.items()}


def _at_least(value: object, bar: float) -> Bar:
    share = float(str(value))
    return Bar(share, bar, share >= bar)
