"""What the scheduler leaves behind: its last beat, and jumps of the clock (P11, P13)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class SchedulerBeat(Base):
    """The last whole tick of each host's scheduler; health reads it."""

    __tablename__ = "scheduler_beat"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class ClockJump(Base):
    """Wall and monotonic clock parted between two ticks: nothing fired in that tick."""

    __tablename__ = "clock_jump"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    wall_s: Mapped[int]
    monotonic_s: Mapped[int]
