"""What happens during a day, as changes of the problem; the plan that stood goes on legally (R4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from dispatch.planner.solver import codec
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.codec import BadForm
from dispatch.planner.solver.events import (
    EVENTS,
    Cancelled,
    Event,
    NoShow,
    Overrun,
    Roads,
    Sick,
    Traffic,
    UrgentCall,
    after,
    settled,
)
from dispatch.planner.solver.insert import carried_over, greedy_plan
from dispatch.planner.solver.intake import check_problem
from dispatch.planner.solver.plan import Plan, StopKind
from dispatch.planner.solver.problem import Commitment, LatePrice, Problem, TravelBand, Visit, Window
from tests.dispatch.planner.cases import at, random_problem

MINUTE = 60
SEEDS = range(8)


def day(seed: int) -> Problem:
    return random_problem(seed, visits=24, engineers=8)


def urgent(problem: Problem, *, location: int = 3) -> Visit:
    late = LatePrice(fixed_fen=150_00, per_unit_fen=120_00)
    due = problem.now_s + 4 * 3600
    return Visit("NEW", location, 40 * MINUTE, 5000_00, level=1, commitments=(Commitment(due, late),))


def far_away(problem: Problem) -> Roads:
    """A place half an hour and 20 km from everywhere."""
    size = problem.travel.metres.size
    half = tuple((1800,) * size for _ in problem.travel.seconds)
    return Roads((20_000,) * size, (20_000,) * size, half, half)


def served(plan: Plan) -> dict[str, str]:
    return {s.ref: r.engineer for r in plan.routes for s in r.stops if s.kind is StopKind.visit}


def busy(problem: Problem) -> Visit:
    """Work that is under way."""
    return next(visit for visit in problem.visits if visit.pin and visit.pin.start_s is not None)


EVENTS_OF: list[Callable[[Problem], Event]] = [
    lambda p: UrgentCall(urgent(p)),
    lambda p: UrgentCall(urgent(p), far_away(p)),
    lambda p: Cancelled(p.visits[0].id),
    lambda p: Cancelled(p.visits[2].id),
    lambda p: Cancelled(busy(p).id),
    lambda p: Overrun(p.engineers[1].id, p.now_s + 5400),
    lambda p: Traffic(150, p.now_s, p.now_s + 7200),
    lambda p: Sick(p.engineers[0].id),
    lambda p: NoShow(busy(p).id),
    lambda p: NoShow(busy(p).id, (Window(p.now_s + 3600, p.now_s + 4 * 3600),)),
]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("event_of", EVENTS_OF)
def test_a_plan_goes_on_legally_whatever_happens(seed: int, event_of: Callable[[Problem], Event]) -> None:
    problem = day(seed)
    plan = greedy_plan(problem, explained=False)
    event = event_of(problem)
    later = after(problem, event)
    check_problem(later)
    again = carried_over(later, plan)
    assert violations(later, again) == []
    assert codec.loads(codec.dumps(event), EVENTS[type(event).__name__]) == event


@pytest.mark.parametrize("seed", SEEDS)
def test_a_settled_day_keeps_its_plan_and_its_money(seed: int) -> None:
    """Only what frozen work no longer fetches or waits for may differ; here nothing does."""
    problem = day(seed)
    plan = greedy_plan(problem, explained=False)
    bound = settled(problem, plan, freeze_s=1800, move_fen=10_00)
    check_problem(bound)
    again = carried_over(bound, plan)
    assert violations(bound, again) == []
    begins = {s.ref: s.start_s for r in plan.routes for s in r.stops if s.kind is StopKind.visit}
    for visit in bound.visits:
        if visit.id in served(plan) and visit.pin is not None:
            assert served(again)[visit.id] == served(plan)[visit.id]
            if visit.pin.frozen:
                assert {s.ref: s.start_s for r in again.routes for s in r.stops}[visit.id] == begins[visit.id]


def test_who_sets_off_soon_is_bound_and_others_have_a_price() -> None:
    problem = day(1)
    plan = greedy_plan(problem, explained=False)
    bound = {visit.id: visit for visit in settled(problem, plan, freeze_s=1800, move_fen=10_00).visits}
    was = {visit.id: visit for visit in problem.visits}
    for route in plan.routes:
        for stop in route.stops:
            if stop.kind is not StopKind.visit:
                continue
            now = bound[stop.ref]
            if stop.arrive_s - stop.travel_s <= problem.now_s + 1800:
                assert now.pin is not None and now.pin.engineer == route.engineer
            elif was[stop.ref].pin is None:
                assert now.pin is None
                assert now.incumbent is not None and now.incumbent.engineer == route.engineer
    assert all(bound[one.visit] == was[one.visit] for one in plan.unassigned)


def test_pieces_that_leave_with_frozen_work_leave_the_van() -> None:
    found = 0
    for seed in range(20):
        problem = day(seed)
        plan = greedy_plan(problem, explained=False)
        bound = settled(problem, plan, freeze_s=4 * 3600, move_fen=0)
        frozen = {v.id for v in bound.visits if v.pin and v.pin.order is not None}
        frozen -= {v.id for v in problem.visits if v.pin and v.pin.order is not None}
        for route in plan.routes:
            gone = [use for stop in route.stops if stop.ref in frozen for use in stop.uses]
            before = next(e for e in problem.engineers if e.id == route.engineer).van
            then = next(e for e in bound.engineers if e.id == route.engineer).van
            for part, qty in before.items():
                shift = sum(use.qty for use in gone if use.part == part)
                found += shift
                if sum(1 for r in plan.routes if r.engineer == route.engineer) == 1:
                    assert then.get(part, 0) == qty - shift
    assert found > 0


def test_a_call_at_a_new_place_brings_its_roads() -> None:
    problem = day(0)
    later = after(problem, UrgentCall(urgent(problem), far_away(problem)))
    size = problem.travel.metres.size
    assert later.visits[-1].location == size
    for old, new in zip(problem.travel.seconds, later.travel.seconds, strict=True):
        rows = new.rows()
        assert [row[:-1] for row in rows[:-1]] == old.rows()
        assert set(rows[-1][:-1]) == {1800} and rows[-1][-1] == 0
    short = replace(far_away(problem), metres_out=(1, 2))
    with pytest.raises(BadForm):
        after(problem, UrgentCall(urgent(problem), short))


def test_a_crew_is_cancelled_as_one_and_nobody_waits_for_it() -> None:
    problem = day(0)
    crew = {visit.id for visit in problem.visits if visit.sync == "crew"}
    assert len(crew) == 2
    later = after(problem, Cancelled(min(crew)))
    assert not crew & {visit.id for visit in later.visits}
    followed = next(visit for visit in problem.visits if visit.after)
    alone = after(problem, Cancelled(min(followed.after)))
    assert next(visit for visit in alone.visits if visit.id == followed.id).after == frozenset()


def test_whoever_stood_at_cancelled_work_sets_off_from_there() -> None:
    problem = day(0)
    visit = busy(problem)
    assert visit.pin is not None
    name = visit.pin.engineer
    later = after(problem, Cancelled(visit.id))
    free = next(engineer for engineer in later.engineers if engineer.id == name)
    assert visit.location in {shift.start_location for shift in free.shifts}
    others = [engineer for engineer in later.engineers if engineer.id != name]
    assert others == [engineer for engineer in problem.engineers if engineer.id != name]


def test_traffic_slows_its_hours_only() -> None:
    problem = day(0)
    bands = (TravelBand(at(7), 1), TravelBand(at(10), 0))
    travel = replace(problem.travel, bands=bands)
    slow = after(replace(problem, travel=travel), Traffic(150, at(6), at(11))).travel
    assert [(band.from_s, band.profile) for band in slow.bands] == [
        (at(6), 1),  # before seven the first band's profile holds
        (at(10), 2),
        (at(11), 0),
    ]
    fast, worse = travel.seconds[0].rows(), slow.seconds[2].rows()
    assert all(
        -(-cell * 3 // 2) == more
        for row, other in zip(fast, worse, strict=True)
        for cell, more in zip(row, other, strict=True)
    )
    assert slow.seconds[0] == travel.seconds[0]  # the other one nobody reads any more


def test_a_day_of_traffic_reports_keeps_as_many_tables_as_it_reads() -> None:
    """Every report added tables, and none ever went: after a day of them a problem was many times its size."""
    problem = day(0)
    for number in range(30):
        problem = after(problem, Traffic(110 if number % 2 else 95, at(10), at(12)))
        problem = after(problem, Traffic(105, at(11), at(14)))
    travel = problem.travel
    assert len(travel.seconds) == len({band.profile for band in travel.bands}) <= len(travel.bands) <= 8
    check_problem(problem)


def test_what_a_sick_engineer_did_somebody_else_may_do() -> None:
    problem = day(0)
    visit = busy(problem)
    assert visit.pin is not None
    later = after(problem, Sick(visit.pin.engineer))
    assert next(v for v in later.visits if v.id == visit.id).pin is None
    plan = carried_over(later, greedy_plan(problem, explained=False))
    assert visit.pin.engineer not in {route.engineer for route in plan.routes}


def test_an_unknown_name_changes_nothing() -> None:
    problem = day(0)
    for event in (Cancelled("?"), NoShow("?", (Window(0, 1),)), Overrun("?", 0), Sick("?")):
        assert after(problem, event) == problem
