"""The door to the install base for the floors above; takes their session, never commits."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.text import fold_mobile
from contracts.installbase import store
from contracts.installbase.errors import MissingAsset, MissingCustomer, MissingSite
from contracts.installbase.models import Asset, Contact, Customer, Site
from contracts.installbase.rules import AssetCard, ContactCard, CustomerCard, SiteCard

__all__ = [
    "asset_card",
    "asset_cards",
    "assets_of_customer",
    "assets_of_site",
    "contacts_of",
    "customer_card",
    "customer_name",
    "customer_names",
    "find_by_mobile",
    "site_card",
    "site_cards",
    "sites_of_customer",
]


def customer_card(session: Session, customer_id: int) -> CustomerCard:
    """The customer. Raises MissingCustomer."""
    return store.customer_card(store.get(session, Customer, customer_id, MissingCustomer))


def customer_name(session: Session, customer_id: int) -> str:
    """The customer's name. Raises MissingCustomer."""
    return customer_card(session, customer_id).name


def customer_names(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """Names by id; ids nobody has are left out."""
    return {row.id: row.name for row in store.rows(session, Customer, ids)}


def contacts_of(session: Session, customer_id: int, *, site_id: int | None = None) -> tuple[ContactCard, ...]:
    """The customer's people, the main one first; with `site_id` those of that site before the others."""
    found = session.scalars(select(Contact).where(Contact.customer_id == customer_id).order_by(Contact.id))
    cards = [store.contact_card(row) for row in found]
    cards.sort(key=lambda card: (site_id is None or card.site_id != site_id, not card.is_main, card.id))
    return tuple(cards)


def find_by_mobile(session: Session, mobile: str) -> tuple[ContactCard, ...]:
    """Whoever has this number, blanks and hyphens forgiven; nobody for an empty one (D1)."""
    number = fold_mobile(mobile)
    if not number:
        return ()
    return tuple(
        store.contact_card(row)
        for row in session.scalars(select(Contact).where(Contact.mobile == number).order_by(Contact.id))
    )


def site_card(session: Session, site_id: int) -> SiteCard:
    """The site. Raises MissingSite."""
    return store.site_card(store.get(session, Site, site_id, MissingSite))


def site_cards(session: Session, ids: Iterable[int]) -> dict[int, SiteCard]:
    """Sites by id; ids nobody has are left out."""
    return {row.id: store.site_card(row) for row in store.rows(session, Site, ids)}


def sites_of_customer(session: Session, customer_id: int) -> tuple[SiteCard, ...]:
    """The customer's sites by name."""
    found = session.scalars(select(Site).where(Site.customer_id == customer_id).order_by(Site.name, Site.id))
    return tuple(store.site_card(row) for row in found)


def asset_card(session: Session, asset_id: int) -> AssetCard:
    """The asset, retired or not. Raises MissingAsset."""
    return store.asset_card(store.get(session, Asset, asset_id, MissingAsset))


def asset_cards(session: Session, ids: Iterable[int]) -> dict[int, AssetCard]:
    """Assets by id; ids nobody has are left out."""
    return {row.id: store.asset_card(row) for row in store.rows(session, Asset, ids)}


def assets_of_site(session: Session, site_id: int) -> tuple[AssetCard, ...]:
    """The assets standing on the site and not retired, by name."""
    found = session.scalars(
        select(Asset).where(Asset.site_id == site_id, Asset.retired_on.is_(None)).order_by(Asset.name, Asset.id)
    )
    return tuple(store.asset_card(row) for row in found)


def assets_of_customer(session: Session, customer_id: int) -> tuple[AssetCard, ...]:
    """The customer's assets that are not retired, by name."""
    found = session.scalars(
        select(Asset).where(Asset.customer_id == customer_id, Asset.retired_on.is_(None)).order_by(Asset.name, Asset.id)
    )
    return tuple(store.asset_card(row) for row in found)
