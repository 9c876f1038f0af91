"""Shifts: who is on duty, when nobody is, and what cannot be worked (D12)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.db import Stale, db
from dispatch.people import use_cases as people
from dispatch.people.errors import HasLeft, MissingEngineer
from dispatch.roster import api, use_cases
from dispatch.roster.errors import BreakOutside, DutyOverlaps, EndsBeforeItStarts, MissingDuty
from dispatch.roster.models import Duty
from dispatch.roster.rules import DutyCard, Shift, checked, gaps, on_duty
from tests.conftest import MONDAY
from tests.dispatch import cast
from tests.dispatch.cast import DISPATCHER, HOUR


def duty(engineer_id: int, start: int, end: int) -> DutyCard:
    return DutyCard(0, engineer_id, "regular", MONDAY + start * HOUR, MONDAY + end * HOUR, None, None, 0, 0, 1)


def test_a_shift_begins_with_its_first_instant_and_ends_before_its_last():
    shifts = [duty(1, 0, 8), duty(2, 8, 16)]
    assert on_duty(shifts, MONDAY) == (1,)
    assert on_duty(shifts, MONDAY + 8 * HOUR) == (2,)
    assert on_duty(shifts, MONDAY + 16 * HOUR) == ()


@pytest.mark.parametrize(
    ("shifts", "expected"),
    [
        ([], [(0, 24)]),
        ([duty(1, 0, 24)], []),
        ([duty(1, 2, 8), duty(2, 6, 10), duty(3, 7, 9)], [(0, 2), (10, 24)]),
        ([duty(1, -5, 3), duty(2, 20, 30)], [(3, 20)]),
    ],
)
def test_the_gaps_are_what_nobody_stands_in(shifts, expected):
    found = gaps(shifts, MONDAY, MONDAY + 24 * HOUR)
    assert [((a - MONDAY) // HOUR, (b - MONDAY) // HOUR) for a, b in found] == expected


def test_gaps_are_asked_for_those_who_hold_the_skill():
    assert gaps([duty(1, 0, 24)], MONDAY, MONDAY + HOUR, engineer_ids=[2]) == ((MONDAY, MONDAY + HOUR),)


@pytest.mark.parametrize(
    ("shift", "refusal"),
    [
        (Shift(MONDAY, MONDAY), EndsBeforeItStarts),
        (Shift(MONDAY, MONDAY + 25 * HOUR), EndsBeforeItStarts),
        (Shift(MONDAY, MONDAY + 8 * HOUR, break_minutes=30), BreakOutside),
        (cast.shift(MONDAY, 8, break_latest_at=MONDAY + 8 * HOUR), BreakOutside),
        (cast.shift(MONDAY, 8, break_from_at=MONDAY - HOUR), BreakOutside),
        (cast.shift(MONDAY, 8, max_overtime_minutes=481), BreakOutside),
    ],
)
def test_a_shift_that_nobody_could_work_is_refused(shift, refusal):
    with pytest.raises(refusal):
        checked(shift)


def test_one_engineer_works_one_shift_at_a_time(house):
    crew = cast.crew()
    with pytest.raises(DutyOverlaps):
        use_cases.add_duty(crew.li, cast.shift(MONDAY + 7 * HOUR, 8), by=DISPATCHER, now=MONDAY)
    evening = use_cases.add_duty(crew.li, cast.shift(MONDAY + 8 * HOUR, 8), by=DISPATCHER, now=MONDAY)
    with pytest.raises(DutyOverlaps):
        use_cases.change_duty(evening, cast.shift(MONDAY + 7 * HOUR, 8), seen_version=1, by=DISPATCHER, now=MONDAY)
    use_cases.change_duty(evening, cast.shift(MONDAY + 9 * HOUR, 8), seen_version=1, by=DISPATCHER, now=MONDAY)
    assert api.on_duty(db.session(), MONDAY + 12 * HOUR) == (crew.li,)


def test_of_several_shifts_all_are_written_or_none(house):
    crew = cast.crew()
    before = db.session.query(Duty).count()
    week = [cast.shift(MONDAY + timedelta(days=day), 8) for day in (1, 2, 0)]
    with pytest.raises(DutyOverlaps):
        use_cases.add_duties(crew.li, week, by=DISPATCHER, now=MONDAY)
    assert db.session.query(Duty).count() == before
    assert len(use_cases.add_duties(crew.li, week[:2], by=DISPATCHER, now=MONDAY)) == 2


def test_a_stale_change_of_a_shift_changes_nothing(house):
    crew = cast.crew()
    duty_id = api.duties_in(db.session(), MONDAY, MONDAY + HOUR, engineer_ids=[crew.li])[0].id
    use_cases.change_duty(duty_id, cast.shift(MONDAY, 8), seen_version=1, by=DISPATCHER, now=MONDAY)
    with pytest.raises(Stale):
        use_cases.remove_duty(duty_id, seen_version=1, by=DISPATCHER, now=MONDAY)
    use_cases.remove_duty(duty_id, seen_version=2, by=DISPATCHER, now=MONDAY)
    with pytest.raises(MissingDuty):
        use_cases.remove_duty(duty_id, seen_version=2, by=DISPATCHER, now=MONDAY)


def test_who_has_left_works_no_shift(house):
    crew = cast.crew()
    people.engineer_leaves(crew.li, date(2026, 3, 2), seen_version=1, by=DISPATCHER, now=MONDAY)
    with pytest.raises(HasLeft):
        use_cases.add_duty(crew.li, cast.shift(MONDAY + timedelta(days=1), 8), by=DISPATCHER, now=MONDAY)
    with pytest.raises(MissingEngineer):
        use_cases.add_duty(999, cast.shift(MONDAY, 8), by=DISPATCHER, now=MONDAY)
