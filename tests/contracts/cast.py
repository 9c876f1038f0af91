"""The contracts floor's part of the small cast: a hospital, its site, its pump, and the 4-hour contract over it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from app.auth.actor import SYSTEM, Actor
from app.calendar import use_cases as calendars
from app.db import db
from contracts.installbase import use_cases as installbase
from contracts.installbase.rules import AssetFacts, ContactFacts, CustomerFacts, SiteFacts
from contracts.policies import use_cases as policies
from contracts.policies.api import policy_id
from contracts.policies.rules import ClockKind
from contracts.terms import use_cases as terms
from contracts.terms.clauses import CapPeriod, ClauseTerms
from contracts.terms.models import Contract
from contracts.terms.rules import ContractKind, ContractTerms, LineScope, LineTerms

LONG_AGO = datetime(2025, 12, 20, 2, 0, tzinfo=UTC)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


@dataclass(frozen=True, slots=True)
class Hospital:
    """Ids of the hospital and what belongs to it."""

    customer_id: int
    contact_id: int
    site_id: int
    pump_id: int


def shipped(*, now: datetime = LONG_AGO, by: Actor = SYSTEM) -> None:
    """Calendars and policies as they ship; safe to call again."""
    calendars.seed_calendars(by=by, now=now)
    policies.seed_policies(by=by, now=now)


def hospital(*, name: str = "市第一医院", now: datetime = LONG_AGO, by: Actor = SYSTEM) -> Hospital:
    """The hospital with one contact, one site in Shanghai and the circulation pump P-03."""
    shipped(now=now, by=by)
    customer_id = installbase.add_customer(CustomerFacts(name=name, phone="021-6000000"), by=by, now=now)
    site_id = installbase.add_site(customer_id, site_facts(), by=by, now=now)
    contact_id = installbase.add_contact(
        customer_id, ContactFacts(name="张主任", title="设备科", mobile="13800132201", is_main=True), by=by, now=now
    )
    pump_id = installbase.add_asset(site_id, pump_facts(serial_no=f"SN-{customer_id}"), by=by, now=now)
    return Hospital(customer_id, contact_id, site_id, pump_id)


def site_facts(**other: Any) -> SiteFacts:
    """The hospital's site, as it would be typed."""
    facts = {"name": "门诊楼B1机房", "address": "人民路8号", "lat": "31.230400", "lon": "121.473700", "territory": "T1"}
    return SiteFacts(**{**facts, **other})


def pump_facts(**other: Any) -> AssetFacts:
    """The pump, accepted at the end of 2025."""
    facts: dict[str, Any] = {
        "name": "循环泵P-03", "model": "CP-200", "serial_no": "SN70112", "sale_value_fen": 12_000_000,
        "installed_on": date(2025, 12, 1), "accepted_on": date(2025, 12, 15),
    }  # fmt: skip
    return AssetFacts(**{**facts, **other})


def four_hour_terms(who: Hospital, *, code: str = "4-hour", **other: Any) -> ContractTerms:
    """A year of cover for the pump, ¥200 per started hour of late arrival, capped at ¥3,000 a quarter (E11)."""
    line = LineTerms(LineScope.ASSET, policy_id(db.session(), code), asset_id=who.pump_id, price_fen=12_000_000)
    facts: dict[str, Any] = {
        "starts_on": YEAR[0], "ends_on": YEAR[1], "lines": (line,), "fee_fen": 12_000_000,
        "clauses": (
            ClauseTerms(ClockKind.ARRIVAL, per_unit_fen=20_000), ClauseTerms(ClockKind.RESOLVE, per_unit_fen=10_000),
        ),
        "penalty_cap_fen": 300_000, "penalty_cap_period": CapPeriod.QUARTER,
    }  # fmt: skip
    return ContractTerms(**{**facts, **other})


def seen(contract_id: int) -> int:
    """The version a page opened now would show."""
    db.session.rollback()
    return db.session.get_one(Contract, contract_id).version


def signed_contract(
    customer_id: int, contract_terms: ContractTerms, *, now: datetime = LONG_AGO, by: Actor = SYSTEM, **other: Any
) -> int:
    """A contract drafted, quoted and signed."""
    kind = other.pop("kind", ContractKind.PAID_MAINTENANCE)
    contract_id = terms.draft_contract(customer_id, kind, contract_terms, by=by, now=now, **other)
    terms.quote_contract(contract_id, seen=1, by=by, now=now)
    terms.sign_contract(contract_id, signed_by="张主任", seen=2, by=by, now=now)
    return contract_id


def active_contract(
    customer_id: int, contract_terms: ContractTerms, *, now: datetime = LONG_AGO, by: Actor = SYSTEM, **other: Any
) -> int:
    """A contract in force."""
    contract_id = signed_contract(customer_id, contract_terms, now=now, by=by, **other)
    terms.activate_contract(contract_id, seen=seen(contract_id), by=by, now=now)
    return contract_id


def four_hour_contract(who: Hospital, **other: Any) -> int:
    """The hospital's 4-hour contract of 2026, in force."""
    return active_contract(who.customer_id, four_hour_terms(who, **other))
