"""Nonsense is refused by name, all of it at once; what merely cannot be served is planned around."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.insert import greedy_plan
from dispatch.planner.solver.intake import Fault, ProblemRefused, check_problem, findings
from dispatch.planner.solver.plan import Reason
from dispatch.planner.solver.problem import (
    FAR,
    Break,
    Commitment,
    LatePrice,
    Matrix,
    Pin,
    Problem,
    Shift,
    Travel,
    TravelBand,
    Want,
    Window,
)
from dispatch.planner.solver.solve import solve
from tests.dispatch.planner.cases import MINUTE, NINE, at, pa_1


def visit(problem: Problem, **changes: Any) -> Problem:
    return replace(problem, visits=(replace(problem.visits[0], **changes), *problem.visits[1:]))


def engineer(problem: Problem, **changes: Any) -> Problem:
    return replace(problem, engineers=(replace(problem.engineers[0], **changes), *problem.engineers[1:]))


def depot(problem: Problem, **changes: Any) -> Problem:
    return replace(problem, depots=(replace(problem.depots[0], **changes),))


def travel(problem: Problem, **changes: Any) -> Problem:
    return replace(problem, travel=replace(problem.travel, **changes))


def without_road(problem: Problem, here: int, there: int) -> Problem:
    """The same with no road from `here` to `there`."""
    rows = problem.travel.seconds[0].rows()
    rows[here][there] = FAR
    return travel(problem, seconds=(Matrix.of(rows),))


def bound_behind_work(problem: Problem) -> Problem:
    """E1 works on J2 and goes to J1 next."""
    first, second = problem.visits
    return replace(
        problem, visits=(replace(first, pin=Pin("E1", order=0)), replace(second, pin=Pin("E1", start_s=NINE - 60)))
    )


CASES: list[tuple[Fault, str, Callable[[Problem], Problem]]] = [
    (Fault.bad_form, ".visits[0].duration_s", lambda p: visit(p, duration_s=float("nan"))),
    (Fault.bad_form, ".now_s", lambda p: replace(p, now_s=NINE + 0.5)),
    (Fault.matrix_size, "seconds[0]", lambda p: travel(p, seconds=(Matrix.of([[0]]),))),
    (Fault.matrix_size, "metres", lambda p: travel(p, metres=Matrix(5, b"\0" * 99))),
    (Fault.matrix_size, "metres", lambda p: travel(p, metres=Matrix(5, b"\xff" * 100))),
    (Fault.bad_band, "bands", lambda p: travel(p, bands=())),
    (Fault.bad_band, "bands", lambda p: travel(p, bands=(TravelBand(0, 1),))),
    (Fault.bad_band, "bands", lambda p: travel(p, bands=(TravelBand(9, 0), TravelBand(3, 0)))),
    (Fault.doubled_id, "J2", lambda p: visit(p, id="J2")),
    (Fault.doubled_id, "E2", lambda p: engineer(p, id="E2")),
    (Fault.doubled_id, "J1", lambda p: visit(p, parts=(Want("X", 1, ("X",)), Want("X", 2, ("X",))))),
    (Fault.unknown_location, "J1", lambda p: visit(p, location=5)),
    (Fault.unknown_location, "J1", lambda p: visit(p, location=-1)),
    (Fault.unknown_location, "D", lambda p: depot(p, location=99)),
    (Fault.unknown_location, "E1", lambda p: engineer(p, shifts=(Shift(NINE, at(18), 77),))),
    (Fault.unknown_location, "E1", lambda p: engineer(p, shifts=(Shift(NINE, at(18), 0, 77),))),
    (Fault.unknown_engineer, "J1", lambda p: visit(p, barred=frozenset({"E9"}))),
    (Fault.unknown_engineer, "J1", lambda p: visit(p, pin=Pin("E9"))),
    (Fault.unknown_visit, "J1", lambda p: visit(p, after=frozenset({"J9"}))),
    (Fault.unknown_cap, "J1", lambda p: visit(p, commitments=(Commitment(0, LatePrice(cap="?")),))),
    (Fault.negative, "D", lambda p: depot(p, stock={"X": -1})),
    (Fault.negative, "D", lambda p: depot(p, handling_s=-1)),
    (Fault.negative, "E1", lambda p: engineer(p, van={"X": -1})),
    (Fault.negative, "J1", lambda p: visit(p, duration_s=-60)),
    (Fault.negative, "J1", lambda p: visit(p, unassigned_fen=-1)),
    (Fault.negative, "J1", lambda p: visit(p, parts=(Want("X", 0, ("X",)),))),
    (Fault.negative, "J1", lambda p: visit(p, commitments=(Commitment(0, LatePrice(unit_s=0)),))),
    (Fault.negative, "J1", lambda p: visit(p, commitments=(Commitment(0, LatePrice(per_unit_fen=-1)),))),
    (Fault.negative, "caps", lambda p: replace(p, caps={"c": -1})),
    (Fault.negative, "rates", lambda p: replace(p, rates=replace(p.rates, overtime_fen_h=-1))),
    (Fault.beyond_horizon, "J1", lambda p: visit(p, release_s=10**12)),
    (Fault.beyond_horizon, "J1", lambda p: visit(p, duration_s=10**9)),
    (Fault.beyond_horizon, "J1", lambda p: visit(p, duration_by={"E1": 10**9})),
    (Fault.beyond_horizon, "J1", lambda p: visit(p, pin=Pin("E1", start_s=-(10**12)))),
    (Fault.beyond_horizon, "J1", lambda p: visit(p, commitments=(Commitment(0, LatePrice(per_unit_fen=10**9)),))),
    (Fault.beyond_horizon, "J1", lambda p: visit(p, commitments=(Commitment(0, LatePrice(grace_s=10**9)),))),
    (Fault.beyond_horizon, "D", lambda p: depot(p, handling_s=10**9)),
    (Fault.beyond_horizon, "E1", lambda p: engineer(p, shifts=(Shift(NINE, at(18), 0, None, 10**9),))),
    (
        Fault.beyond_horizon,
        "E1",
        lambda p: engineer(p, shifts=(Shift(NINE, at(18), 0, None, 0, (Break(0, 10**9, 60),)),)),
    ),
    (
        Fault.beyond_horizon,
        "E1",
        lambda p: engineer(p, shifts=(Shift(NINE, at(18), 0, None, 0, (Break(0, 9, 10**9),)),)),
    ),
    (Fault.beyond_horizon, "rates", lambda p: replace(p, rates=replace(p.rates, travel_fen_h=10**9))),
    (Fault.empty_window, "J1", lambda p: visit(p, windows=(Window(at(11), at(10)),))),
    (Fault.empty_window, "D", lambda p: depot(p, windows=(Window(at(11), at(10)),))),
    (Fault.empty_window, "E1", lambda p: engineer(p, shifts=(Shift(NINE, at(18), 0, None, 0, (Break(9, 8, 60),)),))),
    (Fault.empty_shift, "E1", lambda p: engineer(p, shifts=(Shift(NINE, NINE, 0),))),
    (Fault.empty_shift, "E1", lambda p: visit(engineer(p, shifts=()), pin=Pin("E1", start_s=NINE))),
    (Fault.shifts_overlap, "E1", lambda p: engineer(p, shifts=(Shift(NINE, at(18), 0), Shift(at(17), at(20), 0)))),
    (Fault.started_later, "J1", lambda p: visit(p, pin=Pin("E1", start_s=at(12)))),
    (Fault.no_road, "J1", lambda p: visit(without_road(p, 0, 2), pin=Pin("E1", order=0))),
    (Fault.no_road, "J1", lambda p: bound_behind_work(without_road(p, 3, 2))),
    (Fault.circle, "J1", lambda p: visit(p, after=frozenset({"J1"}))),
]


@pytest.mark.parametrize(("fault", "ref", "spoil"), CASES)
def test_each_nonsense_is_refused_by_its_name(fault: Fault, ref: str, spoil: Callable[[Problem], Problem]) -> None:
    problem = spoil(pa_1(van_2=1, depot=1))
    with pytest.raises(ProblemRefused) as caught:
        check_problem(problem)
    assert (fault, ref) in {(one.fault, one.ref) for one in caught.value.findings}
    with pytest.raises(ProblemRefused):
        solve(problem, Budget(1.0))
    with pytest.raises(ProblemRefused):
        greedy_plan(problem)


def test_where_no_road_leads_somebody_else_goes_or_the_plan_says_too_far() -> None:
    """Pins, stores and where an engineer stands may be cut off; only what he is bound for already is refused."""
    pinned = visit(pa_1(van_2=1, depot=1), pin=Pin("E1"))
    for here in (0, 3, 4):
        pinned = without_road(pinned, here, 2)
    cut_off = pa_1(van_2=0, depot=1)
    for here in (0, 1):
        cut_off = without_road(cut_off, here, 4)
    stranded = pa_1(van_2=1, depot=1)
    for there in range(5):
        stranded = without_road(stranded, 0, there)
    for problem, reasons in (
        (pinned, {"J1": Reason.too_far}),
        (cut_off, {}),
        (stranded, {}),
        (without_road(visit(pa_1(van_2=1, depot=1), pin=Pin("E1", order=0)), 2, 3), {}),
    ):
        for plan in (greedy_plan(problem), solve(problem, Budget(5.0, rounds=40))):
            assert violations(problem, plan) == []
            assert {one.visit: one.reason for one in plan.unassigned} == reasons


def closed(problem: Problem, here: int, there: int, *bands: TravelBand) -> Problem:
    """The same with a second table in which no road leads from `here` to `there`, and these hours of the tables."""
    shut = without_road(problem, here, there).travel.seconds[0]
    return travel(problem, seconds=(problem.travel.seconds[0], shut), bands=bands)


@pytest.mark.parametrize(
    "bands",
    [
        (TravelBand(0, 0),),
        (TravelBand(0, 0), TravelBand(NINE + 1, 1)),
        (TravelBand(0, 1), TravelBand(NINE, 0)),
    ],
)
def test_a_road_that_is_closed_when_nobody_bound_there_sets_off_refuses_nothing(bands: tuple[TravelBand, ...]) -> None:
    """He sets off at nine; a table of other hours, or of none, refused the whole day."""
    bound = visit(pa_1(van_2=1, depot=1), pin=Pin("E1", order=0))
    problem = closed(bound, 0, 2, *bands)
    assert violations(problem, solve(problem, Budget(5.0, rounds=40))) == []


@pytest.mark.parametrize(("noon_rest", "refused"), [(False, set()), (True, {"J2"})])
def test_when_he_sets_off_again_hangs_on_his_rests(noon_rest: bool, refused: set[str]) -> None:
    """E1 is with J1 from 09:20 to 10:20 and bound for J2 next, half an hour later if he may rest on the way."""
    rests = (Break(at(9, 10), at(9, 40), 30 * MINUTE),) if noon_rest else ()
    shift = replace(pa_1(van_2=1, depot=1).engineers[0].shifts[0], breaks=rests)
    problem = engineer(pa_1(van_2=1, depot=1), shifts=(shift,))
    problem = replace(problem, visits=tuple(replace(v, pin=Pin("E1", order=n)) for n, v in enumerate(problem.visits)))
    problem = closed(problem, 2, 3, TravelBand(0, 0), TravelBand(at(10, 30), 1))
    assert {one.ref for one in findings(problem) if one.fault is Fault.no_road} == refused


def test_works_of_years_in_a_row_are_planned_all_the_same() -> None:
    """Whoever is bound for stops of three years each ends when he must; the clock has no last instant before that."""
    problem = pa_1(van_2=1, depot=1)
    long = tuple(
        replace(problem.visits[0], id=f"L{n}", duration_s=10**8, parts=(), pin=Pin("E1", order=n)) for n in range(12)
    )
    problem = replace(problem, visits=(*problem.visits, *long))
    for plan in (greedy_plan(problem), solve(problem, Budget(5.0, rounds=40))):
        assert violations(problem, plan) == []


def test_two_visits_under_way_on_one_engineer_are_refused() -> None:
    problem = pa_1(van_2=1, depot=1)
    both = tuple(replace(v, pin=Pin("E1", start_s=NINE - 60)) for v in problem.visits)
    with pytest.raises(ProblemRefused) as caught:
        check_problem(replace(problem, visits=both))
    assert [(one.fault, one.ref) for one in caught.value.findings] == [(Fault.two_in_progress, "E1")]


def test_all_bad_news_comes_at_once() -> None:
    problem = visit(depot(pa_1(van_2=1, depot=1), stock={"X": -1}), location=70, duration_s=-1)
    with pytest.raises(ProblemRefused) as caught:
        check_problem(problem)
    assert {one.fault for one in caught.value.findings} == {Fault.negative, Fault.unknown_location}
    assert caught.value.data["count"] == 3


@pytest.mark.parametrize(
    ("reason", "spoil"),
    [
        (Reason.no_skill, lambda p: visit(p, skills={"magic": 1})),
        (Reason.no_time, lambda p: visit(p, windows=(Window(at(3), at(4)),))),
        (Reason.too_far, lambda p: travel(visit(p, location=5), **far())),
        (Reason.not_allowed, lambda p: visit(p, barred=frozenset({"E1", "E2"}))),
        (Reason.no_part, lambda p: visit(p, parts=(Want("X", 4, ("X",)),))),
        (Reason.costs_more, lambda p: visit(p, unassigned_fen=5)),
    ],
)
def test_what_cannot_be_served_is_planned_around_with_its_reason(
    reason: Reason, spoil: Callable[[Problem], Problem]
) -> None:
    problem = spoil(pa_1(van_2=1, depot=1))
    for plan in (solve(problem, Budget(1.0)), greedy_plan(problem)):
        assert violations(problem, plan) == []
        assert {left.visit: left.reason for left in plan.unassigned} == {"J1": reason}


def far() -> dict[str, Any]:
    """A sixth place that nobody reaches within a day."""
    near = pa_1(van_2=1, depot=1).travel
    rows = [[*row, 90_000] for row in near.seconds[0].rows()] + [[90_000] * 5 + [0]]
    return {"metres": Matrix.of([[0] * 6] * 6), "seconds": (Matrix.of(rows),)}


def test_a_travel_table_must_name_every_place() -> None:
    problem = pa_1(van_2=1, depot=1)
    with pytest.raises(ProblemRefused):
        check_problem(replace(problem, travel=Travel(Matrix.of([[0]]), (Matrix.of([[0]]),))))
