"""Rows of messages, attempts and notifications."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db import changed_one
from app.outbox.models import Notification, OutboxAttempt, OutboxMessage
from app.outbox.rules import CUT_OFF_AFTER, Channel, MessageState, Outcome


def add_once(session: Session, message: OutboxMessage) -> bool:
    """Add the message unless its key is known; two who add it at once meet at the unique key."""
    known = session.scalar(select(OutboxMessage.id).where(OutboxMessage.key == message.key))
    if known is not None:
        return False
    try:
        with session.begin_nested():
            session.add(message)
    except IntegrityError:
        return False
    return True


def deliver_in_app(session: Session, message: OutboxMessage, *, at: datetime) -> None:
    """Put the message under its reader's bell; message and notification share one transaction's fate."""
    message.state, message.sent_at, message.attempts = MessageState.SENT, at, 1
    session.add(
        Notification(
            outbox_id=message.id, user_id=int(message.recipient.removeprefix("user:")), subject=message.subject,
            body=message.body, path=message.path, at=at, read_at=None,
        )
    )  # fmt: skip
    session.flush()


def due_ids(session: Session, *, now: datetime, limit: int) -> Sequence[int]:
    """Messages whose time has come, oldest first."""
    return session.scalars(
        select(OutboxMessage.id)
        .where(OutboxMessage.state == MessageState.QUEUED, OutboxMessage.next_at <= now)
        .order_by(OutboxMessage.next_at, OutboxMessage.id)
        .limit(limit)
    ).all()


def claim(session: Session, message_id: int, *, now: datetime) -> OutboxMessage | None:
    """Take one message for sending, or None when another sender was first."""
    taken = (
        update(OutboxMessage)
        .where(OutboxMessage.id == message_id, OutboxMessage.state == MessageState.QUEUED)
        .values(state=MessageState.SENDING, attempts=OutboxMessage.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    if not changed_one(session.execute(taken)):
        return None
    message = session.get_one(OutboxMessage, message_id, populate_existing=True)
    session.add(OutboxAttempt(outbox_id=message.id, started_at=now, outcome=Outcome.RUNNING))
    return message


def running_attempt(session: Session, message_id: int) -> OutboxAttempt | None:
    """The attempt that has no outcome yet."""
    return session.scalar(
        select(OutboxAttempt)
        .where(OutboxAttempt.outbox_id == message_id, OutboxAttempt.outcome == Outcome.RUNNING)
        .order_by(OutboxAttempt.id.desc())
        .limit(1)
    )


def cut_off(session: Session, *, now: datetime) -> Sequence[int]:
    """Messages whose sender never came back to tell."""
    return session.scalars(
        select(OutboxAttempt.outbox_id).where(
            OutboxAttempt.outcome == Outcome.RUNNING, OutboxAttempt.started_at < now - CUT_OFF_AFTER
        )
    ).all()


def unread_count(session: Session, user_id: int) -> int:
    """How many notifications a person has not read."""
    unread = select(func.count()).where(Notification.user_id == user_id, Notification.read_at.is_(None))
    return session.scalar(unread) or 0


def notifications(session: Session, user_id: int, *, limit: int) -> Sequence[Notification]:
    """A person's own notifications, newest first."""
    return session.scalars(
        select(Notification).where(Notification.user_id == user_id).order_by(Notification.id.desc()).limit(limit)
    ).all()


def standing(session: Session, *, limit: int) -> Sequence[OutboxMessage]:
    """Messages that gave up, newest first."""
    return session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.state == MessageState.FAILED, OutboxMessage.channel != Channel.IN_APP)
        .order_by(OutboxMessage.id.desc())
        .limit(limit)
    ).all()
