"""Whoever is told 'you may not' stands in the audit trail, whichever layer said it (P28)."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from flask import Flask, Response, g, request
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app.actor import ANONYMOUS, Actor
from app.audit import api as audit
from app.audit.models import AuditRow
from app.db import transaction, use_case
from app.kernel.errors import DomainError

log = logging.getLogger(__name__)

#: One person at one door: more than this a minute says nothing new and would only fill the trail.
MOST_A_MINUTE = 10


def install(app: Flask) -> None:
    """Look at every answer on its way out."""
    app.after_request(note_denial)


def note_denial(response: Response) -> Response:
    """Write a signed-in person's 403 down, in a transaction of its own: the refused one left nothing."""
    actor: Actor = g.get("actor", ANONYMOUS)
    if response.status_code == 403 and actor.signed_in:
        try:
            _record(request.endpoint or "-", request.method, by=actor, now=g.now)
        except (DomainError, SQLAlchemyError) as error:
            # The refusal stands whether or not it could be written down.
            log.error("request %s was denied, but not written down", g.request_id, exc_info=error)
    return response


@use_case
def _record(endpoint: str, method: str, *, by: Actor, now: datetime) -> None:
    door = f"route:{endpoint}"
    with transaction() as session:
        lately = select(func.count()).where(
            AuditRow.object == door, AuditRow.actor == by.name, AuditRow.at > now - timedelta(minutes=1)
        )
        if (session.scalar(lately) or 0) < MOST_A_MINUTE:
            audit.record(session, by=by, action="access.denied", object_ref=door, at=now, after={"method": method})
