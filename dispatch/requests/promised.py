"""What was answered at the report, read back from the request it was stored with (P8, P17)."""

from __future__ import annotations

import json

from contracts.entitlement.rules import Entitlement, from_json, to_json
from dispatch.requests.models import Request

__all__ = ["above_text", "at_level", "entitlement_of"]


def entitlement_of(row: Request) -> Entitlement:
    """The answer given to the caller."""
    return from_json(row.entitlement)


def at_level(row: Request, level: int) -> Entitlement | None:
    """What would be owed if the fault stood at `level`, as it was agreed at the report."""
    kept = json.loads(row.entitlement_above).get(str(level))
    return None if kept is None else from_json(kept)


def above_text(answers: dict[int, Entitlement]) -> str:
    """The answers by level as one text."""
    return json.dumps({str(level): to_json(answer) for level, answer in answers.items()}, sort_keys=True)
