"""Sending what is queued, each step in its own transaction; reading what arrived in the house (P12)."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from datetime import datetime

from flask import current_app
from sqlalchemy import update

from app.audit import api as audit
from app.auth.actor import Actor
from app.db import changed_one, db, transaction, use_case
from app.outbox import store
from app.outbox.channels import Outgoing, Refused, Sender, Unclear
from app.outbox.errors import MissingMessage
from app.outbox.models import Notification, OutboxMessage
from app.outbox.rules import Channel, MessageState, Outcome, after

log = logging.getLogger(__name__)

#: A tick never sends longer than this, so that a slow gateway cannot make an escalation late (P11).
SECONDS_PER_TICK = 8.0
MOST_PER_TICK = 200


def send_due(now: datetime) -> int:
    """Send what is due, one message after the other, and say how many left. Runs at each tick."""
    give_up = time.monotonic() + SECONDS_PER_TICK
    _settle_cut_off(now=now)
    sent = 0
    for message_id in store.due_ids(db.session(), now=now, limit=MOST_PER_TICK):
        if time.monotonic() > give_up:
            break
        try:
            sent += int(send_one(message_id, now=now))
        except Exception as error:
            # Messages are isolated from each other: the next ones do not wait for the one that breaks.
            log.error("message %s broke", message_id, exc_info=error)
            db.session.rollback()
    return sent


def send_one(message_id: int, *, now: datetime) -> bool:
    """Whether the message left now. The attempt is on record before anything is sent (P12)."""
    taken = _take(message_id, now=now)
    if taken is None:
        return False
    channel, outgoing = taken
    if outgoing is None:
        return True
    sender = _senders().get(channel)
    if sender is None:
        _note(message_id, Outcome.REFUSED, f"{channel.value} is not configured", now=now)
        return False
    try:
        answer, outcome = sender.send(outgoing), Outcome.SENT
    except Refused as error:
        answer, outcome = str(error), Outcome.REFUSED
    except Unclear as error:
        answer, outcome = str(error), Outcome.UNCLEAR
    except Exception as error:
        log.error("the channel %s broke", channel.value, exc_info=error)
        answer, outcome = type(error).__name__, Outcome.UNCLEAR
    _note(message_id, outcome, answer, now=now)
    return outcome is Outcome.SENT


def _senders() -> Mapping[Channel, Sender]:
    found: Mapping[Channel, Sender] = current_app.extensions["senders"]
    return found


@use_case
def _take(message_id: int, *, now: datetime) -> tuple[Channel, Outgoing | None] | None:
    with transaction() as session:
        message = store.claim(session, message_id, now=now)
        if message is None:
            return None
        if message.channel is Channel.IN_APP:
            attempt = store.running_attempt(session, message.id)
            assert attempt is not None
            attempt.outcome, attempt.ended_at = Outcome.SENT, now
            store.deliver_in_app(session, message, at=now)
            return message.channel, None
        return message.channel, Outgoing(message.message_id, message.recipient, message.subject, message.body)


@use_case
def _note(message_id: int, outcome: Outcome, answer: str, *, now: datetime) -> None:
    with transaction() as session:
        attempt = store.running_attempt(session, message_id)
        if attempt is None:  # It took so long that it was settled as cut off meanwhile.
            return
        message = session.get_one(OutboxMessage, message_id)
        attempt.outcome, attempt.ended_at, attempt.answer = outcome, now, answer[:500]
        message.unclear += int(outcome is Outcome.UNCLEAR)
        follows = after(outcome, attempts=message.attempts, unclear=message.unclear)
        message.state, message.next_at = follows.state, now + follows.pause
        message.sent_at = now if follows.state is MessageState.SENT else None
        message.last_error = "" if outcome is Outcome.SENT else answer[:500]


def _settle_cut_off(*, now: datetime) -> None:
    for message_id in store.cut_off(db.session(), now=now):
        _note(message_id, Outcome.UNCLEAR, "cut off", now=now)


@use_case
def mark_read(notification_id: int | None = None, *, by: Actor, now: datetime) -> int:
    """Mark one of the actor's notifications read, or all of them; says how many. Bookkeeping of a reader, not audited."""
    with transaction() as session:
        read = update(Notification).where(Notification.user_id == by.user_id, Notification.read_at.is_(None))
        if notification_id is not None:
            read = read.where(Notification.id == notification_id)
        return int(session.execute(read.values(read_at=now)).rowcount)  # type: ignore[attr-defined]


@use_case
def try_again(message_id: int, *, by: Actor, now: datetime) -> None:
    """Queue a message that had given up once more, because a person has dealt with the cause."""
    with transaction() as session:
        again = (
            update(OutboxMessage)
            .where(OutboxMessage.id == message_id, OutboxMessage.state == MessageState.FAILED)
            .values(state=MessageState.QUEUED, next_at=now, attempts=0, unclear=0)
        )
        if not changed_one(session.execute(again)):
            raise MissingMessage()
        audit.record(session, by=by, action="outbox.tried_again", object_ref=f"message:{message_id}", at=now)


def unread_for(actor: Actor) -> int:
    """What the bell shows."""
    return store.unread_count(db.session(), actor.user_id) if actor.user_id is not None else 0
