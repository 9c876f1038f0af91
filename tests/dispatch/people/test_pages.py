"""Pages of engineers, skills and territories: they work, refuse strangers, reject bad input (P7, P14, P24, P26)."""

from __future__ import annotations

import pytest

from app.db import db
from app.domain import Role
from dispatch.people import api
from dispatch.people.models import Engineer, ModelSkill, Skill
from tests.dispatch import cast

NEW = "/dispatch/engineers/new"
TYPED = {
    "name": "赵工", "name_en": "Zhao", "mobile": "186-1234 1403", "territory_code": "T1", "home_address": "外滩1号",
    "home_lat": "31.240000", "home_lon": "121.490000", "version": "",
}  # fmt: skip


@pytest.fixture
def crew(house):
    return cast.crew()


@pytest.fixture
def manager(browser_of):
    return browser_of(Role.MANAGER)


def test_a_new_colleague_is_on_the_list_and_found_by_initials(crew, manager):
    answer = manager.submit(NEW, TYPED)
    assert answer.status_code == 303
    assert "赵工" in manager.get(answer.location).text
    assert "赵工" in manager.get("/dispatch/engineers?q=zg").text
    assert "赵工" not in manager.get("/dispatch/engineers?skill=pump").text
    assert "李工" in manager.get("/dispatch/engineers?skill=pump&territory=T1").text
    assert manager.get("/dispatch/engineers?skill=flying").status_code == 422


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("mobile", ""), ("territory_code", "T9"), ("home_lat", "91"), ("home_lat", "NaN"), ("home_lat", ""),
        ("home_lon", "1e2"), ("home_lon", "181"), ("home_address", "x" * 201), ("name", "a\x00"),
    ],
)  # fmt: skip
def test_bad_input_is_told_by_field_and_nothing_is_kept(crew, manager, field, value):
    before = db.session.query(Engineer).count()
    page = manager.submit(NEW, {**TYPED, field: value})
    assert page.status_code == 422
    assert "错误:" in page.text
    assert db.session.query(Engineer).count() == before


@pytest.mark.parametrize("field", ["id", "engineer_no", "left_on", "last_lat"])
def test_a_field_that_is_not_listed_is_refused(crew, manager, field):
    assert manager.submit(NEW, {**TYPED, field: "1"}).status_code == 400


def test_an_edit_that_saw_an_old_version_is_a_conflict(crew, manager):
    url = f"/dispatch/engineers/{crew.li}/edit"
    assert 'value="李工"' in manager.get(url).text
    assert manager.submit(url, {**TYPED, "version": "1"}).status_code == 303
    assert manager.submit(url, {**TYPED, "name": "钱工", "version": "1"}).status_code == 409
    assert manager.submit(url, TYPED).status_code == 400
    assert api.engineer_card(db.session(), crew.li).name == "赵工"


def test_skills_are_granted_with_their_last_day_and_taken_away(crew, manager):
    base = f"/dispatch/engineers/{crew.wang}"
    good = {"skill_code": "pump", "level": "2", "expires_on": "2026-02-01", "version": "1"}
    for broken in ({"level": "4"}, {"level": "１"}, {"expires_on": "2026-02-30"}, {"skill_code": "flying"}):
        assert manager.submit(f"{base}/skills", {**good, **broken}).status_code == 422
    assert manager.submit(f"{base}/skills", good).status_code == 303
    assert "已过期" in manager.get(base).text
    assert manager.submit(f"{base}/skills", good).status_code == 409
    assert manager.submit(f"{base}/skills/revoke", {"skill_code": "pump", "version": "2"}).status_code == 303
    assert [skill.code for skill in api.engineer_card(db.session(), crew.wang).skills] == ["electric"]


def test_the_last_day_is_written_down(crew, manager):
    url = f"/dispatch/engineers/{crew.li}/leave"
    assert manager.submit(url, {"left_on": "soon", "version": "1"}).status_code == 422
    assert manager.submit(url, {"left_on": "2026-03-31", "version": "1"}).status_code == 303
    assert "2026-03-31" in manager.get(f"/dispatch/engineers/{crew.li}").text


def test_skills_territories_and_models_are_described(crew, manager):
    word = {"code": "hvac", "name_zh": "暖通", "name_en": "HVAC"}
    assert manager.submit("/dispatch/skills/skill", word).status_code == 303
    assert manager.submit("/dispatch/skills/skill", word).status_code == 409
    assert manager.submit("/dispatch/skills/territory", {**word, "code": ""}).status_code == 422
    model = {"model": "AC-1", "skill_code": "hvac", "level": "1", "minutes": "60"}
    assert manager.submit("/dispatch/skills/model", model).status_code == 303
    for broken in ({"minutes": "4"}, {"minutes": "6e1"}, {"level": "0"}, {"model": ""}):
        assert manager.submit("/dispatch/skills/model", {**model, **broken}).status_code == 422
    assert db.session.get(ModelSkill, "AC-1").minutes == 60
    assert db.session.query(Skill).count() == 3


def test_dispatchers_read_and_do_not_write_and_strangers_see_nothing(crew, browser_of):
    desk = browser_of(Role.DISPATCHER)
    assert desk.get("/dispatch/engineers").status_code == 200
    assert desk.get(NEW).status_code == 403
    assert desk.submit("/dispatch/skills/skill", {"code": "x", "name_zh": "x", "name_en": "x"}).status_code == 403
    for role in (Role.SALES, Role.STOREKEEPER, Role.ENGINEER):
        assert browser_of(role).get("/dispatch/engineers").status_code == 403
    assert desk.get("/dispatch/engineers/999999").status_code == 404
