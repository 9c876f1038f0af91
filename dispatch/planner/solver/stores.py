"""Who may count on which piece while parts of a problem are planned at once: no piece is promised twice (R3, R8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final, TypeAlias

from dispatch.planner.solver.areas import Areas, seconds_of
from dispatch.planner.solver.plan import Route, StopKind
from dispatch.planner.solver.problem import Problem, Visit

NEAR: Final = 2  # a visit that wants a piece opens so many of the nearest stores that have it

Piece: TypeAlias = tuple[str, str]  # depot, part


class Stores:
    """The stores of a problem, what routes take from them, and what is lent to parts under way."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._seconds = seconds_of(problem)
        self._near: dict[int, tuple[str, ...]] = {}
        self._lent: dict[int, Counter[Piece]] = {}

    def first_shares(self, areas: Areas) -> list[Counter[Piece]]:
        """Everything on the shelves by area: each visit's wish from the nearest store, the rest to who is nearest."""
        shares: list[Counter[Piece]] = [Counter() for _ in range(areas.count)]
        left = Counter({(d.id, part): qty for d in self.problem.depots for part, qty in d.stock.items() if qty > 0})
        for visit, area in zip(self.problem.visits, areas.visit.tolist(), strict=True):
            for want in visit.parts:
                for _ in range(want.qty):
                    choice = ((depot, part) for depot in self.near(visit.location) for part in want.accepts)
                    piece = next((piece for piece in choice if left[piece] > 0), None)
                    if piece is not None:
                        left[piece] -= 1
                        shares[area][piece] += 1
        nearest = {depot.id: self._nearest_area(depot.location, areas) for depot in self.problem.depots}
        for piece, qty in left.items():
            shares[nearest[piece[0]]][piece] += qty
        return shares

    def lend(
        self, number: int, visits: Iterable[Visit], all_routes: Iterable[Route], own: Iterable[Route]
    ) -> Counter[Piece]:
        """What a part may take: what its routes take now, and of what is free as much as its visits want nearby.

        Nobody else is lent the latter until the loan `number` is given back.
        """
        taken = pieces(all_routes)
        for loan in self._lent.values():
            taken.update(loan)
        wished: Counter[Piece] = Counter()
        shelves = {d.id: d.stock for d in self.problem.depots}
        for visit in visits:
            for want in visit.parts:
                for part in want.accepts:
                    has = [d for d in self.near(visit.location) if shelves[d].get(part, 0) > taken[d, part]]
                    wished.update({(depot, part): want.qty for depot in has[:NEAR]})
        self._lent[number] = Counter(
            {(d, part): min(qty, shelves[d][part] - taken[d, part]) for (d, part), qty in wished.items()}
        )
        return pieces(own) + self._lent[number]

    def promise(self, number: int, share: Counter[Piece]) -> None:
        """Keeps a first share from being lent to others, until it is given back."""
        self._lent[number] = share

    def give_back(self, number: int) -> None:
        """Ends a loan; what routes took meanwhile is counted from the routes."""
        self._lent.pop(number, None)

    def near(self, location: int) -> tuple[str, ...]:
        """The stores, shortest drive to this place first."""
        found = self._near.get(location)
        if found is None:
            ordered = sorted(self.problem.depots, key=lambda depot: int(self._seconds[depot.location, location]))
            found = self._near[location] = tuple(depot.id for depot in ordered)
        return found

    def _nearest_area(self, location: int, areas: Areas) -> int:
        """The area of the engineer who begins nearest."""
        begins = [(e.shifts[0].start_location if e.shifts else None) for e in self.problem.engineers]
        reached = [(int(self._seconds[at, location]), place) for place, at in enumerate(begins) if at is not None]
        return int(areas.engineer[min(reached)[1]]) if reached else 0


def pieces(routes: Iterable[Route]) -> Counter[Piece]:
    """What routes take from stores."""
    taken: Counter[Piece] = Counter()
    for route in routes:
        for stop in route.stops:
            if stop.kind is StopKind.depot:
                taken.update({(stop.ref, part): qty for part, qty in stop.takes.items()})
    return taken
