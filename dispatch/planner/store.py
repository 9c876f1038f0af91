"""Rows → the facts a plan rests on, and plans → rows (E13)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.geo.rules import Position
from app.kernel.dates import local_day
from contracts.installbase import api as installbase
from contracts.installbase.models import Asset
from contracts.installbase.rules import SiteCard
from contracts.penalties import api as penalties
from dispatch.clocks import api as clocks
from dispatch.clocks.faces import ClockFace
from dispatch.clocks.rules import ACTIVE
from dispatch.people import api as people
from dispatch.people.rules import EngineerCard
from dispatch.planner.compose import Facts, OpenVisit, Promise, Store, horizon_end
from dispatch.planner.durations import Learnt, Work
from dispatch.planner.history import experience
from dispatch.planner.models import PlanningRules, PlanState, StoredPlan
from dispatch.planner.rules import FROZEN, Tie, tie
from dispatch.planner.settings import ZONE
from dispatch.requests.models import Request
from dispatch.requests.rules import OPEN, may_send
from dispatch.roster import api as roster
from dispatch.visits.models import Visit, VisitPart
from dispatch.visits.rules import AT_WORK, DONE, WAITING, VisitState
from inventory.ledger.models import Reservation
from inventory.ledger.rules import ReservationState
from inventory.places import api as places
from inventory.places.rules import Condition, PlaceKind
from inventory.requisitions import api as stock

#: A visit can still keep these; the response is answered by sending somebody at all.
PLANNED_CLOCKS = frozenset({"arrival", "restore", "resolve"})


def load_facts(session: Session, *, territory: str | None, now: datetime, freed: str | None = None) -> Facts:
    """Everything the next two days' plan rests on, in one territory or in all, with versions.

    With a territory: its sites' visits and its engineers, and whoever from elsewhere holds one of those visits, with
    all that he has to do anywhere; so nobody is booked twice across a border. `freed` names a visit that is to be
    laid anew whatever holds it: a hand may do that (R5).
    """
    rows = _open_rows(session)
    sites = installbase.site_cards(session, {visit.site_id for visit, _ in rows})
    here = {visit.id for visit, _ in rows if territory in (None, sites[visit.site_id].territory)}
    engineers = _engineers(session, territory, {visit.engineer_id for visit, _ in rows if visit.id in here}, now)
    ids = {card.id for card in engineers}
    rows = [(visit, request) for visit, request in rows if visit.id in here or visit.engineer_id in ids]
    duties = roster.duties_in(session, now, horizon_end(now), engineer_ids=ids)
    visits, headroom = _visits(session, rows, sites, now, freed)
    wanted = {part for visit in visits for part, _ in visit.parts}
    accepts = stock.substitutes(session, wanted)
    vans, stores = _stock(session, accepts, visits, engineers)
    return Facts(
        now=now,
        engineers=engineers,
        duties=duties,
        vans=vans,
        visits=visits,
        stores=stores,
        accepts=accepts,
        headroom=headroom,
        versions={
            **{f"engineer:{card.id}": _engineer_version(card, duties) for card in engineers},
            **{f"visit:{visit.ref}": _visit_version(visit) for visit in visits},
        },
    )


def learnt_duration(session: Session, visit_ref: str, *, now: datetime) -> Learnt:
    """How long the visit takes, as plans count it: what its row says, drawn towards what such visits took."""
    typed_s, kind, model = session.execute(
        select(Visit.duration_s, Request.type, Asset.model)
        .join(Request, Request.id == Visit.request_id)
        .join(Asset, Asset.id == Request.asset_id)
        .where(Visit.visit_ref == visit_ref)
    ).one()
    return experience(session, now=now).learnt(Work(kind.value, model), typed_s)


def _engineers(
    session: Session, territory: str | None, holding: set[int | None], now: datetime
) -> Sequence[EngineerCard]:
    day = local_day(now, ZONE)
    if territory is None:
        return people.engineers_for(session, on=day)
    own = people.engineers_for(session, on=day, territory=territory)
    others = people.engineer_cards(session, {one for one in holding if one is not None} - {card.id for card in own})
    return [*own, *(others[one] for one in sorted(others))]


def _engineer_version(card: EngineerCard, duties: Sequence[roster.DutyCard]) -> str:
    own = sorted((duty.id, duty.version) for duty in duties if duty.engineer_id == card.id)
    return f"{card.version};" + ",".join(f"{duty}.{version}" for duty, version in own)


def _visit_version(visit: OpenVisit) -> str:
    """The visit as the plan saw it: its row, and the promises it was priced by (a pause or a new level moves them)."""
    return f"{visit.version};" + ",".join(f"{one.kind}.{one.due_at.isoformat()}" for one in visit.promises)


def _open_rows(session: Session) -> list[tuple[Visit, Request]]:
    found = session.execute(
        select(Visit, Request)
        .join(Request, Request.id == Visit.request_id)
        .where(Visit.state.not_in(list(DONE)), Request.state.in_(list(OPEN)))
        .order_by(Visit.id)
    ).all()
    return [(visit, request) for visit, request in found if _may_plan(visit, request)]


def _may_plan(visit: Visit, request: Request) -> bool:
    """What nobody pays for yet waits at the desk, not in the plan (C5)."""
    return visit.state not in WAITING or may_send(covered=request.covered, allowed_by=request.send_allowed_by)


def _visits(
    session: Session,
    rows: Sequence[tuple[Visit, Request]],
    sites: Mapping[int, SiteCard],
    now: datetime,
    freed: str | None,
) -> tuple[list[OpenVisit], dict[str, int]]:
    faces = clocks.clock_views(session, [request.id for _, request in rows], now)
    parts: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row in session.scalars(select(VisitPart).where(VisitPart.visit_id.in_([visit.id for visit, _ in rows]))):
        parts[row.visit_id].append((row.part_id, row.qty))
    headroom: dict[str, int] = {}
    caps = _Caps(session, headroom)
    assets = installbase.asset_cards(session, {request.asset_id for _, request in rows})
    past = experience(session, now=now)
    visits = []
    for visit, request in rows:
        learnt = past.learnt(Work(request.type.value, assets[request.asset_id].model), visit.duration_s)
        site = sites[visit.site_id]
        window = (visit.window_from_at, visit.window_to_at)
        how = Tie.FREE if visit.visit_ref == freed and visit.state not in AT_WORK else _tie(visit, now)
        at_site = visit.state in AT_WORK and visit.state is not VisitState.EN_ROUTE
        visits.append(
            OpenVisit(
                ref=visit.visit_ref,
                version=visit.version,
                position=Position(site.lat, site.lon),
                territory=site.territory,
                level=request.fault_level,
                skill_code=visit.skill_code,
                skill_level=visit.skill_level,
                duration_s=learnt.duration_s,
                release_at=visit.release_at,
                window=(window[0], window[1]) if window[0] and window[1] else None,
                access=site.access_hours,
                promises=tuple(_promises(faces[request.id], caps)),
                parts=tuple(sorted(parts[visit.id])),
                tie=how,
                engineer_id=None if how is Tie.FREE else visit.engineer_id,
                planned_start_at=visit.planned_start_at,
                bound=visit.state is VisitState.EN_ROUTE,
                arrived_at=min(visit.arrived_at, now) if at_site and visit.arrived_at else None,
                held=how is not Tie.FREE and bool(visit.send_anyway_reason),
                duration_by=learnt.by,
                log_sd=learnt.log_sd,
            )
        )
    return visits, headroom


def _tie(visit: Visit, now: datetime) -> Tie:
    return tie(
        assigned=visit.state not in WAITING,
        locked=visit.pinned,
        bound=visit.state is VisitState.EN_ROUTE,
        arrived=visit.state in AT_WORK and visit.state is not VisitState.EN_ROUTE,
        start_at=visit.planned_start_at,
        travel_s=visit.planned_travel_s or 0,
        now=now,
    )


class _Caps:
    """What is left under each contract's cap, asked once a contract and period."""

    def __init__(self, session: Session, headroom: dict[str, int]) -> None:
        self.session, self.headroom = session, headroom
        self.names: dict[tuple[int, date], str] = {}

    def name(self, version_id: int, face: ClockFace) -> str | None:
        assert face.due_at is not None
        day = local_day(face.due_at, face.zone)
        if (version_id, day) not in self.names:
            found = penalties.cap_left(self.session, version_id, at=face.due_at)
            if found is None:
                return None
            self.names[version_id, day], self.headroom[found[0]] = found
        return self.names[version_id, day]


def _promises(faces: Iterable[ClockFace], caps: _Caps) -> Iterable[Promise]:
    """The running clocks with their clauses, each naming the headroom it draws on."""
    for face in faces:
        if face.state not in ACTIVE or face.kind not in PLANNED_CLOCKS or face.due_at is None:
            continue
        clause, cap = face.penalty, None
        if clause is not None and clause.cap_fen is not None and face.contract_version_id is not None:
            cap = caps.name(face.contract_version_id, face)
        yield Promise(kind=face.kind, due_at=face.due_at, clause=clause, cap=cap)


def _stock(
    session: Session,
    accepts: Mapping[int, Sequence[int]],
    visits: Sequence[OpenVisit],
    engineers: Sequence[EngineerCard],
) -> tuple[dict[int, dict[int, int]], list[Store]]:
    """Free pieces by van and by house. What the plan may lay anew counts as free: its own reservations end with it."""
    part_ids = {part for accepted in accepts.values() for part in accepted}
    cards = places.place_cards(session)
    driver = {card.holder_ref: card.id for card in engineers}
    loose = [visit.ref for visit in visits if visit.tie not in FROZEN and not visit.held]
    given_back: dict[tuple[int, int], int] = defaultdict(int)
    for row in open_reservations(session, loose):
        given_back[row.place_id, row.part_id] += row.qty
    vans: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    houses: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for holding in stock.stock_for_planning(session, part_ids):
        card = cards.get(holding.place_id)
        free = holding.available + given_back.get((holding.place_id, holding.part_id), 0)
        if card is None or card.condition is not Condition.GOOD or free <= 0:
            continue
        if card.kind is PlaceKind.VAN and card.holder_ref in driver:
            vans[driver[card.holder_ref]][holding.part_id] += free
        elif card.kind is not PlaceKind.VAN and card.lat is not None:
            houses[card.house_id][holding.part_id] += free
    stores = [
        Store(
            place_id,
            Position(cards[place_id].lat or 0.0, cards[place_id].lon or 0.0),
            cards[place_id].hours,
            dict(pieces),
        )
        for place_id, pieces in sorted(houses.items())
    ]
    return {van: dict(pieces) for van, pieces in vans.items()}, stores


def open_reservations(session: Session, refs: Iterable[str]) -> Sequence[Reservation]:
    """What is held for these visits now."""
    held = select(Reservation).where(Reservation.visit_ref.in_(list(refs)), Reservation.state == ReservationState.OPEN)
    return session.scalars(held).all()


def publish(session: Session, plan_id: int, *, by: str, at: datetime) -> bool:
    """Turn the proposal into the plan in force, once; False if somebody did, or a newer plan has taken its place."""
    changed = session.execute(
        update(StoredPlan)
        .where(StoredPlan.id == plan_id, StoredPlan.state == PlanState.PROPOSED)
        .values(state=PlanState.PUBLISHED, published_at=at, published_by=by)
    )
    return int(changed.rowcount) == 1  # type: ignore[attr-defined]


def supersede(session: Session, plan: StoredPlan) -> None:
    """Older plans of the same territory are history now."""
    older = update(StoredPlan).where(StoredPlan.id < plan.id, StoredPlan.state != PlanState.SUPERSEDED)
    if plan.territory_code is not None:
        older = older.where(StoredPlan.territory_code == plan.territory_code)
    session.execute(older.values(state=PlanState.SUPERSEDED))


def planning_rules(session: Session) -> PlanningRules:
    """The rules in force; as the product came where nobody has set any: version 0, and not yet a row."""
    return session.scalar(select(PlanningRules)) or PlanningRules(room_for_calls=False, version=0)


def lock_planning_rules(session: Session) -> PlanningRules:
    """The rules in force, held until the transaction ends; the first who wants to set any makes the row."""
    wanted = select(PlanningRules).with_for_update()
    rules = session.scalar(wanted)
    if rules is None:
        try:
            with session.begin_nested():
                session.execute(insert(PlanningRules).values(id=1, room_for_calls=False, version=0))
        except IntegrityError:  # Somebody made it in this very moment: what he set is what is found.
            pass
        rules = session.scalars(wanted).one()
    return rules
