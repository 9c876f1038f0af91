"""The page of planning's rules: the desk reads it, the heads change it, nothing is overwritten unseen (R10, P14)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import db
from app.domain import Role
from dispatch.planner.models import PlanningRules

PAGE = "/dispatch/planning"


def in_force() -> bool | None:
    db.session.rollback()
    return db.session().scalar(select(PlanningRules.room_for_calls))


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMINISTRATOR])
def test_the_heads_turn_room_for_calls_on_and_off(house: Flask, browser_of: Any, role: Role):
    client = browser_of(role)
    assert "给还没来的急单留余地" in client.get(PAGE).text
    assert client.submit(PAGE, {"seen_version": 0, "room_for_calls": "y"}).status_code == 303
    assert in_force() is True
    page = client.get(PAGE).text
    assert "checked" in page and "已保存,从下一次计划起生效。" in page
    assert client.submit(PAGE, {"seen_version": 1}).status_code == 303
    assert in_force() is False


def test_a_change_that_was_not_seen_is_not_overwritten(house: Flask, browser_of: Any):
    client = browser_of(Role.MANAGER)
    client.submit(PAGE, {"seen_version": 0, "room_for_calls": "y"})
    assert client.submit(PAGE, {"seen_version": 0}).status_code == 409
    assert in_force() is True


def test_the_dispatcher_reads_it_and_may_not_change_it(house: Flask, browser_of: Any):
    client = browser_of(Role.DISPATCHER)
    page = client.get(PAGE).text
    assert "给还没来的急单留余地" in page and 'name="room_for_calls"' not in page
    assert "¥90.00 / 小时" in page
    assert client.submit(PAGE, {"seen_version": 0, "room_for_calls": "y"}).status_code == 403
    assert in_force() is None
