"""E11, E14 and E15, solved as they stand: no special case knows them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.checker_money import penalty
from dispatch.planner.solver.cost import late_fen
from dispatch.planner.solver.insert import greedy_plan
from dispatch.planner.solver.model import Model
from dispatch.planner.solver.plan import Cure, Reason, StopKind
from dispatch.planner.solver.problem import Commitment, Counting, Judged, LatePrice
from dispatch.planner.solver.solve import solve
from tests.dispatch.planner.cases import HOUR, MINUTE, at, order_of, pa_1, pm_1, started_hour
from tests.dispatch.planner.oracle import cheapest_by_trying_everything

BUDGET = Budget(time_s=2.0, rounds=200)


@pytest.mark.parametrize(
    ("van_2", "depot", "yuan", "stops"),
    [
        (1, 1, 60, {"E1": ["D", "J1"], "E2": ["J2"]}),
        (1, 0, 90, {"E2": ["J1", "J2"]}),
        (0, 1, 60, {"E1": ["D", "J1"], "E2": ["J2"]}),
        (0, 0, 20, {"E2": ["J2"]}),
    ],
)
def test_e14_the_part_decides_who_goes(van_2: int, depot: int, yuan: int, stops: dict[str, list[str]]) -> None:
    problem = pa_1(van_2=van_2, depot=depot)
    plan = solve(problem, BUDGET)
    assert order_of(plan) == stops
    assert plan.cost.total - plan.cost.left_out == yuan * 100
    assert violations(problem, plan) == []
    assert plan.notes.optimal
    assert plan.notes.bound_fen == plan.cost.total
    assert cheapest_by_trying_everything(problem).cost.total == plan.cost.total


def test_e14_arrival_times_are_those_of_the_example() -> None:
    starts = {s.ref: s.start_s for r in solve(pa_1(van_2=1, depot=1), BUDGET).routes for s in r.stops}
    assert (starts["J1"], starts["J2"]) == (at(9, 50), at(9, 20))
    starts = {s.ref: s.start_s for r in solve(pa_1(van_2=1, depot=0), BUDGET).routes for s in r.stops}
    assert (starts["J1"], starts["J2"]) == (at(10), at(11, 30))


def test_e14_the_depot_piece_is_reserved_and_the_van_keeps_its_own() -> None:
    plan = solve(pa_1(van_2=1, depot=1), BUDGET)
    used = [use for route in plan.routes for stop in route.stops for use in stop.uses]
    taken = [stop.takes for route in plan.routes for stop in route.stops if stop.kind is StopKind.depot]
    assert [(use.part, use.depot) for use in used] == [("X", "D")]
    assert taken == [{"X": 1}]


def test_e14_without_a_piece_the_visit_says_so_and_names_the_next_one_to_come() -> None:
    (left,) = solve(pa_1(van_2=0, depot=0), BUDGET).unassigned
    assert (left.visit, left.reason, left.detail["part"]) == ("J1", Reason.no_part, "X")
    assert (left.detail["incoming_depot"], left.detail["incoming_at_s"]) == ("D", str(at(15)))
    assert left.remedy is not None
    assert left.remedy.cure is Cure.wait_for_part


def test_e14_a_courier_with_a_price_cures_it() -> None:
    problem = pa_1(van_2=0, depot=0)
    (left,) = solve(replace(problem, rates=replace(problem.rates, courier_fen=50_00)), BUDGET).unassigned
    assert left.remedy is not None
    # Nearest is E1 from home: 20 minutes, and the courier's price.
    assert (left.remedy.cure, left.remedy.engineer, left.remedy.extra_fen) == (Cure.courier_part, "E1", 70_00)


@pytest.mark.parametrize(
    ("headroom", "first", "yuan"),
    [(None, "J1", 100), (1_000_00, "J1", 100), (300_00, "J1", 100), (0, "J2", 0), (50_00, "J2", 50)],
)
def test_e15_penalties_are_money_and_the_cap_flips_the_order(headroom: int | None, first: str, yuan: int) -> None:
    problem = pm_1(headroom_1=headroom)
    plan = solve(problem, BUDGET)
    assert order_of(plan)["E1"][0] == first
    assert plan.cost.late == plan.cost.total == yuan * 100
    assert violations(problem, plan) == []


def test_e15_two_visits_under_one_headroom_share_it() -> None:
    """Cap ¥150 over both: whoever comes second owes 400 or 100; together never more than 150."""
    problem = pm_1(headroom_1=150_00)
    both = tuple(
        replace(v, commitments=(replace(v.commitments[0], price=replace(v.commitments[0].price, cap="J1's contract")),))
        for v in problem.visits
    )
    problem = replace(problem, visits=both)
    plan = solve(problem, BUDGET)
    assert (order_of(plan)["E1"][0], plan.cost.late) == ("J1", 100_00)
    assert violations(problem, plan) == []


E11 = [
    (started_hour(200_00), 2 * HOUR + 5 * MINUTE, 600_00),
    (started_hour(100_00), 27 * HOUR + 30 * MINUTE, 2800_00),
    (started_hour(200_00, grace_s=600), 9 * MINUTE, 0),
    (started_hour(200_00, grace_s=600), 10 * MINUTE, 0),
    (started_hour(200_00, grace_s=600), 10 * MINUTE + 1, 200_00),
    (started_hour(200_00, grace_s=600), 65 * MINUTE, 400_00),
    (started_hour(200_00), HOUR, 200_00),
    (started_hour(200_00), HOUR + 1, 400_00),
    (started_hour(200_00), 0, 0),
    (started_hour(200_00), -HOUR, 0),
    (started_hour(200_00, cap_fen=300_00), 3 * HOUR, 300_00),
    (LatePrice(per_unit_fen=200_00, counting=Counting.full), 59 * MINUTE, 0),
    (LatePrice(per_unit_fen=200_00, counting=Counting.full), 125 * MINUTE, 400_00),
    (LatePrice(fixed_fen=80_00, per_unit_fen=60_00, counting=Counting.linear), 90 * MINUTE, 170_00),
    (LatePrice(per_unit_fen=1, counting=Counting.linear), HOUR // 2, 1),
    (LatePrice(per_unit_fen=1, counting=Counting.linear), HOUR // 2 - 1, 0),
    (LatePrice(fixed_fen=500_00), 1, 500_00),
    (LatePrice(per_unit_fen=50_00, unit_s=1800), 31 * MINUTE, 100_00),
]


@pytest.mark.parametrize(("clause", "late_s", "fen"), E11)
def test_e11_engine_and_checker_read_the_clause_alike(clause: LatePrice, late_s: int, fen: int) -> None:
    problem = pm_1()
    visit = replace(problem.visits[0], commitments=(Commitment(at(10), clause),))
    compiled = Model(replace(problem, visits=(visit,))).calls[0].lates[0]
    assert late_fen(compiled, late_s) == fen
    assert penalty(visit.commitments[0], at(10) + late_s, at(12) + late_s) == fen


def test_e11_the_quarters_headroom_is_shared_by_arrival_and_resolve() -> None:
    """3 400 owed against 3 000 left is 3 000; against 300 left it is 300."""
    problem = pm_1()
    for room, owed in ((3000_00, 3000_00), (300_00, 300_00), (5000_00, 3400_00)):
        due = at(9, 30) - 2 * HOUR - 5 * MINUTE, at(11) - 27 * HOUR - 30 * MINUTE
        arrival = Commitment(due[0], started_hour(200_00, cap="quarter"))
        resolve = Commitment(due[1], started_hour(100_00, cap="quarter"), Judged.end)
        visit = replace(problem.visits[0], commitments=(arrival, resolve))
        one = replace(problem, visits=(visit,), caps={"quarter": room})
        for plan in (greedy_plan(one), solve(one, BUDGET)):
            assert plan.cost.late == owed
            assert violations(one, plan) == []
