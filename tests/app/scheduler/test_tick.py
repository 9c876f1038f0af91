"""A tick does every step once, believes the clock only when it may, and says what broke (P11, P13)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.auth import use_cases as auth
from app.auth.actor import SYSTEM
from app.db import db
from app.domain import Role
from app.outbox.models import Notification
from app.scheduler.embedded import leader_lock
from app.scheduler.models import ClockJump, SchedulerBeat
from app.scheduler.rules import Reading, jump_between
from app.scheduler.tick import Scheduler, in_order
from tests.conftest import MONDAY, PASSWORD


@pytest.mark.parametrize(
    ("wall", "monotonic", "jumps"),
    [
        (timedelta(seconds=10), 10, False),
        (timedelta(seconds=130), 10, False),
        (timedelta(seconds=131), 10, True),
        (timedelta(seconds=-100), 10, False),
        (timedelta(days=-3), 10, True),
        (timedelta(days=3), 10, True),
        (timedelta(hours=5), 5 * 3600, False),
    ],
)
def test_the_clocks_may_part_by_two_minutes_and_no_more(wall, monotonic, jumps):
    before = Reading(MONDAY, 1000.0)
    assert bool(jump_between(before, Reading(MONDAY + wall, 1000.0 + monotonic))) is jumps


def test_the_first_tick_has_nothing_to_compare():
    assert jump_between(None, Reading(MONDAY, 0.0)) is None


def test_upper_floors_tick_before_the_ground_floor():
    ticks = {"app.seal": 1, "app.outbox": 2, "dispatch.escalate": 3}
    assert [name for name, _ in in_order(ticks)] == ["dispatch.escalate", "app.seal", "app.outbox"]


@pytest.fixture
def steps(house, monkeypatch):
    fired = []
    monkeypatch.setitem(house.extensions["ticks"], "test.fire", lambda now: fired.append(now))
    return fired


@pytest.mark.parametrize("days", [3, -3])
def test_nothing_fires_in_the_tick_that_notices_a_jump_and_it_is_told(house, clock, steps, days):
    auth.add_user("root", PASSWORD, display_name="管理员", role=Role.ADMINISTRATOR, first_password=False,
                  by=SYSTEM, now=MONDAY)  # fmt: skip
    scheduler = Scheduler()
    scheduler.tick()
    clock.set(MONDAY + timedelta(days=days))
    assert scheduler.tick().jump is not None
    assert steps == [MONDAY]
    clock.advance(timedelta(seconds=10))
    assert scheduler.tick().jump is None
    assert len(steps) == 2
    assert db.session().query(ClockJump).one().wall_s == days * 86400
    assert db.session().query(Notification).one().subject == "服务器时钟跳变"


def test_a_step_that_breaks_holds_up_no_other(house, steps, monkeypatch):
    def broken(now):
        raise ValueError("bad luck")

    monkeypatch.setitem(house.extensions["ticks"], "a.broken", broken)
    ticked = Scheduler().tick()
    assert ticked.broken == {"a.broken": "ValueError: bad luck"}
    assert steps == [MONDAY]
    assert db.session().query(SchedulerBeat).one().at == MONDAY


def test_one_process_of_an_installation_leads(tmp_path):
    first = leader_lock(tmp_path / "leader.lock")
    assert first is not None
    assert leader_lock(tmp_path / "leader.lock") is None
    first.close()
    again = leader_lock(tmp_path / "leader.lock")
    assert again is not None
    again.close()
