"""What may still come in today: the calls of the same weekday of past weeks, laid on this day (R1, anticipation)."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.geo.rules import Position
from app.kernel.dates import local_day
from contracts.installbase import api as installbase
from contracts.installbase.rules import SiteCard
from dispatch.clocks.models import CommitmentClock
from dispatch.planner.compose import OpenVisit, Promise
from dispatch.planner.settings import FORECAST_WEEKS, ZONE
from dispatch.requests.models import Request, RequestType
from dispatch.visits.models import Visit

WEEK = timedelta(weeks=1)


def futures(session: Session, *, territory: str | None, now: datetime) -> list[list[OpenVisit]]:
    """For each of the past weeks the faults reported on this weekday after this hour, as visits of today.

    Their promises are as far off as they were then, at the level's weight: whose contract it is nobody knows yet.
    """
    days: dict[int, list[OpenVisit]] = defaultdict(list)
    found = session.execute(
        select(Visit, Request.reported_at, Request.fault_level, func.min(CommitmentClock.due_at))
        .join(Request, Request.id == Visit.request_id)
        .outerjoin(CommitmentClock, (CommitmentClock.request_id == Request.id) & (CommitmentClock.kind == "arrival"))
        .where(
            Visit.id.in_(select(func.min(Visit.id)).group_by(Visit.request_id)),
            Request.type == RequestType.FAULT,
            Request.reported_at.between(now - FORECAST_WEEKS * WEEK, now),
        )
        .group_by(Visit.id, Request.id)
        .order_by(Visit.id)
    ).all()
    sites = installbase.site_cards(session, {visit.site_id for visit, *_ in found})
    today = local_day(now, ZONE)
    for visit, reported_at, level, due_at in found:
        weeks, odd_days = divmod((today - local_day(reported_at, ZONE)).days, 7)
        site = sites[visit.site_id]
        if odd_days == 0 and territory in (None, site.territory) and reported_at + weeks * WEEK > now:
            due = None if due_at is None else due_at + weeks * WEEK
            days[weeks].append(_expected(visit, site, level, reported_at + weeks * WEEK, due))
    return [days[weeks] for weeks in sorted(days)]


def _expected(visit: Visit, site: SiteCard, level: int, call_at: datetime, due_at: datetime | None) -> OpenVisit:
    return OpenVisit(
        ref=visit.visit_ref,
        version=0,
        position=Position(site.lat, site.lon),
        territory=site.territory,
        level=level,
        skill_code=visit.skill_code,
        skill_level=visit.skill_level,
        duration_s=visit.duration_s,
        release_at=call_at,
        window=None,
        access=site.access_hours,
        promises=() if due_at is None else (Promise("arrival", due_at, None, None),),
        parts=(),
    )
