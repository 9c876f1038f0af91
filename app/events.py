"""Announcements of a lower floor, heard by upper floors inside the same transaction (house §1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from app.domain import Domain


class Announcer:
    """Who listens to what. A listener that fails fails the whole use case: facts never part ways."""

    def __init__(self, floors: Iterable[Domain]) -> None:
        self._listeners: dict[type, list[Callable[..., None]]] = {}
        for floor in floors:
            for kind, listeners in floor.listeners.items():
                self._listeners.setdefault(kind, []).extend(listeners)

    def announce(self, session: Session, event: Any) -> None:
        for listener in self._listeners.get(type(event), ()):
            listener(session, event)


def announce(session: Session, event: Any) -> None:
    """Tell whoever listens that `event` has happened, inside the caller's transaction."""
    current_app.extensions["announcer"].announce(session, event)
