"""What the phone shows: the day's route, one visit, the van. The actor's scope stands in every WHERE (P25)."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, false, select, true
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.geo.rules import Position
from app.kernel.text import fold_code
from contracts.installbase import api as installbase
from contracts.installbase.rules import AssetCard, SiteCard
from dispatch.clocks import api as clocks
from dispatch.clocks.api import ClockFace
from dispatch.field import rules
from dispatch.field.errors import MissingFieldVisit
from dispatch.field.rules import ActKind, Progress
from dispatch.people import api as people
from dispatch.requests import api as requests
from dispatch.requests.api import RequestCard
from dispatch.requests.models import Request
from dispatch.travel import api as travel
from dispatch.visits.models import Visit, VisitPart, VisitState
from inventory.catalogue import api as catalogue
from inventory.catalogue.models import Part
from inventory.ledger.models import Balance, Reservation, Serial
from inventory.ledger.rules import ReservationState
from inventory.places import api as places

ZONE = "Asia/Shanghai"
_S = VisitState
#: In the engineer's hands and not finished.
OPEN = (_S.ASSIGNED, _S.ACCEPTED, _S.EN_ROUTE, _S.ON_SITE, _S.WORKING, _S.RESOLVED)
#: Begun: these come before everything that is only planned.
BEGUN = (_S.EN_ROUTE, _S.ON_SITE, _S.WORKING, _S.RESOLVED)
DAYS_AHEAD = 7


@dataclass(frozen=True, slots=True)
class PartToBring:
    """A part the visit is expected to need, and where it is: in the van, to be collected at `place`, or nowhere yet."""

    part_no: str
    name: str
    name_en: str
    qty: int
    in_van: bool
    place: str


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop of the route as a card shows it."""

    visit_id: int
    visit_ref: str
    version: int
    state: VisitState
    progress: Progress | None
    request: RequestCard
    customer: str
    site: SiteCard
    asset: AssetCard
    clocks: tuple[ClockFace, ...]
    clock: ClockFace | None
    planned_start_at: datetime | None
    planned_travel_s: int | None
    signed_at: datetime | None
    parts: tuple[PartToBring, ...] = ()

    @property
    def main_act(self) -> ActKind | None:
        return rules.next_act(self.progress)

    @property
    def position(self) -> Position:
        return Position(self.site.lat, self.site.lon)


@dataclass(frozen=True, slots=True)
class Route:
    """The engineer's day: what is next, what follows, what is done, what the coming days hold."""

    stops: tuple[Stop, ...]
    done: tuple[Stop, ...]
    ahead: tuple[Stop, ...]
    metres: int
    next_seconds: int | None
    next_metres: int | None
    start: Position | None

    @property
    def next(self) -> Stop | None:
        return self.stops[0] if self.stops else None


@dataclass(frozen=True, slots=True)
class VanLine:
    """So much of a part in the engineer's van; `reserved` of it are held for visits."""

    part_id: int
    part_no: str
    name: str
    name_en: str
    unit: str
    qty: int
    reserved: int
    serials: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ToCollect:
    """A part held for one of the engineer's visits at a depot."""

    visit_ref: str
    part_no: str
    name: str
    name_en: str
    qty: int
    place: str


def own(actor: Actor) -> ColumnElement[bool]:
    """The visits this actor may see: an engineer his own, the desk all (P25)."""
    if actor.engineer_id is not None:
        return Visit.engineer_id == actor.engineer_id
    return true() if actor.reaches_all("field.view") else false()


def todays_route(session: Session, actor: Actor, now: datetime) -> Route:
    """Today's stops in planned order, work under way first; signed ones apart; and the next seven days."""
    start, end = day_span(now)
    mine = own(actor)
    open_rows = session.scalars(
        select(Visit).where(mine, Visit.state.in_(OPEN)).order_by(Visit.planned_start_at, Visit.id)
    ).all()
    done_rows = session.scalars(
        select(Visit)
        .where(mine, Visit.state == _S.SIGNED, Visit.signed_at >= start, Visit.signed_at < end)
        .order_by(Visit.signed_at, Visit.id)
    ).all()
    today = [
        row for row in open_rows if row.state in BEGUN or row.planned_start_at is None or row.planned_start_at < end
    ]
    later = [
        row for row in open_rows
        if row not in today and row.planned_start_at and row.planned_start_at < end + timedelta(days=DAYS_AHEAD)
    ]  # fmt: skip
    today.sort(key=lambda row: (row.state not in BEGUN, row.planned_start_at or start, row.id))
    stops = stops_of(session, today, now, holder_ref=f"engineer:{actor.engineer_id}")
    start_at = _whereabouts(session, actor)
    metres, first = _drive(start_at, [stop.position for stop in stops], now)
    under_way = bool(stops) and stops[0].state in (_S.ON_SITE, _S.WORKING, _S.RESOLVED)
    return Route(
        stops=stops, done=stops_of(session, done_rows, now), ahead=stops_of(session, later, now), metres=metres,
        next_seconds=None if under_way or first is None else first[0],
        next_metres=None if under_way or first is None else first[1], start=start_at,
    )  # fmt: skip


def day_span(now: datetime) -> tuple[datetime, datetime]:
    """The engineer's calendar day that `now` falls into."""
    local = now.astimezone(ZoneInfo(ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)
    return local, local + timedelta(days=1)


def visit_row(session: Session, actor: Actor, visit_ref: str) -> Visit:
    """The visit, if it is the actor's; foreign and absent look alike."""
    row = session.scalar(select(Visit).where(Visit.visit_ref == visit_ref, own(actor)))
    if row is None:
        raise MissingFieldVisit()
    return row


def stop_of(session: Session, actor: Actor, visit_ref: str, now: datetime) -> Stop:
    """One visit as its page shows it."""
    row = visit_row(session, actor, visit_ref)
    return stops_of(session, [row], now, holder_ref=f"engineer:{row.engineer_id}")[0]


@dataclass(frozen=True, slots=True)
class LastVisit:
    """Who was at the asset before, when, and what he did."""

    arrived_at: datetime
    action_taken: str
    engineer: str


def last_visit(session: Session, stop: Stop) -> LastVisit | None:
    """The latest finished visit to the same asset, whoever went; the present one is already the actor's (F1)."""
    row = session.scalar(
        select(Visit)
        .join(Request, Request.id == Visit.request_id)
        .where(Request.asset_id == stop.asset.id, Visit.id != stop.visit_id, Visit.state == _S.SIGNED)
        .where(Visit.arrived_at.is_not(None))
        .order_by(Visit.arrived_at.desc())
        .limit(1)
    )
    if row is None or row.arrived_at is None:
        return None
    return LastVisit(row.arrived_at, row.action_taken, people.engineer_card(session, row.engineer_id or 0).name)


def stops_of(session: Session, rows: Sequence[Visit], now: datetime, *, holder_ref: str = "") -> tuple[Stop, ...]:
    """These visits with everything around them; with `holder_ref` also the parts to bring."""
    cards = requests.request_cards(session, {row.request_id for row in rows})
    sites = installbase.site_cards(session, {row.site_id for row in rows})
    assets = installbase.asset_cards(session, {card.asset_id for card in cards.values()})
    names = installbase.customer_names(session, {card.customer_id for card in cards.values()})
    faces = clocks.clock_views(session, cards, now)
    wanted = _parts_to_bring(session, rows, holder_ref) if holder_ref else {}
    return tuple(
        Stop(
            visit_id=row.id, visit_ref=row.visit_ref, version=row.version, state=row.state,
            progress=rules.progress(row.state.value, restored=row.restored_at is not None),
            request=(card := cards[row.request_id]), customer=names[card.customer_id], site=sites[row.site_id],
            asset=assets[card.asset_id], clocks=faces[row.request_id], clock=clocks.next_clock(faces[row.request_id]),
            planned_start_at=row.planned_start_at, planned_travel_s=row.planned_travel_s, signed_at=row.signed_at,
            parts=wanted.get(row.id, ()),
        )
        for row in rows
    )  # fmt: skip


def _parts_to_bring(session: Session, rows: Iterable[Visit], holder_ref: str) -> Mapping[int, tuple[PartToBring, ...]]:
    ids = {row.visit_ref: row.id for row in rows}
    wanted = session.execute(
        select(VisitPart.visit_id, VisitPart.part_id, VisitPart.qty).where(VisitPart.visit_id.in_(ids.values()))
    ).all()
    held = session.scalars(
        select(Reservation).where(Reservation.visit_ref.in_(ids), Reservation.state == ReservationState.OPEN)
    ).all()
    names = catalogue.parts(session, {row.part_id for row in wanted} | {row.part_id for row in held})
    where = places.place_cards(session, {row.place_id for row in held})
    found: dict[int, list[PartToBring]] = {}
    covered: dict[tuple[int, int], int] = {}
    for row in held:
        visit_id, card, place = ids[row.visit_ref], names[row.part_id], where[row.place_id]
        covered[visit_id, row.part_id] = covered.get((visit_id, row.part_id), 0) + row.qty
        found.setdefault(visit_id, []).append(
            PartToBring(card.part_no, card.name, card.name_en, row.qty, place.holder_ref == holder_ref, place.name)
        )
    for visit_id, part_id, qty in wanted:
        missing, card = qty - covered.get((visit_id, part_id), 0), names[part_id]
        # A substitute held in its stead counts: the planner reserved what it will use (R3).
        if missing > 0 and not any(key[0] == visit_id for key in covered):
            found.setdefault(visit_id, []).append(
                PartToBring(card.part_no, card.name, card.name_en, missing, in_van=False, place="")
            )
    return {visit_id: tuple(lines) for visit_id, lines in found.items()}


def _whereabouts(session: Session, actor: Actor) -> Position | None:
    """Where the engineer was last seen; home where nobody saw him."""
    if actor.engineer_id is None:
        return None
    card = people.engineer_card(session, actor.engineer_id)
    if card.last_lat is not None and card.last_lon is not None:
        return Position(card.last_lat, card.last_lon)
    return Position(card.home_lat, card.home_lon)


def _drive(start: Position | None, stops: Sequence[Position], now: datetime) -> tuple[int, tuple[int, int] | None]:
    """Metres of the whole way, and (seconds, metres) of its first leg."""
    way = ([start] if start else []) + list(stops)
    legs = [travel.drive(a, b, at=now) for a, b in itertools.pairwise(way)]
    return sum(metres for _, metres in legs), legs[0] if start and legs else None


def van(session: Session, actor: Actor) -> tuple[VanLine, ...]:
    """What the actor's van carries."""
    place_id = van_id(session, actor)
    if place_id is None:
        return ()
    rows = session.scalars(
        select(Balance).where(Balance.place_id == place_id, Balance.qty > 0).order_by(Balance.part_id)
    ).all()
    names = catalogue.parts(session, {row.part_id for row in rows})
    serials: dict[int, list[str]] = {}
    for part_id, serial_no in session.execute(
        select(Serial.part_id, Serial.serial_no).where(Serial.place_id == place_id).order_by(Serial.serial_no)
    ):
        serials.setdefault(part_id, []).append(serial_no)
    lines = [
        VanLine(row.part_id, (card := names[row.part_id]).part_no, card.name, card.name_en, card.unit, row.qty,
                row.reserved, tuple(serials.get(row.part_id, ())))
        for row in rows
    ]  # fmt: skip
    return tuple(sorted(lines, key=lambda line: line.part_no))


def wanted_of_van(session: Session, actor: Actor, stop: Stop) -> tuple[VanLine, ...]:
    """What of the van this visit is expected to use, offered where a code is typed."""
    wanted = {line.part_no for line in stop.parts}
    return tuple(line for line in van(session, actor) if line.part_no in wanted) if wanted else ()


def van_id(session: Session, actor: Actor) -> int | None:
    """The place of the actor's good parts, None where he drives no van."""
    holder = f"engineer:{actor.engineer_id}"
    return places.vans_of(session, [holder]).get(holder) if actor.engineer_id is not None else None


def to_collect(session: Session, actor: Actor) -> tuple[ToCollect, ...]:
    """What is held for the engineer's open visits anywhere but in his van."""
    mine = own(actor)
    rows = session.execute(
        select(Reservation.visit_ref, Reservation.part_id, Reservation.place_id, Reservation.qty)
        .join(Visit, Visit.visit_ref == Reservation.visit_ref)
        .where(mine, Visit.state.in_(OPEN), Reservation.state == ReservationState.OPEN)
        .order_by(Visit.planned_start_at, Reservation.id)
    ).all()
    names = catalogue.parts(session, {row.part_id for row in rows})
    where = places.place_cards(session, {row.place_id for row in rows})
    holder = f"engineer:{actor.engineer_id}"
    return tuple(
        ToCollect(row.visit_ref, names[row.part_id].part_no, names[row.part_id].name, names[row.part_id].name_en,
                  row.qty, where[row.place_id].name)
        for row in rows
        if where[row.place_id].holder_ref != holder
    )  # fmt: skip


def open_visits(session: Session, actor: Actor, now: datetime) -> tuple[Stop, ...]:
    """The engineer's open visits, for choosing one."""
    rows = session.scalars(
        select(Visit).where(own(actor), Visit.state.in_(OPEN)).order_by(Visit.planned_start_at, Visit.id)
    ).all()
    return stops_of(session, rows, now)


@dataclass(frozen=True, slots=True)
class Found:
    """What a code turned out to be."""

    part_no: str = ""
    name: str = ""
    name_en: str = ""
    serial_no: str = ""
    in_van: int = 0
    visit_ref: str = ""
    customer: str = ""
    asset_no: str = ""
    asset_name: str = ""


def find_code(session: Session, actor: Actor, code: str, now: datetime) -> tuple[Found, ...]:
    """What of the engineer's own a code names: a visit, an asset of his visits, a part or serial; nothing foreign."""
    typed = fold_code(code)
    if not typed or len(typed) > 80:
        return ()
    found: list[Found] = []
    upper = typed.upper()
    for stop in open_visits(session, actor, now):
        if upper in (stop.visit_ref, stop.request.request_no) or typed in (stop.asset.asset_no, stop.asset.serial_no):
            found.append(Found(visit_ref=stop.visit_ref, customer=stop.customer, asset_no=stop.asset.asset_no,
                               asset_name=stop.asset.name))  # fmt: skip
    for line in van(session, actor):
        if typed == line.part_no or typed in line.serials:
            found.append(Found(part_no=line.part_no, name=line.name, name_en=line.name_en, in_van=line.qty,
                               serial_no=typed if typed in line.serials else ""))  # fmt: skip
    if not any(one.part_no for one in found):
        found += _in_catalogue(session, typed)
    return tuple(found)


def _in_catalogue(session: Session, part_no: str) -> list[Found]:
    card = session.scalar(select(Part).where(Part.part_no == part_no))
    return [Found(part_no=card.part_no, name=card.name, name_en=card.name_en)] if card else []
