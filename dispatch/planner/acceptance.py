"""Putting planned routes in force: group by group, visits and pieces together or not at all (R3, E13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.kernel.errors import DomainError
from app.kernel.quantity import Qty
from dispatch.planner.rules import RouteClaim, moved_keys, standing_together
from dispatch.planner.solver.plan import Plan, Route, Stop, StopKind
from dispatch.planner.solver.problem import Problem, Visit
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

    `found` are the versions of now; `key` names the act, so that its reservations happen once.
    """

    def __init__(
        self, session: Session, problem: Problem, plan: Plan, found: Mapping[str, str], *, key: str, by: Actor, now: datetime
    ) -> None:  # fmt: skip
        self.session, self.found, self.key, self.by, self.now = session, found, key, by, now
        self.planned = dict(problem.versions)
        self.visits = {visit.id: visit for visit in problem.visits}
        self.start = datetime.fromisoformat(problem.horizon_start)
        self.routes: dict[str, list[Route]] = {}
        for route in plan.routes:
            self.routes.setdefault(route.engineer, []).append(route)
        self.left = {one.visit for one in plan.unassigned}

    def run(self) -> AcceptOutcome:
        """Every group in turn: applied whole, or refused with its reasons and left as it was."""
        applied: list[int] = []
        refused: list[tuple[int, tuple[tuple[str, dict[str, str]], ...]]] = []
        for group in standing_together([self.claim(engineer) for engineer in self.engineers()]):
            try:
                with self.session.begin_nested():
                    self.apply(group)
            except RouteRefused as no:
                refused += [(int(engineer), tuple(no.reasons)) for engineer in sorted(group, key=int)]
            else:
                applied += sorted(int(engineer) for engineer in group)
        return AcceptOutcome(tuple(applied), tuple(refused))

    def engineers(self) -> list[str]:
        """Everybody whose day the plan changes: who gets a route, and who loses a visit."""
        losing = {v.incumbent.engineer for v in self.visits.values() if v.incumbent}
        return sorted(set(self.routes) | losing, key=int)

    def claim(self, engineer: str) -> RouteClaim:
        """Whose visits this route takes over, and which houses' piles it draws on."""
        stops = self.stops(engineer)
        others = {
            visit.incumbent.engineer
            for stop in stops
            if (visit := self.visits[stop.ref]).incumbent and visit.incumbent.engineer != engineer
        }
        piles = {f"stock:{use.depot}:{use.part}" for stop in stops for use in stop.uses if use.depot is not None}
        return RouteClaim(engineer, frozenset(others), frozenset(piles))

    def stops(self, engineer: str) -> list[Stop]:
        return [
            stop
            for route in self.routes.get(engineer, [])
            for stop in route.stops
            if stop.kind is StopKind.visit and not _is_frozen(self.visits[stop.ref])
        ]

    def apply(self, group: frozenset[str]) -> None:
        """Assign and reserve for these engineers, or raise RouteRefused with every reason found."""
        stops = [(engineer, stop) for engineer in sorted(group, key=int) for stop in self.stops(engineer)]
        dropped = [
            visit.id
            for visit in self.visits.values()
            if visit.id in self.left and visit.incumbent and visit.incumbent.engineer in group
        ]
        keys = [f"engineer:{engineer}" for engineer in group]
        keys += [f"visit:{ref}" for ref in [*(stop.ref for _, stop in stops), *dropped]]
        moved = moved_keys(self.planned, self.found, keys)
        if moved:
            raise RouteRefused([("planner.changed_meanwhile", {"what": key.split(":", 1)[1]}) for key in moved])
        try:
            self.let_go([*dropped, *(stop.ref for _, stop in stops)])
            for ref in dropped:
                visits.unassign(self.session, visit_ref=ref, seen_version=self.version(ref), by=self.by, at=self.now)
            for engineer, stop in stops:
                self.assign(engineer, stop)
        except DomainError as error:
            raise RouteRefused([(error.code, {key: str(value) for key, value in error.data.items()})]) from error

    def version(self, ref: str) -> int:
        return int(self.found[f"visit:{ref}"])

    def let_go(self, refs: Sequence[str]) -> None:
        """End the old reservations first, so that the pieces they held count for the new routes."""
        for ref in refs:
            stock.release(self.session, ref, by=self.by, at=self.now)

    def assign(self, engineer: str, stop: Stop) -> None:
        start = self.start + timedelta(seconds=stop.start_s)
        depots = sorted({use.depot for use in stop.uses if use.depot is not None})
        visits.assign(
            self.session, visit_ref=stop.ref, engineer_id=int(engineer), start_at=start,
            end_at=self.start + timedelta(seconds=stop.end_s), travel_s=stop.travel_s,
            via=",".join(depots) or None, pinned=bool(self.visits[stop.ref].pin), seen_version=self.version(stop.ref),
            by=self.by, at=self.now,
        )  # fmt: skip
        self.reserve(engineer, stop)

    def reserve(self, engineer: str, stop: Stop) -> None:
        """Hold what the plan counts on, exactly there: the van's pieces from the van, a depot's from its bins."""
        holder = f"engineer:{engineer}"
        lines: list[stock.Line] = []
        for use in stop.uses:
            if use.depot is None:
                van = places.van_of(self.session, holder)
                lines.append(stock.Line(PartId(int(use.part)), van.id, Qty(use.qty)))
            else:
                lines += self.bins(int(use.depot), int(use.part), use.qty)
        if lines:
            stock.reserve(
                self.session, visit_ref=stop.ref, lines=lines, by=self.by, at=self.now,
                key=f"{self.key}:{stop.ref}", holder_ref=holder,
            )  # fmt: skip

    def bins(self, house_id: int, part_id: int, qty: int) -> list[stock.Line]:
        """Which shelves of a house give the pieces; what is short is asked of the last one, which then refuses by name."""
        cards = places.place_cards(self.session)
        lines: list[stock.Line] = []
        for holding in stock.stock_for_planning(self.session, [part_id]):
            card = cards.get(holding.place_id)
            if card is None or card.house_id != house_id or card.condition is not Condition.GOOD or qty <= 0:
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
