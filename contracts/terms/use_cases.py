"""The life of a contract, step by step; every step is one transaction and one line in the audit trail (C4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit import api as audit
from app.auth.actor import Actor
from app.db import broken_constraint, transaction, use_case
from app.kernel.dates import local_day
from app.numbers.api import next_no
from contracts.installbase.api import customer_card
from contracts.installbase.models import Asset, Site
from contracts.installbase.rules import check_zone
from contracts.policies.models import ServicePolicy
from contracts.terms import store
from contracts.terms.errors import (
    AlreadyRenewed,
    AmendmentPending,
    LineOfAnotherCustomer,
    MoveNotListed,
    NothingToSign,
    NotPaidYet,
    PeriodOver,
)
from contracts.terms.models import Contract, ContractVersion, Suspension
from contracts.terms.rules import (
    MOVES,
    ContractKind,
    ContractState,
    ContractTerms,
    Move,
    after,
    check_amendment,
    check_last_day,
    check_payment,
    check_renewal,
    check_terms,
    total_fen,
)

_AMENDABLE = {ContractState.ACTIVE, ContractState.SUSPENDED}


@use_case
def draft_contract(
    customer_id: int,
    kind: ContractKind,
    terms: ContractTerms,
    *,
    owner: str = "",
    predecessor_id: int | None = None,
    by: Actor,
    now: datetime,
) -> int:
    """A new contract in draft under a new number; with `predecessor_id` the one renewal of that contract (P16).

    Raises MissingCustomer, MissingContract, AlreadyRenewed, RenewalOverlaps, and what `check_terms` raises.
    """
    check_terms(terms)
    with transaction() as session:
        customer_card(session, customer_id)
        if predecessor_id is not None:
            _check_renewal(session, predecessor_id, customer_id, terms)
        row = Contract(
            contract_no=next_no(session, f"MC-{local_day(now, terms.zone).year}", width=3),
            customer_id=customer_id,
            kind=kind,
            state=ContractState.DRAFT,
            owner=owner or by.name,
            predecessor_id=predecessor_id,
            created_at=now,
        )
        session.add(row)
        try:
            session.flush()
        except IntegrityError as error:
            if "predecessor_id" in broken_constraint(error):
                raise AlreadyRenewed() from error
            raise
        _write_version(session, row, terms, at=now)
        _record(session, row, "contract.draft", by=by, at=now, after=asdict(terms))
        return row.id


@use_case
def redraft_contract(contract_id: int, terms: ContractTerms, *, seen: int, by: Actor, now: datetime) -> None:
    """Put new terms in place of a draft's. Raises MissingContract, Stale, MoveNotListed once it has left draft."""
    check_terms(terms)
    with transaction() as session:
        row = store.lock_contract(session, contract_id, seen=seen)
        if row.state is not ContractState.DRAFT:
            raise MoveNotListed(state=row.state.value, move="redraft")
        if row.predecessor_id is not None:
            _check_renewal(session, row.predecessor_id, row.customer_id, terms, but=contract_id)
        version = store.newest_version(session, contract_id)
        before = asdict(store.terms_of(session, version.id))
        store.drop_version(session, version)
        _write_version(session, row, terms, at=now)
        _record(session, row, "contract.redraft", by=by, at=now, before=before, after=asdict(terms))


@use_case
def quote_contract(contract_id: int, *, seen: int, by: Actor, now: datetime) -> None:
    """Send the draft out as a quotation. Raises MissingContract, Stale, MoveNotListed."""
    _step(contract_id, Move.QUOTE, seen=seen, by=by, now=now)


@use_case
def revise_contract(contract_id: int, *, seen: int, by: Actor, now: datetime) -> None:
    """Take a quotation back into draft. Raises MissingContract, Stale, MoveNotListed."""
    _step(contract_id, Move.REVISE, seen=seen, by=by, now=now)


@use_case
def sign_contract(
    contract_id: int,
    *,
    signed_by: str,
    signed_on: date | None = None,
    seen: int,
    by: Actor,
    now: datetime,
) -> None:
    """Both sides have signed; from here on the database keeps every term of the version (P15).

    `signed_on` is the day on the paper, today by default. Raises MissingContract, Stale, MoveNotListed.
    """
    with transaction() as session:
        row = store.lock_contract(session, contract_id, seen=seen)
        before = row.state
        row.state = after(row.state, Move.SIGN)
        version = store.newest_version(session, contract_id)
        _sign(version, signed_by=signed_by, signed_on=signed_on, now=now)
        told = {"state": row.state, "version": version.number, "signed_by": signed_by}
        _record(session, row, "contract.sign", by=by, at=now, before={"state": before}, after=told)


@use_case
def confirm_payment(contract_id: int, *, on: date, seen: int, by: Actor, now: datetime) -> None:
    """Note the day the first payment came, once, for a signed contract that starts only when paid (C4).

    Raises MissingContract, Stale, MoveNotListed, PaymentNotAwaited, AlreadyPaid, PaidInTheFuture.
    """
    with transaction() as session:
        row = store.lock_contract(session, contract_id, seen=seen)
        row.state = after(row.state, Move.PAY)
        version = store.newest_version(session, contract_id)
        check_payment(
            on, today=local_day(now, version.zone), starts_when_paid=version.starts_when_paid, paid_on=row.paid_on
        )
        row.paid_on = on
        _record(session, row, "contract.paid", by=by, at=now, before={"paid_on": None}, after={"paid_on": on})


@use_case
def activate_contract(contract_id: int, *, seen: int, by: Actor, now: datetime) -> None:
    """Put a signed contract in force for its period; the contract it renews becomes renewed.

    One that starts only when paid is in force from the day of payment at the earliest. Raises
    MissingContract, Stale, MoveNotListed, NotPaidYet, PeriodOver, RenewalOverlaps.
    """
    with transaction() as session:
        row = store.lock_contract(session, contract_id, seen=seen)
        version = store.newest_version(session, contract_id)
        if version.signed_at is None:
            raise AmendmentPending(contract_no=row.contract_no)
        before, row.state = row.state, after(row.state, Move.ACTIVATE)
        first_on = version.starts_on
        if version.starts_when_paid:
            if row.paid_on is None:
                raise NotPaidYet(contract_no=row.contract_no)
            first_on = max(first_on, row.paid_on)
        if first_on > version.ends_on:
            raise PeriodOver(contract_no=row.contract_no, ends_on=version.ends_on, first_on=first_on)
        if row.predecessor_id is not None:
            old = store.lock_contract(session, row.predecessor_id)
            # The old one may have been amended since this one was drafted.
            old_last_on = store.last_day_in_force(session, old.id)
            if old_last_on is not None:
                check_renewal(first_on, old_last_on=old_last_on)
            old_state, old.state = old.state, after(old.state, Move.RENEW)
            old.version += 1
            _record(
                session, old, "contract.renew", by=by, at=now, before={"state": old_state},
                after={"state": old.state, "by": row.contract_no},
            )  # fmt: skip
        store.put_in_force(session, version, first_on=first_on)
        told = {"state": row.state, "from_on": first_on, "to_on": version.ends_on}
        _record(session, row, "contract.activate", by=by, at=now, before={"state": before}, after=told)


@use_case
def suspend_contract(contract_id: int, *, why: str, seen: int, by: Actor, now: datetime) -> None:
    """From this instant the contract owes nothing, until it is resumed. Raises MissingContract, Stale, MoveNotListed."""
    with transaction() as session:
        row = store.lock_contract(session, contract_id, seen=seen)
        before, row.state = row.state, after(row.state, Move.SUSPEND)
        session.add(Suspension(contract_id=contract_id, began_at=now, ended_at=None, why=why))
        told = {"state": row.state, "why": why}
        _record(session, row, "contract.suspend", by=by, at=now, before={"state": before}, after=told)


@use_case
def resume_contract(contract_id: int, *, seen: int, by: Actor, now: datetime) -> None:
    """The contract owes its service again. Raises MissingContract, Stale, MoveNotListed."""
    with transaction() as session:
        row = store.lock_contract(session, contract_id, seen=seen)
        before, row.state = row.state, after(row.state, Move.RESUME)
        suspension = store.open_suspension(session, contract_id)
        if suspension is not None:
            suspension.ended_at = now
        _record(session, row, "contract.resume", by=by, at=now, before={"state": before}, after={"state": row.state})


@use_case
def terminate_contract(contract_id: int, *, last_on: date, why: str, seen: int, by: Actor, now: datetime) -> None:
    """End the contract for good; `last_on` is its last covered day, yesterday at the earliest.

    Raises MissingContract, Stale, MoveNotListed, LastDayInThePast.
    """
    with transaction() as session:
        row = store.lock_contract(session, contract_id, seen=seen)
        before, row.state = row.state, after(row.state, Move.TERMINATE)
        today = local_day(now, store.newest_version(session, contract_id).zone)
        check_last_day(last_on, today=today)
        row.terminated_on = today
        session.flush()
        store.end_in_force(session, contract_id, last_on=last_on)
        told = {"state": row.state, "last_on": last_on, "why": why}
        _record(session, row, "contract.terminate", by=by, at=now, before={"state": before}, after=told)


@use_case
def amend_contract(contract_id: int, terms: ContractTerms, *, seen: int, by: Actor, now: datetime) -> int:
    """Word an amendment: the next version, to take effect on `terms.starts_on` once signed; returns its number.

    An unsigned amendment already there is replaced. Raises MissingContract, Stale, MoveNotListed while it
    is not in force, and what `check_terms` raises.
    """
    check_terms(terms)
    with transaction() as session:
        row = store.lock_contract(session, contract_id, seen=seen)
        if row.state not in _AMENDABLE:
            raise MoveNotListed(state=row.state.value, move="amend")
        pending = store.unsigned_version(session, contract_id)
        if pending is not None:
            store.drop_version(session, pending)
        number = _write_version(session, row, terms, at=now)
        _record(session, row, "contract.amend", by=by, at=now, after={"number": number, **asdict(terms)})
        return number


@use_case
def drop_amendment(contract_id: int, *, seen: int, by: Actor, now: datetime) -> None:
    """Give up the unsigned amendment. Raises MissingContract, Stale, NothingToSign."""
    with transaction() as session:
        row, version = _pending(session, contract_id, seen)
        number = version.number
        store.drop_version(session, version)
        _record(session, row, "contract.drop_amendment", by=by, at=now, before={"number": number})


@use_case
def sign_amendment(contract_id: int, *, signed_by: str, seen: int, by: Actor, now: datetime) -> None:
    """Sign the waiting amendment; it rules from its effective date, the terms before it until the day before.

    Raises MissingContract, Stale, NothingToSign, AmendmentInThePast, and RenewalOverlaps when it would reach
    into the period of the contract that renews this one.
    """
    with transaction() as session:
        row, version = _pending(session, contract_id, seen)
        check_amendment(version.starts_on, signed_on=local_day(now, version.zone))
        # A renewal that is put in force meanwhile takes this contract's lock too, and looks again.
        renewal_starts_on = store.renewal_starts_on(session, contract_id)
        if renewal_starts_on is not None:
            check_renewal(renewal_starts_on, old_last_on=version.ends_on)
        _sign(version, signed_by=signed_by, signed_on=None, now=now)
        session.flush()
        store.put_in_force(session, version, first_on=version.starts_on)
        told = {"number": version.number, "from_on": version.starts_on, "signed_by": signed_by}
        _record(session, row, "contract.sign_amendment", by=by, at=now, after=told)


@use_case
def expire_contracts(*, by: Actor, now: datetime) -> int:
    """Mark as expired every contract whose last day in force is over; returns how many. Safe to repeat."""
    with transaction() as session:
        ended = 0
        for contract_id in store.maybe_over(session, now):
            row = store.lock_contract(session, contract_id)
            last_on = store.last_day_in_force(session, contract_id)
            zone = store.newest_version(session, contract_id).zone
            live = Move.EXPIRE in MOVES[row.state]  # Somebody may have ended or amended it before the lock was had.
            if not live or last_on is None or last_on >= local_day(now, zone):
                continue
            suspension = store.open_suspension(session, contract_id)
            if suspension is not None:
                suspension.ended_at = now
            before, row.state = row.state, after(row.state, Move.EXPIRE)
            row.version += 1
            told = {"state": row.state, "last_on": last_on}
            _record(session, row, "contract.expire", by=by, at=now, before={"state": before}, after=told)
            ended += 1
        return ended


def _step(contract_id: int, move: Move, *, seen: int, by: Actor, now: datetime) -> None:
    with transaction() as session:
        row = store.lock_contract(session, contract_id, seen=seen)
        before, row.state = row.state, after(row.state, move)
        told = {"state": row.state}
        _record(session, row, f"contract.{move.value}", by=by, at=now, before={"state": before}, after=told)


def _sign(version: ContractVersion, *, signed_by: str, signed_on: date | None, now: datetime) -> None:
    version.signed_by = signed_by
    version.signed_on = signed_on or local_day(now, version.zone)
    version.signed_at = now


def _pending(session: Session, contract_id: int, seen: int) -> tuple[Contract, ContractVersion]:
    row = store.lock_contract(session, contract_id, seen=seen)
    version = store.unsigned_version(session, contract_id)
    if version is None or row.state not in _AMENDABLE:
        raise NothingToSign(contract_no=row.contract_no)
    return row, version


def _check_renewal(
    session: Session, predecessor_id: int, customer_id: int, terms: ContractTerms, *, but: int | None = None
) -> None:
    """Raises AlreadyRenewed, LineOfAnotherCustomer or RenewalOverlaps for a next period that cannot be."""
    old = store.lock_contract(session, predecessor_id)
    if old.customer_id != customer_id:
        raise LineOfAnotherCustomer()
    holder = session.scalar(select(Contract).where(Contract.predecessor_id == predecessor_id))
    if holder is not None and holder.id != but:
        raise AlreadyRenewed(contract_no=old.contract_no, by=holder.contract_no)
    last_on = store.last_day_in_force(session, predecessor_id)
    if last_on is not None:
        check_renewal(terms.starts_on, old_last_on=last_on)


def _write_version(session: Session, row: Contract, terms: ContractTerms, *, at: datetime) -> int:
    """Add the terms as the next version; returns its number. Raises LineOfAnotherCustomer, InvalidInput."""
    check_zone(terms.zone)
    for line in terms.lines:
        owners = {row.customer_id}
        if line.asset_id is not None:
            owners.add(session.scalar(select(Asset.customer_id).where(Asset.id == line.asset_id)) or 0)
        if line.site_id is not None:
            owners.add(session.scalar(select(Site.customer_id).where(Site.id == line.site_id)) or 0)
        if len(owners) > 1 or session.get(ServicePolicy, line.policy_id) is None:
            raise LineOfAnotherCustomer()
    assets = store.covered_assets(session, row.customer_id, terms.lines)
    value = sum(asset.sale_value_fen for asset in assets)
    total = total_fen(terms, covered_value_fen=value, assets=len(assets))
    version_id = store.add_version(session, row.id, terms, total_fen=total, at=at)
    return session.get_one(ContractVersion, version_id).number


def _record(
    session: Session,
    row: Contract,
    action: str,
    *,
    by: Actor,
    at: datetime,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    audit.record(session, by=by, action=action, object_ref=f"contract:{row.id}", at=at, before=before, after=after)
