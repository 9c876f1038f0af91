"""Rows of the install base to the cards that rules and other floors want."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db import Stale, changed_one
from app.kernel.errors import DomainError
from contracts.installbase.models import Asset, Contact, Customer, Site
from contracts.installbase.rules import AssetCard, ContactCard, CustomerCard, SiteCard, access_from_text

MILLION = 1_000_000


def customer_card(row: Customer) -> CustomerCard:
    return CustomerCard(id=row.id, customer_no=row.customer_no, name=row.name, phone=row.phone)


def contact_card(row: Contact) -> ContactCard:
    return ContactCard(
        id=row.id, customer_id=row.customer_id, site_id=row.site_id, name=row.name, title=row.title,
        mobile=row.mobile, email=row.email, is_main=row.is_main,
    )  # fmt: skip


def site_card(row: Site) -> SiteCard:
    return SiteCard(
        id=row.id,
        site_no=row.site_no,
        customer_id=row.customer_id,
        name=row.name,
        address=row.address,
        lat=row.lat_e6 / MILLION,
        lon=row.lon_e6 / MILLION,
        zone=row.zone,
        territory=row.territory,
        access_note=row.access_note,
        access_hours=access_from_text(row.access_hours),
    )


def asset_card(row: Asset) -> AssetCard:
    return AssetCard(
        id=row.id,
        asset_no=row.asset_no,
        name=row.name,
        model=row.model,
        serial_no=row.serial_no,
        site_id=row.site_id,
        customer_id=row.customer_id,
        criticality=row.criticality,
        retired_on=row.retired_on,
    )


def get(session: Session, model: Any, object_id: int, missing: type[DomainError]) -> Any:
    """The row with this id. Raises `missing`."""
    row = session.get(model, object_id)
    if row is None:
        raise missing(id=object_id)
    return row


def rows(session: Session, model: Any, ids: Iterable[int]) -> list[Any]:
    """The rows with these ids, in no order."""
    wanted = sorted(set(ids))
    return list(session.scalars(select(model).where(model.id.in_(wanted)))) if wanted else []


def change(
    session: Session, model: Any, object_id: int, *, seen: int, missing: type[DomainError], values: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Write `values` where the version seen still stands; returns what differed, before and after (P14).

    Raises `missing`, or Stale with both versions.
    """
    row = get(session, model, object_id, missing)
    before = {name: getattr(row, name) for name in values}
    changed = session.execute(
        update(model)
        .where(model.id == object_id, model.version == seen)
        .values(**values, version=seen + 1)
        .execution_options(synchronize_session=False)
    )
    if not changed_one(changed):
        session.refresh(row)
        raise Stale(seen=seen, found=row.version)
    session.expire(row)
    moved = [name for name, value in values.items() if before[name] != value]
    return {name: before[name] for name in moved}, {name: values[name] for name in moved}
