"""Idle engineers wait where the next call is likely, and only as far as the drive is worth it (R10)."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import product

import pytest

from dispatch.planner.solver.insert import greedy_plan
from dispatch.planner.solver.problem import (
    Commitment,
    Engineer,
    Matrix,
    Problem,
    Rates,
    Shift,
    Skill,
    Travel,
    TravelBand,
    Visit,
)
from dispatch.planner.solver.standby import Demand, Idle, Standby, expected_demand, idle_engineers, stand_by
from tests.dispatch.planner.cases import HOUR, MINUTE, NINE, START, at, random_problem, started_hour

REACH = 20 * MINUTE


def on_a_line(minutes: int, engineers: tuple[Engineer, ...] = ()) -> Problem:
    """Places 0, 1, 2 … a minute's drive apart, ¥1 a minute."""
    rows = [[abs(i - j) for j in range(minutes + 1)] for i in range(minutes + 1)]
    return Problem(
        START,
        NINE,
        Travel(Matrix.of(rows), (Matrix.of([[cell * MINUTE for cell in row] for row in rows]),)),
        Rates(60_00, 0, 0),
        engineers or tuple(Engineer(f"E{n}", (Shift(NINE, at(18), 0),)) for n in range(4)),
        (),
    )


def where(found: Standby) -> list[int]:
    return [stand.location for stand in found.stands]


def call(location: int, milli: int = 1000, worth_fen: int = 100_00, **more: object) -> Demand:
    return replace(Demand(location, milli, REACH, worth_fen), **more)


def test_he_drives_as_far_as_the_call_is_worth_and_no_further() -> None:
    problem = on_a_line(60)
    found = stand_by(problem, [Idle("E0", 0)], [call(60)], range(61), at_s=NINE)
    # 40 minutes away is near enough: ¥40 for ¥100.
    assert where(found) == [40]
    assert (found.saved_fen, found.drive_fen, found.reached_milli, found.proven) == (100_00, 40_00, 1000, True)
    cheap = stand_by(problem, [Idle("E0", 0)], [call(60, worth_fen=39_99)], range(61), at_s=NINE)
    assert where(cheap) == [0]
    assert (cheap.saved_fen, cheap.drive_fen, cheap.stands[0].drive_s) == (0, 0, 0)
    seldom = stand_by(problem, [Idle("E0", 0)], [call(60, milli=399)], range(61), at_s=NINE)
    assert where(seldom) == [0]


def test_what_brings_him_nearer_home_costs_no_more_than_going_home() -> None:
    problem = on_a_line(60)
    (stand,) = stand_by(problem, [Idle("E0", 0, home=60)], [call(60)], [40], at_s=NINE).stands
    assert (stand.location, stand.drive_s, stand.drive_fen) == (40, 40 * MINUTE, 0)


def test_two_engineers_share_two_towns_and_do_not_crowd_the_bigger_one() -> None:
    problem = on_a_line(60)
    demands = [call(0, milli=3000), call(60)]
    idle = [Idle("E0", 0), Idle("E1", 0)]
    assert sorted(where(stand_by(problem, idle, demands, [0, 20, 40], at_s=NINE))) == [0, 40]
    # Mostly busy, both are needed where most calls come: ¥24 × 0.8 × 3 are more than ¥100 × 0.2 − ¥40.
    crowded = stand_by(problem, idle, demands, [0, 20, 40], at_s=NINE, busy_milli=800)
    assert where(crowded) == [0, 0]
    assert crowded.reached_milli == round(3000 * (1 - 0.8**2))


def test_only_who_has_the_skill_at_the_level_and_on_the_day_counts() -> None:
    def person(name: str, *skills: Skill) -> Engineer:
        return Engineer(name, (Shift(NINE, at(18), 0),), skills=dict.fromkeys(("net",), skills[0]) if skills else {})

    people = (person("E0"), person("E1", Skill(1)), person("E2", Skill(2, expires_s=at(8))), person("E3", Skill(2)))
    problem = on_a_line(60, people)
    idle = [Idle(one.id, 0) for one in people]
    found = stand_by(problem, idle, [call(60, skills={"net": 2})], [0, 40], at_s=NINE)
    assert where(found) == [0, 0, 0, 40]


def test_the_roads_of_the_hour_count() -> None:
    problem = on_a_line(30)
    slow = Matrix.of([[2 * abs(i - j) * MINUTE for j in range(31)] for i in range(31)])
    travel = Travel(problem.travel.metres, (*problem.travel.seconds, slow), (TravelBand(0, 0), TravelBand(at(17), 1)))
    problem = replace(problem, travel=travel)
    idle, demands = [Idle("E0", 0)], [call(30)]
    assert where(stand_by(problem, idle, demands, range(31), at_s=NINE)) == [10]
    assert where(stand_by(problem, idle, demands, range(31), at_s=at(17))) == [20]


def value(problem: Problem, idle: list[Idle], demands: list[Demand], spots: tuple[int, ...], busy: float) -> float:
    """Reckoned again, one call and one engineer at a time."""
    rows = problem.travel.seconds[0].rows()
    people = {one.id: one for one in problem.engineers}
    total = 0.0
    for demand in demands:
        missed = 1.0
        for one, spot in zip(idle, spots, strict=True):
            skilled = all(
                name in people[one.engineer].skills and people[one.engineer].skills[name].level >= level
                for name, level in demand.skills.items()
            )
            if skilled and rows[spot][demand.location] <= demand.reach_s:
                missed *= busy
        total += demand.calls_milli * demand.worth_fen / 1000 * (1 - missed)
    for one, spot in zip(idle, spots, strict=True):
        if spot != one.location:
            home = 0 if one.home is None else rows[spot][one.home] - rows[one.location][one.home]
            total -= max(0, rows[one.location][spot] + home) * problem.rates.travel_fen_h / 3600
    return total


@pytest.mark.parametrize("seed", range(25))
def test_small_worlds_are_solved_to_the_optimum_of_trying_everything(seed: int) -> None:
    pick = random.Random(seed)
    people = tuple(
        Engineer(f"E{n}", (Shift(NINE, at(18), 0),), skills={"net": Skill(pick.randint(1, 3))}) for n in range(3)
    )
    problem = on_a_line(90, people)
    idle = [Idle(one.id, pick.randrange(91), pick.choice((None, pick.randrange(91)))) for one in people]
    demands = [
        call(
            pick.randrange(91),
            pick.randrange(50, 900),
            pick.randrange(10_00, 90_00),
            skills={"net": pick.randint(1, 3)},
        )
        for _ in range(12)
    ]
    places = sorted(pick.sample(range(91), 6))
    busy = pick.choice((0, 300))
    found = stand_by(problem, idle, demands, places, at_s=NINE, busy_milli=busy)
    choices = product(*(sorted({*places, one.location}) for one in idle))
    best = max(value(problem, idle, demands, spots, busy / 1000) for spots in choices)
    assert found.proven
    assert found.saved_fen - found.drive_fen == pytest.approx(best, abs=2)
    assert value(problem, idle, demands, tuple(where(found)), busy / 1000) == pytest.approx(best, abs=2)


def test_a_whole_region_is_answered_too_and_says_that_it_is_not_proven() -> None:
    pick = random.Random(1)
    people = tuple(Engineer(f"E{n}", (Shift(NINE, at(18), 0),)) for n in range(10))
    problem = on_a_line(400, people)
    idle = [Idle(one.id, pick.randrange(401)) for one in people]
    demands = [call(pick.randrange(401), pick.randrange(5, 60), 100_00) for _ in range(80)]
    found = stand_by(problem, idle, demands, range(0, 401, 10), at_s=NINE, busy_milli=300)
    stay = value(problem, idle, demands, tuple(one.location for one in idle), 0.3)
    assert not found.proven
    assert found.saved_fen - found.drive_fen > stay
    # Nobody alone can do better.
    spots = where(found)
    for place, one in enumerate(idle):
        for other in {*range(0, 401, 10), one.location}:
            trial = tuple(other if n == place else spot for n, spot in enumerate(spots))
            assert value(problem, idle, demands, trial, 0.3) <= found.saved_fen - found.drive_fen + 15


def test_demand_is_what_came_in_at_these_hours_on_past_days() -> None:
    def came_in(location: int, hour: int, yuan: int = 100, **skills: int) -> Visit:
        due = Commitment(at(hour + 4), started_hour(yuan * 100))
        return Visit(f"{location} {hour}", location, HOUR, 0, release_s=at(hour), commitments=(due,), skills=skills)

    past = [
        [came_in(3, 10), came_in(5, 11, net=2), came_in(3, 15)],
        [came_in(3, 9), came_in(3, 11), came_in(5, 11, 80, net=2)],
        [came_in(3, 12)],
    ]
    found = expected_demand(past, at(9), at(12), reach_s=REACH, late_s=2 * HOUR)
    assert found == (
        Demand(3, 1000, REACH, 200_00),
        Demand(5, 333, REACH, 160_00, {"net": 2}),
        Demand(5, 333, REACH, 200_00, {"net": 2}),
    )
    assert expected_demand([], at(9), at(12), reach_s=REACH) == ()


def test_nobody_idle_or_nothing_expected_is_an_answer() -> None:
    problem = on_a_line(5)
    assert stand_by(problem, [], [call(3)], [1, 2], at_s=NINE) == Standby((), 0, 0, 0, True)
    quiet = stand_by(problem, [Idle("E0", 0)], [], [1, 2], at_s=NINE)
    assert (where(quiet), quiet.drive_fen) == ([0], 0)
    with pytest.raises(ValueError, match="busy"):
        stand_by(problem, [], [], [], at_s=NINE, busy_milli=1000)


def test_idle_is_who_is_on_duty_with_nothing_more_to_do_where_he_ended() -> None:
    problem = random_problem(5, visits=10, engineers=9)
    plan = greedy_plan(problem, explained=False)
    for instant in range(at(9), at(22), HOUR):
        idle = {one.engineer: one for one in idle_engineers(problem, plan, instant)}
        for engineer in problem.engineers:
            on_duty = [n for n, s in enumerate(engineer.shifts) if s.start_s <= instant < s.end_s and s.standby is None]
            stops = [s for r in plan.routes if r.engineer == engineer.id and r.shift in on_duty for s in r.stops]
            ready = engineer.available_from_s <= instant
            assert (engineer.id in idle) == (bool(on_duty) and ready and all(s.end_s <= instant for s in stops))
    ends = {r.engineer: r.stops[-1] for r in plan.routes if r.shift == 0 and r.stops[-1].kind == "visit"}
    spots = {visit.id: visit.location for visit in problem.visits}
    shifts = {engineer.id: engineer.shifts[0] for engineer in problem.engineers}
    after = [(who, stop) for who, stop in ends.items() if stop.end_s < shifts[who].end_s]
    assert after
    for who, stop in after:
        (one,) = [one for one in idle_engineers(problem, plan, stop.end_s) if one.engineer == who]
        assert one == Idle(who, spots[stop.ref], shifts[who].end_location)
