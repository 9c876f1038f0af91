"""Putting planned routes in force: group by group, visits and pieces together or not at all (R3, E13)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.kernel.errors import DomainError
from app.kernel.quantity import Qty
from dispatch.planner.compose import Facts
from dispatch.planner.rules import RouteClaim, moved_keys, standing_together
from dispatch.planner.solver.plan import Plan, Route, Stop, StopKind
from dispatch.planner.solver.problem import Problem, Visit
from dispatch.planner.store import open_reservations
from dispatch.visits import api as visits
from inventory.catalogue.rules import PartId
from inventory.places import api as places
from inventory.places.rules import Condition, PlaceId
from inventory.requisitions import api as stock

Reasons = tuple[tuple[str, dict[str, str]], ...]


@dataclass(frozen=True, slots=True)
class AcceptOutcome:
    """Whose routes are in force now, and whose were refused, each with its reasons as (code, data)."""

    applied: tuple[int, ...]
    refused: tuple[tuple[int, Reasons], ...]


class RouteRefused(DomainError):
    """Ends the savepoint of one group of routes; its reasons are kept on the plan."""

    code = "planner.route_refused"

    def __init__(self, reasons: list[tuple[str, dict[str, str]]]) -> None:
        super().__init__()
        self.reasons = reasons


class Acceptance:
    """Applies routes of a plan, each group in a savepoint of the caller's transaction.

    `found` are the facts of now; `key` names the act, so that its reservations happen once. What the plan leaves as it
    is – same engineer, same minute, same pieces – is not touched at all.
    """

    def __init__(
        self, session: Session, problem: Problem, plan: Plan, found: Facts, *, key: str, by: Actor, now: datetime
    ) -> None:
        self.session, self.key, self.by, self.now = session, key, by, now
        self.planned, self.found = dict(problem.versions), dict(found.versions)
        self.visits = {visit.id: visit for visit in problem.visits}
        self.standing = {visit.ref: visit for visit in found.visits}
        self.start = datetime.fromisoformat(problem.horizon_start)
        self.routes: dict[str, list[Route]] = {}
        for route in plan.routes:
            self.routes.setdefault(route.engineer, []).append(route)
        self.left = {one.visit for one in plan.unassigned}
        self.cards = places.place_cards(session)
        self.held: dict[str, Counter[tuple[int, int]]] = {}
        for row in open_reservations(session, self.visits):
            place = self.cards[row.place_id].house_id
            self.held.setdefault(row.visit_ref, Counter())[place, row.part_id] += row.qty

    def run(self) -> AcceptOutcome:
        """Every group in turn: applied whole, or refused with its reasons and left as it was."""
        applied: list[int] = []
        refused: list[tuple[int, Reasons]] = []
        for group in standing_together([self.claim(engineer) for engineer in self.engineers()]):
            stops = [(engineer, stop) for engineer in sorted(group, key=int) for stop in self.changed(engineer)]
            dropped = [ref for engineer in sorted(group, key=int) for ref in self.dropped(engineer)]
            try:
                with self.session.begin_nested():
                    self.apply(group, stops, dropped)
            except RouteRefused as no:
                refused += [(int(engineer), tuple(no.reasons)) for engineer in sorted(group, key=int)]
            else:
                applied += sorted(int(engineer) for engineer in group)
        return AcceptOutcome(tuple(applied), tuple(refused))

    def run_hand(self, visit_ref: str, engineer: str) -> None:
        """One visit goes to one engineer, and the rest of his day moves along; nobody loses a visit by a hand (R5)."""
        stops = [(engineer, stop) for stop in self.changed(engineer)]
        if visit_ref not in {stop.ref for _, stop in stops}:
            raise RouteRefused([("planner.changed_meanwhile", {"what": visit_ref})])
        self.apply(frozenset({engineer}), stops, [])

    def engineers(self) -> list[str]:
        """Everybody whose day the plan changes: who gets a route, and who loses a visit."""
        losing = {visit.incumbent.engineer for visit in self.visits.values() if visit.incumbent}
        return sorted(set(self.routes) | losing, key=int)

    def claim(self, engineer: str) -> RouteClaim:
        """Whose visits this route takes over, and the houses' piles that it draws on or gives back to."""
        stops = self.stops(engineer)
        others = {
            visit.incumbent.engineer
            for stop in stops
            if (visit := self.visits[stop.ref]).incumbent and visit.incumbent.engineer != engineer
        }
        piles = {f"{use.depot}:{use.part}" for stop in stops for use in stop.uses if use.depot is not None}
        for ref in [*(stop.ref for stop in stops), *self.dropped(engineer)]:
            piles |= {f"{place}:{part}" for place, part in self.held.get(ref, ())}
        return RouteClaim(engineer, frozenset(others), frozenset(piles))

    def stops(self, engineer: str) -> list[Stop]:
        return [
            stop
            for route in self.routes.get(engineer, [])
            for stop in route.stops
            if stop.kind is StopKind.visit and not _is_frozen(self.visits[stop.ref])
        ]

    def changed(self, engineer: str) -> list[Stop]:
        """The stops that the plan lays differently from how they stand."""
        return [stop for stop in self.stops(engineer) if not self.stands(engineer, stop)]

    def stands(self, engineer: str, stop: Stop) -> bool:
        visit = self.standing.get(stop.ref)
        if visit is None or str(visit.engineer_id) != engineer or visit.planned_start_at is None:
            return False
        moved = abs(self.at(stop.start_s) - visit.planned_start_at)
        return visit.held or (
            moved < timedelta(minutes=1) and self.pieces(engineer, stop) == self.held.get(stop.ref, {})
        )

    def pieces(self, engineer: str, stop: Stop) -> Counter[tuple[int, int]]:
        """What the stop uses, by house or van and part."""
        found: Counter[tuple[int, int]] = Counter()
        for use in stop.uses:
            place = int(use.depot) if use.depot is not None else self.van(engineer)
            found[place, int(use.part)] += use.qty
        return found

    def van(self, engineer: str) -> int:
        return int(places.van_of(self.session, f"engineer:{engineer}").house_id)

    def at(self, second: int) -> datetime:
        return self.start + timedelta(seconds=second)

    def dropped(self, engineer: str) -> list[str]:
        """The visits promised to this engineer that the plan leaves to nobody."""
        return [
            visit.id
            for visit in self.visits.values()
            if visit.id in self.left and visit.incumbent and visit.incumbent.engineer == engineer
        ]

    def apply(self, group: frozenset[str], stops: Sequence[tuple[str, Stop]], dropped: Sequence[str]) -> None:
        """Assign and reserve for these engineers, or raise RouteRefused with every reason found."""
        keys = [f"engineer:{engineer}" for engineer in sorted(group, key=int)]
        keys += [f"visit:{ref}" for ref in [*(stop.ref for _, stop in stops), *dropped]]
        moved = moved_keys(self.planned, self.found, keys)
        if moved:
            raise RouteRefused([("planner.changed_meanwhile", {"what": key.split(":", 1)[1]}) for key in moved])
        try:
            # Old reservations end first, so that the pieces they held count for the new routes.
            for ref in [*dropped, *(stop.ref for _, stop in stops)]:
                stock.release(self.session, ref, by=self.by, at=self.now)
            for ref in dropped:
                seen = self.standing[ref].version
                visits.unassign(self.session, visit_ref=ref, seen_version=seen, by=self.by, at=self.now)
            for engineer, stop in stops:
                self.assign(engineer, stop)
        except DomainError as error:
            raise RouteRefused([(error.code, {key: str(value) for key, value in error.data.items()})]) from error

    def assign(self, engineer: str, stop: Stop) -> None:
        depots = sorted({use.depot for use in stop.uses if use.depot is not None})
        visits.assign(
            self.session,
            visit_ref=stop.ref,
            engineer_id=int(engineer),
            start_at=self.at(stop.start_s),
            end_at=self.at(stop.end_s),
            travel_s=stop.travel_s,
            via=",".join(depots) or None,
            pinned=self.visits[stop.ref].pin is not None,
            seen_version=self.standing[stop.ref].version,
            by=self.by,
            at=self.now,
        )
        self.reserve(engineer, stop)

    def reserve(self, engineer: str, stop: Stop) -> None:
        """Hold what the plan counts on, exactly there: the van's pieces from the van, a depot's from its bins."""
        lines: list[stock.Line] = []
        for (place, part), qty in self.pieces(engineer, stop).items():
            lines += self.shelves(place, part, qty)
        if lines:
            stock.reserve(
                self.session, visit_ref=stop.ref, lines=lines, by=self.by, at=self.now,
                key=f"{self.key}:{stop.ref}", holder_ref=f"engineer:{engineer}",
            )  # fmt: skip

    def shelves(self, house_id: int, part_id: int, qty: int) -> list[stock.Line]:
        """Which shelves of a house or van give the pieces; what is short is asked of the house, which refuses by name."""
        lines: list[stock.Line] = []
        for holding in stock.stock_for_planning(self.session, [part_id]):
            card = self.cards.get(holding.place_id)
            if card is None or card.house_id != house_id or card.condition is not Condition.GOOD:
                continue
            take = min(qty, int(holding.available))
            if take > 0:
                lines.append(stock.Line(PartId(part_id), holding.place_id, Qty(take)))
                qty -= take
        if qty > 0:
            lines.append(stock.Line(PartId(part_id), PlaceId(house_id), Qty(qty)))
        return lines


def _is_frozen(visit: Visit) -> bool:
    return visit.pin is not None and visit.pin.frozen
