"""From the day's rows to a plan in force: pieces reserved with the visits, stale routes refused (R2, R3, E13, P41)."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.actor import SYSTEM
from app.db import Stale, db, transaction
from app.kernel.quantity import Qty
from contracts.installbase import use_cases as installbase
from contracts.installbase.rules import AssetFacts
from dispatch.desk.handling import allow_sending
from dispatch.people import use_cases as people
from dispatch.planner import api, queries
from dispatch.planner import use_cases as planner
from dispatch.planner.errors import PlanTaken
from dispatch.planner.models import PlanRoute, PlanState, RouteState, StoredPlan
from dispatch.planner.rules import PRICES
from dispatch.planner.solver import cost
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.child import NoLegalPlan
from dispatch.planner.solver.insert import CannotAssign, greedy_plan
from dispatch.planner.solver.plan import FellBack, HourMargin, Margins, PieceMargin, Plan
from dispatch.planner.solver.room import Solver
from dispatch.planner.solver.solve import solve
from dispatch.visits.models import VisitState
from inventory.ledger.models import Balance
from inventory.requisitions import api as stock
from tests import world
from tests.conftest import MONDAY
from tests.dispatch import cast
from tests.dispatch.cast import DISPATCHER, MANAGER
from tests.inventory import cast as inventory

SHORT = Budget(time_s=20, rounds=60)


@pytest.fixture
def here(house):
    return world.small_world()


def propose() -> int:
    """A plan from the engine in this very process: the child process has tests of its own."""
    return planner.plan_now(None, by=DISPATCHER, now=MONDAY, budget=SHORT, solver=solve)


def held(visit_ref: str) -> list[tuple[int, int, int]]:
    db.session.rollback()
    return [(one.place_id, one.part_id, one.qty) for one in stock.reservations_of(db.session(), visit_ref)]


def reserved_at(place_id: int, part_id: int) -> int:
    db.session.rollback()
    row = db.session.query(Balance).filter_by(place_id=place_id, part_id=part_id).one()
    return row.reserved


def test_accepting_a_plan_assigns_the_visit_and_holds_its_piece(here):
    told = here.pump_fails()
    plan_id = propose()
    assert cast.visit(told.visit_ref).state is VisitState.UNASSIGNED
    outcome = planner.accept_plan(plan_id, by=DISPATCHER, now=MONDAY)
    visit = cast.visit(told.visit_ref)
    assert outcome.refused == ()
    assert (visit.state, visit.engineer_id) == (VisitState.ASSIGNED, here.crew.li)
    assert MONDAY < visit.planned_start_at < MONDAY + timedelta(hours=4)
    assert held(told.visit_ref) == [(here.stock.van, here.stock.seal, 1)]
    assert reserved_at(here.stock.van, here.stock.seal) == 1


def test_a_plan_goes_on_from_the_day_as_it_stands(here):
    told = here.pump_fails()
    planner.accept_plan(propose(), by=DISPATCHER, now=MONDAY)
    stood = []

    def noted(problem, budget, start):
        stood.append(start)
        return solve(problem, budget, start)

    planner.plan_now(None, by=DISPATCHER, now=MONDAY, budget=SHORT, solver=noted)
    assert told.visit_ref in {stop.ref for route in stood[0].routes for stop in route.stops}


def test_a_plan_is_accepted_once(here):
    here.pump_fails()
    plan_id = propose()
    planner.accept_plan(plan_id, by=DISPATCHER, now=MONDAY)
    with pytest.raises(PlanTaken):
        planner.accept_plan(plan_id, by=DISPATCHER, now=MONDAY)
    assert db.session.get_one(StoredPlan, plan_id).state is PlanState.PUBLISHED


def test_a_route_whose_piece_was_handed_out_is_refused_and_its_visit_stays_in_the_queue(here):
    """E13: planned at 10:00 on X#1, the counter hands X#1 out at 10:01, applied at 10:02."""
    told = here.pump_fails()
    other = cast.reported(here.hospital.pump_id, symptom="另一台", fault_level=2)
    due_before = {c.kind: c.due_at for c in _clocks(told.request_no)}
    plan_id = propose()
    inventory.open_visit("V-900001")
    all_seals = [
        stock.Line(here.stock.seal, here.stock.van, Qty(1)),
        stock.Line(here.stock.seal, here.stock.depot, Qty(2)),
    ]
    for n, line in enumerate(all_seals):
        _hold_elsewhere(line, key=f"counter-{n}")
    outcome = planner.accept_plan(plan_id, by=DISPATCHER, now=MONDAY + timedelta(minutes=2))
    assert [engineer for engineer, _ in outcome.refused] == [here.crew.li]
    assert outcome.refused[0][1][0][0] == "inventory.insufficient_stock"
    assert cast.visit(told.visit_ref).state is VisitState.UNASSIGNED
    assert cast.visit(other.visit_ref).state is VisitState.UNASSIGNED
    assert {c.kind: c.due_at for c in _clocks(told.request_no)} == due_before
    assert db.session.get_one(PlanRoute, (plan_id, here.crew.li)).state is RouteState.REFUSED


def test_a_visit_that_changed_meanwhile_refuses_its_route_by_name(here):
    told = here.pump_fails()
    plan_id = propose()
    cast.assigned(told.visit_ref, here.crew.li)
    outcome = planner.accept_plan(plan_id, by=DISPATCHER, now=MONDAY)
    ((engineer, reasons),) = outcome.refused
    assert engineer == here.crew.li
    assert ("planner.changed_meanwhile", {"what": told.visit_ref}) in reasons


def test_other_routes_go_into_force_beside_a_refused_one(here):
    """Wang's switchboard has nothing to do with Li's seal: the one goes on, the other waits."""
    pump = here.pump_fails()
    board = cast.reported(switchboard(here), symptom="配电柜跳闸", fault_level=2)
    seen = cast.request(board.request_no).version
    allow_sending(board.request_no, reason="客户口头同意付费", seen_version=seen, by=MANAGER, now=MONDAY)
    plan_id = propose()
    cast.assigned(pump.visit_ref, here.crew.li)
    outcome = planner.accept_plan(plan_id, by=DISPATCHER, now=MONDAY)
    assert (outcome.applied, [who for who, _ in outcome.refused]) == ((here.crew.wang,), [here.crew.li])
    assert cast.visit(board.visit_ref).engineer_id == here.crew.wang


def test_a_call_nobody_pays_for_waits_at_the_desk_and_not_in_the_plan(here):
    """C5: not covered, so a manager's word or an accepted quotation comes before an engineer."""
    board = cast.reported(switchboard(here), symptom="配电柜跳闸", fault_level=2)
    day = api.day_as_it_stands(db.session(), territory=None, now=MONDAY)
    assert board.visit_ref not in {visit.id for visit in day.problem.visits}


def switchboard(here) -> int:
    """An asset that only Wang knows: electric at level 3."""
    people.set_model_skill("LV-9", skill_code="electric", level=3, minutes=60, by=SYSTEM, now=cast.LONG_AGO)
    facts = AssetFacts(name="配电柜", model="LV-9", serial_no="LV-1", accepted_on=date(2025, 1, 1))
    return installbase.add_asset(here.hospital.site_id, facts, by=SYSTEM, now=cast.LONG_AGO)


def test_a_hand_assigns_where_it_costs_least_and_reserves(here):
    told = here.pump_fails()
    seen = cast.visit(told.visit_ref).version
    planner.assign_by_hand(told.visit_ref, here.crew.li, seen_version=seen, by=DISPATCHER, now=MONDAY)
    visit = cast.visit(told.visit_ref)
    assert (visit.state, visit.engineer_id) == (VisitState.ASSIGNED, here.crew.li)
    assert held(told.visit_ref) == [(here.stock.van, here.stock.seal, 1)]


def test_two_hands_on_one_visit_exactly_one_wins(here):
    told = here.pump_fails()
    seen = cast.visit(told.visit_ref).version
    planner.assign_by_hand(told.visit_ref, here.crew.li, seen_version=seen, by=DISPATCHER, now=MONDAY)
    with pytest.raises(Stale):
        planner.assign_by_hand(told.visit_ref, here.crew.li, seen_version=seen, by=MANAGER, now=MONDAY)


def test_a_hand_cannot_send_who_lacks_the_skill(here):
    told = here.pump_fails()
    seen = cast.visit(told.visit_ref).version
    with pytest.raises(CannotAssign) as caught:
        planner.assign_by_hand(told.visit_ref, here.crew.wang, seen_version=seen, by=DISPATCHER, now=MONDAY)
    assert caught.value.data["why"] == "skill"
    assert cast.visit(told.visit_ref).state is VisitState.UNASSIGNED


def test_suggestions_name_who_can_go_and_why_others_cannot(here):
    told = here.pump_fails()
    day = api.day_as_it_stands(db.session(), territory=None, now=MONDAY)
    first, second = api.suggestions(day, [told.visit_ref], k=None)[told.visit_ref]
    assert (first.engineer_id, first.why_not, first.late_s) == (here.crew.li, None, 0)
    assert first.extra_fen is not None and first.extra_fen > 0
    assert (second.engineer_id, second.why_not) == (here.crew.wang, "planner.why.skill")


def test_a_plan_shows_its_money_by_term_beside_the_simple_plan_s(here):
    here.pump_fails()
    view = queries.plan_view(db.session(), propose())
    assert sum(line.fen for line in view.terms) == view.total_fen
    assert sum(line.greedy_fen for line in view.terms) == view.greedy_total_fen
    assert view.total_fen <= view.greedy_total_fen
    assert view.fell_back is None


def test_a_plan_names_where_an_hour_and_a_piece_more_would_save(here):
    """The piece and the hour are written into a stored plan: what is asked is only how they are named."""
    here.pump_fails()
    plan_id = propose()
    with transaction() as session:
        row = session.get(StoredPlan, plan_id)
        hours = (HourMargin(None, str(here.crew.li), 0, 90_00), HourMargin("none", str(here.crew.wang), 0, 0))
        pieces = (PieceMargin(str(here.stock.depot), str(here.stock.seal), 500_00),)
        row.plan = replace(Plan.from_json(row.plan), margins=Margins(hours, pieces)).to_json()
    view = queries.plan_view(db.session(), plan_id)
    assert [(one.engineer_id, one.saves_fen) for one in view.hours] == [(here.crew.li, 90_00)]
    assert [one.saves_fen for one in view.pieces] == [500_00]
    assert all(one.part and one.place and not one.part.isdecimal() for one in view.pieces)


def test_a_replan_keeps_its_own_reservation_and_takes_no_second_piece(here):
    told = here.pump_fails()
    planner.accept_plan(propose(), by=DISPATCHER, now=MONDAY)
    again = planner.accept_plan(propose(), by=DISPATCHER, now=MONDAY)
    assert again.refused == ()
    assert held(told.visit_ref) == [(here.stock.van, here.stock.seal, 1)]
    assert reserved_at(here.stock.van, here.stock.seal) == 1


def _clocks(request_no: str):
    from dispatch.clocks.models import CommitmentClock

    return db.session.query(CommitmentClock).filter_by(request_id=cast.request(request_no).id).all()


def _hold_elsewhere(line: stock.Line, *, key: str) -> None:
    from app.db import transaction

    with transaction() as session:
        stock.reserve(session, visit_ref="V-900001", lines=[line], by=SYSTEM, at=MONDAY, key=key)


def test_planning_nobody_is_dearer_than_being_as_late_as_the_horizon(here):
    """A visit that was late already once looked cheaper never than late, and the plan left 17 of them out."""
    told = here.pump_fails()
    day = api.day_as_it_stands(db.session(), territory=None, now=MONDAY + timedelta(hours=7))
    (visit,) = day.problem.visits
    latest = max(cost.late_fen(replace(one.price, cap_fen=10**12), 2 * 86_400 - one.due_s) for one in visit.commitments)
    assert visit.id == told.visit_ref
    (headroom,) = day.problem.caps.values()
    assert visit.unassigned_fen >= PRICES.left_out(visit.level) + min(latest, headroom) > PRICES.left_out(visit.level)


def answered(plan_id: int) -> tuple[Plan, queries.PlanView]:
    db.session.rollback()
    return Plan.from_json(db.session.get_one(StoredPlan, plan_id).plan), queries.plan_view(db.session(), plan_id)


def propose_by(solver: Solver, *, seconds: float = 20.0) -> int:
    return planner.plan_now(None, by=DISPATCHER, now=MONDAY, budget=Budget(time_s=seconds, rounds=60), solver=solver)


def test_the_simple_plan_made_beside_a_search_stands_where_the_search_fails(here, monkeypatch):
    made = []

    def once(problem):
        made.append(problem)
        return greedy_plan(problem)

    monkeypatch.setattr(planner, "simple_in_child", once)
    here.pump_fails()
    plan, view = answered(propose_by(lambda *_: FellBack.deadline))
    assert (plan.notes.method, plan.notes.fell_back, len(made)) == ("greedy", FellBack.deadline, 1)
    assert view.total_fen == view.greedy_total_fen


def test_a_plan_dearer_than_the_simple_one_is_not_proposed(here):
    """With a start the engine never learnt what the simple plan costs: a dearer one passed, and saved less than nothing."""
    told = here.pump_fails()
    plan, view = answered(propose_by(lambda problem, budget, start: start or FellBack.deadline))
    assert plan.notes.fell_back is FellBack.worse
    assert told.visit_ref in {stop.ref for route in plan.routes for stop in route.stops}
    assert view.total_fen <= view.greedy_total_fen


def test_a_good_plan_is_not_lost_for_a_simple_one_that_breaks_a_law(here, monkeypatch):
    def broken(problem):
        raise NoLegalPlan

    monkeypatch.setattr(planner, "simple_in_child", broken)
    told = here.pump_fails()
    plan, view = answered(propose_by(solve))
    assert told.visit_ref in {stop.ref for route in plan.routes for stop in route.stops}
    assert view.greedy_total_fen is None
    assert {line.greedy_fen for line in view.terms} == {None}


def test_a_plan_that_is_found_does_not_wait_for_a_simple_one_that_hangs(here, monkeypatch):
    go_on = threading.Event()

    def hangs(problem):
        go_on.wait(60.0)
        return greedy_plan(problem)

    monkeypatch.setattr(planner, "simple_in_child", hangs)
    monkeypatch.setattr(planner, "COMPARING_S", 0.01)
    here.pump_fails()
    plan, view = answered(propose_by(solve, seconds=0.1))
    assert not go_on.is_set()
    assert view.greedy_total_fen is None and plan.notes.fell_back is None
    go_on.set()
