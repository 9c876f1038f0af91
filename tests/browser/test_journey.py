"""The main job, end to end, as people do it: call → owed → plan → phone → part → signature → report (issue 2, Shows 2)."""

from __future__ import annotations

import io
import time
from datetime import timedelta

import pypdf
import pytest
from playwright.sync_api import Page, expect

from app.db import db
from app.domain import Role
from contracts.penalties.models import CommitmentFact
from dispatch.clocks.models import CommitmentClock
from dispatch.requests.models import Request
from dispatch.visits.models import Visit, VisitPart
from inventory.ledger.models import Balance, Movement, Reservation, Serial
from inventory.ledger.rules import ReservationState
from inventory.places.models import Place
from tests.browser.conftest import Live
from tests.browser.test_field import Phone, phone_of, walk
from tests.conftest import MONDAY
from tests.world import World, small_world


@pytest.fixture
def world(live: Live) -> World:
    with live.app.app_context():
        made = small_world()
        db.session.remove()
    return made


def take_the_call(desk: Page, live: Live) -> str:
    """The caller's number finds the hospital and its pump; what is owed stands there before anything is saved."""
    desk.goto(f"{live.url}/dispatch/intake")
    desk.get_by_label("来电手机号").fill("138 0013 2201")
    desk.get_by_role("radio", name="循环泵").or_(desk.locator("[name=asset_id]")).first.check()
    desk.get_by_role("radio", name="1级").check()
    owed = desk.locator("#intake-owed")
    expect(owed).to_contain_text("合同内")
    expect(owed).to_contain_text("4小时到场")
    desk.get_by_label("故障现象").fill("循环泵停机,透析中断")
    desk.get_by_role("button", name="保存并派单").click()
    desk.wait_for_url("**/dispatch/board**")
    return desk.url.split("selected=")[1].split("&")[0]


def plan_the_day(desk: Page) -> None:
    """The engine proposes, the dispatcher reads the money and accepts."""
    desk.get_by_role("button", name="现在计划").click()
    dialog = desk.locator("dialog[open]")
    expect(dialog).to_contain_text("接受计划", timeout=40_000)
    expect(dialog).to_contain_text("路上时间")
    dialog.get_by_role("button", name="接受计划").click()
    expect(dialog).to_contain_text("1 条路线已生效")


def test_a_call_becomes_a_signed_report_with_clock_met_and_stock_moved(live: Live, world: World) -> None:
    desk = live.page_of(Role.DISPATCHER)
    visit_ref = take_the_call(desk, live)
    with live.app.app_context():
        visit = db.session.query(Visit).filter_by(visit_ref=visit_ref).one()
        clocks = {c.kind: c for c in db.session.query(CommitmentClock).filter_by(request_id=visit.request_id)}
        assert clocks["arrival"].due_at - clocks["arrival"].started_at == timedelta(hours=4)
        request_no = db.session.get_one(Request, visit.request_id).request_no
        db.session.remove()
    want_the_seal(desk, live, request_no, visit_ref)
    desk.goto(f"{live.url}/dispatch/board?selected={visit_ref}")
    plan_the_day(desk)
    with live.app.app_context():
        held = db.session.query(Reservation).filter_by(visit_ref=visit_ref, state=ReservationState.OPEN).one()
        assert (held.place_id, held.part_id, held.qty) == (world.stock.van, world.stock.seal, 1)
        db.session.remove()

    live.clock.put_forward(timedelta(minutes=25))
    phone = phone_of(live, world)
    in_order(phone, live, visit_ref)
    walk(phone, live, visit_ref, part=True)

    with live.app.app_context():
        facts(world, visit_ref)
        db.session.remove()
    paper = report(desk, live, visit_ref)
    for fact in (visit_ref, "循环泵停机", "200014", "SN3", "OLD-7", "张主任", "更换", "到场", "达标"):
        assert fact in paper, fact


def want_the_seal(desk: Page, live: Live, request_no: str, visit_ref: str) -> None:
    """The dispatcher notes on the request's page that a pump seal will be needed."""
    desk.goto(f"{live.url}/dispatch/requests/{request_no}")
    act = desk.locator("details.act", has=desk.locator("summary", has_text="要带的备件")).first
    act.locator("summary").click()
    act.get_by_label("备件号").fill("200014")
    act.locator("form button").click()
    expect(desk.locator("main")).to_contain_text("200014")


def in_order(phone: Phone, live: Live, visit_ref: str) -> None:
    """Today's route shows the visit as the next stop, with its clock and the part to bring."""
    phone.page.goto(f"{live.url}/field")
    expect(phone.page.locator("main")).to_contain_text("循环泵停机")
    expect(phone.page.locator("main .clock").first).to_be_visible()
    expect(phone.page.locator(f"a[href*='{visit_ref}']").first).to_be_visible()


def facts(world: World, visit_ref: str) -> None:
    """What the books say afterwards."""
    visit = db.session.query(Visit).filter_by(visit_ref=visit_ref).one()
    clocks = {c.kind: c.state.value for c in db.session.query(CommitmentClock).filter_by(request_id=visit.request_id)}
    assert clocks == {"response": "met", "arrival": "met", "resolve": "met"}
    assert visit.arrived_at is not None
    assert visit.arrived_at < MONDAY + timedelta(hours=4)
    where = db.session.query(Place.kind).join(Serial, Serial.place_id == Place.id).filter(Serial.serial_no == "SN3")
    assert where.scalar().value == "customer_site"
    assert db.session.query(Balance).filter_by(place_id=world.stock.van, part_id=world.stock.seal).one().qty == 0
    assert db.session.query(Movement).filter_by(visit_ref=visit_ref).count() >= 2
    assert db.session.query(Reservation).filter_by(visit_ref=visit_ref, state=ReservationState.OPEN).count() == 0
    assert db.session.query(VisitPart).filter_by(visit_id=visit.id).count() == 1
    kinds = {fact.clock_kind.value for fact in db.session.query(CommitmentFact)}
    assert {"arrival", "resolve"} <= kinds


def report(desk: Page, live: Live, visit_ref: str) -> str:
    """The text of the service report, once the job has drawn it."""
    for _ in range(20):
        answer = desk.request.get(f"{live.url}/dispatch/visits/{visit_ref}/report.pdf")
        if answer.status == 200:
            pages = pypdf.PdfReader(io.BytesIO(answer.body())).pages
            return "".join(page.extract_text() for page in pages).replace("\n", "").replace(" ", "")
        time.sleep(0.5)
    raise AssertionError(f"no report: {answer.status}")
