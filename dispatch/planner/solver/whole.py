"""The plan of the whole while its parts are planned: every route and the exact total (R2, R8).

It knows routes as plans tell them and never lays the whole problem out for search: with 5,000 visits that alone would
take longer than planning them, and gigabytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from itertools import chain
from typing import TypeAlias

from dispatch.planner.solver.areas import Areas, Held, alone, cells_of, tied
from dispatch.planner.solver.cost import late_fen
from dispatch.planner.solver.model import EVER, Late, half_up
from dispatch.planner.solver.plan import Cost, Explanation, Notes, Plan, Route, Stop, StopKind, Unassigned
from dispatch.planner.solver.problem import Engineer, Judged, Problem, Shift, Visit
from dispatch.planner.solver.stores import Stores

Key: TypeAlias = tuple[str, int]  # engineer, shift


class Whole:
    """Everybody's routes. `lend` gives a part away to be planned, `settle` and `adopt` take its plan back."""

    def __init__(self, problem: Problem, areas: Areas) -> None:
        self.problem = problem
        self.stores = Stores(problem)
        self.routes: dict[Key, Route] = {}
        self.left: dict[str, Unassigned] = {}
        self._explained: dict[str, Explanation] = {}
        self._place = {engineer.id: place for place, engineer in enumerate(problem.engineers)}
        self._row = {visit.id: row for row, visit in enumerate(problem.visits)}
        self._area_of = areas.engineer
        self.area = areas.visit.copy()  # of each visit; a planned one is where its engineer is
        self._first = self.stores.first_shares(areas)
        self._groups = {row: group for group in tied(problem) if len(group) > 1 for row in group}
        self._lates = {visit.id: lates for visit in problem.visits if (lates := _capped(visit))}
        self._homes = {
            (engineer.id, number): _way_home(problem, engineer, shift)
            for engineer in problem.engineers
            for number, shift in enumerate(engineer.shifts)
        }

    @property
    def total(self) -> int:
        """The price of everything as it stands, in fen."""
        return self._total(self.routes, self.left)

    def first(self, area: int) -> Problem:
        """One area as nobody has planned it yet, with its share of stores and headrooms, kept for it until `settle`."""
        self.stores.promise(-1 - area, self._first[area])
        engineers, visits = self._members((area,))
        caps = Counter(late for row in visits for late, _ in self._lates.get(self.problem.visits[row].id, ()))
        all_caps = Counter(cap for lates in self._lates.values() for cap, _ in lates)
        rooms = {cap: room * caps[cap] // max(1, all_caps[cap]) for cap, room in self.problem.caps.items()}
        return alone(self.problem, engineers, visits, stock=self._first[area], caps=rooms, held={})

    def lend(self, number: int, chosen: Collection[int]) -> tuple[Problem, Plan]:
        """Some areas as a problem with their present routes as its plan, until `settle`, `adopt` or `give_back`.

        What it may take from stores, nobody else is lent meanwhile.
        """
        engineers, visits = self._members(chosen)
        torn = {row for row in self._torn(visits) if self.problem.visits[row].id in self.left}
        visits = [row for row in visits if row not in torn]
        names = {self.problem.engineers[place].id for place in engineers}
        mine = {key: route for key, route in self.routes.items() if key[0] in names}
        calls = [self.problem.visits[row] for row in visits]
        stock = self.stores.lend(number, calls, self.routes.values(), mine.values())
        elsewhere = self._owed(route for key, route in self.routes.items() if key not in mine)
        part = alone(
            self.problem,
            engineers,
            visits,
            stock=stock,
            caps={cap: room - elsewhere[cap] for cap, room in self.problem.caps.items()},
            held=self._held(visits, mine),
        )
        left = tuple(self.left[call.id] for call in calls if call.id in self.left)
        return part, Plan(routes=tuple(mine.values()), unassigned=left, cost=Cost())

    def settle(self, part: Problem, plan: Plan) -> None:
        """Takes over the routes of a legal plan of a part, whatever they cost."""
        self.routes, self.left = self._exchanged(part, plan)
        for area in {int(self._area_of[self._place[engineer.id]]) for engineer in part.engineers}:
            self.stores.give_back(-1 - area)
        known = {visit.id for visit in part.visits}
        self._explained = {name: one for name, one in self._explained.items() if name not in known}
        self._explained |= {one.visit: one for one in plan.explanations}
        for route in plan.routes:
            for stop in _visits(route):
                self.area[self._row[stop.ref]] = self._area_of[self._place[route.engineer]]
        for row in (self._row[one.visit] for one in plan.unassigned):
            self.area[row] = self._waits_in(row)

    def adopt(self, part: Problem, plan: Plan) -> bool:
        """Takes them over if that makes the whole cheaper and moves nothing that others hang on."""
        if self._total(*self._exchanged(part, plan)) >= self.total or not self._keeps_tied(part, plan):
            return False
        self.settle(part, plan)
        return True

    def give_back(self, number: int) -> None:
        """Ends a loan of pieces; what routes took meanwhile is counted from the routes."""
        self.stores.give_back(number)

    def left_out(self) -> list[int]:
        """Visits that nobody does, by index."""
        return [self._row[name] for name in self.left]

    def beside(self, area: int) -> set[int]:
        """The areas where visits wait or are done that those left out in this one are tied to."""
        rows = [row for row in self.left_out() if self.area[row] == area]
        return {int(self.area[mate]) for row in rows for mate in self._groups.get(row, ())}

    def urgent(self) -> list[int]:
        """Visits that are left out or late, by index."""
        late = {s.ref for route in self.routes.values() for s in route.stops if s.late_s > 0}
        return [*self.left_out(), *(self._row[name] for name in late)]

    def told(self, plan: Plan) -> None:
        """Takes over what a plan of the present routes says about them: reasons and next bests."""
        self.left |= {one.visit: one for one in plan.unassigned if one.visit in self.left}
        self._explained |= {one.visit: one for one in plan.explanations}

    def plan(self, notes: Notes) -> Plan:
        """The whole as a plan, in the problem's order, with its price by term."""
        order = [key for key in self._homes if key in self.routes]
        terms: Counter[str] = Counter()
        for key, home in self._homes.items():
            terms.update((self.routes[key].cost if key in self.routes else home).by_term())
        terms["late"] -= self._spared(self.routes.values())
        terms["left_out"] = self._left_out(self.left)
        served = (stop.ref for key in order for stop in _visits(self.routes[key]))
        return Plan(
            routes=tuple(self.routes[key] for key in order),
            unassigned=tuple(self.left[name] for name in sorted(self.left, key=self._row.__getitem__)),
            cost=Cost(**terms),
            explanations=tuple(self._explained[name] for name in served if name in self._explained),
            notes=notes,
            versions=dict(self.problem.versions),
        )

    def _members(self, chosen: Collection[int]) -> tuple[list[int], list[int]]:
        engineers = [place for place, area in enumerate(self._area_of.tolist()) if area in chosen]
        return engineers, [row for row, area in enumerate(self.area.tolist()) if area in chosen]

    def _exchanged(self, part: Problem, plan: Plan) -> tuple[dict[Key, Route], dict[str, Unassigned]]:
        people, calls = {engineer.id for engineer in part.engineers if engineer.shifts}, {v.id for v in part.visits}
        routes = {key: route for key, route in self.routes.items() if key[0] not in people}
        left = {name: one for name, one in self.left.items() if name not in calls}
        routes |= {(route.engineer, route.shift): route for route in plan.routes}
        return routes, left | {one.visit: one for one in plan.unassigned}

    def _total(self, routes: Mapping[Key, Route], left: Iterable[str]) -> int:
        driven = sum((routes[key].cost if key in routes else home).total for key, home in self._homes.items())
        return driven - self._spared(routes.values()) + self._left_out(left)

    def _left_out(self, left: Iterable[str]) -> int:
        return sum(self.problem.visits[self._row[name]].unassigned_fen for name in left)

    def _owed(self, routes: Iterable[Route]) -> Counter[str]:
        """What routes owe under each shared headroom, before it is capped."""
        owed: Counter[str] = Counter()
        if self._lates:
            for stop in chain.from_iterable(map(_visits, routes)):
                for cap, late in self._lates.get(stop.ref, ()):
                    owed[cap] += late_fen(late, (stop.end_s if late.at_end else stop.start_s) - late.due_s)
        return owed

    def _spared(self, routes: Iterable[Route]) -> int:
        """What shared headrooms take off."""
        owed = self._owed(routes)
        return sum(max(0, owed[cap] - room) for cap, room in self.problem.caps.items())

    def _torn(self, rows: Collection[int]) -> list[int]:
        """Visits of a part that are tied to visits elsewhere."""
        inside = set(rows)
        return [row for row in inside if not inside.issuperset(self._groups.get(row, ()))]

    def _held(self, rows: Collection[int], mine: Mapping[Key, Route]) -> dict[str, Held]:
        names = {self.problem.visits[row].id for row in self._torn(rows)}
        return {s.ref: Held(r.engineer, s.start_s) for r in mine.values() for s in _visits(r) if s.ref in names}

    def _waits_in(self, row: int) -> int:
        """The area of a visit left out: whom it is pinned to, else what it is tied to, so that they are planned together."""
        mates = self._groups.get(row, (row,))
        planned = [mate for mate in mates if self.problem.visits[mate].id not in self.left]
        pins = [self.problem.visits[mate].pin for mate in ((row,) if planned else (row, *mates))]
        pinned = [self._area_of[self._place[pin.engineer]] for pin in pins if pin is not None]
        return int((pinned or [self.area[(planned or mates)[0]]])[0])

    def _keeps_tied(self, part: Problem, plan: Plan) -> bool:
        """Whether visits that others hang on stay as they are; the part by itself might leave them out for money."""
        names = {self.problem.visits[row].id for row in self._torn([self._row[visit.id] for visit in part.visits])}
        if not names:
            return True
        people = {engineer.id for engineer in part.engineers}
        before = {(s.ref, r.engineer, s.start_s) for r in self.routes.values() if r.engineer in people for s in r.stops}
        after = {(s.ref, r.engineer, s.start_s) for r in plan.routes for s in r.stops}
        return {one for one in before ^ after if one[0] in names} == set()


def _visits(route: Route) -> list[Stop]:
    return [stop for stop in route.stops if stop.kind is StopKind.visit]


def _capped(visit: Visit) -> list[tuple[str, Late]]:
    """The commitments of a visit that draw on a shared headroom."""
    return [
        (
            one.price.cap,
            Late(
                due_s=one.due_s,
                at_end=one.judged is Judged.end,
                grace_s=one.price.grace_s,
                fixed_fen=one.price.fixed_fen,
                per_unit_fen=one.price.per_unit_fen,
                unit_s=one.price.unit_s,
                counting=one.price.counting,
                cap_fen=EVER * EVER if one.price.cap_fen is None else one.price.cap_fen,
                cap=-1,
            ),
        )
        for one in visit.commitments
        if one.price.cap is not None
    ]


def _way_home(problem: Problem, engineer: Engineer, shift: Shift) -> Cost:
    """What a shift without a stop costs: its engineer drives home all the same."""
    if shift.end_location is None:
        return Cost()
    travel = problem.travel
    ready = max(shift.start_s, engineer.available_from_s, problem.now_s)
    profile = next((band.profile for band in reversed(travel.bands) if band.from_s <= ready), travel.bands[0].profile)
    seconds, metres = (
        int(cells_of(table)[shift.start_location, shift.end_location])
        for table in (travel.seconds[profile], travel.metres)
    )
    return Cost(
        travel_time=half_up(seconds * problem.rates.travel_fen_h, 3600),
        distance=half_up(metres * problem.rates.distance_fen_km, 1000),
    )
