"""Proves the chain over the audit trail from the rows alone; on purpose shares no code with the sealer (P28, P48)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection

#: A row that is older than this many later ones should have been sealed long ago.
UNSEALED_AT_MOST = 5000

CHAIN = """
    SELECT s.seq, s.audit_n, s.prev_hash, s.hash, a.n, a.at, a.actor, a.action, a.object, a.before, a.after, a.address
    FROM audit_seal s LEFT JOIN audit a ON a.n = s.audit_n ORDER BY s.seq
"""
UNSEALED = """
    SELECT a.n FROM audit a LEFT JOIN audit_seal s ON s.audit_n = a.n
    WHERE s.seq IS NULL AND a.n < (SELECT max(audit_n) FROM audit_seal) - :late ORDER BY a.n
"""


def broken_links(connection: Connection, *, head: str | None = None) -> Iterator[str]:
    """What is wrong with the chain, the first bad row named; nothing when it is whole.

    `head` is a hash copied earlier (into a backup or an export): it must still be in the chain, which shows a
    tail that was cut off.
    """
    expected, seen_head = "0" * 64, head is None or head == "0" * 64
    for row in connection.execute(text(CHAIN).execution_options(stream_results=True)).mappings():
        fault = _fault(row, expected)
        if fault:
            yield fault
            return
        expected = row["hash"]
        seen_head = seen_head or expected == head
    if not seen_head:
        yield f"audit_seal: the chain was cut off, its copied head {str(head)[:12]}… is gone"
    for (n,) in connection.execute(text(UNSEALED), {"late": UNSEALED_AT_MOST}):
        yield f"audit n={n}: never sealed"


def _fault(row: Any, expected: str) -> str:
    if row["n"] is None:
        return f"audit n={row['audit_n']}: sealed as seq={row['seq']}, but the row is gone"
    if row["prev_hash"] != expected:
        return f"audit n={row['n']}: link seq={row['seq']} does not follow the one before it"
    if row["hash"] != _hash(expected, row):
        return f"audit n={row['n']}: its content is not what was sealed as seq={row['seq']}"
    return ""


def _hash(previous: str, row: Any) -> str:
    covered = [
        previous, row["n"], _instant(row["at"]), row["actor"], row["action"], row["object"], row["before"],
        row["after"], row["address"],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(covered, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _instant(at: Any) -> str:
    found = datetime.fromisoformat(at) if isinstance(at, str) else at
    return (found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)).isoformat(
        timespec="microseconds"
    )
