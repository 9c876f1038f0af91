"""The hash chain over the audit trail: what one link covers (P28)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import astuple, dataclass

#: What the first link follows.
GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One audit row as it is sealed; `at` is ISO text in UTC, so that both engines seal alike."""

    n: int
    at: str
    actor: str
    action: str
    object: str
    before: str | None
    after: str | None
    address: str


def link(prev_hash: str, entry: Entry) -> str:
    """The hash that seals `entry` behind `prev_hash`."""
    text = json.dumps([prev_hash, *astuple(entry)], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
