"""Use cases of warranties: add one, take a wrong one back (C2)."""

from __future__ import annotations

from datetime import datetime

from app.audit import api as audit
from app.auth.actor import Actor
from app.db import transaction, use_case
from contracts.installbase.errors import MissingAsset
from contracts.installbase.models import Asset
from contracts.policies import api as policies
from contracts.policies.rules import Cost
from contracts.terms.errors import MissingWarranty
from contracts.terms.models import Warranty, WarrantyVoid
from contracts.terms.rules import WarrantyFacts, warranty_span


@use_case
def add_warranty(asset_id: int, facts: WarrantyFacts, *, by: Actor, now: datetime) -> int:
    """A cover of the asset from its start event on, its last day inclusive (C2).

    Raises MissingAsset, MissingPolicy, NotAcceptedYet, NoLength.
    """
    with transaction() as session:
        asset = session.get(Asset, asset_id)
        if asset is None:
            raise MissingAsset(id=asset_id)
        if facts.policy_id is not None:
            policies.policy_terms(session, facts.policy_id)
        span = warranty_span(facts, accepted_on=asset.accepted_on, installed_on=asset.installed_on)
        row = Warranty(
            asset_id=asset_id,
            party=facts.party,
            component=facts.component,
            start_event=facts.start_event,
            first_on=span.first_on,
            last_on=span.last_on,
            months=facts.months,
            extra_months=facts.extra_months,
            days=facts.days,
            includes_labour=Cost.LABOUR in facts.includes,
            includes_travel=Cost.TRAVEL in facts.includes,
            includes_parts=Cost.PARTS in facts.includes,
            policy_id=facts.policy_id,
            priority=facts.priority,
            note=facts.note,
            created_at=now,
        )
        session.add(row)
        session.flush()
        told = {"asset_id": asset_id, "party": facts.party, "first_on": span.first_on, "last_on": span.last_on}
        audit.record(session, by=by, action="warranty.add", object_ref=f"warranty:{row.id}", at=now, after=told)
        return row.id


@use_case
def void_warranty(warranty_id: int, *, why: str, by: Actor, now: datetime) -> None:
    """Take back a warranty that was entered wrongly; repeated, it changes nothing. Raises MissingWarranty."""
    with transaction() as session:
        if session.get(Warranty, warranty_id) is None:
            raise MissingWarranty(id=warranty_id)
        if session.get(WarrantyVoid, warranty_id) is not None:
            return
        session.add(WarrantyVoid(warranty_id=warranty_id, at=now, why=why))
        audit.record(
            session, by=by, action="warranty.void", object_ref=f"warranty:{warranty_id}", at=now, after={"why": why}
        )
