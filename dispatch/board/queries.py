"""What the board shows, read with a handful of statements however many visits there are (B1, screens §8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, or_, select, true
from sqlalchemy.orm import Session

from app.audit.models import AuditRow
from app.auth.models import User
from app.db import Base
from contracts.installbase.models import Asset, Customer, Site
from dispatch.board import rules
from dispatch.board.filters import Filters
from dispatch.board.rules import Alert, Case
from dispatch.clocks import promises
from dispatch.clocks.faces import ClockFace, next_clock
from dispatch.clocks.models import ClockEvent, CommitmentClock
from dispatch.people.models import Engineer, Skill, Territory
from dispatch.planner.models import StoredPlan
from dispatch.requests.models import Request
from dispatch.requests.rules import OPEN as UNDER_WAY
from dispatch.requests.rules import may_send
from dispatch.roster.models import Duty
from dispatch.visits.models import Visit, VisitPart
from dispatch.visits.rules import AT_WORK, DONE, WAITING, VisitAct, VisitState, may
from inventory.places.models import Place
from inventory.places.rules import PlaceKind

__all__ = ["MOST_ROWS", "Board", "Card", "Depot", "Row", "Shift", "board", "card", "version"]

#: More rows than this no timeline draws in a blink; a larger company looks at one territory at a time (screens §8).
MOST_ROWS = 60
OPEN = tuple(state for state in VisitState if state not in DONE)
STATES_SHOWN = tuple(state for state in VisitState if state is not VisitState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Card:
    """One visit as list, timeline and map show it."""

    visit_ref: str
    version: int
    state: VisitState
    request_no: str
    fault_level: int
    customer: str
    site: str
    asset: str
    model: str
    symptom: str
    caller_name: str
    caller_mobile: str
    covered: bool
    may_send: bool
    territory: str
    zone: str
    lat: float
    lon: float
    skill_code: str
    skill_level: int
    duration_s: int
    engineer_id: int | None
    engineer_name: str
    engineer_name_en: str
    engineer_mobile: str
    starts_at: datetime | None
    ends_at: datetime | None
    via: str
    travel_s: int | None
    anyway_reason: str
    pinned: bool
    assigned_at: datetime | None
    release_at: datetime
    window: tuple[datetime, datetime] | None
    parts_wanted: int
    clock: ClockFace | None
    arrival: ClockFace | None
    case: Case
    alerts: tuple[Alert, ...]
    needs_action: bool

    @property
    def group(self) -> str:
        """The counter it belongs to."""
        return rules.clock_group(self.clock.state if self.clock else None)

    @property
    def waiting(self) -> bool:
        """Whether nobody goes yet."""
        return self.state in WAITING

    @property
    def not_accepted(self) -> bool:
        """Whether the engineer has left the assignment unanswered too long."""
        return any(alert.code == "not_accepted" for alert in self.alerts)

    @property
    def movable(self) -> bool:
        """Whether the desk may give it to somebody or to another time: work under way is not torn up (R4)."""
        return may(self.state, VisitAct.ASSIGN)

    @property
    def mark(self) -> str:
        """Changes when anything the card says has changed, except the ticking of its clock."""
        told = [alert.code for alert in self.alerts]
        clock = self.clock.clock_id if self.clock else 0
        return ".".join(map(str, (self.version, self.fault_level, clock, self.group, *told)))


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
    territories = _names(session, Territory)
    filters = _sure_territory(session, filters, territories)
    cards = _cards(session, _wanted(filters), now)
    rows, hidden = _rows(session, filters, cards, now)
    return Board(now, filters, cards, rows, hidden, _depots(session), territories, _names(session, Skill), token)


def _sure_territory(session: Session, filters: Filters, territories: Sequence[tuple[str, str, str]]) -> Filters:
    """A territory that exists; with more engineers than a timeline holds, the first one instead of all."""
    codes = [code for code, *_ in territories]
    if filters.territory in codes:
        return filters
    working = session.scalar(select(func.count()).select_from(Engineer).where(Engineer.left_on.is_(None))) or 0
    return replace(filters, territory=codes[0] if codes and working > MOST_ROWS else "")


def card(session: Session, visit_ref: str, *, now: datetime) -> Card | None:
    """One visit as its card shows it; None where there is none."""
    found = _cards(session, _visits().where(Visit.visit_ref == visit_ref), now)
    return found[0] if found else None


def cards(session: Session, visit_refs: Iterable[str], *, now: datetime) -> tuple[Card, ...]:
    """The visits among these that exist."""
    return _cards(session, _visits().where(Visit.visit_ref.in_(set(visit_refs))), now)


def engineer_row(
    session: Session, engineer_id: int, day: Filters, *, now: datetime
) -> tuple[Row | None, tuple[Card, ...]]:
    """One engineer's line with what is planned on it, for judging a drop."""
    planned = _wanted(replace(day, territory="")).where(Visit.engineer_id == engineer_id)
    cards = _cards(session, planned, now)
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


@dataclass(frozen=True, slots=True)
class Change:
    """The last thing that happened to a visit, and whose doing it was."""

    at: datetime
    who: str
    action: str


def last_change(session: Session, visit_ref: str) -> Change | None:
    """What the audit trail says of the visit last."""
    row = session.execute(
        select(AuditRow.at, AuditRow.actor, AuditRow.action, User.display_name)
        .outerjoin(User, User.user_name == AuditRow.actor)
        .where(AuditRow.object == f"visit:{visit_ref}")
        .order_by(AuditRow.n.desc())
        .limit(1)
    ).first()
    return None if row is None else Change(row.at, row.display_name or row.actor, row.action)


def version(session: Session, *, now: datetime) -> str:
    """A word that changes whenever the board would look different; one statement, cheap enough to ask every 2 s."""
    visits = select(func.count(), func.sum(Visit.version), func.max(Visit.id)).where(Visit.state.in_(OPEN)).subquery()
    asked = select(func.sum(Request.version), func.max(Request.id)).where(Request.state.in_(UNDER_WAY)).subquery()
    duties = select(func.sum(Duty.version), func.max(Duty.id)).where(Duty.ends_at > now).subquery()
    told = session.execute(
        select(
            visits, asked, duties,
            select(func.max(ClockEvent.id)).scalar_subquery(),
            select(func.max(Engineer.last_seen_at)).scalar_subquery(),
            select(func.max(StoredPlan.id)).scalar_subquery(),
        ).select_from(visits.join(asked, true()).join(duties, true()))
    ).one()  # fmt: skip
    return "-".join(str(int(value.timestamp()) if isinstance(value, datetime) else value or 0) for value in told)


def _visits() -> Select[*tuple[Any, ...]]:
    return (
        select(Visit, Request, Site, Customer.name, Asset.name, Asset.model, Engineer)
        .join(Request, Request.id == Visit.request_id)
        .join(Site, Site.id == Visit.site_id)
        .join(Customer, Customer.id == Request.customer_id)
        .join(Asset, Asset.id == Request.asset_id)
        .outerjoin(Engineer, Engineer.id == Visit.engineer_id)
    )


def _wanted(filters: Filters) -> Select[*tuple[Any, ...]]:
    """The visits that are open, or planned on the days shown; of one territory or of all."""
    in_span = and_(Visit.planned_start_at < filters.ends_at, Visit.planned_end_at > filters.starts_at)
    wanted = _visits().where(or_(Visit.state.in_(OPEN), and_(Visit.state.in_(STATES_SHOWN), in_span)))
    if filters.territory:
        wanted = wanted.where(or_(Site.territory == filters.territory, Engineer.territory_code == filters.territory))
    return wanted.order_by(Visit.id)


def _cards(session: Session, wanted: Select[*tuple[Any, ...]], now: datetime) -> tuple[Card, ...]:
    found = session.execute(wanted).all()
    faces = _faces(session, {visit.request_id for visit, *_ in found}, now)
    parts = _parts(session, [visit.id for visit, *_ in found])
    return tuple(
        _card(*columns, faces=faces.get(columns[0].request_id, ()), parts=parts.get(columns[0].id, 0), now=now)
        for columns in found
    )


def _faces(session: Session, request_ids: Iterable[int], now: datetime) -> Mapping[int, tuple[ClockFace, ...]]:
    """The clocks from their stored instants alone: what a paused one has left is told on the request's page."""
    found: dict[int, tuple[ClockFace, ...]] = {}
    rows = session.scalars(
        select(CommitmentClock).where(CommitmentClock.request_id.in_(request_ids)).order_by(CommitmentClock.id)
    )
    for row in rows:
        found[row.request_id] = (*found.get(row.request_id, ()), promises.face(row, now, left_s=0))
    return found


def _parts(session: Session, visit_ids: Iterable[int]) -> Mapping[int, int]:
    counted = (
        select(VisitPart.visit_id, func.sum(VisitPart.qty))
        .where(VisitPart.visit_id.in_(visit_ids))
        .group_by(VisitPart.visit_id)
    )
    return {visit_id: int(qty) for visit_id, qty in session.execute(counted)}


def _card(
    visit: Visit, asked: Request, site: Site, customer: str, asset: str, model: str, engineer: Engineer | None,
    *, faces: tuple[ClockFace, ...], parts: int, now: datetime,
) -> Card:  # fmt: skip
    clock = next_clock(faces)
    arrival = next((face for face in reversed(faces) if face.kind == "arrival"), None)
    case = Case(
        state=visit.state.value,
        reported_at=asked.reported_at,
        assigned_at=visit.assigned_at,
        planned_start_at=visit.planned_start_at,
        clock_state=clock.state if clock else None,
        clock_due_at=clock.due_at if clock else None,
        arrival_due_at=arrival.due_at if arrival else None,
        arrival_limit_s=arrival.limit_s if arrival else None,
    )
    window = (visit.window_from_at, visit.window_to_at) if visit.window_from_at and visit.window_to_at else None
    return Card(
        visit_ref=visit.visit_ref, version=visit.version, state=visit.state, request_no=asked.request_no,
        fault_level=asked.fault_level, customer=customer, site=site.name, asset=asset, model=model,
        symptom=asked.symptom, caller_name=asked.caller_name, caller_mobile=asked.caller_mobile, covered=asked.covered,
        may_send=may_send(covered=asked.covered, allowed_by=asked.send_allowed_by), territory=site.territory,
        zone=site.zone, lat=site.lat_e6 / 1e6, lon=site.lon_e6 / 1e6, skill_code=visit.skill_code,
        skill_level=visit.skill_level, duration_s=visit.duration_s, engineer_id=visit.engineer_id,
        engineer_name=engineer.name if engineer else "", engineer_name_en=engineer.name_en if engineer else "",
        engineer_mobile=engineer.mobile if engineer else "", starts_at=visit.arrived_at or visit.planned_start_at,
        ends_at=_end(visit), via=visit.planned_via or "", travel_s=visit.planned_travel_s,
        anyway_reason=visit.send_anyway_reason, pinned=visit.pinned, assigned_at=visit.assigned_at,
        release_at=visit.release_at, window=window, parts_wanted=parts, clock=clock, arrival=arrival, case=case,
        alerts=rules.alerts(case, now), needs_action=rules.needs_action(case, now),
    )  # fmt: skip


def _end(visit: Visit) -> datetime | None:
    """When the bar ends: the fact, or the plan, or what the work usually takes once he is there."""
    if visit.resolved_at is not None:
        return visit.resolved_at
    if visit.arrived_at is not None:
        return max(visit.planned_end_at or visit.arrived_at, visit.arrived_at + timedelta(seconds=visit.duration_s))
    return visit.planned_end_at


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
