"""Whatever is changed in a legal plan, the checker finds it: field by field, and law by law with honest figures (P41).

First kind: any one field of a plan is spoilt. Second kind: a stop is moved, dropped or put off and everything is
reckoned anew, so that times and money agree and only the law itself can speak.
"""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import pytest

from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import Broken, violations
from dispatch.planner.solver.checker_money import Names, cell, driving, lasts, price, ready_at, route_price, travelled
from dispatch.planner.solver.plan import Cost, Plan, Reason, Route, Stop, StopKind, Unassigned
from dispatch.planner.solver.problem import Engineer, Problem, Visit
from dispatch.planner.solver.solve import solve
from tests.dispatch.planner.cases import random_problem
from tests.dispatch.planner.damage import spoilt

FULL = os.environ.get("FAULTS") == "full"
SEEDS: Final = range(12 if FULL else 4)
OF_EACH_KIND: Final = 12 if FULL else 2  # in each world, chosen at random

#: What may differ without harm: how a plan was found and is explained, and the order in which equal things are listed.
HARMLESS = re.compile(
    r"""\.explanations.* | \.notes.* | \.margins.*
    | \.unassigned\[\]\.(reason|detail|remedy).*
    | \.(routes|unassigned)\ swapped
    | .*\.uses\ swapped
    """,
    re.VERBOSE,
)

WORLDS: dict[int, tuple[Problem, Plan]] = {}


def world(seed: int) -> tuple[Problem, Plan]:
    """A random day and its legal plan, solved once."""
    if seed not in WORLDS:
        problem = random_problem(seed, visits=24, engineers=8, depots=3)
        plan = solve(problem, Budget(time_s=20.0, rounds=30))
        assert violations(problem, plan) == []
        WORLDS[seed] = problem, plan
    return WORLDS[seed]


def damages(plan: Plan, pick: random.Random) -> list[tuple[str, Plan]]:
    """A few damages of every kind."""
    kinds: dict[str, list[Plan]] = {}
    for kind, worse in spoilt(plan):
        if worse != plan:
            kinds.setdefault(kind, []).append(worse)
    return [(kind, one) for kind, some in kinds.items() for one in pick.sample(some, min(OF_EACH_KIND, len(some)))]


@pytest.mark.faults
def test_no_field_of_a_plan_can_be_spoilt_unseen() -> None:
    tried: Counter[str] = Counter()
    unseen: Counter[str] = Counter()
    for seed in SEEDS:
        problem, plan = world(seed)
        for kind, worse in damages(plan, random.Random(seed)):
            tried[kind] += 1
            if not violations(problem, worse):
                unseen[kind] += 1
    assert sum(tried.values()) >= 2000
    assert [kind for kind in unseen if not HARMLESS.fullmatch(kind)] == []


# ---- the second kind: honest figures --------------------------------------------------------------------------------


def driven(
    problem: Problem,
    engineer: Engineer,
    shift: int,
    stops: Sequence[Stop],
    *,
    not_before: Mapping[str, int] | None = None,
) -> Route:
    """The route with these stops in this order as early as can be, every figure true and no law asked."""
    names, duty = Names(problem), engineer.shifts[shift]
    metres = problem.travel.metres
    ready = now = ready_at(problem, engineer, duty)
    at, pause, over, made = duty.start_location, 0, 0, list[Stop]()
    rests = iter(sorted(duty.breaks, key=lambda rest: rest.earliest_s))
    for place, stop in enumerate(stops):
        if stop.kind is StopKind.rest:
            rest = next(rests)
            begin = max(now, over, rest.earliest_s)
            over, pause = begin + rest.duration_s, pause + rest.duration_s
            made.append(Stop(StopKind.rest, "", begin, begin, over))
            continue
        visit = names.visits[stop.ref] if stop.kind is StopKind.visit else None
        there = visit or names.depots[stop.ref]
        leg, way = driving(problem, at, there.location, now), cell(metres.cells, metres.size, at, there.location)
        arrive = max(now + leg + pause, over)
        if place == 0 and visit and visit.pin and visit.pin.start_s is not None:
            leg, way, arrive = 0, 0, visit.pin.start_s
        start = max(arrive, (not_before or {}).get(stop.ref, arrive))
        if not (visit and visit.pin and visit.pin.frozen):
            start = max(start, visit.release_s if visit else start)
            start = next((max(start, window.from_s) for window in there.windows if start <= window.to_s), start)
        end = start + (lasts(visit, engineer) if visit else names.depots[stop.ref].handling_s)
        late = [(start if c.judged == "begin" else end) - c.due_s for c in (visit.commitments if visit else ())]
        made.append(
            replace(stop, arrive_s=arrive, start_s=start, end_s=end, travel_s=leg, metres=way, late_s=max(0, 0, *late))
        )
        now, at, pause, over = max(end, ready), there.location, 0, 0
    bare = Route(engineer.id, shift, tuple(made), 0, Cost())
    _, _, ends = travelled(problem, names, engineer, duty, bare)
    if duty.end_location is not None:
        home = duty.end_location
        leg, way = driving(problem, at, home, now), cell(metres.cells, metres.size, at, home)
        bare = replace(bare, home_travel_s=leg, home_metres=way)
    bare = replace(bare, end_s=ends)
    return replace(bare, cost=route_price(problem, names, bare))


def with_routes(problem: Problem, plan: Plan, *changed: Route) -> Plan:
    """The plan with these routes in place of their shifts' (dropped if empty), all its money true."""
    routes = {(route.engineer, route.shift): route for route in (*plan.routes, *changed)}
    kept = tuple(route for route in routes.values() if any(stop.ref for stop in route.stops))
    served = {stop.ref for route in kept for stop in route.stops}
    left = tuple(Unassigned(v.id, Reason.waiting) for v in problem.visits if v.id not in served)
    bare = replace(plan, routes=kept, unassigned=left)
    return replace(bare, cost=price(problem, bare))


def judged(problem: Problem, plan: Plan) -> set[Broken]:
    """The laws found broken; figures that do not add up would mean that this test cannot reckon."""
    found = {one.law for one in violations(problem, plan)}
    assert not found & {Broken.arithmetic, Broken.cost, Broken.bad_form, Broken.unknown, Broken.doubled}
    return found


def free_stops(problem: Problem, plan: Plan) -> Iterator[tuple[Route, int, Stop, Visit, Engineer]]:
    """Every planned visit that is not frozen, with where it stands."""
    names = Names(problem)
    for route in plan.routes:
        for place, stop in enumerate(route.stops):
            if stop.kind is StopKind.visit:
                visit = names.visits[stop.ref]
                if visit.pin is None or not visit.pin.frozen:
                    yield route, place, stop, visit, names.engineers[route.engineer]


def test_figures_reckoned_anew_are_those_of_the_plan() -> None:
    for seed in SEEDS:
        problem, plan = world(seed)
        names = Names(problem)
        held = {s.ref: s.start_s for r in plan.routes for s in r.stops if s.kind is StopKind.visit}
        again = [driven(problem, names.engineers[r.engineer], r.shift, r.stops, not_before=held) for r in plan.routes]
        assert with_routes(problem, plan, *again).routes == plan.routes


def test_a_visit_with_somebody_who_may_not_is_found_by_the_law_he_breaks() -> None:
    seen: Counter[Broken] = Counter()
    for seed in SEEDS:
        problem, plan = world(seed)
        for route, place, stop, visit, _ in free_stops(problem, plan):
            rest = route.stops[:place] + route.stops[place + 1 :]
            for other in problem.engineers:
                expected = why_not(other, visit)
                if other.id == route.engineer or not expected:
                    continue
                shorter = driven(problem, by_id(problem, route.engineer), route.shift, rest)
                bare = with_routes(problem, plan, shorter)
                for number in range(len(other.shifts)):
                    his = [one.stops for one in bare.routes if (one.engineer, one.shift) == (other.id, number)]
                    stops = (*(his[0] if his else ()), replace(stop, uses=()))
                    moved = driven(problem, other, number, stops)
                    found = {one.law for one in violations(problem, with_routes(problem, bare, moved))}
                    wanted = expected | standby_of(other, number, visit)
                    assert wanted <= found, (seed, visit.id, other.id, wanted, found)
                    seen.update(wanted)
    assert set(seen) == {Broken.skill, Broken.barred, Broken.pin, Broken.standby}


def by_id(problem: Problem, name: str) -> Engineer:
    return next(one for one in problem.engineers if one.id == name)


def why_not(other: Engineer, visit: Visit) -> set[Broken]:
    """The laws that keep an engineer from a visit whatever the hour."""
    laws = {Broken.barred} if other.id in visit.barred else set()
    if visit.pin is not None and visit.pin.engineer != other.id:
        laws.add(Broken.pin)
    if any(name not in other.skills or other.skills[name].level < level for name, level in visit.skills.items()):
        laws.add(Broken.skill)
    return laws


def standby_of(other: Engineer, number: int, visit: Visit) -> set[Broken]:
    held = other.shifts[number].standby
    return {Broken.standby} if held is not None and held != visit.assurance else set()


def test_a_call_or_a_rest_that_is_spared_is_missed() -> None:
    seen: Counter[Broken] = Counter()
    for seed in SEEDS:
        problem, plan = world(seed)
        for route in plan.routes:
            for place, stop in enumerate(route.stops):
                if stop.kind is StopKind.visit:
                    continue
                law = Broken.part if stop.kind is StopKind.depot else Broken.break_missing
                spared = driven(
                    problem, by_id(problem, route.engineer), route.shift, route.stops[:place] + route.stops[place + 1 :]
                )
                due = [
                    b for b in by_id(problem, route.engineer).shifts[route.shift].breaks if b.latest_s < spared.end_s
                ]
                if law is Broken.part or due:
                    assert law in judged(problem, with_routes(problem, plan, spared))
                    seen[law] += 1
    assert min(seen[law] for law in (Broken.part, Broken.break_missing)) > 5


def test_a_visit_put_off_is_found_by_the_hour_it_breaks() -> None:
    """A minute too late for its window, its certificate, its crew, what follows it, or the end of the shift."""
    seen: Counter[Broken] = Counter()
    for seed in SEEDS:
        problem, plan = world(seed)
        for route, _, stop, visit, engineer in free_stops(problem, plan):
            shift = engineer.shifts[route.shift]
            expiries = [engineer.skills[name].expires_s for name in visit.skills]
            hours: list[tuple[Broken, int]] = [(Broken.overtime, shift.end_s + shift.max_overtime_s + 1)]
            hours += [(Broken.window, max(w.to_s for w in visit.windows) + 60)] if visit.windows else []
            hours += [(Broken.skill, expires + 60) for expires in expiries if expires is not None]
            hours += [(Broken.crew, stop.start_s + 60)] if visit.sync else []
            for follower in problem.visits:
                begun = [s.start_s for r in plan.routes for s in r.stops if s.ref == follower.id]
                if visit.id in follower.after and begun and all(s.ref != follower.id for s in route.stops):
                    hours.append((Broken.order, begun[0] - lasts(visit, engineer) + 60))
            held = {one.ref: one.start_s for one in route.stops}
            for law, hour in hours:
                late = driven(problem, engineer, route.shift, route.stops, not_before={**held, stop.ref: hour})
                assert law in judged(problem, with_routes(problem, plan, late)), (seed, visit.id, law)
                seen[law] += 1
    wanted = {Broken.overtime, Broken.window, Broken.skill, Broken.crew}
    assert wanted <= set(seen) <= wanted | {Broken.order}


def test_work_under_way_that_is_pushed_back_is_found() -> None:
    pushed = 0
    for seed in range(12):
        problem, plan = world(seed)
        names = Names(problem)
        for route in plan.routes:
            first = route.stops[0]
            pin = names.visits[first.ref].pin if first.kind is StopKind.visit else None
            if pin is None or not pin.frozen or len(route.stops) < 2 or route.stops[1].kind is not StopKind.visit:
                continue
            stops = (route.stops[1], first, *route.stops[2:])
            later = driven(problem, names.engineers[route.engineer], route.shift, stops)
            assert Broken.frozen in {one.law for one in violations(problem, with_routes(problem, plan, later))}
            pushed += 1
    assert pushed
