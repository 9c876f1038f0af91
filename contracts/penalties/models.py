"""Facts about commitments, and the penalties booked from them, once per clock (P17)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, state_type
from contracts.frozen import append_only
from contracts.policies.rules import ClockKind


class CommitmentFact(Base):
    """A commitment and when it was kept, as the desk handed it down. `clock_ref` and `request_ref` are opaque."""

    __tablename__ = "commitment_fact"
    __table_args__ = (
        CheckConstraint("late_s >= 0", name="late_is_not_negative"),
        Index("ix_commitment_fact_version_id", "version_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    clock_ref: Mapped[str] = mapped_column(unique=True)
    request_ref: Mapped[str] = mapped_column(index=True)
    version_id: Mapped[int | None] = mapped_column(ForeignKey("contract_version.id", ondelete="RESTRICT"))
    clock_kind: Mapped[ClockKind] = mapped_column(state_type(ClockKind))
    due_at: Mapped[datetime]
    met_at: Mapped[datetime]
    late_s: Mapped[int]
    recorded_at: Mapped[datetime]


class Penalty(Base):
    """What one late commitment costs us, with everything needed to work it out again (P17)."""

    __tablename__ = "penalty"
    __table_args__ = (
        CheckConstraint("booked_fen >= 0 AND booked_fen <= uncapped_fen", name="booked_within_the_clause"),
        CheckConstraint("already_fen >= 0", name="already_is_not_negative"),
        Index("ix_penalty_contract_id_period_key", "contract_id", "period_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    clock_ref: Mapped[str] = mapped_column(ForeignKey("commitment_fact.clock_ref", ondelete="RESTRICT"), unique=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id", ondelete="RESTRICT"))
    version_id: Mapped[int] = mapped_column(ForeignKey("contract_version.id", ondelete="RESTRICT"))
    period_key: Mapped[str]
    late_s: Mapped[int]
    uncapped_fen: Mapped[int]
    already_fen: Mapped[int]
    booked_fen: Mapped[int]
    clause: Mapped[str]
    rule_version: Mapped[int]
    booked_at: Mapped[datetime]


append_only(CommitmentFact, because="tr_fact_is_append_only")
append_only(Penalty, because="tr_penalty_is_append_only")
