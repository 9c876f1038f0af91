"""What lies where, as pages show it: parts with their stock, places with theirs, and the books (I1-I3, P25)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.auth.actor import Actor
from inventory.catalogue.models import Part, PartModel, Substitute
from inventory.ledger.models import Balance, Movement, Serial
from inventory.ledger.rules import MovementKind
from inventory.places import store as place_store
from inventory.places.errors import MissingPlace
from inventory.places.models import Place
from inventory.places.rules import HOUSES, STOCKED, Condition, Hours, PlaceKind

PAGE = 50


@dataclass(frozen=True, slots=True)
class PartRow:
    """One part in the list, with what good pieces of it the actor's places have."""

    part_no: str
    name: str
    name_en: str
    category: str
    unit: str
    on_hand: int
    reserved: int
    minimum: int
    price_fen: int

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved

    @property
    def below_minimum(self) -> bool:
        return self.on_hand < self.minimum


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """So much of a part at a place."""

    place_code: str
    place_name: str
    kind: PlaceKind
    condition: Condition
    part_no: str
    part_name: str
    unit: str
    qty: int
    reserved: int
    serials: tuple[str, ...] = ()

    @property
    def available(self) -> int:
        return self.qty - self.reserved


@dataclass(frozen=True, slots=True)
class MovementRow:
    """One line of the books."""

    n: int
    kind: MovementKind
    part_no: str
    part_name: str
    qty: int
    unit: str
    serial_no: str | None
    from_code: str
    from_name: str
    to_code: str
    to_name: str
    visit_ref: str | None
    document: str
    reason: str
    reversal_of: int | None
    reversed_by: int | None
    actor: str
    effective_at: datetime
    posted_at: datetime

    @property
    def may_reverse(self) -> bool:
        return self.reversal_of is None and self.reversed_by is None


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One place in the tree."""

    id: int
    code: str
    name: str
    kind: PlaceKind
    condition: Condition
    depth: int
    parts: int
    pieces: int


@dataclass(frozen=True, slots=True)
class PlacePage:
    """One place with all that is known of it."""

    code: str
    name: str
    kind: PlaceKind
    condition: Condition
    parent_code: str
    parent_name: str
    lat: float | None
    lon: float | None
    hours: Hours | None
    holder_ref: str
    version: int


def visible(actor: Actor) -> Select[int]:
    """Ids of the places the actor sees: all, or the houses and the own van (X1)."""
    ids = select(Place.id)
    if actor.user_id is None or actor.reaches_all("inventory.see"):
        return ids
    own = Place.holder_ref == f"engineer:{actor.engineer_id}"
    return ids.where(or_(Place.kind.in_([*HOUSES, PlaceKind.BIN]), own))


def part_rows(
    session: Session, actor: Actor, *, text: str = "", category: str = "", low: bool = False, page: int = 1,
    limit: int = PAGE,
) -> tuple[list[PartRow], int]:  # fmt: skip
    """One page of the catalogue found by any of its fields, and how many there are in all."""
    stocked = (
        select(
            Balance.part_id.label("part_id"), func.sum(Balance.qty).label("qty"),
            func.sum(Balance.reserved).label("reserved"),
        )
        .join(Place, Place.id == Balance.place_id)
        .where(Place.kind.in_(STOCKED), Place.condition == Condition.GOOD, Place.id.in_(visible(actor)))
        .group_by(Balance.part_id)
        .subquery()
    )  # fmt: skip
    on_hand = func.coalesce(stocked.c.qty, 0)
    rows = select(Part, on_hand, func.coalesce(stocked.c.reserved, 0)).outerjoin(stocked, stocked.c.part_id == Part.id)
    if text:
        rows = rows.where(_mentions(text))
    if category:
        rows = rows.where(Part.category == category)
    if low:
        rows = rows.where(on_hand < Part.minimum)
    total = session.scalar(select(func.count()).select_from(rows.subquery())) or 0
    chosen = rows.order_by(Part.part_no).offset((page - 1) * limit).limit(limit)
    return [
        PartRow(
            part_no=part.part_no, name=part.name, name_en=part.name_en, category=part.category, unit=part.unit,
            on_hand=int(qty), reserved=int(reserved), minimum=part.minimum, price_fen=part.price_fen,
        )
        for part, qty, reserved in session.execute(chosen)
    ], total  # fmt: skip


def _mentions(text: str):  # type: ignore[no-untyped-def]
    fields = (Part.part_no, Part.name, Part.name_en, Part.category, Part.supplier)
    fits = select(PartModel.part_id).where(PartModel.model.icontains(text, autoescape=True))
    pieces = select(Serial.part_id).where(Serial.serial_no == text)
    return or_(
        *(column.icontains(text, autoescape=True) for column in fields),
        Part.initials.startswith(text.lower(), autoescape=True), Part.id.in_(fits), Part.id.in_(pieces),
    )  # fmt: skip


def categories(session: Session) -> list[str]:
    """The categories in use."""
    return list(session.scalars(select(Part.category).where(Part.category != "").distinct().order_by(Part.category)))


def substitute_rows(session: Session, actor: Actor, part_no: str) -> list[PartRow]:
    """What may stand in for a part, best first, with its stock."""
    ranked = (
        select(Part.part_no)
        .join(Substitute, Substitute.substitute_id == Part.id)
        .where(Substitute.part_id == select(Part.id).where(Part.part_no == part_no).scalar_subquery())
        .order_by(Substitute.rank)
    )
    found = []
    for number in session.scalars(ranked):
        rows, _total = part_rows(session, actor, text=number)
        found += [row for row in rows if row.part_no == number]
    return found


def shelf_rows(session: Session, actor: Actor, *, part_no: str = "", place_id: int | None = None) -> list[ShelfRow]:
    """Where a part lies, or what lies at a place; counterparties and customers' sites are no shelves."""
    rows = (
        select(Balance, Place, Part)
        .join(Place, Place.id == Balance.place_id)
        .join(Part, Part.id == Balance.part_id)
        .where(Balance.qty > 0, Place.id.in_(visible(actor)))
    )
    rows = rows.where(Part.part_no == part_no) if part_no else rows
    rows = rows.where(Place.id == place_id) if place_id else rows
    if part_no:
        rows = rows.where(or_(Place.kind.in_(STOCKED), Place.kind == PlaceKind.IN_TRANSIT))
    found = session.execute(rows.order_by(Place.code, Part.part_no)).all()
    pieces: dict[tuple[int, int], list[str]] = {}
    tracked = {part.id for _balance, _place, part in found if part.serial_tracked}
    if tracked:
        lying = select(Serial).where(Serial.part_id.in_(tracked)).order_by(Serial.serial_no)
        for row in session.scalars(lying):
            pieces.setdefault((row.place_id, row.part_id), []).append(row.serial_no)
    return [
        ShelfRow(
            place_code=place.code, place_name=place.name, kind=place.kind, condition=place.condition,
            part_no=part.part_no, part_name=part.name, unit=part.unit, qty=balance.qty, reserved=balance.reserved,
            serials=tuple(pieces.get((place.id, part.id), ())),
        )
        for balance, place, part in found
    ]  # fmt: skip


def movement_rows(
    session: Session, actor: Actor, *, part_no: str = "", place_code: str = "", visit_ref: str = "", n: int | None = None,
    page: int = 1, limit: int = PAGE,
) -> tuple[list[MovementRow], int]:  # fmt: skip
    """One page of the books, newest first, and how many lines there are; an engineer sees those of the own van."""
    source, target, undone = aliased(Place), aliased(Place), aliased(Movement)
    rows = (
        select(Movement, Part, source, target, Serial.serial_no, undone.n)
        .join(Part, Part.id == Movement.part_id)
        .join(source, source.id == Movement.from_place_id)
        .join(target, target.id == Movement.to_place_id)
        .outerjoin(Serial, Serial.id == Movement.serial_id)
        .outerjoin(undone, undone.reversal_of == Movement.n)
    )
    conditions = [
        Part.part_no == part_no if part_no else None,
        or_(source.code == place_code, target.code == place_code) if place_code else None,
        Movement.visit_ref == visit_ref if visit_ref else None,
        Movement.n == n if n is not None else None,
    ]
    if not (actor.user_id is None or actor.reaches_all("inventory.see")):
        mine = f"engineer:{actor.engineer_id}"
        conditions.append(or_(source.holder_ref == mine, target.holder_ref == mine))
    rows = rows.where(and_(True, *(condition for condition in conditions if condition is not None)))
    total = session.scalar(select(func.count()).select_from(rows.with_only_columns(Movement.n).subquery())) or 0
    chosen = rows.order_by(Movement.n.desc()).offset((page - 1) * limit).limit(limit)
    return [
        MovementRow(
            n=row.n, kind=row.kind, part_no=part.part_no, part_name=part.name, qty=row.qty, unit=part.unit,
            serial_no=serial_no, from_code=a.code, from_name=a.name, to_code=b.code, to_name=b.name,
            visit_ref=row.visit_ref, document=row.document, reason=row.reason, reversal_of=row.reversal_of,
            reversed_by=undone_n, actor=row.actor, effective_at=row.effective_at, posted_at=row.posted_at,
        )
        for row, part, a, b, serial_no, undone_n in session.execute(chosen)
    ], total  # fmt: skip


def place_tree(session: Session, actor: Actor) -> list[PlaceRow]:
    """Our own places as a tree, walked from the top; customers' sites are many and found on their parts' pages."""
    stock = (
        select(Balance.place_id.label("id"), func.count().label("parts"), func.sum(Balance.qty).label("pieces"))
        .where(Balance.qty > 0)
        .group_by(Balance.place_id)
        .subquery()
    )
    rows = (
        select(Place, stock.c.parts, stock.c.pieces)
        .outerjoin(stock, stock.c.id == Place.id)
        .where(Place.kind != PlaceKind.CUSTOMER_SITE, Place.id.in_(visible(actor)))
        .order_by(Place.code)
    )
    found = session.execute(rows).all()
    there = {place.id for place, _parts, _pieces in found}
    children: dict[int | None, list[tuple[Place, int, int]]] = {}
    for place, parts, pieces in found:
        parent = place.parent_id if place.parent_id in there else None
        children.setdefault(parent, []).append((place, int(parts or 0), int(pieces or 0)))
    return _walk(children, None, 0)


def _walk(children: dict[int | None, list[tuple[Place, int, int]]], parent: int | None, depth: int) -> list[PlaceRow]:
    rows: list[PlaceRow] = []
    for place, parts, pieces in children.get(parent, []):
        rows.append(PlaceRow(place.id, place.code, place.name, place.kind, place.condition, depth, parts, pieces))
        rows.extend(_walk(children, place.id, depth + 1))
    return rows


def place_page(session: Session, actor: Actor, code: str) -> tuple[int, PlacePage]:
    """The place's id and what is known of it. Raises MissingPlace for what is absent or not the actor's."""
    place = session.scalar(select(Place).where(Place.code == code, Place.id.in_(visible(actor))))
    if place is None:
        raise MissingPlace(place_code=code)
    parent = session.get(Place, place.parent_id) if place.parent_id else None
    return place.id, PlacePage(
        code=place.code, name=place.name, kind=place.kind, condition=place.condition,
        parent_code=parent.code if parent else "", parent_name=parent.name if parent else "", lat=place.lat,
        lon=place.lon, hours=place_store.hours_from_text(place.hours), holder_ref=place.holder_ref or "",
        version=place.version,
    )  # fmt: skip


def place_choices(
    session: Session, actor: Actor, kinds: Sequence[PlaceKind] = tuple(STOCKED), *, good: bool = False
) -> list[tuple[str, str]]:
    """(id, "code name") of the places of these kinds, for choosing one."""
    rows = select(Place.id, Place.code, Place.name).where(Place.kind.in_(kinds), Place.id.in_(visible(actor)))
    if good:
        rows = rows.where(Place.condition == Condition.GOOD)
    return [(str(place_id), f"{code} {name}") for place_id, code, name in session.execute(rows.order_by(Place.code))]
