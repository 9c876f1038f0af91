"""What people do to the catalogue (I1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.audit import api as audit
from app.auth.actor import Actor
from app.db import Stale, broken_constraint, changed_one, transaction, use_case
from inventory.catalogue import store
from inventory.catalogue.errors import PartNoTaken
from inventory.catalogue.models import Part
from inventory.catalogue.rules import PartData, PartId, check_part


@use_case
def add_part(data: PartData, *, by: Actor, now: datetime) -> PartId:
    """The id of a new part. Raises PartNoTaken, or InvalidInput with everything wrong."""
    return add_parts([data], by=by, now=now)[0]


@use_case
def add_parts(rows: Sequence[PartData], *, by: Actor, now: datetime) -> list[PartId]:
    """The ids of new parts, all or none; a substitute may be a part of the same list."""
    for data in rows:
        check_part(data)
    with transaction() as session:
        parts = [Part(**store.columns_of(data), created_at=now, version=1) for data in rows]
        session.add_all(parts)
        try:
            session.flush()
        except IntegrityError as error:
            if "part_no" not in broken_constraint(error):
                raise
            raise PartNoTaken(part_no=", ".join(data.part_no for data in rows[:3])) from error
        for part, data in zip(parts, rows, strict=True):
            store.replace_models(session, part.id, data.models)
            store.replace_substitutes(session, part.id, data.substitutes)
            audit.record(
                session, by=by, action="inventory.part_added", object_ref=f"part:{data.part_no}", at=now,
                after=store.columns_of(data),
            )  # fmt: skip
        return [PartId(part.id) for part in parts]


@use_case
def edit_part(part_no: str, data: PartData, *, version: int, by: Actor, now: datetime) -> None:
    """Describe a part anew. Raises Stale when somebody changed it since `version` (P14)."""
    check_part(data)
    with transaction() as session:
        part = store.part_by_no(session, part_no)
        before = {name: getattr(part, name) for name in store.PLAIN}
        if part.version != version:
            raise Stale(seen=version, found=part.version)
        change = update(Part).where(Part.id == part.id, Part.version == version)
        try:
            changed = session.execute(change.values(**store.columns_of(data), version=version + 1))
        except IntegrityError as error:
            raise PartNoTaken(part_no=data.part_no) from error
        if not changed_one(changed):
            raise Stale(seen=version, found=session.scalar(select(Part.version).where(Part.id == part.id)))
        store.replace_models(session, part.id, data.models)
        store.replace_substitutes(session, part.id, data.substitutes)
        audit.record(
            session, by=by, action="inventory.part_edited", object_ref=f"part:{data.part_no}", at=now, before=before,
            after=store.columns_of(data),
        )  # fmt: skip
