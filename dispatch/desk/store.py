"""Requests within the actor's own scope (X1, P25)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from dispatch.requests import store as requests
from dispatch.requests.errors import MissingRequest
from dispatch.requests.models import Request
from dispatch.visits.models import Visit


def in_scope(actor: Actor) -> ColumnElement[bool]:
    """The requests this actor may know of: a customer his own, an engineer those he is sent for, others all."""
    if actor.customer_id is not None:
        return Request.customer_id == actor.customer_id
    if actor.engineer_id is not None:
        return Request.id.in_(select(Visit.request_id).where(Visit.engineer_id == actor.engineer_id))
    return true()


def find(session: Session, request_no: str, actor: Actor) -> Request:
    """The request, if the actor may know of it; raises MissingRequest else, whether it exists or not (P25)."""
    row = session.scalar(select(Request).where(Request.request_no == request_no, in_scope(actor)))
    if row is None:
        raise MissingRequest()
    return row


def take(session: Session, request_no: str, actor: Actor) -> Request:
    """The same, held until the transaction ends."""
    return requests.lock(session, find(session, request_no, actor).id)
