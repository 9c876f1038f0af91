"""A whole visit on a phone of 390 px, by thumb: counted taps, counted bytes, nothing called outside (F1-F3, screens §5)."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from app.db import db
from app.domain import Role
from inventory.ledger.models import Serial
from inventory.places.models import Place
from tests.browser.conftest import Live
from tests.conftest import MONDAY
from tests.dispatch import cast as dispatch
from tests.dispatch.field import cast
from tests.world import World, small_world

AXE = Path(__file__).parents[2] / "app/static/vendor/axe-core/axe.min.js"
SITE = {"latitude": 31.2305, "longitude": 121.4738, "accuracy": 12}
FIRST_VIEW_BYTES = 120 * 1024


@pytest.fixture
def world(live: Live) -> World:
    with live.app.app_context():
        made = small_world()
        db.session.remove()
    return made


@dataclass
class Phone:
    """A page of 390 x 844 under one thumb: it counts the taps and weighs what comes."""

    page: Page
    taps: int = 0
    bytes_by_path: dict[str, int] = field(default_factory=dict)

    def tap(self, target: Locator) -> None:
        self.taps += 1
        target.click()

    def main(self, label: str) -> None:
        """The 56 px button, which must be this one, in reach of the thumb."""
        button = self.page.locator(".act__main .btn")
        assert button.inner_text().strip() == label
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 56
        self.tap(button)

    def says(self, words: str) -> None:
        self.page.get_by_text(words).first.wait_for()


def phone_of(
    live: Live, world: World, *, width: int = 390, here: dict[str, float] | None = SITE, **options: Any
) -> Phone:
    """Li's phone, its clock set by the house's, nothing outside the house ever called."""
    page = live.page_of(
        Role.ENGINEER, engineer_id=world.crew.li, viewport={"width": width, "height": 844}, has_touch=True,
        is_mobile=True, device_scale_factor=2, permissions=["geolocation"] if here else [], geolocation=here, **options,
    )  # fmt: skip
    page.set_default_timeout(8000)
    page.context.clock.install(time=live.clock.now())
    page.context.route(lambda url: not url.startswith(live.url), lambda route: route.abort())
    phone = Phone(page)
    page.on("response", lambda answer: weigh(phone, answer))
    return phone


def weigh(phone: Phone, answer: Any) -> None:
    if answer.status == 200 and answer.request.resource_type in ("document", "script", "stylesheet", "font", "image"):
        phone.bytes_by_path[answer.url] = len(gzip.compress(answer.body(), 6))


def send(live: Live, world: World, **about: Any) -> str:
    """The pump fails, Li is sent at once."""
    with live.app.app_context():
        visit_ref = cast.given(world, **about)
        db.session.remove()
    return visit_ref


def sign(phone: Phone) -> None:
    """A finger writes its name."""
    pad = phone.page.locator("canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    phone.page.mouse.move(box["x"] + 30, box["y"] + 60)
    phone.page.mouse.down()
    for x, y in ((70, 30), (110, 80), (160, 40), (210, 70)):
        phone.page.mouse.move(box["x"] + x, box["y"] + y, steps=4)
    phone.page.mouse.up()


def walk(phone: Phone, live: Live, visit_ref: str, *, part: bool) -> None:
    """The whole visit as the engineer does it."""
    page = phone.page
    page.goto(f"{live.url}/field")
    phone.main("接单")
    phone.says("√ 接单")
    with page.context.expect_page() as opened:
        phone.main("出发并导航")
    assert opened.value.url.startswith(("https://uri.amap.com/navigation?to=121.4", "chrome-error:", "about:blank"))
    opened.value.close()
    phone.says("√ 出发")
    phone.main("到场签到")
    phone.says("距 15 米")
    phone.main("客户确认")
    phone.says("√ 客户确认")
    phone.main("已恢复")
    phone.says("√ 已恢复")
    if part:
        phone.tap(page.get_by_label("新件:备件号或序列号"))
        page.keyboard.type("SN3")
        phone.tap(page.get_by_label("旧件序列号"))
        page.keyboard.type("OLD-7")
        phone.tap(page.get_by_role("button", name="登记换件"))
        phone.says("旧件 OLD-7")
    phone.tap(page.get_by_role("checkbox", name="密封"))
    phone.tap(page.get_by_role("checkbox", name="更换"))
    phone.main("已解决,请客户签字")
    phone.says("服务报告")
    sign(phone)
    phone.main("确认并完成")
    phone.says(f"{visit_ref} 已完成")


@pytest.mark.parametrize(("part", "most"), [(True, 14), (False, 9)])
def test_a_visit_takes_so_many_taps_and_no_more(live: Live, world: World, part: bool, most: int) -> None:
    live.clock.put_forward(timedelta(minutes=40))
    visit_ref = send(live, world)
    phone = phone_of(live, world)
    walk(phone, live, visit_ref, part=part)
    assert phone.taps <= most
    with live.app.app_context():
        row = dispatch.visit(visit_ref)
        assert (row.state.value, row.arrival_distance_m, row.signer_name, row.arrival_flagged) == (
            "signed",
            15,
            "张主任",
            False,
        )
        assert row.signature.startswith("[[")
        where = (
            db.session.query(Place.kind)
            .join(Serial, Serial.place_id == Place.id)
            .filter(Serial.serial_no == "SN3")
            .scalar()
        )
        assert where.value == ("customer_site" if part else "van")


def test_the_first_view_stays_under_120_kb(live: Live, world: World) -> None:
    visit_ref = send(live, world)
    phone = phone_of(live, world)
    for path in ("/field", f"/field/visits/{visit_ref}", "/field?view=map"):
        phone.bytes_by_path.clear()
        phone.page.goto(live.url + path, wait_until="networkidle")
        if "map" not in path:
            assert sum(phone.bytes_by_path.values()) <= FIRST_VIEW_BYTES, (path, phone.bytes_by_path)


def test_the_map_shows_the_stops_in_driving_order_without_tiles(live: Live, world: World) -> None:
    refs = [send(live, world), send(live, world, parts={})]
    phone = phone_of(live, world)
    phone.page.goto(f"{live.url}/field?view=map", wait_until="networkidle")
    numbers = phone.page.locator(".map-n:not(.map-n--here)").all_inner_texts()
    assert sorted(numbers) == ["1", "2"]
    assert phone.page.locator("canvas").count() >= 1
    assert phone.page.get_by_text("底图不可用").is_visible()
    assert phone.page.locator("[data-stop]").count() == len(refs)


def test_a_long_press_offers_the_other_map_apps_and_the_choice_is_kept(live: Live, world: World) -> None:
    send(live, world)
    phone = phone_of(live, world)
    phone.page.goto(f"{live.url}/field")
    main = phone.page.locator("[data-way-main]")
    assert (main.get_attribute("href") or "").startswith("https://uri.amap.com/")
    main.dispatch_event("pointerdown")
    phone.page.clock.run_for(700)
    menu = phone.page.locator("[data-way='baidu']")
    menu.wait_for()
    with phone.page.context.expect_page():
        menu.click()
    phone.page.reload()
    assert (main.get_attribute("href") or "").startswith("https://api.map.baidu.com/")


def test_without_a_position_the_reason_is_asked_for_and_kept(live: Live, world: World) -> None:
    visit_ref = send(live, world)
    phone = phone_of(live, world, here=None)
    with live.app.app_context():
        cast.walk(cast.account(world.crew.li), visit_ref, *cast.TO_SITE[:2], now=MONDAY)
        db.session.remove()
    phone.page.goto(f"{live.url}/field/visits/{visit_ref}")
    assert not phone.page.get_by_label("签到说明").is_visible()
    phone.main("到场签到")
    phone.says("没有取到位置")
    phone.page.get_by_label("签到说明").fill("地下室没有信号")
    phone.main("到场签到")
    phone.says("无定位")


@pytest.mark.parametrize(("language", "theme"), [("zh", "light"), ("zh", "dark"), ("en", "light"), ("en", "dark")])
def test_axe_finds_nothing_serious_and_nothing_runs_over_the_edge(
    live: Live, world: World, language: str, theme: str
) -> None:
    """Screens §14: each page of the phone, both languages, both themes, at 360 px."""
    refs = [send(live, world), send(live, world, parts={})]
    phone = phone_of(live, world, width=360, language=language, theme=theme)
    with live.app.app_context():
        by = cast.account(world.crew.li)
        # One trip after the other: nobody is under way to two.
        cast.walk(by, refs[1], *cast.TO_RESOLVED, now=live.clock.now())
        cast.walk(by, refs[0], *cast.TO_RESTORED, now=live.clock.now())
        db.session.remove()
    paths = ["/field", "/field?view=map", "/field/parts", "/field/scan?code=SN3", "/field/me", f"/field/visits/{refs[0]}",
             f"/field/visits/{refs[1]}/sign"]  # fmt: skip
    for path in paths:
        phone.page.goto(live.url + path, wait_until="load")
        phone.page.evaluate(AXE.read_text())
        found = phone.page.evaluate(
            "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']})"
        )
        bad = [(rule["id"], node["html"][:160]) for rule in found["violations"] if rule["impact"] in ("serious", "critical")
               for node in rule["nodes"]]  # fmt: skip
        assert bad == [], (path, bad)
        assert phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
