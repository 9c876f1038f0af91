"""Money in whole fen: the only place that multiplies, splits and rounds it (house §6, E6, P7)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import NewType

from app.kernel.errors import InputCode, InvalidInput

__all__ = [
    "HIGHEST_FEN",
    "Fen",
    "format_yuan",
    "half_up",
    "per_days",
    "rmb_capital",
    "share",
    "times",
    "yuan_to_fen",
]

Fen = NewType("Fen", int)
"""An amount in fen, 1/100 yuan."""

HIGHEST_FEN = 10**13
"""The largest amount a field takes: one hundred thousand million yuan."""

_YUAN = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,2}))?")
_DIGITS, _PLACES, _GROUPS = (
    "零壹贰叁肆伍陆柒捌玖",
    ("", "拾", "佰", "仟"),
    ("", "万", "亿", "万"),
)


def yuan_to_fen(value: object, *, field: str, low: int = 0, high: int = HIGHEST_FEN) -> Fen:
    """The amount typed in yuan, "26500" or "26500.5" or "26500.50", as fen; judged as typed.

    Refuses with InvalidInput naming `field`: nothing, signs, spaces, commas, a third decimal, other
    scripts' digits, any number that is not text (a JSON float has lost its cents already). `low` and
    `high` are fen. Source: P7.
    """
    if value is None or value == "":
        raise InvalidInput(field, InputCode.required)
    typed = _YUAN.fullmatch(value) if isinstance(value, str) else None
    if typed is None:
        raise InvalidInput(field, InputCode.not_amount)
    fen = int(typed[1]) * 100 + int((typed[2] or "").ljust(2, "0"))
    if not low <= fen <= high:
        raise InvalidInput(field, InputCode.out_of_range, low=format_yuan(low), high=format_yuan(high))
    return Fen(fen)


def half_up(value: Decimal) -> int:
    """The nearest whole number, a half going away from zero, so that a credit mirrors its charge."""
    return int(value.to_integral_value(rounding=ROUND_HALF_UP))


def times(amount: Fen, factor: Decimal | int) -> Fen:
    """`amount` × `factor` to the fen, half up. A float is refused: 0.1 is not a tenth."""
    if isinstance(factor, float):
        raise TypeError("a rate is a Decimal, never a float")
    return _ratio(amount, *Decimal(factor).as_integer_ratio())


def per_days(full_period_fen: Fen, days: int, days_in_period: int) -> Fen:
    """What `days` of a period cost when the whole period of `days_in_period` costs `full_period_fen` (E6)."""
    if not 0 <= days <= days_in_period or days_in_period < 1:
        raise ValueError("days lie within their period")
    return _ratio(full_period_fen, days, days_in_period)


def share(total: Fen, weights: Sequence[int | Decimal]) -> list[Fen]:
    """`total` split by `weights`, each part half up, the last weighted part absorbing the rounding (E6).

    The parts sum to `total` exactly and none has the other sign; a weight of 0 gets 0. Weights are not
    negative and not all 0.
    """
    if total < 0:
        return [Fen(-part) for part in share(Fen(-total), weights)]
    exact = [Fraction(weight) for weight in weights]
    if any(weight < 0 for weight in exact) or not any(exact):
        raise ValueError("weights are not negative and not all zero")
    whole = sum(exact, Fraction())
    last = max(index for index, weight in enumerate(exact) if weight)
    parts, left = [0] * len(exact), int(total)
    for index, weight in enumerate(exact[:last]):
        # Many halves rounded up together could pass the total, so a part never takes more than what is left.
        parts[index] = min(left, _ratio(total, *(weight / whole).as_integer_ratio()))
        left -= parts[index]
    parts[last] = left
    return [Fen(part) for part in parts]


def format_yuan(fen: int, *, sign: str = "¥") -> str:
    """ "¥26,500.00" for 2650000 fen; a minus stands before the sign."""
    yuan, cents = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{sign}{yuan:,}.{cents:02d}"


def rmb_capital(fen: int) -> str:
    """The amount in Chinese capitals, as a contract writes it: 1001010 → 壹万零壹拾元壹角 (C7).

    A 零 stands for every run of empty places inside the number, also at the head of a group of four;
    整 closes whole yuan only. Refuses 10^16 yuan and more with ValueError. Source: stack.md §8.
    """
    yuan, cents = divmod(abs(fen), 100)
    if yuan >= 10**16:
        raise ValueError("amount too large for capitals")
    whole = _capital_yuan(yuan)
    jiao, rest = divmod(cents, 10)
    text = whole + "元" if whole else ""
    if jiao:
        text += _DIGITS[jiao] + "角"
    elif rest and text:
        text += "零"
    if rest:
        text += _DIGITS[rest] + "分"
    elif not jiao:
        text = (text or "零元") + "整"
    return ("负" if fen < 0 else "") + text


def _capital_yuan(yuan: int) -> str:
    """Whole yuan in capitals without the unit; nothing for 0."""
    text, zero = "", False
    for k in (3, 2, 1, 0):
        group = yuan // 10 ** (4 * k) % 10_000
        for place in (3, 2, 1, 0):
            digit = group // 10**place % 10
            if digit:
                text += ("零" if zero and text else "") + _DIGITS[digit] + _PLACES[place]
            zero = digit == 0 and bool(text)
        # 万亿 needs its 亿 even when the group of 亿 itself is empty.
        if group or (k == 2 and yuan >= 10**12):
            text += _GROUPS[k]
    return text


def _ratio(amount: int, top: int, bottom: int) -> Fen:
    """`amount` × top / bottom in whole fen, half away from zero; exact for every size, unlike Decimal division."""
    product = amount * top
    quotient, rest = divmod(abs(product), bottom)
    rounded = quotient + (2 * rest >= bottom)
    return Fen(rounded if product >= 0 else -rounded)
