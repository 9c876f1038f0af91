"""The door to the service policies for the rooms and floors above."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contracts.policies import store
from contracts.policies.models import ServicePolicy
from contracts.policies.rules import PolicyTerms


@dataclass(frozen=True, slots=True)
class PolicyName:
    """The newest edition of a policy as a list of choices shows it."""

    id: int
    code: str
    edition: int
    name_zh: str
    name_en: str


def policy_terms(session: Session, policy_id: int) -> PolicyTerms:
    """What the edition promises. Raises MissingPolicy."""
    return store.terms(session, policy_id)


def policy_id(session: Session, code: str) -> int:
    """The newest edition under `code`. Raises MissingPolicy."""
    return store.current_id(session, code)


def policy_names(session: Session) -> tuple[PolicyName, ...]:
    """The newest edition of every policy, by code."""
    newest = select(ServicePolicy.code, func.max(ServicePolicy.edition).label("edition")).group_by(ServicePolicy.code)
    latest = newest.subquery()
    rows = session.scalars(
        select(ServicePolicy)
        .join(latest, (latest.c.code == ServicePolicy.code) & (latest.c.edition == ServicePolicy.edition))
        .order_by(ServicePolicy.code)
    )
    return tuple(PolicyName(row.id, row.code, row.edition, row.name_zh, row.name_en) for row in rows)
