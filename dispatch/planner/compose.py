"""From the facts of a day to a `Problem`: instants become seconds, promises become prices, stock becomes pieces.

Pure: rows are read in store.py, travel comes in as a function of the places it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.geo.rules import Position
from contracts.penalties.rules import PenaltyClause
from dispatch.people.rules import EngineerCard
from dispatch.planner.rules import PRICES, Prices, late_price, late_until_fen
from dispatch.planner.settings import FREEZE, PLAN_DAYS, POSITION_GOOD_FOR, ZONE
from dispatch.planner.solver.problem import (
    Break,
    Commitment,
    Depot,
    Engineer,
    Incumbent,
    Judged,
    Pin,
    Problem,
    Rates,
    Shift,
    Skill,
    Travel,
    Visit,
    Want,
    Window,
)
from dispatch.roster.rules import DutyCard

WeekHours = Sequence[tuple[int, int] | None]
TravelTable = Callable[[Sequence[Position], datetime, datetime], Travel]
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Promise:
    """One running clock that a visit can still keep: due instant, its clause, and the headroom it draws on."""

    kind: str
    due_at: datetime
    clause: PenaltyClause | None
    cap: str | None


@dataclass(frozen=True, slots=True)
class OpenVisit:
    """A visit that is not finished; `frozen_order` is set when its engineer is bound for it or at work on it."""

    ref: str
    version: int
    position: Position
    territory: str
    level: int
    skill_code: str
    skill_level: int
    duration_s: int
    release_at: datetime
    window: tuple[datetime, datetime] | None
    access: WeekHours | None
    promises: tuple[Promise, ...]
    parts: tuple[tuple[int, int], ...]
    engineer_id: int | None = None
    planned_start_at: datetime | None = None
    planned_travel_s: int = 0
    pinned: bool = False
    bound: bool = False
    arrived_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Store:
    """A house with free pieces: part id → how many nobody else has reserved."""

    place_id: int
    position: Position
    hours: WeekHours | None
    pieces: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the plan of a day rests on, with the version of each thing it used (E13)."""

    now: datetime
    engineers: Sequence[EngineerCard]
    duties: Sequence[DutyCard]
    vans: Mapping[int, Mapping[int, int]]
    visits: Sequence[OpenVisit]
    stores: Sequence[Store]
    accepts: Mapping[int, Sequence[int]]
    headroom: Mapping[str, int]
    versions: Mapping[str, str]


HANDLING_S = 900


def day_start(now: datetime, zone: str = ZONE) -> datetime:
    """Local midnight of the day of `now`: where the horizon begins."""
    return now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def horizon_end(now: datetime, zone: str = ZONE) -> datetime:
    """The end of the last day that is planned."""
    return day_start(now, zone) + timedelta(days=PLAN_DAYS)


def compose(facts: Facts, travel: TravelTable, prices: Prices = PRICES) -> Problem:
    """The planning task these facts make."""
    return _Composer(facts, prices).problem(travel)


class _Composer:
    """Keeps the numbering of places while the parts of a problem are put together."""

    def __init__(self, facts: Facts, prices: Prices) -> None:
        self.facts, self.prices = facts, prices
        self.start = day_start(facts.now)
        self.end = horizon_end(facts.now)
        self.places: dict[Position, int] = {}

    def problem(self, travel: TravelTable) -> Problem:
        facts, prices = self.facts, self.prices
        engineers = tuple(e for card in facts.engineers if (e := self.engineer(card)))
        known = {engineer.id for engineer in engineers}
        visits = tuple(self.visit(visit, known) for visit in facts.visits)
        depots = tuple(self.depot(store) for store in facts.stores)
        return Problem(
            horizon_start=self.start.isoformat(),
            now_s=self.seconds(facts.now),
            travel=travel(list(self.places), self.start, self.end),
            rates=Rates(prices.travel_fen_h, prices.distance_fen_km, prices.overtime_fen_h, prices.courier_fen),
            engineers=engineers,
            visits=visits,
            depots=depots,
            caps=dict(facts.headroom),
            versions=dict(facts.versions),
        )

    def seconds(self, at: datetime) -> int:
        return int((at - self.start).total_seconds())

    def place(self, position: Position) -> int:
        return self.places.setdefault(position, len(self.places))

    def engineer(self, card: EngineerCard) -> Engineer | None:
        duties = [duty for duty in self.facts.duties if duty.engineer_id == card.id]
        if not duties:
            return None
        shifts = tuple(self.shift(card, duty) for duty in sorted(duties, key=lambda duty: duty.starts_at))
        return Engineer(
            id=str(card.id),
            shifts=shifts,
            available_from_s=self.seconds(self.facts.now),
            skills={
                held.code: Skill(held.level, self.last_second(held.expires_on) if held.expires_on else None)
                for held in card.skills
            },
            van={str(part): qty for part, qty in self.facts.vans.get(card.id, {}).items() if qty > 0},
            territory=card.territory,
        )

    def last_second(self, day: object) -> int:
        end = datetime.fromisoformat(f"{day}T00:00:00").replace(tzinfo=ZoneInfo(ZONE)) + timedelta(days=1)
        return self.seconds(end) - 1

    def shift(self, card: EngineerCard, duty: DutyCard) -> Shift:
        home = self.place(Position(card.home_lat, card.home_lon))
        running = duty.starts_at <= self.facts.now < duty.ends_at
        start = self.place(position_of(card, self.facts.now)) if running else home
        breaks: tuple[Break, ...] = ()
        if duty.break_from_at and duty.break_latest_at and duty.break_latest_at > self.facts.now:
            breaks = (
                Break(self.seconds(duty.break_from_at), self.seconds(duty.break_latest_at), duty.break_minutes * 60),
            )
        return Shift(
            start_s=self.seconds(duty.starts_at),
            end_s=self.seconds(duty.ends_at),
            start_location=start,
            end_location=home,
            max_overtime_s=duty.max_overtime_minutes * 60,
            breaks=breaks,
        )

    def visit(self, visit: OpenVisit, known: set[str]) -> Visit:
        pin, incumbent = self.bond(visit, known)
        frozen = pin is not None and pin.frozen
        wants = () if frozen else visit.parts
        return Visit(
            id=visit.ref,
            location=self.place(visit.position),
            duration_s=visit.duration_s,
            unassigned_fen=self.left_out(visit),
            level=visit.level,
            release_s=max(self.seconds(visit.release_at), self.seconds(self.facts.now)),
            windows=() if frozen else self.windows(visit),
            commitments=() if visit.arrived_at and not frozen else self.commitments(visit),
            skills={} if visit.skill_code == "general" else {visit.skill_code: visit.skill_level},
            parts=tuple(
                Want(str(part), qty, tuple(str(other) for other in self.facts.accepts.get(part, (part,))))
                for part, qty in wants
            ),
            pin=pin,
            incumbent=incumbent,
            territory=visit.territory,
        )

    def left_out(self, visit: OpenVisit) -> int:
        """The price of planning nobody: the level's weight, and every promise kept only after the horizon.

        Without the second part a visit that is late already would look cheaper never than late.
        """
        fen = self.prices.left_out(visit.level) + (0 if visit.engineer_id is None else 2 * self.prices.move_fen)
        for promise in visit.promises:
            late_s = int((self.end - promise.due_at).total_seconds())
            late = late_until_fen(promise.clause, late_s, level=visit.level, prices=self.prices)
            fen += late if promise.cap is None else min(late, self.facts.headroom[promise.cap])
        return fen

    def bond(self, visit: OpenVisit, known: set[str]) -> tuple[Pin | None, Incumbent | None]:
        """How fast the visit is tied to its engineer: under way, bound for it, about to leave, pinned, or promised."""
        engineer = str(visit.engineer_id) if visit.engineer_id is not None else ""
        if engineer not in known:
            return None, None
        if visit.arrived_at is not None:
            return Pin(engineer, start_s=self.seconds(visit.arrived_at)), None
        leaves_at = visit.planned_start_at and visit.planned_start_at - timedelta(seconds=visit.planned_travel_s)
        if visit.bound or (leaves_at is not None and leaves_at <= self.facts.now + FREEZE):
            return Pin(engineer, order=self.order(visit)), None
        if visit.pinned:
            return Pin(engineer), None
        return None, Incumbent(engineer, self.prices.move_fen)

    def order(self, visit: OpenVisit) -> int:
        """The place among the engineer's frozen stops that are still ahead."""
        ahead = sorted(
            (other.planned_start_at, other.ref)
            for other in self.facts.visits
            if other.engineer_id == visit.engineer_id
            and other.arrived_at is None
            and other.planned_start_at is not None
        )
        refs = [ref for _, ref in ahead]
        return refs.index(visit.ref) if visit.ref in refs else 0

    def commitments(self, visit: OpenVisit) -> tuple[Commitment, ...]:
        return tuple(
            Commitment(
                due_s=self.seconds(promise.due_at),
                price=late_price(promise.clause, level=visit.level, cap=promise.cap, prices=self.prices),
                judged=Judged.begin if promise.kind == "arrival" else Judged.end,
            )
            for promise in visit.promises
        )

    def windows(self, visit: OpenVisit) -> tuple[Window, ...]:
        if visit.window is not None:
            return (Window(self.seconds(visit.window[0]), self.seconds(visit.window[1])),)
        return () if visit.access is None else self.open_windows(visit.access)

    def open_windows(self, week: WeekHours) -> tuple[Window, ...]:
        found = []
        for number in range(PLAN_DAYS):
            hours = week[(self.start + timedelta(days=number)).weekday()]
            if hours is not None:
                found.append(Window(number * DAY_S + hours[0] * 60, number * DAY_S + hours[1] * 60 - 1))
        return tuple(found)

    def depot(self, store: Store) -> Depot:
        return Depot(
            id=str(store.place_id),
            location=self.place(store.position),
            handling_s=HANDLING_S,
            stock={str(part): qty for part, qty in store.pieces.items() if qty > 0},
            windows=() if store.hours is None else self.open_windows(store.hours),
        )


def position_of(card: EngineerCard, now: datetime) -> Position:
    """Where the engineer is as far as we know: the last position while it is fresh, else home."""
    fresh = card.last_seen_at is not None and now - card.last_seen_at <= POSITION_GOOD_FOR
    if fresh and card.last_lat is not None and card.last_lon is not None:
        return Position(card.last_lat, card.last_lon)
    return Position(card.home_lat, card.home_lon)


def standing_orders(facts: Facts, problem: Problem) -> dict[tuple[str, int], list[str]]:
    """The day as it is assigned now: per engineer and shift the visits in the order of their planned starts."""
    start = day_start(facts.now)
    shifts = {engineer.id: engineer.shifts for engineer in problem.engineers}
    orders: dict[tuple[str, int], list[str]] = {}
    assigned = [visit for visit in facts.visits if visit.engineer_id is not None and str(visit.engineer_id) in shifts]
    for visit in sorted(assigned, key=lambda visit: (visit.planned_start_at or facts.now, visit.ref)):
        at_s = int(((visit.planned_start_at or facts.now) - start).total_seconds())
        begun = [n for n, shift in enumerate(shifts[str(visit.engineer_id)]) if shift.start_s <= at_s]
        orders.setdefault((str(visit.engineer_id), begun[-1] if begun else 0), []).append(visit.ref)
    return orders
