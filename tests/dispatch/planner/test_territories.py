"""Parts planned by themselves make a plan of the whole that is legal and priced to the fen (R8)."""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from dispatch.planner.solver import areas as cutting
from dispatch.planner.solver import simple, territories
from dispatch.planner.solver.areas import Areas, areas
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.child import Children
from dispatch.planner.solver.insert import greedy_plan, plan_from_orders
from dispatch.planner.solver.intake import check_problem
from dispatch.planner.solver.plan import Cost, FellBack, Notes, Plan, Reason, StopKind, Unassigned
from dispatch.planner.solver.problem import Pin, Problem
from dispatch.planner.solver.simple import simple_plan
from dispatch.planner.solver.stores import pieces
from dispatch.planner.solver.territories import solve_in_processes, solve_territories, told_in_processes
from dispatch.planner.solver.whole import Whole
from dispatch.planner.solver.wire import Task
from tests.dispatch.planner.cases import random_problem
from tests.dispatch.planner.twists import any_problem

SEEDS = range(12)


@pytest.fixture(autouse=True)
def _small_areas_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "LEAST", 4)


def day(seed: int) -> Problem:
    return random_problem(seed, visits=36, engineers=9, depots=3)


def planned_by_area(problem: Problem, cut: Areas) -> Whole:
    whole = Whole(problem, cut)
    for area in range(cut.count):
        part = whole.first(area)
        check_problem(part)
        plan = greedy_plan(part)
        assert violations(part, plan) == []
        whole.settle(part, plan)
    return whole


@pytest.mark.parametrize("seed", SEEDS)
def test_simple_plans_of_all_areas_are_a_legal_plan_of_the_whole_to_the_fen(seed: int) -> None:
    problem = day(seed)
    whole = planned_by_area(problem, areas(problem))
    plan = whole.plan(Notes())
    assert violations(problem, plan) == []
    assert plan.cost.total == whole.total
    served = {stop.ref for route in plan.routes for stop in route.stops if stop.kind is StopKind.visit}
    frozen = {visit.id for visit in problem.visits if visit.pin and visit.pin.frozen}
    assert {one.visit for one in plan.explanations} >= served - frozen


@pytest.mark.parametrize("seed", SEEDS)
def test_neighbours_planned_together_keep_the_whole_legal_and_never_make_it_dearer(seed: int) -> None:
    problem = day(seed)
    cut = areas(problem)
    assert cut.count == 3
    whole = planned_by_area(problem, cut)
    for number, pair in enumerate([(0, 1), (1, 2), (0, 2)]):
        before = whole.total
        part, start = whole.lend(number, pair)
        check_problem(part)
        again = greedy_plan(part)
        whole.give_back(number)
        adopted = whole.adopt(part, again)
        assert whole.total < before if adopted else whole.total == before
        assert violations(problem, whole.plan(Notes())) == []
        assert {route.engineer for route in start.routes} <= {e.id for e in part.engineers if e.shifts}


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_lent_to_two_parts_at_once_lies_on_the_shelves(seed: int) -> None:
    problem = day(seed)
    whole = planned_by_area(problem, areas(problem))
    loans = [whole.lend(number, (area,))[0] for number, area in enumerate((0, 1, 2))]
    counted = sum(
        (Counter({(d.id, p): qty for d in part.depots for p, qty in d.stock.items()}) for part in loans), Counter()
    )
    shelves = {(d.id, p): qty for d in problem.depots for p, qty in d.stock.items()}
    assert all(qty <= shelves[piece] for piece, qty in counted.items())
    assert all(counted[piece] >= qty for piece, qty in pieces(whole.routes.values()).items())


def test_whoever_is_lent_a_part_alone_may_count_on_what_lies_near() -> None:
    problem = day(3)
    whole = planned_by_area(problem, areas(problem))
    wanting = {p for row, v in enumerate(problem.visits) if whole.area[row] == 0 for w in v.parts for p in w.accepts}
    part, _ = whole.lend(1, (0,))
    lent = {p for d in part.depots for p in d.stock}
    free = {
        p
        for d in problem.depots
        for p, qty in d.stock.items()
        if qty > pieces(whole.routes.values())[d.id, p] and p in wanting
    }
    assert free <= lent


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_tied_is_cut_into_one_area(seed: int) -> None:
    problem = day(seed)
    cut = areas(problem)
    index = {engineer.id: place for place, engineer in enumerate(problem.engineers)}
    row = {visit.id: place for place, visit in enumerate(problem.visits)}
    crews: dict[str, set[int]] = {}
    for place, visit in enumerate(problem.visits):
        if visit.pin is not None:
            assert cut.visit[place] == cut.engineer[index[visit.pin.engineer]]
        for before in visit.after:
            assert cut.visit[place] == cut.visit[row[before]]
        if visit.sync is not None:
            crews.setdefault(visit.sync, set()).add(int(cut.visit[place]))
    assert all(len(found) == 1 for found in crews.values())
    assert cut.reach.shape == (len(problem.visits), cut.count)


def test_a_crew_pinned_to_two_areas_makes_them_one() -> None:
    problem = day(1)
    first, second, *rest = problem.visits
    assert first.sync == second.sync is not None
    crew = (replace(first, pin=Pin("E0")), replace(second, pin=Pin("E1")))
    assert problem.engineers[0].territory != problem.engineers[1].territory
    cut = areas(replace(problem, visits=(*crew, *rest)))
    assert cut.count == 2
    assert cut.engineer[0] == cut.engineer[1] == cut.visit[0] == cut.visit[1]


def test_a_crew_whose_mate_is_elsewhere_stays_where_it_is() -> None:
    """After two areas are planned together a crew may stand in both; planning one of them again may not tear it."""
    problem = replace(day(1), engineers=tuple(replace(e, skills={}) for e in day(1).engineers))
    bare = tuple(replace(v, skills={}, pin=None if v.sync else v.pin, barred=frozenset()) for v in problem.visits)
    problem = replace(problem, visits=bare)
    whole = planned_by_area(problem, areas(problem))
    crew = [row for row, visit in enumerate(problem.visits) if visit.sync]
    stops = {s.ref: (r.engineer, s.start_s) for r in whole.routes.values() for s in r.stops if s.kind is StopKind.visit}
    names = [problem.visits[row].id for row in crew]
    assert names[0] in stops
    whole.area[crew[1]] = (whole.area[crew[1]] + 1) % 3  # as if its engineer were of the next area
    part, _ = whole.lend(1, (int(whole.area[crew[0]]),))
    mate = next(visit for visit in part.visits if visit.id == names[0])
    assert mate.sync is None
    assert mate.pin == Pin(stops[names[0]][0])
    assert [window.from_s for window in mate.windows] == [stops[names[0]][1]]
    gone = tuple(Unassigned(visit.id, Reason.costs_more) for visit in part.visits)
    whole.left = dict.fromkeys((visit.id for visit in problem.visits), gone[0])  # as if nothing could be dearer
    assert not whole.adopt(part, Plan((), gone, Cost()))


def test_nobody_preferred_nearby_costs_what_it_costs_in_the_whole() -> None:
    problem = day(2)
    elsewhere = problem.engineers[1].id
    chosen = replace(problem.visits[6], preferred=frozenset({elsewhere}), not_preferred_fen=77_00, pin=None)
    problem = replace(problem, visits=(*problem.visits[:6], chosen, *problem.visits[7:]))
    whole = Whole(problem, areas(problem))
    part = whole.first(int(whole.area[6]))
    assert [e.shifts for e in part.engineers if e.id == elsewhere] == [()]
    plan = greedy_plan(part)
    assert violations(part, plan) == []
    assert elsewhere not in {route.engineer for route in plan.routes}


def test_small_areas_join_a_neighbour_and_large_ones_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = random_problem(0, visits=36, engineers=18)
    monkeypatch.setattr(cutting, "LEAST", 60)
    assert areas(problem).count == 1
    monkeypatch.setattr(cutting, "LEAST", 1)
    monkeypatch.setattr(cutting, "MOST", 9)
    halves = areas(problem)
    assert halves.count == 6
    assert set(np.unique(halves.engineer)) == set(range(halves.count))


def test_without_territories_a_day_is_cut_by_where_people_are(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = day(0)
    monkeypatch.setattr(cutting, "MOST", 20)
    nameless = replace(
        problem,
        engineers=tuple(replace(e, territory=None) for e in problem.engineers),
        visits=tuple(replace(v, territory=None) for v in problem.visits),
    )
    cut = areas(nameless)
    assert cut.count == 2
    assert violations(nameless, planned_by_area(nameless, cut).plan(Notes())) == []


def test_territories_in_processes_give_a_legal_plan_that_repeats_by_count() -> None:
    problem = day(4)
    told: list[int] = []
    budget = Budget(time_s=60.0, rounds=30)
    plan = solve_territories(problem, budget, watched=lambda _, total: told.append(total))
    assert violations(problem, plan) == []
    assert plan.notes.fell_back is None
    assert told == sorted(told, reverse=True)
    assert plan.cost.total == told[-1]
    assert solve_territories(problem, budget).routes == plan.routes


def test_few_visits_are_one_problem_and_many_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = day(6)
    budget = Budget(time_s=30.0, rounds=20)
    assert "territories" not in solve_in_processes(problem, budget).notes.method
    monkeypatch.setattr(territories, "MANY", 20)
    plan = solve_in_processes(problem, budget)
    assert "territories" in plan.notes.method
    assert violations(problem, plan) == []


def test_at_the_end_it_is_said_why_and_who_else() -> None:
    problem = random_problem(8, visits=45, engineers=12, depots=3)
    plan = solve_territories(problem, Budget(time_s=60.0, rounds=20))
    assert plan.unassigned
    assert Reason.waiting not in {one.reason for one in plan.unassigned}
    served = {stop.ref for route in plan.routes for stop in route.stops if stop.kind is StopKind.visit}
    assert {one.visit for one in plan.explanations} == served
    assert any(one.next_engineer for one in plan.explanations)


@pytest.mark.parametrize(("seed", "visits", "engineers"), [(37, 58, 8), (1050, 40, 19), (1078, 26, 10)])
def test_crews_left_out_by_their_parts_go_in_at_the_end_or_it_is_said_why(
    seed: int, visits: int, engineers: int
) -> None:
    problem = any_problem(seed, visits=visits, engineers=engineers)
    plan = solve_territories(problem, Budget(time_s=60.0, rounds=20, seed=seed))
    assert violations(problem, plan) == []
    assert Reason.waiting not in {one.reason for one in plan.unassigned}


def test_whom_a_visit_left_out_is_pinned_to_is_in_the_part_that_asks_about_it() -> None:
    """It waited beside its mate, whom somebody of another area does; the part then did not know who it is pinned to."""
    first, second, *rest = day(1).visits
    assert first.sync == second.sync is not None
    problem = replace(day(1), visits=(replace(first, pin=Pin("E0")), second, *rest))
    whole = planned_by_area(problem, areas(problem))
    mine = int(whole.area[0])
    whole.left[first.id], whole.area[1] = Unassigned(first.id, Reason.waiting), (mine + 1) % 3
    whole.left.pop(second.id, None)
    alone = replace(problem, visits=(replace(first, sync=None), *rest))
    whole.settle(alone, Plan((), tuple(Unassigned(visit.id, Reason.waiting) for visit in alone.visits), Cost()))
    assert whole.area[0] == mine
    assert whole.beside(mine) == {mine, (mine + 1) % 3}
    for area in range(3):
        check_problem(whole.lend(area, (area,))[0])


def test_an_area_for_which_somebody_found_room_has_nobody_to_ask() -> None:
    problem = day(4)
    run = territories._Run(problem, Budget(time_s=60.0, rounds=1), 1, None, 0.0)
    assert [run.within_reach(area) for area in range(3)] == [[], [], []]


def test_why_is_not_asked_of_two_parts_with_the_same_engineers_at_once() -> None:
    """Each puts in what can go at once; the later answer took away what the earlier one had put into the same routes."""
    problem = day(4)
    run = territories._Run(problem, Budget(time_s=60.0, rounds=1), 2, None, time.monotonic())
    run.whole = planned_by_area(problem, run.areas)
    run.waiting.clear()
    leaving = run.leaving()
    assert len(leaving) > 1
    run.only_tell(explained=True)
    first = run.next()
    assert first is not None and (first.task, first.chosen) == (Task.reason, (0, 1, 2))
    assert run.last(Task.reason) is None
    run.busy.difference_update(first.chosen)
    second = run.next()
    assert second is not None and second.task is Task.reason


def test_two_processes_say_of_every_visit_who_else_could_go_and_why_it_is_left_out() -> None:
    """Who else could go was asked while reasons still put something into routes, and forgotten with these."""
    problem = any_problem(1050, visits=40, engineers=19)
    bare = replace(greedy_plan(problem, explained=False), explanations=())
    started = solve_territories(problem, Budget(time_s=60.0, rounds=1), bare)
    plan = told_in_processes(problem, started, 30.0, explained=True)
    assert violations(problem, plan) == []
    assert plan.cost.total <= started.cost.total
    served = {stop.ref for route in plan.routes for stop in route.stops if stop.kind is StopKind.visit}
    frozen = {visit.id for visit in problem.visits if visit.pin and visit.pin.frozen}
    assert {one.visit for one in plan.explanations} | frozen >= served
    assert Reason.waiting not in {one.reason for one in plan.unassigned}


def test_parts_go_on_from_the_plan_that_stands_and_are_never_dearer() -> None:
    """Every plan of a large day began from nothing, and could be dearer than what was promised already."""
    problem = day(4)
    good = solve_territories(problem, Budget(time_s=60.0, rounds=200))
    again = solve_territories(problem, Budget(time_s=60.0, rounds=1), good)
    assert again.cost.total <= good.cost.total
    assert violations(problem, again) == []
    assert solve_territories(problem, Budget(time_s=60.0, rounds=1)).cost.total > good.cost.total


def test_of_a_plan_that_stands_whatever_breaks_a_law_is_planned_anew() -> None:
    problem = day(4)
    good = solve_territories(problem, Budget(time_s=60.0, rounds=30))
    first, *others = good.routes
    bent = replace(first, stops=(replace(first.stops[0], start_s=first.stops[0].start_s - 60), *first.stops[1:]))
    stranger = replace(first, engineer="nobody of today")
    again = solve_territories(problem, Budget(time_s=60.0, rounds=30), replace(good, routes=(bent, stranger, *others)))
    assert violations(problem, again) == []
    assert again.notes.fell_back is None


def test_where_every_process_fails_the_plan_that_stood_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = day(5)
    good = solve_territories(problem, Budget(time_s=60.0, rounds=200))
    nothing = Children([sys.executable, "-c", "import sys; sys.exit(3)"])
    monkeypatch.setattr(territories, "CHILDREN", nothing)
    plan = solve_territories(problem, Budget(time_s=20.0), good)
    assert plan.routes == good.routes
    assert plan.notes.fell_back is FellBack.killed


LIES = """
from dataclasses import replace
from dispatch.planner.solver import worker

def lying(problem, plan, time_s):
    told = honest(problem, plan, time_s)
    return replace(told, cost=replace(told.cost, distance=0))

honest, worker.with_next_best = worker.with_next_best, lying
worker.main()
"""


def test_who_else_could_go_is_judged_like_any_other_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process said of next bests was taken as it came."""
    monkeypatch.setattr(territories, "CHILDREN", Children([sys.executable, "-c", LIES]))
    plan = solve_territories(day(4), Budget(time_s=60.0, rounds=20))
    assert plan.explanations == ()
    assert violations(day(4), plan) == []


def test_the_simple_plan_of_a_large_day_is_one_for_each_area(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simple, "AT_ONCE", 20)
    problem = day(3)
    plan = simple_plan(problem)
    assert violations(problem, plan) == []
    assert plan.routes == planned_by_area(problem, areas(problem)).plan(Notes()).routes
    assert plan.notes.method == "greedy" and plan.notes.greedy_fen == plan.cost.total


def test_where_every_process_fails_the_simple_plans_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = Children([sys.executable, "-c", "import sys; sys.exit(3)"])
    monkeypatch.setattr(territories, "CHILDREN", nothing)
    problem = day(5)
    plan = solve_territories(problem, Budget(time_s=20.0))
    assert violations(problem, plan) == []
    assert plan.notes.fell_back is FellBack.killed


def test_where_every_process_fails_a_day_nobody_has_assigned_gets_the_simple_plans(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A day as it stands in the morning has next to nothing on it; its parts kept that, and 34 of 36 visits waited."""
    problem = day(5)
    morning = plan_from_orders(problem, {})
    monkeypatch.setattr(territories, "CHILDREN", Children([sys.executable, "-c", "import sys; sys.exit(3)"]))
    plan = solve_territories(problem, Budget(time_s=20.0), morning)
    assert violations(problem, plan) == []
    assert plan.notes.fell_back is FellBack.killed
    nothing_stood = solve_territories(problem, Budget(time_s=20.0))
    assert plan.cost.total <= nothing_stood.cost.total < morning.cost.total
