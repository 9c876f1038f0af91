"""From draft to renewed, on both engines: listed steps only, nobody overwrites anybody (C4, C6, P14, P16)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.audit.models import AuditRow
from app.auth.actor import SYSTEM
from app.db import Stale, db
from contracts.terms import use_cases as terms
from contracts.terms.errors import (
    AlreadyPaid,
    AlreadyRenewed,
    AmendmentInThePast,
    CoversNothing,
    LastDayInThePast,
    LineOfAnotherCustomer,
    MoveNotListed,
    NothingToSign,
    NotPaidYet,
    PaidInTheFuture,
    PaymentNotAwaited,
    PeriodOver,
    RenewalOverlaps,
)
from contracts.terms.models import Contract, InForce, Suspension
from contracts.terms.rules import ContractKind, ContractState, LineScope, LineTerms
from tests.conftest import MONDAY
from tests.contracts import cast

KIND = ContractKind.PAID_MAINTENANCE
NEXT_YEAR = {"starts_on": date(2027, 1, 1), "ends_on": date(2027, 12, 31)}


@pytest.fixture
def who(house):
    return cast.hospital()


def state(contract_id):
    db.session.rollback()
    return db.session.get_one(Contract, contract_id).state


def days(contract_id):
    db.session.rollback()
    rows = db.session.scalars(select(InForce).where(InForce.contract_id == contract_id).order_by(InForce.from_on))
    return [(row.from_on, row.to_on) for row in rows]


def test_the_whole_life_is_walked_step_by_step_and_leaves_its_trail(who):
    contract_id = terms.draft_contract(who.customer_id, KIND, cast.four_hour_terms(who), by=SYSTEM, now=MONDAY)
    terms.quote_contract(contract_id, seen=1, by=SYSTEM, now=MONDAY)
    terms.revise_contract(contract_id, seen=2, by=SYSTEM, now=MONDAY)
    terms.redraft_contract(contract_id, cast.four_hour_terms(who, fee_fen=5), seen=3, by=SYSTEM, now=MONDAY)
    terms.quote_contract(contract_id, seen=4, by=SYSTEM, now=MONDAY)
    terms.sign_contract(contract_id, signed_by="张主任", seen=5, by=SYSTEM, now=MONDAY)
    terms.activate_contract(contract_id, seen=6, by=SYSTEM, now=MONDAY)
    terms.terminate_contract(contract_id, last_on=date(2026, 5, 31), why="搬迁", seen=7, by=SYSTEM, now=MONDAY)
    assert state(contract_id) is ContractState.TERMINATED
    assert days(contract_id) == [(date(2026, 1, 1), date(2026, 5, 31))]
    trail = db.session.scalars(
        select(AuditRow.action).where(AuditRow.object == f"contract:{contract_id}").order_by(AuditRow.n)
    )
    assert [action.removeprefix("contract.") for action in trail] == [
        "draft", "quote", "revise", "redraft", "quote", "sign", "activate", "terminate",
    ]  # fmt: skip


def test_a_step_that_is_not_listed_is_refused_and_changes_nothing(who):
    contract_id = terms.draft_contract(who.customer_id, KIND, cast.four_hour_terms(who), by=SYSTEM, now=MONDAY)
    for step in (terms.activate_contract, terms.resume_contract, terms.revise_contract):
        with pytest.raises((MoveNotListed, terms.AmendmentPending)):
            step(contract_id, seen=1, by=SYSTEM, now=MONDAY)
    with pytest.raises(MoveNotListed):
        terms.sign_contract(contract_id, signed_by="x", seen=1, by=SYSTEM, now=MONDAY)
    assert (state(contract_id), cast.seen(contract_id)) == (ContractState.DRAFT, 1)


def test_two_editors_of_one_draft_one_is_told_both_versions(who):
    contract_id = terms.draft_contract(who.customer_id, KIND, cast.four_hour_terms(who), by=SYSTEM, now=MONDAY)
    terms.redraft_contract(contract_id, cast.four_hour_terms(who, fee_fen=1), seen=1, by=SYSTEM, now=MONDAY)
    with pytest.raises(Stale) as caught:
        terms.redraft_contract(contract_id, cast.four_hour_terms(who, fee_fen=2), seen=1, by=SYSTEM, now=MONDAY)
    assert caught.value.data == {"seen": 1, "found": 2}


def test_a_contract_covers_something_and_only_what_is_the_customers_own(who):
    other = cast.hospital(name="市第二医院")
    with pytest.raises(CoversNothing):
        terms.draft_contract(who.customer_id, KIND, cast.four_hour_terms(who, lines=()), by=SYSTEM, now=MONDAY)
    with pytest.raises(LineOfAnotherCustomer):
        terms.draft_contract(who.customer_id, KIND, cast.four_hour_terms(other), by=SYSTEM, now=MONDAY)
    site = LineTerms(LineScope.SITE, cast.four_hour_terms(who).lines[0].policy_id, site_id=other.site_id)
    with pytest.raises(LineOfAnotherCustomer):
        terms.draft_contract(who.customer_id, KIND, cast.four_hour_terms(who, lines=(site,)), by=SYSTEM, now=MONDAY)


def test_a_contract_that_starts_when_paid_waits_for_the_money(who):
    contract_id = cast.signed_contract(who.customer_id, cast.four_hour_terms(who, starts_when_paid=True))
    with pytest.raises(NotPaidYet):
        terms.activate_contract(contract_id, seen=cast.seen(contract_id), by=SYSTEM, now=MONDAY)
    terms.confirm_payment(contract_id, on=date(2026, 2, 3), seen=cast.seen(contract_id), by=SYSTEM, now=MONDAY)
    terms.activate_contract(contract_id, seen=cast.seen(contract_id), by=SYSTEM, now=MONDAY)
    assert days(contract_id) == [(date(2026, 2, 3), date(2026, 12, 31))]


def test_an_amendment_takes_over_on_its_day_and_never_reaches_into_the_past(who):
    contract_id = cast.four_hour_contract(who)
    with pytest.raises(NothingToSign):
        terms.sign_amendment(contract_id, signed_by="x", seen=cast.seen(contract_id), by=SYSTEM, now=MONDAY)
    past = cast.four_hour_terms(who, starts_on=date(2026, 3, 1))
    terms.amend_contract(contract_id, past, seen=cast.seen(contract_id), by=SYSTEM, now=MONDAY)
    with pytest.raises(AmendmentInThePast):
        terms.sign_amendment(contract_id, signed_by="x", seen=cast.seen(contract_id), by=SYSTEM, now=MONDAY)
    ahead = cast.four_hour_terms(who, starts_on=date(2026, 7, 1), ends_on=date(2027, 6, 30))
    assert terms.amend_contract(contract_id, ahead, seen=cast.seen(contract_id), by=SYSTEM, now=MONDAY) == 2
    terms.sign_amendment(contract_id, signed_by="x", seen=cast.seen(contract_id), by=SYSTEM, now=MONDAY)
    assert days(contract_id) == [
        (date(2026, 1, 1), date(2026, 6, 30)), (date(2026, 7, 1), date(2027, 6, 30)),
    ]  # fmt: skip


def test_an_unsigned_amendment_can_be_given_up(who):
    contract_id = cast.four_hour_contract(who)
    ahead = cast.four_hour_terms(who, starts_on=date(2026, 7, 1))
    terms.amend_contract(contract_id, ahead, seen=cast.seen(contract_id), by=SYSTEM, now=MONDAY)
    terms.drop_amendment(contract_id, seen=cast.seen(contract_id), by=SYSTEM, now=MONDAY)
    with pytest.raises(NothingToSign):
        terms.drop_amendment(contract_id, seen=cast.seen(contract_id), by=SYSTEM, now=MONDAY)


def test_a_renewal_starts_after_the_old_end_exists_once_and_closes_the_old_contract(who):
    old = cast.four_hour_contract(who)
    with pytest.raises(RenewalOverlaps):
        overlap = cast.four_hour_terms(who, starts_on=date(2026, 12, 31), ends_on=date(2027, 12, 31))
        terms.draft_contract(who.customer_id, KIND, overlap, predecessor_id=old, by=SYSTEM, now=MONDAY)
    new = cast.active_contract(who.customer_id, cast.four_hour_terms(who, **NEXT_YEAR), predecessor_id=old)
    assert (state(old), state(new)) == (ContractState.RENEWED, ContractState.ACTIVE)
    with pytest.raises(AlreadyRenewed):
        again = cast.four_hour_terms(who, **NEXT_YEAR)
        terms.draft_contract(who.customer_id, KIND, again, predecessor_id=old, by=SYSTEM, now=MONDAY)


def test_contracts_expire_after_their_last_local_day_and_only_once(who):
    contract_id = cast.four_hour_contract(who)
    last_minute = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    assert terms.expire_contracts(by=SYSTEM, now=last_minute) == 0
    assert terms.expire_contracts(by=SYSTEM, now=datetime(2026, 12, 31, 16, 0, tzinfo=UTC)) == 1
    assert terms.expire_contracts(by=SYSTEM, now=datetime(2027, 1, 5, tzinfo=UTC)) == 0
    assert state(contract_id) is ContractState.EXPIRED


def test_termination_leaves_the_days_that_are_over(who):
    """Ending a contract on a day long past deleted every day it had been in force."""
    contract_id = cast.four_hour_contract(who)
    ahead = cast.four_hour_terms(who, starts_on=date(2026, 7, 1))
    terms.amend_contract(contract_id, ahead, seen=cast.seen(contract_id), by=SYSTEM, now=MONDAY)
    terms.sign_amendment(contract_id, signed_by="x", seen=cast.seen(contract_id), by=SYSTEM, now=MONDAY)
    for last_on in (date(2000, 1, 1), date(2026, 2, 28)):
        with pytest.raises(LastDayInThePast):
            terms.terminate_contract(
                contract_id, last_on=last_on, why="x", seen=cast.seen(contract_id), by=SYSTEM, now=MONDAY
            )
    assert state(contract_id) is ContractState.ACTIVE
    terms.terminate_contract(
        contract_id, last_on=date(2026, 3, 1), why="x", seen=cast.seen(contract_id), by=SYSTEM, now=MONDAY
    )
    assert days(contract_id) == [(date(2026, 1, 1), date(2026, 3, 1))]


def test_an_amendment_takes_the_place_of_one_that_would_have_come_later(who):
    contract_id = cast.four_hour_contract(who)
    for first_on in (date(2026, 7, 1), date(2026, 5, 1)):
        ahead = cast.four_hour_terms(who, starts_on=first_on)
        terms.amend_contract(contract_id, ahead, seen=cast.seen(contract_id), by=SYSTEM, now=MONDAY)
        terms.sign_amendment(contract_id, signed_by="x", seen=cast.seen(contract_id), by=SYSTEM, now=MONDAY)
    assert days(contract_id) == [
        (date(2026, 1, 1), date(2026, 4, 30)), (date(2026, 5, 1), date(2026, 12, 31)),
    ]  # fmt: skip


def test_a_payment_is_noted_once_for_a_signed_contract_that_waits_for_it(who):
    """Any day was taken in any state, again and again."""
    waiting = cast.signed_contract(who.customer_id, cast.four_hour_terms(who, starts_when_paid=True))
    pay = {"by": SYSTEM, "now": MONDAY}
    with pytest.raises(PaidInTheFuture):
        terms.confirm_payment(waiting, on=date(2026, 3, 3), seen=cast.seen(waiting), **pay)
    terms.confirm_payment(waiting, on=date(2026, 2, 3), seen=cast.seen(waiting), **pay)
    with pytest.raises(AlreadyPaid):
        terms.confirm_payment(waiting, on=date(2026, 2, 4), seen=cast.seen(waiting), **pay)
    terms.activate_contract(waiting, seen=cast.seen(waiting), **pay)
    with pytest.raises(MoveNotListed):
        terms.confirm_payment(waiting, on=date(2026, 2, 4), seen=cast.seen(waiting), **pay)
    other = cast.signed_contract(who.customer_id, cast.four_hour_terms(who))
    with pytest.raises(PaymentNotAwaited):
        terms.confirm_payment(other, on=date(2026, 2, 4), seen=cast.seen(other), **pay)


def test_a_payment_that_comes_after_the_period_begins_nothing(who):
    late = cast.signed_contract(who.customer_id, cast.four_hour_terms(who, starts_when_paid=True))
    after_all = datetime(2027, 1, 5, tzinfo=UTC)
    terms.confirm_payment(late, on=date(2027, 1, 4), seen=cast.seen(late), by=SYSTEM, now=after_all)
    with pytest.raises(PeriodOver):
        terms.activate_contract(late, seen=cast.seen(late), by=SYSTEM, now=after_all)


def test_an_amendment_does_not_reach_into_the_period_of_the_renewal(who):
    """The old contract was lengthened after its renewal had been signed, and both ruled the same days."""
    old = cast.four_hour_contract(who)
    new = cast.signed_contract(who.customer_id, cast.four_hour_terms(who, **NEXT_YEAR), predecessor_id=old)
    longer = cast.four_hour_terms(who, starts_on=date(2026, 7, 1), ends_on=date(2027, 6, 30))
    terms.amend_contract(old, longer, seen=cast.seen(old), by=SYSTEM, now=MONDAY)
    with pytest.raises(RenewalOverlaps):
        terms.sign_amendment(old, signed_by="x", seen=cast.seen(old), by=SYSTEM, now=MONDAY)
    terms.terminate_contract(new, last_on=date(2026, 3, 2), why="x", seen=cast.seen(new), by=SYSTEM, now=MONDAY)
    terms.sign_amendment(old, signed_by="x", seen=cast.seen(old), by=SYSTEM, now=MONDAY)


def test_a_renewal_that_overlaps_after_all_is_not_put_in_force(who, monkeypatch):
    """Checked when it was drafted only; the second look is taken under the locks of both contracts."""
    old = cast.four_hour_contract(who)
    new = cast.signed_contract(who.customer_id, cast.four_hour_terms(who, **NEXT_YEAR), predecessor_id=old)
    with monkeypatch.context() as blind:
        blind.setattr(terms.store, "renewal_starts_on", lambda session, contract_id: None)
        longer = cast.four_hour_terms(who, starts_on=date(2026, 7, 1), ends_on=date(2027, 6, 30))
        terms.amend_contract(old, longer, seen=cast.seen(old), by=SYSTEM, now=MONDAY)
        terms.sign_amendment(old, signed_by="x", seen=cast.seen(old), by=SYSTEM, now=MONDAY)
    with pytest.raises(RenewalOverlaps):
        terms.activate_contract(new, seen=cast.seen(new), by=SYSTEM, now=MONDAY)
    assert (state(old), state(new), days(new)) == (ContractState.ACTIVE, ContractState.SIGNED, [])


def test_a_suspended_contract_that_expires_is_no_longer_suspended(who):
    contract_id = cast.four_hour_contract(who)
    terms.suspend_contract(contract_id, why="欠款", seen=cast.seen(contract_id), by=SYSTEM, now=MONDAY)
    over = datetime(2027, 1, 1, tzinfo=UTC)
    assert terms.expire_contracts(by=SYSTEM, now=over) == 1
    assert state(contract_id) is ContractState.EXPIRED
    assert db.session.scalars(select(Suspension.ended_at)).all() == [over]


def test_looking_for_expired_contracts_holds_none_that_run(who, monkeypatch):
    """Every running contract was locked at every tick."""
    over = cast.active_contract(who.customer_id, cast.four_hour_terms(who, ends_on=date(2026, 1, 31)))
    cast.four_hour_contract(who)
    held, lock = [], terms.store.lock_contract

    def listen(session, contract_id, **options):
        held.append(contract_id)
        return lock(session, contract_id, **options)

    monkeypatch.setattr(terms.store, "lock_contract", listen)
    assert terms.expire_contracts(by=SYSTEM, now=MONDAY) == 1
    assert held == [over]
