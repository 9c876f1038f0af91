"""Opening hours and vans as people type them."""

from __future__ import annotations

import re

from app.kernel.errors import InvalidInput
from inventory.places.rules import Hours

_SPAN = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")


def parse_hours(text: str, *, field: str) -> Hours | None:
    """Seven spans from Monday to Sunday, "08:00-18:00" or "-" for a day off; nothing typed = always open."""
    words = text.replace(",", " ").replace(",", " ").split()
    if not words:
        return None
    if len(words) != 7:
        raise InvalidInput(field, "inventory.bad_hours")
    return tuple(_span(word, field) for word in words)


def _span(word: str, field: str) -> tuple[int, int] | None:
    if word == "-":
        return None
    found = _SPAN.fullmatch(word)
    if found is None:
        raise InvalidInput(field, "inventory.bad_hours")
    opens, closes = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    if not opens < closes <= 1440:
        raise InvalidInput(field, "inventory.bad_hours")
    return opens, closes


def format_hours(hours: Hours | None) -> str:
    """Opening hours as `parse_hours` takes them; '' = always open."""
    if hours is None:
        return ""
    return " ".join(
        "-" if span is None else f"{span[0] // 60:02d}:{span[0] % 60:02d}-{span[1] // 60:02d}:{span[1] % 60:02d}"
        for span in hours
    )
