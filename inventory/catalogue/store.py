"""Rows of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.kernel.errors import Gather
from app.search.initials import initials
from inventory.catalogue.errors import MissingPart
from inventory.catalogue.models import Part, PartModel, Substitute
from inventory.catalogue.rules import PartData

#: Columns that a description carries as they are.
PLAIN = (
    "part_no", "name", "name_en", "category", "unit", "serial_tracked", "returnable", "cost_fen", "price_fen",
    "supplier", "lead_days", "minimum", "maximum", "criticality",
)  # fmt: skip


def columns_of(data: PartData) -> dict[str, object]:
    """The part row's own columns as `data` says."""
    return {name: getattr(data, name) for name in PLAIN} | {"initials": initials(data.name)}


def part_by_no(session: Session, part_no: str) -> Part:
    """The part with this number, letter for letter. Raises MissingPart."""
    part = session.scalar(select(Part).where(Part.part_no == part_no))
    if part is None:
        raise MissingPart(part_no=part_no)
    return part


def replace_models(session: Session, part_id: int, models: Iterable[str]) -> None:
    """The part fits exactly these asset models."""
    session.execute(delete(PartModel).where(PartModel.part_id == part_id))
    session.add_all(PartModel(part_id=part_id, model=model) for model in models)


def replace_substitutes(session: Session, part_id: int, part_nos: Sequence[str]) -> None:
    """These parts, best first, may stand in. Raises InvalidInput naming every number that is no part."""
    rows = session.execute(select(Part.part_no, Part.id).where(Part.part_no.in_(part_nos)))
    known = {part_no: part_id for part_no, part_id in rows}
    found = Gather()
    for part_no in part_nos:
        if part_no not in known:
            found.add("substitutes", "inventory.missing_part", part_no=part_no)
    found.check()
    session.execute(delete(Substitute).where(Substitute.part_id == part_id))
    session.flush()
    session.add_all(
        Substitute(part_id=part_id, substitute_id=known[part_no], rank=rank)
        for rank, part_no in enumerate(part_nos, start=1)
    )
