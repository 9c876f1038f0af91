"""Whole numbers: the one parser for forms, JSON, import, scan and sync (P7)."""

from __future__ import annotations

import re
from typing import NewType

from app.kernel.errors import InputCode, InvalidInput

__all__ = ["HIGHEST_QTY", "Qty", "qty", "whole_number"]

Qty = NewType("Qty", int)
"""A quantity in the part's smallest stocking unit."""

HIGHEST_QTY = 1_000_000
_DIGITS = re.compile(r"[0-9]{1,19}")


def whole_number(value: object, *, field: str, low: int = 1, high: int = HIGHEST_QTY) -> int:
    """The whole number that `value` says, as text of ASCII digits or as a true int; judged as typed.

    Refuses with InvalidInput naming `field`: nothing, signs, spaces, points, exponents, underscores,
    digits of other scripts, booleans, floats (1.0 too), and whatever lies outside `low`..`high`. A sign is
    never text of digits, so a negative `low` is reachable only by a true int. Source: P7.
    """
    if value is None or value == "":
        raise InvalidInput(field, InputCode.required)
    if isinstance(value, str):
        # Python's int() takes ' 7 ', '+5', '1_000' and Arabic digits, hence the pattern; \d would take them too.
        if not _DIGITS.fullmatch(value):
            long_number = len(value) > 19 and value.isascii() and value.isdigit()
            if long_number:
                raise InvalidInput(field, InputCode.out_of_range, low=low, high=high)
            raise InvalidInput(field, InputCode.not_whole_number)
        number = int(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        number = value
    else:
        raise InvalidInput(field, InputCode.not_whole_number)
    if not low <= number <= high:
        raise InvalidInput(field, InputCode.out_of_range, low=low, high=high)
    return number


def qty(value: object, *, field: str = "qty", low: int = 1, high: int = HIGHEST_QTY) -> Qty:
    """A quantity of 1 to 1,000,000 stocking units, or InvalidInput naming `field` (P7)."""
    return Qty(whole_number(value, field=field, low=low, high=high))
