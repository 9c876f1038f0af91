"""Defining what can be promised (C3)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit import api as audit
from app.auth.actor import Actor
from app.calendar.api import service_hours
from app.db import Stale, broken_constraint, transaction, use_case
from contracts.policies import store
from contracts.policies.models import ServicePolicy
from contracts.policies.rules import SHIPPED, PolicyTerms, check_terms


@use_case
def define_policy(terms: PolicyTerms, *, seen: int | None = None, by: Actor, now: datetime) -> int:
    """The first or the next edition of `terms.code`; contracts signed earlier keep theirs (P15).

    `seen` is the edition the wording started from, 0 for a new code, None when it does not matter.
    Raises PromisesNothing, LimitTwice, LimitsOutOfOrder, MissingCalendar, Stale.
    """
    check_terms(terms)
    with transaction() as session:
        found = store.last_edition(session, terms.code)
        if seen is not None and seen != found:
            raise Stale(seen=seen, found=found)
        try:
            return _define(session, terms, by=by, at=now)
        except IntegrityError as error:
            if "edition" not in broken_constraint(error):
                raise
            raise Stale(seen=found, found=found + 1) from error


@use_case
def seed_policies(*, by: Actor, now: datetime) -> None:
    """Ship the policies of mission C3; a code that exists already stays as it is."""
    with transaction() as session:
        there = set(session.scalars(select(ServicePolicy.code).distinct()))
        for terms in SHIPPED:
            if terms.code not in there:
                _define(session, terms, by=by, at=now)


def _define(session: Session, terms: PolicyTerms, *, by: Actor, at: datetime) -> int:
    service_hours(session, terms.hours_code, "UTC")
    row = store.add_edition(session, terms, at=at)
    audit.record(
        session,
        by=by,
        action="policy.define",
        object_ref=f"policy:{row.id}",
        at=at,
        after={
            "code": row.code,
            "edition": row.edition,
            "hours": terms.hours_code,
            "limits": [(x.request_type, x.level, x.kind.value, x.limit_s) for x in terms.limits],
            "includes": sorted(terms.includes),
        },
    )
    return row.id
