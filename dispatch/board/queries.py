"""What the board shows, read with a handful of statements however many visits there are (B1, screens §8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from app.db import Base
from contracts.installbase.models import Site
from dispatch.board import rules
from dispatch.board.cards import Card, read_cards, visits_with_all
from dispatch.board.filters import Filters
from dispatch.clocks.models import ClockEvent
from dispatch.people.models import Engineer, Skill, Territory
from dispatch.planner.models import StoredPlan
from dispatch.requests.models import Request
from dispatch.requests.rules import OPEN as UNDER_WAY
from dispatch.roster.models import Duty
from dispatch.visits.models import Visit
from dispatch.visits.rules import AT_WORK, DONE, VisitState
from inventory.places.models import Place
from inventory.places.rules import PlaceKind

__all__ = ["MOST_ROWS", "Board", "Depot", "Person", "Row", "Shift", "board", "engineer_row", "engineers", "version"]

#: More rows than this no timeline draws in a blink; a larger company looks at one territory at a time (screens §8).
MOST_ROWS = 60
OPEN = tuple(state for state in VisitState if state not in DONE)
STATES_SHOWN = tuple(state for state in VisitState if state is not VisitState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Shift:
    """One duty of an engineer on the timeline."""

    starts_at: datetime
    ends_at: datetime
    overtime: timedelta


@dataclass(frozen=True, slots=True)
class Row:
    """One engineer's line on the timeline and marker on the map; `state` is free, en_route, on_site or off."""

    id: int
    engineer_no: str
    name: str
    name_en: str
    mobile: str
    territory: str
    lat: float
    lon: float
    seen_at: datetime | None
    state: str
    shifts: tuple[Shift, ...]


@dataclass(frozen=True, slots=True)
class Depot:
    """A store on the map."""

    name: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Board:
    """One consistent look at the day."""

    now: datetime
    filters: Filters
    cards: tuple[Card, ...]
    rows: tuple[Row, ...]
    rows_hidden: int
    depots: tuple[Depot, ...]
    territories: tuple[tuple[str, str, str], ...]
    skills: tuple[tuple[str, str, str], ...]
    version: str

    @property
    def open_cards(self) -> tuple[Card, ...]:
        """The visits that are not over."""
        return tuple(card for card in self.cards if card.state not in DONE)

    @property
    def counters(self) -> Mapping[str, int]:
        """How many open visits stand in each group, and how many wait for an engineer or his answer."""
        found = Counter(card.group for card in self.open_cards)
        found["all"] = len(self.open_cards)
        found["unassigned"] = sum(card.waiting for card in self.open_cards)
        found["not_accepted"] = sum(card.not_accepted for card in self.open_cards)
        return found

    @property
    def needs(self) -> tuple[Card, ...]:
        """What the list shows: whatever needs somebody now, or whatever the filter asks for, the next due first."""
        wanted = [card for card in self.open_cards if _asked_for(card, self.filters)]
        return tuple(sorted(wanted, key=lambda card: rules.sort_key(card.case, card.visit_ref)))

    @property
    def on_duty(self) -> tuple[Row, ...]:
        """The engineers whose shift is running."""
        return tuple(row for row in self.rows if row.state != "off")


def _asked_for(card: Card, filters: Filters) -> bool:
    if filters.clock and card.group != filters.clock:
        return False
    if filters.only == "unassigned" and not card.waiting:
        return False
    if filters.only == "not_accepted" and not card.not_accepted:
        return False
    if (filters.level and card.fault_level != filters.level) or (filters.skill and card.skill_code != filters.skill):
        return False
    # A counter names all it has counted; without one, the list keeps to what needs somebody.
    return bool(filters.clock or filters.only) or card.needs_action or card.visit_ref == filters.selected


def board(session: Session, filters: Filters, *, now: datetime) -> Board:
    """Everything the board shows: about ten statements, whatever the day holds."""
    token = version(session, now=now)
    all_territories = territories(session)
    filters = _sure_territory(session, filters, all_territories)
    cards = read_cards(session, _wanted(filters), now)
    rows, hidden = _rows(session, filters, cards, now)
    return Board(now, filters, cards, rows, hidden, _depots(session), all_territories, _names(session, Skill), token)


def _sure_territory(session: Session, filters: Filters, territories: Sequence[tuple[str, str, str]]) -> Filters:
    """A territory that exists; with more engineers than a timeline holds, the first one instead of all."""
    codes = [code for code, *_ in territories]
    if filters.territory in codes:
        return filters
    working = session.scalar(select(func.count()).select_from(Engineer).where(Engineer.left_on.is_(None))) or 0
    return replace(filters, territory=codes[0] if codes and working > MOST_ROWS else "")


def engineer_row(
    session: Session, engineer_id: int, day: Filters, *, now: datetime
) -> tuple[Row | None, tuple[Card, ...]]:
    """One engineer's line with what is planned on it, for judging a drop."""
    planned = _wanted(replace(day, territory="")).where(Visit.engineer_id == engineer_id)
    cards = read_cards(session, planned, now)
    who = select(Engineer).where(Engineer.id == engineer_id)
    shifts = _shifts(session, [engineer_id], day)
    row = session.scalar(who)
    return (None if row is None else _row(row, shifts.get(row.id, ()), cards, now)), cards


@dataclass(frozen=True, slots=True)
class Person:
    """An engineer as a list to choose from names him."""

    id: int
    engineer_no: str
    name: str
    name_en: str
    initials: str
    territory: str


def engineers(session: Session, *, on: date) -> tuple[Person, ...]:
    """Everybody who works here on that day, by number."""
    rows = (
        select(Engineer).where(or_(Engineer.left_on.is_(None), Engineer.left_on >= on)).order_by(Engineer.engineer_no)
    )
    return tuple(
        Person(row.id, row.engineer_no, row.name, row.name_en, row.initials, row.territory_code)
        for row in session.scalars(rows)
    )


def territories(session: Session) -> tuple[tuple[str, str, str], ...]:
    """(code, name, English name) of every territory."""
    return _names(session, Territory)


def version(session: Session, *, now: datetime) -> str:
    """A word that changes whenever the board would look different; one statement, cheap enough to ask every 2 s."""
    visits = select(func.count()).select_from(Visit).where(Visit.state.in_(OPEN))
    asked = select(func.sum(Request.version)).where(Request.state.in_(UNDER_WAY))
    duties = select(func.sum(Duty.version)).where(Duty.ends_at > now)
    # Each piece is a question of its own: joined into one they would be multiplied with each other.
    pieces = (
        visits, visits.with_only_columns(func.sum(Visit.version)), visits.with_only_columns(func.max(Visit.id)),
        asked, asked.with_only_columns(func.max(Request.id)), duties, duties.with_only_columns(func.max(Duty.id)),
        select(func.max(ClockEvent.id)), select(func.max(Engineer.last_seen_at)), select(func.max(StoredPlan.id)),
    )  # fmt: skip
    told = session.execute(select(*(piece.scalar_subquery() for piece in pieces))).one()
    return "-".join(str(int(value.timestamp()) if isinstance(value, datetime) else value or 0) for value in told)


def _wanted(filters: Filters) -> Select[*tuple[Any, ...]]:
    """The visits that are open, or planned on the days shown; of one territory or of all."""
    in_span = and_(Visit.planned_start_at < filters.ends_at, Visit.planned_end_at > filters.starts_at)
    wanted = visits_with_all().where(or_(Visit.state.in_(OPEN), and_(Visit.state.in_(STATES_SHOWN), in_span)))
    if filters.territory:
        wanted = wanted.where(or_(Site.territory == filters.territory, Engineer.territory_code == filters.territory))
    return wanted.order_by(Visit.id)


def _rows(session: Session, filters: Filters, cards: Sequence[Card], now: datetime) -> tuple[tuple[Row, ...], int]:
    wanted = select(Engineer).where(or_(Engineer.left_on.is_(None), Engineer.left_on >= filters.day))
    if filters.territory:
        wanted = wanted.where(Engineer.territory_code == filters.territory)
    people = list(session.scalars(wanted.order_by(Engineer.engineer_no)))
    shown = people[:MOST_ROWS]
    shifts = _shifts(session, [person.id for person in shown], filters)
    rows = tuple(_row(person, shifts.get(person.id, ()), cards, now) for person in shown)
    return rows, len(people) - len(shown)


def _shifts(session: Session, engineer_ids: Iterable[int], filters: Filters) -> Mapping[int, tuple[Shift, ...]]:
    found: dict[int, tuple[Shift, ...]] = {}
    rows = session.scalars(
        select(Duty)
        .where(Duty.engineer_id.in_(engineer_ids), Duty.starts_at < filters.ends_at, Duty.ends_at > filters.starts_at)
        .order_by(Duty.starts_at)
    )
    for row in rows:
        shift = Shift(row.starts_at, row.ends_at, timedelta(minutes=row.max_overtime_minutes))
        found[row.engineer_id] = (*found.get(row.engineer_id, ()), shift)
    return found


def _row(person: Engineer, shifts: tuple[Shift, ...], cards: Sequence[Card], now: datetime) -> Row:
    states = {card.state for card in cards if card.engineer_id == person.id} & AT_WORK
    known = person.last_lat is not None and person.last_lon is not None
    return Row(
        id=person.id, engineer_no=person.engineer_no, name=person.name, name_en=person.name_en, mobile=person.mobile,
        territory=person.territory_code, lat=person.last_lat if known else person.home_lat,  # type: ignore[arg-type]
        lon=person.last_lon if known else person.home_lon, seen_at=person.last_seen_at,  # type: ignore[arg-type]
        state=_engineer_state(states, shifts, now), shifts=shifts,
    )  # fmt: skip


def _engineer_state(states: set[VisitState], shifts: Sequence[Shift], now: datetime) -> str:
    if states & {VisitState.ON_SITE, VisitState.WORKING}:
        return "on_site"
    if VisitState.EN_ROUTE in states:
        return "en_route"
    return "free" if any(shift.starts_at <= now < shift.ends_at for shift in shifts) else "off"


def _depots(session: Session) -> tuple[Depot, ...]:
    houses = select(Place.name, Place.lat, Place.lon).where(
        Place.kind.in_((PlaceKind.WAREHOUSE, PlaceKind.DEPOT)), Place.lat.is_not(None), Place.lon.is_not(None)
    )
    rows = session.execute(houses.order_by(Place.code))
    return tuple(Depot(name, lat, lon) for name, lat, lon in rows if lat is not None and lon is not None)


def _names(session: Session, table: type[Base]) -> tuple[tuple[str, str, str], ...]:
    columns = table.__table__.c
    rows = session.execute(select(columns.code, columns.name_zh, columns.name_en).order_by(columns.code))
    return tuple((code, zh, en) for code, zh, en in rows)
