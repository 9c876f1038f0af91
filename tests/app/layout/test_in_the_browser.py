"""The layout's scripts and pieces in a real browser, over a floor that has one of everything."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect, sync_playwright
from werkzeug.serving import make_server

from app.auth import use_cases as auth
from app.auth.actor import SYSTEM
from app.config import Settings
from app.db import Base, db
from app.domain import Role
from app.factory import create_app
from app.kernel.clock import SystemClock
from tests.app.layout.stage import floor as stage

PASSWORD = "correct horse staple"
AXE = Path(__file__).parents[3] / "app/static/vendor/axe-core/axe.min.js"
GRAVE = {"serious", "critical"}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The ground floor and the stage, served over HTTP."""
    folder = tmp_path_factory.mktemp("layout")
    settings = Settings(
        database_url=f"sqlite:///{folder / 'house.sqlite3'}", secret_key="test", data_dir=folder, testing=True
    )  # fmt: skip
    auth.use_cheap_hashes()
    app = create_app([stage.domain], settings=settings, clock=SystemClock())
    with app.app_context():
        # Other tests may have imported some of the upper floors' tables, which are none of this house's.
        ground = [m.local_table for m in Base.registry.mappers if m.class_.__module__.startswith("app.")]
        Base.metadata.create_all(db.engine, tables=ground)
        auth.add_user("zhang", PASSWORD, display_name="张调度", role=Role.DISPATCHER, first_password=False,
                      by=SYSTEM, now=datetime.now(UTC))  # fmt: skip
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the module."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        yield browser
        browser.close()


def sign_in(page: Page, address: str, language: str = "zh") -> None:
    """Through the door, as a person does, in the language asked for."""
    page.goto(f"{address}/sign-in")
    page.fill("[name=user_name]", "zhang")
    page.fill("[name=password]", PASSWORD)
    page.click("[data-auth] button")
    page.wait_for_url(f"{address}/")
    speak(page, language)


def speak(page: Page, language: str) -> None:
    """Press 中 or EN where the page speaks the other language."""
    if not (page.get_attribute("html", "lang") or "").startswith(language):
        page.click(f".lang [value={language}]")
        page.wait_for_function("language => document.documentElement.lang.startsWith(language)", arg=language)


@pytest.fixture(scope="module")
def signed_in(browser: Browser, address: str) -> StorageState:
    """The cookies of somebody who came through the door once."""
    context = browser.new_context()
    sign_in(context.new_page(), address)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def context(browser: Browser, signed_in: StorageState) -> Iterator[BrowserContext]:
    """A browser profile of its own, signed in."""
    context = browser.new_context(storage_state=signed_in, viewport={"width": 1280, "height": 720})
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, address: str) -> Page:
    """The stage in Chinese."""
    page = context.new_page()
    page.goto(f"{address}/stage")
    speak(page, "zh")
    return page


def test_a_clock_falls_at_risk_and_is_breached_while_one_looks(page: Page) -> None:
    first = page.locator("[data-clock]").first
    expect(first).to_have_attribute("data-state", "running")
    expect(first).to_have_attribute("data-state", "at_risk")
    expect(first).to_contain_text("▲")
    expect(first).to_contain_text("临期")
    expect(page.locator("#live")).to_contain_text("R-1003 到场变为临期")
    expect(first).to_have_attribute("data-state", "breached", timeout=8000)
    expect(first).to_contain_text("已超时")
    expect(first).to_contain_text("超")
    expect(page.locator("#live")).to_contain_text("R-1003 到场已超时")
    assert page.title().startswith("(■")


def test_paused_and_finished_clocks_never_tick(page: Page) -> None:
    for state in ("paused", "met", "met_late", "waived"):
        assert page.locator(f'[data-clock][data-state="{state}"][data-due]').count() == 0
        assert page.locator(f'[data-clock][data-state="{state}"]').count() > 0


def test_the_question_mark_lists_the_keys_of_this_page_and_escape_closes_it(page: Page) -> None:
    page.keyboard.press("Shift+Slash")
    keys = page.locator("#keys-dialog")
    expect(keys).to_be_visible()
    expect(keys).to_contain_text("New")
    expect(keys).to_contain_text("Stage")
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()


def test_single_keys_are_dead_while_typing_and_can_be_switched_off(page: Page) -> None:
    page.evaluate("() => document.querySelector('#new').addEventListener('click', e => { e.target.dataset.hit = '1' })")
    page.keyboard.press("Slash")
    page.keyboard.type("n")
    assert page.input_value("#bar-q") == "n"
    assert page.get_attribute("#new", "data-hit") is None
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+Slash")
    page.uncheck("[data-keys-switch]")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    assert page.get_attribute("#new", "data-hit") is None
    page.click("details:not(.menu--nav) summary")
    page.click("[data-keys-open]")
    page.check("[data-keys-switch]")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    assert page.get_attribute("#new", "data-hit") == "1"


def test_g_and_a_letter_go_to_a_page(page: Page, address: str) -> None:
    page.goto(f"{address}/me")
    page.keyboard.press("g")
    page.keyboard.press("b")
    page.wait_for_url(f"{address}/stage")


def test_z_takes_back_what_was_done_at_once(page: Page) -> None:
    before = stage.arrived["undo"]
    page.keyboard.press("u")
    expect(page.locator("[data-undo]")).to_be_visible()
    page.keyboard.press("z")
    expect(page.locator("#out")).to_have_text("undone")
    expect(page.locator("[data-undo]")).to_have_count(0)
    assert stage.arrived["undo"] == before + 1


def test_a_form_pressed_twice_arrives_once_and_comes_back_with_its_errors_and_what_was_typed(page: Page) -> None:
    before = stage.arrived["save"]
    page.fill("[name=name]", "市一医院")
    page.fill("[name=pieces]", "12a")
    page.evaluate("() => { const f = document.querySelector('#box form'); f.requestSubmit(); f.requestSubmit(); }")
    summary = page.locator("#error-summary")
    expect(summary).to_be_focused()
    assert stage.arrived["save"] == before + 1
    assert page.input_value("[name=name]") == "市一医院"
    assert page.get_attribute("[name=pieces]", "aria-invalid") == "true"
    summary.locator("a").first.click()
    expect(page.locator("[name=pieces]")).to_be_focused()


def test_full_width_digits_become_ascii_while_typing(page: Page) -> None:
    page.focus("[name=pieces]")
    page.keyboard.insert_text("１２")
    assert page.input_value("[name=pieces]") == "12"


def test_a_failure_shows_its_number_above_and_leaves_the_form_alone(page: Page) -> None:
    page.fill("[name=name]", "kept")
    page.click("text=Break")
    banner = page.locator("#page-alert [data-error-card]")
    expect(banner).to_be_visible()
    assert len(banner.locator("code").inner_text()) == 12
    assert page.input_value("[name=name]") == "kept"
    expect(banner.locator("[data-retry]")).to_be_visible()


def test_an_ended_session_asks_for_the_password_over_the_page_and_keeps_what_was_typed(
    page: Page, context: BrowserContext
) -> None:
    page.fill("[name=name]", "kept")
    context.clear_cookies(name="session")
    page.click("text=Ask")
    dialog = page.locator("#sign-in-dialog")
    expect(dialog).to_be_visible()
    dialog.locator("[name=user_name]").fill("zhang")
    dialog.locator("[name=password]").fill("not the password")
    page.keyboard.press("Enter")
    expect(dialog.locator("#error-summary")).to_be_visible()
    dialog.locator("[name=user_name]").fill("zhang")
    dialog.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    assert page.input_value("[name=name]") == "kept"
    page.click("text=Ask")
    expect(page.locator("#out")).to_have_text("zhang")


PATHS = ("/sign-in", "/", "/stage", "/stage/phone", "/me", "/search?q=a", "/notifications", "/nowhere")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_is_accessible_fits_its_screen_and_breaks_no_policy(
    browser: Browser, address: str, theme: str, language: str
) -> None:
    context = browser.new_context(color_scheme=theme, viewport={"width": 1280, "height": 720})
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda message: broken.append(message.text) if "Security Policy" in message.text else None)
    axe = AXE.read_text(encoding="utf-8")
    for path in PATHS:
        if path == "/":
            sign_in(page, address, language)
        for width in (320, 390, 1280):
            page.set_viewport_size({"width": width, "height": 720})
            page.goto(address + path)
            if page.evaluate("() => document.documentElement.scrollWidth > innerWidth"):
                broken.append(f"{path} scrolls sideways at {width}")
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 720})
            page.evaluate(axe)
            found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")["violations"]
            broken += [f"{path} {width} {v['id']} {v['nodes'][0]['html'][:120]}" for v in found if v["impact"] in GRAVE]
    context.close()
    assert broken == []
