"""The letters a name is found by when typed in a hurry: 市第一医院 → sdyyy."""

from __future__ import annotations

from pypinyin import Style, lazy_pinyin


def initials(name: str) -> str:
    """Pinyin initials, and the ASCII letters and digits of `name`, lower case; written once, when the name is."""
    found = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))
    return "".join(letter for letter in found if letter.isascii() and letter.isalnum()).lower()
