"""Clocks through the database: the worked examples' instants, waits, appointments, facts (E1-E3, D2, P8, P9, P17)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.calendar import queries as calendar_queries
from app.calendar import use_cases as calendars
from app.calendar.cn_official import NOTICES
from app.db import db
from contracts.installbase import use_cases as installbase
from contracts.penalties.models import CommitmentFact, Penalty
from contracts.policies.rules import ClockKind, Limit, PauseReason, PolicyTerms
from contracts.policies.use_cases import define_policy
from dispatch.clocks import api, store
from dispatch.clocks.errors import AlreadyPaused, AppointmentInThePast, NoArrivalClock, NotPaused
from dispatch.clocks.models import ClockEvent, CommitmentClock
from dispatch.desk import handling
from tests import world
from tests.conftest import MONDAY
from tests.contracts import cast as contracts
from tests.dispatch import cast
from tests.dispatch.cast import DISPATCHER, HOUR, MANAGER

SHANGHAI, BERLIN = "Asia/Shanghai", "Europe/Berlin"


def at(day: str, clock: str, zone: str = SHANGHAI) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def promised(hours_code: str, hours: int, *, zone: str = SHANGHAI, kind: ClockKind = ClockKind.ARRIVAL) -> int:
    """An asset under a policy that promises one thing; returns its id."""
    who = contracts.hospital()
    installbase.edit_site(who.site_id, contracts.site_facts(zone=zone), seen=1, by=DISPATCHER, now=contracts.LONG_AGO)
    pauses = {kind: frozenset({PauseReason.CUSTOMER_NOT_READY})}
    define_policy(
        PolicyTerms(code="one", name_zh="一", name_en="one", hours_code=hours_code, limits=(Limit(kind, hours * 3600),),
                    pauses=pauses),
        by=DISPATCHER, now=contracts.LONG_AGO,
    )  # fmt: skip
    contracts.four_hour_contract(who, code="one", zone=zone)
    return who.pump_id


def clock(request_no: str, kind: str = "arrival") -> CommitmentClock:
    row = cast.request(request_no)
    clocks = db.session.query(CommitmentClock).filter_by(request_id=row.id, kind=kind, superseded_at=None)
    return clocks.one()


def due(request_no: str) -> datetime:
    return clock(request_no).due_at


@pytest.mark.parametrize(
    ("hours_code", "hours", "opened", "expected"),
    [
        ("std", 4, at("2026-02-13", "17:00"), at("2026-02-14", "12:00")),
        ("std", 12, at("2026-02-13", "16:00"), at("2026-02-24", "11:30")),
        ("std", 8, at("2026-10-09", "17:00"), at("2026-10-10", "17:30")),
        ("std", 4, at("2026-09-30", "17:00"), at("2026-10-08", "12:00")),
        ("7x24", 4, at("2026-10-01", "22:30"), at("2026-10-02", "02:30")),
    ],
)
def test_make_up_days_and_holidays_count_as_the_notice_says(house, hours_code, hours, opened, expected):
    """E1."""
    told = cast.reported(promised(hours_code, hours), reported_at=opened)
    row = clock(told.request_no)
    assert (row.due_at, row.provisional) == (expected, False)


def test_an_elapsed_hour_is_an_hour_across_the_change_of_clocks(house):
    """E3: Berlin, 4 h around the clock from 23:30 on the night the clocks go forward."""
    told = cast.reported(promised("7x24", 4, zone=BERLIN), reported_at=at("2026-03-28", "23:30", BERLIN))
    assert due(told.request_no) == at("2026-03-29", "04:30", BERLIN)


def test_the_sites_wall_decides_which_hours_count(house):
    """E3: Berlin 09-17 Mon-Fri, 4 h from Friday 15:00 CET is Monday 11:00 CEST."""
    calendars.define_calendar("b", name_zh="柏林", name_en="Berlin", week=["09:00-17:00"] * 5 + ["", ""],
                              observes_holidays=False, by=MANAGER, now=contracts.LONG_AGO)  # fmt: skip
    told = cast.reported(promised("b", 4, zone=BERLIN), reported_at=at("2026-03-27", "15:00", BERLIN))
    assert due(told.request_no) == at("2026-03-30", "09:00", "UTC")


class TestWaiting:
    """E2: an 8 h STD limit and the customer who is not ready."""

    def waited(self, opened: datetime, paused: datetime, resumed: datetime) -> str:
        told = cast.reported(promised("std", 8), reported_at=opened)
        handling.pause(told.request_no, reason="customer_not_ready", seen_version=1, by=DISPATCHER, now=paused)
        row = clock(told.request_no)
        assert row.state == "paused"
        assert api.clock_views(db.session(), [row.request_id], paused + HOUR)[row.request_id][0].due_at is None
        handling.resume(told.request_no, seen_version=2, by=DISPATCHER, now=resumed)
        return told.request_no

    def test_without_a_wait(self, house):
        told = cast.reported(promised("std", 8), reported_at=at("2026-03-02", "10:00"))
        assert due(told.request_no) == at("2026-03-03", "10:30")

    def test_only_working_hours_of_the_wait_are_given_back(self, house):
        no = self.waited(at("2026-03-02", "10:00"), at("2026-03-02", "17:00"), at("2026-03-03", "10:30"))
        assert due(no) == at("2026-03-03", "14:30")
        assert clock(no).paused_s == 9000

    def test_a_wait_over_the_weekend(self, house):
        no = self.waited(at("2026-03-06", "16:00"), at("2026-03-06", "17:00"), at("2026-03-09", "10:00"))
        assert due(no) == at("2026-03-10", "09:30")

    def test_a_wait_outside_working_hours_gives_nothing_back(self, house):
        no = self.waited(at("2026-03-06", "16:00"), at("2026-03-06", "18:30"), at("2026-03-09", "08:30"))
        assert due(no) == at("2026-03-09", "16:30")

    def test_a_reason_the_policy_does_not_list_stops_nothing(self, house):
        told = cast.reported(promised("std", 8), reported_at=at("2026-03-02", "10:00"))
        handling.pause(told.request_no, reason="our_part", seen_version=1, by=DISPATCHER, now=at("2026-03-02", "11:00"))
        row = clock(told.request_no)
        assert (row.state, row.due_at) == ("running", at("2026-03-03", "10:30"))

    def test_two_waits_at_once_are_refused_and_so_is_ending_none(self, house):
        told = cast.reported(promised("std", 8))
        with pytest.raises(NotPaused):
            handling.resume(told.request_no, seen_version=1, by=DISPATCHER, now=MONDAY + HOUR)
        handling.pause(told.request_no, reason="no_access", seen_version=1, by=DISPATCHER, now=MONDAY + HOUR)
        with pytest.raises(AlreadyPaused):
            handling.pause(told.request_no, reason="our_part", seen_version=2, by=DISPATCHER, now=MONDAY + HOUR)

    def test_a_corrected_entitlement_recounts_from_the_report_with_the_pauses_kept(self, house):
        """E2: at Tuesday 11:00 it turns out that 6 h were owed; due is that very instant, by one event."""
        no = self.waited(at("2026-03-02", "10:00"), at("2026-03-02", "17:00"), at("2026-03-03", "10:30"))
        define_policy(
            PolicyTerms(code="six", name_zh="六", name_en="six", hours_code="std",
                        limits=(Limit(ClockKind.ARRIVAL, 6 * 3600),),
                        pauses={ClockKind.ARRIVAL: frozenset({PauseReason.CUSTOMER_NOT_READY})}),
            by=DISPATCHER, now=contracts.LONG_AGO,
        )  # fmt: skip
        other = contracts.hospital(name="市二院")
        contracts.four_hour_contract(other, code="six")
        handling.correct_entitlement(no, asset_id=other.pump_id, reason="选错设备", seen_version=3, by=DISPATCHER,
                                     now=at("2026-03-03", "11:00"))  # fmt: skip
        row = clock(no)
        assert (row.due_at, row.started_at, row.state) == (
            at("2026-03-03", "11:00"),
            at("2026-03-02", "10:00"),
            "breached",
        )
        changes = db.session.query(ClockEvent).filter_by(clock_id=row.id, kind="limit_changed").all()
        assert len(changes) == 1
        assert '"exhausted_now": true' in changes[0].data


def test_an_appointment_moves_the_arrival_and_nothing_else(house):
    here = world.small_world()
    told = here.pump_fails()
    before = clock(told.request_no, "resolve").due_at
    handling.change_appointment(told.request_no, new_due_at=MONDAY + 30 * HOUR, agreed_with="张主任", seen_version=1,
                                by=DISPATCHER, now=MONDAY + HOUR)  # fmt: skip
    assert (clock(told.request_no).due_at, clock(told.request_no, "resolve").due_at) == (MONDAY + 30 * HOUR, before)
    with pytest.raises(AppointmentInThePast):
        handling.change_appointment(told.request_no, new_due_at=MONDAY, agreed_with="张主任", seen_version=2,
                                    by=DISPATCHER, now=MONDAY + HOUR)  # fmt: skip


def test_without_an_arrival_promise_there_is_nothing_to_reschedule(house):
    who = contracts.hospital()
    told = cast.reported(who.pump_id)
    with pytest.raises(NoArrivalClock):
        handling.change_appointment(told.request_no, new_due_at=MONDAY + 9 * HOUR, agreed_with="张主任", seen_version=1,
                                    by=DISPATCHER, now=MONDAY)  # fmt: skip


def test_a_fact_stops_its_clocks_and_contracts_books_what_the_delay_costs(house):
    """E11's hours through the house: arrival 2 h 05 late at 200 yuan per started hour."""
    here = world.small_world()
    told = here.pump_fails()
    arrived_at = MONDAY + 4 * HOUR + timedelta(hours=2, minutes=5)
    session = db.session()
    request_id = cast.request(told.request_no).id
    api.stop(session, request_id, "arrived", at=arrived_at, request_ref=told.request_no, by=DISPATCHER, now=arrived_at)
    session.commit()
    row = clock(told.request_no)
    assert (row.state, row.stopped_at) == ("met_late", arrived_at)
    fact = session.query(CommitmentFact).filter_by(clock_ref=f"clock:{row.id}").one()
    assert (fact.late_s, fact.met_at) == (7500, arrived_at)
    assert session.query(Penalty).filter_by(clock_ref=f"clock:{row.id}").one().booked_fen == 60_000
    assert clock(told.request_no, "resolve").state == "running"


def test_the_earlier_of_two_facts_stands(house):
    """E10: an arrival that comes in late, but happened in time, takes the breach back."""
    here = world.small_world()
    told = here.pump_fails()
    request_id = cast.request(told.request_no).id
    for happened, heard in ((5, 5), (3, 6)):
        api.stop(db.session(), request_id, "arrived", at=MONDAY + happened * HOUR, request_ref=told.request_no,
                 by=DISPATCHER, now=MONDAY + heard * HOUR)  # fmt: skip
        db.session.commit()
    row = clock(told.request_no)
    assert (row.state, row.stopped_at) == ("met", MONDAY + 3 * HOUR)
    assert db.session.query(ClockEvent).filter_by(clock_id=row.id, kind="stopped").count() == 2


def test_recomputing_from_the_events_always_gives_the_stored_instants(house):
    here = world.small_world()
    told = here.pump_fails()
    handling.pause(told.request_no, reason="no_access", seen_version=1, by=DISPATCHER, now=MONDAY + HOUR)
    handling.resume(told.request_no, seen_version=2, by=DISPATCHER, now=MONDAY + 2 * HOUR)
    calendars.define_calendar("7x24", name_zh="改", name_en="changed", week=["09:00-10:00"] * 7, observes_holidays=False,
                              seen=calendar_queries.calendar(db.session(), "7x24").from_version,
                              by=MANAGER, now=MONDAY + 2 * HOUR)  # fmt: skip
    for dial in store.dials(db.session(), cast.request(told.request_no).id):
        view = dial.judged(MONDAY + 3 * HOUR)
        assert (view.due_at, view.paused_s) == (dial.row.due_at, dial.row.paused_s), dial.row.kind
    assert clock(told.request_no).due_at == MONDAY + 5 * HOUR


def test_the_publication_of_a_year_moves_its_provisional_instants_and_no_other(house):
    """E1, P8: 2027 is not published; Friday 2027-01-01 counts until it is."""
    opened = at("2026-12-31", "17:00")
    told = cast.reported(promised("std", 4), reported_at=opened)
    row = clock(told.request_no)
    assert (row.due_at, row.provisional) == (at("2027-01-01", "12:00"), True)
    calendars.publish_year(2027, off_days=[date(2027, 1, day) for day in (1, 2, 3)], work_days=[], source="test",
                           by=MANAGER, now=opened + HOUR)  # fmt: skip
    row = clock(told.request_no)
    assert (row.due_at, row.provisional) == (at("2027-01-04", "12:00"), False)
    assert 2027 not in NOTICES


def test_a_clock_that_waits_while_a_year_is_published_counts_with_it_when_the_wait_ends(house):
    """E1, E2: due in the old year it was not provisional, so it was passed over, and then counted New Year's holidays."""
    told = cast.reported(promised("std", 8), reported_at=at("2026-12-30", "10:00"))
    handling.pause(
        told.request_no, reason="customer_not_ready", seen_version=1, by=DISPATCHER, now=at("2026-12-30", "17:00")
    )
    row = clock(told.request_no)
    assert (row.due_at, row.provisional, row.state.value) == (at("2026-12-31", "10:30"), False, "paused")
    calendars.publish_year(2027, off_days=[date(2027, 1, day) for day in (1, 2, 3)], work_days=[], source="test",
                           by=MANAGER, now=at("2026-12-31", "09:00"))  # fmt: skip
    handling.resume(told.request_no, seen_version=2, by=DISPATCHER, now=at("2026-12-31", "17:30"))
    row = clock(told.request_no)
    assert (row.due_at, row.provisional) == (at("2027-01-04", "11:00"), False)


@pytest.mark.parametrize("sql", ["UPDATE clock_event SET data = '{}'", "DELETE FROM clock_event"])
def test_the_database_keeps_every_event_as_it_was_written(house, sql):
    world.small_world().pump_fails()
    with pytest.raises(DBAPIError) as caught:
        db.session.execute(text(sql))
    assert "tr_clock_event_is_append_only" in str(caught.value)


@pytest.mark.parametrize("kinds", [("resumed",), ("paused", "paused"), ("paused", "resumed", "resumed")])
def test_the_database_keeps_waits_apart(house, kinds):
    told = world.small_world().pump_fails()
    request_id = cast.request(told.request_no).id
    with pytest.raises(DBAPIError) as caught:
        for seq, kind in enumerate(kinds, start=100):
            db.session.execute(
                text("INSERT INTO clock_event (request_id, seq, kind, at, recorded_at, by, data) "
                     "VALUES (:r, :s, :k, :t, :t, 'sql', '{}')"),
                {"r": request_id, "s": seq, "k": kind, "t": "2026-03-02 03:00:00+00:00"},
            )  # fmt: skip
    assert "tr_clock_event_pauses_apart" in str(caught.value)


def test_the_inspection_view_hides_no_clock(house):
    told = world.small_world().pump_fails()
    rows = db.session.execute(text("SELECT request, kind, level, paused_s, state FROM inspect_clock")).all()
    assert {row.kind for row in rows} == {"response", "arrival", "resolve"}
    assert {row.request for row in rows} == {told.request_no}
