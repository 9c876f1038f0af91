"""Numbers that people read, and secrets that machines carry (house §6, P18, P29)."""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from typing import NewType

__all__ = [
    "UserId",
    "new_action_id",
    "new_token",
    "number_in",
    "token_hash",
    "visible_no",
]

UserId = NewType("UserId", int)
"""Who did it; on every floor, therefore here."""


def visible_no(prefix: str, number: int) -> str:
    """The number people see and say: ("V", 123) → "V-000123"; longer numbers keep all their digits."""
    if number < 1:
        raise ValueError("visible numbers start at 1")
    return f"{prefix}-{number:06d}"


def number_in(text: str, prefix: str) -> int | None:
    """The number inside "V-000123", or None when `text` is not one of ours, letter for letter."""
    found = re.fullmatch(r"([A-Z]+)-([0-9]{6,18})", text)
    if found is None or found[1] != prefix:
        return None
    number = int(found[2])
    return number if number >= 1 and visible_no(prefix, number) == text else None


def new_token() -> str:
    """A secret of 256 random bits that fits into an address (P29 asks for 128 or more)."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a token: a reader of the database cannot use it (P29)."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def new_action_id() -> str:
    """A name for one action that nobody else will ever choose (P18)."""
    return str(uuid.uuid4())
