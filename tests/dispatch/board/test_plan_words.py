"""What a plan says to a dispatcher: when, with what, instead of whom, and what nobody has found out (R2, R6)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from app.db import db, transaction
from app.domain import Role
from dispatch.board.plans import names_for, pieces_of
from dispatch.planner import use_cases as planning
from dispatch.planner.models import StoredPlan
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.child import NoLegalPlan
from dispatch.planner.solver.plan import (
    Cure,
    HourMargin,
    Margins,
    PieceMargin,
    Plan,
    Reason,
    Remedy,
    Stop,
    StopKind,
    Unassigned,
    Use,
)
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.solve import solve
from tests.conftest import MONDAY, HouseClient
from tests.dispatch.cast import DISPATCHER, assigned
from tests.world import World, small_world

BOARD = "/dispatch/board"
QUICK = Budget(rounds=20)


@pytest.fixture
def world(house: Flask) -> World:
    return small_world()


@pytest.fixture
def desk(world: World, browser_of: Any) -> HouseClient:
    client: HouseClient = browser_of(Role.DISPATCHER)
    return client


def panel(desk: HouseClient, **said: Any) -> str:
    """The panel of a plan just made, some of what it says replaced."""

    def solver(problem: Problem, budget: Budget, start: Plan | None = None) -> Plan:
        return replace(solve(problem, budget, start), **said)

    db.session.rollback()
    plan_id = planning.plan_now(None, by=DISPATCHER, now=MONDAY, budget=QUICK, solver=solver)
    return str(desk.get(f"{BOARD}/plans/{plan_id}", headers={"HX-Request": "true"}).text)


def left_out(one: Unassigned) -> int:
    """A plan that says it left this out: written into a stored one, for what is asked is only how it is told."""
    plan_id = planning.plan_now(None, by=DISPATCHER, now=MONDAY, budget=QUICK, solver=solve)
    with transaction() as session:
        row = session.get_one(StoredPlan, plan_id)
        row.plan = replace(Plan.from_json(row.plan), unassigned=(one,), explanations=()).to_json()
    return plan_id


def test_a_visit_that_was_nobodys_is_new_and_one_that_stays_is_neither_new_nor_moved(desk: HouseClient, world: World):
    """Everything a plan gave to somebody was called reassigned, though nobody had had it."""
    ref = world.pump_fails().visit_ref
    assert "新派" in (first := panel(desk)) and "改派</span>" not in first
    assert ref is not None
    assigned(ref, world.crew.li)
    assert "新派" not in (second := panel(desk)) and "改派</span>" not in second


def test_margins_nobody_asked_for_are_not_taken_for_zero(desk: HouseClient, world: World):
    world.pump_fails()
    assert "这次没来得及算" in panel(desk, margins=None)
    assert "都省不了钱" in panel(desk, margins=Margins((), ()))
    hours = (HourMargin("T1", str(world.crew.li), 0, 9_000),)
    pieces = (PieceMargin(str(world.stock.depot), str(world.stock.seal), 98_400),)
    told = panel(desk, margins=Margins(hours, pieces))
    assert "李工 的班晚一小时结束,省 ¥90.00" in told and "省 ¥984.00" in told


@pytest.mark.parametrize(("bound", "said"), [(None, "未证明"), (1.0, "已证明最优"), (0.9, "≤ 10.0%")])
def test_how_far_from_the_best_is_said_only_where_it_is_proven(
    desk: HouseClient, world: World, bound: float | None, said: str
):
    world.pump_fails(parts={})

    def solver(problem: Problem, budget: Budget, start: Plan | None = None) -> Plan:
        plan = solve(problem, budget, start)
        bound_fen = None if bound is None else round(bound * plan.cost.total)
        return replace(plan, notes=replace(plan.notes, bound_fen=bound_fen))

    plan_id = planning.plan_now(None, by=DISPATCHER, now=MONDAY, budget=QUICK, solver=solver)
    assert said in desk.get(f"{BOARD}/plans/{plan_id}", headers={"HX-Request": "true"}).text


def test_why_says_when_and_with_what_the_plan_sends_him(desk: HouseClient, world: World):
    ref = world.pump_fails().visit_ref
    panel(desk)
    why = desk.get(f"{BOARD}/visits/{ref}/why", headers={"HX-Request": "true"}).text
    assert "派给 李工,2026-03-02" in why and "开始" in why
    assert "用随车库的" in why or "先到" in why
    assert "不可派,技能不符(1 人):王工" in why


def test_why_a_visit_is_left_out_and_what_its_cure_costs_is_english_on_an_english_page(desk: HouseClient, world: World):
    """No blank stood behind the colons on the English page: they were beside the words, not in them."""
    ref, other = world.pump_fails().visit_ref, world.pump_fails().visit_ref
    assert ref is not None and other is not None
    cure = Remedy(Cure.accept_cost, 12_000, terms={"travel_time": 3_000, "late": 9_000})
    plan_id = left_out(Unassigned(ref, Reason.crew, {"because": other, "why": "no_time"}, cure))
    desk.submit("/language", {"language": "en", "next": "/"})
    told = " ".join(desk.get(f"{BOARD}/plans/{plan_id}", headers={"HX-Request": "true"}).text.split())
    assert f"({other}: " in told
    assert "doing so costs ¥120.00</span> (travel time ¥30.00, " in told


def test_who_goes_by_hand_is_told_beside_the_plan_that_left_the_visit_out(desk: HouseClient, world: World):
    ref = world.pump_fails().visit_ref
    assert ref is not None
    left_out(Unassigned(ref, Reason.no_time, {}))
    why = f"{BOARD}/visits/{ref}/why"
    assert "现在派给" not in desk.get(why).text
    assigned(ref, world.crew.li)
    assert "现在派给 李工。" in desk.get(why).text


def test_a_remedy_by_courier_says_that_the_part_comes_first_and_leads_to_the_visit(desk: HouseClient, world: World):
    """A start eight minutes from now read as if the courier, whose way nobody reckons, were there already."""
    ref = world.pump_fails().visit_ref
    assert ref is not None
    cure = Remedy(Cure.move_window, 12_000, str(world.crew.li), 3_600, detail={"also": "courier_part"})
    plan_id = left_out(Unassigned(ref, Reason.no_part, {}, cure))
    told = desk.get(f"{BOARD}/plans/{plan_id}", headers={"HX-Request": "true"}).text
    assert "开始(备件须先送到)" in told
    assert f'href="{BOARD}?selected={ref}"' in told


def test_why_is_answered_though_a_part_or_a_store_of_the_plan_is_no_more(desk: HouseClient, world: World):
    """The page broke over the name of what had gone since the plan was made."""
    gone, seal = "999999", str(world.stock.seal)
    uses = (Use(seal, seal, 1, None), Use(gone, gone, 2, None), Use(seal, seal, 1, gone))
    stop = Stop(StopKind.visit, "V", 0, 0, 0, uses=uses)
    (van, on_board), (store, fetched) = pieces_of(db.session(), stop, english=False)
    assert (van, store) == ("", "--")
    assert on_board.endswith(" ×1 -- ×2") and fetched.endswith(" ×1")


def test_each_of_several_missing_parts_has_its_name(world: World):
    wanted = {"part": f"{world.stock.seal} {world.stock.fan}"}
    assert names_for(db.session(), wanted, english=True).startswith("Pump seal, ")
    assert names_for(db.session(), wanted, english=False).startswith("机械密封组件、")


def test_a_plan_that_was_not_compared_says_so(desk: HouseClient, world: World, monkeypatch: pytest.MonkeyPatch):
    """A simple plan that is wrong or hangs took the good plan with it."""

    def broken(problem: Problem) -> Plan:
        raise NoLegalPlan

    monkeypatch.setattr(planning, "simple_in_child", broken)
    world.pump_fails()
    plan_id = planning.plan_now(None, by=DISPATCHER, now=MONDAY, budget=QUICK, solver=solve)
    said = desk.get(f"{BOARD}/plans/{plan_id}", headers={"HX-Request": "true"}).text
    assert "没来得及比较" in said and "节省" not in said
