"""A day as it unfolds: calls come in, engineers drive what they were told, the next stop is fixed once they set off.

The day knows everything from the start; what it shows to a policy at an instant (`Day.problem`) is only what is known
by then. Who is busy appears as free from the expected end of his stop on, at its place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from bench.engine.fs import matrix
from bench.simulator.noise import Noise
from dispatch.planner.solver.plan import Cost, Plan, Route, Stop, StopKind
from dispatch.planner.solver.problem import Break, Depot, Engineer, Incumbent, Matrix, Problem, Shift, Visit

SOON_S = 300  # work that takes longer than expected is thought to be over in five minutes

#: What each engineer is told to do next, in order.
Agenda = Mapping[str, Sequence[Stop]]


@dataclass(frozen=True, slots=True)
class Done:
    """A stop as it really went. `drive_s` and `metres` are of the leg that led there; a break has none."""

    kind: StopKind
    ref: str
    start_s: int
    end_s: int
    drive_s: int = 0
    metres: int = 0
    takes: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Hand:
    """An engineer on his day: where and when he is free, what he has aboard, what he has done."""

    card: Engineer
    at: int
    free_s: int
    van: Counter[str]
    rested: bool
    log: list[Done] = field(default_factory=list)
    # The stop he is bound for or at: when it should begin and end as far as anybody can tell before it does.
    expected_start_s: int = 0
    expected_work_s: int = 0

    @property
    def rest(self) -> Break | None:
        return None if self.rested else self.card.shifts[0].breaks[0]

    def seems_free_s(self, now: int) -> int:
        """When he can set off for another stop, as the office sees it."""
        if self.free_s <= now or not self.log:
            return max(now, self.free_s)
        last = self.log[-1]
        begins = last.start_s if last.start_s <= now else _not_past(self.expected_start_s, now)
        return _not_past(begins + self.expected_work_s, now)


def _not_past(at: int, now: int) -> int:
    """What was expected for `at`, or soon when it has not come by now."""
    return at if at > now else now + SOON_S


class Day:
    """All that happens on one day, played forward by `advance`."""

    def __init__(self, whole: Problem, noise: Noise) -> None:
        self.whole, self.noise = whole, noise
        self.seconds = whole.travel.seconds[0].rows()
        self.metres = whole.travel.metres.rows()
        self.visits = {visit.id: visit for visit in whole.visits}
        self.depots = {depot.id: depot for depot in whole.depots}
        self.stock = {depot.id: Counter(depot.stock) for depot in whole.depots}
        self.begun: set[str] = set()
        self.hands = {
            card.id: Hand(
                card=card,
                at=card.shifts[0].start_location,
                free_s=max(card.available_from_s, card.shifts[0].start_s),
                van=Counter(card.van),
                rested=not card.shifts[0].breaks,
            )
            for card in whole.engineers
        }

    @property
    def over_s(self) -> int:
        """When the last shift ends, overtime included."""
        return max(s.end_s + s.max_overtime_s for e in self.whole.engineers for s in e.shifts)

    def open_visits(self, now: int) -> list[Visit]:
        """Who has called by now and to whom nobody has set off."""
        return [v for v in self.whole.visits if v.release_s <= now and v.id not in self.begun]

    def problem(self, now: int, agenda: Agenda, move_fen: int) -> Problem:
        """What is left to plan, as it is known at `now`; to give a promised visit to another costs `move_fen`."""
        holder = {stop.ref: who for who, stops in agenda.items() for stop in stops if stop.kind is StopKind.visit}
        return replace(
            self.whole,
            now_s=now,
            engineers=tuple(self._staff(now)),
            visits=tuple(
                replace(visit, incumbent=Incumbent(holder[visit.id], move_fen)) if visit.id in holder else visit
                for visit in self.open_visits(now)
            ),
            depots=tuple(self._depot(depot) for depot in self.whole.depots),
        )

    def _staff(self, now: int) -> Iterable[Engineer]:
        for hand in self.hands.values():
            shift, free = hand.card.shifts[0], hand.seems_free_s(now)
            rest = () if hand.rest is None or free > hand.rest.latest_s else (hand.rest,)
            today = replace(shift, start_location=hand.at, breaks=rest)
            van = {part: qty for part, qty in hand.van.items() if qty > 0}
            yield replace(hand.card, shifts=(today,), available_from_s=free, van=van)

    def _depot(self, depot: Depot) -> Depot:
        return replace(depot, stock={part: qty for part, qty in self.stock[depot.id].items() if qty > 0})

    def advance(self, now: int, until: int, agenda: Agenda) -> dict[str, list[Stop]]:
        """Plays `[now, until)` and returns what is left of the agenda. Who need not leave yet stays where he is."""
        left: dict[str, list[Stop]] = {}
        for who, hand in self.hands.items():
            todo = list(agenda.get(who, ()))
            while self._step(hand, todo, now, until):
                pass
            if todo:
                left[who] = todo
        return left

    def _step(self, hand: Hand, todo: list[Stop], now: int, until: int) -> bool:
        """Lets the engineer set off for his next stop if he does so before `until`; says whether he did."""
        t = max(hand.free_s, now)
        if t >= until:
            return False
        rest = hand.rest
        if rest is not None and t > rest.latest_s:
            return self._take_rest(hand, rest, t)  # the work before took longer than the break could wait
        if not todo or (todo[0].ref and todo[0].ref not in self.visits and todo[0].ref not in self.depots):
            return self._idle(hand, rest, t, until)
        if todo[0].kind is not StopKind.rest:
            if self._go(hand, todo[0], t, until, None):
                todo.pop(0)
                return True
            return self._idle(hand, rest, t, until)
        return self._rest_on_the_way(hand, todo, t, until)

    def _idle(self, hand: Hand, rest: Break | None, t: int, until: int) -> bool:
        """Rests now if the break could not wait for the next look at the plan; else stays."""
        if rest is not None and until > rest.latest_s:
            return self._take_rest(hand, rest, max(t, rest.earliest_s))
        return False

    def _take_rest(self, hand: Hand, rest: Break, start: int) -> bool:
        hand.log.append(Done(StopKind.rest, "", start, start + rest.duration_s))
        hand.free_s, hand.rested = start + rest.duration_s, True
        hand.expected_start_s, hand.expected_work_s = start, rest.duration_s
        return True

    def _rest_on_the_way(self, hand: Hand, todo: list[Stop], t: int, until: int) -> bool:
        """A planned break: taken before the next drive if that makes nobody late, else it interrupts the drive."""
        rest = hand.rest
        if rest is None:
            todo.pop(0)
            return True
        after = next((stop for stop in todo[1:2] if stop.ref in self.visits or stop.ref in self.depots), None)
        alone = max(t, rest.earliest_s)
        if after is None or alone + rest.duration_s + self._leg(hand, after) <= max(after.start_s, self._ready(after)):
            if alone >= until:
                return False
            todo.pop(0)
            return self._take_rest(hand, rest, alone)
        if self._go(hand, after, t, until, rest):
            del todo[:2]
            return True
        return False

    def _location(self, stop: Stop) -> int:
        return self.visits[stop.ref].location if stop.kind is StopKind.visit else self.depots[stop.ref].location

    def _leg(self, hand: Hand, stop: Stop) -> int:
        return self.seconds[hand.at][self._location(stop)]

    def _ready(self, stop: Stop) -> int:
        """The earliest instant at which this stop may begin."""
        windows = self.visits[stop.ref].windows if stop.kind is StopKind.visit else self.depots[stop.ref].windows
        release = self.visits[stop.ref].release_s if stop.kind is StopKind.visit else 0
        return max(release, windows[0].from_s) if windows else release

    def _go(self, hand: Hand, stop: Stop, t: int, until: int, rest: Break | None) -> bool:
        """Sends the engineer to the stop, just in time where he would wait; False if that is not before `until`."""
        leg, ready = self._leg(hand, stop), self._ready(stop)
        pause = rest.duration_s if rest else 0
        sets_off = t if rest else max(t, ready - leg)
        if sets_off >= until:
            return False
        to = self._location(stop)
        really = self.noise.drive_s(leg, hand.at, to)
        arrives, expected = sets_off + really + pause, sets_off + leg + pause
        if rest is not None:
            begins = max(sets_off, rest.earliest_s)
            arrives, expected = max(arrives, begins + pause), max(expected, begins + pause)
            hand.log.append(Done(StopKind.rest, "", begins, begins + pause))
            hand.rested = True
        start = max(arrives, ready)
        hand.expected_start_s = max(expected, ready)
        metres = self.metres[hand.at][to]
        if stop.kind is StopKind.depot:
            work = hand.expected_work_s = self.depots[stop.ref].handling_s
            self.stock[stop.ref].subtract(stop.takes)
            hand.van.update(stop.takes)
        else:
            visit = self.visits[stop.ref]
            hand.expected_work_s = visit.duration_s
            work = self.noise.service_s(visit.duration_s, visit.id)
            hand.van.subtract({use.part: use.qty for use in stop.uses})
            self.begun.add(visit.id)
        hand.log.append(Done(stop.kind, stop.ref, start, start + work, really, metres, dict(stop.takes)))
        hand.at, hand.free_s = to, start + work
        return True


def narrowed(problem: Problem) -> Problem:
    """The same task with travel tables of only the places it speaks of: they shrink as the day goes by."""
    ends = {place for e in problem.engineers for s in e.shifts for place in (s.start_location, s.end_location)}
    spots = {visit.location for visit in problem.visits} | {depot.location for depot in problem.depots}
    spots |= {place for place in ends if place is not None}
    kept = sorted(spots)
    at: dict[int | None, int] = {place: number for number, place in enumerate(kept)}

    def shift(one: Shift) -> Shift:
        home = None if one.end_location is None else at[one.end_location]
        return replace(one, start_location=at[one.start_location], end_location=home)

    return replace(
        problem,
        travel=replace(
            problem.travel,
            metres=_rows_and_columns(problem.travel.metres, kept),
            seconds=tuple(_rows_and_columns(one, kept) for one in problem.travel.seconds),
        ),
        engineers=tuple(replace(one, shifts=tuple(map(shift, one.shifts))) for one in problem.engineers),
        visits=tuple(replace(one, location=at[one.location]) for one in problem.visits),
        depots=tuple(replace(one, location=at[one.location]) for one in problem.depots),
    )


def _rows_and_columns(table: Matrix, kept: list[int]) -> Matrix:
    cells = np.frombuffer(table.cells, dtype="<i4").reshape(table.size, table.size)
    return matrix(cells[np.ix_(kept, kept)])


def standing(agenda: Agenda) -> Plan:
    """What is left of the agenda as a plan, for an engine that goes on from it; it carries no prices."""
    routes = tuple(Route(who, 0, _aboard(stops), 0, Cost()) for who, stops in agenda.items() if stops)
    return Plan(routes, (), Cost())


def _aboard(stops: Sequence[Stop]) -> tuple[Stop, ...]:
    """The stops, with pieces of depots that were called at before now as pieces of the van."""
    ahead = {stop.ref for stop in stops if stop.kind is StopKind.depot}
    return tuple(
        replace(stop, uses=tuple(use if use.depot in ahead else replace(use, depot=None) for use in stop.uses))
        for stop in stops
    )


def agenda_of(plan: Plan) -> dict[str, list[Stop]]:
    """What each engineer is told to do when this plan is put in force."""
    return {route.engineer: list(route.stops) for route in plan.routes}
