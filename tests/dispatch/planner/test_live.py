"""A call comes in: it has a place at once, a better one soon, and hardly anybody else is moved (R4, P41)."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from dataclasses import replace

import pytest

from dispatch.planner.solver import live
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.child import RECYCLED
from dispatch.planner.solver.events import Cancelled, Overrun, Sick, UrgentCall, after, settled
from dispatch.planner.solver.explain import reasons
from dispatch.planner.solver.insert import carried_over, greedy_plan
from dispatch.planner.solver.intake import ProblemRefused
from dispatch.planner.solver.kernel.ask import Questions, questions
from dispatch.planner.solver.live import Standing, appended
from dispatch.planner.solver.model import Model
from dispatch.planner.solver.plan import FellBack, Plan, StopKind
from dispatch.planner.solver.problem import Break, Depot, Pin, Problem, Shift, Visit, Want, Window
from dispatch.planner.solver.replay import state_of
from dispatch.planner.solver.state import State
from dispatch.planner.solver.warm import WarmSolver
from tests.dispatch.planner.cases import later, random_problem
from tests.dispatch.planner.test_child import babbles, says
from tests.dispatch.planner.test_events import far_away, served, urgent
from tests.dispatch.planner.test_kernel import day

SHORT = Budget(time_s=10.0, rounds=200)


def settled_day(seed: int, *, move_fen: int = 50_00) -> tuple[Problem, Plan]:
    problem = random_problem(seed, visits=30, engineers=8)
    problem = settled(problem, greedy_plan(problem, explained=False), freeze_s=1800, move_fen=move_fen)
    return problem, carried_over(problem, greedy_plan(problem, explained=False))


@pytest.fixture(scope="module")
def warm() -> Iterator[WarmSolver]:
    solver = WarmSolver(*settled_day(1))
    solver.warm_up()
    yield solver
    solver.end()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("new_place", [False, True])
def test_a_call_appended_is_the_same_as_laying_the_problem_out_anew(seed: int, new_place: bool) -> None:
    problem, plan = settled_day(seed)
    event = UrgentCall(urgent(problem), far_away(problem) if new_place else None)
    later = after(problem, event)
    quick, anew = appended(state_of(problem, plan), later), Model(later)
    assert quick.total == state_of(later, plan).total
    assert quick.left == state_of(later, plan).left
    assert quick.model.calls[-1] == anew.calls[-1]
    assert (quick.model.metres, quick.model.band_rows, quick.model.shortest) == (
        anew.metres,
        anew.band_rows,
        anew.shortest,
    )
    assert quick.model.visit_index == anew.visit_index
    assert quick.model.wanting == anew.wanting


@pytest.mark.parametrize("bands", [1, 2, 4])
def test_place_after_place_is_known_to_every_table_of_the_day(bands: int) -> None:
    """A new place is added where the tables stand: once to each, whether one table or several serve the hours."""
    problem, plan = settled_day(2)
    travel = problem.travel
    hours = travel.bands[:bands]
    problem = replace(problem, travel=replace(travel, seconds=travel.seconds[: min(bands, 2)], bands=hours))
    state = state_of(problem, plan)
    for name in ("FIRST", "SECOND"):
        problem = after(problem, UrgentCall(replace(urgent(problem), id=name), far_away(problem)))
        state = appended(state, problem)
    quick, anew = state.model, Model(problem)
    assert (quick.metres, quick.band_rows, quick.shortest) == (anew.metres, anew.band_rows, anew.shortest)


@pytest.mark.parametrize("seed", range(6))
def test_a_repair_is_legal_and_never_dearer(seed: int) -> None:
    problem, plan = settled_day(seed)
    standing = Standing(problem, plan)
    for event in (UrgentCall(urgent(problem)), Sick(problem.engineers[2].id), Cancelled(problem.visits[5].id)):
        at_once = standing.happened(event)
        assert violations(standing.problem, at_once) == []
        soon = standing.repaired(SHORT)
        assert violations(standing.problem, soon) == []
        assert soon.cost.total <= at_once.cost.total


def hopeless(problem: Problem) -> Problem:
    """The day with some visits more that nobody can do."""
    lost = (replace(urgent(problem), id=f"LOST{n}", skills={"alchemy": 1}) for n in range(5))
    return replace(problem, visits=(*problem.visits, *lost))


def test_a_call_more_asks_only_about_itself() -> None:
    """Each proposal asked again why every visit is left out, so that they grew slower over the day."""
    problem, plan = settled_day(1)
    standing = Standing(hopeless(problem), carried_over(hopeless(problem), plan))
    before = {one.visit: one for one in standing.plan("as it stands").unassigned}
    then = standing.happened(UrgentCall(urgent(problem))).unassigned
    assert {f"LOST{n}" for n in range(5)} <= before.keys()
    assert all(one is before[one.visit] for one in then if one.visit in before)


@pytest.mark.parametrize("seed", range(4))
def test_a_repair_asks_again_why_visits_are_left_out(seed: int) -> None:
    problem = random_problem(seed, visits=40, engineers=4)
    standing = Standing(problem, greedy_plan(problem, explained=False))
    standing.happened(Sick(problem.engineers[1].id))
    soon = standing.repaired(SHORT)
    assert soon.unassigned == reasons(standing.state, questions(standing.state))


@pytest.mark.parametrize("seed", range(4))
def test_nobody_is_told_to_send_who_has_just_called_in_sick(seed: int) -> None:
    """What was said stood until the repair, so that the sick engineer was the cure of a third of what was left out."""
    problem = random_problem(seed, visits=40, engineers=4)
    standing = Standing(problem, greedy_plan(problem, explained=False))
    before = {one.visit: one for one in standing.plan("as it stands").unassigned}
    cures = [one.remedy.engineer for one in before.values() if one.remedy and one.remedy.engineer]
    sick = max(cures, key=cures.count)
    then = standing.happened(Sick(sick)).unassigned
    assert sick not in {one.remedy.engineer for one in then if one.remedy}
    assert any(one is before.get(one.visit) for one in then)


def test_what_spoke_of_work_that_is_cancelled_is_asked_anew() -> None:
    problem, plan = settled_day(1)
    lost = replace(urgent(problem), id="LOST", skills={"alchemy": 1})
    waits = replace(urgent(problem), id="WAITS", duration_s=100 * 3600, after=frozenset({"LOST"}))
    standing = Standing(replace(problem, visits=(*problem.visits, lost, waits)), plan)
    before = {one.visit: one for one in standing.plan("as it stands").unassigned}
    assert before["WAITS"].detail["because"] == "LOST"
    then = standing.happened(Cancelled("LOST")).unassigned
    assert {one.visit: one.detail.get("because") for one in then}["WAITS"] is None


def test_a_repair_without_the_time_keeps_what_was_said() -> None:
    problem, plan = settled_day(1)
    standing = Standing(hopeless(problem), carried_over(hopeless(problem), plan))
    before = {one.visit: one for one in standing.plan("as it stands").unassigned}
    soon = standing.repaired(Budget(time_s=0.0))
    assert all(one is before[one.visit] for one in soon.unassigned)


def test_work_that_is_cancelled_makes_room_for_what_found_none() -> None:
    problem = random_problem(1, visits=40, engineers=3)
    standing = Standing(problem, greedy_plan(problem, explained=False))
    before = {one.visit for one in standing.plan("as it stands").unassigned}
    for visit in sorted(v.id for v in problem.visits if v.id not in before and v.pin is None)[:8]:
        plan = standing.happened(Cancelled(visit))
    assert before - {one.visit for one in plan.unassigned}
    assert violations(standing.problem, plan) == []


def test_a_dear_move_is_not_made_for_a_cheap_saving() -> None:
    moved = {0: 0, 500_000: 0}
    for seed in range(6):
        for move_fen in moved:
            problem, plan = settled_day(seed, move_fen=move_fen)
            standing = Standing(problem, plan)
            standing.happened(UrgentCall(urgent(problem)))
            before, then = served(plan), served(standing.repaired(SHORT))
            moved[move_fen] += sum(1 for visit, who in before.items() if then.get(visit, who) != who)
    assert moved[500_000] == 0 < moved[0]


def test_what_is_frozen_stays_whatever_a_repair_would_save() -> None:
    problem, plan = settled_day(3, move_fen=0)
    frozen = {visit.id for visit in problem.visits if visit.pin and visit.pin.frozen}
    assert frozen
    begins = {s.ref: (r.engineer, s.start_s) for r in plan.routes for s in r.stops if s.ref in frozen}
    standing = Standing(problem, plan)
    standing.happened(UrgentCall(urgent(problem)))
    soon = standing.repaired(SHORT)
    assert {s.ref: (r.engineer, s.start_s) for r in soon.routes for s in r.stops if s.ref in frozen} == begins


def test_a_warm_process_answers_event_after_event(warm: WarmSolver) -> None:
    plan = warm.happened(UrgentCall(urgent(warm.problem), far_away(warm.problem)))
    assert plan.notes.fell_back is None
    assert "NEW" in {s.ref for r in plan.routes for s in r.stops} | {one.visit for one in plan.unassigned}
    soon = warm.repaired(SHORT)
    assert soon.notes.fell_back is None
    assert soon.notes.method == "local repair"
    assert soon.cost.total <= plan.cost.total
    late = warm.happened(Overrun(warm.problem.engineers[0].id, warm.problem.now_s + 3600))
    assert late.notes.fell_back is None
    assert violations(warm.problem, late) == []


def test_a_warm_process_that_dies_is_missed_once_and_replaced(warm: WarmSolver) -> None:
    warm.adopt(warm.plan)
    assert warm._child is not None
    os.kill(warm._child.process.pid, signal.SIGSTOP)
    visit = next(v for v in warm.problem.visits if v.pin is None and v.sync is None)
    threading.Timer(0.1, os.kill, (warm._child.process.pid, signal.SIGKILL)).start()
    plan = warm.happened(Cancelled(visit.id))
    assert plan.notes.fell_back is FellBack.killed
    assert violations(warm.problem, plan) == []
    assert warm.repaired(SHORT).notes.fell_back is None


def test_a_spent_process_answers_until_another_knows_the_day(warm: WarmSolver) -> None:
    """Whoever asked next waited for seconds: the spent process was ended first, and only then another one started."""
    warm.adopt(warm.plan)
    assert warm._child is not None
    old = warm._child
    old.answered = RECYCLED
    later = Overrun(warm.problem.engineers[1].id, warm.problem.now_s + 60)
    assert warm.happened(later).notes.fell_back is None
    assert warm._relieving is not None
    with warm._lock:  # as if somebody asked in the very moment
        assert warm._child is old and old.alive
        warm.plan = replace(warm.plan)
    warm._relieving.join(60.0)
    assert warm._child is not old and not old.alive
    visit = next(v for v in warm.problem.visits if v.pin is None and v.sync is None and not v.after)
    fresh = warm._child
    plan = warm.happened(Cancelled(visit.id))
    assert plan.notes.fell_back is None and violations(warm.problem, plan) == []
    assert warm._child is fresh


def test_a_day_that_was_ended_meanwhile_gets_no_other_process() -> None:
    solver = WarmSolver(*settled_day(2))
    solver.warm_up()
    assert solver._child is not None
    solver._child.answered = RECYCLED
    solver.repaired(SHORT)
    solver.end()
    assert solver._relieving is not None
    solver._relieving.join(60.0)
    assert solver._child is None


@pytest.mark.parametrize("speaks", [babbles(b"no"), babbles(b""), says("{}")])
def test_whatever_a_process_says_a_legal_plan_stands_and_says_so(speaks: list[str]) -> None:
    problem, plan = settled_day(2)
    solver = WarmSolver(problem, plan, command=speaks)
    at_once = solver.happened(UrgentCall(urgent(problem)))
    assert at_once.notes.fell_back is FellBack.nonsense
    assert violations(solver.problem, at_once) == []
    assert solver.repaired(SHORT).notes.fell_back is not None
    assert solver.plan.routes == at_once.routes
    solver.end()


def test_an_illegal_answer_is_not_passed_on() -> None:
    problem, plan = settled_day(2)
    cheap = replace(plan, cost=replace(plan.cost, distance=0))
    solver = WarmSolver(problem, plan, command=says(cheap.to_json()))
    assert solver.happened(Overrun("E1", problem.now_s + 60)).notes.fell_back is FellBack.illegal
    solver.end()


def test_an_event_that_makes_nonsense_has_not_happened() -> None:
    problem, plan = settled_day(2)
    solver = WarmSolver(problem, plan)
    with pytest.raises(ProblemRefused):
        solver.happened(UrgentCall(replace(urgent(problem), id=problem.visits[0].id)))
    assert solver.problem == problem
    assert solver._child is None


def test_threads_wait_for_each_other(warm: WarmSolver) -> None:
    """Two people at two boards: both events happen, in one order or the other, and the plan knows both."""
    names = [v.id for v in warm.problem.visits if v.pin is None and v.sync is None and not v.after][:2]
    threads = [threading.Thread(target=warm.happened, args=(Cancelled(name),)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    planned = {s.ref for r in warm.plan.routes for s in r.stops if s.kind is StopKind.visit}
    assert not planned & set(names)
    assert violations(warm.problem, warm.plan) == []


def test_neither_solver_nor_compiler_is_loaded_into_the_process_that_asks() -> None:
    told = "import sys, dispatch.planner.solver.warm; print('ortools' in sys.modules, 'numba' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True, timeout=60)
    assert out.stdout.split() == ["False", "False"]


def test_a_process_ends_with_whoever_held_it() -> None:
    """The interpreter's end held every solver there had ever been, and each its process."""
    solver = WarmSolver(*settled_day(2))
    solver.warm_up()
    assert solver._child is not None
    pid, seen = solver._child.process.pid, weakref.ref(solver)
    del solver
    gc.collect()
    assert seen() is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_nothing_of_a_process_stays_once_it_is_ended() -> None:
    solver = WarmSolver(*settled_day(2))
    solver.warm_up()
    assert solver._child is not None
    pid = solver._child.process.pid
    solver.end()
    time.sleep(0.1)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize("tie", ["after", "crew", "bound for"])
def test_a_call_tied_to_others_keeps_the_day_legal_from_then_on(tie: str) -> None:
    """It was appended like any other call, and every later plan of that day broke a law."""
    problem = random_problem(3, visits=16, engineers=4)
    standing = Standing(problem, greedy_plan(problem))
    call = urgent(problem)
    if tie == "after":
        call = replace(call, after=frozenset({problem.visits[0].id}))
    elif tie == "crew":
        call = replace(call, sync="pair")
    else:
        call = replace(call, pin=Pin(problem.engineers[0].id, order=0))
    calls = [call, replace(call, id="mate")] if tie == "crew" else [call]
    for event in [*map(UrgentCall, calls), Cancelled(problem.visits[5].id)]:
        plan = standing.happened(event)
        assert violations(standing.problem, plan) == []


def street(call: Visit) -> tuple[Problem, UrgentCall]:
    """One engineer with a fan in his van, a store with one more on the way, and this call."""
    problem = day((Visit("A", 2, 600, 500_000),), Shift(0, 50_000, 0, 0))
    people = tuple(replace(one, van={"fan": 1}) for one in problem.engineers)
    return replace(problem, engineers=people, depots=(Depot("S", 3, 300, {"fan": 1}),)), UrgentCall(call)


def test_a_call_whose_pieces_lie_in_the_van_and_in_a_store_has_a_place_at_once() -> None:
    """The kernel takes all pieces of a kind from one place, and was believed when it found none: 5,000 yuan left out."""
    problem, event = street(Visit("NEW", 6, 600, 5000_00, parts=(Want("fan", 2, ("fan",)),)))
    standing = Standing(problem, greedy_plan(problem, explained=False))
    plan = standing.happened(event)
    assert plan.unassigned == ()
    assert violations(standing.problem, plan) == []


@pytest.mark.parametrize("by_s", [0, -60_000])
def test_a_call_with_a_window_has_a_place_on_a_day_before_instant_0_too(by_s: int) -> None:
    """Hours before the horizon's beginning were taken for no hours at all: every windowed call was left out."""
    problem, event = street(Visit("NEW", 6, 600, 5000_00, windows=(Window(1_000, 9_000),)))
    moved = later(after(problem, event), by_s)
    there = replace(moved, visits=moved.visits[:-1])
    standing = Standing(there, greedy_plan(there, explained=False))
    assert standing.happened(UrgentCall(moved.visits[-1])).unassigned == ()


def test_a_call_that_another_can_spare_a_piece_for_has_a_place_at_once() -> None:
    """Whoever may have something else gives up the piece; the kernel leaves every piece where it is."""
    problem, event = street(Visit("NEW", 6, 600, 5000_00, parts=(Want("fan", 1, ("fan",)),)))
    first = replace(problem.visits[0], parts=(Want("fan", 1, ("fan", "blower")),))
    people = tuple(replace(one, van={"fan": 1, "blower": 1}) for one in problem.engineers)
    problem = replace(problem, visits=(first, *problem.visits[1:]), engineers=people, depots=())
    standing = Standing(problem, greedy_plan(problem, explained=False))
    assert standing.happened(event).unassigned == ()


def test_a_call_takes_the_van_s_piece_from_a_visit_that_has_the_time_to_fetch_another() -> None:
    """One part, no substitute: who comes first on a route has what is in the van, and the store is too far for a call."""
    fan = (Want("fan", 1, ("fan",)),)
    problem, event = street(Visit("NEW", 1, 600, 5000_00, windows=(Window(0, 1_000),), parts=fan))
    problem = replace(problem, visits=(replace(problem.visits[0], parts=fan), *problem.visits[1:]))
    standing = Standing(problem, greedy_plan(problem, explained=False))
    plan = standing.happened(event)
    assert plan.unassigned == ()
    assert violations(standing.problem, plan) == []


def test_a_shift_that_no_row_can_say_takes_a_call_at_once() -> None:
    """Three breaks are more than a row of the kernel holds; the shift lies aside, and is asked by the exact price."""
    problem, event = street(Visit("NEW", 6, 600, 5000_00))
    rests = tuple(Break(9_000 * n, 9_000 * n + 5_000, 600) for n in range(1, 4))
    people = tuple(replace(one, shifts=(replace(one.shifts[0], breaks=rests),)) for one in problem.engineers)
    problem = replace(problem, engineers=people)
    standing = Standing(problem, greedy_plan(problem, explained=False))
    assert standing.happened(event).unassigned == ()


@pytest.mark.parametrize("bands", [1, 4])
def test_a_call_that_finds_no_place_is_asked_about_once(bands: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every place was driven by the exact price, and the day laid out once more to say why: two thirds of the time."""
    problem, plan = settled_day(1)
    problem = replace(problem, travel=replace(problem.travel, bands=problem.travel.bands[:bands]))
    wants = (Want("rare", 1, ("rare",)),)
    standing = Standing(problem, plan)
    standing.plan("as it stands")
    laid: list[State] = []

    def counted(state: State) -> Questions | None:
        laid.append(state)
        return questions(state)

    monkeypatch.setattr(live, "squeeze_in", lambda *_, **__: pytest.fail("the exact price was asked for every place"))
    monkeypatch.setattr(live, "questions", counted)
    call = replace(urgent(problem), duration_s=100 * 3600, parts=wants)
    assert standing.happened(UrgentCall(call)).unassigned[-1].visit == call.id
    assert len(laid) == 1
