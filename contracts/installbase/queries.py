"""Lists and pages of the install base, always within the actor's scope (P25)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.kernel.text import fold_mobile
from contracts.installbase.errors import MissingAsset, MissingContact, MissingCustomer, MissingSite
from contracts.installbase.models import Asset, Contact, Customer, Site
from contracts.listing import Asked, Listing, like, listing
from contracts.scope import within


def _matches(words: str, *columns: object) -> ColumnElement[bool]:
    pattern = like(words)
    return or_(*(column.ilike(pattern, escape="!") for column in columns))  # type: ignore[attr-defined]


def customers(session: Session, actor: Actor, what: Asked) -> Listing:
    """Customers with how many sites and assets they have: (customer, sites, assets)."""
    sites = select(func.count()).where(Site.customer_id == Customer.id).scalar_subquery()
    assets = select(func.count()).where(Asset.customer_id == Customer.id, Asset.retired_on.is_(None)).scalar_subquery()
    found = select(Customer, sites.label("sites"), assets.label("assets")).where(within(actor, Customer.id))
    if what.words:
        called = select(Contact.customer_id).where(Contact.mobile == (fold_mobile(what.words) or "-"))
        named = _matches(what.words, Customer.name, Customer.initials, Customer.customer_no, Customer.phone)
        found = found.where(or_(named, Customer.id.in_(called)))
    return listing(session, found.order_by(Customer.name, Customer.id), what)


def sites(session: Session, actor: Actor, what: Asked) -> Listing:
    """Sites with their customer: (site, customer name)."""
    found = (
        select(Site, Customer.name.label("customer_name"))
        .join(Customer, Customer.id == Site.customer_id)
        .where(within(actor, Site.customer_id))
    )
    if territory := what.chosen.get("territory"):
        found = found.where(Site.territory == territory)
    if what.words:
        found = found.where(_matches(what.words, Site.name, Site.initials, Site.site_no, Site.address, Customer.name))
    return listing(session, found.order_by(Customer.name, Site.name, Site.id), what)


def assets(session: Session, actor: Actor, what: Asked) -> Listing:
    """Assets with site and customer: (asset, site name, customer name)."""
    found = (
        select(Asset, Site.name.label("site_name"), Customer.name.label("customer_name"))
        .join(Site, Site.id == Asset.site_id)
        .join(Customer, Customer.id == Asset.customer_id)
        .where(within(actor, Asset.customer_id))
    )
    retired = what.chosen.get("state") == "retired"
    found = found.where(Asset.retired_on.is_not(None) if retired else Asset.retired_on.is_(None))
    if model := what.chosen.get("model"):
        found = found.where(Asset.model == model)
    if what.words:
        found = found.where(
            _matches(
                what.words, Asset.name, Asset.initials, Asset.asset_no, Asset.serial_no, Asset.model, Customer.name
            )
        )
    return listing(session, found.order_by(Customer.name, Asset.name, Asset.id), what)


def territories(session: Session, actor: Actor) -> list[str]:
    """The territories of the sites the actor may see."""
    found = select(Site.territory).where(Site.territory != "", within(actor, Site.customer_id))
    return list(session.scalars(found.distinct().order_by(Site.territory)))


def models(session: Session, actor: Actor) -> list[str]:
    """The models among the assets the actor may see."""
    found = select(Asset.model).where(within(actor, Asset.customer_id)).distinct().order_by(Asset.model)
    return list(session.scalars(found))


def customer(session: Session, actor: Actor, customer_id: int) -> Customer:
    """The customer. Raises MissingCustomer for an absent and for a foreign one alike."""
    row = session.scalar(select(Customer).where(Customer.id == customer_id, within(actor, Customer.id)))
    if row is None:
        raise MissingCustomer()
    return row


def site(session: Session, actor: Actor, site_id: int) -> Site:
    """The site. Raises MissingSite for an absent and for a foreign one alike."""
    row = session.scalar(select(Site).where(Site.id == site_id, within(actor, Site.customer_id)))
    if row is None:
        raise MissingSite()
    return row


def asset(session: Session, actor: Actor, asset_id: int) -> Asset:
    """The asset. Raises MissingAsset for an absent and for a foreign one alike."""
    row = session.scalar(select(Asset).where(Asset.id == asset_id, within(actor, Asset.customer_id)))
    if row is None:
        raise MissingAsset()
    return row


def contact(session: Session, actor: Actor, contact_id: int) -> Contact:
    """The person. Raises MissingContact for an absent and for a foreign one alike."""
    row = session.scalar(select(Contact).where(Contact.id == contact_id, within(actor, Contact.customer_id)))
    if row is None:
        raise MissingContact()
    return row


def customer_assets(session: Session, customer_id: int) -> list[Asset]:
    """The customer's assets that are not retired, by site and name."""
    return list(
        session.scalars(
            select(Asset)
            .where(Asset.customer_id == customer_id, Asset.retired_on.is_(None))
            .order_by(Asset.site_id, Asset.name, Asset.id)
        )
    )


def site_assets(session: Session, site_id: int) -> list[Asset]:
    """The site's assets that are not retired, by name."""
    return list(
        session.scalars(
            select(Asset).where(Asset.site_id == site_id, Asset.retired_on.is_(None)).order_by(Asset.name, Asset.id)
        )
    )


def children(session: Session, asset_id: int) -> list[Asset]:
    """The assets that stand below this one."""
    return list(session.scalars(select(Asset).where(Asset.parent_id == asset_id).order_by(Asset.name, Asset.id)))


def search(session: Session, actor: Actor, words: str, *, limit: int = 8) -> dict[str, list[object]]:
    """What the search box finds here: customers, sites and assets, each list at most `limit` long."""
    mobile = fold_mobile(words) or "-"
    called = select(Contact.customer_id).where(Contact.mobile == mobile)
    named = _matches(words, Customer.name, Customer.initials, Customer.customer_no)
    at = _matches(words, Site.name, Site.initials, Site.site_no, Site.address)
    owned = _matches(words, Asset.name, Asset.initials, Asset.asset_no, Asset.serial_no)
    return {
        "customers": list(
            session.scalars(
                select(Customer)
                .where(within(actor, Customer.id), or_(named, Customer.id.in_(called)))
                .order_by(Customer.name)
                .limit(limit)
            )
        ),
        "sites": list(
            session.execute(
                select(Site, Customer.name)
                .join(Customer, Customer.id == Site.customer_id)
                .where(within(actor, Site.customer_id), at)
                .order_by(Site.name)
                .limit(limit)
            ).all()
        ),
        "assets": list(
            session.execute(
                select(Asset, Customer.name)
                .join(Customer, Customer.id == Asset.customer_id)
                .where(within(actor, Asset.customer_id), owned)
                .order_by(Asset.name)
                .limit(limit)
            ).all()
        ),
    }


def customer_sites(session: Session, customer_id: int) -> list[Site]:
    """The customer's sites by name."""
    return list(session.scalars(select(Site).where(Site.customer_id == customer_id).order_by(Site.name, Site.id)))
