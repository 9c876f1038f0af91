"""Rows of jobs; every step is a conditional update, so that two workers never hold one job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db import changed_one
from app.jobs.models import Job
from app.jobs.rules import SILENT_AFTER, UNHEARD_AFTER, JobState


def by_key(session: Session, key: str) -> Job | None:
    """The job that was enqueued under `key`."""
    return session.scalar(select(Job).where(Job.key == key))


def claim(session: Session, job_id: int, *, now: datetime) -> Job | None:
    """Take a due job, or None when there is none, or another worker was first."""
    taken = (
        update(Job)
        .where(Job.id == job_id, Job.state == JobState.QUEUED, Job.next_at <= now)
        .values(state=JobState.RUNNING, attempts=Job.attempts + 1, started_at=now, heartbeat_at=now)
        .execution_options(synchronize_session=False)
    )
    if not changed_one(session.execute(taken)):
        return None
    return session.get_one(Job, job_id, populate_existing=True)


def settle(session: Session, job_id: int, *, attempt: int, **values: Any) -> bool:
    """Write what became of an attempt; False when the job was taken from us meanwhile."""
    settled = (
        update(Job)
        .where(Job.id == job_id, Job.state == JobState.RUNNING, Job.attempts == attempt)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return changed_one(session.execute(settled))


def silent(session: Session, *, now: datetime) -> Sequence[Job]:
    """Running jobs whose worker has not been heard of."""
    lost = select(Job).where(Job.state == JobState.RUNNING, Job.heartbeat_at < now - SILENT_AFTER)
    return session.scalars(lost.with_for_update()).all()


def due_ids(session: Session, *, now: datetime, limit: int = 100) -> Sequence[int]:
    """Jobs whose time has come, oldest first."""
    due = select(Job.id).where(Job.state == JobState.QUEUED, Job.next_at <= now)
    return session.scalars(due.order_by(Job.next_at, Job.id).limit(limit)).all()


def unheard_ids(session: Session, *, now: datetime, limit: int = 100) -> Sequence[int]:
    """Due jobs for which the doorbell was rung in vain, or never."""
    return due_ids(session, now=now - UNHEARD_AFTER, limit=limit)
