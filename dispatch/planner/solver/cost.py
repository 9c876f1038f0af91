"""THE price of a route, in exact fen: every search and every answer of the engine asks here (R2, E11, E15).

A route is priced from its order of visits alone: depot calls, pieces and breaks are derived, the best found among
all positions. The checker has its own arithmetic and must agree to the fen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise, product, repeat
from typing import Final, NamedTuple

from dispatch.planner.solver.in_time import Clock, Stop, clock, gaps_in_time, opening
from dispatch.planner.solver.model import ANYWHERE, EVER, Duty, Late, Model, half_up
from dispatch.planner.solver.problem import Break, Counting
from dispatch.planner.solver.supply import Unit, depot_choices, match

NEAR_CALLS: Final = 4  # so many ways to fetch pieces are tried, smallest detour first
MEMORY: Final = 150_000  # priced orders kept; beyond it the memory starts anew


class Priced(NamedTuple):
    """A shift's route with its price. Nodes are visits (index) and depots (-1 - index), `rests` the gaps of breaks.

    `base_fen` leaves out what counts against shared headrooms; that stands in `capped` as (cap, fen) before the cap.
    """

    duty: int
    visits: tuple[int, ...]
    nodes: tuple[int, ...]
    rests: tuple[int, ...]
    base_fen: int
    capped: tuple[tuple[int, int], ...]
    takes: tuple[tuple[tuple[int, str], int], ...]
    sources: tuple[tuple[Unit, int, str], ...]
    departs: tuple[int, ...]
    end_s: int


class Walk(NamedTuple):
    """What driving a list of nodes gives: the departures, the end, and the figures money hangs on."""

    departs: list[int]
    end_s: int
    travel_s: int
    late_fen: int
    capped: tuple[tuple[int, int], ...]


def late_fen(late: Late, late_s: int) -> int:
    """What being `late_s` late costs under one clause, before any shared headroom (E11)."""
    if late_s <= late.grace_s or late_s <= 0:
        return 0
    if late.counting is Counting.started:
        fen = late.fixed_fen + late.per_unit_fen * -(-late_s // late.unit_s)
    elif late.counting is Counting.full:
        fen = late.fixed_fen + late.per_unit_fen * (late_s // late.unit_s)
    else:
        fen = late.fixed_fen + half_up(late.per_unit_fen * late_s, late.unit_s)
    return min(fen, late.cap_fen)


class Pricer:
    """Prices orders of visits and remembers them; one per problem and thread.

    `thorough` tries two depot calls even where one would do, and far stores too; for problems small enough to prove.
    """

    def __init__(self, model: Model, *, thorough: bool = False) -> None:
        self.model = model
        self.thorough = thorough
        self._memory: dict[tuple[object, ...], tuple[Priced, ...]] = {}

    def remember_with(self, other: Pricer) -> None:
        """Remembers together with another one from now on, in whose model every order has the same price."""
        self._memory = other._memory

    def forget(self) -> None:
        """Drops what is remembered; needed after a rule of a visit has changed, but for the hours of tied ones."""
        self._memory.clear()

    def options(
        self, duty: int, visits: tuple[int, ...], van: Mapping[str, int] | None = None, below: int | None = None
    ) -> tuple[Priced, ...]:
        """Every sensible way to supply and rest on this order, cheapest first; empty when the order cannot be driven.

        `van` is what is left in a van that several shifts share; None means the engineer's whole van. Ways whose own
        price is not `below` need not be found.
        """
        tied = self.model.tied
        # A search opens and holds the hours of tied visits over and over, and comes back to the same ones.
        hours = (
            ()
            if tied.isdisjoint(visits)
            else tuple(self.model.calls[visit].windows for visit in visits if visit in tied)
        )
        key = (duty, visits, None if van is None else tuple(sorted(van.items())), hours)
        found = self._memory.get(key)
        if found is None:
            if len(self._memory) > MEMORY:
                self._memory.clear()
            found = self._price(self.model.duties[duty], visits, van, below)
            if below is None:
                self._memory[key] = found
        return found

    def own_fen(self, priced: Priced) -> int:
        """The route's price when it has every headroom to itself."""
        total = priced.base_fen
        for cap, fen in priced.capped:
            total += min(fen, self.model.headroom[cap])
        return total

    def _price(
        self, duty: Duty, visits: tuple[int, ...], van: Mapping[str, int] | None, below: int | None
    ) -> tuple[Priced, ...]:
        calls = self.model.calls
        units = [
            Unit(place, want.part, want.accepts)
            for place, visit in enumerate(visits)
            for want in calls[visit].wants
            for _ in range(want.qty)
        ]
        given = match(units, duty.van if van is None else van)
        on_board = [(unit, -1, part) for unit, part in zip(units, given, strict=True) if part is not None]
        missing = [unit for unit, part in zip(units, given, strict=True) if part is None]
        if not missing:
            bare = self._cheapest_rest(duty, visits, below)
            return () if bare is None else (self._made(duty, visits, visits, bare, (), tuple(on_board)),)
        return self._by_depot(duty, visits, missing, on_board, EVER * EVER if below is None else below)

    def as_driven(
        self,
        duty: int,
        nodes: tuple[int, ...],
        rests: tuple[int, ...],
        takes: tuple[tuple[tuple[int, str], int], ...],
        sources: tuple[tuple[Unit, int, str], ...],
    ) -> Priced | None:
        """The route with exactly these stops, gaps of breaks and pieces, as early as can be; None if it cannot be."""
        whose = self.model.duties[duty]
        walk = self.walk(whose, nodes, rests) if len(rests) <= len(whose.breaks) else None
        if walk is None or not self._in_time(whose, nodes, walk.end_s):
            return None
        if nodes and len(rests) < len(whose.breaks) and walk.end_s > whose.breaks[len(rests)].latest_s:
            return None
        visits = tuple(node for node in nodes if node >= 0)
        return self._made(whose, visits, nodes, (rests, walk, self.base_fen(whose, nodes, walk)), takes, sources)

    def _by_depot(
        self,
        duty: Duty,
        visits: tuple[int, ...],
        missing: list[Unit],
        on_board: list[tuple[Unit, int, str]],
        below: int,
    ) -> tuple[Priced, ...]:
        first = missing[0].place
        ways: list[Priced] = []
        bare = self._cheapest_rest(duty, visits)
        # Where the hour decides the speed a call on the way may even be quicker, so a bare order that fails is not
        # the end of it; but seldom enough that the shortest detours will do.
        most = 2 if bare is None and not self.thorough else None
        floor = 0 if bare is None else bare[2] + sum(min(fen, self.model.headroom[cap]) for cap, fen in bare[1].capped)
        if floor >= below:
            return ()
        driven: dict[tuple[int, ...], tuple[tuple[int, ...], Walk, int] | None] = {}  # the same for any piece taken
        hours = clock(self.model, duty, visits)
        stocks = [depot.stock for depot in self.model.depots]
        choices = sorted(
            depot_choices(missing, stocks, pairs=self.thorough),
            key=lambda choice: self._detour(duty, visits, first, choice.depots),
        )
        for depots, takes, given in choices if self.thorough else choices[:NEAR_CALLS]:
            sources = (*on_board, *((unit, depot, part) for unit, (depot, part) in zip(missing, given, strict=True)))
            pieces = tuple(
                ((depot, part), qty) for depot, take in zip(depots, takes, strict=True) for part, qty in take.items()
            )
            latest = tuple(
                min(unit.place for unit, (at, _) in zip(missing, given, strict=True) if at == depot) for depot in depots
            )
            best, limit = None, below
            for extra_s, nodes in self._with_depots(duty, visits, hours, latest, depots)[:most]:
                # A detour only adds to the bare order's price, but for roads on which it is a short cut.
                if not self.thorough and floor + self._driving(extra_s) >= limit:
                    break
                if nodes not in driven:
                    driven[nodes] = self._cheapest_rest(duty, nodes, below)
                rested = driven[nodes]
                if rested is None:
                    continue
                made = self._made(duty, visits, nodes, rested, pieces, sources)
                if best is None or self.own_fen(made) < self.own_fen(best):
                    best, limit = made, min(limit, self.own_fen(made))
            if best is not None:
                ways.append(best)
        return tuple(sorted(ways, key=self.own_fen))

    def _detour(self, duty: Duty, visits: tuple[int, ...], first: int, depots: tuple[int, ...]) -> int:
        """Least extra driving to these depots before the first visit that needs them."""
        near = self.model.shortest
        total = 0
        for depot in depots:
            at = self.model.depots[depot].location
            stops = [duty.start, *(self.model.calls[visit].location for visit in visits[: first + 1])]
            total += min(near[a][at] + near[at][b] - near[a][b] for a, b in pairwise(stops))
        return total

    def _driving(self, seconds: int) -> int:
        return seconds * self.model.travel_fen_h // 3600

    def _with_depots(
        self, duty: Duty, visits: tuple[int, ...], hours: Clock, latest: tuple[int, ...], depots: tuple[int, ...]
    ) -> list[tuple[int, tuple[int, ...]]]:
        """The visits with each depot put into every gap up to the first visit that needs its pieces; least detour first."""
        near, calls = self.model.shortest, self.model.calls
        spots = [duty.start, *(calls[visit].location for visit in visits)]
        stores = [self.model.depots[depot].location for depot in depots]
        lists: list[tuple[int, tuple[int, ...]]] = []
        for gaps in product(*map(self._gaps, repeat(duty), repeat(hours), latest, depots)):
            placed = sorted(zip(gaps, depots, strict=True), reverse=True)
            extra = sum(
                near[spots[gap]][at] + near[at][spots[gap + 1]] - near[spots[gap]][spots[gap + 1]]
                for gap, at in zip(gaps, stores, strict=True)
            )
            for turn in (placed, placed[::-1]) if len(set(gaps)) < len(gaps) else (placed,):
                nodes = list(visits)
                for gap, depot in turn:
                    nodes.insert(gap, -1 - depot)
                lists.append((extra, tuple(nodes)))
        return sorted(lists)

    def _gaps(self, duty: Duty, hours: Clock, last: int, depot: int) -> Sequence[int]:
        """The gaps up to the `last` one in which a call at a depot is worth a try."""
        if self.thorough:
            return range(len(duty.frozen), last + 1)
        called = self.model.depots[depot]
        stop = Stop(called.location, -EVER, called.windows, EVER, called.handling_s)
        return [gap for gap in gaps_in_time(hours, stop) if gap <= last]

    def _made(
        self,
        duty: Duty,
        visits: tuple[int, ...],
        nodes: tuple[int, ...],
        rested: tuple[tuple[int, ...], Walk, int],
        takes: tuple[tuple[tuple[int, str], int], ...],
        sources: tuple[tuple[Unit, int, str], ...],
    ) -> Priced:
        rests, walk, base = rested
        departs = walk.departs
        if len(nodes) != len(visits):
            # What the search needs is when he can leave for the n-th visit, so depot calls count as part of the leg.
            departs = [departs[place] for place, node in enumerate(nodes) if node >= 0] + departs[-1:]
        return Priced(duty.index, visits, nodes, rests, base, walk.capped, takes, sources, tuple(departs), walk.end_s)

    def _cheapest_rest(
        self, duty: Duty, nodes: tuple[int, ...], below: int | None = None
    ) -> tuple[tuple[int, ...], Walk, int] | None:
        """The best positions of the breaks that fall due, with the walk and its base price; None if there are none.

        None, too, where no position leaves that price `below`, which is only asked where no headroom is shared.
        """
        walk = self.walk(duty, nodes, ())
        if walk is None:
            return None
        if self.model.one_band:
            # Where no hour is quicker than another, nobody is earlier, or cheaper, for having rested.
            if not self._in_time(duty, nodes, walk.end_s):
                return None
            if below is not None and self.base_fen(duty, nodes, walk) >= below:
                return None
        best: tuple[tuple[int, ...], Walk, int] | None = None
        best_own = 0
        for rests, rested in self._rested(duty, nodes, walk):
            if not self._in_time(duty, nodes, rested.end_s):
                continue
            base = self.base_fen(duty, nodes, rested)
            own = base + sum(min(fen, self.model.headroom[cap]) for cap, fen in rested.capped)
            if best is None or own < best_own:
                best, best_own = (rests, rested, base), own
        return best

    def _rested(self, duty: Duty, nodes: tuple[int, ...], walk: Walk) -> list[tuple[tuple[int, ...], Walk]]:
        """Every choice of gaps worth trying, with its walk; a break is due if the route ends after its latest begin."""
        breaks = duty.breaks
        if not nodes or not breaks or walk.end_s <= breaks[0].latest_s:
            return [((), walk)]
        found: list[tuple[tuple[int, ...], Walk]] = []
        lowest = 1 if self._under_way(nodes) else 0
        open_ends: list[tuple[tuple[int, ...], Walk]] = [((), walk)]
        while open_ends:
            rests, so_far = open_ends.pop()
            rest = breaks[len(rests)]
            for gap in range(rests[-1] if rests else lowest, len(nodes) + 1):
                leaves = so_far.departs[gap]
                if leaves > rest.latest_s:
                    break
                # Resting before a stop that is over before the rest may begin is never better than resting after it.
                if gap < len(nodes) and so_far.departs[gap + 1] <= rest.earliest_s:
                    continue
                rested = self.walk(duty, nodes, (*rests, gap))
                if rested is None:
                    continue
                taken = len(rests) + 1
                if taken == len(breaks) or rested.end_s <= breaks[taken].latest_s:
                    found.append(((*rests, gap), rested))
                else:
                    open_ends.append(((*rests, gap), rested))
        return found

    def _under_way(self, nodes: tuple[int, ...]) -> bool:
        if not nodes or nodes[0] < 0:
            return False
        pin = self.model.calls[nodes[0]].pin
        return pin is not None and pin.start_s is not None

    @staticmethod
    def _in_time(duty: Duty, nodes: tuple[int, ...], end_s: int) -> bool:
        # Work under way is never torn up, so a route of nothing else may end when it must.
        return end_s <= duty.limit_s or len(nodes) == len(duty.frozen)

    def base_fen(self, duty: Duty, nodes: tuple[int, ...], walk: Walk) -> int:
        """The route's price but for shared headrooms."""
        terms = self.terms(duty, nodes, walk)
        return sum(terms) + walk.late_fen

    def terms(self, duty: Duty, nodes: tuple[int, ...], walk: Walk) -> tuple[int, int, int, int, int]:
        """Travel time, distance, overtime, on-call, and what the choice of engineer costs, each in fen."""
        model = self.model
        overtime = max(0, walk.end_s - duty.end_s) if nodes else 0
        choice = sum(model.calls[node].extra_fen[duty.engineer] for node in nodes if node >= 0)
        return (
            half_up(walk.travel_s * model.travel_fen_h, 3600),
            half_up(self.way(duty, nodes) * model.distance_fen_km, 1000),
            half_up(overtime * model.overtime_fen_h, 3600),
            duty.on_call_fen if nodes else 0,
            choice,
        )

    def way(self, duty: Duty, nodes: tuple[int, ...]) -> int:
        """Metres driven, the way home included."""
        metres, model = self.model.metres, self.model
        total, at = 0, duty.start
        for place, node in enumerate(nodes):
            to = model.calls[node].location if node >= 0 else model.depots[-1 - node].location
            if place or not self._under_way(nodes):
                total += metres[at][to]
            at = to
        return total + (metres[at][duty.home] if duty.home != ANYWHERE else 0)

    def walk(self, duty: Duty, nodes: tuple[int, ...], rests: tuple[int, ...]) -> Walk | None:
        """Drives the nodes as early as possible, resting in the given gaps; None when a stop cannot begin in time.

        `departs[n]` is when he may leave for node n; the last one is when he may leave for home.
        """
        model, calls, engineer = self.model, self.model.calls, duty.engineer
        rows, until = model.rows_at(duty.ready_s)
        t, at, travelled, late_total = duty.ready_s, duty.start, 0, 0
        capped: dict[int, int] = {}
        departs: list[int] = []
        for place, node in enumerate(nodes):
            departs.append(t)
            if t >= until:
                rows, until = model.rows_at(t)
            if node < 0:
                depot = model.depots[-1 - node]
                leg = rows[at][depot.location]
                arrival = _interrupted(t, leg, duty.breaks, rests, place) if place in rests else t + leg
                if arrival is None:
                    return None
                begin = opening(arrival, depot.windows)
                if begin is None:
                    return None
                travelled += leg
                t, at = begin + depot.handling_s, depot.location
                continue
            call = calls[node]
            lasts = call.duration[engineer]
            if place == 0 and call.pin is not None and call.pin.start_s is not None:
                begin = call.pin.start_s
                over = begin + lasts
                t = max(over, duty.ready_s)
            else:
                leg = rows[at][call.location]
                arrival = _interrupted(t, leg, duty.breaks, rests, place) if place in rests else t + leg
                if arrival is None:
                    return None
                if arrival < call.release_s:
                    arrival = call.release_s
                if call.windows:
                    begin = opening(arrival, call.windows)
                    if begin is None:
                        return None
                else:
                    begin = arrival
                if begin > call.valid_until[engineer]:
                    return None
                travelled += leg
                t = over = begin + lasts
            at = call.location
            for late in call.lates:
                behind = (over if late.at_end else begin) - late.due_s
                if behind > late.grace_s:
                    fen = late_fen(late, behind)
                    if late.cap < 0:
                        late_total += fen
                    else:
                        capped[late.cap] = capped.get(late.cap, 0) + fen
        departs.append(t)
        if duty.home != ANYWHERE:
            leg = model.seconds_at(t)[at][duty.home]
            travelled += leg
        else:
            leg = 0
        end = _interrupted(t, leg, duty.breaks, rests, len(nodes)) if len(nodes) in rests else t + leg
        if end is None:
            return None
        return Walk(departs, end, travelled, late_total, tuple(capped.items()))


def _interrupted(t: int, leg: int, breaks: tuple[Break, ...], rests: tuple[int, ...], gap: int) -> int | None:
    """When a leg of `leg` seconds begun at `t` ends if the breaks of this gap interrupt it; None if one is too late."""
    arrival, free = t + leg, t
    for number, at in enumerate(rests):
        if at == gap:
            rest = breaks[number]
            begin = max(free, rest.earliest_s)
            if begin > rest.latest_s:
                return None
            free = begin + rest.duration_s
            arrival = max(arrival + rest.duration_s, free)
    return arrival
