"""E4: warnings and the level's automaton, late, repeated and raced, always with their true instants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app.calendar.rules import h24
from dispatch.clocks.rules import (
    ClockKind,
    Event,
    LevelChanged,
    Paused,
    PauseReason,
    Resumed,
    Started,
    Stopped,
    Terms,
    Waived,
    judge,
)
from dispatch.clocks.steps import Rise, Step, level_rises, steps_due

HOUR = timedelta(hours=1)
CUSTOMER = PauseReason.customer_not_ready
FOUR_HOURS = Terms(ClockKind.arrival, 4 * HOUR, frozenset({CUSTOMER}))
RISES_AFTER = {3: 24 * HOUR, 2: 8 * HOUR}


def at(text: str) -> datetime:
    """The instant when the wall clock in Shanghai shows "04-08 09:00" of 2026."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


START: list[Event] = [Started(at("04-07 09:00"))]


def due(events: list[Event], now: str, done: tuple[int, ...] = ()) -> list[Step]:
    return steps_due(FOUR_HOURS, events, h24(), at(now), done=done)


def test_after_an_outage_every_missed_rise_is_recorded_and_only_the_highest_told() -> None:
    opened, back = at("04-07 09:00"), at("04-08 19:00")
    rises = level_rises(3, opened, RISES_AFTER, [], h24(), back)
    assert rises == [Rise(3, 2, at("04-08 09:00"), told=False), Rise(2, 1, at("04-08 17:00"), told=True)]
    resolve = judge(Terms(ClockKind.resolve, 4 * HOUR), [Started(rises[-1].effective_at)], h24(), back)
    assert resolve.due_at == at("04-08 21:00")


def test_the_third_run_finds_nothing() -> None:
    assert level_rises(1, at("04-08 17:00"), RISES_AFTER, [], h24(), at("04-20 00:00")) == []
    assert level_rises(2, at("04-08 09:00"), RISES_AFTER, [], h24(), at("04-08 16:59")) == []


def test_the_level_does_not_rise_while_the_request_waits_for_the_customer() -> None:
    events: list[Event] = [Paused(at("04-08 08:00"), CUSTOMER)]
    stops = frozenset({CUSTOMER})
    opened = at("04-07 09:00")
    assert level_rises(3, opened, RISES_AFTER, events, h24(), at("04-12 00:00"), stops_for=stops) == []
    events.append(Resumed(at("04-09 08:00")))
    rises = level_rises(3, opened, RISES_AFTER, events, h24(), at("04-09 10:00"), stops_for=stops)
    assert rises == [Rise(3, 2, at("04-09 09:00"), told=True)]
    assert level_rises(3, opened, RISES_AFTER, events, h24(), at("04-08 10:00"))[0].effective_at == at("04-08 09:00")


def test_warnings_come_at_their_share_of_the_service_time() -> None:
    assert due(START, "04-07 10:59") == []
    assert due(START, "04-07 11:00") == [Step(50, at("04-07 11:00"), told=True)]
    assert due(START, "04-07 12:30", (50,)) == [Step(75, at("04-07 12:00"), told=True)]
    assert due(START, "04-07 13:00", (50, 75)) == [Step(100, at("04-07 13:00"), told=True)]
    assert due(START, "04-09 13:00", (50, 75, 100)) == []


def test_missed_warnings_are_all_recorded_in_order_and_one_is_told() -> None:
    assert due(START, "04-07 20:00") == [
        Step(50, at("04-07 11:00"), told=False),
        Step(75, at("04-07 12:00"), told=False),
        Step(100, at("04-07 13:00"), told=True),
    ]
    assert due(START, "04-07 20:00", (50, 100)) == [Step(75, at("04-07 12:00"), told=False)]


def test_nothing_is_due_after_the_fact_or_a_waiver() -> None:
    assert due([*START, Stopped(at("04-07 10:00"))], "04-07 20:00") == []
    assert due([*START, Stopped(at("04-07 15:00"))], "04-07 20:00") == []
    assert due([*START, Waived(at("04-07 10:00"), "manager", "flood")], "04-07 20:00") == []


def test_nothing_beyond_an_open_pause_is_due() -> None:
    paused: list[Event] = [*START, Paused(at("04-07 11:30"), CUSTOMER)]
    assert due(paused, "04-08 00:00") == [Step(50, at("04-07 11:00"), told=True)]
    resumed = [*paused, Resumed(at("04-07 20:30"))]
    assert due(resumed, "04-07 21:00", (50,)) == [Step(75, at("04-07 21:00"), told=True)]


def test_a_clock_that_others_replaced_keeps_quiet_from_then_on() -> None:
    changed: list[Event] = [*START, LevelChanged(at("04-07 12:00"), 2)]
    assert [step.percent for step in due(changed, "04-07 20:00")] == [50, 75]
    at_due: list[Event] = [*START, LevelChanged(at("04-07 13:00"), 2)]
    assert [step.percent for step in due(at_due, "04-07 20:00")] == [50, 75, 100]


def test_running_it_again_gives_the_same_instants_however_late() -> None:
    assert due(START, "04-07 13:00") == due(START, "12-31 13:00")
