"""Laws of every plan: legal, priced to the fen, never dearer than the simple one, the same for the same seed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.planner.solver import solve as solving
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import price, violations
from dispatch.planner.solver.insert import greedy_plan
from dispatch.planner.solver.plan import Plan, Reason, StopKind
from dispatch.planner.solver.problem import Incumbent, Problem, Window
from dispatch.planner.solver.replay import state_of
from dispatch.planner.solver.solve import solve
from dispatch.planner.solver.turn import turn
from tests.dispatch.planner.cases import at, later, random_problem


@pytest.mark.parametrize("seed", range(60))
def test_the_simple_plan_is_always_legal(seed: int) -> None:
    problem = random_problem(seed, visits=6 + seed % 30, engineers=2 + seed % 7, depots=seed % 4)
    plan = greedy_plan(problem, explained=False)
    assert violations(problem, plan) == []
    assert price(problem, plan) == plan.cost


@pytest.mark.parametrize("seed", range(16))
def test_the_engines_plan_is_legal_and_never_dearer_than_the_simple_one(seed: int) -> None:
    problem = random_problem(100 + seed, visits=8 + 3 * seed, engineers=3 + seed // 2, depots=1 + seed % 3)
    plan = solve(problem, Budget(time_s=20.0, rounds=60, seed=seed))
    assert violations(problem, plan) == []
    assert plan.cost.total <= greedy_plan(problem, explained=False).cost.total
    assert plan.notes.pool_bound_fen is not None
    assert plan.notes.pool_bound_fen <= plan.cost.total
    assert plan.notes.pool > 0


def test_eighty_visits_get_a_clearly_cheaper_plan_than_by_hand() -> None:
    problem = random_problem(0, visits=80, engineers=24, depots=5)
    plan = solve(problem, Budget(time_s=20.0, rounds=3000))
    assert violations(problem, plan) == []
    assert plan.notes.greedy_fen is not None
    assert plan.cost.total < 0.92 * plan.notes.greedy_fen
    assert plan.notes.pool > 24 + 30


@pytest.mark.parametrize("standing", [False, True])
def test_without_any_time_there_is_a_legal_plan_of_few_words(standing: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reasons, next bests and the simple plan were made whatever the time: a tenth of a second took a whole one."""
    monkeypatch.setattr(solving, "LATE_S", 0.0)
    problem = random_problem(3, visits=60, engineers=6, depots=3)
    start = greedy_plan(problem, explained=False) if standing else None
    plan = solve(problem, Budget(time_s=0.0), start)
    assert violations(problem, plan) == []
    assert plan.explanations == () and plan.margins is None
    assert plan.notes.greedy_fen is None
    assert {one.reason for one in plan.unassigned} <= {Reason.waiting}
    if start is not None:
        assert plan.cost.total <= start.cost.total


def test_with_time_enough_every_word_is_said() -> None:
    problem = random_problem(3, visits=60, engineers=6, depots=3)
    plan = solve(problem, Budget(time_s=60.0, rounds=5))
    assert plan.unassigned and Reason.waiting not in {one.reason for one in plan.unassigned}
    served = {stop.ref for route in plan.routes for stop in route.stops if stop.kind is StopKind.visit}
    assert {one.visit for one in plan.explanations} == served
    assert plan.notes.greedy_fen is not None and plan.margins is not None


def test_the_same_seed_and_rounds_give_the_same_plan() -> None:
    problem = random_problem(7, visits=25, engineers=6)
    one, two = (solve(problem, Budget(time_s=60.0, rounds=60, seed=5)) for _ in range(2))
    assert one.routes == two.routes
    assert one.cost == two.cost


def test_a_day_without_visits_or_without_engineers_has_an_empty_plan() -> None:
    problem = random_problem(1, visits=5, engineers=2)
    nobody = replace(problem, visits=())
    assert solve(nobody, Budget(1.0)).routes == ()
    loose = tuple(
        replace(
            v, pin=None, barred=frozenset(), preferred=frozenset(), duration_by={}, skills={}, incumbent=None, parts=()
        )
        for v in problem.visits
    )
    alone = replace(problem, visits=loose, engineers=())
    plan = solve(alone, Budget(1.0))
    assert {left.visit for left in plan.unassigned} == {visit.id for visit in problem.visits}
    assert violations(alone, plan) == []


def legal(problem: Problem) -> Plan:
    plan = solve(problem, Budget(time_s=10.0, rounds=40))
    assert violations(problem, plan) == []
    return plan


def starts(plan: Plan) -> dict[str, tuple[str, int, int]]:
    return {s.ref: (r.engineer, s.start_s, s.end_s) for r in plan.routes for s in r.stops if s.ref}


def test_work_under_way_and_the_stop_an_engineer_is_bound_for_come_first() -> None:
    for seed in range(6):
        problem = random_problem(seed, visits=16, engineers=5)
        begun = starts(legal(problem))
        for visit in problem.visits:
            if visit.pin and visit.pin.frozen:
                assert begun[visit.id][0] == visit.pin.engineer
                if visit.pin.start_s is not None:
                    assert begun[visit.id][1] == visit.pin.start_s


def test_a_crew_begins_together_on_two_engineers_or_not_at_all() -> None:
    together = 0
    for seed in range(12):
        begun = starts(legal(random_problem(seed, visits=12, engineers=6)))
        crew = [begun[name] for name in ("V0", "V1") if name in begun]
        assert len(crew) in (0, 2)
        if crew:
            together += 1
            assert crew[0][0] != crew[1][0]
            assert crew[0][1] == crew[1][1]
    assert together >= 3


def test_work_that_follows_other_work_begins_after_its_end() -> None:
    followed = 0
    for seed in range(12):
        begun = starts(legal(random_problem(seed, visits=12, engineers=6)))
        if "V3" in begun:
            followed += 1
            assert begun["V3"][1] >= begun["V2"][2]
    assert followed >= 3


def test_a_skill_that_has_expired_when_service_begins_does_not_count() -> None:
    problem = random_problem(3, visits=12, engineers=4, ties=False)
    ends = at(12)
    people = tuple(
        replace(e, skills={name: replace(s, expires_s=ends) for name, s in e.skills.items()}) for e in problem.engineers
    )
    problem = replace(problem, engineers=people)
    skilled = {v.id for v in problem.visits if v.skills and not (v.pin and v.pin.frozen)}
    late = [ref for ref, (_, start, _) in starts(legal(problem)).items() if ref in skilled and start > ends]
    assert late == []


def test_a_move_price_keeps_visits_with_the_engineer_they_were_promised_to() -> None:
    problem = random_problem(11, visits=18, engineers=5, ties=False)
    free = replace(problem, visits=tuple(replace(v, incumbent=None) for v in problem.visits))
    before = {ref: who for ref, (who, _, _) in starts(legal(free)).items()}
    held = tuple(replace(v, incumbent=Incumbent(before[v.id], 1000_00)) if v.id in before else v for v in free.visits)
    again = legal(replace(free, visits=held))
    assert again.cost.moved == 0
    assert {ref: who for ref, (who, _, _) in starts(again).items() if ref[0] == "V"} == {
        ref: who for ref, who in before.items() if ref[0] == "V"
    }


@pytest.mark.parametrize("seed", [*range(8), 39])
def test_a_plan_read_back_as_a_state_has_the_same_price(seed: int) -> None:
    """Seed 39 once lost a visit: by way of the depot he set off for it later and so drove it at a quicker hour.

    Without the call on the way the order could not be driven at all, and the engine took that for the end of it.
    """
    problem = random_problem(seed, visits=20, engineers=6)
    plan = solve(problem, Budget(time_s=10.0, rounds=40, seed=seed))
    assert violations(problem, plan) == []
    assert state_of(problem, plan).total == plan.cost.total


@pytest.mark.parametrize("by_s", [-40 * 3600, 500 * 3600])
@pytest.mark.parametrize("seed", range(2))
def test_a_day_costs_the_same_from_whichever_instant_its_seconds_are_counted(seed: int, by_s: int) -> None:
    """On days before instant 0 the search had no place for a visit with a window; only its start could serve one."""
    problem = random_problem(seed, visits=30, engineers=6, depots=2)
    open_now = (Window(problem.now_s, problem.now_s + 8 * 3600),)
    problem = replace(problem, visits=tuple(v if v.pin else replace(v, windows=open_now) for v in problem.visits))
    moved, counted = later(problem, by_s), Budget(time_s=60.0, rounds=100, seed=1)
    assert turn(moved, counted, None).cost == turn(problem, counted, None).cost
