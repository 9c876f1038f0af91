"""How a Chinese name is typed in a hurry: 轴承 → zc."""

from __future__ import annotations

from pypinyin import Style, lazy_pinyin


def initials(name: str) -> str:
    """The pinyin initials of `name`, lower case, letters and digits kept, everything else left out."""
    letters = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))
    return "".join(char for char in letters.lower() if char.isascii() and char.isalnum())
