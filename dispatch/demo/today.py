"""The day under way: work in progress, the morning's plan in force, and fresh calls that wait for somebody."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from app.actor import SYSTEM
from app.audit import api as audit
from app.db import db, transaction, use_case
from app.domain import Role
from app.geo.rules import Position, haversine_m
from app.kernel.errors import DomainError
from app.outbox import use_cases as outbox
from dispatch.clocks.use_cases import fire_steps
from dispatch.demo import trips
from dispatch.demo.company import AssetRef, Company, EngineerRef
from dispatch.demo.history import able, call_about
from dispatch.demo.parts import skill_of_part
from dispatch.demo.roster import running_shift
from dispatch.demo.towns import TERRITORIES
from dispatch.demo.trips import done
from dispatch.field.rules import ActKind
from dispatch.people import api as people
from dispatch.people.rules import can_do
from dispatch.planner import use_cases as planner
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.solve import solve
from dispatch.visits.models import Visit, VisitState
from dispatch.visits.use_cases import Slot, assign_visit

__all__ = ["open_day"]

log = logging.getLogger(__name__)
_MIN = timedelta(minutes=1)
#: When the morning's plan was made.
_PLANNED_AGO = 22 * _MIN
_LIMIT_MINUTES = {"4-hour": 240, "12-hour": 720, "basic": 4000}


def open_day(company: Company) -> None:
    """Some eighty open visits in every state, as they would lie on the board now."""
    random = company.random("today")
    total = company.scale.open_visits
    free = _Assets(company, random)
    busy = _in_progress(company, free, random, total * 15 // 100)
    main = next(engineer for engineer in company.engineers if engineer.actor is company.people[Role.ENGINEER])
    left_open = next(t.code for t in reversed(TERRITORIES) if t.code != main.territory)
    _backlog(company, free, random, total * 48 // 100, left_open)
    _positions(company, busy, random)
    for territory in TERRITORIES:
        if territory.code != left_open:
            _plan(company, territory.code)
    _a_full_day_for(company, main)
    _accept_some(company, random)
    open_now = total * 15 // 100 + total * 48 // 100
    _fresh_calls(company, free, random, total - open_now, left_open)
    outbox.mark_read(by=company.dispatcher, now=company.now - timedelta(days=1))
    outbox.mark_read(by=company.manager, now=company.now - timedelta(days=1))
    fire_steps(company.now)


class _Assets:
    """Assets nobody has called about today, drawn as asked for."""

    def __init__(self, company: Company, random: Random) -> None:
        self._company, self._random, self._taken = company, random, set[int]()
        self._old = company.today - timedelta(days=1300)

    def draw(
        self, policies: Sequence[str], *, territory: str | None = None, engineer: EngineerRef | None = None
    ) -> AssetRef | None:
        """An asset under one of `policies` ('' = under none), there, that he can work on; None when there is none."""
        fitting = [asset for asset in self._company.assets if self._fits(asset, policies, territory, engineer)]
        if not fitting:
            return None
        asset = self._random.choice(fitting)
        self._taken.add(asset.site.id)
        return asset

    def _fits(
        self, asset: AssetRef, policies: Sequence[str], territory: str | None, engineer: EngineerRef | None
    ) -> bool:
        if asset.site.id in self._taken or asset.site.policy not in policies:
            return False
        if not asset.site.policy and asset.accepted_on > self._old:
            return False
        if territory is not None and asset.site.territory != territory:
            return False
        if engineer is None:
            return bool(able(self._company, asset))
        model = asset.model
        return can_do(engineer.skills, model.skill, model.level, self._company.today)


def _in_progress(
    company: Company, free: _Assets, random: Random, count: int
) -> dict[int, tuple[EngineerRef, Position]]:
    """Those on duty are on the way or on site, one in four late; returns where each is going or stands."""
    on_duty = [engineer for engineer in company.engineers if running_shift(engineer, company) is not None]
    on_duty.sort(key=lambda engineer: engineer.actor is not company.people[Role.ENGINEER])
    busy: dict[int, tuple[EngineerRef, Position]] = {}
    for number, engineer in enumerate(on_duty[:count]):
        asset = free.draw(("4-hour", "12-hour"), territory=engineer.territory, engineer=engineer)
        if asset is None:
            continue
        late = number % 4 == 2
        limit = _LIMIT_MINUTES[asset.site.policy]
        ago = limit + random.randint(35, 70) if late else random.randint(95, min(limit - 30, 230))
        reported_at = company.now - ago * _MIN
        reported = call_about(company, asset, reported_at, random, level=random.choice((1, 2)))
        assert reported.visit_ref is not None
        start_at = company.now - (25 * _MIN if number % 2 else -15 * _MIN)
        slot = Slot(start_at, start_at + asset.model.minutes * _MIN, travel_s=random.randint(20, 50) * 60)
        assign_visit(
            reported.visit_ref, engineer_id=engineer.id, slot=slot, seen_version=1, by=company.dispatcher,
            now=reported_at + random.randint(5, 15) * _MIN,
        )  # fmt: skip
        trips.send(reported.visit_ref, done(ActKind.ACCEPT, reported_at + 20 * _MIN), engineer)
        trips.send(reported.visit_ref, done(ActKind.SET_OFF, company.now - random.randint(50, 65) * _MIN), engineer)
        where = asset.site.at
        if number % 2:
            arrived_at = company.now - random.randint(26, 40) * _MIN
            trips.send(reported.visit_ref, trips.arrival(arrived_at, asset.site.at), engineer)
            if number % 3:
                name = asset.site.customer.contacts[0][0]
                trips.send(reported.visit_ref, done(ActKind.CONFIRM, arrived_at + 3 * _MIN, name=name), engineer)
        else:
            where = _between(engineer.home, asset.site.at, 0.6)
        busy[engineer.id] = (engineer, where)
    return busy


def _between(a: Position, b: Position, share: float) -> Position:
    return Position(a.lat + (b.lat - a.lat) * share, a.lon + (b.lon - a.lon) * share)


def _backlog(company: Company, free: _Assets, random: Random, count: int, left_open: str) -> None:
    """Calls from before the plan; some have run over their limit where nothing was planned yet."""
    codes = [territory.code for territory in TERRITORIES]
    for number in range(count):
        territory = codes[number % len(codes)]
        asset = free.draw(random.choice((("4-hour",), ("12-hour",), ("12-hour", "basic"))), territory=territory)
        asset = asset or free.draw(("4-hour", "12-hour", "basic"))
        if asset is None:
            return
        limit = _LIMIT_MINUTES[asset.site.policy]
        late = territory == left_open and number % 12 < 4 and limit < 1000
        longest = 90 if territory == left_open else max(60, limit * 6 // 10)
        ago = limit + random.randint(8, 50) if late else random.randint(26, longest)
        parts = _parts(company, asset, random) if random.random() < 0.45 else None
        call_about(company, asset, company.now - ago * _MIN, random, level=random.choice((1, 2, 3, 3)), parts=parts)


def _parts(company: Company, asset: AssetRef, random: Random) -> dict[int, int]:
    """A piece or two of what this trade uses, none of it rare."""
    fitting = [no for no in company.central if skill_of_part(no) == asset.model.skill]
    return {company.parts[no]: 1 for no in random.sample(fitting, min(len(fitting), random.choice((1, 1, 2))))}


@use_case
def _put_positions(found: Sequence[tuple[int, Position, datetime]], *, now: datetime) -> None:
    with transaction() as session:
        for engineer_id, at, seen_at in found:
            people.put_position(session, engineer_id, lat=at.lat, lon=at.lon, at=seen_at)
        audit.record(session, by=SYSTEM, action="demo.positions", object_ref="demo:company", at=now)


def _positions(company: Company, busy: dict[int, tuple[EngineerRef, Position]], random: Random) -> None:
    """Everybody on duty was seen a few minutes ago: on the way, on site, or waiting near home."""
    found = []
    for engineer in company.engineers:
        if engineer.id in busy or running_shift(engineer, company) is not None:
            at = busy[engineer.id][1] if engineer.id in busy else engineer.home
            found.append((engineer.id, at, company.now - random.randint(23, 26) * _MIN))
    _put_positions(found, now=company.now)


def _plan(company: Company, territory: str) -> None:
    """The real planner's plan for a territory, put in force; counted in rounds, so that it repeats."""
    at = company.now - _PLANNED_AGO
    budget = Budget(time_s=60, rounds=company.scale.plan_rounds, seed=company.seed)
    plan_id = planner.plan_now(territory, by=company.dispatcher, now=at, budget=budget, solver=solve)
    outcome = planner.accept_plan(plan_id, by=company.dispatcher, now=at)
    if outcome.refused:
        log.warning("the demo's plan for %s was refused in part: %s", territory, outcome.refused)


def _waiting_near(company: Company, engineer: EngineerRef) -> Iterator[tuple[str, int]]:
    """Visits nobody has, the nearest to the engineer's home first."""
    db.session.rollback()
    sites = {site.id: site.at for site in company.sites if site.territory == engineer.territory}
    rows = db.session.query(Visit).filter(Visit.state == VisitState.UNASSIGNED, Visit.site_id.in_(sites)).all()
    for row in sorted(rows, key=lambda row: (haversine_m(engineer.home, sites[row.site_id]), row.id)):
        yield row.visit_ref, row.version


def _a_full_day_for(company: Company, engineer: EngineerRef) -> None:
    """The engineer whose account is printed has a route worth looking at."""
    mine = db.session.query(Visit).filter(Visit.engineer_id == engineer.id, Visit.state == VisitState.ASSIGNED).count()
    for visit_ref, version in list(_waiting_near(company, engineer)):
        if mine >= 3:
            return
        try:
            planner.assign_by_hand(
                visit_ref, engineer.id, seen_version=version, by=company.dispatcher, now=company.now - _PLANNED_AGO
            )
        except DomainError:
            continue  # He lacks the skill, or the part is out of reach: the next one.
        mine += 1


def _accept_some(company: Company, random: Random) -> None:
    """Half of those who were given a visit have looked at their phone."""
    db.session.rollback()
    given = db.session.query(Visit).filter(Visit.state == VisitState.ASSIGNED).order_by(Visit.id).all()
    by_id = {engineer.id: engineer for engineer in company.engineers}
    waiting = [(row.visit_ref, row.engineer_id) for row in given if row.engineer_id is not None]
    for visit_ref, engineer_id in waiting:
        if random.random() < 0.5:
            at = company.now - random.randint(3, 18) * _MIN
            trips.send(visit_ref, done(ActKind.ACCEPT, at), by_id[engineer_id])


def _fresh_calls(company: Company, free: _Assets, random: Random, count: int, left_open: str) -> None:
    """What came in since the plan: some not covered, some for parts nobody has, one by the customer with the account."""
    uncovered, waiting = max(1, count // 6), max(1, count // 6)
    for number in range(count):
        parts: dict[int, int] = {}
        policies: Sequence[str] = ("4-hour", "12-hour", "basic")
        ago = random.randint(2, 21)
        territory = left_open if number % 2 else None
        if number < uncovered:
            policies, territory = ("",), None
        elif random.random() < 0.5:
            policies = ("4-hour",)
        asset = free.draw(policies, territory=territory) or free.draw(("4-hour", "12-hour", "basic"))
        if number == count - 1:
            asset = next(asset for asset in company.customers[0].sites[0].assets if able(company, asset))
        if asset is None:
            return
        if uncovered <= number < uncovered + waiting:
            parts = _rare(company, asset, random)
        elif random.random() < 0.4:
            parts = _parts(company, asset, random)
        call_about(company, asset, company.now - ago * _MIN, random, level=random.choice((1, 2, 2, 3)), parts=parts)


def _rare(company: Company, asset: AssetRef, random: Random) -> dict[int, int]:
    """A part of the trade that nobody in reach has a piece of."""
    fitting = [no for no in company.rare if skill_of_part(no) == asset.model.skill]
    return {company.parts[random.choice(fitting)]: 1}
