"""Writes the measured tables and bars into docs/engine.md, between its two markers, with the plots that were drawn."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bench.engine.frame import Shown
from bench.engine.sums import markdown

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "engine.md"
BEGIN: Final = "<!-- measured: written by ./run bench engine --report -->"
END: Final = "<!-- end of measured -->"
PLOTS: Final = {
    "rich-over-time.svg": "Price over time, the whole problem",
    "core-over-time.svg": "Price over time, common subset",
    "on-time-by-policy.svg": "Promises kept by policy",
}


def write(shown: Mapping[str, Shown], document: Path = DOCUMENT) -> None:
    """Replaces what stands between the markers; raises ValueError where the document has none."""
    text = document.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{document.name} has no place for the measured tables")
    folder = document.parent / "plots"
    links = "\n".join(f"![{title}](plots/{name})" for name, title in PLOTS.items() if (folder / name).exists())
    document.write_text(f"{before}{BEGIN}\n\n{measured(shown)}\n{links}\n{END}{after}")


def measured(shown: Mapping[str, Shown]) -> str:
    """The bars as one table, then each part's tables under their sentences."""
    bars = [
        (name.replace("_", " "), f"{bar.value:g}", f"{bar.bar:g}", "yes" if bar.met else "**no**")
        for part in shown.values()
        for name, bar in part.bars.items()
    ]
    pieces = [markdown(("bar", "measured", "asked", "met"), bars)]
    pieces += [f"**{title}**\n\n{table}" for part in shown.values() for title, table in part.tables]
    return "\n\n".join(pieces) + "\n"
