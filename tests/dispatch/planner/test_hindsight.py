"""Every fen of a day's penalties has one cause, and the causes of simple days are the plain ones (R10)."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

import pytest

from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import price
from dispatch.planner.solver.hindsight import Blame, Cause, Fact, Facts, attribute, by_cause, charged
from dispatch.planner.solver.insert import greedy_plan
from dispatch.planner.solver.plan import Plan
from dispatch.planner.solver.problem import (
    Commitment,
    Depot,
    Engineer,
    Judged,
    Matrix,
    Problem,
    Rates,
    Shift,
    Skill,
    Travel,
    Visit,
    Want,
    Window,
)
from dispatch.planner.solver.solve import solve
from tests.dispatch.planner.cases import HOUR, NINE, START, at, random_problem, started_hour


@dataclass(frozen=True, slots=True)
class Day:
    """One engineer E1 at place 0, and V1 an hour's drive away, reported at 9:00, due 11:00 at ¥100 a started hour."""

    more: tuple[Engineer, ...] = ()
    visit: dict[str, object] = field(default_factory=dict)
    depots: tuple[Depot, ...] = ()

    def problem(self, hours: float = 1.0) -> Problem:
        """Every road takes so many hours."""
        roads = Matrix.of([[0 if i == j else int(hours * HOUR) for j in range(4)] for i in range(4)])
        visit = Visit("V1", 1, HOUR, 9000_00, release_s=NINE, commitments=(Commitment(at(11), started_hour(100_00)),))
        return Problem(
            START,
            NINE,
            Travel(Matrix.of([[0] * 4] * 4), (roads,)),
            Rates(1_00, 0, 0),
            (Engineer("E1", (Shift(NINE, at(23), 0),)), *self.more),
            (replace(visit, **self.visit),),
            self.depots,
        )


def begun(hour: int, minute: int = 0, *, sent_s: int = NINE) -> dict[str, Fact]:
    return {"V1": Fact(NINE, sent_s, at(hour, minute), at(hour + 1, minute))}


def causes(expected: Problem, true: Problem, what: dict[str, Fact], *, reckoned_s: int = at(23)) -> dict[str, int]:
    """Yuan by cause, where the plan in force is the simple plan of what was expected, and hindsight's that of the truth."""
    facts = Facts(true, what, reckoned_s)
    blames = attribute(expected, greedy_plan(expected), greedy_plan(true), facts)
    assert sum(blame.fen for blame in blames) == sum(debt.fen for debt in charged(facts))
    return {str(cause): fen // 100 for cause, fen in by_cause(blames).items() if fen}


def test_nothing_late_nothing_to_attribute() -> None:
    problem = Day().problem()
    assert causes(problem, problem, begun(11)) == {}


def test_an_engineer_who_came_two_hours_after_his_plan_did_not_follow_it() -> None:
    problem = Day().problem()
    assert causes(problem, problem, begun(12, 30)) == {"plan_not_followed": 200}


def test_a_road_three_times_as_long_as_expected_is_traffic() -> None:
    # Planned 10:00, came 12:00: one hour begun. Half an hour more he lost himself.
    day = Day()
    assert causes(day.problem(), day.problem(3.0), begun(12)) == {"traffic": 100}
    assert causes(day.problem(), day.problem(3.0), begun(12, 30)) == {"plan_not_followed": 100, "traffic": 100}


def test_a_call_that_lay_on_the_desk_until_noon_is_late_dispatch() -> None:
    problem = Day().problem()
    assert causes(problem, problem, begun(13, sent_s=at(12))) == {"late_dispatch": 200}
    # Sent at noon on the slow road: 15:00 instead of 13:00 is the road's, the rest the desk's.
    assert causes(problem, Day().problem(3.0), begun(15, sent_s=at(12))) == {"late_dispatch": 200, "traffic": 200}


def test_a_call_nobody_was_sent_to_is_late_dispatch_up_to_the_reckoning() -> None:
    problem = Day().problem()
    busy = replace(problem, engineers=())
    facts = Facts(problem, {"V1": Fact(NINE)}, at(18))
    blames = attribute(problem, greedy_plan(busy), greedy_plan(problem), facts)
    assert blames == (Blame("V1", Cause.late_dispatch, 700_00, True),)
    assert sum(blame.fen for blame in attribute(problem, greedy_plan(problem), greedy_plan(problem), facts)) == 700_00


def test_a_piece_that_lay_in_a_closed_depot_is_no_part() -> None:
    shut = Depot("D", 2, 0, {"X": 1}, (Window(at(13), at(18)),))
    problem = Day(depots=(shut,), visit={"parts": (Want("X", 1, ("X",)),)}).problem()
    assert causes(problem, problem, begun(14)) == {"no_part": 300}


def test_a_skill_that_only_a_far_engineer_has_is_no_skill() -> None:
    afternoon = Engineer("E2", (Shift(at(14), at(23), 3),), skills={"net": Skill(2)})
    problem = Day(more=(afternoon,), visit={"skills": {"net": 2}}).problem()
    assert causes(problem, problem, begun(15)) == {"no_skill": 400}


def test_a_piece_that_waits_and_a_skill_that_waits_longer_share_the_blame_in_the_fixed_order() -> None:
    """With the piece aboard E2 comes at 15:00 instead of 17:00; with everybody skilled E1 at 10:00."""
    afternoon = Engineer("E2", (Shift(at(14), at(23), 3),), skills={"net": Skill(2)})
    shut = Depot("D", 2, 0, {"X": 1}, (Window(at(16), at(18)),))
    wants = {"skills": {"net": 2}, "parts": (Want("X", 1, ("X",)),)}
    problem = Day(more=(afternoon,), visit=wants, depots=(shut,)).problem()
    assert causes(problem, problem, begun(17)) == {"no_part": 200, "no_skill": 400}


def test_too_far_for_anybody_is_unavoidable() -> None:
    problem = Day().problem(4.0)
    assert causes(problem, problem, begun(13)) == {"unavoidable": 200}


def test_what_only_hindsight_knew_is_unavoidable() -> None:
    """V2 came in at 9:30 when E1 was on his way to V1; hindsight would have kept him for V2, which is dear."""
    problem = Day().problem()
    dear = Visit("V2", 2, HOUR, 9000_00, release_s=at(9, 30), commitments=(Commitment(at(11), started_hour(500_00)),))
    cheap = replace(problem.visits[0], commitments=())
    both = replace(problem, visits=(cheap, dear))
    in_force = greedy_plan(replace(both, visits=(cheap, replace(dear, after=frozenset({"V1"})))))
    facts = Facts(
        both, {"V1": Fact(NINE, NINE, at(10), at(11)), "V2": Fact(at(9, 30), at(9, 30), at(12), at(13))}, at(23)
    )
    blames = attribute(both, in_force, greedy_plan(both), facts)
    assert blames == (Blame("V2", Cause.unavoidable, 500_00, True),)


def test_a_restore_limit_is_judged_by_the_end_and_an_overrun_is_nobody_s_fault() -> None:
    judged_by_end = {"commitments": (Commitment(at(12), started_hour(100_00, agreed=False), Judged.end),)}
    expected, true = Day(visit=judged_by_end).problem(), Day(visit=judged_by_end | {"duration_s": 3 * HOUR}).problem()
    facts = Facts(true, {"V1": Fact(NINE, NINE, at(10), at(13))}, at(23))
    blames = attribute(expected, greedy_plan(expected), greedy_plan(true), facts)
    assert blames == (Blame("V1", Cause.unavoidable, 100_00, False),)


def test_what_a_cap_lets_off_is_let_off_every_cause_alike() -> None:
    capped = {"commitments": (Commitment(at(11), started_hour(100_00, cap="A")),)}
    expected, true = Day(visit=capped).problem(), Day(visit=capped).problem(3.0)
    rooms = {"A": 150_01}
    expected, true = replace(expected, caps=rooms), replace(true, caps=rooms)
    # ¥400 owed, of which ¥300 for the three hours lost and ¥100 for the road; ¥150.01 charged.
    facts = Facts(true, begun(15), at(23))
    total = by_cause(attribute(expected, greedy_plan(expected), greedy_plan(true), facts))
    assert (total[Cause.plan_not_followed], total[Cause.traffic]) == (112_51, 37_50)


def test_a_headroom_is_used_up_by_what_was_due_first() -> None:
    capped = Day(visit={"commitments": (Commitment(at(11), started_hour(100_00, cap="A")),)}).problem()
    early = replace(capped.visits[0], id="V2", commitments=(Commitment(at(10), started_hour(100_00, cap="A")),))
    problem = replace(capped, visits=(*capped.visits, early), caps={"A": 150_00})
    facts = Facts(problem, {"V1": Fact(NINE, NINE, at(12), at(13)), "V2": Fact(NINE, NINE, at(11), at(12))}, at(23))
    assert [(debt.visit, debt.fen) for debt in charged(facts)] == [("V2", 100_00), ("V1", 50_00)]


def slower(problem: Problem, pick: random.Random) -> Problem:
    """The day as it turned out: every road and every piece of work somewhat off."""
    travel = problem.travel
    seconds = tuple(
        Matrix.of([[int(c * pick.uniform(0.8, 2)) for c in row] for row in m.rows()]) for m in travel.seconds
    )
    visits = tuple(replace(v, duration_s=int(v.duration_s * pick.uniform(0.7, 1.6))) for v in problem.visits)
    return replace(problem, travel=replace(travel, seconds=seconds), visits=visits)


def told(problem: Problem, plan: Plan, pick: random.Random) -> Facts:
    """Some come when planned, some later, some never."""
    stops = {stop.ref: stop for route in plan.routes for stop in route.stops if stop.kind == "visit"}
    facts: dict[str, Fact] = {}
    for visit in problem.visits:
        reported = max(visit.release_s, 0)
        stop = stops.get(visit.id)
        if stop is None or pick.random() < 0.1:
            facts[visit.id] = Fact(reported, pick.choice((None, reported + pick.randrange(4 * HOUR))))
        else:
            begin = stop.start_s + pick.choice((0, 0, pick.randrange(3 * HOUR)))
            facts[visit.id] = Fact(reported, reported + pick.choice((0, 1800, 7200)), begin, begin + visit.duration_s)
    return Facts(problem, facts, at(22))


@pytest.mark.parametrize("seed", range(10))
def test_every_fen_of_a_random_day_is_attributed_and_none_twice(seed: int) -> None:
    pick = random.Random(seed)
    expected = random_problem(seed, visits=18, engineers=5)
    true = slower(expected, pick)
    executed, hindsight = greedy_plan(expected), solve(true, Budget(time_s=5.0, rounds=10, seed=seed))
    facts = told(true, executed, pick)
    blames = attribute(expected, executed, hindsight, facts)
    debts = charged(facts)
    assert debts
    assert sum(blame.fen for blame in blames) == sum(debt.fen for debt in debts)
    for visit in true.visits:
        mine = [blame.fen for blame in blames if blame.visit == visit.id]
        assert sum(mine) == sum(debt.fen for debt in debts if debt.visit == visit.id)
        assert all(fen > 0 for fen in mine)
    assert attribute(expected, executed, hindsight, facts) == blames


@pytest.mark.parametrize("seed", range(6))
def test_what_is_charged_is_what_the_checker_says_a_plan_costs_that_was_followed(seed: int) -> None:
    problem = random_problem(seed, visits=18, engineers=5)
    plan = greedy_plan(problem)
    stops = {stop.ref: stop for route in plan.routes for stop in route.stops if stop.kind == "visit"}
    # What the plan leaves out is no penalty of the plan, so it is reckoned before anything is due.
    facts = {
        v.id: Fact(0, 0, stops[v.id].start_s, stops[v.id].end_s) if v.id in stops else Fact(0, 0, 0, 0)
        for v in problem.visits
    }
    day = Facts(problem, facts, 0)
    assert sum(debt.fen for debt in charged(day)) == price(problem, plan).late
    total = by_cause(attribute(problem, plan, plan, day))
    assert total[Cause.traffic] == 0
    assert total[Cause.late_dispatch] == 0


def test_a_day_without_facts_for_a_visit_or_between_other_places_is_refused() -> None:
    problem = Day().problem()
    plan = greedy_plan(problem)
    with pytest.raises(ValueError, match="V1"):
        attribute(problem, plan, plan, Facts(problem, {}, at(23)))
    small = Matrix.of([[0]])
    elsewhere = replace(problem, travel=Travel(small, (small,)))
    with pytest.raises(ValueError, match="places"):
        attribute(elsewhere, plan, plan, Facts(problem, begun(10), at(23)))
