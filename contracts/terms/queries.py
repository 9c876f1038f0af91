"""Contracts as lists and pages show them, always within the actor's scope (P25)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Subquery, and_, case, func, or_, select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from contracts.installbase.models import Asset, Customer, Site
from contracts.listing import Asked, Listing, like, listing
from contracts.policies.models import ServicePolicy
from contracts.scope import SEE, within
from contracts.terms.errors import MissingContract
from contracts.terms.models import Contract, ContractLine, ContractVersion, InForce, PenaltyClauseRow
from contracts.terms.rules import ContractState

LIVE = (ContractState.ACTIVE, ContractState.SUSPENDED)


@dataclass(frozen=True, slots=True)
class LineShown:
    """One line with the names of what it covers."""

    line: ContractLine
    policy: ServicePolicy
    asset: Asset | None
    site: Site | None


@dataclass(frozen=True, slots=True)
class VersionShown:
    """One version with its lines, clauses and days in force."""

    version: ContractVersion
    lines: tuple[LineShown, ...]
    clauses: tuple[PenaltyClauseRow, ...]
    in_force: InForce | None


def visible(actor: Actor) -> ColumnElement[bool]:
    """The contracts an actor may know of; a customer sees his own from the quotation on, never our drafts."""
    own = within(actor, Contract.customer_id)
    return own if actor.reaches_all(SEE) else and_(own, Contract.state != ContractState.DRAFT)


def _newest() -> Subquery:
    """The number of each contract's newest signed version, or of its draft while none is signed."""
    signed = func.max(case((ContractVersion.signed_at.is_not(None), ContractVersion.number)))
    return (
        select(
            ContractVersion.contract_id,
            func.coalesce(signed, func.max(ContractVersion.number)).label("number"),
        )
        .group_by(ContractVersion.contract_id)
        .subquery()
    )


def contracts(session: Session, actor: Actor, what: Asked) -> Listing:
    """Contracts with customer and newest wording: (contract, customer name, version)."""
    last = _newest()
    found = (
        select(Contract, Customer.name.label("customer_name"), ContractVersion)
        .join(Customer, Customer.id == Contract.customer_id)
        .join(last, last.c.contract_id == Contract.id)
        .join(
            ContractVersion,
            (ContractVersion.contract_id == Contract.id) & (ContractVersion.number == last.c.number),
        )
        .where(visible(actor))
    )
    if state := what.chosen.get("state"):
        found = found.where(Contract.state == ContractState(state))
    if what.words:
        pattern = like(what.words)
        columns = (Contract.contract_no, Customer.name, Customer.initials)
        found = found.where(or_(*(column.ilike(pattern, escape="!") for column in columns)))
    return listing(session, found.order_by(Contract.id.desc()), what)


def contract(session: Session, actor: Actor, contract_id: int) -> Contract:
    """The contract. Raises MissingContract for an absent and for a foreign one alike."""
    row = session.scalar(select(Contract).where(Contract.id == contract_id, visible(actor)))
    if row is None:
        raise MissingContract()
    return row


def versions(session: Session, actor: Actor, contract: Contract) -> list[VersionShown]:
    """Every version of a contract, the newest first; an amendment being worded is ours alone."""
    found = select(ContractVersion).where(ContractVersion.contract_id == contract.id)
    if not actor.reaches_all(SEE) and contract.state is not ContractState.QUOTED:
        found = found.where(ContractVersion.signed_at.is_not(None))
    rows = session.scalars(found.order_by(ContractVersion.number.desc())).all()
    return [
        VersionShown(
            version=row,
            lines=_lines(session, row.id),
            clauses=tuple(
                session.scalars(
                    select(PenaltyClauseRow).where(PenaltyClauseRow.version_id == row.id).order_by(PenaltyClauseRow.id)
                )
            ),
            in_force=session.get(InForce, row.id),
        )
        for row in rows
    ]


def _lines(session: Session, version_id: int) -> tuple[LineShown, ...]:
    rows = session.execute(
        select(ContractLine, ServicePolicy, Asset, Site)
        .join(ServicePolicy, ServicePolicy.id == ContractLine.policy_id)
        .outerjoin(Asset, Asset.id == ContractLine.asset_id)
        .outerjoin(Site, Site.id == ContractLine.site_id)
        .where(ContractLine.version_id == version_id)
        .order_by(ContractLine.id)
    )
    return tuple(LineShown(line, policy, asset, site) for line, policy, asset, site in rows)


def of_customer(session: Session, actor: Actor, customer_id: int) -> list[tuple[Contract, ContractVersion]]:
    """The customer's contracts with their newest wording, the newest first."""
    last = _newest()
    rows = session.execute(
        select(Contract, ContractVersion)
        .join(last, last.c.contract_id == Contract.id)
        .join(
            ContractVersion,
            (ContractVersion.contract_id == Contract.id) & (ContractVersion.number == last.c.number),
        )
        .where(Contract.customer_id == customer_id, visible(actor))
        .order_by(Contract.id.desc())
    )
    return [(row, version) for row, version in rows]


@dataclass(frozen=True, slots=True)
class Ending:
    """A contract in force that ends soon and has no renewal drafted."""

    contract_id: int
    contract_no: str
    customer_name: str
    last_on: date
    days_left: int
    total_fen: int


def ending(session: Session, actor: Actor, *, today: date, within_days: int, limit: int = 200) -> list[Ending]:
    """Contracts whose last day in force lies from `today` on within so many days, the nearest first (C6)."""
    last = (
        select(InForce.contract_id, func.max(InForce.to_on).label("last_on")).group_by(InForce.contract_id).subquery()
    )
    newest = _newest()
    renewed = select(Contract.predecessor_id).where(Contract.predecessor_id.is_not(None))
    until = date.fromordinal(today.toordinal() + within_days)
    rows = session.execute(
        select(Contract.id, Contract.contract_no, Customer.name, last.c.last_on, ContractVersion.total_fen)
        .join(last, last.c.contract_id == Contract.id)
        .join(Customer, Customer.id == Contract.customer_id)
        .join(newest, newest.c.contract_id == Contract.id)
        .join(
            ContractVersion,
            (ContractVersion.contract_id == Contract.id) & (ContractVersion.number == newest.c.number),
        )
        .where(
            visible(actor),
            Contract.state.in_(LIVE),
            Contract.id.not_in(renewed),
            last.c.last_on.between(today, until),
        )
        .order_by(last.c.last_on, Contract.id)
        .limit(limit)
    )
    return [
        Ending(contract_id, number, name, last_on, (last_on - today).days, total)
        for contract_id, number, name, last_on, total in rows
    ]


def lines_of_asset(session: Session, asset: Asset) -> list[tuple[Contract, ContractVersion]]:
    """Every signed contract version that covers the asset, oldest first: lines of its archive."""
    rows = session.execute(
        select(Contract, ContractVersion)
        .join(ContractVersion, ContractVersion.contract_id == Contract.id)
        .join(ContractLine, ContractLine.version_id == ContractVersion.id)
        .where(
            Contract.customer_id == asset.customer_id,
            ContractVersion.signed_at.is_not(None),
            or_(
                ContractLine.asset_id == asset.id,
                ContractLine.site_id == asset.site_id,
                ContractLine.scope == "customer",
            ),
        )
        .distinct()
        .order_by(ContractVersion.signed_at, ContractVersion.id)
    )
    return [(contract, version) for contract, version in rows]


def search(session: Session, actor: Actor, words: str, *, limit: int = 8) -> list[tuple[Contract, str]]:
    """Contracts by number."""
    rows = session.execute(
        select(Contract, Customer.name)
        .join(Customer, Customer.id == Contract.customer_id)
        .where(visible(actor), Contract.contract_no.ilike(like(words), escape="!"))
        .order_by(Contract.id.desc())
        .limit(limit)
    )
    return [(row, name) for row, name in rows]
