"""What the page shows while the caller talks: who he is, what he owns, what the asset is owed, what is open (D1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.calendar.api import service_hours
from app.calendar.rules import count
from app.kernel.text import fold_code
from contracts.entitlement.api import ClockTerms, Entitlement, entitlement_for
from contracts.installbase import api as installbase
from contracts.installbase.models import Asset, Customer, Site
from contracts.installbase.rules import AssetCard, ContactCard, SiteCard
from contracts.listing import like
from dispatch.clocks import api as clocks
from dispatch.clocks.faces import ClockFace
from dispatch.requests.models import Request
from dispatch.requests.rules import OPEN
from dispatch.visits.models import Visit
from inventory.catalogue.api import PartCard, parts_for_model

__all__ = ["Found", "Owed", "owed", "who_calls"]

MOST_ASSETS = 40
HISTORY = 6


@dataclass(frozen=True, slots=True)
class OnSite:
    """One site with those of its assets that were found."""

    site: SiteCard
    customer_name: str
    assets: tuple[AssetCard, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Who the caller may be, and the assets to choose from; `more` when not all are shown."""

    contact: ContactCard | None
    customer_names: tuple[str, ...]
    sites: tuple[OnSite, ...]
    more: bool

    @property
    def only_asset(self) -> AssetCard | None:
        """The asset, where there is no choice."""
        found = [asset for group in self.sites for asset in group.assets]
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Promise:
    """One limit as it would run from the report, with the instant it would be due."""

    terms: ClockTerms
    due_at: datetime
    provisional: bool


@dataclass(frozen=True, slots=True)
class Past:
    """A visit of this asset in former times."""

    visit_ref: str
    request_no: str
    ended_at: datetime | None
    cause: str
    action_taken: str


@dataclass(frozen=True, slots=True)
class OpenOne:
    """A request about this asset that is under way, with the clock that runs out next."""

    row: Request
    clock: ClockFace | None


@dataclass(frozen=True, slots=True)
class Owed:
    """What is known about the chosen asset before anything is saved."""

    asset: AssetCard
    site: SiteCard
    customer_name: str
    answer: Entitlement
    promises: tuple[Promise, ...]
    open_requests: tuple[OpenOne, ...]
    history: tuple[Past, ...]
    parts: tuple[PartCard, ...]


def who_calls(session: Session, *, mobile: str, words: str) -> Found:
    """Whose number it is, else whom the words fit: name, pinyin initials, asset number, serial."""
    contacts = installbase.find_by_mobile(session, mobile)
    if contacts:
        wanted = Asset.customer_id.in_({contact.customer_id for contact in contacts})
    elif words:
        wanted = _fits(words)
    else:
        return Found(None, (), (), more=False)
    first = contacts[0].site_id if contacts else None
    rows = session.execute(
        select(Asset.id, Asset.site_id)
        .join(Site, Site.id == Asset.site_id)
        .join(Customer, Customer.id == Asset.customer_id)
        .where(Asset.retired_on.is_(None), wanted)
        .order_by(Site.id != (first or -1), Customer.name, Site.name, Asset.name, Asset.id)
        .limit(MOST_ASSETS + 1)
    ).all()
    return _grouped(session, contacts, [row.id for row in rows[:MOST_ASSETS]], more=len(rows) > MOST_ASSETS)


def _fits(words: str):  # type: ignore[no-untyped-def]
    pattern = like(fold_code(words))
    named = (Customer.name, Customer.initials, Customer.customer_no, Site.name, Site.initials, Asset.name,
             Asset.initials, Asset.asset_no, Asset.serial_no)  # fmt: skip
    return or_(*(column.ilike(pattern, escape="!") for column in named))


def _grouped(session: Session, contacts: Sequence[ContactCard], asset_ids: list[int], *, more: bool) -> Found:
    cards = installbase.asset_cards(session, asset_ids)
    sites = installbase.site_cards(session, {card.site_id for card in cards.values()})
    customers = {site.customer_id for site in sites.values()} | {contact.customer_id for contact in contacts}
    names = installbase.customer_names(session, customers)
    groups: dict[int, list[AssetCard]] = {}
    for asset_id in asset_ids:
        groups.setdefault(cards[asset_id].site_id, []).append(cards[asset_id])
    found = tuple(OnSite(sites[key], names[sites[key].customer_id], tuple(group)) for key, group in groups.items())
    return Found(contacts[0] if contacts else None, tuple(sorted(set(names.values()))), found, more)


def owed(session: Session, asset_id: int, *, level: int, request_type: str, at: datetime) -> Owed:
    """Everything the desk wants to see about this asset at once. Raises MissingAsset."""
    asset = installbase.asset_card(session, asset_id)
    answer = entitlement_for(session, asset_id, at=at, request_type=request_type, fault_level=level)
    site = installbase.site_card(session, asset.site_id)
    return Owed(
        asset=asset,
        site=site,
        customer_name=installbase.customer_name(session, asset.customer_id),
        answer=answer,
        promises=tuple(_promise(session, terms, at) for terms in answer.clocks),
        open_requests=_open_requests(session, asset_id, at),
        history=_history(session, asset_id),
        parts=parts_for_model(session, asset.model),
    )


def _promise(session: Session, terms: ClockTerms, at: datetime) -> Promise:
    due = count(at, timedelta(seconds=terms.limit_s), service_hours(session, terms.hours_code, terms.zone))
    return Promise(terms, due.at, due.provisional)


def _open_requests(session: Session, asset_id: int, now: datetime) -> tuple[OpenOne, ...]:
    rows = session.scalars(
        select(Request)
        .where(Request.asset_id == asset_id, Request.state.in_(OPEN))
        .order_by(Request.id.desc())
        .limit(10)
    ).all()
    faces = clocks.clock_views(session, [row.id for row in rows], now)
    return tuple(OpenOne(row, clocks.next_clock(faces[row.id])) for row in rows)


def _history(session: Session, asset_id: int) -> tuple[Past, ...]:
    rows = session.execute(
        select(Visit, Request.request_no)
        .join(Request, Request.id == Visit.request_id)
        .where(Request.asset_id == asset_id, Visit.resolved_at.is_not(None))
        .order_by(Visit.resolved_at.desc())
        .limit(HISTORY)
    )
    return tuple(Past(v.visit_ref, no, v.resolved_at, v.cause, v.action_taken) for v, no in rows)
