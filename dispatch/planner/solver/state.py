"""A plan in the making: one priced route per shift, what is left in stores and vans, and the exact total (R2, R3)."""

from __future__ import annotations

from collections.abc import Iterable

from dispatch.planner.solver.cost import Priced, Pricer
from dispatch.planner.solver.model import Model


class State:
    """Routes of all shifts at once. Pieces and headrooms shared by routes are counted here and nowhere else."""

    __slots__ = ("cap_raw", "left", "model", "pricer", "routes", "stock_left", "total")

    def __init__(self, model: Model, pricer: Pricer) -> None:
        self.model = model
        self.pricer = pricer
        self.routes: list[Priced] = []
        self.left: set[int] = {call.index for call in model.calls}
        self.stock_left = dict(model.stock)
        self.cap_raw = [0] * len(model.headroom)
        self.total = sum(call.left_out_fen for call in model.calls)
        for duty in model.duties:
            start = pricer.options(duty.index, duty.frozen, self.van_left(duty.index))
            if not start:
                raise AssertionError(f"frozen work of {duty.engineer_id} has no route")
            self.routes.append(start[0])
            self.left.difference_update(duty.frozen)
            self._count(start[0], 1)

    def copy(self) -> State:
        """An independent state with the same routes; cheap, because priced routes never change."""
        twin = object.__new__(State)
        twin.model, twin.pricer = self.model, self.pricer
        twin.routes, twin.left = list(self.routes), set(self.left)
        twin.stock_left, twin.cap_raw, twin.total = dict(self.stock_left), list(self.cap_raw), self.total
        return twin

    def become(self, other: State) -> None:
        """Takes over the routes of another state of the same model."""
        self.routes, self.left = list(other.routes), set(other.left)
        self.stock_left, self.cap_raw, self.total = dict(other.stock_left), list(other.cap_raw), other.total

    def van_left(self, duty: int) -> dict[str, int] | None:
        """What other shifts leave in a van that several share; None when the van is this shift's alone."""
        mine = self.model.duties[duty]
        if not mine.shares_van:
            return None
        used = [
            part
            for other in self.model.duties_of[mine.engineer]
            if other != duty and other < len(self.routes)
            for _, depot, part in self.routes[other].sources
            if depot < 0
        ]
        return {part: qty - used.count(part) for part, qty in mine.van.items()} if used else None

    def option(self, duty: int, visits: tuple[int, ...], below: int | None = None) -> tuple[int, Priced] | None:
        """The cheapest way to let this shift do these visits now: (change of the total but for leaving out, route).

        A way whose change is not `below` need not be found.
        """
        old = self.routes[duty]
        # Where a route owes under shared headrooms the total changes by less; a later hour may be a quicker one.
        own = None
        if below is not None and self.model.one_band and not self.model.headroom:
            own = below + old.base_fen
        best: tuple[int, Priced] | None = None
        wanting = self.model.wanting
        van = None if wanting.isdisjoint(visits) else self.van_left(duty)
        for made in self.pricer.options(duty, visits, van, own):
            if made.takes and not self._in_stock(made, old):
                continue
            delta = made.base_fen - old.base_fen
            if made.capped or old.capped:
                delta += self._capped_delta(made, old)
            elif best is not None:
                continue
            if best is None or delta < best[0]:
                best = (delta, made)
        return best

    def put(self, made: Priced) -> None:
        """Gives the shift this route; visits it no longer does are left out until they stand elsewhere."""
        old = self.routes[made.duty]
        self._count(old, -1)
        self.left.update(old.visits)
        self.total += sum(self.model.calls[visit].left_out_fen for visit in old.visits)
        self.routes[made.duty] = made
        self.left.difference_update(made.visits)
        self._count(made, 1)

    def _count(self, route: Priced, sign: int) -> None:
        for key, qty in route.takes:
            self.stock_left[key] -= sign * qty
        for cap, fen in route.capped:
            self.total -= min(self.cap_raw[cap], self.model.headroom[cap])
            self.cap_raw[cap] += sign * fen
            self.total += min(self.cap_raw[cap], self.model.headroom[cap])
        self.total += sign * route.base_fen
        if sign > 0:
            self.total -= sum(self.model.calls[visit].left_out_fen for visit in route.visits)

    def recount(self) -> None:
        """Works total, stock and headrooms out again from the routes alone."""
        self.stock_left = dict(self.model.stock)
        self.cap_raw = [0] * len(self.model.headroom)
        served = [visit for route in self.routes for visit in route.visits]
        self.left = {call.index for call in self.model.calls}.difference(served)
        for route in self.routes:
            for key, qty in route.takes:
                self.stock_left[key] -= qty
            for cap, fen in route.capped:
                self.cap_raw[cap] += fen
        self.total = (
            sum(route.base_fen for route in self.routes)
            + sum(map(min, self.cap_raw, self.model.headroom))
            + sum(self.model.calls[visit].left_out_fen for visit in self.left)
        )

    def _in_stock(self, made: Priced, old: Priced) -> bool:
        freed = dict(old.takes)
        return all(self.stock_left[key] + freed.get(key, 0) >= qty for key, qty in made.takes)

    def _capped_delta(self, made: Priced, old: Priced) -> int:
        raw = dict(made.capped)
        for cap, fen in old.capped:
            raw[cap] = raw.get(cap, 0) - fen
        room = self.model.headroom
        return sum(
            min(self.cap_raw[cap] + change, room[cap]) - min(self.cap_raw[cap], room[cap])
            for cap, change in raw.items()
        )

    def drop(self, visits: Iterable[int]) -> bool:
        """Takes visits out of their routes; False, with nothing lost but those routes, if a rest cannot be driven."""
        gone = set(visits)
        for route in list(self.routes):
            if gone.isdisjoint(route.visits):
                continue
            kept = tuple(visit for visit in route.visits if visit not in gone)
            found = self.option(route.duty, kept)
            if found is None:
                return False
            self.put(found[1])
        return True

    def take_out(self, visits: Iterable[int]) -> set[int]:
        """Takes visits out of their routes, and everything that cannot be driven without them; all that was taken."""
        gone, before = set(visits), set(self.left)
        for route in list(self.routes):
            if gone.isdisjoint(route.visits):
                continue
            kept = tuple(visit for visit in route.visits if visit not in gone)
            found = self.option(route.duty, kept) or self.option(route.duty, self.model.duties[route.duty].frozen)
            if found is None:
                raise AssertionError("frozen work can be driven")
            self.put(found[1])
        return self.left - before

    def duty_of(self, visit: int) -> int | None:
        """The shift that does this visit, or None."""
        for route in self.routes:
            if visit in route.visits:
                return route.duty
        return None
