"""What every benchmark shares: each cell is a file, a run resumes where it stopped, one JSON line ends it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Bar:
    """What was asked and what was seen."""

    value: float
    bar: float
    met: bool


def cell(bench: str, name: str, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The result kept under `name`, measured now only if it is not there yet."""
    path = RESULTS / bench / f"{name}.json"
    if path.exists():
        kept: dict[str, Any] = json.loads(path.read_text())
        return kept
    result = measure()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    return result


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A plain table for people, columns aligned to the right but the first."""
    cells = [list(map(str, head)), *[list(map(str, row)) for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    lines = []
    for row in cells:
        first, *rest = [
            text.ljust(w) if n == 0 else text.rjust(w) for n, (text, w) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join([first, *rest]))
    return "\n".join(lines)


def closing_line(bench: str, bars: Mapping[str, Bar]) -> str:
    """The last line of every benchmark, for machines."""
    said = {name: {"value": bar.value, "bar": bar.bar, "met": bar.met} for name, bar in bars.items()}
    return json.dumps({"bench": bench, "bars": said}, ensure_ascii=False)
