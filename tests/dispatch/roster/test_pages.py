"""The roster's pages: the week with its gaps, and one shift (D12, P7, P14, P24, P26)."""

from __future__ import annotations

import pytest

from app.db import db
from app.domain import Role
from dispatch.roster.models import Duty
from tests.dispatch import cast

WEEK = "/dispatch/roster"


@pytest.fixture
def crew(house):
    return cast.crew()


@pytest.fixture
def desk(browser_of):
    return browser_of(Role.DISPATCHER)


def typed(crew, **other):
    return {
        "engineer_id": str(crew.li), "kind": "on_call", "starts_at": "2026-03-03 18:00", "ends_at": "2026-03-04 08:00",
        "break_from_at": "", "break_latest_at": "", "break_minutes": "0", "max_overtime_minutes": "120", "version": "", **other,
    }  # fmt: skip


def test_the_week_shows_shifts_and_the_gaps_before_they_happen(crew, desk):
    page = desk.get(WEEK).text
    assert "08:00–18:00" in page
    assert "无人值班" in page
    assert "2026-03-02 18:00" in page
    assert "无人会 水泵" not in page
    assert "待命" not in page
    assert "每个时刻都有人值班" not in page
    assert desk.get(f"{WEEK}?week=2026-03-09&territory=T1").status_code == 200
    assert desk.get(f"{WEEK}?week=next").status_code == 422


def test_a_gap_of_one_skill_is_named(crew, desk):
    assert desk.submit(f"{WEEK}/new", typed(crew, engineer_id=str(crew.wang))).status_code == 303
    assert "无人会 水泵" in desk.get(WEEK).text


def test_a_shift_is_added_changed_and_removed(crew, desk):
    answer = desk.submit(f"{WEEK}/new", typed(crew))
    assert answer.location.endswith("week=2026-03-03")
    duty = db.session.query(Duty).order_by(Duty.id.desc()).first()
    url = f"{WEEK}/{duty.id}"
    assert 'value="2026-03-03 18:00"' in desk.get(url).text
    assert desk.submit(url, typed(crew, starts_at="2026-03-03 19:00", version="1")).status_code == 303
    assert desk.submit(url, typed(crew, version="1")).status_code == 409
    assert desk.submit(f"{url}/remove", {"version": "1"}).status_code == 409
    assert desk.submit(f"{url}/remove", {"version": "2"}).status_code == 303
    assert desk.get(url).status_code == 404


@pytest.mark.parametrize(
    ("field", "value", "status"),
    [
        ("engineer_id", "999", 422), ("kind", "night", 422), ("starts_at", "", 422), ("ends_at", "2026-03-03 18:00", 422),
        ("ends_at", "2026-03-05 18:00", 422), ("starts_at", "2026-03-02 09:00", 409), ("break_minutes", "1.5", 422),
        ("max_overtime_minutes", "481", 422), ("break_minutes", "30", 422), ("state", "x", 400),
    ],
)  # fmt: skip
def test_bad_input_keeps_what_was_typed_and_writes_nothing(crew, desk, field, value, status):
    before = db.session.query(Duty).count()
    data = typed(crew, **{field: value})
    if field == "starts_at" and status == 409:
        data["ends_at"] = "2026-03-02 12:00"
    page = desk.submit(f"{WEEK}/new", data)
    assert page.status_code == status
    if status != 400:
        assert 'value="120"' in page.text or 'value="481"' in page.text
    assert db.session.query(Duty).count() == before


def test_the_address_may_name_engineer_and_day(crew, desk):
    page = desk.get(f"{WEEK}/new?engineer={crew.wang}&day=2026-03-05").text
    assert 'value="2026-03-05 08:00"' in page
    assert desk.get(f"{WEEK}/new?day=x").status_code == 422
    assert desk.get(f"{WEEK}/new?engineer=x").status_code == 422


def test_strangers_are_turned_away(crew, browser_of):
    for role in (Role.SALES, Role.STOREKEEPER, Role.ENGINEER, Role.CUSTOMER):
        client = browser_of(role)
        assert client.get(WEEK).status_code == 403
        assert client.submit(f"{WEEK}/new", typed(crew)).status_code == 403
