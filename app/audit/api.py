"""The door to the audit trail: each change writes its row in its own transaction (P28)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.actor import Actor
from app.audit.models import AuditRow


def record(
    session: Session,
    *,
    by: Actor,
    action: str,
    object_ref: str,
    at: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write down that `by` did `action` to `object_ref`. Never hand in secrets: what is here stays for good."""
    session.add(
        AuditRow(
            at=at,
            actor=by.name,
            action=action,
            object=object_ref,
            before=_as_text(before),
            after=_as_text(after),
            address=by.address,
        )
    )


def _as_text(state: Mapping[str, Any] | None) -> str | None:
    if state is None:
        return None
    return json.dumps(state, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
