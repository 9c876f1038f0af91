"""Contract rows to terms and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from app.db import Stale, changed_one
from app.kernel.dates import DaySpan
from contracts.installbase.models import Asset
from contracts.terms.clauses import ClauseTerms
from contracts.terms.errors import MissingContract, MissingVersion
from contracts.terms.models import Contract, ContractLine, ContractVersion, InForce, PenaltyClauseRow, Suspension
from contracts.terms.rules import ContractState, ContractTerms, LineScope, LineTerms

_OWN = ("starts_on", "ends_on", "fee_kind", "fee_fen", "fee_rate_bp", "prepaid_days", "vat_bp", "starts_when_paid",
        "zone", "service_area", "payment_terms", "note", "priority", "penalty_cap_fen",
        "penalty_cap_period")  # fmt: skip


def lock_contract(session: Session, contract_id: int, *, seen: int | None = None) -> Contract:
    """The contract, held until the transaction ends. Raises MissingContract, or Stale when `seen` is old (P14)."""
    row = session.scalar(
        select(Contract).where(Contract.id == contract_id).with_for_update().execution_options(populate_existing=True)
    )
    if row is None:
        raise MissingContract(id=contract_id)
    if seen is not None:
        taken = session.execute(
            update(Contract)
            .where(Contract.id == contract_id, Contract.version == seen)
            .values(version=seen + 1)
            .execution_options(synchronize_session=False)
        )
        if not changed_one(taken):
            raise Stale(seen=seen, found=row.version)
        session.refresh(row)
    return row


def unsigned_version(session: Session, contract_id: int) -> ContractVersion | None:
    """The version still being worded, if there is one."""
    return session.scalar(
        select(ContractVersion).where(ContractVersion.contract_id == contract_id, ContractVersion.signed_at.is_(None))
    )


def newest_version(session: Session, contract_id: int) -> ContractVersion:
    """The version with the highest number. Raises MissingVersion."""
    row = session.scalar(
        select(ContractVersion)
        .where(ContractVersion.contract_id == contract_id)
        .order_by(ContractVersion.number.desc())
        .limit(1)
    )
    if row is None:
        raise MissingVersion(contract_id=contract_id)
    return row


def add_version(session: Session, contract_id: int, terms: ContractTerms, *, total_fen: int, at: datetime) -> int:
    """Write the terms as the contract's next version, unsigned."""
    number = session.scalar(select(func.max(ContractVersion.number)).where(ContractVersion.contract_id == contract_id))
    own = {name: getattr(terms, name) for name in _OWN}
    labels = dict(zip(("label_1", "label_2", "label_3"), terms.level_labels, strict=True))
    row = ContractVersion(
        contract_id=contract_id, number=(number or 0) + 1, **own, **labels, total_fen=total_fen, signed_by="",
        signed_file_sha256="", created_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.add_all(ContractLine(version_id=row.id, **asdict(line)) for line in terms.lines)
    session.add_all(PenaltyClauseRow(version_id=row.id, **asdict(clause)) for clause in terms.clauses)
    session.flush()
    return row.id


def drop_version(session: Session, version: ContractVersion) -> None:
    """Forget an unsigned version; of a signed one the database refuses it (P15)."""
    version_id = version.id
    for model in (ContractLine, PenaltyClauseRow):
        session.execute(delete(model).where(model.version_id == version_id))
    session.execute(delete(ContractVersion).where(ContractVersion.id == version_id))
    session.expire_all()


def terms_of(session: Session, version_id: int) -> ContractTerms:
    """What a version says. Raises MissingVersion."""
    row = session.get(ContractVersion, version_id)
    if row is None:
        raise MissingVersion(id=version_id)
    lines = session.scalars(select(ContractLine).where(ContractLine.version_id == version_id).order_by(ContractLine.id))
    own = {name: getattr(row, name) for name in _OWN}
    return ContractTerms(
        **own,
        lines=tuple(line_terms(line) for line in lines),
        level_labels=(row.label_1, row.label_2, row.label_3),
        clauses=clauses_of(session, [version_id]).get(version_id, ()),
    )


def line_terms(row: ContractLine) -> LineTerms:
    return LineTerms(
        scope=row.scope,
        policy_id=row.policy_id,
        asset_id=row.asset_id,
        site_id=row.site_id,
        price_fen=row.price_fen,
        backdated_from_on=row.backdated_from_on,
        backdated_price_fen=row.backdated_price_fen,
        backdated_by=row.backdated_by,
    )


def clauses_of(session: Session, version_ids: Iterable[int]) -> dict[int, tuple[ClauseTerms, ...]]:
    """The penalty clauses of these versions."""
    wanted = sorted(set(version_ids))
    found: dict[int, tuple[ClauseTerms, ...]] = {}
    if not wanted:
        return found
    rows = select(PenaltyClauseRow).where(PenaltyClauseRow.version_id.in_(wanted)).order_by(PenaltyClauseRow.id)
    for row in session.scalars(rows):
        clause = ClauseTerms(row.clock_kind, row.unit, row.fixed_fen, row.per_unit_fen, row.percent_bp, row.grace_s)
        found[row.version_id] = (*found.get(row.version_id, ()), clause)
    return found


def covered_assets(session: Session, customer_id: int, lines: Iterable[LineTerms]) -> list[Asset]:
    """The assets these lines cover today, each once; retired ones are not among them."""
    wanted: list[ColumnElement[bool]] = []
    for line in lines:
        if line.scope is LineScope.CUSTOMER:
            wanted.append(Asset.customer_id == customer_id)
        elif line.scope is LineScope.SITE:
            wanted.append(Asset.site_id == line.site_id)
        else:
            wanted.append(Asset.id == line.asset_id)
    if not wanted:
        return []
    return list(
        session.scalars(
            select(Asset)
            .where(Asset.customer_id == customer_id, Asset.retired_on.is_(None), or_(*wanted))
            .order_by(Asset.id)
        )
    )


def in_force(session: Session, contract_id: int) -> list[InForce]:
    """The contract's days in force by version, in order."""
    return list(session.scalars(select(InForce).where(InForce.contract_id == contract_id).order_by(InForce.from_on)))


def put_in_force(session: Session, version: ContractVersion, *, first_on: date) -> None:
    """Let `version` rule from `first_on`; what ruled later than the day before gives way (P16)."""
    for row in in_force(session, version.contract_id):
        if row.from_on >= first_on:
            session.delete(row)
        elif row.to_on >= first_on:
            row.to_on = date.fromordinal(first_on.toordinal() - 1)
    session.flush()
    session.add(
        InForce(version_id=version.id, contract_id=version.contract_id, from_on=first_on, to_on=version.ends_on)
    )
    session.flush()


def end_in_force(session: Session, contract_id: int, *, last_on: date) -> None:
    """Let nothing of the contract rule after `last_on`."""
    for row in in_force(session, contract_id):
        if row.from_on > last_on:
            session.delete(row)
        elif row.to_on > last_on:
            row.to_on = last_on
    session.flush()


def last_day_in_force(session: Session, contract_id: int) -> date | None:
    """The last day on which anything of the contract rules."""
    return session.scalar(select(func.max(InForce.to_on)).where(InForce.contract_id == contract_id))


def maybe_over(session: Session, at: datetime) -> list[int]:
    """The running contracts whose days in force end with the day that begins anywhere on earth by now, or earlier."""
    # No zone is more than a day ahead of UTC; which of them are over where they stand is judged one by one.
    over = select(InForce.contract_id).group_by(InForce.contract_id).having(func.max(InForce.to_on) <= at.date())
    running = select(Contract.id).where(
        Contract.state.in_([ContractState.ACTIVE, ContractState.SUSPENDED]), Contract.id.in_(over)
    )
    return list(session.scalars(running.order_by(Contract.id)))


def renewal_starts_on(session: Session, contract_id: int) -> date | None:
    """The first day of the contract that renews this one, as last worded; None while there is none."""
    return session.scalar(
        select(ContractVersion.starts_on)
        .join(Contract, Contract.id == ContractVersion.contract_id)
        .where(Contract.predecessor_id == contract_id, Contract.state != ContractState.TERMINATED)
        .order_by(ContractVersion.number)
        .limit(1)
    )


def span(row: InForce) -> DaySpan:
    return DaySpan(row.from_on, row.to_on)


def open_suspension(session: Session, contract_id: int) -> Suspension | None:
    """The stretch under way, if the contract is suspended."""
    return session.scalar(
        select(Suspension).where(Suspension.contract_id == contract_id, Suspension.ended_at.is_(None))
    )
