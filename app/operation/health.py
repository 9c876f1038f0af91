"""Whether the house is well, in numbers (P40, X6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.audit.models import AuditRow, AuditSeal
from app.jobs.models import Job
from app.jobs.rules import JobState
from app.outbox.models import OutboxMessage
from app.outbox.rules import MessageState
from app.scheduler.models import ClockJump, SchedulerBeat

#: A scheduler that has not come round for this long is not running.
LATE_BEAT = timedelta(seconds=60)
JUMP_SHOWN_FOR = timedelta(days=1)


def look(session: Session, *, now: datetime) -> dict[str, Any]:
    """What works and what waits. `ok` is False when the database is away or nothing ticks.

    A service of others that is away is told and does not count: the house goes on without it.
    """
    try:
        return _numbers(session, now=now)
    except SQLAlchemyError:
        session.rollback()
        return {"ok": False, "database": "away"}


def _numbers(session: Session, *, now: datetime) -> dict[str, Any]:
    beat = session.scalar(select(func.max(SchedulerBeat.at)))
    jump = session.scalar(select(func.max(ClockJump.at)).where(ClockJump.at > now - JUMP_SHOWN_FOR))
    waiting = session.scalar(select(func.min(Job.next_at)).where(Job.state == JobState.QUEUED, Job.next_at <= now))
    ticking = beat is not None and now - beat <= LATE_BEAT
    return {
        "ok": ticking,
        "database": "ok",
        "scheduler": "ok" if ticking else "silent",
        "last_tick_at": beat.isoformat() if beat else None,
        "clock_jump_at": jump.isoformat() if jump else None,
        "jobs": {
            "oldest_waiting_s": int((now - waiting).total_seconds()) if waiting else 0,
            "failed": _count(session, Job, Job.state == JobState.FAILED),
        },
        "outbox": {
            "queued": _count(session, OutboxMessage, OutboxMessage.state == MessageState.QUEUED),
            "failed": _count(session, OutboxMessage, OutboxMessage.state == MessageState.FAILED),
        },
        "audit_unsealed": (session.scalar(select(func.max(AuditRow.n))) or 0)
        - (session.scalar(select(func.max(AuditSeal.audit_n))) or 0),
        "services": dict(
            told for look_at in current_app.extensions["slots"].get("health.services", ()) if (told := look_at())
        ),
    }


def _count(session: Session, model: Any, condition: Any) -> int:
    return session.scalar(select(func.count()).select_from(model).where(condition)) or 0
