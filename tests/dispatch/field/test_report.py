"""The service report: every fact on paper, in both languages, signed, hashed, verifiable (D9, P29, P33, P34)."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader

from app.db import db
from app.documents import api as documents
from app.domain import Role
from app.jobs.models import Job
from dispatch.field import paper, report
from dispatch.field.rules import ActKind
from tests.conftest import MONDAY
from tests.dispatch import cast as dispatch
from tests.dispatch.field import cast
from tests.world import World, small_world

MINUTES = dict(zip(cast.WHOLE, (5, 10, 50, 55, 80, 100, 110), strict=True))


@pytest.fixture
def world(house: Flask) -> World:
    return small_world()


def finished(world: World, by: Any, *, until: ActKind = ActKind.SIGN, **about: Any) -> str:
    """A visit with a swap, walked to its end at known instants."""
    visit_ref = cast.given(world, **about)
    for kind in cast.WHOLE[: cast.WHOLE.index(until) + 1]:
        if kind is ActKind.RESTORE:
            part = cast.do(
                by,
                visit_ref,
                ActKind.USE_PART,
                {"code": "SN3", "qty": 1, "removed_serial": "OLD-77"},
                now=MONDAY + timedelta(minutes=70),
            )
            assert part.state.value == "applied"
        cast.walk(by, visit_ref, kind, now=MONDAY + timedelta(minutes=MINUTES[kind]))
    return visit_ref


def text_of(pdf: bytes) -> str:
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


def test_the_report_says_what_happened_and_what_became_of_the_promises(world: World, browser_of: Any) -> None:
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    by = cast.account(world.crew.li)
    visit_ref = finished(world, by)
    paper.issue_report(visit_ref, "zh", MONDAY + timedelta(hours=3))
    answer = phone.get(f"/dispatch/visits/{visit_ref}/report.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    told = text_of(answer.data)
    for fact in (
        "服务报告", visit_ref, "R-000001", "市第一医院", "人民路8号", "循环泵P-03", "CP-200", "维保合同", "循环泵停机", "李工",
        "报修2026-03-0210:00", "出发2026-03-0210:10", "到场2026-03-0210:50", "恢复2026-03-0211:20", "解决2026-03-0211:40",
        "2026-03-0214:00", "已达标", "密封", "更换", "200014", "机械密封组件", "SN3", "OLD-77", "张主任", "距15米", "扫码核验",
        dispatch.visit(visit_ref).report_sha256,
    ):  # fmt: skip
        assert fact in told, (fact, told)
    assert "迟到" not in told
    assert "1/1" in told
    assert told.count(visit_ref) >= 2, "the running head names the document on every page"


def test_english_on_demand_says_the_same(world: World, browser_of: Any) -> None:
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    visit_ref = finished(world, cast.account(world.crew.li))
    told = text_of(phone.get(f"/dispatch/visits/{visit_ref}/report.pdf?lang=en").data)
    for fact in (
        "Servicereport",
        f"{visit_ref}-EN",
        "市第一医院",
        "seal",
        "replaced",
        "Met",
        "Oldserial",
        "TheChineseversionprevails",
        "Pumpseal",
    ):
        assert fact in told, (fact, told)
    assert phone.get(f"/dispatch/visits/{visit_ref}/report.pdf?lang=fr").status_code == 404


def test_a_late_arrival_is_told_on_paper(world: World, browser_of: Any) -> None:
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    by = cast.account(world.crew.li)
    visit_ref = cast.given(world)
    cast.walk(by, visit_ref, *cast.WHOLE, now=MONDAY + timedelta(hours=5))
    told = text_of(phone.get(f"/dispatch/visits/{visit_ref}/report.pdf").data)
    assert "到场4时00分·2026-03-0214:00■迟到" in told, told


def test_a_refusal_to_sign_is_told_with_its_reason(world: World, browser_of: Any) -> None:
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    by = cast.account(world.crew.li)
    visit_ref = finished(world, by, until=ActKind.RESOLVE)
    cast.do(by, visit_ref, ActKind.REFUSE, {"name": "张主任", "reason": "不认可工时"}, now=MONDAY + timedelta(hours=2))
    told = text_of(phone.get(f"/dispatch/visits/{visit_ref}/report.pdf").data)
    assert "客户拒签张主任:不认可工时" in told


def test_the_hash_is_of_what_the_customer_was_shown_and_stays(world: World) -> None:
    by = cast.account(world.crew.li)
    visit_ref = finished(world, by, until=ActKind.RESOLVE)
    shown = report.digest_of(db.session(), dispatch.visit(visit_ref), MONDAY + timedelta(minutes=101))
    cast.walk(by, visit_ref, ActKind.SIGN, now=MONDAY + timedelta(minutes=110))
    row = dispatch.visit(visit_ref)
    assert row.report_sha256 == shown
    assert report.digest_of(db.session(), row, MONDAY + timedelta(days=30)) == shown


def test_signing_orders_the_paper_and_it_is_issued_once_with_a_page_to_verify_it(world: World, browser_of: Any) -> None:
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    visit_ref = finished(world, cast.account(world.crew.li))
    jobs = {job.key: job for job in db.session.query(Job).filter(Job.kind == paper.JOB)}
    assert set(jobs) == {f"report:{visit_ref}:zh", f"report:{visit_ref}:en"}
    for _ in range(2):
        paper.issue_report(visit_ref, "zh", MONDAY + timedelta(hours=3))
    issued = documents.documents_of(db.session(), paper.object_ref(visit_ref), kind=paper.KIND)
    assert [document.number for document in issued] == [visit_ref]
    first = phone.get(f"/dispatch/visits/{visit_ref}/report.pdf").data
    assert first == phone.get(f"/dispatch/visits/{visit_ref}/report.pdf").data
    import hashlib

    assert hashlib.sha256(first).hexdigest() == issued[0].sha256
    assert phone.get(f"/files/{issued[0].file_id}").status_code == 200
    wang = browser_of(Role.ENGINEER, engineer_id=world.crew.wang)
    assert wang.get(f"/files/{issued[0].file_id}").status_code == 404


def test_looking_at_a_report_changes_nothing(world: World, browser_of: Any) -> None:
    desk = browser_of(Role.DISPATCHER)
    visit_ref = finished(world, cast.account(world.crew.li), until=ActKind.RESOLVE)
    before = dispatch.visit(visit_ref).version
    told = text_of(desk.get(f"/dispatch/visits/{visit_ref}/report.pdf").data)
    assert "待签字" in told
    assert dispatch.visit(visit_ref).version == before
    assert documents.documents_of(db.session(), paper.object_ref(visit_ref)) == []


@pytest.mark.parametrize(
    ("role", "status"), [(Role.DISPATCHER, 200), (Role.MANAGER, 200), (Role.STOREKEEPER, 403), (Role.SALES, 403)]
)
def test_the_report_is_for_who_may_see_the_visit(role: Role, status: int, world: World, browser_of: Any) -> None:
    visit_ref = cast.given(world)
    assert browser_of(role).get(f"/dispatch/visits/{visit_ref}/report.pdf").status_code == status


def test_text_stays_text_on_paper(world: World, browser_of: Any) -> None:
    """P33: markup typed anywhere is printed letter for letter."""
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    by = cast.account(world.crew.li)
    visit_ref = cast.given(world, symptom="<img src=file:///etc/passwd>{{7*7}}", caller_name="<b>张</b>")
    cast.walk(by, visit_ref, *cast.TO_RESTORED, now=MONDAY)
    cast.do(
        by,
        visit_ref,
        ActKind.RESOLVE,
        {**cast.SOLVED, "cause_text": "<script>x</script>", "notes": "</dd><h1>"},
        now=MONDAY,
    )
    cast.do(by, visit_ref, ActKind.SIGN, {**cast.SIGNED, "name": "<i>甲</i>"}, now=MONDAY)
    told = text_of(phone.get(f"/dispatch/visits/{visit_ref}/report.pdf").data)
    for canary in ("<imgsrc=file:///etc/passwd>{{7*7}}", "<b>张</b>", "<script>x</script>", "</dd><h1>", "<i>甲</i>"):
        assert canary in told, (canary, told)
    for path in ("/field", f"/field/visits/{visit_ref}"):
        html = phone.get(path).get_data(as_text=True)
        assert "<img src=file" not in html
        assert "<script>x" not in html
