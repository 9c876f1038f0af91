"""How far a plan has come that was asked for, and a plan's parts that the board explains one by one (R6, P41)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.jobs.models import Job
from app.jobs.rules import JobState
from app.web.show import NOTHING
from dispatch.people.api import skill_names
from dispatch.planner.models import PlanState, StoredPlan
from dispatch.planner.solver.plan import Explanation, Plan, Stop, StopKind, Unassigned
from inventory.catalogue import api as catalogue
from inventory.places import api as places

__all__ = ["Asked", "Told", "asked", "names_for", "pieces_of", "place_names", "told_by_plan"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A plan that was asked for: still thought about, failed, or there."""

    seconds: int
    failed: bool
    plan_id: int | None


def asked(session: Session, key: str, *, now: datetime) -> Asked | None:
    """How far the plan asked for under `key` has come; None when nobody asked."""
    job = session.scalar(select(Job).where(Job.key == key))
    if job is None:
        return None
    seconds = max(0, int((now - job.queued_at).total_seconds()))
    if job.state is not JobState.DONE:
        # A try that broke is told at once: whoever waits assigns by hand meanwhile (screens §7).
        return Asked(seconds, job.state is JobState.FAILED or bool(job.error), None)
    # Others plan other territories at the same time: only the plan that answers this question is shown for it.
    told = json.loads(job.args)
    newest = select(StoredPlan.id).where(
        StoredPlan.created_at >= job.queued_at, StoredPlan.created_by == told["by"],
        StoredPlan.territory_code.is_not_distinct_from(told["territory"]),
    ).order_by(StoredPlan.id.desc())  # fmt: skip
    plan_id = session.scalars(newest).first()
    return Asked(seconds, plan_id is None, plan_id)


@dataclass(frozen=True, slots=True)
class Told:
    """What the newest plan says of one visit."""

    plan_no: str
    in_force: bool
    starts_at: datetime
    explanation: Explanation | None
    unassigned: Unassigned | None
    stop: Stop | None

    def at(self, seconds: int) -> datetime:
        """The instant that the engine tells in seconds."""
        return self.starts_at + timedelta(seconds=seconds)


def told_by_plan(session: Session, visit_ref: str) -> Told | None:
    """What the newest plan that knows the visit says of it; None when none does."""
    rows = select(StoredPlan).where(StoredPlan.state != PlanState.SUPERSEDED).order_by(StoredPlan.id.desc()).limit(3)
    for row in session.scalars(rows):
        plan = Plan.from_json(row.plan)
        why = next((one for one in plan.explanations if one.visit == visit_ref), None)
        left_out = next((one for one in plan.unassigned if one.visit == visit_ref), None)
        if why is not None or left_out is not None:
            stops = (stop for route in plan.routes for stop in route.stops)
            stop = next((one for one in stops if one.ref == visit_ref and one.kind is StopKind.visit), None)
            return Told(row.plan_no, row.state is PlanState.PUBLISHED, row.horizon_start_at, why, left_out, stop)
    return None


def names_for(session: Session, details: Mapping[str, str], *, english: bool) -> str:
    """The skill or the parts that are missing, by name."""
    found = []
    if "skill" in details:
        found.append(skill_names(session, english=english).get(details["skill"], details["skill"]))
    numbers = [int(part) for part in details.get("part", "").split() if part.isdecimal()]
    cards = catalogue.parts(session, numbers) if numbers else {}
    found += [card.name_en if english and card.name_en else card.name for part in numbers if (card := cards.get(part))]
    return (", " if english else "、").join(found)


def pieces_of(session: Session, stop: Stop | None, *, english: bool) -> list[tuple[str, str]]:
    """Where the pieces of a stop come from and what they are, by name; '' for the van, '--' for what is no more."""
    taken: dict[str, dict[int, int]] = {}
    for use in stop.uses if stop else ():
        pieces = taken.setdefault(use.depot or "", {})
        pieces[int(use.part)] = pieces.get(int(use.part), 0) + use.qty
    cards = catalogue.parts(session, [part for pieces in taken.values() for part in pieces])
    houses = place_names(session, {int(depot) for depot in taken if depot})
    name = {part: card.name_en if english and card.name_en else card.name for part, card in cards.items()}
    return [
        (
            houses.get(int(depot), NOTHING) if depot else "",
            " ".join(f"{name.get(part, NOTHING)} ×{qty}" for part, qty in pieces.items()),
        )
        for depot, pieces in taken.items()
    ]


def place_names(session: Session, ids: set[int]) -> Mapping[int, str]:
    """The names of the houses where a part is fetched."""
    return {place_id: card.name for place_id, card in places.place_cards(session, ids).items()} if ids else {}
