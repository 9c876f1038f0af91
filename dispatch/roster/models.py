"""Who is on duty when (D12, R1)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, state_type


class DutyKind(StrEnum):
    """A regular shift, or standing by at home for a price."""

    REGULAR = "regular"
    ON_CALL = "on_call"


class Duty(Base):
    """One shift of one engineer; the break may begin between two instants and lasts `break_minutes`."""

    __tablename__ = "duty"
    __table_args__ = (
        UniqueConstraint("engineer_id", "starts_at"),
        CheckConstraint("ends_at > starts_at", name="ends_after_it_starts"),
        CheckConstraint("max_overtime_minutes BETWEEN 0 AND 480", name="overtime"),
        CheckConstraint("break_minutes BETWEEN 0 AND 240", name="break"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    engineer_id: Mapped[int] = mapped_column(ForeignKey("engineer.id", ondelete="CASCADE"), index=True)
    kind: Mapped[DutyKind] = mapped_column(state_type(DutyKind), default=DutyKind.REGULAR)
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    break_from_at: Mapped[datetime | None]
    break_latest_at: Mapped[datetime | None]
    break_minutes: Mapped[int] = mapped_column(default=0)
    max_overtime_minutes: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
