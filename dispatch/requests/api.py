"""The door to requests for the rooms above: cards, and the row while it is held. Never commits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.requests import rules, store
from dispatch.requests.models import Request
from dispatch.requests.rules import RequestState

__all__ = ["RequestCard", "card_of", "request_cards"]


@dataclass(frozen=True, slots=True)
class RequestCard:
    """What other rooms need to know of a request."""

    id: int
    request_no: str
    customer_id: int
    site_id: int
    asset_id: int
    type: str
    channel: str
    fault_level: int
    state: RequestState
    caller_name: str
    caller_mobile: str
    symptom: str
    reported_at: datetime
    covered: bool
    may_send: bool
    version: int


def card_of(row: Request) -> RequestCard:
    """The row as plain data."""
    return RequestCard(
        row.id, row.request_no, row.customer_id, row.site_id, row.asset_id, row.type.value, row.channel.value,
        row.fault_level, row.state, row.caller_name, row.caller_mobile, row.symptom, row.reported_at, row.covered,
        rules.may_send(covered=row.covered, allowed_by=row.send_allowed_by), row.version,
    )  # fmt: skip


def request_cards(session: Session, ids: Iterable[int]) -> dict[int, RequestCard]:
    """The cards of those that exist, by id."""
    return {key: card_of(row) for key, row in store.by_ids(session, ids).items()}
