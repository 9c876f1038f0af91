"""Is this plan legal, and does it cost what it says? Written from the mission's words, not from the model (house §5).

The same judge for the engine's plans, a dragged visit (R5) and a rival engine (R8). It reads starts and pieces from
the plan, works everything else out again, and compares. It never raises: a plan of any form is answered with a list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from dispatch.planner.solver.checker_money import (
    Names,
    cell,
    driving,
    lasts,
    price,
    ready_at,
    route_price,
    travelled,
)
from dispatch.planner.solver.codec import BadForm
from dispatch.planner.solver.plan import Plan, Route, Stop, StopKind
from dispatch.planner.solver.problem import Break, Depot, Engineer, Problem, Shift, Visit, Window

__all__ = ["Broken", "Violation", "price", "violations"]


class Broken(StrEnum):
    """Which law of planning a plan breaks."""

    bad_form = "bad_form"
    unknown = "unknown"
    doubled = "doubled"
    forgotten = "forgotten"
    frozen = "frozen"
    pin = "pin"
    barred = "barred"
    standby = "standby"
    skill = "skill"
    too_early = "too_early"
    window = "window"
    arithmetic = "arithmetic"
    break_time = "break_time"
    break_missing = "break_missing"
    overtime = "overtime"
    depot_closed = "depot_closed"
    stock = "stock"
    part = "part"
    crew = "crew"
    order = "order"
    cost = "cost"
    versions = "versions"


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken law: on whose route, at which visit or depot, and the figures."""

    law: Broken
    engineer: str
    ref: str
    detail: str = ""


def violations(problem: Problem, plan: Plan) -> list[Violation]:
    """Everything that is wrong with the plan; empty when it may be published."""
    try:
        plan.to_json()
    except (BadForm, TypeError, AttributeError, ValueError) as error:
        return [Violation(Broken.bad_form, "", "", str(error))]
    unknown = list(_unknown(problem, plan))
    if unknown:
        return unknown
    found, names = list(_who_and_once(problem, plan)), Names(problem)
    for route in plan.routes:
        found.extend(_Drive(problem, names, route).judge())
    found.extend(_stock(names, plan))
    found.extend(_together(problem, plan))
    found.extend(_money(problem, names, plan))
    if dict(plan.versions) != dict(problem.versions):
        found.append(Violation(Broken.versions, "", ""))
    return found


def _unknown(problem: Problem, plan: Plan) -> Iterator[Violation]:
    shifts = {engineer.id: len(engineer.shifts) for engineer in problem.engineers}
    known = {StopKind.visit: {v.id for v in problem.visits}, StopKind.depot: {d.id for d in problem.depots}}
    for route in plan.routes:
        if not 0 <= route.shift < shifts.get(route.engineer, 0):
            yield Violation(Broken.unknown, route.engineer, "", f"shift {route.shift}")
        for stop in route.stops:
            if stop.kind is not StopKind.rest and stop.ref not in known[stop.kind]:
                yield Violation(Broken.unknown, route.engineer, stop.ref)
    for left in plan.unassigned:
        if left.visit not in known[StopKind.visit]:
            yield Violation(Broken.unknown, "", left.visit)


def _who_and_once(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Every visit stands once, in a route or among the unassigned; every shift has one route at most."""
    for (engineer, shift), times in Counter((route.engineer, route.shift) for route in plan.routes).items():
        if times > 1:
            yield Violation(Broken.doubled, engineer, "", f"shift {shift}")
    seen = Counter(stop.ref for route in plan.routes for stop in route.stops if stop.kind is StopKind.visit)
    seen.update(left.visit for left in plan.unassigned)
    for visit in problem.visits:
        if seen[visit.id] > 1:
            yield Violation(Broken.doubled, "", visit.id)
        if seen[visit.id] == 0:
            yield Violation(Broken.forgotten, "", visit.id)
    for route in plan.routes:
        if not route.stops:
            yield Violation(Broken.forgotten, route.engineer, "", "a route without stops")
    yield from _frozen(problem, plan)


def _frozen(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Work under way and the stop an engineer is bound for come first on the shift that is running."""
    frozen: dict[str, list[Visit]] = {}
    for visit in problem.visits:
        if visit.pin and visit.pin.frozen:
            frozen.setdefault(visit.pin.engineer, []).append(visit)
    for engineer in problem.engineers:
        mine = frozen.get(engineer.id, [])
        mine.sort(key=lambda v: (0, 0) if v.pin is None or v.pin.start_s is not None else (1, v.pin.order or 0))
        if not mine:
            continue
        running = [n for n, s in enumerate(engineer.shifts) if s.end_s + s.max_overtime_s >= problem.now_s]
        shift = running[0] if running else len(engineer.shifts) - 1
        stops = [s for r in plan.routes if (r.engineer, r.shift) == (engineer.id, shift) for s in r.stops]
        firsts = [stop.ref for stop in stops if stop.kind is not StopKind.rest][: len(mine)]
        if firsts != [visit.id for visit in mine]:
            yield Violation(Broken.frozen, engineer.id, mine[0].id, f"first stops {firsts}")


class _Drive:
    """Drives one route again, stop by stop."""

    def __init__(self, problem: Problem, names: Names, route: Route) -> None:
        self.problem = problem
        self.names = names
        self.route = route
        self.engineer: Engineer = names.engineers[route.engineer]
        self.shift: Shift = self.engineer.shifts[route.shift]
        self.visits, self.depots = names.visits, names.depots
        self.van: Counter[str] = Counter(self.engineer.van)
        self.taken: Counter[tuple[str, str]] = Counter()
        self.ready = self.now = ready_at(problem, self.engineer, self.shift)
        self.free_since = self.now
        first = self.visits.get(route.stops[0].ref) if route.stops else None
        if first and first.pin and first.pin.start_s is not None:
            self.free_since = max(first.pin.start_s + lasts(first, self.engineer), self.ready)

    def say(self, law: Broken, ref: str, detail: str = "") -> Violation:
        return Violation(law, self.engineer.id, ref, detail)

    def judge(self) -> Iterator[Violation]:
        at, rests = self.shift.start_location, 0
        pause, pause_over = 0, self.now
        due = [rest for rest in self.shift.breaks if rest.latest_s >= self.free_since]
        free = self.now
        for place, stop in enumerate(self.route.stops):
            if stop.kind is StopKind.rest:
                yield from self._rest(stop, due[rests] if rests < len(due) else None, free)
                rests += 1
                pause, pause_over, free = pause + stop.end_s - stop.start_s, stop.end_s, stop.end_s
                continue
            visit = self.visits[stop.ref] if stop.kind is StopKind.visit else None
            there: Visit | Depot = visit or self.depots[stop.ref]
            begun = visit.pin.start_s if visit and visit.pin and place == 0 else None
            leg = metres = 0
            if begun is None:
                leg = driving(self.problem, at, there.location, self.now)
                metres = cell(self.problem.travel.metres.cells, self.problem.travel.metres.size, at, there.location)
            arrival = max(self.now + leg + pause, pause_over) if begun is None else begun
            took = lasts(visit, self.engineer) if visit else self.depots[stop.ref].handling_s
            if stop.start_s < arrival:
                yield self.say(Broken.too_early, stop.ref, f"begins {stop.start_s}, arrives {arrival}")
            if (stop.arrive_s, stop.travel_s, stop.metres, stop.end_s) != (arrival, leg, metres, stop.start_s + took):
                yield self.say(Broken.arithmetic, stop.ref, f"{arrival} {leg} {metres} {stop.start_s + took}")
            yield from self._visit(stop, visit) if visit else self._depot(stop, self.depots[stop.ref])
            self.now = free = max(stop.start_s + took, self.ready)
            at, pause, pause_over = there.location, 0, free
        yield from self._end(due[rests:])
        yield from (
            self.say(Broken.part, depot, f"{part}: takes {qty} more than it uses")
            for (depot, part), qty in self.taken.items()
            if qty > 0
        )

    def _rest(self, stop: Stop, expected: Break | None, free: int) -> Iterator[Violation]:
        if expected is None:
            yield self.say(Broken.break_time, "", "a break that is not due")
            return
        if not expected.earliest_s <= stop.start_s <= expected.latest_s or stop.start_s < free:
            yield self.say(Broken.break_time, "", f"begins {stop.start_s}, free {free}")
        if stop.end_s - stop.start_s != expected.duration_s or stop.arrive_s != stop.start_s or stop.ref:
            yield self.say(Broken.break_time, "", f"ends {stop.end_s}")
        if stop.travel_s or stop.metres or stop.late_s or stop.takes or stop.uses:
            yield self.say(Broken.arithmetic, "", "a break neither drives nor takes")

    def _visit(self, stop: Stop, visit: Visit) -> Iterator[Violation]:
        pin = visit.pin
        if pin and pin.engineer != self.engineer.id:
            yield self.say(Broken.pin, visit.id, f"pinned to {pin.engineer}")
        ends = stop.start_s + lasts(visit, self.engineer)
        late = [max(0, (stop.start_s if c.judged == "begin" else ends) - c.due_s) for c in visit.commitments]
        if stop.late_s != max(late, default=0):
            yield self.say(Broken.arithmetic, visit.id, f"late {stop.late_s}")
        if stop.takes:
            yield self.say(Broken.part, visit.id, "takes pieces at a visit")
        if pin and pin.frozen:
            if pin.start_s is not None and stop.start_s != pin.start_s:
                yield self.say(Broken.frozen, visit.id, f"under way since {pin.start_s}")
            if stop.uses:
                yield self.say(Broken.part, visit.id, "has what it needs already")
            return
        if self.engineer.id in visit.barred:
            yield self.say(Broken.barred, visit.id)
        if self.shift.standby is not None and visit.assurance != self.shift.standby:
            yield self.say(Broken.standby, visit.id, f"held for {self.shift.standby}")
        yield from self._skills(stop, visit)
        if stop.start_s < visit.release_s:
            yield self.say(Broken.too_early, visit.id, f"not before {visit.release_s}")
        if not _open(visit.windows, stop.start_s):
            yield self.say(Broken.window, visit.id, str(stop.start_s))
        yield from self._parts(stop, visit)

    def _skills(self, stop: Stop, visit: Visit) -> Iterator[Violation]:
        for name, level in visit.skills.items():
            held = self.engineer.skills.get(name)
            if held is None or held.level < level:
                yield self.say(Broken.skill, visit.id, name)
            elif held.expires_s is not None and stop.start_s > held.expires_s:
                yield self.say(Broken.skill, visit.id, f"{name} expired")

    def _parts(self, stop: Stop, visit: Visit) -> Iterator[Violation]:
        fitted: Counter[str] = Counter()
        wants = {want.part: want for want in visit.parts}
        for use in stop.uses:
            if use.wanted not in wants or use.part not in wants[use.wanted].accepts or use.qty <= 0:
                yield self.say(Broken.part, visit.id, f"{use.part} for {use.wanted}")
            fitted[use.wanted] += use.qty
            if use.depot is None:
                self.van[use.part] -= use.qty
            else:
                self.taken[use.depot, use.part] -= use.qty
                if self.taken[use.depot, use.part] < 0:
                    yield self.say(Broken.part, visit.id, f"{use.part} not fetched at {use.depot} before")
        for want in visit.parts:
            if fitted[want.part] != want.qty:
                yield self.say(Broken.part, visit.id, f"{want.part}: {fitted[want.part]} of {want.qty}")

    def _depot(self, stop: Stop, depot: Depot) -> Iterator[Violation]:
        if not _open(depot.windows, stop.start_s):
            yield self.say(Broken.depot_closed, depot.id, str(stop.start_s))
        if stop.uses or stop.late_s:
            yield self.say(Broken.arithmetic, depot.id)
        for part, qty in stop.takes.items():
            if qty <= 0:
                yield self.say(Broken.part, depot.id, f"takes {qty} of {part}")
            self.taken[depot.id, part] += qty

    def _end(self, still_due: list[Break]) -> Iterator[Violation]:
        _, _, ends = travelled(self.problem, self.names, self.engineer, self.shift, self.route)
        last = next((s for s in reversed(self.route.stops) if s.kind is not StopKind.rest), None)
        here = self.shift.start_location
        if last is not None:
            here = (self.visits[last.ref] if last.kind is StopKind.visit else self.depots[last.ref]).location
        home = self.shift.end_location
        leg = 0 if home is None else driving(self.problem, here, home, self.now)
        way = self.problem.travel.metres
        metres = 0 if home is None else cell(way.cells, way.size, here, home)
        if (self.route.end_s, self.route.home_travel_s, self.route.home_metres) != (ends, leg, metres):
            yield self.say(Broken.arithmetic, "", f"ends {ends}, way home {leg} {metres}")
        if any(rest.latest_s < ends for rest in still_due):
            yield self.say(Broken.break_missing, "", f"ends {ends}")
        pins = [self.visits[s.ref].pin if s.kind is StopKind.visit else None for s in self.route.stops if s.ref]
        only_frozen = all(pin is not None and pin.frozen for pin in pins)
        if ends > self.shift.end_s + self.shift.max_overtime_s and not only_frozen:
            yield self.say(Broken.overtime, "", f"ends {ends}")


def _open(windows: tuple[Window, ...], instant: int) -> bool:
    return not windows or any(window.from_s <= instant <= window.to_s for window in windows)


def _stock(names: Names, plan: Plan) -> Iterator[Violation]:
    """No piece is counted on twice: not a depot's by two routes, not a van's by two shifts."""
    taken: Counter[tuple[str, str]] = Counter()
    fitted: Counter[tuple[str, str]] = Counter()
    for route in plan.routes:
        for stop in route.stops:
            if stop.kind is StopKind.depot:
                taken.update({(stop.ref, part): qty for part, qty in stop.takes.items()})
            for use in stop.uses:
                if use.depot is None:
                    fitted[route.engineer, use.part] += use.qty
    for (at, part), qty in taken.items():
        if qty > (there := names.depots[at].stock.get(part, 0)):
            yield Violation(Broken.stock, "", at, f"{part}: {qty} of {there}")
    for (name, part), qty in fitted.items():
        if qty > (aboard := names.engineers[name].van.get(part, 0)):
            yield Violation(Broken.part, name, part, f"van: {qty} of {aboard}")


def _together(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Crews begin together on different engineers or not at all; work that follows other work begins after its end."""
    begins = {s.ref: (r.engineer, s.start_s, s.end_s) for r in plan.routes for s in r.stops if s.kind is StopKind.visit}
    crews: dict[str, list[Visit]] = {}
    for visit in problem.visits:
        frozen = visit.pin is not None and visit.pin.frozen
        if visit.sync is not None and not frozen:
            crews.setdefault(visit.sync, []).append(visit)
        if visit.id in begins and not frozen:
            for before in sorted(visit.after):
                if before not in begins or begins[before][2] > begins[visit.id][1]:
                    yield Violation(Broken.order, begins[visit.id][0], visit.id, f"after {before}")
    for name, crew in crews.items():
        present = [begins[visit.id] for visit in crew if visit.id in begins]
        whole = len(present) == len(crew) == len({who for who, _, _ in present})
        if present and not (whole and len({start for _, start, _ in present}) == 1):
            yield Violation(Broken.crew, "", name)


def _money(problem: Problem, names: Names, plan: Plan) -> Iterator[Violation]:
    """Every term of every route and of the whole plan agrees to the fen."""
    for route in plan.routes:
        true = route_price(problem, names, route).by_term()
        for term, fen in route.cost.by_term().items():
            if fen != true[term]:
                yield Violation(Broken.cost, route.engineer, term, f"says {fen}, is {true[term]}")
    true = price(problem, plan).by_term()
    for term, fen in plan.cost.by_term().items():
        if fen != true[term]:
            yield Violation(Broken.cost, "", term, f"says {fen}, is {true[term]}")
