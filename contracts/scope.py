"""How far an actor sees on this floor: everything, or only what belongs to his own customer (P25)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, true

from app.auth.actor import Actor

SEE = "contracts.see"


def within(actor: Actor, customer_column: Any) -> ColumnElement[bool]:
    """The WHERE of `actor`: no condition for the office, the own customer for customers, nothing for others."""
    if actor.reaches_all(SEE):
        return true()
    own: ColumnElement[bool] = customer_column == (actor.customer_id if actor.may(SEE) and actor.customer_id else -1)
    return own
