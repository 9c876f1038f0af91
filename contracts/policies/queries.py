"""Service policies as pages show them."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contracts.policies.errors import MissingPolicy
from contracts.policies.models import ServicePolicy


def newest(session: Session) -> list[ServicePolicy]:
    """The newest edition of every policy, by code."""
    last = select(ServicePolicy.code, func.max(ServicePolicy.edition).label("edition")).group_by(ServicePolicy.code)
    latest = last.subquery()
    return list(
        session.scalars(
            select(ServicePolicy)
            .join(latest, (latest.c.code == ServicePolicy.code) & (latest.c.edition == ServicePolicy.edition))
            .order_by(ServicePolicy.code)
        )
    )


def policy(session: Session, policy_id: int) -> ServicePolicy:
    """One edition. Raises MissingPolicy."""
    row = session.get(ServicePolicy, policy_id)
    if row is None:
        raise MissingPolicy(id=policy_id)
    return row


def editions(session: Session, code: str) -> list[ServicePolicy]:
    """Every edition of a policy, the newest first."""
    return list(
        session.scalars(select(ServicePolicy).where(ServicePolicy.code == code).order_by(ServicePolicy.edition.desc()))
    )
