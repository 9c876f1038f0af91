"""What people do to the tree of places (I2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit import api as audit
from app.auth.actor import Actor
from app.db import Stale, changed_one, transaction, use_case
from app.kernel.errors import InvalidInput
from app.search.initials import initials
from inventory.places import store
from inventory.places.errors import MissingPlace, PlaceCodeTaken
from inventory.places.models import Place
from inventory.places.rules import PlaceData, PlaceId, check_place, stands_below


@use_case
def add_place(data: PlaceData, *, by: Actor, now: datetime) -> PlaceId:
    """The id of a new place. Raises PlaceCodeTaken, or InvalidInput with everything wrong."""
    return add_places([data], by=by, now=now)[0]


@use_case
def add_places(rows: Sequence[PlaceData], *, by: Actor, now: datetime) -> list[PlaceId]:
    """The ids of new places, all or none; a parent may come earlier in the same list."""
    ids: list[PlaceId] = []
    with transaction() as session:
        for data in rows:
            parent = _parent(session, data)
            check_place(data, parent_kind=parent.kind if parent else None)
            try:
                place = store.new(session, data, parent_id=parent.id if parent else None, at=now)
            except IntegrityError as error:
                raise PlaceCodeTaken(place_code=data.code) from error
            ids.append(PlaceId(place.id))
            audit.record(
                session, by=by, action="inventory.place_added", object_ref=f"place:{data.code}", at=now,
                after={"name": data.name, "kind": data.kind, "holder": data.holder_ref},
            )  # fmt: skip
    return ids


@use_case
def edit_place(code: str, data: PlaceData, *, version: int, by: Actor, now: datetime) -> None:
    """Describe a place anew; its kind and condition stay. Raises Stale when somebody changed it meanwhile (P14)."""
    with transaction() as session:
        place = store.by_code(session, code)
        parent = _parent(session, data)
        if data.kind is not place.kind or data.condition is not place.condition:
            raise InvalidInput("kind", "inventory.place_kind_stays")
        check_place(data, parent_kind=parent.kind if parent else None)
        if parent is not None and stands_below(place.id, parent.id, store.locked_tree(session)):
            raise InvalidInput("parent", "inventory.stands_in_itself")
        before = {"code": place.code, "name": place.name, "holder": place.holder_ref}
        change = update(Place).where(Place.id == place.id, Place.version == version)
        try:
            changed = session.execute(
                change.values(
                    code=data.code, name=data.name, initials=initials(data.name), lat=data.lat, lon=data.lon,
                    parent_id=parent.id if parent else None, hours=store.hours_as_text(data.hours),
                    holder_ref=data.holder_ref or None, version=version + 1,
                )
            )  # fmt: skip
        except IntegrityError as error:
            raise PlaceCodeTaken(place_code=data.code) from error
        if not changed_one(changed):
            raise Stale(seen=version, found=place.version)
        audit.record(
            session, by=by, action="inventory.place_edited", object_ref=f"place:{data.code}", at=now, before=before,
            after={"code": data.code, "name": data.name, "holder": data.holder_ref},
        )  # fmt: skip


def _parent(session: Session, data: PlaceData) -> Place | None:
    if not data.parent_code:
        return None
    try:
        return store.by_code(session, data.parent_code)
    except MissingPlace as error:
        raise InvalidInput("parent", "inventory.missing_place", place_code=data.parent_code) from error
