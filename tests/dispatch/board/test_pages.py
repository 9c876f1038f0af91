"""The board's pages and pieces: they work, refuse strangers, reject bad input, and never overwrite (B1, P14, P24, R5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from app.audit.models import AuditRow
from app.auth.actor import Actor
from app.db import db, transaction
from app.domain import Role
from app.jobs.models import Job
from app.jobs.use_cases import run_job
from dispatch.board import undo as undoing
from dispatch.board.drawing import refusal_words
from dispatch.desk import handling
from dispatch.people.models import Engineer, Territory
from dispatch.planner import use_cases as planning
from dispatch.planner.errors import HandRefused
from dispatch.planner.models import StoredPlan
from dispatch.planner.solver.budget import Budget
from dispatch.visits import api as visits
from dispatch.visits.rules import VisitState
from dispatch.visits.use_cases import Slot, unassign_visit
from inventory.requisitions import api as stock
from tests.conftest import MONDAY, HouseClient
from tests.contracts import cast as contracts
from tests.dispatch.cast import DISPATCHER, assigned, engineer, reported, request, slot, visit
from tests.world import World, small_world

BOARD = "/dispatch/board"
SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def world(house: Flask) -> World:
    return small_world()


@pytest.fixture
def desk(world: World, browser_of: Any) -> HouseClient:
    client: HouseClient = browser_of(Role.DISPATCHER)
    return client


def assign_url(ref: str) -> str:
    return f"{BOARD}/visits/{ref}/assign"


def test_the_board_lists_the_waiting_visit_with_its_clock(desk: HouseClient, world: World):
    ref = world.pump_fails().visit_ref
    page = desk.get(BOARD).text
    assert f'id="card-{ref}"' in page and "循环泵停机" in page
    assert 'data-clock data-state="running"' in page
    assert "调度台" in page and "李工" in page


@pytest.mark.parametrize("role", [Role.STOREKEEPER, Role.SALES, Role.ADMINISTRATOR])
def test_whoever_does_not_dispatch_is_refused(world: World, browser_of: Any, role: Role):
    ref = world.pump_fails().visit_ref
    client = browser_of(role)
    for url in (
        BOARD,
        f"{BOARD}/state",
        f"{BOARD}/list",
        f"{BOARD}/version",
        assign_url(ref),
        f"{BOARD}/picks?refs={ref}",
    ):
        assert client.get(url).status_code == 403, url
    assert client.submit(assign_url(ref), {"version": 1, "engineer_id": world.crew.li}).status_code == 403
    assert visit(ref).engineer_id is None


def test_the_board_is_the_dispatchers_home_and_nobody_elses(desk: HouseClient, browser_of: Any):
    assert desk.get("/").location == BOARD
    assert browser_of(Role.MANAGER).get("/").status_code == 200


def test_an_engineer_is_refused_too(world: World, browser_of: Any):
    assert browser_of(Role.ENGINEER, engineer_id=world.crew.li).get(BOARD).status_code == 403


def test_one_press_assigns_the_suggestion_and_offers_to_take_it_back(desk: HouseClient, world: World):
    ref = world.pump_fails().visit_ref
    answer = desk.submit(assign_url(ref), {"version": 1, "engineer_id": world.crew.li}, headers=SCRIPT)
    assert answer.status_code == 200 and answer.headers["HX-Trigger"] == "board:changed"
    row = visit(ref)
    assert row.engineer_id == world.crew.li and row.state is VisitState.ASSIGNED
    assert f"{BOARD}/visits/{ref}/undo" in answer.text and 'data-seconds="10"' in answer.text
    assert 'id="board-counters"' in answer.text
    undone = desk.submit(f"{BOARD}/visits/{ref}/undo", {"version": row.version}, headers=SCRIPT)
    assert undone.status_code == 200
    assert visit(ref).state is VisitState.UNASSIGNED and visit(ref).engineer_id is None
    story = desk.get("/dispatch/requests/R-000001").text
    assert "撤销,恢复原安排" in story and "story." not in story


def test_without_scripts_the_form_leads_back_to_the_board_with_the_undo_on_it(desk: HouseClient, world: World):
    ref = world.pump_fails().visit_ref
    answer = desk.submit(assign_url(ref), {"version": 1, "engineer_id": world.crew.li})
    assert answer.status_code == 303
    page = desk.get(answer.location).text
    assert f"{BOARD}/visits/{ref}/undo" in page and "撤销" in page


def undo_url(ref: str) -> str:
    return f"{BOARD}/visits/{ref}/undo"


def accept_visit(ref: str, engineer_id: int) -> None:
    with transaction() as session:
        visits.accept(session, visit_ref=ref, at=MONDAY, by=engineer(engineer_id), now=MONDAY)


def test_a_reassignment_is_undone_to_the_engineer_who_had_it(desk: HouseClient, world: World):
    ref = world.pump_fails(parts={}).visit_ref
    assigned(ref, world.crew.li)
    before = visit(ref)
    start, end, version = before.planned_start_at, before.planned_end_at, before.version
    moved = {"version": version, "engineer_id": world.crew.wang, "reason": "李工请假", "start_at": "2026-03-02 12:00"}
    answer = desk.submit(assign_url(ref), moved, headers=SCRIPT)
    assert answer.status_code == 200 and visit(ref).engineer_id == world.crew.wang
    assert desk.submit(undo_url(ref), {"version": visit(ref).version}, headers=SCRIPT).status_code == 200
    row = visit(ref)
    assert (row.engineer_id, row.planned_start_at, row.planned_end_at) == (world.crew.li, start, end)


def plan_of(ref: str) -> dict[str, Any]:
    """What an assignment writes of the visit, and what is held for it."""
    row = visit(ref)
    held = [(one.part_id, one.place_id, one.qty) for one in stock.reservations_of(db.session(), ref)]
    return {name: getattr(row, name) for name in undoing.PLANNED} | {"held": held}


def test_an_undo_puts_back_road_lock_reason_acceptance_and_pieces_and_not_only_engineer_and_time(
    desk: HouseClient, world: World
):
    """The undo once carried engineer and times in hidden fields; the rest of the plan was lost on the way."""
    ref = world.pump_fails().visit_ref
    slot = Slot(MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=3), travel_s=777, via="4,5")
    assigned(ref, world.crew.li, slot=slot, pinned=True)
    accept_visit(ref, world.crew.li)
    before = plan_of(ref)
    assert before["pinned"] and before["state"] is VisitState.ACCEPTED and before["held"]
    moved = {
        "version": visit(ref).version,
        "engineer_id": world.crew.wang,
        "reason": "近",
        "start_at": "2026-03-02 13:00",
    }
    assert desk.submit(assign_url(ref), moved, headers=SCRIPT).status_code == 200
    assert plan_of(ref) != before
    assert desk.submit(undo_url(ref), {"version": visit(ref).version}, headers=SCRIPT).status_code == 200
    assert plan_of(ref) == before


def test_an_undo_puts_back_the_other_stops_that_the_engine_moved_along(desk: HouseClient, world: World, clock: Any):
    """At 12:20 the older call can only be kept before the younger one's visit, which is pushed back for it."""
    older = world.pump_fails(parts={}).visit_ref
    clock.advance(timedelta(hours=2, minutes=20))
    now = clock.now()
    younger = reported(world.hospital.pump_id, parts={}, fault_level=2, reported_at=now).visit_ref
    planned = Slot(now + timedelta(minutes=50), now + timedelta(minutes=140), travel_s=60, via="9")
    assigned(younger, world.crew.li, now=now, slot=planned)
    before = plan_of(younger)
    form = {"version": visit(older).version, "engineer_id": world.crew.li}
    assert desk.submit(assign_url(older), form, headers=SCRIPT).status_code == 200
    assert plan_of(younger)["planned_start_at"] > before["planned_start_at"]
    assert desk.submit(undo_url(older), {"version": visit(older).version}, headers=SCRIPT).status_code == 200
    assert plan_of(younger) == before and plan_of(older)["engineer_id"] is None


def test_an_undo_takes_no_engineer_and_no_time_so_that_nobody_skips_the_reason(desk: HouseClient, world: World):
    """With an engineer among its fields the undo was an assignment that asked nobody why."""
    ref = world.pump_fails(parts={}).visit_ref
    assert desk.submit(assign_url(ref), {"version": 1, "engineer_id": world.crew.li}, headers=SCRIPT).status_code == 200
    form = {"version": visit(ref).version, "engineer_id": world.crew.wang}
    assert desk.submit(undo_url(ref), form, headers=SCRIPT).status_code == 400
    assert visit(ref).engineer_id == world.crew.li


def test_an_undo_is_refused_whole_when_one_of_its_visits_moved_meanwhile(desk: HouseClient, world: World):
    ref = world.pump_fails(parts={}).visit_ref
    assert desk.submit(assign_url(ref), {"version": 1, "engineer_id": world.crew.li}, headers=SCRIPT).status_code == 200
    version = visit(ref).version
    accept_visit(ref, world.crew.li)
    assert desk.submit(undo_url(ref), {"version": version}, headers=SCRIPT).status_code == 409
    assert visit(ref).state is VisitState.ACCEPTED


def test_an_undo_whose_pieces_are_somebody_elses_by_now_changes_nothing_and_names_them(desk: HouseClient, world: World):
    ref = world.pump_fails().visit_ref
    assigned(ref, world.crew.li)
    held = stock.reservations_of(db.session(), ref)
    moved = {
        "version": visit(ref).version,
        "engineer_id": world.crew.wang,
        "reason": "近",
        "start_at": "2026-03-02 13:00",
    }
    assert desk.submit(assign_url(ref), moved, headers=SCRIPT).status_code == 200
    other = reported(world.hospital.pump_id, parts={}, fault_level=2).visit_ref
    with transaction() as session:
        free = stock.stock_for_planning(session, {line.part_id for line in held})
        lines = [stock.Line(one.part_id, one.place_id, one.available) for one in free if one.available]
        stock.reserve(session, visit_ref=other, lines=lines, by=DISPATCHER, at=MONDAY, key="all-of-it")
    stood = plan_of(ref)
    answer = desk.submit(undo_url(ref), {"version": visit(ref).version}, headers=SCRIPT)
    short = stock.parts(db.session(), [held[0].part_id])[held[0].part_id]
    assert answer.status_code == 409 and short.part_no in answer.text
    assert plan_of(ref) == stood and stood["engineer_id"] == world.crew.wang


def test_an_undo_says_that_the_answer_stays_given(desk: HouseClient, world: World):
    """Contracts has heard of the response and forgets nothing (P17); a board that kept quiet would pretend."""
    told = world.pump_fails(parts={})
    first = desk.submit(assign_url(told.visit_ref), {"version": 1, "engineer_id": world.crew.li}, headers=SCRIPT)
    assert first.status_code == 200
    undone = desk.submit(undo_url(told.visit_ref), {"version": visit(told.visit_ref).version}, headers=SCRIPT)
    assert "响应已于 10:00 记录,不随撤销收回" in undone.text
    again = {"version": visit(told.visit_ref).version, "engineer_id": world.crew.li}
    assert desk.submit(assign_url(told.visit_ref), again, headers=SCRIPT).status_code == 200
    twice = desk.submit(undo_url(told.visit_ref), {"version": visit(told.visit_ref).version}, headers=SCRIPT)
    assert twice.status_code == 200 and "不随撤销收回" not in twice.text


def test_a_visit_goes_back_to_the_list_by_a_button_of_its_own(desk: HouseClient, world: World):
    ref = world.pump_fails(parts={}).visit_ref
    version = assigned(ref, world.crew.li)
    assert f"{BOARD}/visits/{ref}/unassign" in desk.get(assign_url(ref)).text
    assert desk.submit(f"{BOARD}/visits/{ref}/unassign", {"version": version}, headers=SCRIPT).status_code == 200
    assert visit(ref).state is VisitState.UNASSIGNED


def test_a_bar_dragged_along_its_own_row_keeps_the_house_where_the_part_is_fetched(desk: HouseClient, world: World):
    ref = world.pump_fails().visit_ref
    version = assigned(ref, world.crew.li, slot=Slot(MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=3), 60, "4"))
    form = {"version": version, "engineer_id": world.crew.li, "start_at": "2026-03-02 13:00"}
    assert desk.submit(assign_url(ref), form, headers=SCRIPT).status_code == 200
    assert visit(ref).planned_via == "4"


def test_a_stale_card_is_answered_with_both_versions_and_changes_nothing(desk: HouseClient, world: World):
    ref = world.pump_fails(parts={}).visit_ref
    seen = visit(ref).version
    assigned(ref, world.crew.li)
    was = visit(ref).version
    mine = {"version": seen, "engineer_id": world.crew.wang, "start_at": "2026-03-02 12:00", "reason": "近"}
    answer = desk.submit(assign_url(ref), mine, headers=SCRIPT)
    assert answer.status_code == 409
    assert "王工" in answer.text and "李工" in answer.text and "zhang" in answer.text
    assert f'name="version" value="{was}"' in answer.text and "仍然派单" in answer.text
    row = visit(ref)
    assert row.engineer_id == world.crew.li and row.version == was
    again = desk.submit(assign_url(ref), {**mine, "version": was}, headers=SCRIPT)
    assert again.status_code == 200 and visit(ref).engineer_id == world.crew.wang


def test_a_second_press_changes_nothing(desk: HouseClient, world: World):
    ref = world.pump_fails().visit_ref
    form = {"version": 1, "engineer_id": world.crew.li}
    assert desk.submit(assign_url(ref), form, headers=SCRIPT).status_code == 200
    version = visit(ref).version
    assert desk.submit(assign_url(ref), form, headers=SCRIPT).status_code == 409
    assert visit(ref).version == version


@pytest.mark.parametrize(
    "form",
    [
        {"version": "x", "engineer_id": "1"},
        {"version": "1", "engineer_id": ""},
        {"version": "1", "engineer_id": "1", "start_at": "2026-13-40 99:99"},
        {"version": "1", "engineer_id": "1", "start_at": "2026-03-02T25:00:00"},
        {"version": "1.5", "engineer_id": "1"},
        {"version": "1", "engineer_id": "1", "reason": "x" * 5000},
    ],
)
def test_bad_input_is_refused_and_leaves_no_trace(desk: HouseClient, world: World, form: dict[str, str]):
    ref = world.pump_fails().visit_ref
    rows = db.session.query(AuditRow).count()
    assert desk.submit(assign_url(ref), form).status_code == 422
    assert visit(ref).engineer_id is None and db.session.query(AuditRow).count() == rows


def test_a_field_nobody_listed_is_refused(desk: HouseClient, world: World):
    ref = world.pump_fails().visit_ref
    form = {"version": 1, "engineer_id": world.crew.li, "state": "signed"}
    assert desk.submit(assign_url(ref), form).status_code == 400


def test_a_visit_or_engineer_that_does_not_exist_is_not_found(desk: HouseClient, world: World):
    ref = world.pump_fails().visit_ref
    assert desk.get(assign_url("V-999999")).status_code == 404
    form = {"version": 1, "engineer_id": 999, "start_at": "2026-03-02 12:00"}
    assert desk.submit(assign_url(ref), form).status_code == 404
    assert desk.get(f"{BOARD}/plans/999").status_code == 404 and desk.get(f"{BOARD}/plan/none").status_code == 404


def test_an_engineer_without_the_skill_needs_a_reason_which_is_kept(desk: HouseClient, world: World):
    ref = world.pump_fails(parts={}).visit_ref
    form = {"version": 1, "engineer_id": world.crew.wang, "start_at": "2026-03-02 12:00"}
    refused = desk.submit(assign_url(ref), form, headers=SCRIPT)
    assert refused.status_code == 422 and "没有这项技能" in refused.text and 'name="reason"' in refused.text
    assert refused.headers["HX-Retarget"] == "#board-dialog-body"
    assert visit(ref).engineer_id is None
    assert desk.submit(assign_url(ref), {**form, "reason": "厂家远程指导"}, headers=SCRIPT).status_code == 200
    assert visit(ref).send_anyway_reason == "厂家远程指导"


def test_the_engine_says_why_not_when_no_time_is_given(desk: HouseClient, world: World):
    ref = world.pump_fails().visit_ref
    refused = desk.submit(assign_url(ref), {"version": 1, "engineer_id": world.crew.wang}, headers=SCRIPT)
    assert refused.status_code == 409 and 'name="reason"' in refused.text
    assert "不能派给这位工程师:技能不符。" in refused.text
    assert visit(ref).engineer_id is None


def test_what_moved_under_an_assignment_by_hand_is_named_in_words(desk: HouseClient, world: World):
    with desk.application.test_request_context():
        told = refusal_words(HandRefused(reasons=[("planner.changed_meanwhile", {"what": "V-000002"})]))
    assert told == ["派不成:V-000002 刚才变了"]


def test_on_a_page_of_its_own_the_choice_needs_no_board_around_it(desk: HouseClient, world: World):
    """The page a request leads to asked for the board's notice area, which it has not: its button did nothing."""
    ref = world.pump_fails().visit_ref
    form = {"version": 1, "engineer_id": world.crew.wang}
    assert "#board-notice" in desk.get(assign_url(ref), headers=SCRIPT).text
    page, refused = desk.get(assign_url(ref)).text, desk.submit(assign_url(ref), form)
    assert 'name="engineer_id"' in page and "#board-notice" not in page
    assert refused.status_code == 409 and "#board-notice" not in refused.text
    assigned(ref, world.crew.li)
    late = desk.submit(assign_url(ref), form)
    assert "已被" in late.text and "仍然派单" in late.text and "#board-notice" not in late.text
    assert "退回待派" in desk.get(assign_url(ref)).text and "#board-notice" not in desk.get(assign_url(ref)).text


def test_who_is_chosen_is_told_with_his_territorys_name(desk: HouseClient, world: World):
    with transaction() as session:
        session.add(Territory(code="NORTH", name_zh="城北片区", name_en="North"))
        session.get_one(Engineer, world.crew.li).territory_code = "NORTH"
    assert "· 城北片区" in desk.get(assign_url(world.pump_fails().visit_ref)).text


def test_a_card_tells_the_day_of_what_begins_another_day(desk: HouseClient, world: World):
    today, tomorrow = world.pump_fails().visit_ref, world.pump_fails().visit_ref
    assigned(today, world.crew.li)
    assigned(tomorrow, world.crew.li, slot=slot(MONDAY + timedelta(days=1)))
    text = desk.get(f"{BOARD}/list", query_string={"clock": "running"}, headers=SCRIPT).text
    assert "已派 11:00" in text and "已派 03-03 10:00" in text


def test_a_visit_nobody_pays_for_yet_offers_no_assignment_and_takes_none(desk: HouseClient, world: World):
    ref = reported(contracts.hospital(name="市第二医院").pump_id, parts={}).visit_ref
    page = desk.get(f"{BOARD}/list", headers=SCRIPT).text
    assert "不在保,需先确认报价" in page and "data-wants-picks" not in page
    assert desk.get(f"{BOARD}/picks", query_string={"refs": ref}, headers=SCRIPT).text.strip() == ""
    form = {"version": 1, "engineer_id": world.crew.li, "start_at": "2026-03-02 12:00"}
    assert desk.submit(assign_url(ref), form, headers=SCRIPT).status_code == 409
    assert visit(ref).engineer_id is None


def test_the_preview_tells_what_a_drop_breaks_and_costs_and_changes_nothing(desk: HouseClient, world: World):
    ref = world.pump_fails().visit_ref
    rows = db.session.query(AuditRow).count()
    url = f"{BOARD}/visits/{ref}/preview"
    fits = desk.get(url, query_string={"engineer": world.crew.li, "start": "2026-03-02 12:00"}).json
    assert fits["fits"] and not fits["asks"] and "¥" in fits["words"]
    late = desk.get(url, query_string={"engineer": world.crew.wang, "start": "2026-03-02 15:00"}).json
    assert not late["fits"] and "没有这项技能" in late["words"] and "60 分钟" in late["words"]
    assert desk.get(url, query_string={"engineer": "x", "start": "?"}).status_code == 422
    assert db.session.query(AuditRow).count() == rows and visit(ref).engineer_id is None


def test_the_dialog_shows_what_breaks_before_it_is_sent(desk: HouseClient, world: World):
    ref = world.pump_fails().visit_ref
    query = {"engineer": world.crew.wang, "start": "2026-03-02 12:00"}
    piece = desk.get(assign_url(ref), query_string=query, headers=SCRIPT).text
    assert "没有这项技能" in piece and "2026-03-02 12:00" in piece and "<html" not in piece


def test_a_lock_holds_and_is_let_go(desk: HouseClient, world: World):
    ref = world.pump_fails(parts={}).visit_ref
    url = f"{BOARD}/visits/{ref}/pin"
    assert desk.submit(url, {"version": 1, "pinned": "y"}, headers=SCRIPT).status_code == 409
    assigned(ref, world.crew.li)
    before = visit(ref)
    start, version = before.planned_start_at, before.version
    assert desk.submit(url, {"version": version, "pinned": "y"}, headers=SCRIPT).status_code == 200
    assert visit(ref).pinned and visit(ref).planned_start_at == start
    assert desk.submit(url, {"version": version, "pinned": ""}, headers=SCRIPT).status_code == 409
    assert desk.submit(url, {"version": visit(ref).version, "pinned": ""}, headers=SCRIPT).status_code == 200
    assert not visit(ref).pinned


def test_an_undo_that_comes_too_late_is_a_conflict(desk: HouseClient, world: World):
    ref = world.pump_fails(parts={}).visit_ref
    version = assigned(ref, world.crew.li)
    unassign_visit(ref, seen_version=version, by=DISPATCHER, now=MONDAY)
    answer = desk.submit(f"{BOARD}/visits/{ref}/undo", {"version": version}, headers=SCRIPT)
    assert answer.status_code == 409 and visit(ref).state is VisitState.UNASSIGNED


def test_the_picks_name_who_can_go_and_what_it_costs(desk: HouseClient, world: World):
    ref = world.pump_fails().visit_ref
    piece = desk.get(f"{BOARD}/picks", query_string={"refs": f"{ref},V-999999"}, headers=SCRIPT).text
    assert f'id="picks-{ref}"' in piece and "李工" in piece and "王工" not in piece and "备件√" in piece
    assert f'name="engineer_id" value="{world.crew.li}"' in piece
    order = desk.get(f"{BOARD}/visits/{ref}/candidates").json["rows"]
    assert [row["id"] for row in order] == [str(world.crew.li), str(world.crew.wang)]
    assert order[0]["why"] == "" and order[1]["why"]


def test_why_names_the_candidates_and_what_keeps_the_others(desk: HouseClient, world: World):
    ref = world.pump_fails().visit_ref
    piece = desk.get(f"{BOARD}/visits/{ref}/why", headers=SCRIPT).text
    assert "李工" in piece and "王工" in piece and "不可派" in piece
    assert desk.get(f"{BOARD}/visits/{ref}/why").text.count("<html") == 1


def test_the_filters_narrow_the_list_and_a_strange_word_narrows_nothing(desk: HouseClient, world: World, clock: Any):
    ref = world.pump_fails(parts={}).visit_ref
    assigned(ref, world.crew.li)
    waiting = reported(world.hospital.pump_id, parts={}, fault_level=2).visit_ref
    page = desk.get(BOARD, query_string={"only": "unassigned"}).text
    assert f'id="card-{waiting}"' in page and f'id="card-{ref}"' not in page
    assert f'id="card-{ref}"' in desk.get(BOARD, query_string={"clock": "running"}).text
    assert f'id="card-{waiting}"' not in desk.get(BOARD, query_string={"level": "3"}).text
    strange = {
        "clock": "'",
        "level": "9",
        "day": "yesterday",
        "days": "99",
        "only": "x",
        "territory": "☃",
        "skill": "--",
    }
    assert desk.get(BOARD, query_string=strange).status_code == 200
    assert f'id="card-{ref}"' in desk.get(BOARD, query_string={"selected": ref}).text


def test_the_state_for_scripts_tells_rows_bars_and_points_on_the_wall_clock(desk: HouseClient, world: World):
    ref = world.pump_fails(parts={}).visit_ref
    assigned(ref, world.crew.li)
    told = desk.get(f"{BOARD}/state").json
    assert [row["name"] for row in told["rows"]] == ["李工", "王工"]
    bar = told["bars"][0]
    assert (bar["ref"], bar["row"], bar["start"]) == (ref, str(world.crew.li), "2026-03-02T11:00:00")
    assert "李工" in bar["said"] and "正常" in bar["said"] and bar["movable"]
    assert told["points"][0]["due"] == "2026-03-02T14:00:00"
    assert {"row": str(world.crew.li), "start": "2026-03-02T00:00:00", "end": "2026-03-02T08:00:00"} in told["off"]


def test_the_version_moves_with_every_change_and_stands_still_without(desk: HouseClient, world: World):
    ask = lambda: desk.get(f"{BOARD}/version").json["version"]  # noqa: E731 - asked five times below
    first = ask()
    assert ask() == first
    ref = world.pump_fails(parts={}).visit_ref
    reported_version = ask()
    assert reported_version != first
    assigned(ref, world.crew.li)
    assert ask() != reported_version


def test_a_refresh_takes_few_statements_however_many_visits_there_are(desk: HouseClient, world: World, house: Flask):
    for level in (1, 2, 3, 1, 2, 3):
        reported(world.hospital.pump_id, parts={world.stock.seal: 1}, fault_level=level)
    assigned("V-000001", world.crew.li)
    counted: list[str] = []
    note = lambda *args: counted.append(args[2])  # noqa: E731 - SQLAlchemy hands over six things
    bind = db.session.get_bind()
    event.listen(bind, "before_cursor_execute", note)
    try:
        for url, most in ((f"{BOARD}/state", 20), (f"{BOARD}/list", 20), (BOARD, 20), (f"{BOARD}/version", 6)):
            counted.clear()
            assert desk.get(url).status_code == 200
            asked = [text for text in counted if text.lstrip().upper().startswith("SELECT")]
            assert len(asked) <= most, (url, len(asked), asked)
    finally:
        event.remove(bind, "before_cursor_execute", note)


def test_a_plan_is_asked_for_made_shown_and_accepted_route_by_route(
    desk: HouseClient, world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(planning, "SOLVE_SECONDS", 0.3)
    ref = world.pump_fails().visit_ref
    asked = desk.submit(f"{BOARD}/plan", {"territory": ""}, headers=SCRIPT)
    assert asked.status_code == 200 and "建议计算中" in asked.text
    where = asked.text.split('data-hx-get="')[1].split('"')[0]
    assert "建议计算中" in desk.get(where, headers=SCRIPT).text
    run_job(db.session.query(Job).filter(Job.kind == "planner.plan").one().id)
    panel = desk.get(where, headers=SCRIPT).text
    assert "接受计划" in panel and "简单方案" in panel and ref in panel and "李工" in panel
    plan_id = db.session.query(StoredPlan.id).scalar()
    accepted = desk.submit(f"{BOARD}/plans/{plan_id}/accept", headers=SCRIPT)
    assert accepted.status_code == 200 and "1 条路线已生效" in accepted.text
    assert visit(ref).engineer_id == world.crew.li
    assert desk.submit(f"{BOARD}/plans/{plan_id}/accept", headers=SCRIPT).status_code == 409
    why = desk.get(f"{BOARD}/visits/{ref}/why", headers=SCRIPT).text
    assert "派给 李工" in why


def test_a_plan_that_somebody_else_asked_for_or_of_another_territory_is_not_shown_as_mine(
    desk: HouseClient, world: World, monkeypatch: pytest.MonkeyPatch
):
    """The newest plan since the question was taken for the answer, whoever had asked, wherever it was."""
    monkeypatch.setattr(planning, "FULL", Budget(time_s=0.3))
    world.pump_fails()
    asked = desk.submit(f"{BOARD}/plan", {"territory": "T1"}, headers=SCRIPT)
    where = asked.text.split('data-hx-get="')[1].split('"')[0]
    run_job(db.session.query(Job).filter(Job.kind == "planner.plan").one().id)
    mine = db.session.query(StoredPlan).one()
    number, asker = mine.plan_no, mine.created_by
    others = planning.plan_now("T1", by=DISPATCHER, now=MONDAY, budget=Budget(time_s=0.3))
    elsewhere = planning.plan_now(None, by=Actor(user_name=asker), now=MONDAY, budget=Budget(time_s=0.3))
    assert mine.id < others < elsewhere
    panel = desk.get(where, headers=SCRIPT).text
    assert number in panel and f"/plans/{mine.id}/accept" in panel


def test_a_route_whose_visit_moved_meanwhile_is_refused_by_name(desk: HouseClient, world: World):
    ref = world.pump_fails().visit_ref
    plan_id = planning.plan_now(None, by=DISPATCHER, now=MONDAY, budget=Budget(time_s=0.3))
    assigned(ref, world.crew.li)
    answer = desk.submit(f"{BOARD}/plans/{plan_id}/accept", headers=SCRIPT)
    assert "没有生效" in answer.text and "李工" in answer.text and ref in answer.text


def test_an_unaccepted_assignment_comes_back_into_the_list_with_the_engineers_telephone(
    desk: HouseClient, world: World, clock: Any
):
    ref = world.pump_fails(parts={}).visit_ref
    assigned(ref, world.crew.li)
    assert f'id="card-{ref}"' not in desk.get(f"{BOARD}/list", headers=SCRIPT).text
    clock.advance(timedelta(minutes=6))
    piece = desk.get(f"{BOARD}/list", headers=SCRIPT).text
    assert "未接 6分" in piece and "tel:18612341402" in piece


def test_a_paused_clock_shows_what_is_left_of_its_service_time(desk: HouseClient, world: World, clock: Any):
    """The board read stored instants alone, and a paused clock has none: every card that waited said 剩 0."""
    told = world.pump_fails(parts={})
    assigned(told.visit_ref, world.crew.li)  # The response is answered; no customer can hold it up.
    clock.advance(timedelta(minutes=10))
    seen = request(told.request_no).version
    handling.pause(
        told.request_no,
        reason="customer_not_ready",
        seen_version=seen,
        by=DISPATCHER,
        now=MONDAY + timedelta(minutes=10),
    )
    clock.advance(timedelta(hours=3))
    piece = desk.get(f"{BOARD}/list", query_string={"selected": told.visit_ref}, headers=SCRIPT).text
    card = piece.split(f'id="card-{told.visit_ref}"')[1]
    assert 'data-state="paused"' in card and "剩 3时50分" in card
