"""Text as people type it, made safe to keep and easy to find again (P33, P42)."""

from __future__ import annotations

import re
import unicodedata

from app.kernel.errors import InputCode, InvalidInput

__all__ = ["clean_text", "fold_code", "fold_mobile"]

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def clean_text(
    value: object,
    *,
    field: str,
    max_len: int,
    required: bool = True,
    multiline: bool = False,
) -> str:
    """`value` without surrounding blanks, its line ends as \\n; what cannot be kept is refused, not repaired.

    InvalidInput naming `field` for: nothing (when `required`), anything that is no text, more than
    `max_len` characters, NUL and other control characters (line ends and tabs only when `multiline`),
    lone surrogates (neither database stores them). Source: P33, P42.
    """
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise InvalidInput(field, InputCode.not_text)
    # The length is judged first, so that ten megabytes are not walked character by character.
    if len(value) > 2 * max_len + 1000:
        raise InvalidInput(field, InputCode.too_long, max_len=max_len)
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip() if multiline else value.strip()
    allowed = "\n\t" if multiline else ""
    if any(unicodedata.category(char) in ("Cc", "Cs") and char not in allowed for char in text):
        raise InvalidInput(field, InputCode.bad_character)
    if len(text) > max_len:
        raise InvalidInput(field, InputCode.too_long, max_len=max_len)
    if required and not text:
        raise InvalidInput(field, InputCode.required)
    return text


def fold_code(text: str) -> str:
    """`text` with full-width letters, digits and signs made half-width, and no blanks around it.

    For codes, serials and search terms typed with a Chinese keyboard. Case and leading zeros stay:
    '00123' is not '123' (P4).
    """
    return text.translate(_WIDE).strip()


def fold_mobile(text: str) -> str:
    """A telephone number as bare digits, without blanks, dashes, brackets and the Chinese country code."""
    bare = re.sub(r"[\s\-()]", "", fold_code(text))
    return re.sub(r"^(\+86|0086)(?=1[0-9]{10}$)", "", bare)
