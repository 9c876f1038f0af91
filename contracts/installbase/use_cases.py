"""What people do with the install base: add, change, retire (C1)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit import api as audit
from app.auth.actor import Actor
from app.db import transaction, use_case
from app.kernel.errors import InvalidInput
from app.numbers.api import next_no
from app.search.initials import initials
from contracts.installbase import store
from contracts.installbase.errors import (
    AlreadyRetired,
    MissingAsset,
    MissingContact,
    MissingCustomer,
    MissingSite,
    ParentNotHere,
    SerialTaken,
    SiteOfAnotherCustomer,
)
from contracts.installbase.models import Asset, Contact, Customer, Site
from contracts.installbase.rules import (
    AssetFacts,
    ContactFacts,
    CustomerFacts,
    SiteFacts,
    access_text,
    check_dates,
    check_zone,
    wgs84,
)


@use_case
def add_customer(facts: CustomerFacts, *, by: Actor, now: datetime) -> int:
    """A new customer under a new number. Raises InvalidInput when the name is taken."""
    with transaction() as session:
        row = Customer(customer_no=next_no(session, "K"), **_customer_values(facts), created_at=now)
        return _add(session, row, field="name", action="customer.add", by=by, at=now)


@use_case
def edit_customer(customer_id: int, facts: CustomerFacts, *, seen: int, by: Actor, now: datetime) -> None:
    """Change what is written about a customer. Raises MissingCustomer, Stale."""
    with transaction() as session, _taken("name"):
        _change(session, Customer, customer_id, seen, MissingCustomer, _customer_values(facts), by=by, at=now)


@use_case
def add_contact(customer_id: int, facts: ContactFacts, *, by: Actor, now: datetime) -> int:
    """A new person at the customer. Raises MissingCustomer, SiteOfAnotherCustomer."""
    with transaction() as session:
        store.get(session, Customer, customer_id, MissingCustomer)
        _check_site(session, customer_id, facts.site_id)
        row = Contact(customer_id=customer_id, **_contact_values(facts), created_at=now)
        return _add(session, row, field="name", action="contact.add", by=by, at=now)


@use_case
def edit_contact(contact_id: int, facts: ContactFacts, *, seen: int, by: Actor, now: datetime) -> None:
    """Change what is written about a person. Raises MissingContact, SiteOfAnotherCustomer, Stale."""
    with transaction() as session:
        row = store.get(session, Contact, contact_id, MissingContact)
        _check_site(session, row.customer_id, facts.site_id)
        _change(session, Contact, contact_id, seen, MissingContact, _contact_values(facts), by=by, at=now)


@use_case
def add_site(customer_id: int, facts: SiteFacts, *, by: Actor, now: datetime) -> int:
    """A new site of the customer; its position is converted to WGS-84.

    Raises MissingCustomer, and InvalidInput for a position, zone or access that is none, or a name taken.
    """
    values = _site_values(facts)
    with transaction() as session:
        store.get(session, Customer, customer_id, MissingCustomer)
        row = Site(site_no=next_no(session, "S"), customer_id=customer_id, **values, created_at=now)
        return _add(session, row, field="name", action="site.add", by=by, at=now)


@use_case
def edit_site(site_id: int, facts: SiteFacts, *, seen: int, by: Actor, now: datetime) -> None:
    """Change what is written about a site. Raises MissingSite, Stale, InvalidInput."""
    values = _site_values(facts)
    with transaction() as session, _taken("name"):
        _change(session, Site, site_id, seen, MissingSite, values, by=by, at=now)


@use_case
def add_asset(site_id: int, facts: AssetFacts, *, by: Actor, now: datetime) -> int:
    """A new asset on the site. Raises MissingSite, ParentNotHere, SerialTaken, DatesOutOfOrder."""
    check_dates(installed_on=facts.installed_on, accepted_on=facts.accepted_on)
    with transaction() as session:
        site = store.get(session, Site, site_id, MissingSite)
        _check_parent(session, site.customer_id, facts.parent_id, child_id=None)
        _check_serial(session, facts, but=None)
        row = Asset(
            asset_no=next_no(session, "A"),
            customer_id=site.customer_id,
            site_id=site_id,
            **_asset_values(facts),
            retired_why="",
            created_at=now,
        )
        return _add(session, row, field="serial_no", action="asset.add", by=by, at=now)


@use_case
def edit_asset(asset_id: int, facts: AssetFacts, *, site_id: int, seen: int, by: Actor, now: datetime) -> None:
    """Change what is written about an asset, or move it to another site of its customer.

    Covers begun before keep the dates they were given. Raises MissingAsset, MissingSite,
    SiteOfAnotherCustomer, ParentNotHere, SerialTaken, DatesOutOfOrder, Stale.
    """
    with transaction() as session:
        asset = store.get(session, Asset, asset_id, MissingAsset)
        check_dates(installed_on=facts.installed_on, accepted_on=facts.accepted_on, retired_on=asset.retired_on)
        _check_site(session, asset.customer_id, site_id)
        _check_parent(session, asset.customer_id, facts.parent_id, child_id=asset_id)
        _check_serial(session, facts, but=asset_id)
        values = {**_asset_values(facts), "site_id": site_id}
        _change(session, Asset, asset_id, seen, MissingAsset, values, by=by, at=now)


@use_case
def retire_asset(asset_id: int, *, on: date, why: str, seen: int, by: Actor, now: datetime) -> None:
    """Take an asset out of service for good; it stays in the archive. Raises MissingAsset, AlreadyRetired, Stale."""
    with transaction() as session:
        asset = store.get(session, Asset, asset_id, MissingAsset)
        if asset.retired_on is not None:
            raise AlreadyRetired(asset_no=asset.asset_no, on=asset.retired_on.isoformat())
        check_dates(installed_on=asset.installed_on, accepted_on=asset.accepted_on, retired_on=on)
        values = {"retired_on": on, "retired_why": why}
        _change(session, Asset, asset_id, seen, MissingAsset, values, by=by, at=now, action="asset.retire")


def _customer_values(facts: CustomerFacts) -> dict[str, Any]:
    return {**asdict(facts), "initials": initials(facts.name)}


def _contact_values(facts: ContactFacts) -> dict[str, Any]:
    return {**asdict(facts), "initials": initials(facts.name)}


def _site_values(facts: SiteFacts) -> dict[str, Any]:
    at = wgs84(facts)
    return {
        "name": facts.name,
        "initials": initials(facts.name),
        "address": facts.address,
        "lat_e6": round(at.lat * store.MILLION),
        "lon_e6": round(at.lon * store.MILLION),
        "zone": check_zone(facts.zone),
        "territory": facts.territory,
        "access_hours": access_text(facts.access),
        "access_note": facts.access_note,
    }


def _asset_values(facts: AssetFacts) -> dict[str, Any]:
    return {**asdict(facts), "initials": initials(facts.name)}


def _check_site(session: Session, customer_id: int, site_id: int | None) -> None:
    if site_id is None:
        return
    if store.get(session, Site, site_id, MissingSite).customer_id != customer_id:
        raise SiteOfAnotherCustomer()


def _check_parent(session: Session, customer_id: int, parent_id: int | None, *, child_id: int | None) -> None:
    """Raises ParentNotHere for a parent that is foreign, absent, or stands below the child itself."""
    if parent_id is None:
        return
    # Two changes at once could close a circle between them, each blind to the other: the customer's take turns.
    session.execute(select(Customer.id).where(Customer.id == customer_id).with_for_update(key_share=True))
    step: int | None = parent_id
    passed = {child_id}
    while step is not None:
        row = session.execute(select(Asset.customer_id, Asset.parent_id).where(Asset.id == step)).first()
        if row is None or row.customer_id != customer_id or step in passed:
            raise ParentNotHere()
        passed.add(step)
        step = row.parent_id


def _check_serial(session: Session, facts: AssetFacts, *, but: int | None) -> None:
    if not facts.serial_no:
        return
    holder = session.scalar(
        select(Asset).where(Asset.model == facts.model, Asset.serial_no == facts.serial_no, Asset.id != (but or 0))
    )
    if holder is not None:
        raise SerialTaken(model=facts.model, serial_no=facts.serial_no, asset_no=holder.asset_no)


def _add(session: Session, row: Any, *, field: str, action: str, by: Actor, at: datetime) -> int:
    with _taken(field):
        session.add(row)
        session.flush()
    after = {column.name: getattr(row, column.name) for column in row.__table__.columns}
    audit.record(session, by=by, action=action, object_ref=f"{row.__tablename__}:{row.id}", at=at, after=after)
    new_id: int = row.id
    return new_id


def _change(
    session: Session,
    model: Any,
    object_id: int,
    seen: int,
    missing: Any,
    values: dict[str, Any],
    *,
    by: Actor,
    at: datetime,
    action: str = "",
) -> None:
    before, after = store.change(session, model, object_id, seen=seen, missing=missing, values=values)
    name = model.__tablename__
    audit.record(
        session, by=by, action=action or f"{name}.edit", object_ref=f"{name}:{object_id}", at=at, before=before,
        after=after,
    )  # fmt: skip


@contextmanager
def _taken(field: str) -> Iterator[None]:
    """A unique name or serial that somebody has already is a problem of that field."""
    try:
        yield
    except IntegrityError as error:
        text = str(error.orig).lower()
        if "unique" not in text and "duplicate" not in text:
            raise
        raise InvalidInput(field, "contracts.taken") from error
