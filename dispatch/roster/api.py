"""The door to the roster for the rooms above. Never commits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from dispatch.roster import rules, store
from dispatch.roster.rules import DutyCard

__all__ = ["DutyCard", "duties_in", "on_duty"]


def duties_in(
    session: Session, start: datetime, end: datetime, *, engineer_ids: Iterable[int] | None = None
) -> tuple[DutyCard, ...]:
    """Every shift that shares an instant with [start, end), with its version, by engineer and start."""
    return store.duties(session, start, end, None if engineer_ids is None else sorted(set(engineer_ids)))


def on_duty(session: Session, at: datetime) -> tuple[int, ...]:
    """The engineers whose shift is running at that instant."""
    return rules.on_duty(store.duties(session, at, at + timedelta(seconds=1), None), at)
