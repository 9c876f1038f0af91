"""The one sealer: links committed audit rows into a chain, so that writers never queue for its head (P28)."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit.models import AuditRow, AuditSeal
from app.audit.rules import GENESIS, Entry, link
from app.db import transaction, use_case

ROWS_AT_ONCE = 500
#: A row may become visible after later numbers were sealed, but never this many later; older ones are not searched.
LATE_BY_AT_MOST = 5000


def seal_committed(now: datetime) -> int:
    """Seal every committed row that has no seal yet and say how many. Runs at each tick.

    Rows are linked in the order in which they are found, not by `n`: on PostgreSQL a row with a lower
    number may become visible later. Two sealers at once meet at unique(prev_hash); the second leaves.
    """
    sealed = 0
    while True:
        try:
            done = _seal_some()
        except IntegrityError:
            return sealed
        sealed += done
        if done < ROWS_AT_ONCE:
            return sealed


@use_case
def _seal_some() -> int:
    with transaction() as session:
        newest = session.scalar(select(func.max(AuditSeal.audit_n))) or 0
        rows = session.scalars(
            select(AuditRow)
            .outerjoin(AuditSeal, AuditSeal.audit_n == AuditRow.n)
            .where(AuditSeal.seq.is_(None), AuditRow.n > newest - LATE_BY_AT_MOST)
            .order_by(AuditRow.n)
            .limit(ROWS_AT_ONCE)
        ).all()
        if not rows:
            return 0
        head = head_hash(session)
        for row in rows:
            following = link(head, entry_of(row))
            session.add(AuditSeal(audit_n=row.n, prev_hash=head, hash=following))
            session.flush()  # One by one: the order of `seq` is the order of the chain.
            head = following
        return len(rows)


def head_hash(session: Session) -> str:
    """The hash of the newest link; it is copied into each backup and export."""
    return session.scalar(select(AuditSeal.hash).order_by(AuditSeal.seq.desc()).limit(1)) or GENESIS


def entry_of(row: AuditRow) -> Entry:
    """The row as it is sealed."""
    at = row.at.astimezone(UTC).isoformat(timespec="microseconds")
    return Entry(row.n, at, row.actor, row.action, row.object, row.before, row.after, row.address)
