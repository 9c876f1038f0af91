"""The lowest price known for each fsbench instance: the kept file, and whatever the cells have found below it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from bench.engine import fs
from bench.engine.frame import Cell, Result, Results

FILE: Final = fs.FOLDER / "best-known.json"


def known(instance: str, cells: Iterable[Cell] = (), results: Results | None = None) -> int | None:
    """The lowest price of the instance in cents that any run has seen; None where nobody has looked yet."""
    kept = json.loads(FILE.read_text()).get(instance, {}).get("seen")
    found = _found(instance, cells, results or {})
    prices = [cents for cents in (kept, found["cents"] if found else None) if cents is not None]
    return min(prices, default=None)


def update(cells: Iterable[Cell], results: Results) -> list[str]:
    """Lowers the file and stores the plans that are cheaper; what was lowered, in words."""
    listed: dict[str, Any] = json.loads(FILE.read_text())
    said: list[str] = []
    for instance in dict.fromkeys(cell.instance for cell in cells):
        found = _found(instance, cells, results)
        if found is None:
            continue
        kept = listed.setdefault(instance, {})
        if found["cents"] < kept.get("seen", 2**62):
            said.append(f"{instance}: {kept.get('seen', 'nothing')} -> {found['cents']}")
            kept["seen"] = found["cents"]
        if found["cents"] < kept.get("plan", 2**62):
            kept["plan"] = found["cents"]
            plan = json.dumps(found["plan"], separators=(",", ":"))
            (fs.FOLDER / "best" / f"{instance}.plan.json").write_text(plan + "\n")
    FILE.write_text(_written(listed))
    return said


def _found(instance: str, cells: Iterable[Cell], results: Results) -> Result | None:
    """The cheapest feasible plan among the cells of this instance."""
    plans = [
        result
        for cell in cells
        if cell.instance == instance
        and (result := results.get(cell.name))
        and result.get("feasible")
        and "plan" in result
    ]
    return min(plans, key=lambda result: result["cents"], default=None)


def _written(listed: dict[str, Any]) -> str:
    """One instance a line, as the file came."""
    lines = (f" {json.dumps(name)}: {json.dumps(value)}" for name, value in listed.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"
