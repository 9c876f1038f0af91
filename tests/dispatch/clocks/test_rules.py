"""E2's rows, D2's states, appointments, late facts; then a slow model that walks minute by minute (P9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.calendar.cn_official import NOTICES
from app.calendar.rules import ServiceHours, five_by_eight, h24, opening, with_notices, worked
from dispatch.clocks.rules import (
    Appointment,
    ClockKind,
    ClockState,
    Event,
    LevelChanged,
    LimitChanged,
    Paused,
    PauseReason,
    Resumed,
    Started,
    Stopped,
    StopReversed,
    Terms,
    Waived,
    judge,
    share_at,
)

CN = "Asia/Shanghai"
CUSTOMER, PART, ACCESS = PauseReason.customer_not_ready, PauseReason.our_part, PauseReason.no_access
STD = replace(
    with_notices(five_by_eight(), NOTICES.values()),
    code="STD",
    week=(opening("09:00-12:00 13:30-18:00"),) * 5 + ((), ()),
)


def at(text: str, zone: str = CN) -> datetime:
    """The instant when the wall clock in `zone` shows "03-03 14:30" of 2026."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def terms(
    limit_h: float,
    kind: ClockKind = ClockKind.resolve,
    stops_for: frozenset[PauseReason] = frozenset({CUSTOMER, ACCESS}),
) -> Terms:
    return Terms(kind, timedelta(hours=limit_h), stops_for)


LATER = at("12-01 00:00")


@pytest.mark.parametrize(
    ("start", "pause", "resume", "due", "paused_h"),
    [
        ("03-02 10:00", None, None, "03-03 10:30", 0),
        ("03-02 10:00", "03-02 17:00", "03-03 10:30", "03-03 14:30", 2.5),  # not 17.5 h
        ("03-06 16:00", "03-06 17:00", "03-09 10:00", "03-10 09:30", 2),
        ("03-06 16:00", "03-06 18:30", "03-09 08:30", "03-09 16:30", 0),
    ],
)
def test_a_pause_takes_out_its_service_time_and_no_more(
    start: str, pause: str | None, resume: str | None, due: str, paused_h: float
) -> None:
    events: list[Event] = [Started(at(start))]
    if pause and resume:
        events += [Paused(at(pause), CUSTOMER), Resumed(at(resume), CUSTOMER)]
    view = judge(terms(8), events, STD, LATER)
    assert (view.due_at, view.paused_s, view.state) == (at(due), paused_h * 3600, "breached")


def test_a_corrected_entitlement_recounts_from_the_report_with_the_pauses_kept() -> None:
    """E2: found at Tuesday 11:00 to be owed 6 h; used up at that very instant, and one event says so."""
    events: list[Event] = [
        Started(at("03-02 10:00")),
        Paused(at("03-02 17:00"), CUSTOMER),
        Resumed(at("03-03 10:30")),
        LimitChanged(at("03-03 11:00"), timedelta(hours=6)),
    ]
    before = judge(terms(8), events, STD, at("03-03 10:59"))
    after = judge(terms(8), events, STD, at("03-03 11:00"))
    assert (before.state, before.due_at) == ("running", at("03-03 14:30"))
    assert (after.state, after.due_at, after.left_s, after.remaining_s) == ("breached", at("03-03 11:00"), 0, 0)


def test_waiting_for_our_part_stops_only_the_clocks_whose_policy_says_so() -> None:
    waiting: list[Event] = [Started(at("03-02 10:00")), Paused(at("03-02 11:00"), PART)]
    listed = terms(4, stops_for=frozenset({CUSTOMER, PART}))
    assert judge(terms(4, ClockKind.arrival), waiting, STD, at("03-02 15:30")).state is ClockState.breached
    assert judge(terms(4), waiting, STD, at("03-02 15:00")).due_at == at("03-02 15:30")
    assert judge(listed, waiting, STD, at("03-02 15:30")).state is ClockState.paused


def test_an_open_pause_suspends_due_and_keeps_what_was_left() -> None:
    events: list[Event] = [Started(at("03-02 10:00")), Paused(at("03-02 17:00"), CUSTOMER)]
    view = judge(terms(8), events, STD, at("03-20 10:00"))
    assert (view.state, view.due_at, view.proof, view.waits_for) == ("paused", None, None, (CUSTOMER,))
    assert view.target_at == at("03-03 10:30")
    assert view.left_s == view.remaining_s == 2.5 * 3600
    resumed = judge(terms(8), [*events, Resumed(at("03-20 10:00"))], STD, at("03-20 10:00"))
    assert (resumed.state, resumed.due_at, resumed.left_s) == ("running", at("03-20 14:00"), 2.5 * 3600)


def test_a_pause_after_the_time_was_used_up_forgives_nothing() -> None:
    events: list[Event] = [Started(at("03-02 10:00")), Paused(at("03-03 10:30"), CUSTOMER)]
    view = judge(terms(8), events, STD, at("03-04 10:00"))
    assert (view.state, view.due_at, view.paused_s) == ("breached", at("03-03 10:30"), 0)


def test_two_reasons_at_once_stop_the_clock_until_both_have_gone() -> None:
    events: list[Event] = [
        Started(at("03-02 10:00")),
        Paused(at("03-02 10:30"), CUSTOMER),
        Paused(at("03-02 11:00"), ACCESS),
        Resumed(at("03-02 11:15"), CUSTOMER),
    ]
    assert judge(terms(8), events, STD, at("03-02 11:20")).waits_for == (ACCESS,)
    both_gone = judge(terms(8), [*events, Resumed(at("03-02 11:30"), ACCESS)], STD, at("03-02 14:00"))
    assert (both_gone.paused_s, both_gone.due_at) == (3600, at("03-03 11:30"))


def test_a_pause_recorded_twice_for_one_reason_is_one_pause_from_its_first_instant() -> None:
    events: list[Event] = [
        Started(at("03-02 10:00")),
        Paused(at("03-02 10:30"), CUSTOMER),
        Paused(at("03-02 11:00"), CUSTOMER),
        Resumed(at("03-02 11:30"), CUSTOMER),
        Resumed(at("03-02 11:45"), CUSTOMER),
    ]
    assert judge(terms(8), events, STD, at("03-02 14:00")).paused_s == 3600


def test_at_risk_begins_when_three_quarters_of_the_service_time_are_gone() -> None:
    events: list[Event] = [Started(at("03-02 10:00"))]
    assert judge(terms(8), events, STD, at("03-02 17:29")).state is ClockState.running
    view = judge(terms(8), events, STD, at("03-02 17:30"))
    assert (view.state, view.at_risk_at, view.left_s) == ("at_risk", at("03-02 17:30"), 2 * 3600)
    assert view.remaining_s == 17 * 3600


@pytest.mark.parametrize(
    ("fact", "state", "remaining_s"),
    [("13:59", "met", 60), ("14:00", "met", 0), ("14:01", "met_late", -60), ("09:00", "met", 5 * 3600)],
)
def test_the_fact_decides_between_met_and_met_late(fact: str, state: str, remaining_s: int) -> None:
    events: list[Event] = [Started(at("03-02 10:00")), Stopped(at(f"03-02 {fact}"))]
    view = judge(terms(4, ClockKind.arrival), events, h24(), LATER)
    assert (view.state, view.due_at, view.remaining_s) == (state, at("03-02 14:00"), remaining_s)


def test_a_clock_is_breached_from_its_due_instant_on_and_not_before() -> None:
    events: list[Event] = [Started(at("03-02 10:00"))]
    assert judge(terms(4), events, h24(), at("03-02 14:00") - timedelta(microseconds=1)).state is ClockState.at_risk
    assert judge(terms(4), events, h24(), at("03-02 14:00")).state is ClockState.breached


def test_an_arrival_uploaded_late_retracts_the_breach() -> None:
    """E10: due 14:00, arrived 13:49, the phone reached us at 15:20."""
    events: list[Event] = [Started(at("03-02 10:00"))]
    assert judge(terms(4), events, h24(), at("03-02 14:10")).state is ClockState.breached
    uploaded = judge(terms(4), [*events, Stopped(at("03-02 13:49"))], h24(), at("03-02 15:20"))
    assert (uploaded.state, uploaded.stopped_at) == ("met", at("03-02 13:49"))
    again = [*events, Stopped(at("03-02 13:49")), Stopped(at("03-02 14:30"))]
    assert judge(terms(4), again, h24(), at("03-02 15:20")) == uploaded


def test_a_stop_that_was_none_is_reversed_and_the_clock_runs_on() -> None:
    events: list[Event] = [
        Started(at("03-02 10:00")),
        Stopped(at("03-02 11:00")),
        StopReversed(at("03-02 12:00"), by="dispatcher", reason="wrong site"),
    ]
    assert judge(terms(4), events, h24(), at("03-02 11:30")).state is ClockState.met
    assert judge(terms(4), events, h24(), at("03-02 14:30")).state is ClockState.breached
    assert judge(terms(4), [*events, Stopped(at("03-02 13:00"))], h24(), LATER).stopped_at == at("03-02 13:00")


def test_a_wait_after_the_fact_moves_nothing() -> None:
    events: list[Event] = [Started(at("03-02 10:00")), Stopped(at("03-02 11:00"))]
    waited = [*events, Paused(at("03-02 11:30"), CUSTOMER), Resumed(at("03-02 13:00"))]
    assert judge(terms(4), waited, h24(), LATER) == judge(terms(4), events, h24(), LATER)


def test_a_fact_during_a_pause_ends_the_pause_for_the_clock() -> None:
    events: list[Event] = [
        Started(at("03-02 10:00")),
        Paused(at("03-02 11:00"), CUSTOMER),
        Stopped(at("03-02 16:00")),
    ]
    view = judge(terms(4), events, h24(), LATER)
    assert (view.state, view.due_at, view.paused_s, view.waits_for) == ("met", at("03-02 19:00"), 5 * 3600, ())


def test_a_waiver_spares_a_missed_clock_but_takes_no_merit_from_a_met_one() -> None:
    waived = Waived(at("03-02 15:00"), by="manager", reason="flood")
    start = Started(at("03-02 10:00"))
    assert judge(terms(4), [start, waived], h24(), LATER).state is ClockState.waived
    assert judge(terms(4), [start, waived], h24(), at("03-02 14:30")).state is ClockState.breached
    assert judge(terms(4), [start, Stopped(at("03-02 14:30")), waived], h24(), LATER).state is ClockState.waived
    assert judge(terms(4), [start, Stopped(at("03-02 13:00")), waived], h24(), LATER).state is ClockState.met


def test_an_appointment_the_customer_asked_for_replaces_the_arrivals_due_only() -> None:
    events: list[Event] = [
        Started(at("03-02 10:00")),
        Appointment(at("03-02 11:00"), agreed_with="Head nurse Zhang", new_due=at("03-04 09:30")),
    ]
    arrival = judge(terms(4, ClockKind.arrival), events, STD, at("03-03 18:00"))
    assert (arrival.due_at, arrival.proof) == (at("03-04 09:30"), None)
    assert arrival.appointment == events[1]
    assert arrival.at_risk_at == at("03-03 14:52") + timedelta(seconds=30)  # 75 % of 14.5 service hours
    assert judge(terms(4), events, STD, at("03-02 12:00")).due_at == at("03-02 15:30")


def test_a_wait_that_swallows_the_appointment_puts_it_off_by_what_was_left() -> None:
    events: list[Event] = [
        Started(at("03-02 10:00")),
        Appointment(at("03-02 11:00"), agreed_with="Zhang", new_due=at("03-04 09:30")),
        Paused(at("03-02 12:00"), CUSTOMER),
        Resumed(at("03-02 13:00")),
        Paused(at("03-04 09:00"), CUSTOMER),
    ]
    arrival = terms(4, ClockKind.arrival)
    waiting = judge(arrival, events, h24(), at("03-05 00:00"))
    assert (waiting.state, waiting.due_at, waiting.left_s) == ("paused", None, 1800)
    resumed = judge(arrival, [*events, Resumed(at("03-05 08:00"))], h24(), at("03-05 08:00"))
    assert (resumed.state, resumed.due_at) == ("at_risk", at("03-05 08:30"))


def test_an_appointment_outside_service_hours_still_has_its_instant() -> None:
    events: list[Event] = [
        Started(at("03-06 19:00")),
        Appointment(at("03-06 19:10"), agreed_with="Zhang", new_due=at("03-07 08:00")),
    ]
    view = judge(terms(4, ClockKind.arrival), events, STD, at("03-07 07:00"))
    assert (view.state, view.due_at, view.at_risk_at) == ("running", at("03-07 08:00"), at("03-07 08:00"))


def test_a_level_change_leaves_the_old_clock_its_promise_and_the_pause_goes_on_in_the_new_one() -> None:
    pause: list[Event] = [Paused(at("03-02 11:00"), CUSTOMER)]
    change = at("03-02 12:00")
    old = judge(terms(24), [Started(at("03-02 10:00")), *pause, LevelChanged(change, 2)], h24(), at("03-02 13:00"))
    new = judge(terms(4), [Started(change), *pause], h24(), at("03-02 13:00"))
    assert (old.superseded_at, old.state, old.left_s) == (change, "paused", 23 * 3600)
    assert (new.state, new.left_s, new.due_at) == ("paused", 4 * 3600, None)
    resumed = judge(terms(4), [Started(change), *pause, Resumed(at("03-02 14:00"))], h24(), at("03-02 14:00"))
    assert (resumed.due_at, resumed.paused_s) == (at("03-02 18:00"), 2 * 3600)


def test_the_proof_ends_at_due_and_says_provisional_where_no_notice_is_out() -> None:
    view = judge(terms(4), [Started(datetime(2026, 12, 31, 9, tzinfo=UTC))], STD, LATER)
    assert view.proof is not None
    assert view.provisional
    assert view.proof.lines[-1].end_at == view.due_at


@pytest.mark.parametrize("starts", [0, 2])
def test_a_clock_starts_exactly_once(starts: int) -> None:
    with pytest.raises(ValueError, match="once"):
        judge(terms(4), [Started(at("03-02 10:00"))] * starts, h24(), LATER)


# --- The slow model (P9): a man with a watch who looks every minute and strikes off what counted. ---

ZONED = [
    STD,
    h24(CN),
    ServiceHours("shop", "Europe/Berlin", (opening("09:00-17:00"),) * 6 + ((),), observes_holidays=False),
    ServiceHours("night", "America/New_York", (opening("00:30-04:00 20:00-24:00"),) * 7, observes_holidays=False),
    replace(STD, code="leap", zone="Australia/Lord_Howe", week=(opening("01:00-12:00"),) * 7),
]
DAYS = [
    (2026, 2, 13),
    (2026, 9, 24),
    (2026, 10, 9),
    (2026, 3, 28),
    (2026, 10, 24),
    (2028, 2, 28),
    (2026, 3, 7),
    (2026, 4, 4),
]
MINUTE = timedelta(minutes=1)


def counts(hours: ServiceHours, instant: datetime) -> bool:
    """Whether the man's watch says open; written from E1's words, not from the rules."""
    local = instant.astimezone(ZoneInfo(hours.zone))
    today = hours.week[local.weekday()]
    if hours.observes_holidays and local.date() in hours.work_days:
        today = today or hours.week[0]
    elif hours.observes_holidays and local.date() in hours.off_days:
        today = ()
    return any(a <= local.hour * 60 + local.minute < b for a, b in today)


def walk(
    limit: int, hours: ServiceHours, start: datetime, waits: list[tuple[datetime, datetime | None]], until: datetime
) -> tuple[datetime | None, int, int]:
    """(due if reached by `until`, minutes used, minutes paused) of a clock without a fact."""
    used, paused, instant = 0, 0, start
    while instant < until:
        if used == limit:
            return instant, used, paused
        if counts(hours, instant):
            waiting = any(a <= instant and (b is None or instant < b) for a, b in waits)
            used, paused = used + (not waiting), paused + waiting
        instant += MINUTE
    return (instant if used == limit else None), used, paused


@st.composite
def stories(
    draw: st.DrawFn,
) -> tuple[ServiceHours, datetime, int, list[tuple[datetime, datetime | None]], datetime, int]:
    hours = draw(st.sampled_from(ZONED))
    start = datetime(*draw(st.sampled_from(DAYS)), tzinfo=UTC) + MINUTE * draw(st.integers(0, 3 * 1440))
    waits: list[tuple[datetime, datetime | None]] = []
    edge = start + MINUTE * draw(st.integers(-500, 500))
    for _ in range(draw(st.integers(0, 3))):
        end = edge + MINUTE * draw(st.integers(0, 900))
        waits.append((edge, end))
        edge = end + MINUTE * draw(st.integers(0, 600))
    left_open: bool = draw(st.booleans())
    if waits and left_open:
        waits[-1] = (waits[-1][0], None)
    now = start + MINUTE * draw(st.integers(0, 5000))
    return hours, start, draw(st.integers(1, 1500)), waits, now, draw(st.integers(0, 4000))


@settings(max_examples=80)
@given(stories())
def test_the_clock_agrees_with_a_man_with_a_watch(
    story: tuple[ServiceHours, datetime, int, list[tuple[datetime, datetime | None]], datetime, int],
) -> None:
    hours, start, limit, waits, now, fact_after = story
    clock = Terms(ClockKind.resolve, limit * MINUTE, frozenset({CUSTOMER}))
    known = [(a, b if b is not None and b <= now else None) for a, b in waits if a <= now]
    events: list[Event] = [Started(start)]
    for a, b in waits:
        events += [Paused(a, CUSTOMER)] + ([Resumed(b, CUSTOMER)] if b is not None else [])

    reached, used, paused = walk(limit, hours, start, known, now)
    view = judge(clock, events, hours, now)
    assert view.left_s == (limit - used) * 60
    assert view.paused_s == paused * 60
    if reached is not None:
        assert (view.state, view.due_at) == ("breached", reached)
    elif known and known[-1][1] is None:
        assert (view.state, view.due_at) == ("paused", None)
    else:
        assert view.state in (ClockState.running, ClockState.at_risk)
        assert walk(limit, hours, start, known, now + timedelta(days=30))[0] == view.due_at
        assert (view.state is ClockState.at_risk) == (used * 100 >= limit * 75)

    fact = start + MINUTE * fact_after
    late = walk(limit, hours, start, [(a, b) for a, b in waits if a < fact], fact)[0]
    verdict = judge(clock, [*events, Stopped(fact)], hours, fact + timedelta(days=9))
    assert verdict.state is (ClockState.met_late if late is not None and late < fact else ClockState.met)


@settings(max_examples=60)
@given(stories())
def test_due_is_start_plus_the_promise_plus_the_recorded_pauses(
    story: tuple[ServiceHours, datetime, int, list[tuple[datetime, datetime | None]], datetime, int],
) -> None:
    """P9's own sentence, read off the answer; and replaying the past gives what was shown then."""
    hours, start, limit, waits, now, _ = story
    events: list[Event] = [Started(start)]
    for a, b in waits:
        events += [Paused(a, CUSTOMER)] + ([Resumed(b, CUSTOMER)] if b is not None else [])
    clock = Terms(ClockKind.resolve, limit * MINUTE, frozenset({CUSTOMER}))
    view = judge(clock, events, hours, now)
    if view.due_at is not None and view.due_at <= now:
        assert worked(hours, start, view.due_at) == limit * MINUTE + timedelta(seconds=view.paused_s)
    assert judge(clock, [event for event in events if event.at <= now], hours, now) == view
    if view.due_at is not None:
        assert share_at(clock, events, hours, now, 100) == view.due_at


def test_the_leap_day_counts() -> None:
    leap = Started(datetime(2028, 2, 28, 4, tzinfo=UTC))
    assert judge(terms(36), [leap], h24(), leap.at).due_at == datetime(2028, 2, 29, 16, tzinfo=UTC)
    assert date(2028, 2, 29).isoformat() == "2028-02-29"
