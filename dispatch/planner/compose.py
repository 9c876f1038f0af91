"""From the facts of a day to a `Problem`: instants become seconds, promises become prices, stock becomes pieces.

Pure: rows are read in store.py, travel comes in as a function of the places it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.geo.rules import Position
from contracts.penalties.rules import PenaltyClause
from dispatch.people.rules import GENERAL, EngineerCard
from dispatch.planner.rules import FROZEN, PRICES, Prices, Tie, late_price, late_until_fen
from dispatch.planner.settings import PLAN_DAYS, POSITION_GOOD_FOR, ZONE
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
    """A visit that is not finished. `tie` says how fast it is bound to `engineer_id`; None = to nobody.

    `held` marks one that was sent against the rules, with a reason: it keeps its engineer and time as they are.
    `duration_by` names the engineers who take another time than `duration_s`; `log_sd` is the spread of its logarithm.
    """

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
    tie: Tie = Tie.FREE
    engineer_id: int | None = None
    planned_start_at: datetime | None = None
    bound: bool = False
    arrived_at: datetime | None = None
    held: bool = False
    duration_by: Mapping[int, int] = field(default_factory=dict)
    log_sd: float = 0.0


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
MOST_PIECES = 1000


def day_start(now: datetime, zone: str = ZONE) -> datetime:
    """Local midnight of the day of `now`: where the horizon begins."""
    return now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def horizon_end(now: datetime, zone: str = ZONE) -> datetime:
    """The end of the last day that is planned."""
    return day_start(now, zone) + timedelta(days=PLAN_DAYS)


def compose(facts: Facts, travel: TravelTable, prices: Prices = PRICES, *, steady: bool = False) -> Problem:
    """The planning task these facts make. `steady`: what is promised for three is not pulled to two o'clock."""
    return _Composer(facts, prices, steady=steady).problem(travel)


class _Composer:
    """Keeps the numbering of places while the parts of a problem are put together."""

    def __init__(self, facts: Facts, prices: Prices, *, steady: bool) -> None:
        self.facts, self.prices, self.steady = facts, prices, steady
        self.start = day_start(facts.now)
        self.end = horizon_end(facts.now)
        self.places: dict[Position, int] = {}

    def problem(self, travel: TravelTable) -> Problem:
        facts, prices = self.facts, self.prices
        engineers = tuple(e for card in facts.engineers if (e := self.engineer(card)))
        known = {engineer.id for engineer in engineers}
        visits = tuple(self.visit(visit, known) for visit in facts.visits if self.plannable(visit, known))
        depots = tuple(depot for store in facts.stores if (depot := self.depot(store)))
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

    def plannable(self, visit: OpenVisit, known: set[str]) -> bool:
        """Whether the engine may speak of the visit at all; what it may not is left exactly as it stands.

        Not: who holds it has no shift in sight, it is fixed for a day after the horizon, or it wants so much of a
        part that the engine, which counts piece by piece, would choke on it.
        """
        if any(qty > MOST_PIECES for _, qty in visit.parts):
            return False
        if visit.tie is Tie.FREE:
            return True
        later = visit.planned_start_at is not None and visit.planned_start_at >= self.end
        return str(visit.engineer_id) in known and not later

    def seconds(self, at: datetime) -> int:
        return int((at - self.start).total_seconds())

    def place(self, position: Position) -> int:
        return self.places.setdefault(position, len(self.places))

    def engineer(self, card: EngineerCard) -> Engineer | None:
        duties = [duty for duty in self.facts.duties if duty.engineer_id == card.id]
        if not duties:
            return None
        duties = sorted(duties, key=lambda duty: duty.starts_at)
        nexts = [*(duty.starts_at for duty in duties[1:]), None]
        shifts = tuple(self.shift(card, duty, following) for duty, following in zip(duties, nexts, strict=True))
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

    def shift(self, card: EngineerCard, duty: DutyCard, following: datetime | None) -> Shift:
        """One duty; its overtime ends where the next duty begins."""
        home = self.place(Position(card.home_lat, card.home_lon))
        running = duty.starts_at <= self.facts.now < duty.ends_at
        start = self.place(position_of(card, self.facts.now)) if running else home
        overtime = timedelta(minutes=duty.max_overtime_minutes)
        if following is not None:
            overtime = max(timedelta(), min(overtime, following - duty.ends_at))
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
            max_overtime_s=int(overtime.total_seconds()),
            breaks=breaks,
            on_call_fen=self.prices.on_call_fen if duty.kind == "on_call" else 0,
        )

    def visit(self, visit: OpenVisit, known: set[str]) -> Visit:
        pin, incumbent = self.bond(visit)
        frozen = pin is not None and pin.frozen
        fixed = frozen or visit.held
        wants = () if fixed else visit.parts
        skills = {} if fixed or visit.skill_code == GENERAL else {visit.skill_code: visit.skill_level}
        return Visit(
            id=visit.ref,
            location=self.place(visit.position),
            duration_s=visit.duration_s,
            unassigned_fen=self.left_out(visit),
            level=visit.level,
            release_s=self.release(visit),
            windows=() if frozen else self.windows(visit),
            commitments=self.commitments(visit),
            duration_by={str(who): seconds for who, seconds in visit.duration_by.items() if str(who) in known},
            skills=skills,
            parts=tuple(
                Want(str(part), qty, tuple(str(other) for other in self.facts.accepts.get(part, (part,))))
                for part, qty in wants
            ),
            pin=pin,
            incumbent=incumbent,
            territory=visit.territory,
        )

    def release(self, visit: OpenVisit) -> int:
        """The earliest begin: not before now, nor before the customer wants it, nor before it was promised for."""
        earliest = max(visit.release_at, self.facts.now)
        if self.steady and visit.tie is Tie.PROMISED and visit.planned_start_at is not None:
            earliest = max(earliest, visit.planned_start_at)
        return self.seconds(earliest)

    def left_out(self, visit: OpenVisit) -> int:
        """The price of planning nobody: the level's weight, and every promise kept only after the horizon.

        Without the second part a visit that is late already would look cheaper never than late.
        """
        fen = self.prices.left_out(visit.level) + (0 if visit.tie is Tie.FREE else 2 * self.prices.move_fen)
        for promise in visit.promises:
            late_s = int((self.end - promise.due_at).total_seconds())
            late = late_until_fen(promise.clause, late_s, level=visit.level, prices=self.prices)
            fen += late if promise.cap is None else min(late, self.facts.headroom[promise.cap])
        return fen

    def bond(self, visit: OpenVisit) -> tuple[Pin | None, Incumbent | None]:
        """The tie in the engine's words."""
        engineer = str(visit.engineer_id)
        if visit.tie is Tie.FREE:
            return None, None
        if visit.tie is Tie.UNDER_WAY and visit.arrived_at is not None and self.is_latest(visit):
            return Pin(engineer, start_s=self.seconds(visit.arrived_at)), None
        if visit.tie in FROZEN:
            return Pin(engineer, order=self.order(visit)), None
        if visit.tie is Tie.LOCKED or visit.held:
            return Pin(engineer), None
        return None, Incumbent(engineer, self.prices.move_fen)

    def is_latest(self, visit: OpenVisit) -> bool:
        """Whether this is where the engineer is: nobody is under way at two sites, whatever the rows say."""
        mine = [
            (other.arrived_at, other.ref)
            for other in self.facts.visits
            if other.engineer_id == visit.engineer_id and other.arrived_at is not None
        ]
        return (visit.arrived_at, visit.ref) == max(mine)

    def order(self, visit: OpenVisit) -> int:
        """The place among the engineer's frozen stops ahead: the one he is driving to first, then by planned start."""
        ahead = [
            (not other.bound, other.planned_start_at or self.facts.now, other.ref)
            for other in self.facts.visits
            if other.engineer_id == visit.engineer_id
            and other.tie in FROZEN
            and not (other.arrived_at is not None and self.is_latest(other))
        ]
        return [ref for *_, ref in sorted(ahead)].index(visit.ref)

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
        """When service may begin. A lock holds the time too; hours that leave these days shut leave no window in them."""
        fixed = visit.tie is Tie.LOCKED or visit.held
        if fixed and visit.planned_start_at is not None and visit.planned_start_at >= self.facts.now:
            at = self.seconds(visit.planned_start_at)
            return (Window(at, at),)
        if visit.window is not None:
            return (Window(self.seconds(visit.window[0]), self.seconds(visit.window[1])),)
        if visit.access is None:
            return ()
        return self.open_windows(visit.access) or (Window(PLAN_DAYS * DAY_S, PLAN_DAYS * DAY_S),)

    def open_windows(self, week: WeekHours) -> tuple[Window, ...]:
        found = []
        for number in range(PLAN_DAYS):
            hours = week[(self.start + timedelta(days=number)).weekday()]
            if hours is not None:
                found.append(Window(number * DAY_S + hours[0] * 60, number * DAY_S + hours[1] * 60 - 1))
        return tuple(found)

    def depot(self, store: Store) -> Depot | None:
        """The house, or None where it stays shut on all days of the plan."""
        windows = () if store.hours is None else self.open_windows(store.hours)
        if store.hours is not None and not windows:
            return None
        return Depot(
            id=str(store.place_id),
            location=self.place(store.position),
            handling_s=HANDLING_S,
            stock={str(part): qty for part, qty in store.pieces.items() if qty > 0},
            windows=windows,
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
    known = {visit.id for visit in problem.visits}
    assigned = [visit for visit in facts.visits if visit.tie is not Tie.FREE and visit.ref in known]
    for visit in sorted(assigned, key=lambda visit: (visit.planned_start_at or facts.now, visit.ref)):
        at_s = int(((visit.planned_start_at or facts.now) - start).total_seconds())
        begun = [n for n, shift in enumerate(shifts[str(visit.engineer_id)]) if shift.start_s <= at_s]
        orders.setdefault((str(visit.engineer_id), begun[-1] if begun else 0), []).append(visit.ref)
    return orders
