"""The simulated day: judged the same by fsbench and by us, blind to what is yet to come, the same for every policy."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from bench.engine.fs import fsbench, judge, problem_of
from bench.simulator.day import Day, agenda_of, narrowed, standing
from bench.simulator.history import past_days, with_history
from bench.simulator.human import Append
from bench.simulator.judge import as_driven, outcome
from bench.simulator.noise import CALM, Noise
from bench.simulator.play import play
from bench.simulator.policies import Policy, Reoptimise, insertion
from dispatch.planner.solver.insert import greedy_plan
from dispatch.planner.solver.plan import StopKind

HOUR = 3600


def a_day(seed: int, calls: int = 60, engineers: int = 8) -> dict:
    return fsbench("generate").gen(calls, engineers, seed, mode="day")


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
@pytest.mark.parametrize("policy", ["human", "insertion"])
def test_a_calm_day_is_legal_for_fsbench_and_costs_the_same_to_the_cent(seed: int, policy: str) -> None:
    data = a_day(seed)
    day = Day(problem_of(data), CALM)
    chosen: Policy = Append(data) if policy == "human" else insertion
    play(day, chosen)
    verdict, seen = judge(data, as_driven(day)), outcome(day, data)
    assert verdict.errors == ()
    assert seen.cents == verdict.cents
    assert (seen.on4, seen.on12) == pytest.approx((verdict.on_time_4h, verdict.on_time_12h), abs=0.06)
    assert seen.unassigned == verdict.left_out


def test_a_plan_made_once_is_driven_exactly_as_it_says() -> None:
    data = a_day(5)
    whole = problem_of(data)
    plan = greedy_plan(whole, explained=False)
    day = Day(whole, CALM)
    play(day, lambda _, now, agenda: dict(agenda) if now > whole.now_s else agenda_of(plan))
    starts = {stop.ref: stop.start_s for route in plan.routes for stop in route.stops if stop.kind is StopKind.visit}
    driven = {one.ref: one.start_s for hand in day.hands.values() for one in hand.log if one.kind is StopKind.visit}
    assert driven == starts


def test_nobody_sees_a_call_before_it_is_made() -> None:
    data = a_day(6)
    calls = {one["id"]: one["call"] for one in data["visits"]}
    seen: list[tuple[int, str]] = []

    def watching(day: Day, now: int, agenda: dict) -> dict:
        seen.extend((now, visit.id) for visit in day.problem(now, agenda, 0).visits)
        return insertion(day, now, agenda)

    play(Day(problem_of(data), CALM), watching)
    assert seen
    assert all(calls[visit] <= now for now, visit in seen)


def test_whoever_has_set_off_is_not_called_back() -> None:
    data = a_day(7)
    whole = problem_of(data)
    day = Day(whole, CALM)
    agenda = day.advance(8 * HOUR, 9 * HOUR, insertion(day, 8 * HOUR, {}))
    begun = set(day.begun)
    assert begun
    assert begun.isdisjoint(visit.id for visit in day.problem(9 * HOUR, agenda, 0).visits)
    bound = [hand for hand in day.hands.values() if hand.free_s > 9 * HOUR and hand.log]
    shown = {one.id: one for one in day.problem(9 * HOUR, agenda, 0).engineers}
    assert all(shown[hand.card.id].available_from_s == hand.free_s for hand in bound)
    assert all(shown[hand.card.id].shifts[0].start_location == hand.at for hand in bound)


def test_a_change_of_engineer_is_counted_once_and_only_for_visits_still_to_do() -> None:
    data = a_day(8)

    def swapping(day: Day, now: int, agenda: dict) -> dict:
        return insertion(day, now, {})

    assert play(Day(problem_of(data), CALM), insertion).moved == 0
    restless = play(Day(problem_of(data), CALM), swapping)
    assert 0 < restless.moved <= restless.planned


def test_noise_keeps_the_mean_and_is_the_same_for_every_policy() -> None:
    noise = Noise(3)
    drawn = [noise.service_s(1000, f"V{n}") for n in range(4000)]
    assert abs(sum(drawn) / len(drawn) - 1000) < 20
    assert drawn[7] == Noise(3).service_s(1000, "V7")
    assert drawn[7] != Noise(4).service_s(1000, "V7")
    assert CALM.drive_s(777, 1, 2) == 777


def test_a_noisy_day_does_each_visit_once_and_never_before_its_call() -> None:
    data = a_day(9)
    day = Day(problem_of(data), Noise(9))
    play(day, insertion)
    done = [one for hand in day.hands.values() for one in hand.log if one.kind is StopKind.visit]
    calls = {one["id"]: one["call"] for one in data["visits"]}
    assert max(Counter(one.ref for one in done).values()) == 1
    assert all(one.start_s >= calls[one.ref] for one in done)
    for hand in day.hands.values():
        assert all(a.end_s <= b.start_s or StopKind.rest in (a.kind, b.kind) for a, b in pairwise(hand.log))


def test_late_on_a_noisy_day_is_known_only_when_it_has_come() -> None:
    """Before his work should be over nobody can tell that it takes longer; after that he is expected any minute."""
    data = a_day(10)
    whole = problem_of(data)
    day = Day(whole, Noise(10))
    agenda = insertion(day, 8 * HOUR, {})
    day.advance(8 * HOUR, 9 * HOUR, agenda)
    late = [
        hand for hand in day.hands.values() if hand.log and hand.free_s > hand.log[-1].start_s + hand.expected_work_s
    ]
    assert late
    for hand in late:
        said = hand.log[-1].start_s + hand.expected_work_s
        assert hand.seems_free_s(said - 60) != hand.free_s
        assert said < hand.seems_free_s(said + 60) <= said + 60 + 300


def test_history_has_the_laws_of_the_day_but_none_of_its_calls() -> None:
    data = a_day(11)
    past = past_days(data, 4, visits=60, seed=1)
    own = {tuple(one["xy"]) for one in data["visits"]}
    assert all(tuple(one["xy"]) not in own for day in past for one in day)
    assert all(one["call"] > data["now"] and one["kind"] in ("sla4", "sla12") for day in past for one in day)
    whole, visits = with_history(data, past)
    assert whole.visits == problem_of(data).visits
    assert [len(day) for day in visits] == [len(day) for day in past]


def test_a_narrowed_problem_prices_the_same_plan_the_same() -> None:
    data = a_day(12)
    whole, _ = with_history(data, past_days(data, 2, visits=60, seed=1))
    early = narrowed(Day(whole, CALM).problem(8 * HOUR, {}, 0))
    assert early.travel.metres.size < whole.travel.metres.size
    wide = Day(whole, CALM).problem(8 * HOUR, {}, 0)
    assert greedy_plan(early, explained=False).cost == greedy_plan(wide, explained=False).cost
    assert standing({}).routes == ()


def test_planning_anew_keeps_the_law_and_beats_insertion() -> None:
    data = a_day(13)
    costs = []
    for policy in (insertion, Reoptimise(seconds=5.0, move_fen=300, seed=1, rounds=200)):
        day = Day(problem_of(data), CALM)
        play(day, policy)
        assert judge(data, as_driven(day)).errors == ()
        costs.append(outcome(day, data).cents)
    assert costs[1] < costs[0]
