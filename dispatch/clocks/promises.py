"""From the terms of an entitlement to a clock's row and face, and back (P8)."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from app.audit import api as audit
from app.auth.actor import SYSTEM
from app.calendar.api import YearPublished
from contracts.entitlement.rules import ClockTerms
from contracts.penalties.rules import PenaltyClause, from_plain, to_plain
from dispatch.clocks import store
from dispatch.clocks.faces import ClockFace
from dispatch.clocks.models import ClockRowState, CommitmentClock
from dispatch.clocks.rules import ClockState

__all__ = ["FACTS", "columns", "face", "recount_with"]

#: fact → the clocks it stops. What is resolved on the telephone was answered and needs nobody on the site any more.
FACTS: dict[str, tuple[str, ...]] = {
    "answered": ("response",),
    "arrived": ("response", "remote_start", "arrival"),
    "restored": ("response", "remote_start", "restore"),
    "resolved": ("response", "remote_start", "arrival", "restore", "resolve"),
}


def columns(terms: ClockTerms) -> dict[str, Any]:
    """What a clock's row keeps of what was promised."""
    return {
        "kind": str(terms.kind),
        "limit_s": terms.limit_s,
        "hours_code": terms.hours_code,
        "zone": terms.zone,
        "cover_ref": terms.cover_ref,
        "contract_version_id": terms.contract_version_id,
        "terms": json.dumps(
            {
                "pause_reasons": sorted(terms.pause_reasons),
                "penalty": None if terms.penalty is None else to_plain(terms.penalty),
            },
            sort_keys=True,
        ),
    }


@lru_cache(maxsize=4096)
def _penalty(terms: str) -> PenaltyClause | None:
    plain = json.loads(terms)["penalty"]
    return None if plain is None else from_plain(plain)


def face(row: CommitmentClock, now: datetime, *, left_s: int) -> ClockFace:
    """The clock as lists show it at `now`, from its stored instants; `left_s` is used while it is paused."""
    state = ClockState(row.state.value)
    if state in (ClockState.running, ClockState.at_risk, ClockState.breached):
        # The stored word may be older than the instants: they decide, so that a late tick shows nothing wrong.
        state = ClockState.running
        if row.due_at <= now:
            state = ClockState.breached
        elif row.at_risk_at <= now:
            state = ClockState.at_risk
    paused = state is ClockState.paused
    until = row.stopped_at or now
    return ClockFace(
        clock_id=row.id,
        request_id=row.request_id,
        kind=row.kind,
        state=state,
        level=row.level,
        started_at=row.started_at,
        due_at=None if paused else row.due_at,
        at_risk_at=None if paused else row.at_risk_at,
        remaining_s=left_s if paused else int((row.due_at - until).total_seconds()),
        stopped_at=row.stopped_at,
        superseded_at=row.superseded_at,
        limit_s=row.limit_s,
        hours_code=row.hours_code,
        zone=row.zone,
        paused_s=row.paused_s,
        provisional=row.provisional,
        cover_ref=row.cover_ref,
        contract_version_id=row.contract_version_id,
        penalty=_penalty(row.terms),
    )


def recount_with(session: Session, row: CommitmentClock, event: YearPublished) -> None:
    """Count this clock with the calendar that has just appeared; one line in the audit trail if it moved (E1).

    While it is paused nothing is due, but where it will stand when the wait ends moves all the same.
    """
    before = _dial(session, row).judged(event.at).target_at
    row.calendar_version = event.version
    session.flush()
    after = store.write_back(_dial(session, row), event.at).target_at
    if after != before:
        audit.record(session, by=SYSTEM, action="clocks.year_published", object_ref=f"clock:{row.id}", at=event.at,
                     before={"due_at": before}, after={"due_at": after, "year": event.year})  # fmt: skip


def _dial(session: Session, row: CommitmentClock) -> store.Dial:
    return next(dial for dial in store.dials(session, row.request_id, kinds=[row.kind]) if dial.row.id == row.id)


assert {state.value for state in ClockRowState} == {state.value for state in ClockState}
