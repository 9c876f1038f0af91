"""A visit's steps on both databases: clocks stop, the request follows, inventory hears, stale versions are refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.audit.models import AuditRow
from app.auth.actor import SYSTEM
from app.db import Stale, db, transaction
from app.domain import Role
from app.kernel.errors import InvalidInput
from app.outbox.models import OutboxMessage
from contracts.penalties.models import Penalty
from dispatch.clocks.models import CommitmentClock
from dispatch.desk import handling
from dispatch.desk.errors import ArrivalInDoubt
from dispatch.field import report
from dispatch.requests.models import RequestState
from dispatch.visits import api, use_cases
from dispatch.visits.errors import (
    BadTimes,
    CannotDoIt,
    MissingVisit,
    NotTheCrew,
    NotToBeSent,
    OnAnotherVisit,
    VisitMoveRefused,
)
from dispatch.visits.models import VisitState
from inventory.ledger.errors import InsufficientStock
from inventory.requisitions.api import reservations_of
from inventory.visits import api as stock_visits
from tests import world
from tests.conftest import MONDAY
from tests.contracts import cast as contracts
from tests.dispatch import cast
from tests.dispatch.cast import DISPATCHER, HOUR, MANAGER

MINUTE = timedelta(minutes=1)


@pytest.fixture
def here(house):
    return world.small_world()


@pytest.fixture
def told(here):
    return here.pump_fails()


def step(name: str, visit_ref: str, engineer_id: int, minutes: int, **about):
    """One step of the crew, heard of at once."""
    at = MONDAY + minutes * MINUTE
    with transaction() as session:
        heard = {"received_at": at} if name == "arrive" else {"now": at}
        return getattr(api, name)(session, visit_ref=visit_ref, at=at, by=cast.engineer(engineer_id), **heard, **about)


def drive_to(state: str, visit_ref: str, engineer_id: int) -> None:
    """Assigned at 10:00, accepted 10:05, off 10:10, there 10:40, confirmed 10:45, restored 11, resolved 11:30, signed 11:40."""
    cast.assigned(visit_ref, engineer_id)
    steps = {
        "accepted": ("accept", 5, {}), "en_route": ("set_off", 10, {}), "on_site": ("arrive", 40, {"lat": 31.23, "lon": 121.47}),
        "working": ("customer_confirm", 45, {}), "restored": ("restored", 60, {}),
        "resolved": ("resolved", 90, {"cause": "轴承", "action_taken": "更换"}),
        "signed": ("sign", 100, {"signer_name": "张主任", "signature": "M0 0"}),
    }  # fmt: skip
    for reached, (name, minutes, about) in steps.items():
        if cast.visit(visit_ref).state.value == state:
            return
        step(name, visit_ref, engineer_id, minutes, **about)
        if reached == state:
            return


def states(request_no: str) -> dict[str, str]:
    row = cast.request(request_no)
    return {c.kind: c.state.value for c in db.session.query(CommitmentClock).filter_by(request_id=row.id)}


def test_a_visit_runs_from_the_call_to_the_signature(here, told):
    drive_to("signed", told.visit_ref, here.crew.li)
    visit = cast.visit(told.visit_ref)
    assert visit.state is VisitState.SIGNED
    assert (visit.arrived_at, visit.restored_at, visit.resolved_at) == (
        MONDAY + 40 * MINUTE, MONDAY + 60 * MINUTE, MONDAY + 90 * MINUTE,
    )  # fmt: skip
    assert states(told.request_no) == {"response": "met", "arrival": "met", "resolve": "met"}
    assert cast.request(told.request_no).state is RequestState.RESOLVED
    assert not stock_visits.is_open(db.session(), told.visit_ref)
    assert db.session.query(AuditRow).filter_by(object=f"visit:{told.visit_ref}").count() >= 8
    handling.close(
        told.request_no, seen_version=cast.request(told.request_no).version, by=DISPATCHER, now=MONDAY + 3 * HOUR
    )
    assert cast.request(told.request_no).state is RequestState.CLOSED


@pytest.mark.parametrize(
    ("state", "request_state", "stopped"),
    [
        ("assigned", RequestState.TRIAGED, {"response"}),
        ("en_route", RequestState.IN_WORK, {"response"}),
        ("on_site", RequestState.IN_WORK, {"response", "arrival"}),
        ("restored", RequestState.RESTORED, {"response", "arrival"}),
        ("resolved", RequestState.RESOLVED, {"response", "arrival", "resolve"}),
    ],
)
def test_each_fact_carries_the_request_and_stops_its_own_clocks(here, told, state, request_state, stopped):
    drive_to(state, told.visit_ref, here.crew.li)
    assert cast.request(told.request_no).state is request_state
    assert {kind for kind, value in states(told.request_no).items() if value == "met"} == stopped


def test_the_assignment_holds_the_part_in_the_engineers_van(here, told):
    cast.assigned(told.visit_ref, here.crew.li)
    held = reservations_of(db.session(), told.visit_ref)
    assert [(line.part_id, line.place_id, line.qty) for line in held] == [(here.stock.seal, here.stock.van, 1)]
    use_cases.unassign_visit(told.visit_ref, seen_version=2, by=DISPATCHER, now=MONDAY)
    assert reservations_of(db.session(), told.visit_ref) == ()
    assert cast.visit(told.visit_ref).engineer_id is None


def test_a_missing_part_refuses_the_assignment_whole_unless_somebody_says_why(here):
    told = here.pump_fails(parts={here.stock.belt: 6})
    with pytest.raises(InsufficientStock):
        cast.assigned(told.visit_ref, here.crew.li)
    visit = cast.visit(told.visit_ref)
    assert (visit.state, visit.version, states(told.request_no)["response"]) == (VisitState.UNASSIGNED, 1, "running")
    cast.assigned(told.visit_ref, here.crew.li, anyway_reason="客户有皮带")
    assert cast.visit(told.visit_ref).send_anyway_reason == "客户有皮带"


def test_an_engineer_without_the_skill_is_refused_with_the_reason(here, told):
    with pytest.raises(CannotDoIt) as caught:
        cast.assigned(told.visit_ref, here.crew.wang)
    assert caught.value.data["why"] == "people.why.no_skill"


def test_nobody_is_sent_uncovered_before_a_manager_allows_it(house):
    """C5, P14: no visit before an accepted quotation or an override with a reason."""
    who = contracts.hospital()
    crew = cast.crew()
    told = cast.reported(who.pump_id)
    with pytest.raises(NotToBeSent):
        cast.assigned(told.visit_ref, crew.li)
    handling.allow_sending(told.request_no, reason="客户书面同意付费", seen_version=1, by=MANAGER, now=MONDAY)
    cast.assigned(told.visit_ref, crew.li)
    row = cast.request(told.request_no)
    assert (row.send_allowed_by, row.send_allowed_reason) == ("chen", "客户书面同意付费")


def test_a_stale_version_changes_nothing_and_names_both(here, told):
    cast.assigned(told.visit_ref, here.crew.li)
    with pytest.raises(Stale) as caught:
        cast.assigned(told.visit_ref, here.crew.li, seen_version=1, slot=cast.slot(MONDAY + 3 * HOUR))
    assert caught.value.data == {"seen": 1, "found": 2}
    assert cast.visit(told.visit_ref).planned_start_at == MONDAY + HOUR
    with pytest.raises(Stale):
        use_cases.unassign_visit(told.visit_ref, seen_version=1, by=DISPATCHER, now=MONDAY)
    with pytest.raises(Stale):
        use_cases.cancel_visit(told.visit_ref, reason="x", seen_version=1, by=DISPATCHER, now=MONDAY)


def test_the_same_engineer_again_keeps_his_acceptance_and_only_the_times_move(here, told):
    drive_to("accepted", told.visit_ref, here.crew.li)
    cast.assigned(told.visit_ref, here.crew.li, slot=cast.slot(MONDAY + 5 * HOUR), pinned=True)
    visit = cast.visit(told.visit_ref)
    assert (visit.state, visit.planned_start_at, visit.pinned) == (VisitState.ACCEPTED, MONDAY + 5 * HOUR, True)


def test_work_under_way_is_never_torn_up(here, told):
    drive_to("on_site", told.visit_ref, here.crew.li)
    for act in (
        lambda: cast.assigned(told.visit_ref, here.crew.li),
        lambda: use_cases.unassign_visit(told.visit_ref, seen_version=5, by=DISPATCHER, now=MONDAY),
        lambda: use_cases.cancel_visit(told.visit_ref, reason="x", seen_version=5, by=DISPATCHER, now=MONDAY),
    ):
        with pytest.raises(VisitMoveRefused):
            act()


def test_a_visit_ends_after_it_starts(here, told):
    with pytest.raises(BadTimes):
        cast.assigned(told.visit_ref, here.crew.li, slot=cast.slot(minutes=0))


def test_a_foreign_visit_does_not_exist_for_an_engineer(here, told):
    """P25: the same answer for foreign and absent."""
    cast.assigned(told.visit_ref, here.crew.li)
    for ref in (told.visit_ref, "V-999999"):
        with pytest.raises(MissingVisit):
            step("accept", ref, here.crew.wang, 5)
    with pytest.raises(NotTheCrew), transaction() as session:
        api.accept(session, visit_ref=told.visit_ref, at=MONDAY, by=DISPATCHER, now=MONDAY)


def test_a_declined_visit_waits_again_with_the_reason_on_it(here, told):
    cast.assigned(told.visit_ref, here.crew.li)
    with transaction() as session:
        api.decline(session, visit_ref=told.visit_ref, reason="车坏了", by=cast.engineer(here.crew.li), at=MONDAY)
    visit = cast.visit(told.visit_ref)
    assert (visit.state, visit.engineer_id, visit.decline_reason) == (VisitState.DECLINED, None, "车坏了")
    assert reservations_of(db.session(), told.visit_ref) == ()
    cast.assigned(told.visit_ref, here.crew.li)
    assert cast.visit(told.visit_ref).state is VisitState.ASSIGNED


def test_an_arrival_claimed_from_before_the_assignment_decides_nothing_until_a_person_stands_for_it(here, told):
    """P21, E10."""
    drive_to("en_route", told.visit_ref, here.crew.li)
    with transaction() as session:
        arrival = api.arrive(session, visit_ref=told.visit_ref, at=MONDAY - HOUR, received_at=MONDAY + 30 * MINUTE,
                             by=cast.engineer(here.crew.li))  # fmt: skip
    assert (arrival.flagged, arrival.decides) == (True, False)
    assert states(told.request_no)["arrival"] == "running"
    use_cases.confirm_arrival(told.visit_ref, at=MONDAY + 25 * MINUTE, seen_version=5, by=DISPATCHER, now=MONDAY + HOUR)
    assert states(told.request_no)["arrival"] == "met"
    assert cast.visit(told.visit_ref).arrived_at == MONDAY + 25 * MINUTE


def test_an_arrival_later_than_its_receipt_counts_from_the_receipt(here, told):
    drive_to("en_route", told.visit_ref, here.crew.li)
    with transaction() as session:
        arrival = api.arrive(session, visit_ref=told.visit_ref, at=MONDAY + 9 * HOUR, received_at=MONDAY + HOUR,
                             by=cast.engineer(here.crew.li), lat=31.2, lon=121.4)  # fmt: skip
    assert (arrival.at, arrival.flagged, arrival.decides) == (MONDAY + HOUR, True, True)
    assert states(told.request_no)["arrival"] == "met"


def flagged(here, told, *, claimed_minutes: int, heard_minutes: int):
    """An arrival whose claim is odd, and the work done after it, all heard of late at night."""
    drive_to("en_route", told.visit_ref, here.crew.li)
    with transaction() as session:
        found = api.arrive(session, visit_ref=told.visit_ref, at=MONDAY + claimed_minutes * MINUTE,
                           received_at=MONDAY + heard_minutes * MINUTE, by=cast.engineer(here.crew.li))  # fmt: skip
    step("customer_confirm", told.visit_ref, here.crew.li, heard_minutes + 5)
    step("resolved", told.visit_ref, here.crew.li, heard_minutes + 30, cause="轴承", action_taken="更换")
    return found


def booked(request_no: str) -> dict[str, int]:
    rows = db.session.query(CommitmentClock).filter_by(request_id=cast.request(request_no).id)
    kinds = {f"clock:{row.id}": row.kind for row in rows}
    return {kinds[row.clock_ref]: row.booked_fen for row in db.session.query(Penalty)}


@pytest.mark.parametrize("claimed_minutes", [-60, 9999], ids=["before the assignment", "in the future"])
def test_the_end_of_the_work_closes_no_arrival_that_is_in_doubt(here, told, claimed_minutes):
    """P21, E10: the solution at 17:00 stood in for the arrival, and its lateness was charged though he came in time."""
    found = flagged(here, told, claimed_minutes=claimed_minutes, heard_minutes=300)
    assert (found.flagged, found.decides) == (True, False)
    assert states(told.request_no) == {"response": "met", "arrival": "running", "resolve": "met"}, "no tick has run yet"
    assert booked(told.request_no) == {}
    seen = cast.visit(told.visit_ref).version
    use_cases.confirm_arrival(
        told.visit_ref, at=MONDAY + 200 * MINUTE, seen_version=seen, by=DISPATCHER, now=MONDAY + 6 * HOUR
    )
    assert states(told.request_no)["arrival"] == "met"
    assert booked(told.request_no) == {}


def test_a_confirmed_arrival_that_was_late_is_charged_by_the_confirmed_instant(here, told):
    flagged(here, told, claimed_minutes=-60, heard_minutes=420)
    seen = cast.visit(told.visit_ref).version
    use_cases.confirm_arrival(
        told.visit_ref, at=MONDAY + 250 * MINUTE, seen_version=seen, by=DISPATCHER, now=MONDAY + 9 * HOUR
    )
    assert states(told.request_no)["arrival"] == "met_late"
    assert booked(told.request_no) == {"arrival": 20_000}, "ten minutes are one started hour, not three"


def test_an_arrival_is_not_confirmed_for_after_the_work_nor_for_the_future(here, told):
    flagged(here, told, claimed_minutes=-60, heard_minutes=60)
    seen = cast.visit(told.visit_ref).version
    for minutes in (66, 999):
        with pytest.raises(InvalidInput) as caught:
            use_cases.confirm_arrival(told.visit_ref, at=MONDAY + minutes * MINUTE, seen_version=seen, by=DISPATCHER,
                                      now=MONDAY + 3 * HOUR)  # fmt: skip
        assert caught.value.problems[0].field == "at"
    assert cast.visit(told.visit_ref).arrival_flagged


def test_what_was_signed_stays_and_the_clock_alone_learns_a_later_confirmation(here, told):
    """P21: confirmed after the signature, the report still says what its hash says."""
    flagged(here, told, claimed_minutes=-60, heard_minutes=60)
    row = cast.visit(told.visit_ref)
    signed = report.digest_of(db.session(), row, MONDAY + 2 * HOUR)
    step("sign", told.visit_ref, here.crew.li, 120, signer_name="张主任", signature="M0 0", report_sha256=signed)
    seen, arrived_at = cast.visit(told.visit_ref).version, row.arrived_at
    with pytest.raises(ArrivalInDoubt):
        handling.close(
            told.request_no, seen_version=cast.request(told.request_no).version, by=DISPATCHER, now=MONDAY + 3 * HOUR
        )
    use_cases.confirm_arrival(
        told.visit_ref, at=MONDAY + 30 * MINUTE, seen_version=seen, by=DISPATCHER, now=MONDAY + 3 * HOUR
    )
    assert states(told.request_no)["arrival"] == "met"
    row = cast.visit(told.visit_ref)
    assert row.arrived_at == arrived_at
    assert report.digest_of(db.session(), row, MONDAY + 4 * HOUR) == signed == row.report_sha256
    with pytest.raises(VisitMoveRefused):
        use_cases.confirm_arrival(
            told.visit_ref, at=MONDAY, seen_version=row.version, by=DISPATCHER, now=MONDAY + 4 * HOUR
        )
    handling.close(
        told.request_no, seen_version=cast.request(told.request_no).version, by=DISPATCHER, now=MONDAY + 4 * HOUR
    )


@pytest.mark.parametrize("state", ["en_route", "on_site", "working"])
def test_nobody_sets_off_while_he_is_on_another_trip(here, told, state):
    """Two visits under way for one engineer: the board drew him in two places, and the plan froze both."""
    drive_to(state, told.visit_ref, here.crew.li)
    other = here.pump_fails(parts={})
    cast.assigned(other.visit_ref, here.crew.li)
    step("accept", other.visit_ref, here.crew.li, 50)
    with pytest.raises(OnAnotherVisit) as caught:
        step("set_off", other.visit_ref, here.crew.li, 51)
    assert caught.value.data == {"visit_ref": told.visit_ref}
    assert cast.visit(other.visit_ref).state is VisitState.ACCEPTED


def test_with_the_work_done_he_sets_off_to_the_next_before_the_signature(here, told):
    drive_to("resolved", told.visit_ref, here.crew.li)
    other = here.pump_fails(parts={})
    cast.assigned(other.visit_ref, here.crew.li)
    step("accept", other.visit_ref, here.crew.li, 95)
    step("set_off", other.visit_ref, here.crew.li, 96)
    assert cast.visit(other.visit_ref).state is VisitState.EN_ROUTE


def test_parts_wanted_are_added_changed_and_dropped_until_the_work_is_done(here, told):
    use_cases.want_part(told.visit_ref, part_id=here.stock.fan, qty=2, by=DISPATCHER, now=MONDAY)
    use_cases.want_part(told.visit_ref, part_id=here.stock.seal, qty=0, by=DISPATCHER, now=MONDAY)
    assert api.parts_of(db.session(), cast.visit(told.visit_ref).id) == {here.stock.fan: 2}
    use_cases.cancel_visit(told.visit_ref, reason="x", seen_version=3, by=DISPATCHER, now=MONDAY)
    with pytest.raises(VisitMoveRefused):
        use_cases.want_part(told.visit_ref, part_id=here.stock.fan, qty=1, by=DISPATCHER, now=MONDAY)


def test_the_engineer_is_told_once_and_not_before_the_undo_has_passed(here, told, browser_of):
    browser_of(Role.ENGINEER, engineer_id=here.crew.li)
    cast.assigned(told.visit_ref, here.crew.li)
    assert use_cases.tell_assigned(MONDAY + timedelta(seconds=9)) == 0
    assert use_cases.tell_assigned(MONDAY + timedelta(seconds=10)) == 1
    assert use_cases.tell_assigned(MONDAY + timedelta(seconds=20)) == 0
    message = db.session.query(OutboxMessage).one()
    assert told.visit_ref in message.body
    assert "14:00" in message.body


def test_an_assignment_taken_back_in_time_tells_nobody(here, told, browser_of):
    browser_of(Role.ENGINEER, engineer_id=here.crew.li)
    cast.assigned(told.visit_ref, here.crew.li)
    use_cases.unassign_visit(told.visit_ref, seen_version=2, by=DISPATCHER, now=MONDAY + timedelta(seconds=8))
    assert use_cases.tell_assigned(MONDAY + HOUR) == 0


def test_the_house_itself_may_replay_what_happened(here, told):
    cast.assigned(told.visit_ref, here.crew.li, by=SYSTEM)
    with transaction() as session:
        api.accept(session, visit_ref=told.visit_ref, at=MONDAY, by=SYSTEM, now=MONDAY)
    assert cast.visit(told.visit_ref).state is VisitState.ACCEPTED


def test_the_inspection_view_of_actions_stands(house):
    assert db.session.execute(text('SELECT id, device, seq, "user", state FROM inspect_action')).all() == []
