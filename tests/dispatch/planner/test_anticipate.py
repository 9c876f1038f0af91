"""Waiting has a price: idle engineers take work early, appointments and promises stay what they were."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditRow
from app.db import Stale, db
from dispatch.planner import store
from dispatch.planner import use_cases as planner
from dispatch.planner.models import PlanningRules, StoredPlan
from dispatch.planner.settings import WAITING_FEN_H
from dispatch.planner.solver import areas as cutting
from dispatch.planner.solver import room
from dispatch.planner.solver.anticipate import (
    cheaper_with_room,
    told_with_waiting,
    with_priced_waiting,
    without_priced_waiting,
)
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.child import solve_in_child
from dispatch.planner.solver.insert import greedy_plan
from dispatch.planner.solver.model import Model
from dispatch.planner.solver.plan import FellBack, Plan, Reason
from dispatch.planner.solver.problem import Engineer, Pin, Problem, Rates, Shift, Travel, Visit, Window
from dispatch.planner.solver.room import Solver, solve_with_room
from dispatch.planner.solver.solve import solve
from dispatch.planner.solver.territories import _Run
from tests import world
from tests.app.crowd import all_at_once, real_house
from tests.conftest import MONDAY
from tests.dispatch.cast import DISPATCHER
from tests.dispatch.planner.cases import MINUTE, NINE, START, at, matrix, order_of, random_problem

QUICK = Budget(time_s=2.0, rounds=200, seed=1)


def two_in_one_street() -> Problem:
    """Two engineers at home ten minutes away, two pieces of upkeep in one street: one of them could do both."""
    minutes = matrix(3, {(0, 1): 10, (0, 2): 10, (1, 2): 2}, MINUTE)
    shift = Shift(NINE, at(18), 0)
    return Problem(
        horizon_start=START,
        now_s=NINE,
        travel=Travel(metres=matrix(3, {}, 0), seconds=(minutes,)),
        rates=Rates(travel_fen_h=6000, distance_fen_km=0, overtime_fen_h=0),
        engineers=(Engineer("E1", (shift,)), Engineer("E2", (shift,))),
        visits=(Visit("J1", 1, 120 * MINUTE, 60_000), Visit("J2", 2, 120 * MINUTE, 60_000)),
    )


def test_without_the_price_one_does_both_and_the_other_stands_idle() -> None:
    assert len(order_of(solve(two_in_one_street(), QUICK))) == 1


def test_with_the_price_both_begin_at_once() -> None:
    problem = two_in_one_street()
    plan = without_priced_waiting(problem, solve(with_priced_waiting(problem, 1000), QUICK), 1000)
    assert len(order_of(plan)) == 2
    assert violations(problem, plan) == []
    assert plan.cost.late == 0
    assert all(stop.late_s == 0 for route in plan.routes for stop in route.stops)


@pytest.mark.parametrize("fen_h", [100, 1000, 100_000])
def test_no_visit_is_left_out_for_its_waiting(fen_h: int) -> None:
    problem = two_in_one_street()
    alone = replace(problem, engineers=problem.engineers[:1])
    assert solve(with_priced_waiting(alone, fen_h), QUICK).unassigned == ()


def test_appointments_and_work_under_way_have_their_hour_already() -> None:
    first, second = two_in_one_street().visits
    agreed, begun = replace(first, windows=(Window(at(11), at(12)),)), replace(second, pin=Pin("E2", start_s=at(8)))
    problem = replace(two_in_one_street(), visits=(agreed, begun))
    assert with_priced_waiting(problem, 1000).visits == (agreed, begun)


def test_a_day_that_already_has_room_is_kept_though_another_would_be_cheaper_now() -> None:
    problem = two_in_one_street()
    tight = solve(problem, QUICK)
    roomy = without_priced_waiting(problem, solve(with_priced_waiting(problem, 1000), QUICK), 1000)
    assert cheaper_with_room(problem, tight, roomy, 0)
    assert cheaper_with_room(problem, roomy, tight, 1000)


@pytest.mark.parametrize("seed", range(8))
def test_a_plan_is_told_in_either_money_to_the_fen(seed: int) -> None:
    """The day as it stands was searched on with prices of another money: not one of its routes was legal there."""
    problem = random_problem(seed, visits=30, engineers=6, depots=2)
    plan = greedy_plan(problem)
    priced = with_priced_waiting(problem, 700)
    told = told_with_waiting(problem, plan, 700)
    assert told.cost.late > plan.cost.late
    assert violations(priced, told) == []
    back = without_priced_waiting(problem, told, 700)
    assert (back.routes, back.cost) == (plan.routes, plan.cost)
    assert back.explanations == () and {one.reason for one in back.unassigned} <= {Reason.waiting}


def test_who_asks_for_room_lays_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """It took a web process four seconds and half a gigabyte to price 1,500 visits three times."""
    problem = random_problem(1, visits=30, engineers=6, depots=2)
    plan = greedy_plan(problem)
    monkeypatch.delattr(Model, "__init__")
    told = told_with_waiting(problem, plan, 700)
    assert not cheaper_with_room(problem, without_priced_waiting(problem, told, 700), plan, 700)


def test_the_search_for_room_goes_on_from_the_day_as_it_stands() -> None:
    problem = random_problem(2, visits=30, engineers=6, depots=2)
    good = solve(problem, QUICK)

    def idle(priced: Problem, budget: Budget, start: Plan | None) -> Plan:
        assert start is not None and violations(priced, start) == []
        return replace(start, notes=replace(start.notes, fell_back=FellBack.killed))

    plan = solve_with_room(problem, QUICK, 700, idle, good)
    assert isinstance(plan, Plan)
    assert (plan.routes, plan.unassigned, plan.explanations) == (good.routes, good.unassigned, good.explanations)
    assert (plan.notes.fell_back, plan.notes.room_fen_h) == (FellBack.killed, 700)


def test_parts_of_a_large_day_go_on_with_waiting_priced_too() -> None:
    problem = random_problem(5, visits=36, engineers=9, depots=3)
    good = greedy_plan(problem, explained=False)
    run = _Run(with_priced_waiting(problem, 600), Budget(5.0), 1, None, 0.0)
    run.go_on_from(told_with_waiting(problem, good, 600))
    assert len(run.whole.routes) == len(good.routes)


def test_reasons_and_next_bests_are_told_by_a_process_in_the_days_own_money() -> None:
    problem = two_in_one_street()
    too_long = Visit("J3", 1, 600 * MINUTE, 60_000)
    problem = replace(problem, visits=(*problem.visits, too_long))
    plan = solve_with_room(problem, QUICK, 1000, solve_in_child)
    assert [(one.visit, one.reason) for one in plan.unassigned] == [("J3", Reason.no_time)]
    # The other one could go on from next door: 12 minutes on the road instead of 20, only later.
    assert {one.extra_fen for one in plan.explanations} == {-800}
    assert plan.notes.room_fen_h == 1000


def test_of_a_large_day_each_area_is_told_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """One process laid the whole day out to say why two visits are left out."""
    monkeypatch.setattr(cutting, "LEAST", 4)
    monkeypatch.setattr(room, "MANY", 30)
    monkeypatch.setattr(room, "_said", None)
    problem = random_problem(7, visits=36, engineers=9, depots=3)
    lost = Visit("LOST", 1, 60 * MINUTE, 60_000, skills={"alchemy": 1})
    problem = replace(problem, visits=(*problem.visits, lost))
    plan = solve_with_room(problem, QUICK, 700, solve, greedy_plan(problem))
    assert isinstance(plan, Plan)
    assert violations(problem, plan) == []
    assert {one.visit: one.reason for one in plan.unassigned}["LOST"] is Reason.no_skill
    assert Reason.waiting not in {one.reason for one in plan.unassigned}
    assert any(one.next_engineer for one in plan.explanations)
    assert plan.notes.room_fen_h == 700


def test_a_process_that_tells_nothing_leaves_the_plan_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = two_in_one_street()
    monkeypatch.setattr(room, "_said", lambda *_: FellBack.killed)
    plan = solve_with_room(problem, QUICK, 1000, solve)
    assert len(order_of(plan)) == 2
    assert plan.explanations == ()
    assert violations(problem, plan) == []


def test_where_the_solver_fails_a_plan_with_room_says_both(house) -> None:
    """The day as it stands took its place with notes of its own: nobody read that the solver had failed."""
    here = world.small_world()
    here.pump_fails()
    planner.leave_room(True, seen_version=0, by=DISPATCHER, now=MONDAY)
    planner.accept_plan(planned(solve), by=DISPATCHER, now=MONDAY)
    notes = kept(planned(lambda *_: FellBack.killed)).notes
    assert (notes.fell_back, notes.room_fen_h, notes.method) == (FellBack.killed, WAITING_FEN_H, "by hand")


def planned(solver: Solver) -> int:
    return planner.plan_now(None, by=DISPATCHER, now=MONDAY, budget=QUICK, solver=solver)


def kept(plan_id: int) -> Plan:
    db.session.rollback()
    return Plan.from_json(db.session().get_one(StoredPlan, plan_id).plan)


def test_it_is_off_until_somebody_turns_it_on(house) -> None:
    assert not store.planning_rules(db.session()).room_for_calls


@pytest.fixture
def crowd(engine_name, tmp_path, request):
    """A house whose commits are real, so that threads see each other's."""
    with real_house(engine_name, tmp_path, lambda: request.getfixturevalue("postgresql_url")) as app:
        yield app


def test_of_two_who_set_it_for_the_first_time_at_once_one_is_told_it_has_changed(
    crowd, engine_name, monkeypatch
) -> None:
    """There was no row to hold yet: both found version 0, both made the row, and one got an error page."""
    both_looked, scalar = threading.Barrier(2), Session.scalar

    def looked(session: Session, statement: Any, *args: Any, **more: Any) -> Any:
        found = scalar(session, statement, *args, **more)
        if found is None and "planning_rules" in str(statement) and engine_name == "postgresql":
            with suppress(threading.BrokenBarrierError):
                both_looked.wait(5)
        return found

    monkeypatch.setattr(Session, "scalar", looked)
    told = all_at_once(crowd, 2, lambda n: planner.leave_room(n == 0, seen_version=0, by=DISPATCHER, now=MONDAY))
    assert {type(one) for one in told} == {Stale, type(None)}
    with crowd.app_context():
        assert store.planning_rules(db.session()).version == 1


def test_the_switch_is_audited_and_who_saw_an_older_one_is_told(house) -> None:
    planner.leave_room(True, seen_version=0, by=DISPATCHER, now=MONDAY)
    with pytest.raises(Stale):
        planner.leave_room(False, seen_version=0, by=DISPATCHER, now=MONDAY)
    row = db.session().scalars(select(AuditRow).where(AuditRow.action == "planner.room_for_calls")).one()
    assert (row.before, row.after) == ('{"room_for_calls":false}', '{"room_for_calls":true}')
    assert db.session().scalars(select(PlanningRules)).one().version == 1


def test_a_proposed_plan_with_room_for_calls_is_stored_in_the_days_own_money(house) -> None:
    here = world.small_world()
    told = here.pump_fails()
    plain = planner.plan_now(None, by=DISPATCHER, now=MONDAY, budget=QUICK, solver=solve)
    planner.leave_room(True, seen_version=0, by=DISPATCHER, now=MONDAY)
    roomy = planner.plan_now(None, by=DISPATCHER, now=MONDAY, budget=QUICK, solver=solve)
    db.session.rollback()
    kept = [db.session().get_one(StoredPlan, one) for one in (plain, roomy)]
    assert kept[0].problem == kept[1].problem
    plan = Plan.from_json(kept[1].plan)
    assert told.visit_ref in {stop.ref for route in plan.routes for stop in route.stops}
    assert violations(Problem.from_json(kept[1].problem), plan) == []
    assert plan.notes.room_fen_h == WAITING_FEN_H
