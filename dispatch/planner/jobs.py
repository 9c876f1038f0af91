"""Planning as background work: the page asks, a worker thinks, the page looks again (P41, X5)."""

from __future__ import annotations

from datetime import datetime

from app.auth.actor import Actor
from dispatch.planner import use_cases

KIND = "planner.plan"


def plan(*, territory: str | None, by: str, now: datetime) -> None:
    """Propose a plan for a territory, in the name of whoever asked."""
    use_cases.plan_now(territory, by=Actor(user_name=by), now=now)
