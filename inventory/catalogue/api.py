"""The catalogue's door for the rooms and floors above; takes their session, never commits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.catalogue import store
from inventory.catalogue.models import Part, PartModel, Substitute
from inventory.catalogue.rules import PartId


@dataclass(frozen=True, slots=True)
class PartCard:
    """What others need to know of a part."""

    id: PartId
    part_no: str
    name: str
    name_en: str
    unit: str
    serial_tracked: bool
    returnable: bool
    price_fen: int
    cost_fen: int
    criticality: int


def _card(part: Part) -> PartCard:
    return PartCard(
        id=PartId(part.id), part_no=part.part_no, name=part.name, name_en=part.name_en, unit=part.unit,
        serial_tracked=part.serial_tracked, returnable=part.returnable, price_fen=part.price_fen,
        cost_fen=part.cost_fen, criticality=part.criticality,
    )  # fmt: skip


def part_by_no(session: Session, part_no: str) -> PartCard:
    """The part with this number, letter for letter. Raises MissingPart."""
    return _card(store.part_by_no(session, part_no))


def parts(session: Session, ids: Iterable[int]) -> dict[int, PartCard]:
    """The parts with these ids; an id that is no part is left out."""
    wanted = set(ids)
    if not wanted:
        return {}
    return {part.id: _card(part) for part in session.scalars(select(Part).where(Part.id.in_(wanted)))}


def substitutes(session: Session, part_ids: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """For each wanted part the acceptable parts in order: itself first, then its substitutes, best first."""
    found: dict[int, list[int]] = {part_id: [part_id] for part_id in part_ids}
    if not found:
        return {}
    rows = select(Substitute).where(Substitute.part_id.in_(found)).order_by(Substitute.part_id, Substitute.rank)
    for row in session.scalars(rows):
        found[row.part_id].append(row.substitute_id)
    return {part_id: tuple(acceptable) for part_id, acceptable in found.items()}


def parts_for_model(session: Session, model: str) -> tuple[PartCard, ...]:
    """The parts that fit an asset model, most critical first."""
    fitting = select(Part).join(PartModel, PartModel.part_id == Part.id).where(PartModel.model == model)
    return tuple(_card(part) for part in session.scalars(fitting.order_by(Part.criticality, Part.part_no)))
