"""Taking a call down: entitlement, clocks and visit in one transaction, once (D1, C5, D2, P8, P44)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.db import db
from app.kernel.errors import InvalidInput
from contracts.installbase import use_cases as installbase
from contracts.policies.rules import ClockKind, Limit, PolicyTerms
from contracts.policies.use_cases import define_policy
from contracts.terms import use_cases as terms
from dispatch.clocks.models import CommitmentClock
from dispatch.desk.errors import AssetRetired, KeyReused
from dispatch.desk.use_cases import report
from dispatch.requests import promised
from dispatch.requests.models import Request, RequestState, RequestType
from dispatch.visits.models import Visit, VisitPart, VisitState
from tests import world
from tests.conftest import MONDAY
from tests.contracts import cast as contracts
from tests.dispatch import cast
from tests.dispatch.cast import DISPATCHER, HOUR


@pytest.fixture
def here(house):
    return world.small_world()


def clocks_of(request_no: str) -> dict[str, CommitmentClock]:
    row = cast.request(request_no)
    return {clock.kind: clock for clock in db.session.query(CommitmentClock).filter_by(request_id=row.id)}


def test_a_covered_call_gets_its_clocks_its_visit_and_the_parts_it_wants(here):
    told = here.pump_fails()
    row = cast.request(told.request_no)
    assert (row.state, row.covered, row.fault_level) == (RequestState.NEW, True, 1)
    due = {kind: clock.due_at for kind, clock in clocks_of(told.request_no).items()}
    assert due == {"response": MONDAY + HOUR / 2, "arrival": MONDAY + 4 * HOUR, "resolve": MONDAY + 24 * HOUR}
    visit = cast.visit(told.visit_ref)
    assert (visit.state, visit.skill_code, visit.skill_level) == (VisitState.UNASSIGNED, "pump", 2)
    assert visit.duration_s == 90 * 60
    assert db.session.query(VisitPart).filter_by(visit_id=visit.id).one().part_id == here.stock.seal


def test_the_same_key_again_gets_the_first_answer_and_changes_nothing(here):
    call = cast.call(here.hospital.pump_id)
    first = report(call, key="phone-1", by=DISPATCHER, now=MONDAY)
    again = report(call, key="phone-1", by=DISPATCHER, now=MONDAY + HOUR)
    assert (again.request_no, again.visit_ref, again.repeated) == (first.request_no, first.visit_ref, True)
    assert db.session.query(Request).count() == 1
    with pytest.raises(KeyReused):
        report(replace(call, symptom="另一件事"), key="phone-1", by=DISPATCHER, now=MONDAY)


def test_an_uncovered_call_is_taken_but_runs_no_clock(house):
    who = contracts.hospital()
    cast.crew()
    told = cast.reported(who.pump_id)
    assert not cast.request(told.request_no).covered
    assert clocks_of(told.request_no) == {}


def test_a_model_nobody_described_asks_for_the_skill_that_everybody_holds(house):
    who = contracts.hospital()
    told = cast.reported(who.pump_id)
    visit = cast.visit(told.visit_ref)
    assert (visit.skill_code, visit.skill_level, visit.duration_s) == ("general", 1, 90 * 60)


def test_a_consultation_sends_nobody(here):
    told = cast.reported(here.hospital.pump_id, type=RequestType.CONSULTATION)
    assert told.visit_ref is None
    assert db.session.query(Visit).count() == 0


def test_everything_wrong_with_a_call_is_told_at_once_and_nothing_is_kept(here):
    bad = cast.call(here.hospital.pump_id, symptom=" ", caller_name="张\x00", fault_level=4, reported_at=MONDAY + HOUR)
    with pytest.raises(InvalidInput) as caught:
        report(bad, key="bad", by=DISPATCHER, now=MONDAY)
    assert {problem.field for problem in caught.value.problems} == {
        "symptom",
        "caller_name",
        "fault_level",
        "reported_at",
    }
    assert db.session.query(Request).count() == 0


def test_a_retired_asset_is_refused_by_name(here):
    installbase.retire_asset(here.hospital.pump_id, on=date(2026, 2, 1), why="scrapped", seen=1,
                             by=DISPATCHER, now=MONDAY)  # fmt: skip
    with pytest.raises(AssetRetired):
        here.pump_fails()
    assert db.session.query(Request).count() == 0


def test_a_later_amendment_moves_no_due_instant_of_a_call_already_taken(here):
    """P8: the request keeps contract version, limits and due instants of its report."""
    told = here.pump_fails()
    before = {kind: (c.due_at, c.limit_s, c.contract_version_id) for kind, c in clocks_of(told.request_no).items()}
    slower = contracts.four_hour_terms(here.hospital, code="basic", starts_on=date(2026, 3, 3))
    terms.amend_contract(here.contract_id, slower, seen=contracts.seen(here.contract_id), by=DISPATCHER, now=MONDAY)
    terms.sign_amendment(here.contract_id, signed_by="张主任", seen=contracts.seen(here.contract_id), by=DISPATCHER,
                         now=MONDAY)  # fmt: skip
    later = here.pump_fails(reported_at=MONDAY + timedelta(days=2))
    assert {k: (c.due_at, c.limit_s, c.contract_version_id) for k, c in clocks_of(told.request_no).items()} == before
    assert clocks_of(later.request_no)["arrival"].limit_s == 48 * 3600


def test_the_answer_is_kept_with_what_would_be_owed_at_every_graver_level(here):
    told = here.pump_fails(fault_level=3)
    row = cast.request(told.request_no)
    assert promised.entitlement_of(row).named.policy_code == "4-hour"
    assert {clock.kind for clock in promised.at_level(row, 1).clocks} == {"response", "arrival", "resolve"}
    assert promised.at_level(row, 3) is None


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        (datetime(2026, 9, 25, 2, 0, tzinfo=UTC), datetime(2026, 9, 28, 6, 0, tzinfo=UTC)),
        (datetime(2026, 10, 10, 8, 0, tzinfo=UTC), datetime(2026, 10, 12, 3, 0, tzinfo=UTC)),
    ],
)
def test_the_missions_own_examples_come_out_of_the_database(house, opened, due):
    """Mission D2: 5x8, 4 h; reported on Mid-Autumn Friday, and on a make-up Saturday."""
    who = contracts.hospital()
    cast.crew()
    define_policy(
        PolicyTerms(code="office", name_zh="工作日", name_en="office", hours_code="5x8",
                    limits=(Limit(ClockKind.ARRIVAL, 4 * 3600),)),
        by=DISPATCHER, now=contracts.LONG_AGO,
    )  # fmt: skip
    contracts.four_hour_contract(who, code="office")
    told = cast.reported(who.pump_id, reported_at=opened)
    assert clocks_of(told.request_no)["arrival"].due_at == due
