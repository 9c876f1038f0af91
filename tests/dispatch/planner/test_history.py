"""Durations learnt from the visits of the past year reach the plan, by one question to either database (R1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from app.db import db, transaction
from dispatch.planner import api
from dispatch.planner.durations import Work
from dispatch.planner.history import experience
from dispatch.requests.models import Request
from dispatch.visits import api as visits
from dispatch.visits.models import Visit, VisitState
from tests import world
from tests.conftest import MONDAY
from tests.dispatch import cast

PUMP = Work("fault", "CP-200")
TYPED = 90 * 60
MINUTE = timedelta(minutes=1)
_refs = iter(range(1, 10**9))


@pytest.fixture
def here(house):
    return world.small_world()


def past(
    told: Any, who: int | None, minutes: float, count: int = 1, *, never_arrived: bool = False, **about: Any
) -> None:
    """So many visits on the same request's asset that took so long, a month ago."""
    request_id = cast.request(told.request_no).id
    arrived = about.pop("arrived_at", MONDAY - timedelta(days=30))
    with transaction() as session:
        site_id = session.get_one(Request, request_id).site_id
        for _ in range(count):
            facts: dict[str, Any] = {
                "visit_ref": f"V-P{next(_refs):05}", "request_id": request_id, "site_id": site_id, "skill_code": "pump",
                "skill_level": 1, "duration_s": TYPED, "release_at": arrived, "state": VisitState.SIGNED,
                "engineer_id": who, "arrived_at": None if never_arrived else arrived, "arrival_received_at": arrived,
                "resolved_at": arrived + minutes * MINUTE, **about,
            }  # fmt: skip
            session.add(Visit(**facts))


def learnt(now: datetime = MONDAY) -> int:
    db.session.rollback()
    return experience(db.session(), now=now).learnt(PUMP, TYPED).duration_s


def test_the_plan_knows_who_is_quick_and_how_long_a_pump_takes(here):
    told = here.pump_fails()
    past(told, here.crew.wang, 122, 60)
    past(told, here.crew.li, 72, 20)
    db.session.rollback()
    day = api.day_as_it_stands(db.session(), territory=None, now=MONDAY)
    [visit], [fact] = day.problem.visits, day.facts.visits
    assert visit.duration_s == 125 * 60
    assert TYPED > visit.duration_by[str(here.crew.li)] >= 70 * 60
    assert str(here.crew.wang) not in visit.duration_by
    assert 0 < fact.log_sd < 0.5
    # The row keeps what was typed: only the plan reckons with what was learnt.
    assert cast.visit(told.visit_ref).duration_s == TYPED


def test_a_visit_made_step_by_step_counts_from_the_door_to_the_last_screw(here):
    told, li = here.pump_fails(), cast.engineer(here.crew.li)
    cast.assigned(told.visit_ref, here.crew.li)
    db.session.rollback()
    at = MONDAY + timedelta(hours=1)
    with transaction() as session:
        ref = told.visit_ref
        visits.accept(session, visit_ref=ref, at=at, by=li, now=at)
        visits.set_off(session, visit_ref=ref, at=at, by=li, now=at)
        visits.arrive(session, visit_ref=ref, at=at + 20 * MINUTE, received_at=at + 20 * MINUTE, by=li)
        visits.customer_confirm(session, visit_ref=ref, at=at + 25 * MINUTE, by=li, now=at + 25 * MINUTE)
        visits.resolved(
            session, visit_ref=ref, at=at + 62 * MINUTE, by=li, now=at + 62 * MINUTE, cause="", action_taken=""
        )
    db.session.rollback()
    made = experience(db.session(), now=at + timedelta(days=1))
    assert made._count == {PUMP: 1}
    assert made.learnt(PUMP, TYPED).duration_s == 80 * 60  # One of 42 minutes against five typed ones of 90.


def test_waiting_for_the_agreed_hour_is_no_work(here):
    told = here.pump_fails()
    came = MONDAY - timedelta(days=3)
    past(
        told, here.crew.li, 122, 40, arrived_at=came, window_from_at=came + 60 * MINUTE, window_to_at=came + 90 * MINUTE
    )
    assert learnt() == 70 * 60


@pytest.mark.parametrize(
    "about",
    [
        {"arrival_flagged": True},
        {"minutes": 4},
        {"minutes": 17 * 60},
        {"minutes": -30},
        {"arrived_at": MONDAY - timedelta(days=400)},
        {"arrived_at": MONDAY + timedelta(hours=1)},
        {"resolved_at": MONDAY - timedelta(days=1), "arrival_received_at": None, "never_arrived": True},
        {"state": VisitState.CANCELLED, "resolved_at": None},
    ],
    ids=str,
)
def test_what_nobody_can_vouch_for_teaches_nothing(here, about):
    told = here.pump_fails()
    past(told, here.crew.li, count=30, **{"minutes": 30, **about})
    assert learnt() == TYPED


@pytest.fixture
def questions(here) -> Iterator[list[str]]:
    """The statements sent so far."""
    sent: list[str] = []
    bind = db.session().get_bind()

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(bind, "before_cursor_execute", note)
    yield sent
    event.remove(bind, "before_cursor_execute", note)


def test_a_hundred_visits_to_plan_ask_history_once(here, questions):
    for _ in range(5):
        here.pump_fails(parts={})
    past(here.pump_fails(parts={}), here.crew.li, 60, 30)
    db.session.rollback()
    questions.clear()
    day = api.day_as_it_stands(db.session(), territory=None, now=MONDAY)
    assert len(day.problem.visits) == 6
    assert len([one for one in questions if "GROUP BY" in one and "resolved_at" in one]) == 1
