"""Shifts as rows ↔ as rules want them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.db import Stale, changed_one
from dispatch.people.errors import MissingEngineer
from dispatch.people.models import Engineer
from dispatch.roster.errors import DutyOverlaps, MissingDuty
from dispatch.roster.models import Duty, DutyKind
from dispatch.roster.rules import DutyCard, Shift, overlapping


def card(row: Duty) -> DutyCard:
    """The row as plain data."""
    return DutyCard(
        row.id, row.engineer_id, str(row.kind), row.starts_at, row.ends_at, row.break_from_at, row.break_latest_at,
        row.break_minutes, row.max_overtime_minutes, row.version,
    )  # fmt: skip


def duties(session: Session, start: datetime, end: datetime, engineer_ids: list[int] | None) -> tuple[DutyCard, ...]:
    """Every shift that shares an instant with [start, end), by engineer and start."""
    wanted = select(Duty).where(Duty.starts_at < end, Duty.ends_at > start)
    if engineer_ids is not None:
        wanted = wanted.where(Duty.engineer_id.in_(engineer_ids))
    return tuple(card(row) for row in session.scalars(wanted.order_by(Duty.engineer_id, Duty.starts_at)))


def lock_engineer(session: Session, engineer_id: int) -> Engineer:
    """The engineer's row, held: two shifts of one engineer are written one after the other."""
    row = session.get(Engineer, engineer_id, with_for_update=True)
    if row is None:
        raise MissingEngineer()
    return row


def refuse_overlap(session: Session, engineer_id: int, shift: Shift, *, but: int | None = None) -> None:
    """Raises DutyOverlaps naming the shift that is in the way."""
    near = duties(session, shift.starts_at, shift.ends_at, [engineer_id])
    if (other := overlapping(shift, near, but=but)) is not None:
        raise DutyOverlaps(start=other.starts_at, end=other.ends_at)


def columns(shift: Shift) -> dict[str, object]:
    """What a shift's row says."""
    return {
        "kind": DutyKind(shift.kind),
        "starts_at": shift.starts_at,
        "ends_at": shift.ends_at,
        "break_from_at": shift.break_from_at,
        "break_latest_at": shift.break_latest_at,
        "break_minutes": shift.break_minutes,
        "max_overtime_minutes": shift.max_overtime_minutes,
    }


def get(session: Session, duty_id: int) -> Duty:
    """The shift's row; raises MissingDuty."""
    row = session.get(Duty, duty_id)
    if row is None:
        raise MissingDuty()
    return row


def change(session: Session, duty_id: int, shift: Shift, *, seen_version: int) -> None:
    """Write the shift anew if nobody was first; else Stale (P14)."""
    written = session.execute(
        update(Duty)
        .where(Duty.id == duty_id, Duty.version == seen_version)
        .values(version=seen_version + 1, **columns(shift))
    )
    if not changed_one(written):
        raise Stale(seen=seen_version, found=get(session, duty_id).version)


def remove(session: Session, duty_id: int, *, seen_version: int) -> None:
    """The shift is gone if nobody was first; else Stale (P14)."""
    gone = session.execute(delete(Duty).where(Duty.id == duty_id, Duty.version == seen_version))
    if not changed_one(gone):
        raise Stale(seen=seen_version, found=get(session, duty_id).version)
