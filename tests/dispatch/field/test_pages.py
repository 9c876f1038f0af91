"""The phone's pages: they work without a script, show nothing foreign, and refuse politely (F1-F3, P24-P26)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.domain import Role
from app.kernel.clock import FixedClock
from dispatch.visits.models import FieldAction
from dispatch.visits.use_cases import unassign_visit
from tests.conftest import MONDAY
from tests.dispatch import cast as dispatch
from tests.dispatch.field import cast
from tests.world import World, small_world


@pytest.fixture
def world(house: Flask) -> World:
    return small_world()


def press(phone: Any, visit_ref: str, act: str, **data: Any) -> Any:
    """Press the button of a page's form, as a phone without scripts would."""
    page = phone.get(f"/field/visits/{visit_ref}{'/sign' if act in ('sign', 'refuse') else ''}").get_data(as_text=True)
    return phone.submit(f"/field/visits/{visit_ref}/acts", {**cast.hidden(page, act), **data})


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def test_an_engineer_lands_on_his_route_with_the_next_stop_first(world: World, browser_of: Any) -> None:
    visit_ref = cast.given(world)
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    assert phone.get("/").location == "/field"
    page = phone.get("/field")
    html = page.get_data(as_text=True)
    told = words(page)
    assert page.status_code == 200
    for fact in (
        "市第一医院",
        "循环泵P-03",
        "循环泵停机",
        "人民路8号",
        "138****2201",
        "机械密封组件",
        "到场",
        "1级",
        "km",
    ):
        assert fact in told, fact
    assert "13800132201" not in told
    assert 'href="tel:13800132201"' in html
    assert "https://uri.amap.com/navigation?to=121.47" in html
    assert "√ 随车" in told
    assert "接单" in told
    assert f"/field/visits/{visit_ref}" in html


def test_a_whole_visit_walks_through_the_pages_without_a_script(
    world: World, browser_of: Any, clock: FixedClock
) -> None:
    visit_ref = cast.given(world)
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    clock.set(MONDAY + timedelta(minutes=50))
    assert press(phone, visit_ref, "accept").status_code == 303
    assert press(phone, visit_ref, "set_off").status_code == 303
    assert press(phone, visit_ref, "arrive", **cast.THERE).status_code == 303
    assert "距 15 米" in words(phone.get(f"/field/visits/{visit_ref}"))
    assert press(phone, visit_ref, "confirm").status_code == 303
    assert press(phone, visit_ref, "restore").status_code == 303
    part = press(phone, visit_ref, "use_part", code="SN3", qty="1", removed_serial="SN-OLD-7")
    assert part.status_code == 303
    assert "旧件 SN-OLD-7" in words(phone.get(f"/field/visits/{visit_ref}"))
    solved = press(
        phone, visit_ref, "resolve", cause=["seal"], action=["replaced"], cause_text="磨穿", action_text="", notes=""
    )
    assert solved.location == f"/field/visits/{visit_ref}/sign"
    shown = words(phone.get(solved.location))
    for fact in ("密封:磨穿", "更换", "200014", "SN3", "SN-OLD-7", "√ 已达标", "SHA-256"):
        assert fact in shown, fact
    done = press(phone, visit_ref, "sign", name="张主任", mobile="13800132201", strokes=cast.STROKES)
    assert done.location == "/field"
    assert f"{visit_ref} 已完成" in words(phone.get("/field"))
    row = dispatch.visit(visit_ref)
    assert (row.state.value, row.signer_name, row.cause, len(row.report_sha256)) == (
        "signed",
        "张主任",
        "密封:磨穿",
        64,
    )


def test_a_long_day_stays_under_14_kb_too(world: World, browser_of: Any) -> None:
    for _ in range(9):
        cast.given(world, parts={}, symptom="机房空调控制板报警,温度持续升高,备用机未启动")
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    for path in ("/field", "/field?view=map", "/field/parts", "/field/me"):
        assert len(phone.get(path).data) <= 14 * 1024, (path, len(phone.get(path).data))


def test_every_page_stays_under_14_kb(world: World, browser_of: Any) -> None:
    visit_ref = cast.given(world)
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    by = cast.account(world.crew.li)
    for path in (
        "/field",
        "/field?view=map",
        "/field/parts",
        "/field/scan?code=SN3",
        "/field/me",
        f"/field/visits/{visit_ref}",
    ):
        page = phone.get(path)
        assert page.status_code == 200, path
        assert len(page.data) <= 14 * 1024, (path, len(page.data))
    for kind in cast.TO_RESOLVED:
        cast.walk(by, visit_ref, kind, now=MONDAY)
        page = phone.get(f"/field/visits/{visit_ref}")
        assert len(page.data) <= 14 * 1024, (kind, len(page.data))
    page = phone.get(f"/field/visits/{visit_ref}/sign")
    assert len(page.data) <= 14 * 1024, len(page.data)


@pytest.mark.parametrize(
    "path",
    [
        "/field/visits/{ref}",
        "/field/visits/{ref}/sign",
        "/dispatch/visits/{ref}/report.pdf",
        "/dispatch/visits/{ref}/report.pdf?lang=en",
    ],
)
def test_another_engineers_visit_and_an_absent_one_are_the_same_404(path: str, world: World, browser_of: Any) -> None:
    visit_ref = cast.given(world)
    other = browser_of(Role.ENGINEER, engineer_id=world.crew.wang)
    foreign, absent = other.get(path.format(ref=visit_ref)), other.get(path.format(ref="V-999999"))
    assert (foreign.status_code, absent.status_code) == (404, 404)
    strip = re.compile(r"[0-9a-f]{12}|V-\d+|\?v=\w+|nonce|value=\"[^\"]*\"|content=\"[^\"]*\"")
    assert strip.sub("", foreign.get_data(as_text=True)) == strip.sub("", absent.get_data(as_text=True))


def test_a_strangers_act_leaves_no_trace(world: World, browser_of: Any) -> None:
    visit_ref = cast.given(world)
    other = browser_of(Role.ENGINEER, engineer_id=world.crew.wang)
    page = other.submit(
        f"/field/visits/{visit_ref}/acts", {"kind": "accept", "action_id": "0" * 12, "claimed_at": "", "offset_s": ""}
    )
    assert page.status_code == 404
    assert dispatch.visit(visit_ref).state.value == "assigned"
    assert dispatch.db.session.query(FieldAction).count() == 0


@pytest.mark.parametrize("role", [Role.DISPATCHER, Role.STOREKEEPER, Role.SALES, Role.CUSTOMER])
def test_the_phone_is_for_engineers(role: Role, world: World, browser_of: Any) -> None:
    links = {"customer_id": world.hospital.customer_id} if role is Role.CUSTOMER else {}
    assert browser_of(role, **links).get("/field").status_code == 403


def test_a_check_in_far_from_the_site_asks_why_and_then_lets_it_through(world: World, browser_of: Any) -> None:
    visit_ref = cast.given(world)
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    cast.walk(cast.account(world.crew.li), visit_ref, *cast.TO_SITE[:2], now=MONDAY)
    far = press(phone, visit_ref, "arrive", **cast.FAR)
    assert far.status_code == 422
    assert "米,超过 500 米" in words(far)
    fix = cast.hidden(far.get_data(as_text=True), "arrive")
    assert fix["lat"] == cast.FAR["lat"]
    again = phone.submit(f"/field/visits/{visit_ref}/acts", {**fix, "reason": "停车场在对面"})
    assert again.status_code == 303
    assert dispatch.visit(visit_ref).arrival_distance_m > 500


def test_no_fix_at_all_is_allowed_with_a_reason(world: World, browser_of: Any) -> None:
    visit_ref = cast.given(world)
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    cast.walk(cast.account(world.crew.li), visit_ref, *cast.TO_SITE[:2], now=MONDAY)
    assert "没有取到位置" in words(press(phone, visit_ref, "arrive"))
    assert press(phone, visit_ref, "arrive", reason="地下室没有信号").status_code == 303
    assert "无定位" in words(phone.get(f"/field/visits/{visit_ref}"))


@pytest.mark.parametrize(
    ("act", "data", "told"),
    [
        ("use_part", {"code": "", "qty": "1"}, "必填"),
        ("use_part", {"code": "SN3", "qty": "1.5"}, "整数"),
        ("use_part", {"code": "SN3", "qty": "0"}, "1 到 1000"),
        ("use_part", {"code": "NO-SUCH", "qty": "1"}, "NO-SUCH"),
        ("use_part", {"code": "SN1", "qty": "1"}, "SN1"),
        ("resolve", {"cause": [], "action": ["replaced"]}, "必填"),
        ("resolve", {"cause": ["witchcraft"], "action": ["replaced"]}, "请从列出的选项中选择"),
        ("resolve", {"cause": ["seal"], "action": ["replaced"], "notes": "x" * 2500}, "太长了"),
    ],
)
def test_what_cannot_be_taken_is_said_on_the_page_and_what_was_typed_stays(
    act: str, data: dict[str, Any], told: str, world: World, browser_of: Any
) -> None:
    visit_ref = cast.given(world)
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    cast.walk(cast.account(world.crew.li), visit_ref, *cast.TO_RESTORED, now=MONDAY)
    page = press(phone, visit_ref, act, **data)
    assert page.status_code in (409, 422), page.status_code
    assert told in words(page)
    if data.get("code"):
        assert f'value="{data["code"]}"' in page.get_data(as_text=True)
    assert dispatch.visit(visit_ref).state.value == "working"


@pytest.mark.parametrize(
    "strokes", ["", "[]", "[[1,2]]", "nonsense", '[["<svg>",1]]', "[[1e3,5,1,1,2,2]]", "[[700,5,1,1,2,2]]", "[" * 5000]
)
def test_a_scribble_that_is_none_is_not_a_signature(strokes: str, world: World, browser_of: Any) -> None:
    visit_ref = cast.given(world)
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    cast.walk(cast.account(world.crew.li), visit_ref, *cast.TO_RESOLVED, now=MONDAY)
    page = press(phone, visit_ref, "sign", name="张主任", mobile="", strokes=strokes)
    assert page.status_code == 422
    assert "客户签字" in words(page) or "无法识别" in words(page)
    assert dispatch.visit(visit_ref).state.value == "resolved"


def test_the_customer_may_refuse_to_sign_with_a_reason(world: World, browser_of: Any) -> None:
    visit_ref = cast.given(world)
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    cast.walk(cast.account(world.crew.li), visit_ref, *cast.TO_RESOLVED, now=MONDAY)
    assert press(phone, visit_ref, "refuse", name="张主任", reason="").status_code == 422
    assert press(phone, visit_ref, "refuse", name="张主任", reason="不同意收费").status_code == 303
    row = dispatch.visit(visit_ref)
    assert (row.state.value, row.signature) == ("signed", "")


def test_declining_needs_a_reason_and_gives_the_visit_back(world: World, browser_of: Any) -> None:
    visit_ref = cast.given(world)
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    assert press(phone, visit_ref, "decline", reason="").status_code == 422
    assert press(phone, visit_ref, "decline", reason="家里有急事").location == "/field"
    assert dispatch.visit(visit_ref).state.value == "declined"
    assert phone.get(f"/field/visits/{visit_ref}").status_code == 404


def test_an_unlisted_field_is_refused_and_nothing_saved(world: World, browser_of: Any) -> None:
    visit_ref = cast.given(world)
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    assert press(phone, visit_ref, "accept", state="signed").status_code == 400
    assert dispatch.visit(visit_ref).state.value == "assigned"


def test_pressing_twice_does_it_once(world: World, browser_of: Any) -> None:
    visit_ref = cast.given(world)
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    form = cast.hidden(phone.get("/field").get_data(as_text=True), "accept")
    for _ in range(3):
        assert phone.submit(f"/field/visits/{visit_ref}/acts", form).status_code == 303
    assert dispatch.db.session.query(FieldAction).count() == 1


def test_asking_for_a_part_holds_it_and_twice_holds_no_more(world: World, browser_of: Any) -> None:
    visit_ref = cast.given(world)
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    html = phone.get("/field/parts").get_data(as_text=True)
    assert "SN3" in html
    action_id = re.search(r'name="action_id" value="([^"]+)"', html)[1]
    form = {"action_id": action_id, "visit_ref": visit_ref, "part_no": "100233", "qty": "2"}
    for _ in range(2):
        assert phone.submit("/field/parts", form).status_code == 303
    told = words(phone.get("/field/parts"))
    assert "皮带 ×2" in told
    assert "城东库" in told


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"part_no": "100233", "qty": "99"}, 409),
        ({"part_no": "nothing", "qty": "1"}, 404),
        ({"part_no": "100233", "qty": "x"}, 422),
        ({"part_no": "", "qty": "1"}, 422),
    ],
)
def test_asking_for_what_is_not_there_says_so(data: dict[str, str], status: int, world: World, browser_of: Any) -> None:
    visit_ref = cast.given(world)
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    page = phone.submit("/field/parts", {"action_id": "a" * 12, "visit_ref": visit_ref, **data})
    assert page.status_code == status


def test_a_code_finds_only_what_is_the_engineers_own(world: World, browser_of: Any) -> None:
    visit_ref = cast.given(world)
    li, wang = (browser_of(Role.ENGINEER, engineer_id=who) for who in (world.crew.li, world.crew.wang))
    assert visit_ref in words(li.get(f"/field/scan?code={visit_ref}"))
    assert "随车 1 件" in words(li.get("/field/scan?code=SN3"))
    assert "没有找到" in words(wang.get(f"/field/scan?code={visit_ref}"))
    assert "没有找到" in words(wang.get("/field/scan?code=SN3"))


def test_english_shows_no_chinese_label(world: World, browser_of: Any) -> None:
    visit_ref = cast.given(world)
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    cast.walk(cast.account(world.crew.li), visit_ref, *cast.TO_RESTORED, now=MONDAY)
    phone.submit("/language", {"language": "en", "next": "/field"})
    ours = re.compile("|".join(map(re.escape, (
        "市第一医院", "循环泵停机", "循环泵P-03", "门诊楼B1机房", "人民路8号", "张主任", "李工", "中文", "中", "语言",
        "城东库", "机械密封组件", "轴流风机",
    ))))  # fmt: skip
    for path in (
        "/field",
        "/field?view=map",
        "/field/parts",
        "/field/scan?code=x",
        "/field/me",
        f"/field/visits/{visit_ref}",
    ):
        left = re.findall(r"[\u4e00-\u9fff]+", ours.sub("", words(phone.get(path))))
        assert left == [], (path, left)


def test_a_page_that_is_behind_says_so_and_offers_the_present_step(world: World, browser_of: Any) -> None:
    visit_ref = cast.given(world)
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    cast.walk(cast.account(world.crew.li), visit_ref, *cast.TO_SITE[:2], now=MONDAY)
    stale = cast.hidden(phone.get(f"/field/visits/{visit_ref}").get_data(as_text=True), "arrive")
    assert press(phone, visit_ref, "arrive", **cast.THERE).status_code == 303
    page = phone.submit(f"/field/visits/{visit_ref}/acts", {**stale, **cast.THERE})
    assert page.status_code == 409
    assert "已经过了这一步" in words(page)
    assert 'data-act="confirm"' in page.get_data(as_text=True)
    assert 'data-act="arrive"' not in page.get_data(as_text=True)


def test_a_visit_given_to_somebody_else_is_told_on_the_route(world: World, browser_of: Any) -> None:
    visit_ref = cast.given(world)
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    assert press(phone, visit_ref, "accept").status_code == 303
    form = cast.hidden(phone.get(f"/field/visits/{visit_ref}").get_data(as_text=True), "set_off")
    unassign_visit(visit_ref, seen_version=dispatch.visit(visit_ref).version, by=dispatch.DISPATCHER, now=MONDAY)
    assert phone.submit(f"/field/visits/{visit_ref}/acts", form).location == "/field"
    assert f"{visit_ref} 已改派给别人" in words(phone.get("/field"))


def test_the_last_visit_to_the_asset_is_told(world: World, browser_of: Any) -> None:
    first, phone = cast.given(world), browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    cast.walk(cast.account(world.crew.li), first, *cast.WHOLE, now=MONDAY)
    assert "上次到场: 2026-03-02 · 更换 · 李工" in words(phone.get(f"/field/visits/{cast.given(world, parts={})}"))
