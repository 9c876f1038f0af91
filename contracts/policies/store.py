"""Policy rows to the terms that rules want."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contracts.policies.errors import MissingPolicy
from contracts.policies.models import PolicyLimit, PolicyPause, ServicePolicy
from contracts.policies.rules import ClockKind, Cost, Limit, PauseReason, PolicyTerms


def terms_by_id(session: Session, ids: Iterable[int]) -> dict[int, PolicyTerms]:
    """The terms of these editions."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    limits: dict[int, list[Limit]] = {}
    for row in session.scalars(select(PolicyLimit).where(PolicyLimit.policy_id.in_(wanted)).order_by(PolicyLimit.id)):
        limits.setdefault(row.policy_id, []).append(Limit(row.kind, row.limit_s, row.level, row.request_type))
    pauses: dict[int, dict[ClockKind, set[PauseReason]]] = {}
    for pause in session.scalars(select(PolicyPause).where(PolicyPause.policy_id.in_(wanted))):
        pauses.setdefault(pause.policy_id, {}).setdefault(pause.kind, set()).add(pause.reason)
    return {
        row.id: _terms(row, limits.get(row.id, []), pauses.get(row.id, {}))
        for row in session.scalars(select(ServicePolicy).where(ServicePolicy.id.in_(wanted)))
    }


def _terms(row: ServicePolicy, limits: list[Limit], pauses: dict[ClockKind, set[PauseReason]]) -> PolicyTerms:
    included = {Cost.LABOUR: row.includes_labour, Cost.TRAVEL: row.includes_travel, Cost.PARTS: row.includes_parts}
    return PolicyTerms(
        code=row.code,
        name_zh=row.name_zh,
        name_en=row.name_en,
        hours_code=row.hours_code,
        limits=tuple(limits),
        includes=frozenset(cost for cost, yes in included.items() if yes),
        includes_loaner=row.includes_loaner,
        inspections_a_year=row.inspections_a_year,
        upkeep_visits_a_year=row.upkeep_visits_a_year,
        follow_ups_a_month=row.follow_ups_a_month,
        yearly_rate_bp=row.yearly_rate_bp,
        pauses={kind: frozenset(reasons) for kind, reasons in pauses.items()},
    )


def terms(session: Session, policy_id: int) -> PolicyTerms:
    """The terms of one edition. Raises MissingPolicy."""
    found = terms_by_id(session, [policy_id]).get(policy_id)
    if found is None:
        raise MissingPolicy(id=policy_id)
    return found


def current_id(session: Session, code: str) -> int:
    """The newest edition of a policy. Raises MissingPolicy."""
    found = session.scalar(
        select(ServicePolicy.id).where(ServicePolicy.code == code).order_by(ServicePolicy.edition.desc()).limit(1)
    )
    if found is None:
        raise MissingPolicy(code=code)
    return found


def last_edition(session: Session, code: str) -> int:
    """The number of the newest edition under `code`; 0 when there is none."""
    return session.scalar(select(func.max(ServicePolicy.edition)).where(ServicePolicy.code == code)) or 0


def add_edition(session: Session, terms: PolicyTerms, *, at: datetime) -> ServicePolicy:
    """Write the next edition of `terms.code`."""
    row = ServicePolicy(
        code=terms.code,
        edition=last_edition(session, terms.code) + 1,
        name_zh=terms.name_zh,
        name_en=terms.name_en,
        hours_code=terms.hours_code,
        includes_labour=Cost.LABOUR in terms.includes,
        includes_travel=Cost.TRAVEL in terms.includes,
        includes_parts=Cost.PARTS in terms.includes,
        includes_loaner=terms.includes_loaner,
        inspections_a_year=terms.inspections_a_year,
        upkeep_visits_a_year=terms.upkeep_visits_a_year,
        follow_ups_a_month=terms.follow_ups_a_month,
        yearly_rate_bp=terms.yearly_rate_bp,
        created_at=at,
    )
    session.add(row)
    session.flush()
    session.add_all(
        PolicyLimit(policy_id=row.id, request_type=x.request_type, level=x.level, kind=x.kind, limit_s=x.limit_s)
        for x in terms.limits
    )
    session.add_all(
        PolicyPause(policy_id=row.id, kind=kind, reason=reason)
        for kind, reasons in sorted(terms.pauses.items())
        for reason in sorted(reasons)
    )
    session.flush()
    return row
