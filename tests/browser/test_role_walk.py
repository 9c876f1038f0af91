"""Every role's pages, both languages, both themes, three sizes: no serious axe finding, nothing runs over the edge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from app.db import db
from app.domain import Role
from tests.browser.conftest import Live
from tests.conftest import MONDAY
from tests.dispatch import cast as dispatch
from tests.world import World, small_world

AXE = Path(__file__).parents[2] / "app/static/vendor/axe-core/axe.min.js"
#: From the phone up: a page is opened at 390 px and then given more room.
SIZES = ((390, 844), (1280, 720), (1440, 900))
FINDINGS = """async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}))
  .violations.filter(v => ['serious', 'critical'].includes(v.impact))
  .map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 140)).join(' | '))"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"

PAGES: dict[Role, tuple[str, ...]] = {
    Role.DISPATCHER: (
        "/dispatch/board", "/dispatch/intake", "/dispatch/requests", "/dispatch/requests/{request}", "/dispatch/roster",
        "/dispatch/engineers", "/dispatch/engineers/{li}", "/notifications",
    ),
    Role.STOREKEEPER: (
        "/", "/inventory", "/inventory/parts", "/inventory/parts/200014", "/inventory/places", "/inventory/places/D1",
        "/inventory/receive", "/inventory/transfers/new", "/inventory/returns", "/inventory/ledger",
        "/inventory/visits/{visit}",
    ),
    Role.SALES: (
        "/", "/customers", "/customers/{customer}", "/sites/{site}", "/assets/{asset}", "/contracts",
        "/contracts/{contract}", "/policies", "/customers/new",
    ),
    Role.ENGINEER: ("/field", "/field?view=map", "/field/visits/{visit}", "/field/parts", "/field/scan", "/field/me"),
    Role.CUSTOMER: ("/", "/contracts/{contract}", "/assets/{asset}"),
    Role.MANAGER: ("/", "/search?q=SN"),
    Role.ADMINISTRATOR: ("/", "/calendars", "/messages", "/me"),
}  # fmt: skip


@pytest.fixture
def world(live: Live) -> World:
    with live.app.app_context():
        made = small_world()
        db.session.remove()
    return made


@pytest.fixture
def names(live: Live, world: World) -> dict[str, Any]:
    """A call that is assigned and one that waits, and what stands in the addresses."""
    with live.app.app_context():
        told = world.pump_fails()
        dispatch.assigned(told.visit_ref, world.crew.li)
        dispatch.reported(world.hospital.pump_id, symptom="异响", fault_level=2, reported_at=MONDAY)
        db.session.remove()
    return {
        "request": told.request_no, "visit": told.visit_ref, "li": world.crew.li, "contract": world.contract_id,
        "customer": world.hospital.customer_id, "site": world.hospital.site_id, "asset": world.hospital.pump_id,
    }  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_page_of_any_role_has_a_serious_fault(
    live: Live, world: World, names: dict[str, Any], language: str, theme: str
) -> None:
    links: dict[Role, dict[str, int]] = {
        Role.ENGINEER: {"engineer_id": world.crew.li},
        Role.CUSTOMER: {"customer_id": world.hospital.customer_id},
    }
    faults: list[str] = []
    for role, paths in PAGES.items():
        page = live.page_of(role, language=language, theme=theme, **links.get(role, {}))
        for path in paths:
            faults += look(page, live.url + path.format(**names), f"{role.value} {path} {language} {theme}")
        page.context.close()
    assert not faults, "\n".join(faults)


def look(page: Page, url: str, told: str) -> list[str]:
    """What is wrong with one page: its status, what runs over the edge at each size, what axe finds at the last."""
    page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})
    answer = page.goto(url)
    faults = [] if answer is not None and answer.status == 200 else [f"{told}: {answer and answer.status}"]
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        over = page.evaluate(OVERFLOW)
        if over > 0:
            faults.append(f"{told} at {width}: {over} px over the edge")
    page.evaluate(AXE.read_text())
    faults += [f"{told}: {finding}" for finding in page.evaluate(FINDINGS)]
    return faults
