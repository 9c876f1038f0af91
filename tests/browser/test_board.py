"""The board in a real browser: flows 1, 3 and 4 within their clicks, live without moving under the hand, no axe finding."""

from __future__ import annotations

import gzip
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.db import db
from app.domain import Role
from dispatch.visits.models import Visit
from tests.browser.conftest import Live
from tests.dispatch.cast import DISPATCHER, assigned, reported
from tests.world import World, small_world


@pytest.fixture
def world(live: Live) -> World:
    with live.app.app_context():
        made = small_world()
        made.pump_fails()
        reported(made.hospital.pump_id, parts={}, fault_level=2, symptom="泄漏")
        db.session.remove()
    return made


@pytest.fixture
def board(live: Live, world: World) -> Page:
    page = live.page_of(Role.DISPATCHER)
    page.goto(f"{live.url}/dispatch/board")
    expect(page.locator(".ec-row-head").first).to_be_visible()
    return page


def engineer_of(live: Live, ref: str) -> int | None:
    with live.app.app_context():
        found = db.session.query(Visit.engineer_id).filter(Visit.visit_ref == ref).scalar()
        db.session.remove()
    return found


def card(page: Page, ref: str) -> Any:
    return page.locator(f"#card-{ref}")


def test_one_click_assigns_and_one_more_takes_it_back(live: Live, board: Page, world: World):
    pick = card(board, "V-000001").locator("[data-pick] button").first
    pick.click()
    expect(board.locator("#toasts")).to_contain_text("已派 V-000001 给 李工")
    expect(board.locator(".ec-event[data-ref=V-000001]")).to_be_visible()
    assert engineer_of(live, "V-000001") == world.crew.li
    board.locator("#toasts [data-undo] button").click()
    expect(board.locator(".ec-event[data-ref=V-000001]")).to_have_count(0)
    assert engineer_of(live, "V-000001") is None


def test_two_keys_assign_the_first_suggestion_and_z_undoes(live: Live, board: Page, world: World):
    expect(card(board, "V-000001").locator("[data-pick]").first).to_be_visible()
    board.keyboard.press("j")
    expect(card(board, "V-000001")).to_have_attribute("data-selected", "")
    board.keyboard.press("1")
    expect(board.locator("#toasts")).to_contain_text("已派 V-000001")
    assert engineer_of(live, "V-000001") == world.crew.li
    board.keyboard.press("z")
    expect(board.locator("#toasts")).to_contain_text("已撤销 V-000001")
    assert engineer_of(live, "V-000001") is None


def test_choosing_by_initials_takes_three_keys_and_says_why_not(live: Live, board: Page, world: World):
    board.keyboard.press("j")
    board.keyboard.press("a")
    box = board.locator("[data-choose-filter]")
    expect(box).to_be_focused()
    expect(board.locator("[data-choose-list]")).to_contain_text("技能不符")
    board.keyboard.type("lg")
    expect(board.locator("[data-choose-list] option")).to_have_count(1)
    board.keyboard.press("Enter")
    expect(board.locator("#toasts")).to_contain_text("给 李工")
    expect(board.locator("dialog[open]")).to_have_count(0)
    assert engineer_of(live, "V-000001") == world.crew.li


def test_a_refused_choice_asks_for_the_reason_in_the_dialog(live: Live, board: Page, world: World):
    board.keyboard.press("j")
    board.keyboard.press("a")
    board.locator("[data-choose-filter]").fill("wg")
    board.keyboard.press("Enter")
    reason = board.locator("dialog[open] [name=reason]")
    reason.fill("李工请假,王工有厂家远程指导")
    board.locator("dialog[open] button", has_text="仍然派单").click()
    expect(board.locator("#toasts")).to_contain_text("给 王工")
    assert engineer_of(live, "V-000001") == world.crew.wang


def drag_to(page: Page, held: Any, row: int, hour: str, *, drop: bool = True) -> str:
    """Drag what is held to the hour of a row; returns the ghost's words before the drop."""
    start, line = held.bounding_box(), page.locator(".ec-row-head").nth(row).bounding_box()
    slot = page.locator(".ec-slot", has_text=hour).bounding_box()
    page.mouse.move(start["x"] + 12, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(slot["x"] + 14, line["y"] + line["height"] / 2, steps=6)
    ghost = page.locator("[data-ghost]")
    expect(ghost).to_contain_text("到场")
    words = ghost.inner_text()
    if drop:
        page.mouse.up()
    return words


def test_a_card_dragged_onto_a_row_says_what_it_means_before_the_drop(live: Live, board: Page, world: World):
    words = drag_to(board, card(board, "V-000001").locator(".todo__line").first, 0, "13:00")
    assert "李工" in words and "不打破任何安排" in words and "¥" in words
    expect(board.locator(".ec-event[data-ref=V-000001]")).to_be_visible()
    assert engineer_of(live, "V-000001") == world.crew.li


def test_a_bar_dragged_to_a_wrong_row_asks_first_and_stays_where_it_was(live: Live, board: Page, world: World):
    with live.app.app_context():
        assigned("V-000002", world.crew.li)
        db.session.remove()
    bar = board.locator(".ec-event[data-ref=V-000002]")
    expect(bar).to_be_visible(timeout=8000)
    words = drag_to(board, bar, 1, "13:00")
    assert "没有这项技能" in words
    expect(board.locator("dialog[open]")).to_contain_text("没有这项技能")
    assert engineer_of(live, "V-000002") == world.crew.li


def test_what_changes_elsewhere_waits_while_the_hand_is_on_the_list(live: Live, board: Page, world: World):
    card(board, "V-000001").hover()
    with live.app.app_context():
        reported(world.hospital.pump_id, parts={}, fault_level=3, symptom="异响")
        db.session.remove()
    updates = board.locator("[data-updates]")
    expect(updates).to_contain_text("更新1条", timeout=8000)
    assert card(board, "V-000003").count() == 0
    board.keyboard.press("r")
    expect(card(board, "V-000003")).to_be_visible()


def test_without_a_hand_on_it_the_list_follows_by_itself_and_pausing_stops_it(live: Live, board: Page, world: World):
    board.mouse.move(900, 20)
    with live.app.app_context():
        reported(world.hospital.pump_id, parts={}, fault_level=3)
        db.session.remove()
    expect(card(board, "V-000003")).to_be_visible(timeout=8000)
    board.keyboard.press("Shift+P")
    expect(board.locator("[data-live-words]")).to_contain_text("已暂停")
    with live.app.app_context():
        reported(world.hospital.pump_id, parts={}, fault_level=3)
        db.session.remove()
    board.wait_for_timeout(4000)
    assert card(board, "V-000004").count() == 0
    board.keyboard.press("Shift+P")
    expect(card(board, "V-000004")).to_be_visible(timeout=8000)


def test_somebody_else_was_first_shows_both_versions(live: Live, board: Page, world: World):
    board.keyboard.press("Shift+P")
    expect(card(board, "V-000001").locator("[data-pick]").first).to_be_visible()
    with live.app.app_context():
        assigned("V-000001", world.crew.li, now=live.clock.now() + timedelta(hours=2), by=DISPATCHER)
        db.session.remove()
    card(board, "V-000001").locator("[data-pick] button").first.click()
    expect(board.locator("#board-notice .conflict")).to_contain_text("zhang")
    expect(board.locator("#board-notice .conflict button")).to_contain_text("仍然派单")


def test_selecting_orders_the_rows_and_draws_the_due_line(board: Page):
    board.keyboard.press("j")
    expect(board.locator(".ec-row-head").nth(1)).to_contain_text("不可派: 技能不符")
    expect(board.locator(".bg-due").first).to_be_visible()
    expect(board.locator("[data-foot-due]")).to_contain_text("到场时限 2026-03-02 14:00")


def test_why_and_keys_and_the_map_answer_to_the_keyboard(board: Page):
    board.keyboard.press("j")
    board.keyboard.press("w")
    expect(board.locator("dialog[open]")).to_contain_text("不可派")
    board.keyboard.press("Escape")
    board.keyboard.press("m")
    expect(board.locator(".board__canvas")).to_be_hidden()
    board.keyboard.press("m")
    expect(board.locator(".board__canvas")).to_be_visible()
    expect(board.locator("[data-map-note]")).to_have_text("底图不可用")


def test_a_plan_comes_without_blocking_the_board(board: Page):
    board.locator("button", has_text="现在计划").click()
    dialog = board.locator("dialog[open]")
    expect(dialog).to_contain_text("建议计算中")
    expect(dialog).to_contain_text("接受计划", timeout=25000)
    dialog.locator("button", has_text="接受计划").click()
    expect(dialog).to_contain_text("1 条路线已生效")


FINDINGS = """async () => (await axe.run(document, {runOnly:
    ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}))
  .violations.filter(v => ['serious', 'critical'].includes(v.impact))
  .map(v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 160)).join(' | '))"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_axe_finds_nothing_serious_also_after_updates(live: Live, world: World, theme: Any, language: str):
    page = live.page_of(Role.DISPATCHER, language=language, theme=theme)
    with live.app.app_context():
        assigned("V-000002", world.crew.li)
        db.session.remove()
    page.goto(f"{live.url}/dispatch/board")
    expect(page.locator(".ec-event[data-ref=V-000002]")).to_be_visible()
    expect(card(page, "V-000001").locator("[data-pick]").first).to_be_visible()
    page.add_script_tag(url=f"{live.url}/static/vendor/axe-core/axe.min.js")
    assert page.evaluate(FINDINGS) == []
    page.keyboard.press("j")
    expect(page.locator(".bg-due").first).to_be_visible()
    page.wait_for_timeout(400)
    assert page.evaluate(FINDINGS) == []


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1280, 720)])
def test_one_screen_holds_it_all_without_scrolling_the_page(live: Live, world: World, width: int, height: int):
    page = live.page_of(Role.DISPATCHER, viewport={"width": width, "height": height})
    page.goto(f"{live.url}/dispatch/board")
    expect(page.locator(".ec-row-head").first).to_be_visible()
    size = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert size[0] <= width and size[1] <= height
    list_box = page.locator(".board__left").bounding_box()
    assert list_box is not None and list_box["width"] == (360 if width == 1440 else 320)


def test_the_first_view_weighs_at_most_260_kb(live: Live, world: World):
    page = live.page_of(Role.DISPATCHER)
    bodies: dict[str, int] = {}

    def weigh(answer: Any) -> None:
        if answer.status == 200 and live.url in answer.url:
            bodies[answer.url] = len(gzip.compress(answer.body(), 6))

    page.on("response", weigh)
    page.goto(f"{live.url}/dispatch/board")
    page.wait_for_timeout(1500)
    assert sum(bodies.values()) <= 260 * 1024, bodies


def test_without_scripts_lists_tables_and_forms_do_the_work(live: Live, world: World):
    page = live.page_of(Role.DISPATCHER, java_script_enabled=False)
    page.goto(f"{live.url}/dispatch/board")
    expect(page.locator("table")).to_contain_text("李工")
    card(page, "V-000001").locator("a", has_text="派单").click()
    page.locator("select[name=engineer_id]").select_option(str(world.crew.li))
    page.locator("main button", has_text="派单").click()
    expect(page.locator("main")).to_contain_text("撤销")
    assert engineer_of(live, "V-000001") == world.crew.li
    page.locator("main button", has_text="撤销").click()
    assert engineer_of(live, "V-000001") is None


def test_narrow_screens_show_one_tab_at_a_time(live: Live, world: World):
    page = live.page_of(Role.DISPATCHER, viewport={"width": 1000, "height": 700})
    page.goto(f"{live.url}/dispatch/board")
    expect(card(page, "V-000001")).to_be_visible()
    expect(page.locator(".board__time")).to_be_hidden()
    page.locator("[data-show=time]").click()
    expect(page.locator(".ec-row-head").first).to_be_visible()
    expect(card(page, "V-000001")).to_be_hidden()
    page.locator("[data-show=map]").click()
    expect(page.locator(".board__canvas")).to_be_visible()


def test_a_bar_is_a_button_that_opens_the_change_and_t_does_the_same_from_the_card(
    live: Live, board: Page, world: World
):
    with live.app.app_context():
        assigned("V-000002", world.crew.li)
        db.session.remove()
    bar = board.locator(".ec-event[data-ref=V-000002]")
    expect(bar).to_be_visible(timeout=8000)
    bar.focus()
    board.keyboard.press("Enter")
    expect(board.locator("dialog[open] [name=start_at]")).to_have_value("2026-03-02 11:00")
    board.keyboard.press("Escape")
    expect(card(board, "V-000002")).to_have_attribute("data-selected", "")
    board.keyboard.press("t")
    when = board.locator("dialog[open] [name=start_at]")
    when.fill("2026-03-02 13:30")
    when.press("Control+Enter")
    expect(board.locator("#toasts")).to_contain_text("已派 V-000002 给 李工")
    expect(bar).to_have_attribute("data-start", "2026-03-02T13:30:00", timeout=8000)
