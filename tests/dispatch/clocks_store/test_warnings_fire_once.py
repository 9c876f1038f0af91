"""Warnings and rises: exactly once, at their true instants, none after the fact (D3, E4, P10, P11)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.audit.models import AuditRow
from app.db import db
from app.domain import Role
from app.outbox.models import OutboxMessage
from contracts.penalties.models import Penalty
from contracts.policies.rules import ClockKind, Limit, PolicyTerms
from contracts.policies.use_cases import define_policy
from dispatch.clocks import api
from dispatch.clocks.models import ClockStep, CommitmentClock
from dispatch.clocks.use_cases import fire_steps
from dispatch.desk import handling
from tests import world
from tests.conftest import MONDAY
from tests.contracts import cast as contracts
from tests.dispatch import cast
from tests.dispatch.cast import DISPATCHER, HOUR


@pytest.fixture
def listeners(browser_of):
    """A dispatcher and a manager who can be told."""
    browser_of(Role.DISPATCHER)
    browser_of(Role.MANAGER)


def steps(request_no: str) -> list[tuple[str, int, datetime, datetime]]:
    row = cast.request(request_no)
    found = db.session.query(ClockStep, CommitmentClock).join(CommitmentClock).filter_by(request_id=row.id)
    return [(c.kind, s.step, s.due_at, s.fired_at) for s, c in found.order_by(ClockStep.id)]


def messages() -> list[OutboxMessage]:
    return db.session.query(OutboxMessage).order_by(OutboxMessage.id).all()


def test_a_step_fires_at_its_instant_and_never_before_and_once(house, listeners):
    told = world.small_world().pump_fails()
    assert fire_steps(MONDAY + timedelta(minutes=14)) == 0
    assert fire_steps(MONDAY + timedelta(minutes=15)) == 1
    assert fire_steps(MONDAY + timedelta(minutes=15)) == 0
    half = MONDAY + timedelta(minutes=15)
    assert steps(told.request_no) == [("response", 50, half, half)]
    assert len(messages()) == 2


def test_of_several_missed_steps_all_are_kept_and_only_the_loudest_is_told(house, listeners):
    told = world.small_world().pump_fails()
    late = MONDAY + 4 * HOUR
    assert fire_steps(late) == 6
    fired = steps(told.request_no)
    assert [(kind, step) for kind, step, *_ in fired] == [
        ("response", 50), ("response", 75), ("response", 100), ("arrival", 50), ("arrival", 75), ("arrival", 100),
    ]  # fmt: skip
    assert all(due_at <= late == fired_at for _, _, due_at, fired_at in fired)
    assert len({message.key.rsplit(":", 2)[0] for message in messages()}) == 1
    assert "100%" in messages()[0].subject


def test_nothing_is_fired_after_the_fact_and_nothing_while_the_request_waits(house):
    told = world.small_world().pump_fails()
    row = cast.request(told.request_no)
    api.stop(
        db.session(), row.id, "arrived", at=MONDAY + HOUR, request_ref=told.request_no, by=DISPATCHER, now=MONDAY + HOUR
    )
    db.session.commit()
    handling.pause(told.request_no, reason="customer_not_ready", seen_version=1, by=DISPATCHER, now=MONDAY + 2 * HOUR)
    assert fire_steps(MONDAY + 60 * HOUR) == 0
    handling.resume(told.request_no, seen_version=2, by=DISPATCHER, now=MONDAY + 60 * HOUR)
    assert fire_steps(MONDAY + 69 * HOUR) == 0
    assert fire_steps(MONDAY + 70 * HOUR) == 1


def rising_world() -> int:
    """E4's rules: 3 to 2 after 24 h unresolved, 2 to 1 after 8 h more, level 1 within 4 h."""
    who = contracts.hospital()
    limits = tuple(Limit(ClockKind.RESOLVE, hours * 3600, level=level) for level, hours in ((3, 24), (2, 8), (1, 4)))
    define_policy(PolicyTerms(code="e4", name_zh="e4", name_en="e4", hours_code="7x24", limits=limits), by=DISPATCHER,
                  now=contracts.LONG_AGO)  # fmt: skip
    contracts.four_hour_contract(who, code="e4")
    return who.pump_id


def april(day: int, hour: int) -> datetime:
    return datetime(2026, 4, day, hour, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


def test_after_an_outage_both_rises_have_their_true_instants_and_one_notice(house, listeners):
    """E4: the scheduler is down from 04-08 08:30 to 19:00."""
    told = cast.reported(rising_world(), reported_at=april(7, 9), fault_level=3)
    fire_steps(april(8, 8))
    before = len(messages())
    fire_steps(april(8, 19))
    assert fire_steps(april(8, 19)) == 0
    rises = [(due_at, fired_at) for _, step, due_at, fired_at in steps(told.request_no) if step == 100]
    assert rises == [(april(8, 9), april(8, 19)), (april(8, 17), april(8, 19))]
    row = cast.request(told.request_no)
    assert row.fault_level == 1
    open_clocks = db.session.query(CommitmentClock).filter_by(request_id=row.id, superseded_at=None).all()
    assert [(clock.level, clock.started_at, clock.due_at) for clock in open_clocks] == [(1, april(8, 17), april(8, 21))]
    told_now = messages()[before:]
    assert len(told_now) == 2
    assert len({message.key.split(":")[1] for message in told_now}) == 1
    assert "1" in told_now[0].subject


def test_a_fact_from_before_the_rise_that_comes_in_after_it_ends_the_new_levels_clocks_too(house, listeners):
    """E10, P9, P11: solved in time on a silent phone; the level rose meanwhile, and its clocks warned on for ever."""
    told = cast.reported(rising_world(), reported_at=april(7, 9), fault_level=3)
    fire_steps(april(8, 10))
    row = cast.request(told.request_no)
    assert row.fault_level == 2
    solved_at, heard_at = april(8, 9) - timedelta(minutes=5), april(8, 11)
    api.stop(db.session(), row.id, "resolved", at=solved_at, request_ref=told.request_no, by=DISPATCHER, now=heard_at)
    db.session.commit()
    clocks = db.session.query(CommitmentClock).filter_by(request_id=row.id).order_by(CommitmentClock.id).all()
    assert [(c.level, c.state.value, c.stopped_at, c.next_step_at) for c in clocks] == [
        (3, "met", solved_at, None), (2, "met", april(8, 9), None),
    ]  # fmt: skip
    assert fire_steps(april(9, 9)) == 0
    assert cast.request(told.request_no).fault_level == 2
    void = db.session.query(AuditRow).filter_by(action="clocks.rise_void", object=f"request:{told.request_no}").one()
    assert '"level": 3' in void.before or '"level":3' in void.before
    assert db.session.query(Penalty).count() == 0


def test_a_level_that_a_person_changed_rests_on_no_breach(house):
    """The fact comes from before the change; nothing of it is void, and the other level's clocks end all the same."""
    told = cast.reported(rising_world(), reported_at=april(7, 9), fault_level=3)
    handling.change_level(told.request_no, level=2, reason="更严重", seen_version=1, by=DISPATCHER, now=april(7, 12))
    row = cast.request(told.request_no)
    api.stop(
        db.session(), row.id, "resolved", at=april(7, 11), request_ref=told.request_no, by=DISPATCHER, now=april(7, 13)
    )
    db.session.commit()
    assert {c.state.value for c in db.session.query(CommitmentClock).filter_by(request_id=row.id)} == {"met"}
    assert db.session.query(AuditRow).filter_by(action="clocks.rise_void").count() == 0


def test_a_fault_whose_level_both_sides_hold_warns_but_does_not_rise(house):
    told = cast.reported(rising_world(), reported_at=april(7, 9), fault_level=3)
    handling.hold_level(told.request_no, reason="客户同意等备件", seen_version=1, by=DISPATCHER, now=april(7, 10))
    assert fire_steps(april(8, 19)) == 3
    assert cast.request(told.request_no).fault_level == 3


def test_the_database_takes_a_step_of_a_clock_only_once(house):
    world.small_world().pump_fails()
    fire_steps(MONDAY + timedelta(minutes=15))
    with pytest.raises(IntegrityError):
        db.session.execute(
            text(
                "INSERT INTO clock_step (clock_id, step, due_at, fired_at) "
                "SELECT clock_id, step, due_at, fired_at FROM clock_step"
            )
        )


def test_stored_states_follow_the_ticks(house):
    told = world.small_world().pump_fails()
    fire_steps(MONDAY + 3 * HOUR)
    arrival = db.session.query(CommitmentClock).filter_by(kind="arrival").one()
    assert arrival.state == "at_risk"
    fire_steps(MONDAY + 5 * HOUR)
    faces = api.clock_views(db.session(), [arrival.request_id], MONDAY + 5 * HOUR)[arrival.request_id]
    states = {face.kind: face.state.value for face in faces}
    assert states == {"response": "breached", "arrival": "breached", "resolve": "running"}
    assert api.next_clock(faces).kind == "response"
    assert told.visit_ref
