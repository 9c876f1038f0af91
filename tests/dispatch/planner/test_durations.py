"""How long a visit takes is learnt from those that were made: robustly, shyly, by kind of work and by engineer (R1)."""

from __future__ import annotations

from math import ceil, exp, log
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dispatch.planner.durations import LEAST_S, MOST_S, SHOWN, STEP_S, USUAL_SD, Experience, Tally, Work

PUMP, FAN = Work("fault", "CP-200"), Work("inspection", "KF-9")
HOUR = 3600

tallies = some.lists(
    some.builds(
        Tally, some.sampled_from([PUMP, FAN, Work("fault", "KF-9")]), some.integers(1, 4), some.integers(1, 190),
        some.integers(0, 20),
    ),
    max_size=25,
)  # fmt: skip


def took(minutes: int, count: int, *, who: int = 1, work: Work = PUMP) -> Tally:
    return Tally(work, who, minutes // 5, count)


def test_without_any_visit_the_typed_minutes_hold():
    learnt = Experience([]).learnt(PUMP, 90 * 60)
    assert (learnt.duration_s, learnt.by) == (90 * 60, {})
    assert learnt.log_sd == pytest.approx(USUAL_SD)


def test_minutes_that_are_no_whole_step_are_rounded_up():
    assert Experience([]).learnt(PUMP, 91 * 60).duration_s == 95 * 60


def test_many_visits_outweigh_what_was_typed_and_one_hardly_moves_it():
    assert Experience([took(40, 200)]).learnt(PUMP, 2 * HOUR).duration_s == 45 * 60
    assert Experience([took(40, 1)]).learnt(PUMP, 2 * HOUR).duration_s == 105 * 60


def test_the_shrinkage_is_the_formula_s():
    """Ten visits in the step from 60 to 65 minutes, ninety typed: the weighted mean of logarithms, up to whole steps."""
    mean = exp((10 * log(62.5 * 60) + 5 * log(90 * 60)) / 15)
    assert Experience([took(60, 10)]).learnt(PUMP, 90 * 60).duration_s == ceil(mean / STEP_S) * STEP_S == 75 * 60


def test_a_report_closed_the_next_morning_moves_nothing():
    usual = [took(60, 9), took(65, 5), took(70, 9)]
    assert (
        Experience([*usual, took(900, 1)]).learnt(PUMP, HOUR).duration_s
        == Experience([*usual, took(75, 1)]).learnt(PUMP, HOUR).duration_s
    )


def test_one_kind_says_nothing_of_another():
    assert Experience([took(240, 100, work=FAN)]).learnt(PUMP, HOUR).duration_s == HOUR


def test_an_engineer_shows_his_pace_with_the_eighth_visit():
    others = [took(60, 40, who=1)]
    assert 2 not in Experience([*others, took(90, SHOWN - 1, who=2)]).learnt(PUMP, HOUR).by
    slow = Experience([*others, took(90, SHOWN, who=2)]).learnt(PUMP, HOUR)
    assert slow.by[2] > slow.duration_s


def test_a_pace_shown_elsewhere_counts_until_he_has_shown_one_here():
    everybody = [took(60, 40, who=1), took(60, 40, who=1, work=FAN)]
    elsewhere = [took(30, 20, who=2, work=FAN)]
    quick = Experience([*everybody, *elsewhere]).learnt(PUMP, HOUR)
    assert quick.by[2] < quick.duration_s
    shown = Experience([*everybody, *elsewhere, took(75, 20, who=2)]).learnt(PUMP, HOUR)
    assert shown.by.get(2, shown.duration_s) > quick.by[2]


def test_where_all_work_alike_the_luck_of_one_month_is_nobody_s_pace():
    """Times drawn from one distribution for 24 engineers: hardly anybody is planned at a time of his own."""
    chance = Random(11)
    lucky = 0
    for _ in range(20):
        past = [took(round(exp(chance.gauss(log(60), 0.45))), 1, who=who) for who in range(24) for _ in range(20)]
        lucky += len(Experience(past).learnt(PUMP, HOUR).by)
    assert lucky < 24 * 20 / 10  # Their bare medians would make it every second one.


def test_where_they_differ_each_is_planned_at_his_own_pace():
    chance = Random(11)
    past = [
        took(round(exp(chance.gauss(log(60 * pace), 0.3))), 1, who=who)
        for who, pace in enumerate([0.7, 1.0, 1.4] * 6)
        for _ in range(40)
    ]
    learnt = Experience(past).learnt(PUMP, HOUR)
    for who, pace in enumerate([0.7, 1.0, 1.4] * 6):
        assert learnt.by.get(who, learnt.duration_s) / HOUR == pytest.approx(pace, rel=0.2)


def test_nobody_is_planned_at_less_than_six_tenths_or_more_than_sixteen_tenths_of_the_usual():
    past = Experience([took(100, 500), took(10, 200, who=2), took(900, 200, who=3)])
    learnt = past.learnt(PUMP, 100 * 60)
    assert 0.6 * 100 * 60 <= learnt.by[2] <= 0.6 * 105 * 60 + STEP_S
    assert 1.6 * 100 * 60 <= learnt.by[3] <= 1.6 * 105 * 60 + STEP_S


def test_work_that_always_takes_the_same_is_surer_than_work_that_does_not():
    steady, wild = [took(60, 50)], [took(20, 17), took(60, 17), took(180, 16)]
    assert Experience(steady).learnt(PUMP, HOUR).log_sd < 0.2 < USUAL_SD < Experience(wild).learnt(PUMP, HOUR).log_sd


@given(tallies, some.integers(LEAST_S, MOST_S))
def test_what_is_learnt_lies_between_what_was_typed_and_what_was_seen(seen, typed_s):
    learnt = Experience(seen).learnt(PUMP, typed_s)
    spans = [typed_s, *((one.step + 0.5) * STEP_S for one in seen if one.work == PUMP and one.count)]
    assert min(spans) - 1 <= learnt.duration_s <= min(max(spans) + STEP_S, MOST_S)
    for seconds in (learnt.duration_s, *learnt.by.values()):
        assert seconds % STEP_S == 0
        assert LEAST_S <= seconds <= MOST_S
        assert 0.6 * learnt.duration_s - STEP_S <= seconds <= 1.6 * learnt.duration_s + STEP_S
    assert learnt.duration_s not in learnt.by.values()
    assert 0 < learnt.log_sd < 5


@given(tallies, some.randoms(use_true_random=False))
def test_neither_the_order_of_the_rows_nor_how_they_are_added_up_matters(seen, chance):
    split = [Tally(one.work, one.engineer_id, one.step, 1) for one in seen for _ in range(one.count)]
    chance.shuffle(split)
    assert Experience(split).learnt(PUMP, HOUR) == Experience(seen).learnt(PUMP, HOUR)


@given(tallies)
def test_engineers_are_numbers_and_nothing_else(seen):
    renamed = [Tally(one.work, 50 - one.engineer_id, one.step, one.count) for one in seen]
    learnt, again = Experience(seen).learnt(PUMP, HOUR), Experience(renamed).learnt(PUMP, HOUR)
    assert again.by == {50 - who: seconds for who, seconds in learnt.by.items()}
    assert again.duration_s == learnt.duration_s


@given(tallies, some.integers(1, 60), some.integers(1, 30))
def test_a_slower_past_never_makes_a_quicker_plan(seen, steps, typed):
    slower = [Tally(one.work, one.engineer_id, one.step + steps, one.count) for one in seen]
    assert (
        Experience(slower).learnt(PUMP, typed * 600).duration_s >= Experience(seen).learnt(PUMP, typed * 600).duration_s
    )
