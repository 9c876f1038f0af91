"""What the desk does with a request under way: the table of moves, versions, and what each act leaves behind (P14)."""

from __future__ import annotations

from itertools import product

import pytest

from app.audit.models import AuditRow
from app.db import Stale, db
from app.kernel.errors import InvalidInput
from contracts.installbase import use_cases as installbase
from dispatch.clocks.models import CommitmentClock
from dispatch.desk import handling
from dispatch.desk.errors import CannotMerge, NothingToAllow, SameLevel
from dispatch.people import use_cases as people
from dispatch.requests.errors import MissingRequest, RequestMoveRefused
from dispatch.requests.rules import MOVES, RequestAct, RequestState, after, forward
from dispatch.visits.errors import VisitMoveRefused
from dispatch.visits.models import VisitState
from inventory.requisitions.api import reservations_of
from tests import world
from tests.conftest import MONDAY
from tests.contracts import cast as contracts
from tests.dispatch import cast
from tests.dispatch.cast import DISPATCHER, HOUR, MANAGER
from tests.dispatch.visits.test_visit_steps import drive_to

S, A = RequestState, RequestAct

#: Written from the house's list of states, not from the table.
LISTED = {
    (S.NEW, A.TRIAGE): S.TRIAGED, (S.NEW, A.TAKE_UP): S.IN_WORK, (S.TRIAGED, A.TAKE_UP): S.IN_WORK,
    **{(state, A.RESTORE): S.RESTORED for state in (S.NEW, S.TRIAGED, S.IN_WORK)},
    **{(state, A.RESOLVE): S.RESOLVED for state in (S.NEW, S.TRIAGED, S.IN_WORK, S.RESTORED)},
    (S.RESTORED, A.REOPEN): S.IN_WORK, (S.RESOLVED, A.REOPEN): S.IN_WORK, (S.RESOLVED, A.CLOSE): S.CLOSED,
    **{(state, A.MERGE): S.MERGED for state in (S.NEW, S.TRIAGED)},
    **{(state, A.NOT_NEEDED): S.NOT_NEEDED for state in (S.NEW, S.TRIAGED)},
    **{(state, A.HANDLE): state for state in (S.NEW, S.TRIAGED, S.IN_WORK, S.RESTORED)},
}  # fmt: skip


@pytest.mark.parametrize(("state", "act"), list(product(RequestState, RequestAct)))
def test_every_state_meets_every_act(state, act):
    assert act in MOVES
    if (state, act) in LISTED:
        assert after(state, act) is LISTED[state, act]
    else:
        with pytest.raises(RequestMoveRefused):
            after(state, act)


def test_a_later_fact_takes_nothing_back():
    assert forward(S.RESTORED, S.IN_WORK) is S.RESTORED
    assert forward(S.NEW, S.IN_WORK) is S.IN_WORK
    assert forward(S.MERGED, S.IN_WORK) is S.MERGED


@pytest.fixture
def here(house):
    return world.small_world()


@pytest.fixture
def told(here):
    return here.pump_fails()


ACTS = {
    "pause": lambda no, seen: handling.pause(no, reason="no_access", seen_version=seen, by=DISPATCHER, now=MONDAY),
    "appointment": lambda no, seen: handling.change_appointment(
        no, new_due_at=MONDAY + 9 * HOUR, agreed_with="张主任", seen_version=seen, by=DISPATCHER, now=MONDAY),
    "hold": lambda no, seen: handling.hold_level(no, reason="同意", seen_version=seen, by=DISPATCHER, now=MONDAY),
    "level": lambda no, seen: handling.change_level(no, level=2, reason="重", seen_version=seen, by=DISPATCHER, now=MONDAY),
    "remote": lambda no, seen: handling.resolve_remotely(no, answer="重启后正常", seen_version=seen, by=DISPATCHER, now=MONDAY),
    "not needed": lambda no, seen: handling.not_needed(no, reason="误报", seen_version=seen, by=DISPATCHER, now=MONDAY),
}  # fmt: skip


@pytest.mark.parametrize("name", ACTS)
def test_a_stale_version_changes_nothing(told, name):
    before = db.session.query(AuditRow).count()
    with pytest.raises(Stale) as caught:
        ACTS[name](told.request_no, 7)
    assert caught.value.data == {"seen": 7, "found": 1}
    row = cast.request(told.request_no)
    assert (row.version, row.state, db.session.query(AuditRow).count()) == (1, RequestState.NEW, before)
    ACTS[name](told.request_no, 1)
    assert cast.request(told.request_no).version == 2


@pytest.mark.parametrize("name", ACTS)
def test_a_request_that_is_over_is_not_handled_any_more(told, name):
    handling.not_needed(told.request_no, reason="误报", seen_version=1, by=DISPATCHER, now=MONDAY)
    with pytest.raises(RequestMoveRefused):
        ACTS[name](told.request_no, 2)


def test_what_is_not_needed_lets_everything_go(told):
    handling.not_needed(told.request_no, reason="误报", seen_version=1, by=DISPATCHER, now=MONDAY)
    assert cast.visit(told.visit_ref).state is VisitState.CANCELLED
    assert {c.state.value for c in db.session.query(CommitmentClock)} == {"waived"}


def test_with_an_engineer_on_the_site_nothing_is_called_off(here, told):
    drive_to("on_site", told.visit_ref, here.crew.li)
    row = cast.request(told.request_no)
    with pytest.raises(VisitMoveRefused):
        handling.resolve_remotely(
            told.request_no, answer="好了", seen_version=row.version, by=DISPATCHER, now=MONDAY + HOUR
        )
    assert cast.request(told.request_no).state is RequestState.IN_WORK
    with pytest.raises(RequestMoveRefused):
        handling.not_needed(told.request_no, reason="误报", seen_version=row.version, by=DISPATCHER, now=MONDAY)


def test_solved_on_the_telephone_every_promise_is_kept_and_nobody_goes(told):
    handling.resolve_remotely(
        told.request_no, answer="重启后正常", seen_version=1, by=DISPATCHER, now=MONDAY + HOUR / 4
    )
    assert {c.state.value for c in db.session.query(CommitmentClock)} == {"met"}
    assert cast.visit(told.visit_ref).state is VisitState.CANCELLED
    assert cast.request(told.request_no).state is RequestState.RESOLVED


def test_the_same_thing_reported_twice_goes_into_one_request(here, told):
    again = here.pump_fails()
    handling.merge(again.request_no, into_no=told.request_no, seen_version=1, by=DISPATCHER, now=MONDAY)
    row = cast.request(again.request_no)
    assert (row.state, row.merged_into_id) == (RequestState.MERGED, cast.request(told.request_no).id)
    with pytest.raises(CannotMerge):
        handling.merge(told.request_no, into_no=again.request_no, seen_version=1, by=DISPATCHER, now=MONDAY)
    with pytest.raises(CannotMerge):
        handling.merge(told.request_no, into_no=told.request_no, seen_version=1, by=DISPATCHER, now=MONDAY)
    with pytest.raises(MissingRequest):
        handling.merge(told.request_no, into_no="R-999999", seen_version=1, by=DISPATCHER, now=MONDAY)


def test_another_level_opens_its_clocks_from_now_and_leaves_the_old_ones(here):
    told = here.pump_fails(fault_level=3)
    handling.change_level(told.request_no, level=1, reason="全停", seen_version=1, by=DISPATCHER, now=MONDAY + HOUR)
    row = cast.request(told.request_no)
    assert row.fault_level == 1
    clocks = db.session.query(CommitmentClock).filter_by(request_id=row.id, kind="arrival").order_by(CommitmentClock.id)
    assert [(c.level, c.started_at, c.due_at) for c in clocks] == [
        (3, MONDAY, MONDAY + 4 * HOUR), (1, MONDAY + HOUR, MONDAY + 5 * HOUR),
    ]  # fmt: skip
    assert clocks[0].superseded_at == MONDAY + HOUR
    with pytest.raises(SameLevel):
        handling.change_level(told.request_no, level=1, reason="全停", seen_version=2, by=DISPATCHER, now=MONDAY + HOUR)


def test_what_is_covered_needs_no_leave(told):
    with pytest.raises(NothingToAllow):
        handling.allow_sending(told.request_no, reason="x", seen_version=1, by=MANAGER, now=MONDAY)


def test_a_reason_is_written_out(told):
    with pytest.raises(InvalidInput) as caught:
        handling.not_needed(told.request_no, reason=" ", seen_version=1, by=DISPATCHER, now=MONDAY)
    assert [problem.field for problem in caught.value.problems] == ["reason"]


def appoint(told, *, from_at, until_at, now=MONDAY):
    """The customer asks for another time on the telephone."""
    seen = cast.request(told.request_no).version
    handling.change_appointment(told.request_no, from_at=from_at, new_due_at=until_at, agreed_with="张主任",
                                seen_version=seen, by=DISPATCHER, now=now)  # fmt: skip


def test_what_the_customer_asked_for_is_a_window_of_the_visit_that_the_plan_reads(here, told):
    """R1: an appointment is hard. It used to move the clock alone, so that the plan still sent somebody at once."""
    appoint(told, from_at=MONDAY + 24 * HOUR, until_at=MONDAY + 25 * HOUR)
    visit = cast.visit(told.visit_ref)
    assert (visit.window_from_at, visit.window_to_at, visit.version) == (MONDAY + 24 * HOUR, MONDAY + 25 * HOUR, 2)
    appoint(told, from_at=None, until_at=MONDAY + 9 * HOUR, now=MONDAY + HOUR)
    visit = cast.visit(told.visit_ref)
    assert (visit.window_from_at, visit.window_to_at) == (MONDAY + HOUR, MONDAY + 9 * HOUR)


def test_a_window_that_ends_before_it_begins_changes_nothing(here, told):
    with pytest.raises(InvalidInput) as caught:
        appoint(told, from_at=MONDAY + 9 * HOUR, until_at=MONDAY + 9 * HOUR)
    assert caught.value.problems[0].field == "from_at"
    assert (cast.request(told.request_no).version, cast.visit(told.visit_ref).window_from_at) == (1, None)


def test_a_trip_planned_for_another_time_waits_for_a_plan_again(here, told):
    cast.assigned(told.visit_ref, here.crew.li, pinned=True)
    appoint(told, from_at=MONDAY, until_at=MONDAY + 2 * HOUR)
    assert cast.visit(told.visit_ref).state is VisitState.ASSIGNED
    appoint(told, from_at=MONDAY + 24 * HOUR, until_at=MONDAY + 25 * HOUR)
    visit = cast.visit(told.visit_ref)
    assert (visit.state, visit.engineer_id, visit.pinned) == (VisitState.UNASSIGNED, None, False)
    assert reservations_of(db.session(), told.visit_ref) == ()
    row = db.session.query(AuditRow).filter_by(action="desk.appointment").order_by(AuditRow.n.desc()).first()
    assert told.visit_ref in row.after


def test_a_trip_that_has_begun_keeps_its_way(here, told):
    drive_to("en_route", told.visit_ref, here.crew.li)
    before = cast.visit(told.visit_ref).version
    appoint(told, from_at=MONDAY + 24 * HOUR, until_at=MONDAY + 25 * HOUR, now=MONDAY + HOUR)
    visit = cast.visit(told.visit_ref)
    assert (visit.state, visit.window_from_at, visit.version) == (VisitState.EN_ROUTE, None, before)


def test_the_right_asset_brings_its_own_skill_and_duration(here, told):
    """The trip stays as long and as skilled as the asset needs that is really meant; whoever cannot do it stays here."""
    people.set_model_skill("UPS-9", skill_code="electric", level=3, minutes=240, by=DISPATCHER, now=MONDAY)
    facts = contracts.pump_facts(name="不间断电源", model="UPS-9", serial_no="UPS-1")
    other_id = installbase.add_asset(here.hospital.site_id, facts, by=DISPATCHER, now=MONDAY)
    cast.assigned(told.visit_ref, here.crew.li)
    handling.correct_entitlement(told.request_no, asset_id=other_id, reason="选错设备",
                                 seen_version=cast.request(told.request_no).version, by=DISPATCHER, now=MONDAY)  # fmt: skip
    visit = cast.visit(told.visit_ref)
    assert (visit.skill_code, visit.skill_level, visit.duration_s) == ("electric", 3, 240 * 60)
    assert (visit.state, visit.engineer_id) == (VisitState.UNASSIGNED, None), "Li holds level 1 only"
    told_so = db.session.query(AuditRow).filter_by(action="visits.refitted", object=f"visit:{told.visit_ref}").one()
    assert "electric" in told_so.after and "pump" in told_so.before
