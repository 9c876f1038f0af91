"""Numbers that people see: V-000123, MC-2026-014. Without a gap inside one transaction's fate, never twice."""

from __future__ import annotations

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.numbers.models import NumberSeries


def next_no(session: Session, prefix: str, *, width: int = 6) -> str:
    """The next number of a series, e.g. 'V-000123'. Held until the transaction ends, so two never meet."""
    take = (
        update(NumberSeries)
        .where(NumberSeries.prefix == prefix)
        .values(last=NumberSeries.last + 1)
        .returning(NumberSeries.last)
    )
    last = session.scalar(take)
    if last is None:
        try:
            with session.begin_nested():
                session.execute(insert(NumberSeries).values(prefix=prefix, last=0))
        except IntegrityError:  # Somebody opened the series in this very moment: take the next from it.
            pass
        last = session.scalar(take)
    assert last is not None
    return f"{prefix}-{last:0{width}d}"
