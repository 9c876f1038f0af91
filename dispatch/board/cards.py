"""One visit as list, timeline and map show it: read with a handful of statements however many there are (B1, screens §8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.audit.models import AuditRow
from app.auth.models import User
from app.calendar.api import service_hours
from app.calendar.rules import ServiceHours
from contracts.installbase.models import Asset, Customer, Site
from dispatch.board import rules
from dispatch.board.rules import Alert, Case
from dispatch.clocks import promises
from dispatch.clocks.faces import ClockFace, next_clock
from dispatch.clocks.models import ClockEvent, ClockRowState, CommitmentClock
from dispatch.clocks.store import Dial, story
from dispatch.people.models import Engineer
from dispatch.requests.models import Request
from dispatch.requests.rules import may_send
from dispatch.visits.models import Visit, VisitPart
from dispatch.visits.rules import WAITING, VisitAct, VisitState, may

__all__ = ["Card", "Change", "cards_of", "last_change", "read_card", "read_cards", "visits_with_all"]


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


def read_card(session: Session, visit_ref: str, *, now: datetime) -> Card | None:
    """One visit as its card shows it; None where there is none."""
    found = read_cards(session, visits_with_all().where(Visit.visit_ref == visit_ref), now)
    return found[0] if found else None


def cards_of(session: Session, visit_refs: Iterable[str], *, now: datetime) -> tuple[Card, ...]:
    """The visits among these that exist."""
    return read_cards(session, visits_with_all().where(Visit.visit_ref.in_(set(visit_refs))), now)


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


def visits_with_all() -> Select[*tuple[Any, ...]]:
    """The statement that `read_cards` reads: add to it which visits."""
    return (
        select(Visit, Request, Site, Customer.name, Asset.name, Asset.model, Engineer)
        .join(Request, Request.id == Visit.request_id)
        .join(Site, Site.id == Visit.site_id)
        .join(Customer, Customer.id == Request.customer_id)
        .join(Asset, Asset.id == Request.asset_id)
        .outerjoin(Engineer, Engineer.id == Visit.engineer_id)
    )


def read_cards(session: Session, wanted: Select[*tuple[Any, ...]], now: datetime) -> tuple[Card, ...]:
    """The visits of a statement that began with `visits_with_all`, as cards."""
    found = session.execute(wanted).all()
    faces = _faces(session, {visit.request_id for visit, *_ in found}, now)
    parts = _parts(session, [visit.id for visit, *_ in found])
    return tuple(
        _card(*columns, faces=faces.get(columns[0].request_id, ()), parts=parts.get(columns[0].id, 0), now=now)
        for columns in found
    )


def _faces(session: Session, request_ids: Iterable[int], now: datetime) -> Mapping[int, tuple[ClockFace, ...]]:
    """The clocks as they stand: from their stored instants, and what is left of the paused ones from their story."""
    wanted = select(CommitmentClock).where(CommitmentClock.request_id.in_(request_ids)).order_by(CommitmentClock.id)
    rows = session.scalars(wanted).all()
    left = _left(session, [row for row in rows if row.state is ClockRowState.PAUSED], now)
    found: dict[int, tuple[ClockFace, ...]] = {}
    for row in rows:
        face = promises.face(row, now, left_s=left.get(row.id, 0))
        found[row.request_id] = (*found.get(row.request_id, ()), face)
    return found


def _left(session: Session, paused: Iterable[CommitmentClock], now: datetime) -> Mapping[int, int]:
    """Service time left of each paused clock, in seconds; one statement for their events, one or two per calendar."""
    rows = list(paused)
    if not rows:
        return {}
    told: dict[int, list[ClockEvent]] = {}
    asked = {row.request_id for row in rows}
    for event in session.scalars(select(ClockEvent).where(ClockEvent.request_id.in_(asked)).order_by(ClockEvent.seq)):
        told.setdefault(event.request_id, []).append(event)
    hours: dict[tuple[str, str, int], ServiceHours] = {}
    left = {}
    for row in rows:
        key = (row.hours_code, row.zone, row.calendar_version)
        if key not in hours:
            hours[key] = service_hours(session, row.hours_code, row.zone, version=row.calendar_version)
        dial = Dial(row, story(row.id, told.get(row.request_id, ())), hours[key], frozenset())
        left[row.id] = dial.judged(now).left_s
    return left


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
        state=visit.state,
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
        skill_level=visit.skill_level, engineer_id=visit.engineer_id,
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
        return max(visit.planned_end_at or visit.arrived_at, visit.arrived_at + _planned_duration(visit))
    return visit.planned_end_at


def _planned_duration(visit: Visit) -> timedelta:
    """As long as it was planned for; what its row says where nobody planned it."""
    if visit.planned_start_at is None or visit.planned_end_at is None:
        return timedelta(seconds=visit.duration_s)
    return visit.planned_end_at - visit.planned_start_at
