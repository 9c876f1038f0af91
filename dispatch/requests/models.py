"""What customers asked for (D1)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, state_type
from dispatch.requests.rules import RequestState

__all__ = ["Channel", "Request", "RequestState", "RequestType"]


class RequestType(StrEnum):
    """What kind of thing was asked."""

    FAULT = "fault"
    CONSULTATION = "consultation"
    INSPECTION = "inspection"
    COMPLAINT = "complaint"


class Channel(StrEnum):
    """How the request reached us."""

    PHONE = "phone"
    EMAIL = "email"
    PORTAL = "portal"
    MONITORING = "monitoring"


class Request(Base):
    """One thing a customer asked, with the entitlement that was answered at the report and never recomputed (P8).

    `entitlement_above` keeps, by level, what would be owed if the fault rose (D3); `level_held_reason` is what
    both sides agreed on when it shall not rise.
    """

    __tablename__ = "request"
    __table_args__ = (
        CheckConstraint("fault_level BETWEEN 1 AND 3", name="fault_level"),
        Index("ix_request_state_reported_at", "state", "reported_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_no: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="RESTRICT"), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="RESTRICT"), index=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id", ondelete="RESTRICT"), index=True)
    type: Mapped[RequestType] = mapped_column(state_type(RequestType))
    channel: Mapped[Channel] = mapped_column(state_type(Channel))
    fault_level: Mapped[int]
    state: Mapped[RequestState] = mapped_column(state_type(RequestState), default=RequestState.NEW)
    caller_name: Mapped[str]
    caller_mobile: Mapped[str]
    symptom: Mapped[str]
    reported_at: Mapped[datetime]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    covered: Mapped[bool]
    cover_ref: Mapped[str]
    entitlement: Mapped[str]
    entitlement_above: Mapped[str] = mapped_column(default="{}")
    level_held_reason: Mapped[str | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("request.id", ondelete="RESTRICT"))
    send_allowed_by: Mapped[str | None]
    send_allowed_reason: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
