"""Clauses, facts and booked penalties as rules want them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.kernel.dates import local_day
from contracts.penalties.models import CommitmentFact, Penalty
from contracts.penalties.rules import PenaltyClause, applied, period_key
from contracts.terms import store as terms_store
from contracts.terms.models import ContractVersion


def clauses(session: Session, version_ids: list[int]) -> dict[int, dict[str, PenaltyClause]]:
    """The clauses of these versions, ready to be applied, by version and clock kind."""
    agreed = terms_store.clauses_of(session, version_ids)
    if not agreed:
        return {}
    rows = session.scalars(select(ContractVersion).where(ContractVersion.id.in_(list(agreed))))
    return {
        row.id: {
            terms.clock_kind.value: applied(
                terms, total_fen=row.total_fen, cap_fen=row.penalty_cap_fen, cap_period=row.penalty_cap_period
            )
            for terms in agreed[row.id]
        }
        for row in rows
    }


def already_fen(session: Session, version: ContractVersion, at: datetime) -> tuple[str, int]:
    """The cap's period that `at` lies in, and what the contract has been charged in it."""
    key = period_key(local_day(at, version.zone), version.penalty_cap_period)
    booked = session.scalar(
        select(func.coalesce(func.sum(Penalty.booked_fen), 0)).where(
            Penalty.contract_id == version.contract_id, Penalty.period_key == key
        )
    )
    return key, int(booked or 0)


def fact(session: Session, clock_ref: str) -> CommitmentFact | None:
    """What has been handed down of a clock."""
    return session.scalar(select(CommitmentFact).where(CommitmentFact.clock_ref == clock_ref))


def penalty(session: Session, clock_ref: str) -> Penalty | None:
    """What has been booked for a clock."""
    return session.scalar(select(Penalty).where(Penalty.clock_ref == clock_ref))
