"""The desk's pages: they work, refuse a stranger, reject bad input and leave no trace of it (P7, P24-P26, P14)."""

from __future__ import annotations

import pytest
from flask import current_app, url_for

from app.db import db
from app.domain import Role
from dispatch.clocks.use_cases import fire_steps
from dispatch.desk import handling
from dispatch.field import use_cases as field_use_cases
from dispatch.field.rules import ActKind
from dispatch.requests.models import Request, RequestState
from dispatch.visits.models import VisitState
from dispatch.visits.use_cases import unassign_visit
from tests import world
from tests.conftest import MONDAY
from tests.contracts import cast as contracts
from tests.dispatch import cast
from tests.dispatch.cast import DISPATCHER, HOUR
from tests.dispatch.field import cast as field
from tests.dispatch.visits.test_visit_steps import drive_to

INTAKE = "/dispatch/intake"


@pytest.fixture
def here(house):
    return world.small_world()


@pytest.fixture
def told(here):
    return here.pump_fails()


@pytest.fixture
def desk(browser_of):
    return browser_of(Role.DISPATCHER)


def typed(here, **other):
    return {
        "key": "k-1", "caller_mobile": "138 0013-2201", "words": "", "caller_name": "张主任",
        "asset_id": str(here.hospital.pump_id), "fault_level": "1", "symptom": "循环泵停机", "type": "fault",
        "channel": "phone", "reported_at": "2026-03-02 09:50", "part_ids": str(here.stock.seal), "step": "assign", **other,
    }  # fmt: skip


def test_the_number_finds_the_customer_and_the_asset_says_what_is_owed(here, desk):
    page = desk.get(f"{INTAKE}/who?caller_mobile=138%200013%202201").text
    assert "市第一医院" in page
    assert "张主任" in page
    assert "合同" in page
    assert "4小时" in page
    assert "2026-03-02 14:00" in page
    level = desk.get(f"{INTAKE}/owed?asset_id={here.hospital.pump_id}&fault_level=1").text
    assert "2026-03-02 10:30" in level


@pytest.mark.parametrize("words", ["市第一", "sdyyy", "循环泵", "SN-"])
def test_without_a_number_name_initials_and_serial_find_the_asset(here, desk, words):
    assert "循环泵P-03" in desk.get(f"{INTAKE}/who", query_string={"words": words}).text


def test_what_nobody_has_is_said_and_nothing_breaks(here, desk):
    assert desk.get(f"{INTAKE}/who?caller_mobile=13999999999").status_code == 200
    for strange in (
        "asset_id=999999",
        "asset_id=abc",
        "asset_id=9999999999999999999999",
        "fault_level=9",
        "type=x&asset_id=1",
    ):
        assert desk.get(f"{INTAKE}/owed?{strange}").status_code == 200


def test_saving_to_assign_leads_to_the_board_with_the_visit_chosen(here, desk):
    answer = desk.submit(INTAKE, typed(here))
    row = db.session.query(Request).one()
    assert answer.status_code == 303
    assert "selected=V-000001" in answer.location
    assert (row.caller_mobile, row.fault_level, row.covered) == ("13800132201", 1, True)
    again = desk.submit(INTAKE, typed(here))
    assert again.status_code == 303
    assert db.session.query(Request).count() == 1


def test_an_uncovered_call_leads_to_its_own_page_where_sending_must_be_allowed(house, desk):
    who = contracts.hospital()
    form = {
        "key": "k", "caller_mobile": "13800132201", "caller_name": "张", "asset_id": str(who.pump_id), "fault_level": "2",
        "symptom": "停", "type": "fault", "channel": "phone", "reported_at": "2026-03-02 10:00", "step": "assign",
    }  # fmt: skip
    answer = desk.submit(INTAKE, form)
    assert "/dispatch/requests/R-000001" in answer.location
    page = desk.get(answer.location).text
    assert "派人之前" in page
    assert "派单" not in page.split("trip__head")[1].split("</article>")[0]


def test_looking_up_without_scripts_saves_nothing_and_keeps_what_was_typed(here, desk):
    page = desk.submit(INTAKE, typed(here, step="look", symptom=""))
    assert page.status_code == 200
    assert "4小时" in page.text
    assert "错误:" not in page.text
    assert db.session.query(Request).count() == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("symptom", ""), ("symptom", "a\x00b"), ("caller_name", ""), ("caller_mobile", ""), ("fault_level", "4"),
        ("fault_level", ""), ("reported_at", "2026-03-02T25:00"), ("reported_at", "2026-03-02 10:01"), ("type", "x"),
        ("channel", "fax"), ("caller_mobile", "138\x0000132201"),
        ("words", "a\x00b"), ("asset_id", ""), ("asset_id", "-1"), ("reported_at", "2026-01-01 10:00"),
    ],
)  # fmt: skip
def test_bad_input_shows_the_page_again_with_what_was_typed_and_saves_nothing(here, desk, field, value):
    page = desk.submit(INTAKE, typed(here, **{field: value}))
    assert page.status_code == 422
    assert "错误:" in page.text
    if field != "symptom":
        assert "循环泵停机" in page.text
    assert db.session.query(Request).count() == 0


@pytest.mark.parametrize("field", ["customer_id", "covered", "send_allowed_by", "state", "due_at", "version"])
def test_a_field_that_the_form_does_not_list_is_refused(here, desk, field):
    assert desk.submit(INTAKE, typed(here, **{field: "1"})).status_code == 400
    assert db.session.query(Request).count() == 0


def test_the_page_of_a_request_shows_promises_with_proof_visits_and_story(told, desk):
    page = desk.get(f"/dispatch/requests/{told.request_no}").text
    for words in (
        "到场",
        "2026-03-02 14:00",
        "依据",
        told.visit_ref,
        "登记报修",
        "人民路8号",
        "机械密封组件",
        "已预留 0",
    ):
        assert words in page, words


def test_a_warning_in_the_story_says_which_promise_it_is_about(told, desk):
    fire_steps(MONDAY + 2 * HOUR)
    page = " ".join(desk.get(f"/dispatch/requests/{told.request_no}").text.split())
    assert "响应 100%" in page and "到场 50%" in page


def test_the_list_filters_and_finds(told, desk):
    assert told.request_no in desk.get("/dispatch/requests?state=open").text
    assert told.request_no in desk.get("/dispatch/requests?q=13800132201").text
    assert told.request_no in desk.get(f"/dispatch/requests?q={told.visit_ref}").text
    assert told.request_no not in desk.get("/dispatch/requests?state=closed").text
    assert "没有符合条件" in desk.get("/dispatch/requests?q=nothing").text
    assert desk.get("/dispatch/requests?state=strange").status_code == 422
    assert desk.get("/dispatch/requests?page=x").status_code == 422


ACTS = {
    "pause": {"reason": "no_access", "note": "门锁着"},
    "appointment": {"new_due_at": "2026-03-03 10:00", "agreed_with": "张主任"},
    "level": {"level": "2", "reason": "改判"},
    "hold": {"reason": "双方同意"},
    "remote": {"answer": "重启"},
    "not_needed": {"reason": "误报"},
}


@pytest.mark.parametrize("act", ACTS)
def test_every_act_is_a_form_that_does_it_once(told, desk, act):
    url = f"/dispatch/requests/{told.request_no}/{act}"
    assert desk.submit(url, {**ACTS[act], "version": "1"}).status_code == 303
    assert cast.request(told.request_no).version == 2
    stale = desk.submit(url, {**ACTS[act], "version": "1"})
    assert stale.status_code == 409
    assert cast.request(told.request_no).version == 2


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("broken", ["empty", "unlisted", "no version", "bad version"])
def test_an_act_badly_typed_changes_nothing(told, desk, act, broken):
    data = {**ACTS[act], "version": "1"}
    wanted = {"empty": 422, "unlisted": 400, "no version": 400, "bad version": 400}[broken]
    if broken == "empty":
        data = {**dict.fromkeys(data, ""), "version": "1"}
    elif broken == "unlisted":
        data["state"] = "closed"
    else:
        data["version"] = "" if broken == "no version" else "1e3"
    assert desk.submit(f"/dispatch/requests/{told.request_no}/{act}", data).status_code == wanted
    assert cast.request(told.request_no).version == 1


def test_a_refused_act_keeps_what_was_typed_and_stands_open(told, desk):
    page = desk.submit(f"/dispatch/requests/{told.request_no}/appointment",
                       {"new_due_at": "gestern", "agreed_with": "张主任", "version": "1"})  # fmt: skip
    assert page.status_code == 422
    assert 'value="gestern"' in page.text
    assert page.text.count('<details class="act" open') == 1


def test_an_appointment_has_an_earliest_and_a_latest_instant_and_the_page_shows_both(told, desk):
    url = f"/dispatch/requests/{told.request_no}/appointment"
    typed = {"from_at": "2026-03-03 09:00", "new_due_at": "2026-03-03 08:00", "agreed_with": "张主任", "version": "1"}
    refused = desk.submit(url, typed)
    assert refused.status_code == 422
    assert "最早到场要早于最晚到场" in refused.text
    assert desk.submit(url, {**typed, "new_due_at": "2026-03-03 10:00"}).status_code == 303
    page = desk.get(f"/dispatch/requests/{told.request_no}").text
    assert "约定 2026-03-03 09:00 至 2026-03-03 10:00 到场" in page


def test_the_right_asset_is_given_by_its_number(told, here, desk):
    other = contracts.hospital(name="市二院")
    from contracts.installbase.api import asset_card

    number = asset_card(db.session(), other.pump_id).asset_no
    url = f"/dispatch/requests/{told.request_no}/correct"
    assert desk.submit(url, {"asset_no": "A-999999", "reason": "错", "version": "1"}).status_code == 422
    assert desk.submit(url, {"asset_no": number, "reason": "选错", "version": "1"}).status_code == 303
    row = cast.request(told.request_no)
    assert (row.asset_id, row.covered) == (other.pump_id, False)
    assert cast.visit(told.visit_ref).site_id == other.site_id


def test_merging_into_what_is_not_there_is_told_beside_the_field(told, here, desk):
    again = here.pump_fails()
    url = f"/dispatch/requests/{again.request_no}/merge"
    assert desk.submit(url, {"into_no": "R-999999", "version": "1"}).status_code == 422
    assert desk.submit(url, {"into_no": told.request_no, "version": "1"}).status_code == 303
    assert cast.request(again.request_no).state is RequestState.MERGED


def test_only_a_manager_lets_somebody_be_sent_uncovered(house, desk, browser_of):
    who = contracts.hospital()
    told = cast.reported(who.pump_id)
    url = f"/dispatch/requests/{told.request_no}/allow"
    assert desk.submit(url, {"reason": "急", "version": "1"}).status_code == 403
    assert cast.request(told.request_no).send_allowed_by is None
    manager = browser_of(Role.MANAGER)
    assert "放行" in manager.get(f"/dispatch/requests/{told.request_no}").text
    assert manager.submit(url, {"reason": "", "version": "1"}).status_code == 422
    assert manager.submit(url, {"reason": "客户书面同意", "version": "1"}).status_code == 303
    assert cast.request(told.request_no).send_allowed_reason == "客户书面同意"


def test_parts_are_put_on_a_visit_and_a_visit_is_called_off(told, here, desk):
    base = f"/dispatch/requests/{told.request_no}/visits/{told.visit_ref}"
    assert desk.submit(f"{base}/parts", {"part_no": "100871", "qty": "2"}).status_code == 303
    for qty in ("-1", "1.5", "1e3", "", "７"):
        assert desk.submit(f"{base}/parts", {"part_no": "100871", "qty": qty}).status_code == 422
    assert desk.submit(f"{base}/parts", {"part_no": "nothing", "qty": "1"}).status_code == 422
    assert desk.submit(f"{base}/cancel", {"reason": "不用", "version": "1"}).status_code == 409
    assert desk.submit(f"{base}/cancel", {"reason": "不用", "version": "2"}).status_code == 303
    assert cast.visit(told.visit_ref).state is VisitState.CANCELLED


def test_a_flagged_arrival_is_confirmed_by_a_person(told, here, desk):
    from app.db import transaction
    from dispatch.visits import api

    drive_to("en_route", told.visit_ref, here.crew.li)
    with transaction() as session:
        api.arrive(
            session, visit_ref=told.visit_ref, at=MONDAY - HOUR, received_at=MONDAY, by=cast.engineer(here.crew.li)
        )
    page = desk.get(f"/dispatch/requests/{told.request_no}").text
    assert "时间可疑" in page
    url = f"/dispatch/requests/{told.request_no}/visits/{told.visit_ref}/arrival"
    assert desk.submit(url, {"at": "2026-03-02 10:00", "version": "5"}).status_code == 303
    assert not cast.visit(told.visit_ref).arrival_flagged


def test_a_clash_with_a_phone_shows_both_sides_until_somebody_has_settled_it(told, here, desk, browser_of):
    """P20, P22: the engineer refused a visit that had just been taken from him; the desk sees that and what it did."""
    cast.assigned(told.visit_ref, here.crew.li)
    unassign_visit(told.visit_ref, seen_version=2, by=DISPATCHER, now=MONDAY)
    act = field.sent(told.visit_ref, ActKind.DECLINE, {"reason": "车坏了"})
    field_use_cases.act(act, by=field.account(here.crew.li), now=MONDAY)
    page = desk.get(f"/dispatch/requests/{told.request_no}").text
    for words in ("手机操作冲突", "李工", "车坏了", "已改派给别人", "标为已处理", "拒单", "未执行"):
        assert words in page, words
    url = f"/dispatch/requests/{told.request_no}/parked/{act.action_id}/settle"
    assert desk.submit(url, {"note": ""}).status_code == 422
    assert desk.submit(url, {"note": "已电话确认,改派王工"}).status_code == 303
    assert desk.submit(url, {"note": "再来一次"}).status_code == 409
    assert desk.submit(url.replace(act.action_id, "nothing"), {"note": "x"}).status_code == 404
    page = desk.get(f"/dispatch/requests/{told.request_no}").text
    assert "已电话确认,改派王工" in page
    assert "标为已处理" not in page
    other = here.pump_fails()
    assert desk.submit(url.replace(told.request_no, other.request_no), {"note": "x"}).status_code == 404
    assert browser_of(Role.STOREKEEPER).submit(url, {"note": "x"}).status_code == 403


def test_an_engineer_finds_his_own_request_and_no_other(told, here, browser_of):
    """P25: foreign and absent get the same answer."""
    li, wang = (browser_of(Role.ENGINEER, engineer_id=one) for one in (here.crew.li, here.crew.wang))
    cast.assigned(told.visit_ref, here.crew.li)
    assert li.get(f"/dispatch/requests/{told.request_no}").status_code == 200
    foreign, absent = (wang.get(f"/dispatch/requests/{no}") for no in (told.request_no, "R-999999"))
    assert (foreign.status_code, absent.status_code) == (404, 404)
    assert told.request_no not in wang.get("/dispatch/requests").text
    assert f"/dispatch/requests/{told.request_no}" not in wang.get(f"/search?q={told.request_no}").text
    assert f"/dispatch/requests/{told.request_no}" in li.get(f"/search?q={told.request_no}").text
    unassign_visit(told.visit_ref, seen_version=2, by=DISPATCHER, now=MONDAY)
    assert li.get(f"/dispatch/requests/{told.request_no}").status_code == 404


@pytest.mark.parametrize("role", [Role.STOREKEEPER, Role.CUSTOMER])
def test_a_stranger_is_turned_away(told, here, browser_of, role):
    links = {"customer_id": here.hospital.customer_id} if role is Role.CUSTOMER else {}
    client = browser_of(role, **links)
    for url in (INTAKE, "/dispatch/requests", f"/dispatch/requests/{told.request_no}"):
        assert client.get(url).status_code == 403
    assert client.submit(INTAKE, typed(here)).status_code == 403
    assert client.submit(f"/dispatch/requests/{told.request_no}/close", {"version": "1"}).status_code == 403


def test_search_finds_the_request_by_number_visit_and_mobile(told, desk):
    for words in (told.request_no, told.visit_ref, "138-0013-2201"):
        assert told.request_no in desk.get("/search", query_string={"q": words}).text, words


def test_the_managers_home_says_what_waits_and_who_is_on_duty(told, browser_of):
    page = browser_of(Role.MANAGER).get("/").text
    assert told.request_no in page
    assert "李工" in page


def url_for_asset(asset_id):
    with current_app.test_request_context():
        return url_for("installbase.asset", asset_id=asset_id)


def test_the_assets_archive_carries_its_requests(told, here, browser_of):
    handling.resolve_remotely(told.request_no, answer="重启", seen_version=1, by=DISPATCHER, now=MONDAY)
    page = browser_of(Role.SALES).get(url_for_asset(here.hospital.pump_id))
    assert told.request_no in page.text


def test_every_page_speaks_english(told, desk):
    desk.submit("/me/language", {"language": "en", "next": "/"})
    for url in (
        INTAKE,
        "/dispatch/requests",
        f"/dispatch/requests/{told.request_no}",
        "/dispatch/roster",
        "/dispatch/engineers",
    ):
        assert desk.get(url).status_code == 200
