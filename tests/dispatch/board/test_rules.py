"""Which visits need somebody, and what a drop would break (screens §3-§5, R5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dispatch.board.rules import (
    Alert,
    Case,
    Duty,
    Leg,
    Neighbour,
    alerts,
    breaches,
    clock_group,
    needs_action,
    sort_key,
)  # fmt: skip
from dispatch.clocks.rules import ClockState
from dispatch.visits.rules import VisitState

TEN = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def case(**other: Any) -> Case:
    facts: dict[str, Any] = {
        "state": VisitState.UNASSIGNED, "reported_at": TEN, "clock_state": ClockState.running, "clock_due_at": TEN + 4 * HOUR,
        "arrival_due_at": TEN + 4 * HOUR, "arrival_limit_s": 4 * 3600,
    }  # fmt: skip
    return Case(**{**facts, **other})


def test_an_unassigned_visit_says_how_long_it_waits_from_a_tenth_of_the_limit_on():
    assert alerts(case(), TEN + 23 * MINUTE) == ()
    assert alerts(case(), TEN + 24 * MINUTE) == (Alert("unassigned", 24),)


def test_an_assignment_nobody_accepted_for_five_minutes_is_called_not_accepted():
    sent = case(state=VisitState.ASSIGNED, assigned_at=TEN, planned_start_at=TEN + HOUR)
    assert alerts(sent, TEN + 5 * MINUTE - timedelta(seconds=1)) == ()
    assert alerts(sent, TEN + 6 * MINUTE) == (Alert("not_accepted", 6),)


def test_a_plan_that_arrives_after_the_promise_is_predicted_late_until_the_promise_is_broken_itself():
    late = case(state=VisitState.ACCEPTED, planned_start_at=TEN + 4 * HOUR + 15 * MINUTE)
    assert alerts(late, TEN) == (Alert("predicted_late", 15),)
    assert alerts(late, TEN + 4 * HOUR) == ()
    assert alerts(case(state=VisitState.ACCEPTED, planned_start_at=TEN + 4 * HOUR), TEN) == ()


@pytest.mark.parametrize(
    ("about", "needed"),
    [
        ({}, True),
        ({"state": "declined"}, True),
        ({"state": "accepted", "planned_start_at": TEN + HOUR}, False),
        ({"state": "accepted", "planned_start_at": TEN + HOUR, "clock_state": ClockState.at_risk}, True),
        ({"state": "working", "clock_state": ClockState.breached}, True),
        ({"state": "working", "clock_state": ClockState.paused}, False),
        ({"state": "signed", "clock_state": ClockState.breached}, False),
    ],
)
def test_the_list_holds_what_needs_somebody_and_nothing_else(about, needed):
    assert needs_action(case(**about), TEN + MINUTE) is needed


def test_every_clock_state_belongs_to_one_counter():
    groups = {state: clock_group(state) for state in ClockState}
    assert groups[ClockState.breached] == "breached" and groups[ClockState.at_risk] == "at_risk"
    assert groups[ClockState.running] == "running"
    assert {groups[s] for s in ClockState} == {"breached", "at_risk", "running", "other"}
    assert clock_group(None) == "other"


def test_the_next_due_stands_first_and_visits_without_a_clock_last():
    cases = {"V-3": case(clock_due_at=None), "V-2": case(clock_due_at=TEN + HOUR), "V-1": case(clock_due_at=TEN)}
    assert sorted(cases, key=lambda ref: sort_key(cases[ref], ref)) == ["V-1", "V-2", "V-3"]


def leg(start: datetime = TEN + HOUR, **other: Any) -> Leg:
    facts: dict[str, Any] = {
        "starts_at": start,
        "ends_at": start + HOUR,
        "drive_s": 1200,
        "arrival_due_at": TEN + 4 * HOUR,
    }
    return Leg(**{**facts, **other})


def broken(
    dropped: Leg, *, row: tuple[Neighbour, ...] = (), why_not: str | None = None, now: datetime = TEN
) -> list[str]:
    duty = Duty(TEN - 2 * HOUR, TEN + 8 * HOUR, 2 * HOUR)
    found = breaches(dropped, now=now, freeze=30 * MINUTE, duties=[duty], row=row, why_not=why_not)
    return [breach.code.removeprefix("board.breach.") for breach in found]


def test_a_drop_that_fits_breaks_nothing():
    assert broken(leg()) == []


def test_a_drop_names_everything_it_breaks_at_once():
    row = (Neighbour("V-7", TEN + HOUR, TEN + 2 * HOUR, 600),)
    late = leg(TEN + HOUR, arrival_due_at=TEN + 30 * MINUTE)
    assert broken(late, row=row, why_not="people.why.no_skill") == ["people.why.no_skill", "overlap", "late"]


def test_the_road_from_the_stop_before_counts_and_so_does_the_road_to_the_stop_after():
    before = Neighbour("V-7", TEN - HOUR, TEN + 50 * MINUTE, 1200)
    after = Neighbour("V-8", TEN + 2 * HOUR + 10 * MINUTE, TEN + 3 * HOUR, 1200)
    assert broken(leg(), row=(before,)) == ["unreachable"]
    assert broken(leg(), row=(after,)) == ["delays"]
    assert broken(leg(TEN + 70 * MINUTE), row=(before,)) == []


def test_nobody_gets_there_before_he_can():
    assert broken(leg(TEN + 35 * MINUTE, drive_s=2400)) == ["unreachable"]


def test_overtime_is_no_breach_and_what_comes_after_it_is():
    assert broken(leg(TEN + 9 * HOUR, arrival_due_at=None)) == []
    assert broken(leg(TEN + 9 * HOUR + MINUTE, arrival_due_at=None)) == ["off_shift"]
    assert broken(leg(TEN - 3 * HOUR, arrival_due_at=None), now=TEN - 5 * HOUR) == ["off_shift"]


def test_the_agreed_window_says_when_work_may_begin():
    window = (TEN + 2 * HOUR, TEN + 3 * HOUR)
    assert broken(leg(TEN + 2 * HOUR, window=window)) == []
    assert broken(leg(TEN + 3 * HOUR, window=window)) == []
    assert broken(leg(TEN + HOUR, window=window)) == ["window"]
    assert broken(leg(TEN + HOUR, release_at=TEN + 2 * HOUR)) == ["too_early"]


def test_inside_the_freeze_horizon_it_asks_but_wants_no_reason():
    dropped = leg(TEN + 25 * MINUTE, drive_s=600)
    assert broken(dropped) == ["frozen"]
    found = breaches(
        dropped, now=TEN, freeze=30 * MINUTE, duties=[Duty(TEN, TEN + 8 * HOUR)], row=(), why_not=None
    )  # fmt: skip
    assert not found[0].grave
