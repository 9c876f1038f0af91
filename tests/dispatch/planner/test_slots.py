"""A slot offered on the phone costs what it says, and the plan can keep it (R9)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.planner.solver.checker import price, violations
from dispatch.planner.solver.insert import CannotAssign, UnknownVisit, greedy_plan, with_visit, without_visit
from dispatch.planner.solver.plan import Plan
from dispatch.planner.solver.problem import (
    Commitment,
    Engineer,
    Matrix,
    Problem,
    Rates,
    Shift,
    Travel,
    Visit,
    Window,
)
from dispatch.planner.solver.slots import QUARTER_S, Slot, promised, slots
from tests.dispatch.planner.cases import HOUR, MINUTE, NINE, START, at, pa_1, random_problem, started_hour


def tied(problem: Problem) -> set[str]:
    followed = {name for visit in problem.visits for name in visit.after}
    return {v.id for v in problem.visits if v.sync or v.after or v.id in followed or (v.pin and v.pin.frozen)}


def one_visit_due_at_noon() -> tuple[Problem, Plan]:
    """Nine o'clock, one engineer half an hour away until six; the visit owes ¥100 a started hour from 12:00 on."""
    half_hour = Matrix.of([[0, 30 * MINUTE], [30 * MINUTE, 0]])
    problem = Problem(
        START,
        NINE,
        Travel(Matrix.of([[0, 10_000], [10_000, 0]]), (half_hour,)),
        Rates(60_00, 1_00, 0),
        (Engineer("E1", (Shift(NINE, at(18), 0, 0),)),),
        (Visit("V1", 1, HOUR, 900_00, commitments=(Commitment(at(12), started_hour(100_00)),)),),
    )
    return problem, greedy_plan(replace(problem, visits=()))


def test_a_free_afternoon_is_offered_by_what_each_slot_costs() -> None:
    problem, plan = one_visit_due_at_noon()
    there_and_back = 60_00 + 20_00
    assert slots(problem, plan, "V1", width_s=2 * HOUR, count=4) == (
        Slot(at(9), at(10), there_and_back, "E1", 0, at(9, 30)),
        Slot(at(10), at(12), there_and_back, "E1", 0, at(10)),
        Slot(at(12), at(14), there_and_back, "E1", 0, at(12)),
        Slot(at(14), at(16), there_and_back + 200_00, "E1", 0, at(14), 2 * HOUR),
    )


@pytest.mark.parametrize("seed", range(6))
def test_a_slot_costs_what_the_plan_that_keeps_it_costs_more(seed: int) -> None:
    problem = random_problem(seed, visits=20, engineers=8, ties=False)
    plan = greedy_plan(problem, explained=False)
    offered = 0
    for visit in problem.visits:
        if visit.id in tied(problem):
            continue
        bare = without_visit(problem, plan, visit.id) if visit.id not in {u.visit for u in plan.unassigned} else plan
        for slot in slots(problem, bare, visit.id, width_s=2 * HOUR, count=3):
            kept = promised(problem, visit.id, slot)
            then = with_visit(kept, bare, visit.id, slot.engineer)
            assert violations(kept, then) == []
            more = price(kept, then).total - price(problem, bare).total + visit.unassigned_fen
            assert more == slot.extra_fen
            (stop,) = [s for route in then.routes for s in route.stops if s.ref == visit.id]
            assert (stop.start_s, stop.late_s) == (slot.start_s, slot.late_s)
            assert slot.from_s <= stop.start_s <= slot.to_s
            offered += 1
    assert offered > 10


def test_a_planned_visit_is_priced_as_if_taken_out_first() -> None:
    problem = random_problem(3, visits=20, engineers=8, ties=False)
    plan = greedy_plan(problem, explained=False)
    out = {left.visit for left in plan.unassigned} | tied(problem)
    for ref in [visit.id for visit in problem.visits if visit.id not in out]:
        bare = without_visit(problem, plan, ref)
        assert slots(problem, plan, ref, width_s=HOUR, count=3) == slots(problem, bare, ref, width_s=HOUR, count=3)


def test_slots_are_spread_before_the_cheapest_half_day_offers_a_second() -> None:
    problem, _ = one_visit_due_at_noon()
    two_days = (Shift(NINE, at(18), 0, 0), Shift(at(33), at(42), 0, 0))
    problem = replace(problem, engineers=(Engineer("E1", two_days),))
    problem = replace(problem, visits=(replace(problem.visits[0], commitments=()),))
    plan = greedy_plan(replace(problem, visits=()))
    found = slots(problem, plan, "V1", width_s=HOUR, count=4)
    assert len({slot.from_s // (12 * HOUR) for slot in found}) == 4
    assert [slot.extra_fen for slot in found] == sorted(slot.extra_fen for slot in found)


def test_slots_lie_in_the_service_hours_and_not_in_the_past() -> None:
    problem, plan = one_visit_due_at_noon()
    hours = (Window(at(8), at(12)), Window(at(13), at(18)))
    problem = replace(problem, now_s=at(9, 7), visits=(replace(problem.visits[0], windows=hours),))
    found = slots(problem, plan, "V1", width_s=2 * HOUR, count=99)
    # Of 8-10 less than half is left; 17-18 is half a slot, but nobody would be home by six.
    assert sorted((s.from_s, s.to_s) for s in found) == [
        (at(10), at(12)),
        (at(13), at(15)),
        (at(15), at(17)),
    ]
    early = replace(problem, now_s=at(8, 50))
    assert min(s.from_s for s in slots(early, plan, "V1", width_s=2 * HOUR, count=99)) == at(9)
    assert all(s.from_s % QUARTER_S == 0 for s in found)


def test_a_window_narrower_than_a_slot_is_the_slot() -> None:
    problem, plan = one_visit_due_at_noon()
    problem = replace(problem, visits=(replace(problem.visits[0], windows=(Window(at(11), at(11)),)),))
    (slot,) = slots(problem, plan, "V1", width_s=2 * HOUR, count=3)
    assert (slot.from_s, slot.to_s, slot.start_s) == (at(11), at(11), at(11))


def test_nobody_can_come_so_nothing_is_offered() -> None:
    problem = pa_1(van_2=0, depot=0)
    plan = greedy_plan(problem)
    assert slots(problem, plan, "J1", width_s=2 * HOUR, count=3) == ()
    assert slots(problem, plan, "J2", width_s=2 * HOUR, count=3) != ()


def test_offering_changes_nothing() -> None:
    problem = random_problem(2, visits=20, engineers=8)
    plan = greedy_plan(problem)
    ref = next(v.id for v in problem.visits if v.id not in tied(problem))
    first = slots(problem, plan, ref, width_s=HOUR, count=5)
    assert slots(problem, plan, ref, width_s=HOUR, count=5) == first


def test_a_crew_s_hours_work_under_way_and_strangers_are_refused() -> None:
    problem = random_problem(0, visits=16, engineers=5)
    plan = greedy_plan(problem)
    frozen = next(v.id for v in problem.visits if v.pin and v.pin.frozen)
    for ref, why in (("V0", "crew"), ("V3", "crew"), (frozen, "pinned")):
        with pytest.raises(CannotAssign) as caught:
            slots(problem, plan, ref, width_s=HOUR, count=3)
        assert caught.value.data["why"] == why
    with pytest.raises(UnknownVisit):
        slots(problem, plan, "stranger", width_s=HOUR, count=3)
