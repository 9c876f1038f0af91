"""Secrets that machines carry, and names for what happens once (P18, P29)."""

from __future__ import annotations

import hashlib
import secrets
import uuid

__all__ = ["new_action_id", "new_token", "token_hash"]


def new_token() -> str:
    """A secret of 256 random bits that fits into an address (P29 asks for 128 or more)."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a token: a reader of the database cannot use it (P29)."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def new_action_id() -> str:
    """A name for one action that nobody else will ever choose (P18)."""
    return str(uuid.uuid4())
