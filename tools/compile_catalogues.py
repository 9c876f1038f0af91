"""Compiles the message catalogues named on the command line: run by the runner inside the virtual environment."""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_catalogue(source: Path) -> None:
    """`source`'s `.mo` stands beside it; a catalogue with a syntax error is refused by name and line."""
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parent.parent.name, abort_invalid=True)
    target = source.with_suffix(".mo")
    fresh = target.with_suffix(".mo.new")
    with fresh.open("wb") as out:
        write_mo(out, catalogue)
    fresh.replace(target)


for name in sys.argv[1:]:
    compile_catalogue(Path(name))
