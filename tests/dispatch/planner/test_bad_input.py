"""Whatever is wrong with a planning task: it is refused by name, or planned around and the plan says why (P41, P42).

`test_intake.py` has each fault by its name; here are the combinations that nobody thought of, and the absurd days.
"""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from dataclasses import replace

import pytest

from app.geo.rules import Position
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.insert import greedy_plan
from dispatch.planner.solver.intake import Fault, ProblemRefused, check_problem
from dispatch.planner.solver.plan import Plan, Reason
from dispatch.planner.solver.problem import (
    Commitment,
    Engineer,
    Incoming,
    LatePrice,
    Pin,
    Problem,
    Rates,
    Shift,
    Travel,
    Visit,
    Window,
)
from dispatch.planner.solver.solve import solve
from tests.dispatch.planner.cases import HOUR, MINUTE, NINE, START, at, matrix, pa_1, random_problem
from tests.dispatch.planner.damage import spoilt
from tests.dispatch.planner.test_compose import made, visit

FULL = os.environ.get("FAULTS") == "full"
DAMAGES = 10**6 if FULL else 150
CROWD = 10_000 if FULL else 600


def refused(problem: Problem) -> set[tuple[Fault, str]]:
    """What the intake finds wrong, each with the name of what has it; nothing if it may be solved."""
    try:
        check_problem(problem)
    except ProblemRefused as refusal:
        return {(one.fault, one.ref) for one in refusal.findings}
    return set()


@pytest.mark.faults
def test_a_damaged_task_is_refused_or_planned_legally_and_never_a_crash() -> None:
    """One thing in a random day is changed into anything; plans of what is let through obey every law."""
    pick = random.Random(4)
    kinds: dict[str, list[Problem]] = {}
    for kind, worse in spoilt(random_problem(4, visits=10, engineers=4)):
        kinds.setdefault(kind, []).append(worse)
    seen: Counter[str] = Counter()
    for kind in pick.sample(sorted(kinds), min(DAMAGES, len(kinds))):
        worse = pick.choice(kinds[kind])
        if refused(worse):
            seen["refused"] += 1
            continue
        assert violations(worse, greedy_plan(worse)) == [], kind
        if seen["planned"] % 10 == 0:
            assert violations(worse, solve(worse, Budget(2.0, rounds=3))) == [], kind
        seen["planned"] += 1
    assert min(seen["refused"], seen["planned"]) > DAMAGES // 4 or FULL


def test_what_is_no_whole_number_is_refused_wherever_it_stands() -> None:
    """NaN and fractions in each of the fields that hold numbers: refused by the field's name."""
    places: set[str] = set()
    for kind, worse in spoilt(random_problem(1, visits=16, engineers=5)):
        field, _, wrong = kind.rpartition(" ")
        if wrong != "float":
            continue
        ((fault, ref),) = refused(worse)
        table = field.startswith((".travel.metres", ".travel.seconds"))
        assert fault is (Fault.matrix_size if table else Fault.bad_form), kind
        last = re.split(r"[.\[\]{}]+", field.removesuffix(".size"))
        assert [name for name in last if name][-1] in ref, (kind, ref)
        places.add(field)
    assert len(places) > 45


def spoil_first_engineer(problem: Problem, **changes: object) -> Problem:
    first, *others = problem.engineers
    return replace(problem, engineers=(replace(first, **changes), *others))


@pytest.mark.parametrize("end", [NINE, NINE - 1, at(8)])
def test_a_shift_that_is_no_stretch_of_time_is_refused(end: int) -> None:
    problem = spoil_first_engineer(pa_1(van_2=1, depot=1), shifts=(Shift(NINE, end, 0),))
    assert refused(problem) == {(Fault.empty_shift, "E1")}


def test_two_next_stops_at_once_are_refused() -> None:
    problem = pa_1(van_2=1, depot=1)
    both = tuple(replace(one, pin=Pin("E1", order=0)) for one in problem.visits)
    assert refused(replace(problem, visits=both)) == {(Fault.two_in_one_order, "E1")}


def test_fewer_than_no_pieces_on_their_way_are_refused() -> None:
    problem = pa_1(van_2=1, depot=1)
    coming = replace(problem.depots[0], incoming=(Incoming("X", -1, at(15)),))
    assert refused(replace(problem, depots=(coming,))) == {(Fault.negative, "D")}


@pytest.mark.parametrize("window", [Window(at(10), at(10) - 1), Window(at(12), at(8))])
def test_a_window_that_ends_before_it_begins_is_refused(window: Window) -> None:
    problem = pa_1(van_2=1, depot=1)
    spoilt_visit = replace(problem.visits[0], windows=(Window(NINE, at(9, 30)), window))
    assert refused(replace(problem, visits=(spoilt_visit, problem.visits[1]))) == {(Fault.empty_window, "J1")}


def left_out(plan: Plan) -> dict[str, Reason]:
    return {one.visit: one.reason for one in plan.unassigned}


def test_two_visits_locked_to_one_engineer_at_one_time_are_not_both_planned() -> None:
    """Locked by hand to the same man and the same minute: one stands, the other says that there is no time."""
    problem = pa_1(van_2=1, depot=1)
    noon = (Window(at(12), at(12)),)
    both = tuple(replace(one, pin=Pin("E2"), windows=noon) for one in problem.visits)
    locked = replace(problem, visits=both)
    for plan in (solve(locked, Budget(2.0, rounds=20)), greedy_plan(locked)):
        assert violations(locked, plan) == []
        assert list(left_out(plan).values()) == [Reason.no_time]


def test_an_engineer_without_any_shift_stops_nobody_else() -> None:
    problem = spoil_first_engineer(pa_1(van_2=1, depot=1), shifts=())
    plan = solve(problem, Budget(2.0, rounds=20))
    assert violations(problem, plan) == []
    assert plan.unassigned == ()


@pytest.mark.parametrize("empty", ["engineers", "visits", "both"])
def test_a_day_with_nobody_or_nothing_is_a_plan_too(empty: str) -> None:
    problem = pa_1(van_2=1, depot=1)
    if empty != "visits":
        problem = replace(problem, engineers=())
    if empty != "engineers":
        problem = replace(problem, visits=())
    for plan in (solve(problem, Budget(1.0, rounds=5)), greedy_plan(problem)):
        assert violations(problem, plan) == []
        assert plan.routes == ()
        assert len(plan.unassigned) == len(problem.visits)


def test_a_crowd_for_one_engineer_is_planned_around() -> None:
    """Far more visits than one day holds: a legal plan, a reason for each of the others, and no word unsaid."""
    pick = random.Random(7)
    way = matrix(50, {(i, j): abs(i - j) for i in range(50) for j in range(i)}, MINUTE)
    crowd = tuple(
        Visit(
            f"V{n}",
            pick.randrange(50),
            30 * MINUTE,
            100_00,
            commitments=(Commitment(NINE + pick.randrange(8 * HOUR), LatePrice(per_unit_fen=100_00)),),
        )
        for n in range(CROWD)
    )
    man = Engineer("E1", (Shift(NINE, at(18), 0),))
    problem = Problem(START, NINE, Travel(way, (way,)), Rates(60_00, 0, 0), (man,), crowd)
    plan = solve(problem, Budget(time_s=2.0))
    assert violations(problem, plan) == []
    served = sum(len(route.stops) for route in plan.routes)
    assert served >= 9
    assert len(plan.unassigned) == CROWD - served
    assert plan.cost.total < CROWD * 100_00


SEA, ICE, ELSEWHERE = Position(20.0, 127.0), Position(-90.0, 0.0), Position(40.4, -3.7)


@pytest.mark.parametrize("where", [SEA, ICE, ELSEWHERE])
def test_a_site_at_sea_is_left_out_and_stops_nobody_else(where: Position) -> None:
    """A customer's position typed wrong: that visit says it is too far, all others are planned as ever."""
    _, problem = made([visit("V1"), visit("V2", position=where), visit("V3")])
    for plan in (solve(problem, Budget(2.0, rounds=20)), greedy_plan(problem)):
        assert violations(problem, plan) == []
        assert left_out(plan) == {"V2": Reason.too_far}


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("lat", [float("nan"), float("inf"), None])
def test_a_position_that_is_none_reaches_no_solver(lat: float) -> None:
    """The database has no such rows; should one get in, nothing is solved with it."""
    with pytest.raises((ProblemRefused, ValueError, TypeError)):
        made([visit("V1"), visit("V2", position=Position(lat, 121.0))])


def test_the_hour_of_the_plan_is_far_from_every_shift() -> None:
    """A clock that is a year wrong: nobody is on duty then, so everything is left out, with its reason."""
    problem = replace(pa_1(van_2=1, depot=1), now_s=365 * 24 * HOUR)
    for plan in (solve(problem, Budget(1.0, rounds=5)), greedy_plan(problem)):
        assert violations(problem, plan) == []
        assert set(left_out(plan)) == {"J1", "J2"}
