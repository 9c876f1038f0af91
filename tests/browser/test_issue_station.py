"""The issue station by keyboard and scanner alone: no mouse, no field to click into (I5, screens §5.6, §6, §10)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from app.auth.actor import SYSTEM
from app.db import db
from app.domain import Role
from app.kernel.quantity import Qty
from inventory.ledger.models import Balance
from inventory.requisitions import use_cases
from inventory.requisitions.models import PickList
from tests.browser.conftest import Live
from tests.conftest import MONDAY
from tests.inventory import cast

V = "V-000123"


@pytest.fixture
def station(live: Live) -> tuple[Page, cast.Stock, str]:
    """A list of two fans and one seal for a visit of the van's own engineer, opened by the storekeeper."""
    with live.app.app_context():
        stock = cast.stock()
        cast.open_visit(V)
        use_cases.reserve_for_visit(
            {stock.fan: Qty(2), stock.seal: Qty(1)}, visit_ref=V, place_id=stock.depot, holder_ref=cast.VAN_HOLDER,
            key="r", by=SYSTEM, now=MONDAY,
        )  # fmt: skip
        number = db.session.query(PickList).one().pick_no
        db.session.remove()
    page = live.page_of(Role.STOREKEEPER, viewport={"width": 1280, "height": 720})
    page.goto(f"{live.url}/inventory")
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    page.wait_for_url("**/inventory/picks/*")
    return page, stock, number


def scan(page: Page, code: str) -> None:
    page.keyboard.type(code, delay=5)
    page.keyboard.press("Enter")


def test_scans_tick_their_lines_and_a_lone_enter_confirms(live: Live, station: tuple[Page, cast.Stock, str]) -> None:
    page, stock, number = station
    scan(page, "100871")
    page.keyboard.press("Enter")
    expect(page.locator("[data-scan-said]")).to_contain_text("还差 2 件")
    assert page.url.endswith(number), "an early Enter lists what is missing and sends nothing"
    scan(page, "*2")
    scan(page, "SN9")
    expect(page.locator("[data-scan-log] li").first).to_contain_text("SN9")
    page.keyboard.press("Escape")
    scan(page, "SN2")
    expect(page.locator("[data-line]").first.locator("[data-scanned]")).to_have_text("2")
    expect(page.locator("[data-line]").last.locator("[data-got]")).to_have_text("SN2")
    page.keyboard.press("Enter")
    page.wait_for_selector(".note--info")
    with live.app.app_context():
        van = {part: db.session.get(Balance, (stock.van, part)) for part in (stock.fan, stock.seal)}
        assert [(row.qty, row.reserved) for row in van.values()] == [(3, 2), (2, 1)]
        db.session.remove()


def test_the_station_has_no_serious_fault_for_those_who_cannot_see_it(station: tuple[Page, cast.Stock, str]) -> None:
    page, _stock, _number = station
    page.evaluate("() => new Promise((done) => { const s = document.createElement('script'); "
                  "s.src = '/static/vendor/axe-core/axe.min.js'; s.onload = done; document.head.append(s); })")  # fmt: skip
    found = page.evaluate("() => axe.run().then((r) => r.violations.map((v) => [v.impact, v.id, v.nodes[0].html]))")
    assert [fault for fault in found if fault[0] in ("serious", "critical")] == []
