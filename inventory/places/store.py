"""Rows of places."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.search.initials import initials
from inventory.places.errors import MissingPlace
from inventory.places.models import Place
from inventory.places.rules import COUNTERPARTIES, HOUSES, Condition, Hours, PlaceData, PlaceKind

#: The places every ledger needs beside its own shelves, by kind: code and name.
FIXED = {
    PlaceKind.SUPPLIER: ("SUPPLIER", "供应商"),
    PlaceKind.IN_TRANSIT: ("TRANSIT", "在途"),
    PlaceKind.COUNT_DIFFERENCE: ("COUNT-DIFF", "盘点差异"),
    PlaceKind.SCRAP: ("SCRAP", "报废"),
}


def hours_as_text(hours: Hours | None) -> str | None:
    """Opening hours as they are stored."""
    return None if hours is None else json.dumps(hours)


def hours_from_text(stored: str | None) -> Hours | None:
    """Opening hours as rules want them."""
    if stored is None:
        return None
    return tuple(None if span is None else (int(span[0]), int(span[1])) for span in json.loads(stored))


def by_code(session: Session, code: str) -> Place:
    """The place with this code. Raises MissingPlace."""
    place = session.scalar(select(Place).where(Place.code == code))
    if place is None:
        raise MissingPlace(place_code=code)
    return place


def fixed(session: Session, kind: PlaceKind, *, at: datetime) -> Place:
    """The one supplier, transit, difference or scrap place; made on first use."""
    code, name = FIXED[kind]
    data = PlaceData(code=code, name=name, kind=kind)
    return _once(session, Place.code == code, lambda: new(session, data, parent_id=None, at=at))


def for_site(session: Session, site_ref: str, *, name: str, at: datetime) -> Place:
    """The customer's place for a site that stands upstairs; made on first use."""
    data = PlaceData(code=site_ref.upper().replace(":", "-"), name=name or site_ref, kind=PlaceKind.CUSTOMER_SITE)
    return _once(
        session, Place.site_ref == site_ref, lambda: new(session, data, parent_id=None, at=at, site_ref=site_ref)
    )


def defective_twin(session: Session, place: Place, *, at: datetime) -> Place:
    """Where the same van or house keeps its defective parts; made on first use."""
    if place.condition is Condition.DEFECTIVE:
        return place
    code = f"{place.code}-X"
    data = PlaceData(
        code=code, name=f"{place.name} 坏件", kind=PlaceKind.VAN if place.kind is PlaceKind.VAN else PlaceKind.BIN,
        condition=Condition.DEFECTIVE, holder_ref=place.holder_ref or "",
    )  # fmt: skip
    return _once(session, Place.code == code, lambda: new(session, data, parent_id=place.id, at=at))


def _once(session: Session, known_by: ColumnElement[bool], make: Callable[[], Place]) -> Place:
    """The place, made now if nobody has: of two who need it first at once, the later takes the earlier's."""
    place = session.scalar(select(Place).where(known_by))
    if place is not None:
        return place
    try:
        with session.begin_nested():
            return make()
    except IntegrityError:
        place = session.scalar(select(Place).where(known_by))
        if place is None:
            raise
        return place


def new(
    session: Session, data: PlaceData, *, parent_id: int | None, at: datetime, site_ref: str | None = None
) -> Place:
    """A new row, with its id."""
    place = Place(
        code=data.code, name=data.name, initials=initials(data.name), kind=data.kind, condition=data.condition,
        counterparty=data.kind in COUNTERPARTIES, parent_id=parent_id, lat=data.lat, lon=data.lon,
        hours=hours_as_text(data.hours), holder_ref=data.holder_ref or None, site_ref=site_ref, created_at=at,
        version=1,
    )  # fmt: skip
    session.add(place)
    session.flush()
    return place


def locked_tree(session: Session) -> dict[int, int | None]:
    """Every shelf and the place it stands in, held so that two changes cannot close a circle between them."""
    # Not FOR UPDATE: movements and balances that refer to these places go on meanwhile.
    rows = select(Place.id, Place.parent_id).where(Place.kind != PlaceKind.CUSTOMER_SITE)
    return {row: parent for row, parent in session.execute(rows.order_by(Place.id).with_for_update(key_share=True))}


def site_place_id(session: Session, site_ref: str) -> int | None:
    """The id of a site's place, if parts have gone there before."""
    return session.scalar(select(Place.id).where(Place.site_ref == site_ref))


def by_any_house(session: Session) -> int:
    """The id of the first house: where a part that lies nowhere would be asked for. Raises MissingPlace."""
    first = session.scalar(select(Place.id).where(Place.kind.in_(HOUSES)).order_by(Place.id).limit(1))
    if first is None:
        raise MissingPlace(place_code="--")
    return first
