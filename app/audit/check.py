"""Proves the chain over the audit trail from the rows alone; on purpose shares no code with the sealer (P28, P48)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import DateTime, bindparam, text
from sqlalchemy.engine import Connection

#: A row that is older than this many later ones should have been sealed long ago.
UNSEALED_AT_MOST = 5000
#: Ticks come every few seconds; a trail left without a seal for longer is no matter of a slow one.
SEALED_WITHIN = timedelta(minutes=10)
NEVER = datetime(1900, 1, 1, tzinfo=UTC)

CHAIN = """
    SELECT s.seq, s.audit_n, s.prev_hash, s.hash, a.n, a.at, a.actor, a.action, a.object, a.before, a.after, a.address
    FROM audit_seal s LEFT JOIN audit a ON a.n = s.audit_n ORDER BY s.seq
"""
LAST_TICK = "SELECT max(at) FROM scheduler_beat"
#: Every tick seals. What was there well before the last one and has no seal was never sealed, or its seal was taken
#: away; the highest number counts too, because a wiped chain has no newest seal to measure from.
UNSEALED = text("""
    SELECT a.n FROM audit a LEFT JOIN audit_seal s ON s.audit_n = a.n
    WHERE s.seq IS NULL AND (a.at < :ticked OR a.n < COALESCE(
        (SELECT max(audit_n) FROM audit_seal), (SELECT max(n) FROM audit)) - :late) ORDER BY a.n
""").bindparams(bindparam("ticked", type_=DateTime(timezone=True)))


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
    ticked = connection.execute(text(LAST_TICK)).scalar()
    before = _moment(ticked) - SEALED_WITHIN if ticked else NEVER
    for (n,) in connection.execute(UNSEALED, {"late": UNSEALED_AT_MOST, "ticked": before}):
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
    return _moment(at).isoformat(timespec="microseconds")


def _moment(at: Any) -> datetime:
    found: datetime = datetime.fromisoformat(at) if isinstance(at, str) else at
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
