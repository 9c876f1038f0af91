"""Parts as pages show them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.catalogue import store
from inventory.catalogue.models import Part, PartModel, Substitute
from inventory.catalogue.rules import PartData


def part_data(session: Session, part_no: str) -> tuple[PartData, int]:
    """The part as it is described now, and the version of that. Raises MissingPart."""
    part = store.part_by_no(session, part_no)
    models = session.scalars(select(PartModel.model).where(PartModel.part_id == part.id).order_by(PartModel.model))
    standing_in = (
        select(Part.part_no)
        .join(Substitute, Substitute.substitute_id == Part.id)
        .where(Substitute.part_id == part.id)
        .order_by(Substitute.rank)
    )
    plain = {name: getattr(part, name) for name in store.PLAIN}
    data = PartData(**plain, models=tuple(models), substitutes=tuple(session.scalars(standing_in)))
    return data, part.version
