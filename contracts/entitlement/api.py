"""The door to entitlement: what is this asset owed, at this instant, for this kind of request (C5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from app.calendar.api import service_hours
from app.calendar.rules import ServiceHours
from app.calendar.rules import due_at as count_due
from contracts.entitlement import store
from contracts.entitlement.rules import (
    Candidate,
    ClockTerms,
    Cover,
    CoverKind,
    CoverName,
    Entitlement,
    Reason,
    Verdict,
    entitle,
    from_json,
    to_json,
)
from contracts.installbase.errors import MissingAsset
from contracts.installbase.models import Asset
from contracts.penalties import store as penalties
from contracts.penalties.rules import PenaltyClause
from contracts.terms.errors import MissingVersion
from contracts.terms.models import Contract, ContractVersion

__all__ = [
    "Candidate",
    "ClockTerms",
    "Cover",
    "CoverKind",
    "CoverName",
    "Entitlement",
    "Reason",
    "Verdict",
    "VersionTerms",
    "covers_of",
    "entitlement_for",
    "from_json",
    "terms_for_version",
    "to_json",
]


@dataclass(frozen=True, slots=True)
class VersionTerms:
    """A contract version as a stored request points at it (P8)."""

    version_id: int
    contract_id: int
    contract_no: str
    number: int
    starts_on: date
    ends_on: date
    zone: str
    level_labels: tuple[str, str, str]
    clauses: dict[str, PenaltyClause]


def entitlement_for(
    session: Session, asset_id: int, *, at: datetime, request_type: str = "fault", fault_level: int
) -> Entitlement:
    """What a call reported `at` about the asset is owed; `fault_level` is the severity rank 1 to 3.

    Judged by the terms in force at that instant, whatever was agreed later. Raises MissingAsset.
    """
    asset = session.get(Asset, asset_id)
    if asset is None:
        raise MissingAsset(id=asset_id)
    hours: dict[tuple[str, str], ServiceHours] = {}

    def due_at(code: str, zone: str, limit_s: int) -> datetime:
        if (code, zone) not in hours:
            hours[code, zone] = service_hours(session, code, zone)
        return count_due(at, timedelta(seconds=limit_s), hours[code, zone])

    covers = store.covers_of(session, asset)
    return entitle(covers, at=at, request_type=request_type, level=fault_level, due_at=due_at)


def covers_of(session: Session, asset_id: int) -> list[Cover]:
    """Every cover the asset ever had, for its timeline (C2). Raises MissingAsset."""
    asset = session.get(Asset, asset_id)
    if asset is None:
        raise MissingAsset(id=asset_id)
    return store.covers_of(session, asset)


def terms_for_version(session: Session, contract_version_id: int) -> VersionTerms:
    """The version a clock came from, with its clauses. Raises MissingVersion."""
    version = session.get(ContractVersion, contract_version_id)
    if version is None:
        raise MissingVersion(id=contract_version_id)
    contract = session.get_one(Contract, version.contract_id)
    return VersionTerms(
        version_id=version.id,
        contract_id=contract.id,
        contract_no=contract.contract_no,
        number=version.number,
        starts_on=version.starts_on,
        ends_on=version.ends_on,
        zone=version.zone,
        level_labels=(version.label_1, version.label_2, version.label_3),
        clauses=penalties.clauses(session, [version.id]).get(version.id, {}),
    )
