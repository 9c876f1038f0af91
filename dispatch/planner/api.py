"""The door to the planner for board and phone: the day as it stands, who could go, what a move would cost (R5, R6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from dispatch.people.rules import EngineerCard
from dispatch.planner import store
from dispatch.planner.compose import Facts, OpenVisit, compose, position_of, standing_orders
from dispatch.planner.settings import ROADS_SECONDS
from dispatch.planner.solver import insert
from dispatch.planner.solver.plan import Plan
from dispatch.planner.solver.problem import Problem
from dispatch.travel import api as travel

__all__ = ["Day", "Suggestion", "day_as_it_stands", "day_of", "duration", "position_of", "suggestions"]


@dataclass(frozen=True, slots=True)
class Day:
    """The planning task and the plan in force for it, priced by the engine's own rules."""

    facts: Facts
    problem: Problem
    plan: Plan


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What sending one engineer would mean. With `why_not` he cannot go and the figures are None or 0.

    `extra_fen` is what the day would cost more; `travel_s` the drive from where he is now; `via` the houses
    where a part must be fetched first (place ids).
    """

    engineer_id: int
    engineer_name: str
    start_at: datetime | None = None
    end_at: datetime | None = None
    travel_s: int = 0
    late_s: int = 0
    extra_fen: int | None = None
    via: tuple[int, ...] = ()
    why_not: str | None = None


def day_as_it_stands(session: Session, *, territory: str | None, now: datetime, freed: str | None = None) -> Day:
    """Today and tomorrow as assigned, as a problem and a plan; nothing is moved but what cannot stand.

    `freed` names a visit that counts as given to nobody, because a hand is about to give it to somebody.
    """
    return day_of(store.load_facts(session, territory=territory, now=now, freed=freed))


def day_of(facts: Facts, *, steady: bool = True) -> Day:
    """The same from facts that were read already; no transaction need be open while it reckons.

    A hand works on a steady day: what it adds may push a promised visit back, never pull it forward. It also waits
    less for roads that nobody has asked for yet.
    """
    patience_s = travel.PATIENCE_S if steady else ROADS_SECONDS
    problem = compose(
        facts,
        lambda points, start, end: travel.table(points, start=start, end=end, patience_s=patience_s),
        steady=steady,
    )
    return Day(facts, problem, insert.plan_from_orders(problem, standing_orders(facts, problem)))


def suggestions(day: Day, visit_refs: Iterable[str], *, k: int | None = 3) -> dict[str, tuple[Suggestion, ...]]:
    """For each visit who could go, cheapest first, then who cannot and why; `k` limits those who could."""
    known = {visit.id for visit in day.problem.visits}
    refs = [ref for ref in visit_refs if ref in known]
    found = insert.suggestions_for(day.problem, day.plan, refs)
    cards = {str(card.id): card for card in day.facts.engineers}
    visits = {visit.ref: visit for visit in day.facts.visits}
    start = datetime.fromisoformat(day.problem.horizon_start)
    return {
        ref: tuple(
            _suggestion(one, cards[one.engineer], visits[ref], start, day.facts.now)
            for one in (found[ref] if k is None else [s for s in found[ref] if s.blocked is None][:k])
        )
        for ref in refs
    }


def duration(session: Session, visit_ref: str, engineer_id: int, *, now: datetime) -> timedelta:
    """How long the visit takes this engineer, as plans and suggestions count it."""
    return timedelta(seconds=store.learnt_duration(session, visit_ref, now=now).for_engineer(engineer_id))


def _suggestion(
    one: insert.Suggestion, card: EngineerCard, visit: OpenVisit, start: datetime, now: datetime
) -> Suggestion:
    if one.blocked is not None:
        return Suggestion(card.id, card.name, why_not=f"planner.why.{one.blocked.value}")
    start_at = None if one.start_s is None else start + timedelta(seconds=one.start_s)
    lasts = timedelta(seconds=visit.duration_by.get(card.id, visit.duration_s))
    return Suggestion(
        engineer_id=card.id,
        engineer_name=card.name,
        start_at=start_at,
        end_at=None if start_at is None else start_at + lasts,
        travel_s=travel.drive(position_of(card, now), visit.position, at=now)[0],
        late_s=one.late_s,
        extra_fen=one.extra_fen,
        via=tuple(int(place) for place in one.fetch_at),
    )
