"""Trips: who goes where, when, with what, and what came of it (R1, F2)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, state_type
from dispatch.clocks.ddl import show
from dispatch.visits.rules import VisitState

__all__ = ["FieldAction", "Visit", "VisitPart", "VisitState"]


class Visit(Base):
    """One trip by one engineer. An assigned visit always names who goes and when; an unassigned one never does."""

    __tablename__ = "visit"
    __table_args__ = (
        CheckConstraint("skill_level BETWEEN 1 AND 3", name="skill_level"),
        CheckConstraint("duration_s BETWEEN 300 AND 57600", name="duration"),
        CheckConstraint(
            "(state IN ('unassigned', 'declined', 'cancelled')) OR (engineer_id IS NOT NULL)",
            name="assigned_to_someone",
        ),
        CheckConstraint("arrived_at IS NULL OR arrival_received_at IS NOT NULL", name="arrival_both_instants"),
        Index("ix_visit_engineer_state", "engineer_id", "state"),
        Index("ix_visit_state_planned", "state", "planned_start_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_ref: Mapped[str] = mapped_column(unique=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("request.id", ondelete="RESTRICT"), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="RESTRICT"), index=True)
    state: Mapped[VisitState] = mapped_column(state_type(VisitState), default=VisitState.UNASSIGNED)
    skill_code: Mapped[str] = mapped_column(ForeignKey("skill.code", ondelete="RESTRICT"))
    skill_level: Mapped[int]
    duration_s: Mapped[int]
    release_at: Mapped[datetime]
    window_from_at: Mapped[datetime | None]
    window_to_at: Mapped[datetime | None]
    engineer_id: Mapped[int | None] = mapped_column(ForeignKey("engineer.id", ondelete="RESTRICT"))
    planned_start_at: Mapped[datetime | None]
    planned_end_at: Mapped[datetime | None]
    planned_travel_s: Mapped[int | None]
    planned_via: Mapped[str | None]
    pinned: Mapped[bool] = mapped_column(default=False)
    assigned_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    set_off_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    arrival_received_at: Mapped[datetime | None]
    arrival_distance_m: Mapped[int | None]
    arrival_flagged: Mapped[bool] = mapped_column(default=False)
    customer_confirmed_at: Mapped[datetime | None]
    restored_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    signed_at: Mapped[datetime | None]
    cause: Mapped[str] = mapped_column(default="")
    action_taken: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    signer_name: Mapped[str] = mapped_column(default="")
    signature: Mapped[str] = mapped_column(default="")
    report_sha256: Mapped[str] = mapped_column(default="")
    decline_reason: Mapped[str] = mapped_column(default="")
    send_anyway_reason: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)


class VisitPart(Base):
    """A part a visit is expected to need; `part_id` is a part of the catalogue."""

    __tablename__ = "visit_part"
    __table_args__ = (
        UniqueConstraint("visit_id", "part_id"),
        CheckConstraint("qty > 0", name="qty"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id", ondelete="CASCADE"), index=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id", ondelete="RESTRICT"))
    qty: Mapped[int]


class FieldAction(Base):
    """One act on a phone, applied once: its client-made id is stored with its effect (P18-P21)."""

    __tablename__ = "field_action"
    __table_args__ = (UniqueConstraint("device", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    action_id: Mapped[str] = mapped_column(unique=True)
    device: Mapped[str]
    seq: Mapped[int]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id", ondelete="RESTRICT"), index=True)
    kind: Mapped[str]
    body_hash: Mapped[str]
    state: Mapped[str]
    answer: Mapped[str]
    claimed_at: Mapped[datetime]
    received_at: Mapped[datetime]
    flagged: Mapped[bool] = mapped_column(default=False)


show(
    FieldAction.__table__,  # type: ignore[arg-type]
    'CREATE VIEW inspect_action AS SELECT id, device, seq, user_id AS "user", state, claimed_at, received_at '
    "FROM field_action",
)
