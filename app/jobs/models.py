"""Background work as rows. The row is the truth; queues outside the database carry only its id (P12, X5)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, state_type
from app.jobs.rules import JobState


class Job(Base):
    """One piece of work; `key` makes the same reason work once. Arguments and answer are JSON text."""

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint("attempts >= 0", name="attempts_are_counted"),
        Index("ix_job_state_next_at", "state", "next_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    args: Mapped[str]
    state: Mapped[JobState] = mapped_column(state_type(JobState))
    attempts: Mapped[int] = mapped_column(default=0)
    queued_at: Mapped[datetime]
    next_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    answer: Mapped[str | None]
    error: Mapped[str] = mapped_column(default="")
