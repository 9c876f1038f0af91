"""The dispatch floor's part of the small cast: a territory, two engineers with skills and shifts, a call about the pump."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.auth.actor import SYSTEM, Actor
from app.db import db
from app.domain import Role
from dispatch.desk.use_cases import Call, Reported, report
from dispatch.people import use_cases as people
from dispatch.people.rules import HeldSkill
from dispatch.requests.models import Request
from dispatch.roster import use_cases as roster
from dispatch.roster.rules import Shift
from dispatch.visits.models import Visit
from dispatch.visits.use_cases import Slot, assign_visit
from tests.conftest import MONDAY

LONG_AGO = datetime(2025, 12, 20, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DISPATCHER = Actor(user_id=901, user_name="zhang", display_name="张调度", role=Role.DISPATCHER)
MANAGER = Actor(user_id=902, user_name="chen", display_name="陈主管", role=Role.MANAGER)


@dataclass(frozen=True, slots=True)
class Crew:
    """Ids of the two engineers: Li holds the pump skill at level 2, Wang only the electric one."""

    li: int
    wang: int


def engineer(engineer_id: int) -> Actor:
    """That engineer, signed in."""
    return Actor(user_id=1000 + engineer_id, user_name=f"g{engineer_id}", role=Role.ENGINEER, engineer_id=engineer_id)


def person(name: str = "李工", name_en: str = "Li", **other: Any) -> people.Person:
    """An engineer as he would be typed."""
    facts: dict[str, Any] = {
        "name": name, "name_en": name_en, "mobile": "18612341402", "territory_code": "T1",
        "home_address": "中山路1号", "home_lat": 31.22, "home_lon": 121.45,
    }  # fmt: skip
    return people.Person(**{**facts, **other})


def crew(*, now: datetime = LONG_AGO, by: Actor = SYSTEM) -> Crew:
    """Territory T1, the skills, what work on the pump takes, and two engineers on duty this Monday from 8 to 18."""
    people.add_territory("T1", "城区", "City", by=by, now=now)
    people.add_skill("pump", "水泵", "pumps", by=by, now=now)
    people.add_skill("electric", "电气", "electrics", by=by, now=now)
    people.set_model_skill("CP-200", skill_code="pump", level=2, minutes=90, by=by, now=now)
    held = [HeldSkill("pump", 2, date(2026, 12, 31)), HeldSkill("electric", 1)]
    li = people.add_engineer(person(), held, by=by, now=now)
    wang = people.add_engineer(
        person("王工", "Wang", home_lat=31.26, home_lon=121.52), [HeldSkill("electric", 3)], by=by, now=now
    )
    for engineer_id in (li, wang):
        roster.add_duty(engineer_id, shift(MONDAY - 2 * HOUR, 10), by=by, now=now)
    return Crew(li, wang)


def shift(starts_at: datetime, hours: int, **other: Any) -> Shift:
    """A shift of so many hours with an hour's break in its middle."""
    middle = starts_at + timedelta(hours=hours) / 2
    rest = {"break_from_at": middle - HOUR, "break_latest_at": middle, "break_minutes": 60, "max_overtime_minutes": 120}
    return Shift(starts_at, starts_at + timedelta(hours=hours), **{**rest, **other})


def call(asset_id: int, **other: Any) -> Call:
    """The pump stands still, says Mr Zhang."""
    facts: dict[str, Any] = {
        "asset_id": asset_id, "symptom": "循环泵停机", "caller_name": "张主任", "caller_mobile": "13800132201",
        "reported_at": MONDAY, "fault_level": 1,
    }  # fmt: skip
    return Call(**{**facts, **other})


_keys = iter(range(1, 10**9))


def reported(asset_id: int, *, now: datetime | None = None, by: Actor = DISPATCHER, **other: Any) -> Reported:
    """The call is taken down at the instant it was made."""
    told = call(asset_id, **other)
    return report(told, key=f"cast-{next(_keys)}", by=by, now=now or told.reported_at)


def request(request_no: str) -> Request:
    """The request's row as it stands now."""
    db.session.rollback()
    return db.session.query(Request).filter_by(request_no=request_no).one()


def visit(visit_ref: str) -> Visit:
    """The visit's row as it stands now."""
    db.session.rollback()
    return db.session.query(Visit).filter_by(visit_ref=visit_ref).one()


def slot(start_at: datetime = MONDAY + HOUR, minutes: int = 90) -> Slot:
    """A time to come."""
    return Slot(start_at, start_at + timedelta(minutes=minutes), travel_s=1080)


def assigned(visit_ref: str, engineer_id: int, *, now: datetime = MONDAY, **other: Any) -> int:
    """The visit is given to the engineer; returns its version."""
    facts: dict[str, Any] = {"slot": slot(now + HOUR), "seen_version": visit(visit_ref).version, "by": DISPATCHER}
    return assign_visit(visit_ref, engineer_id=engineer_id, now=now, **{**facts, **other})
