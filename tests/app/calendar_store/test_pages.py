"""The administrator's calendar pages: they work, refuse strangers and bad days, and save nothing of them (D2, P24, P26)."""

from __future__ import annotations

import re
from datetime import date

import pytest

from app.actor import SYSTEM
from app.calendar import api, use_cases
from app.db import db
from app.domain import Role
from tests.conftest import MONDAY

YEAR = {"year": "2027", "off_days": "2027-01-01\n2027-02-05~2027-02-11", "work_days": "2027-01-30", "source": "通知"}
WEEK = {f"day_{number}": "08:00-16:00" if number < 5 else "" for number in range(7)}
HOURS = {"code": "summer", "name_zh": "夏令", "name_en": "Summer", **WEEK}
FORMS = ["/calendars/new", "/calendars/5x8/edit", "/calendars/5x8/days", "/calendars/years/new"]


@pytest.fixture
def calendars(house):
    use_cases.seed_calendars(by=SYSTEM, now=MONDAY)
    return house


def version():
    db.session.rollback()
    return api.current_version(db.session())


def test_who_may_read_reads_and_only_the_administrator_opens_the_forms(calendars, browser_of):
    assert "09:00-12:00 13:00-18:00" in browser_of(Role.SALES).get("/calendars").get_data(as_text=True)
    assert browser_of(Role.STOREKEEPER).get("/calendars").status_code == 403
    assert {browser_of(Role.ADMINISTRATOR).get(form).status_code for form in FORMS} == {200}
    for role in (Role.SALES, Role.MANAGER, Role.DISPATCHER):
        client = browser_of(role)
        assert {client.get(form).status_code for form in FORMS} == {403}
        assert {client.submit(form, YEAR).status_code for form in FORMS} == {403}


def test_a_year_is_entered_with_its_stretches_once(calendars, browser_of):
    client = browser_of(Role.ADMINISTRATOR)
    assert client.submit("/calendars/years/new", YEAR).status_code == 303
    hours = api.service_hours(db.session(), "5x8", "Asia/Shanghai")
    assert {date(2027, 1, 1), date(2027, 2, 5), date(2027, 2, 11)} <= hours.off_days
    assert date(2027, 1, 30) in hours.work_days
    assert not hours.is_provisional(date(2027, 6, 1))
    assert client.submit("/calendars/years/new", YEAR).status_code == 409


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("year", "２０２７"), ("year", ""), ("off_days", "2027-02-30"), ("off_days", "2027-02-11~2027-02-05"),
        ("off_days", "2027-01-01~2027-12-31"), ("work_days", "tomorrow"), ("source", ""),
    ],
)  # fmt: skip
def test_a_year_typed_wrongly_names_its_field_and_saves_nothing(calendars, browser_of, field, typed):
    before = version()
    answer = browser_of(Role.ADMINISTRATOR).submit("/calendars/years/new", {**YEAR, field: typed})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.get_data(as_text=True)
    assert version() == before


def test_hours_are_defined_and_days_excepted(calendars, browser_of):
    client = browser_of(Role.ADMINISTRATOR)
    assert client.submit("/calendars/new", HOURS).status_code == 303
    assert api.service_hours(db.session(), "summer", "Asia/Shanghai").week[0] == ((480, 960),)
    wrong = client.submit("/calendars/new", {**HOURS, "day_2": "16:00-08:00"})
    assert wrong.status_code == 422
    assert 'href="#day_2"' in wrong.get_data(as_text=True)
    assert (
        client.submit(
            "/calendars/5x8/days", {"off_days": "2026-03-09", "work_days": "", "seen_version": "0"}
        ).status_code
        == 303
    )
    assert date(2026, 3, 9) in api.service_hours(db.session(), "5x8", "Asia/Shanghai").off_days
    assert "2026-03-09" in client.get("/calendars").get_data(as_text=True)
    assert client.get("/calendars/none/edit").status_code == 404
    assert client.submit("/calendars/new", {**HOURS, "to_version": "1"}).status_code == 400


def test_an_edit_keeps_its_code_and_names_both_versions_when_it_comes_too_late(calendars, browser_of):
    client = browser_of(Role.ADMINISTRATOR)
    page = client.get("/calendars/5x8/edit").get_data(as_text=True)
    seen = re.search(r'name="seen_version"[^>]*value="([0-9]+)"', page)[1]
    assert 'name="code"' not in page
    edit = {name: value for name, value in HOURS.items() if name != "code"}
    assert client.submit("/calendars/5x8/edit", {**edit, "seen_version": seen}).status_code == 303
    late = client.submit("/calendars/5x8/edit", {**edit, "seen_version": seen})
    assert late.status_code == 409
    assert f"第 {seen} 版" in late.get_data(as_text=True)
    assert client.submit("/calendars/5x8/edit", {**edit, "seen_version": "9" * 5000}).status_code == 422
    assert client.submit("/calendars/5x8/edit", edit).status_code == 422
    assert client.submit("/calendars/5x8/edit", {**HOURS, "seen_version": seen}).status_code == 400
    assert client.submit("/calendars/new", {**HOURS, "code": "5x8"}).status_code == 409
