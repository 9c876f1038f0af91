"""What contracts put on other pages: the customer's contracts, the asset's archive, the seller's home, search hits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import current_app, render_template, url_for
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import select

from app.auth.actor import Actor
from app.db import db
from app.domain import Role
from app.kernel.dates import local_day
from app.search.views import Hit
from contracts.installbase.models import Asset, Customer
from contracts.installbase.queries import search as search_installbase
from contracts.scope import SEE
from contracts.terms import queries
from contracts.terms.forms import KINDS, STATES
from contracts.terms.models import Contract
from contracts.terms.rules import ContractState

_SELLERS = {Role.SALES, Role.MANAGER}


def of_customer(*, customer_id: int, actor: Actor) -> Markup:
    """The contracts of a customer, on his page."""
    rows = queries.of_customer(db.session(), actor, customer_id)
    return _piece("contracts/terms/_of_customer.html", rows=rows, kinds=KINDS, states=STATES)


def archive(*, asset_id: int, actor: Actor) -> Markup | None:
    """The signed terms that cover an asset, oldest first, as lines of its archive (C1)."""
    if not actor.may(SEE):
        return None
    session = db.session()
    rows = queries.lines_of_asset(session, session.get_one(Asset, asset_id))
    return _piece("contracts/terms/_archive.html", rows=rows) if rows else None


def ending_soon(*, actor: Actor, now: datetime) -> Markup | None:
    """Contracts ending within 30, 60 and 90 days without a renewal, for whoever sells (B2, C6)."""
    if actor.role not in _SELLERS:
        return None
    today = local_day(now, current_app.extensions["settings"].default_zone)
    rows = queries.ending(db.session(), actor, today=today, within_days=90)
    counts = {f"n{days}": sum(row.days_left <= days for row in rows) for days in (30, 60, 90)}
    return _piece("contracts/terms/_ending.html", rows=rows, **counts)


def awaiting(*, actor: Actor, now: datetime) -> Markup | None:
    """Quotations without an answer and signed contracts not in force yet, for whoever sells."""
    if actor.role not in _SELLERS:
        return None
    rows = db.session.execute(
        select(Contract, Customer.name)
        .join(Customer, Customer.id == Contract.customer_id)
        .where(Contract.state.in_([ContractState.QUOTED, ContractState.SIGNED]), queries.visible(actor))
        .order_by(Contract.id)
        .limit(12)
    ).all()
    return _piece("contracts/terms/_quoted.html", rows=rows, states=STATES)


def mine(*, actor: Actor, now: datetime) -> Markup | None:
    """A customer's own contracts, on his home page (B4)."""
    if actor.role is not Role.CUSTOMER or actor.customer_id is None:
        return None
    return of_customer(customer_id=actor.customer_id, actor=actor)


def search(actor: Actor, text: str) -> Iterable[Hit]:
    """Customers, sites, assets and contracts by name, initials, number, serial or mobile, within the actor's scope."""
    if not actor.may(SEE):
        return
    session = db.session()
    found: dict[str, list[Any]] = search_installbase(session, actor, text)
    for row in found["customers"]:
        yield Hit(_l("客户"), row.name, row.customer_no, url_for("installbase.customer", customer_id=row.id))
    for contract, customer_name in queries.search(session, actor, text):
        address = url_for("terms.contract", contract_id=contract.id)
        yield Hit(_l("维保合同"), contract.contract_no, customer_name, address)
    for asset, customer_name in found["assets"]:
        detail = " · ".join(part for part in (asset.asset_no, asset.serial_no, customer_name) if part)
        yield Hit(_l("设备"), asset.name, detail, url_for("installbase.asset", asset_id=asset.id))
    for site, customer_name in found["sites"]:
        detail = f"{customer_name} · {site.address}"
        yield Hit(_l("网点"), site.name, detail, url_for("installbase.site", site_id=site.id))


def _piece(template: str, **about: Any) -> Markup:
    return Markup(render_template(template, **about))  # noqa: S704 - our own template, autoescaped
