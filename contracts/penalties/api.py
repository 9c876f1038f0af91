"""The door to penalties: the desk hands down facts, contracts judges them (house §1, C9, P17)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit import api as audit
from app.auth.actor import Actor
from contracts.penalties import store
from contracts.penalties.errors import FactContradicts
from contracts.penalties.models import CommitmentFact, Penalty
from contracts.penalties.rules import (
    RULE_VERSION,
    PenaltyClause,
    PenaltySteps,
    headroom,
    penalty_fen,
    steps,
    to_plain,
    uncapped_fen,
)
from contracts.policies.rules import ClockKind
from contracts.terms.models import ContractVersion
from contracts.terms.store import lock_contract

__all__ = [
    "Booked",
    "PenaltyClause",
    "PenaltySteps",
    "cap_left",
    "clause_for",
    "headroom_fen",
    "penalty_of",
    "record_fact",
    "steps",
]


@dataclass(frozen=True, slots=True)
class Booked:
    """What became of a fact: how late, and what was booked for it under the cap."""

    clock_ref: str
    late_s: int
    penalty_fen: int


def clause_for(session: Session, contract_version_id: int, clock_kind: str) -> PenaltyClause | None:
    """The clause of a version for one clock, or None where none is agreed."""
    return store.clauses(session, [contract_version_id]).get(contract_version_id, {}).get(clock_kind)


def headroom_fen(session: Session, contract_version_id: int, clock_kind: str, *, at: datetime) -> int | None:
    """What may still be charged in the cap's period around `at`; None without a cap or a clause (E15)."""
    clause = clause_for(session, contract_version_id, clock_kind)
    version = session.get(ContractVersion, contract_version_id)
    if clause is None or version is None:
        return None
    _, already = store.already_fen(session, version, at)
    return headroom(clause, already_fen=already)


def cap_left(session: Session, contract_version_id: int, *, at: datetime) -> tuple[str, int] | None:
    """The name of the cap that `at` falls under and what is left of it; None without a cap (E15).

    The name is the contract's and its period's: all clauses and versions of a contract draw on one cap.
    """
    version = session.get(ContractVersion, contract_version_id)
    if version is None or version.penalty_cap_fen is None:
        return None
    period, already = store.already_fen(session, version, at)
    return f"contract:{version.contract_id}:{period}", max(0, version.penalty_cap_fen - already)


def record_fact(
    session: Session,
    *,
    clock_ref: str,
    request_ref: str,
    contract_version_id: int | None,
    clock_kind: str,
    due_at: datetime,
    met_at: datetime,
    late_s: int,
    at: datetime,
    by: Actor,
) -> Booked:
    """Keep that a commitment due at `due_at` was met at `met_at`, `late_s` of service time late; book its penalty.

    The clause is the one of the version the clock came from; the period is the one the due instant lies
    in. A repeat of the same fact gets the first answer; another one is refused with FactContradicts (P17).
    """
    late_s = max(0, late_s)
    fact = CommitmentFact(
        clock_ref=clock_ref,
        request_ref=request_ref,
        version_id=contract_version_id,
        clock_kind=ClockKind(clock_kind),
        due_at=due_at,
        met_at=met_at,
        late_s=late_s,
        recorded_at=at,
    )
    known = store.fact(session, clock_ref) or _handed_down_meanwhile(session, fact)
    if known is not None:
        if (known.due_at, known.met_at, known.late_s) != (due_at, met_at, late_s):
            raise FactContradicts(clock_ref=clock_ref)
        booked = store.penalty(session, clock_ref)
        return Booked(clock_ref, known.late_s, booked.booked_fen if booked else 0)
    fen = _book(session, clock_ref, contract_version_id, clock_kind, due_at=due_at, late_s=late_s, at=at, by=by)
    return Booked(clock_ref, late_s, fen)


def _handed_down_meanwhile(session: Session, fact: CommitmentFact) -> CommitmentFact | None:
    """None once the fact is written; the one that was written at the same moment, if somebody was first."""
    clock_ref = fact.clock_ref
    try:
        with session.begin_nested():
            session.add(fact)
    except IntegrityError:
        known = store.fact(session, clock_ref)
        if known is None:
            raise
        return known
    return None


def penalty_of(session: Session, clock_ref: str) -> int | None:
    """What was booked for a clock in fen; None where nothing was."""
    row = store.penalty(session, clock_ref)
    return None if row is None else row.booked_fen


def _book(
    session: Session,
    clock_ref: str,
    version_id: int | None,
    clock_kind: str,
    *,
    due_at: datetime,
    late_s: int,
    at: datetime,
    by: Actor,
) -> int:
    version = session.get(ContractVersion, version_id) if version_id is not None else None
    clause = clause_for(session, version.id, clock_kind) if version is not None else None
    if version is None or clause is None or not uncapped_fen(clause, late_s):
        return 0
    # Two late clocks of one contract must not both take the last of the headroom, hence the lock before the sum.
    lock_contract(session, version.contract_id)
    key, already = store.already_fen(session, version, due_at)
    fen = penalty_fen(clause, late_s, already_fen=already)
    session.add(
        Penalty(
            clock_ref=clock_ref,
            contract_id=version.contract_id,
            version_id=version.id,
            period_key=key,
            late_s=late_s,
            uncapped_fen=uncapped_fen(clause, late_s),
            already_fen=already,
            booked_fen=fen,
            clause=json.dumps(to_plain(clause), sort_keys=True),
            rule_version=RULE_VERSION,
            booked_at=at,
        )
    )
    session.flush()
    told = {"clock_ref": clock_ref, "late_s": late_s, "period": key, "already_fen": already, "booked_fen": fen}
    audit.record(session, by=by, action="penalty.book", object_ref=f"contract:{version.contract_id}", at=at, after=told)
    return fen
