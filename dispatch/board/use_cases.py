"""What the board does by itself: it asks for a plan. Assigning belongs to planner and visits."""

from __future__ import annotations

from datetime import datetime

from app.audit import api as audit
from app.auth.actor import Actor
from app.db import transaction, use_case
from app.jobs.api import enqueue
from dispatch.planner.jobs import KIND

__all__ = ["ask_for_plan"]


@use_case
def ask_for_plan(territory: str | None, *, by: Actor, now: datetime) -> str:
    """Queue the planning of a territory, or of all; returns the key to ask after it. Twice in a second is once."""
    key = f"plan:{territory or 'all'}:{by.name}:{int(now.timestamp())}"
    with transaction() as session:
        enqueue(session, KIND, {"territory": territory, "by": by.name}, key=key, at=now)
        audit.record(session, by=by, action="plan.asked_for", object_ref=f"territory:{territory or 'all'}", at=now)
    return key
