"""What a call is owed, from real rows on both engines: E3, E5 and the sentence for the caller (C5)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.auth.actor import SYSTEM
from app.db import db
from contracts.entitlement.api import Verdict, entitlement_for, from_json, terms_for_version, to_json
from contracts.entitlement.show import caller_line
from contracts.policies.api import policy_id
from contracts.policies.rules import Cost
from contracts.terms import use_cases as terms
from contracts.terms.rules import LineScope, LineTerms, Party, WarrantyFacts
from contracts.terms.warranties import add_warranty, void_warranty
from tests.conftest import MONDAY
from tests.contracts import cast


@pytest.fixture
def who(house):
    return cast.hospital()


def owed(asset_id, at=MONDAY, level=1):
    return entitlement_for(db.session(), asset_id, at=at, fault_level=level)


def test_the_4_hour_contract_gives_its_limits_its_clause_and_its_version(who):
    contract_id = cast.four_hour_contract(who)
    told = owed(who.pump_id)
    assert told.covered
    assert {clock.kind: clock.limit_s for clock in told.clocks} == {
        "response": 1800, "arrival": 4 * 3600, "resolve": 24 * 3600,
    }  # fmt: skip
    arrival = told.clock("arrival")
    assert (arrival.hours_code, arrival.zone) == ("7x24", "Asia/Shanghai")
    assert arrival.penalty.per_unit_fen == 20_000
    assert "our_part" not in arrival.pause_reasons
    version = terms_for_version(db.session(), arrival.contract_version_id)
    assert (version.contract_id, version.number) == (contract_id, 1)
    assert told.payer == {"labour": "contract", "travel": "contract", "parts": "contract"}
    assert from_json(to_json(told)) == told


def test_without_any_cover_the_call_is_chargeable(who):
    told = owed(who.pump_id)
    assert told.chargeable
    assert told.clocks == ()
    assert set(told.payer.values()) == {"customer"}


def test_the_caller_is_told_in_his_own_language(who, house):
    with house.test_request_context():
        from flask import g

        g.language = "zh"
        assert caller_line(owed(who.pump_id)) == "不在保,需先确认报价"
        cast.four_hour_contract(who)
        assert caller_line(owed(who.pump_id)) == "合同内,4小时到场,人工路费备件免费"


def test_the_last_day_is_covered_to_its_last_minute_on_the_sites_wall(who):
    cast.four_hour_contract(who, ends_on=date(2026, 6, 30))
    assert owed(who.pump_id, datetime(2026, 6, 30, 15, 30, tzinfo=UTC)).covered
    assert not owed(who.pump_id, datetime(2026, 6, 30, 16, 10, tzinfo=UTC)).covered


def test_a_signed_contract_that_is_not_in_force_covers_nothing_and_says_so(who):
    cast.signed_contract(who.customer_id, cast.four_hour_terms(who))
    told = owed(who.pump_id)
    assert told.chargeable
    assert [candidate.verdict for candidate in told.candidates] == [Verdict.NOT_ACTIVE]


def test_parts_are_claimed_from_the_manufacturer_and_labour_is_the_contracts(who):
    cast.four_hour_contract(who)
    facts = WarrantyFacts(party=Party.MANUFACTURER, months=36, includes=frozenset({Cost.PARTS}), note="厂家质保")
    add_warranty(who.pump_id, facts, by=SYSTEM, now=MONDAY)
    told = owed(who.pump_id)
    assert told.payer == {"labour": "contract", "travel": "contract", "parts": "manufacturer"}
    assert told.clock("arrival").limit_s == 4 * 3600
    assert len(told.candidates) == 2


def test_of_several_contracts_each_clock_takes_what_falls_due_first(who):
    """Basic's 24 working hours and 12-hour's 2 hours compete per clock by instant, not by the bare figure."""
    cast.four_hour_contract(who, code="basic")
    told = owed(who.pump_id)
    assert told.clock("arrival").hours_code == "5x8"
    cast.active_contract(who.customer_id, cast.four_hour_terms(who, code="12-hour"))
    told = owed(who.pump_id)
    assert told.clock("arrival").limit_s == 12 * 3600
    assert told.named.policy_code == "12-hour"


def test_a_site_line_and_a_customer_line_cover_the_asset_that_stands_there(who):
    policy = policy_id(db.session(), "12-hour")
    for scope, extra in ((LineScope.SITE, {"site_id": who.site_id}), (LineScope.CUSTOMER, {})):
        other = cast.hospital(name=f"医院{scope}") if scope is LineScope.CUSTOMER else who
        line = LineTerms(scope, policy, **extra)
        cast.active_contract(other.customer_id, cast.four_hour_terms(other, lines=(line,)))
        assert owed(other.pump_id).covered


def test_a_suspended_contract_owes_nothing_until_it_is_resumed_and_the_past_stays(who):
    contract_id = cast.four_hour_contract(who)
    noon = datetime(2026, 5, 4, 4, 0, tzinfo=UTC)
    terms.suspend_contract(contract_id, why="欠款", seen=cast.seen(contract_id), by=SYSTEM, now=noon)
    assert owed(who.pump_id, MONDAY).covered
    assert not owed(who.pump_id, noon).covered
    later = datetime(2026, 5, 6, 4, 0, tzinfo=UTC)
    terms.resume_contract(contract_id, seen=cast.seen(contract_id), by=SYSTEM, now=later)
    assert owed(who.pump_id, later).covered
    assert not owed(who.pump_id, datetime(2026, 5, 5, tzinfo=UTC)).covered


def test_an_amendment_leaves_the_past_to_the_terms_then_in_force(who):
    contract_id = cast.four_hour_contract(who)
    amended = cast.four_hour_terms(who, code="12-hour", starts_on=date(2026, 4, 1))
    terms.amend_contract(contract_id, amended, seen=cast.seen(contract_id), by=SYSTEM, now=MONDAY)
    assert owed(who.pump_id).clock("arrival").limit_s == 4 * 3600
    terms.sign_amendment(contract_id, signed_by="张主任", seen=cast.seen(contract_id), by=SYSTEM, now=MONDAY)
    assert owed(who.pump_id, datetime(2026, 3, 31, 15, 59, tzinfo=UTC)).clock("arrival").limit_s == 4 * 3600
    assert owed(who.pump_id, datetime(2026, 3, 31, 16, 0, tzinfo=UTC)).clock("arrival").limit_s == 12 * 3600


def test_cover_signed_late_begins_with_the_signature_unless_the_line_is_backdated(who):
    """E5: renewal signed 2026-02-10 for 2026-01-01 leaves January uncovered."""
    signed_at = datetime(2026, 2, 10, 2, 0, tzinfo=UTC)
    cast.active_contract(who.customer_id, cast.four_hour_terms(who), now=signed_at)
    january = datetime(2026, 1, 20, tzinfo=UTC)
    assert not owed(who.pump_id, january).covered
    assert owed(who.pump_id, signed_at).covered
    backdated = LineTerms(
        LineScope.ASSET, policy_id(db.session(), "basic"), asset_id=who.pump_id,
        backdated_from_on=date(2026, 1, 1), backdated_price_fen=100_000, backdated_by="王经理",
    )  # fmt: skip
    cast.active_contract(who.customer_id, cast.four_hour_terms(who, lines=(backdated,)), now=signed_at)
    assert owed(who.pump_id, january).covered


def test_a_voided_warranty_counts_no_longer(who):
    warranty_id = add_warranty(who.pump_id, WarrantyFacts(months=12), by=SYSTEM, now=MONDAY)
    assert owed(who.pump_id).payer["labour"] == "warranty"
    void_warranty(warranty_id, why="录错", by=SYSTEM, now=MONDAY)
    told = owed(who.pump_id)
    assert told.chargeable
    assert told.candidates[0].verdict is Verdict.VOID
