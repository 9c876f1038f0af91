"""The door to the outbox: what leaves the house is queued in the transaction that decided it (P10, P12)."""

from __future__ import annotations

import string
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import User
from app.domain import Domain, MessageTemplate, Role
from app.outbox import store
from app.outbox.models import OutboxMessage
from app.outbox.rules import Channel, MessageState


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where one message goes, and in which language it speaks."""

    address: str
    language: str = "zh"
    key_part: str = ""


def queue(
    session: Session,
    *,
    channel: Channel | str,
    to: str,
    template_code: str,
    data: Mapping[str, Any],
    key: str,
    at: datetime,
    not_before: datetime | None = None,
    about: str = "",
    path: str = "",
    language: str = "zh",
) -> int:
    """Queue one message per recipient and say how many are new; a `key` that was queued before says nothing again.

    In-app, `to` is "user:7", "engineer:7" (the account of that engineer), "customer:7" (its accounts) or
    "role:dispatcher"; whoever is meant reads it in their own language, exactly once. Otherwise `to` is the
    address itself. `about` is the object it speaks of, `path` the page of ours to open. A template that is not
    declared, or a place in it that `data` leaves empty, is a bug and raises.
    """
    channel = Channel(channel)
    template = _template(template_code)
    new = 0
    for recipient in _recipients(session, channel, to, language):
        message = OutboxMessage(
            message_id=str(uuid.uuid4()), key=f"{key}{recipient.key_part}", channel=channel,
            recipient=recipient.address, about=about or key, path=path, state=MessageState.QUEUED,
            subject=fill(template.subject, data, recipient.language),
            body=fill(template.body, data, recipient.language),
            attempts=0, unclear=0, next_at=not_before or at, created_at=at,
        )  # fmt: skip
        if not store.add_once(session, message):
            continue
        new += 1
        if channel is Channel.IN_APP and message.next_at <= at:
            store.deliver_in_app(session, message, at=at)
    return new


def fill(pair: tuple[str, str], data: Mapping[str, Any], language: str) -> str:
    """The words with their {named} places filled; a name only, never an attribute or an index of a value (P33)."""
    source = pair[1] if language == "en" else pair[0]
    pieces = []
    for literal, name, _spec, _conversion in string.Formatter().parse(source):
        pieces.append(literal)
        if name is not None:
            pieces.append(str(data[name]))
    return "".join(pieces)


def collect_templates(domains: Iterable[Domain]) -> dict[str, MessageTemplate]:
    """Every template of the house by its code; two floors may not claim one code."""
    found: dict[str, MessageTemplate] = {}
    for domain in domains:
        for code, template in domain.messages.items():
            if code in found:
                raise RuntimeError(f"the message {code!r} is declared twice")
            found[code] = template
    return found


def _template(code: str) -> MessageTemplate:
    templates: Mapping[str, MessageTemplate] = current_app.extensions["messages"]
    return templates[code]


def _recipients(session: Session, channel: Channel, to: str, language: str) -> list[Recipient]:
    if channel is not Channel.IN_APP:
        return [Recipient(to, language)]
    kind, _, which = to.partition(":")
    wanted = {
        "user": User.id, "engineer": User.engineer_id, "customer": User.customer_id, "role": User.role,
    }[kind]  # fmt: skip
    people = session.execute(
        select(User.id, User.language)
        .where(wanted == (Role(which) if kind == "role" else int(which)), User.disabled_at.is_(None))
        .order_by(User.id)
    )
    # A key names the reason; one reason speaks to several people, once to each.
    return [Recipient(f"user:{user_id}", chosen, f"/user:{user_id}") for user_id, chosen in people]
