"""Commitment clocks as rows: what was promised, what happened, which warning was given (D2, P8-P11)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, state_type
from dispatch.clocks import ddl


class ClockEventKind(StrEnum):
    """What may happen to the clocks of a request."""

    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    LIMIT_CHANGED = "limit_changed"
    APPOINTMENT = "appointment"
    STOPPED = "stopped"
    STOP_REVERSED = "stop_reversed"
    WAIVED = "waived"
    LEVEL_CHANGED = "level_changed"


class ClockRowState(StrEnum):
    """The state last written down; 'at risk' and 'breached' are also computed from the instant (mission D2)."""

    RUNNING = "running"
    AT_RISK = "at_risk"
    PAUSED = "paused"
    BREACHED = "breached"
    MET = "met"
    MET_LATE = "met_late"
    WAIVED = "waived"


class CommitmentClock(Base):
    """One running promise. Its due instant is stored with the terms it came from and moved by events only (P8, P9).

    While the clock is paused `due_at` keeps what it was before; the state says that it does not count.
    `superseded_at` is when a level change opened other clocks beside it; `next_step_at` when the next warning
    falls due, empty when none will. `calendar_version` is the one the due instant was counted with.
    """

    __tablename__ = "commitment_clock"
    __table_args__ = (
        UniqueConstraint("request_id", "kind", "level", "started_at"),
        CheckConstraint("limit_s > 0", name="limit"),
        CheckConstraint("level BETWEEN 1 AND 3", name="level"),
        CheckConstraint("paused_s >= 0", name="paused"),
        Index("ix_commitment_clock_open_due", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("request.id", ondelete="RESTRICT"), index=True)
    kind: Mapped[str]
    level: Mapped[int]
    started_at: Mapped[datetime]
    limit_s: Mapped[int]
    hours_code: Mapped[str]
    zone: Mapped[str]
    calendar_version: Mapped[int]
    due_at: Mapped[datetime]
    at_risk_at: Mapped[datetime]
    provisional: Mapped[bool] = mapped_column(default=False)
    paused_s: Mapped[int] = mapped_column(default=0)
    state: Mapped[ClockRowState] = mapped_column(state_type(ClockRowState), default=ClockRowState.RUNNING)
    stopped_at: Mapped[datetime | None]
    superseded_at: Mapped[datetime | None]
    next_step_at: Mapped[datetime | None] = mapped_column(index=True)
    cover_ref: Mapped[str]
    contract_version_id: Mapped[int | None] = mapped_column(ForeignKey("contract_version.id", ondelete="RESTRICT"))
    terms: Mapped[str]


class ClockEvent(Base):
    """What happened, in order; append-only. Pauses belong to the request: their `clock_id` is empty."""

    __tablename__ = "clock_event"
    __table_args__ = (UniqueConstraint("request_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("request.id", ondelete="RESTRICT"), index=True)
    clock_id: Mapped[int | None] = mapped_column(ForeignKey("commitment_clock.id", ondelete="RESTRICT"))
    seq: Mapped[int]
    kind: Mapped[ClockEventKind] = mapped_column(state_type(ClockEventKind))
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    by: Mapped[str]
    data: Mapped[str] = mapped_column(default="{}")


class ClockStep(Base):
    """A warning that was given, exactly once: 50, 75 or 100 per cent of a clock (D3, P10)."""

    __tablename__ = "clock_step"
    __table_args__ = (UniqueConstraint("clock_id", "step"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    clock_id: Mapped[int] = mapped_column(ForeignKey("commitment_clock.id", ondelete="RESTRICT"))
    step: Mapped[int]
    due_at: Mapped[datetime]
    fired_at: Mapped[datetime]


ddl.guard_events(ClockEvent.__table__)  # type: ignore[arg-type]
ddl.show(CommitmentClock.__table__, ddl.INSPECT_CLOCK)  # type: ignore[arg-type]
ddl.show(ClockStep.__table__, ddl.INSPECT_ESCALATION)  # type: ignore[arg-type]
