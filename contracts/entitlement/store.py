"""Every cover of an asset, as the rules want them: contract lines in force, and warranties."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.kernel.dates import DaySpan
from contracts.entitlement.rules import Cover, CoverKind
from contracts.installbase.models import Asset, Site
from contracts.penalties import store as penalties
from contracts.policies.rules import Cost, PolicyTerms
from contracts.policies.store import terms_by_id
from contracts.terms import store as terms
from contracts.terms.models import Contract, ContractLine, ContractVersion, InForce, Suspension, Warranty, WarrantyVoid
from contracts.terms.rules import ContractState, LineScope, Party, line_span

Found = tuple[ContractLine, ContractVersion, Contract, InForce | None]


def covers_of(session: Session, asset: Asset) -> list[Cover]:
    """The asset's covers, whatever their days; after it was retired none reaches further."""
    zone = session.get_one(Site, asset.site_id).zone
    lines, warranties = _lines(session, asset), _warranties(session, asset.id)
    policies = terms_by_id(
        session, [line.policy_id for line, *_ in lines] + [row.policy_id for row, _ in warranties if row.policy_id]
    )
    clauses = penalties.clauses(session, [version.id for _, version, _, _ in lines])
    suspended = _suspended(session, [contract.id for _, _, contract, _ in lines])
    found = []
    for line, version, contract, ruling in lines:
        found.append(
            Cover(
                ref=f"line:{line.id}",
                kind=CoverKind.CONTRACT,
                name=contract.contract_no,
                span=_until_retired(_line_span(line, version, ruling), asset),
                zone=zone,
                priority=version.priority,
                pays=policies[line.policy_id].includes,
                policy=policies[line.policy_id],
                contract_version_id=version.id,
                clauses=clauses.get(version.id),
                level_labels=(version.label_1, version.label_2, version.label_3),
                suspended=tuple(suspended.get(contract.id, ())),
            )
        )
    for row, void in warranties:
        policy = policies.get(row.policy_id) if row.policy_id else None
        found.append(_warranty(row, void, policy, zone=zone, asset=asset))
    return found


def _lines(session: Session, asset: Asset) -> list[Found]:
    """Signed lines that name the asset, its site or all its customer owns; superseded wordings are left out."""
    rows = session.execute(
        select(ContractLine, ContractVersion, Contract, InForce)
        .join(ContractVersion, ContractVersion.id == ContractLine.version_id)
        .join(Contract, Contract.id == ContractVersion.contract_id)
        .outerjoin(InForce, InForce.version_id == ContractVersion.id)
        .where(
            Contract.customer_id == asset.customer_id,
            ContractVersion.signed_at.is_not(None),
            or_(InForce.version_id.is_not(None), Contract.state == ContractState.SIGNED),
            or_(
                ContractLine.asset_id == asset.id,
                ContractLine.site_id == asset.site_id,
                ContractLine.scope == LineScope.CUSTOMER,
            ),
        )
        .order_by(ContractLine.id)
    )
    return [(line, version, contract, ruling) for line, version, contract, ruling in rows]


def _line_span(line: ContractLine, version: ContractVersion, ruling: InForce | None) -> DaySpan | None:
    if ruling is None or version.signed_on is None:
        return None
    return line_span(terms.line_terms(line), terms.span(ruling), signed_on=version.signed_on)


def _until_retired(span: DaySpan | None, asset: Asset) -> DaySpan | None:
    if span is None or asset.retired_on is None or span.last_on <= asset.retired_on:
        return span
    return DaySpan(span.first_on, asset.retired_on) if span.first_on <= asset.retired_on else None


def _warranties(session: Session, asset_id: int) -> list[tuple[Warranty, bool]]:
    rows = session.execute(
        select(Warranty, WarrantyVoid.warranty_id)
        .outerjoin(WarrantyVoid, WarrantyVoid.warranty_id == Warranty.id)
        .where(Warranty.asset_id == asset_id)
        .order_by(Warranty.id)
    )
    return [(row, void is not None) for row, void in rows]


def _warranty(row: Warranty, void: bool, policy: PolicyTerms | None, *, zone: str, asset: Asset) -> Cover:
    pays = {Cost.LABOUR: row.includes_labour, Cost.TRAVEL: row.includes_travel, Cost.PARTS: row.includes_parts}
    ours = row.party is Party.OURS
    return Cover(
        ref=f"warranty:{row.id}",
        kind=CoverKind.WARRANTY if ours else CoverKind.MANUFACTURER,
        name=row.note or f"W-{row.id:06d}",
        span=_until_retired(DaySpan(row.first_on, row.last_on), asset),
        zone=zone,
        priority=row.priority,
        pays=frozenset(cost for cost, yes in pays.items() if yes),
        policy=policy,
        void=void,
    )


def _suspended(session: Session, contract_ids: list[int]) -> dict[int, list[tuple[datetime, datetime | None]]]:
    found: dict[int, list[tuple[datetime, datetime | None]]] = {}
    if not contract_ids:
        return found
    rows = select(Suspension).where(Suspension.contract_id.in_(sorted(set(contract_ids)))).order_by(Suspension.id)
    for row in session.scalars(rows):
        found.setdefault(row.contract_id, []).append((row.began_at, row.ended_at))
    return found
