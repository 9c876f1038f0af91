"""Signatures: strokes on a pad of 600 × 200, kept as numbers and drawn as an SVG path, never as markup (P33)."""

from __future__ import annotations

import json
from collections.abc import Sequence

from app.kernel.errors import InvalidInput

__all__ = ["HEIGHT", "WIDTH", "Strokes", "parse_strokes", "svg_path", "to_text"]

WIDTH, HEIGHT = 600, 200
MAX_STROKES, MAX_NUMBERS, MAX_TEXT = 200, 12_000, 90_000
SHORTEST = 6
"""Numbers, three points: less is a slip of the thumb."""

#: Each stroke is x, y, x, y … in whole units of the pad.
Strokes = tuple[tuple[int, ...], ...]


def parse_strokes(text: object, *, field: str = "strokes") -> Strokes:
    """The strokes in `text`, a JSON list of lists of whole numbers. InvalidInput for anything else."""
    if text is None or text == "":
        raise InvalidInput(field, "field.signature_too_short")
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        raise InvalidInput(field, "field.not_a_signature")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidInput(field, "field.not_a_signature") from None
    if not isinstance(found, list) or len(found) > MAX_STROKES or not all(_is_stroke(stroke) for stroke in found):
        raise InvalidInput(field, "field.not_a_signature")
    total = sum(len(stroke) for stroke in found)
    if total > MAX_NUMBERS:
        raise InvalidInput(field, "field.not_a_signature")
    if total < SHORTEST:
        raise InvalidInput(field, "field.signature_too_short")
    return tuple(tuple(stroke) for stroke in found)


def _is_stroke(stroke: object) -> bool:
    if not isinstance(stroke, list) or not stroke or len(stroke) % 2:
        return False
    return all(
        type(number) is int and 0 <= number <= (HEIGHT if index % 2 else WIDTH) for index, number in enumerate(stroke)
    )


def to_text(strokes: Strokes) -> str:
    """How strokes are stored."""
    return json.dumps(strokes, separators=(",", ":"))


def svg_path(strokes: Sequence[Sequence[int]]) -> str:
    """The strokes as the `d` of an SVG path: only letters M, L, whole numbers and blanks."""
    return " ".join(_stroke_path(stroke) for stroke in strokes)


def _stroke_path(stroke: Sequence[int]) -> str:
    points = [f"{int(x)} {int(y)}" for x, y in zip(stroke[::2], stroke[1::2], strict=True)]
    # A dot is drawn as a line of no length; round caps make it visible.
    return "M" + " L".join(points if len(points) > 1 else [points[0], points[0]])
