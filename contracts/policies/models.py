"""Service policies, edition by edition; no row of an edition is ever changed (C3, P15)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, state_type
from contracts.frozen import append_only
from contracts.policies.rules import ClockKind, PauseReason


class ServicePolicy(Base):
    """One edition of a policy; contracts point at the edition they were signed with."""

    __tablename__ = "service_policy"
    __table_args__ = (
        UniqueConstraint("code", "edition"),
        CheckConstraint("edition >= 1", name="editions_count_from_one"),
        CheckConstraint("yearly_rate_bp BETWEEN 0 AND 10000", name="yearly_rate_is_a_share"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    edition: Mapped[int]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    hours_code: Mapped[str]
    includes_labour: Mapped[bool]
    includes_travel: Mapped[bool]
    includes_parts: Mapped[bool]
    includes_loaner: Mapped[bool]
    inspections_a_year: Mapped[int]
    upkeep_visits_a_year: Mapped[int]
    follow_ups_a_month: Mapped[int]
    yearly_rate_bp: Mapped[int]
    created_at: Mapped[datetime]


class PolicyLimit(Base):
    """One promised time of an edition."""

    __tablename__ = "policy_limit"
    __table_args__ = (
        UniqueConstraint("policy_id", "request_type", "level", "kind"),
        CheckConstraint("limit_s > 0", name="limit_is_positive"),
        CheckConstraint("level BETWEEN 0 AND 3", name="level_exists"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    policy_id: Mapped[int] = mapped_column(ForeignKey("service_policy.id", ondelete="RESTRICT"))
    request_type: Mapped[str]
    level: Mapped[int]
    kind: Mapped[ClockKind] = mapped_column(state_type(ClockKind))
    limit_s: Mapped[int]


class PolicyPause(Base):
    """A reason that stops a clock of an edition."""

    __tablename__ = "policy_pause"
    __table_args__ = (UniqueConstraint("policy_id", "kind", "reason"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    policy_id: Mapped[int] = mapped_column(ForeignKey("service_policy.id", ondelete="RESTRICT"))
    kind: Mapped[ClockKind] = mapped_column(state_type(ClockKind))
    reason: Mapped[PauseReason] = mapped_column(state_type(PauseReason))


for _table in (ServicePolicy, PolicyLimit, PolicyPause):
    append_only(_table, because="tr_policy_edition_is_frozen")
