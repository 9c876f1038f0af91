"""The visits of the past year, tallied by kind of work, engineer and time taken: what durations are learnt from (R1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, case, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from contracts.installbase.models import Asset
from dispatch.planner.durations import LEAST_S, MOST_S, STEP_S, Experience, Tally, Work
from dispatch.requests.models import Request
from dispatch.visits.models import Visit

#: Work changes with models and people; what is older tells of others.
LOOK_BACK = timedelta(days=365)


class seconds_between(FunctionElement[int]):
    """Whole seconds from the first instant to the second, on both engines."""

    type = Integer()
    inherit_cache = True


@compiles(seconds_between, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **how: Any) -> str:
    begin, end = (f"strftime('%s', {compiler.process(clause, **how)})" for clause in element.clauses)
    return f"({end} - {begin})"


@compiles(seconds_between, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **how: Any) -> str:
    begin, end = (compiler.process(clause, **how) for clause in element.clauses)
    return f"CAST(FLOOR(EXTRACT(EPOCH FROM ({end}) - ({begin}))) AS INTEGER)"


def experience(session: Session, *, now: datetime) -> Experience:
    """What finished visits tell, in one grouped question.

    A visit counts from when the engineer could begin – on the site, and the agreed window open – until it was
    resolved. Left out: arrivals nobody has vouched for, and times that no row of a visit could hold.
    """
    begun = case((Visit.window_from_at > Visit.arrived_at, Visit.window_from_at), else_=Visit.arrived_at)
    took = seconds_between(begun, Visit.resolved_at)
    step = (took // STEP_S).label("step")
    found = session.execute(
        select(Request.type, Asset.model, Visit.engineer_id, step, func.count())
        .join(Request, Request.id == Visit.request_id)
        .join(Asset, Asset.id == Request.asset_id)
        .where(
            Visit.resolved_at.between(now - LOOK_BACK, now),
            Visit.arrival_flagged.is_(False),
            took.between(LEAST_S, MOST_S),
        )
        .group_by(Request.type, Asset.model, Visit.engineer_id, step)
    )
    return Experience(
        Tally(Work(kind.value, model), who, at, count) for kind, model, who, at, count in found if who is not None
    )
