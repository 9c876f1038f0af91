"""What an administrator looks at first: is the house well, and what failed (B2, X6)."""

from __future__ import annotations

from datetime import datetime

from flask import render_template
from markupsafe import Markup

from app.actor import Actor
from app.db import db
from app.domain import Role
from app.operation.health import look
from app.web.words import say


def health_card(*, actor: Actor, now: datetime) -> Markup | None:
    """Database, scheduler, failed messages and jobs in numbers, with the way to what failed."""
    if actor.role is not Role.ADMINISTRATOR:
        return None
    found = look(db.session(), now=now)
    return Markup(render_template("operation/_home.html", found=found, say=say))  # noqa: S704 - a rendered template of ours
