"""Messages as rows, the only copy until they have left; and what people read inside the house (P12)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app import ddl
from app.db import Base, state_type
from app.outbox.rules import Channel, MessageState, Outcome


class OutboxMessage(Base):
    """One message on one channel to one recipient; `key` makes the same reason speak once."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("attempts >= 0 AND unclear >= 0 AND unclear <= attempts", name="counts_are_sane"),
        Index("ix_outbox_state_next_at", "state", "next_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str] = mapped_column(unique=True)
    channel: Mapped[Channel] = mapped_column(state_type(Channel))
    recipient: Mapped[str]
    about: Mapped[str]
    path: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    state: Mapped[MessageState] = mapped_column(state_type(MessageState))
    attempts: Mapped[int] = mapped_column(default=0)
    unclear: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(default="")


class OutboxAttempt(Base):
    """One try to send, written down before it is made."""

    __tablename__ = "outbox_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    outbox_id: Mapped[int] = mapped_column(ForeignKey("outbox.id", ondelete="RESTRICT"), index=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[Outcome] = mapped_column(state_type(Outcome))
    answer: Mapped[str] = mapped_column(default="")


class Notification(Base):
    """What one person finds under the bell; one for one message."""

    __tablename__ = "notification"
    __table_args__ = (Index("ix_notification_user_id_read_at", "user_id", "read_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    outbox_id: Mapped[int] = mapped_column(ForeignKey("outbox.id", ondelete="RESTRICT"), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    subject: Mapped[str]
    body: Mapped[str]
    path: Mapped[str]
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]


ddl.view(
    OutboxMessage,
    "inspect_outbox",
    "SELECT id, channel, about AS ref, attempts, state FROM outbox",
)
