"""The places' door for the rooms and floors above; takes their session, never commits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.places import store
from inventory.places.errors import MissingPlace
from inventory.places.models import Place
from inventory.places.rules import Condition, Hours, PlaceId, PlaceKind


@dataclass(frozen=True, slots=True)
class PlaceCard:
    """What others need to know of a place. Position and hours are its house's when it is a bin.

    `house_id` is the warehouse or depot it stands in, itself for a house; a van is its own house.
    """

    id: PlaceId
    code: str
    name: str
    kind: PlaceKind
    condition: Condition
    house_id: PlaceId
    lat: float | None
    lon: float | None
    hours: Hours | None
    holder_ref: str | None
    site_ref: str | None


def place_cards(session: Session, ids: Iterable[int] | None = None) -> dict[int, PlaceCard]:
    """The places with these ids (all of them without), each with the position and hours of its house."""
    wanted = None if ids is None else set(ids)
    if wanted is not None and not wanted:
        return {}
    # Bins borrow from their ancestors, so the shelves' tree is read whole; customer sites have no tree.
    rows = {row.id: row for row in session.scalars(select(Place).where(Place.kind != PlaceKind.CUSTOMER_SITE))}
    if wanted is None or wanted - rows.keys():
        sites = select(Place).where(Place.kind == PlaceKind.CUSTOMER_SITE)
        if wanted is not None:
            sites = sites.where(Place.id.in_(wanted - rows.keys()))
        rows |= {row.id: row for row in session.scalars(sites)}
    return {row.id: _card(row, rows) for row in rows.values() if wanted is None or row.id in wanted}


def _card(row: Place, rows: dict[int, Place]) -> PlaceCard:
    house, passed = row, {row.id}
    # A circle is refused when it is written; one that got in otherwise must not hang every page.
    while house.kind is PlaceKind.BIN and house.parent_id is not None and house.parent_id not in passed:
        house = rows[house.parent_id]
        passed.add(house.id)
    return PlaceCard(
        id=PlaceId(row.id), code=row.code, name=row.name, kind=row.kind, condition=row.condition,
        house_id=PlaceId(house.id), lat=house.lat, lon=house.lon, hours=store.hours_from_text(house.hours),
        holder_ref=row.holder_ref, site_ref=row.site_ref,
    )  # fmt: skip


def place_by_code(session: Session, code: str) -> PlaceCard:
    """The place with this code. Raises MissingPlace."""
    row = store.by_code(session, code)
    return place_cards(session, [row.id])[row.id]


def van_of(session: Session, holder_ref: str) -> PlaceCard:
    """The van with good parts of this driver ("engineer:7"). Raises MissingPlace."""
    row = session.scalar(select(Place).where(Place.holder_ref == holder_ref, Place.condition == Condition.GOOD))
    if row is None:
        raise MissingPlace(place_code=holder_ref)
    return place_cards(session, [row.id])[row.id]


def vans_of(session: Session, holder_refs: Iterable[str]) -> dict[str, int]:
    """Driver → id of the van with good parts; a driver without a van is left out."""
    rows = select(Place.holder_ref, Place.id).where(
        Place.holder_ref.in_(set(holder_refs)), Place.condition == Condition.GOOD
    )
    return {holder: place_id for holder, place_id in session.execute(rows) if holder is not None}
