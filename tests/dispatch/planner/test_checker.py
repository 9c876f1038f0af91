"""The checker finds every damage: to a plan, and to the world a plan was made for (P41's hard gate)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any

import pytest

from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import Broken, violations
from dispatch.planner.solver.plan import Cost, Plan, Reason, Route, Stop, StopKind, Unassigned, Use
from dispatch.planner.solver.problem import Engineer, Matrix, Pin, Problem, Visit, Window
from dispatch.planner.solver.solve import solve
from tests.dispatch.planner.cases import later, random_problem

WORLDS: dict[int, tuple[Problem, Plan]] = {}


def world(seed: int) -> tuple[Problem, Plan]:
    """A random day and its legal plan, solved once."""
    if seed not in WORLDS:
        problem = random_problem(seed, visits=24, engineers=8, depots=3)
        plan = solve(problem, Budget(time_s=20.0, rounds=40))
        assert violations(problem, plan) == []
        WORLDS[seed] = problem, plan
    return WORLDS[seed]


def put(plan: Plan, route: int, **changes: Any) -> Plan:
    routes = list(plan.routes)
    routes[route] = replace(routes[route], **changes)
    return replace(plan, routes=tuple(routes))


def put_stop(plan: Plan, route: int, place: int, *stops: Stop) -> Plan:
    """The plan with the stop at `place` replaced by these (none: removed)."""
    kept = plan.routes[route].stops
    return put(plan, route, stops=(*kept[:place], *stops, *kept[place + 1 :]))


def every_stop(plan: Plan) -> Iterator[tuple[int, int, Stop]]:
    for n, route in enumerate(plan.routes):
        for place, stop in enumerate(route.stops):
            yield n, place, stop


def stop_damages(plan: Plan) -> Iterator[tuple[str, Plan]]:
    for n, place, stop in every_stop(plan):
        for field in ("arrive_s", "start_s", "end_s", "travel_s", "metres", "late_s"):
            for step in (-1, 1, 7200):
                changed = replace(stop, **{field: getattr(stop, field) + step})
                yield f"{field}{step:+} at {n}.{place}", put_stop(plan, n, place, changed)
        yield f"removed {n}.{place}", put_stop(plan, n, place)
        yield f"twice {n}.{place}", put_stop(plan, n, place, stop, stop)
        yield f"unknown ref {n}.{place}", put_stop(plan, n, place, replace(stop, ref="nobody"))
        yield f"not a number {n}.{place}", put_stop(plan, n, place, replace(stop, start_s=float("nan")))
        yield f"takes at will {n}.{place}", put_stop(plan, n, place, replace(stop, takes={**stop.takes, "P9": 1}))
        for part, qty in stop.takes.items():
            more, less = {**stop.takes, part: qty + 1}, {**stop.takes, part: qty - 1}
            yield f"one more {n}.{place}", put_stop(plan, n, place, replace(stop, takes=more))
            yield f"one less {n}.{place}", put_stop(plan, n, place, replace(stop, takes=less))
        if stop.uses:
            yield f"without its piece {n}.{place}", put_stop(plan, n, place, replace(stop, uses=stop.uses[1:]))
            first = stop.uses[0]
            odd = replace(stop, uses=(Use(first.wanted, "P9", first.qty, first.depot), *stop.uses[1:]))
            yield f"a piece that does not fit {n}.{place}", put_stop(plan, n, place, odd)
            elsewhere = replace(first, depot="D9" if first.depot is None else None, qty=first.qty + 5)
            yield f"a piece from nowhere {n}.{place}", put_stop(plan, n, place, replace(stop, uses=(elsewhere,)))
        if stop.kind is StopKind.rest:
            short = replace(stop, end_s=stop.end_s - 60)
            yield f"a short break {n}.{place}", put_stop(plan, n, place, short)
        if place + 1 < len(plan.routes[n].stops):
            stops = list(plan.routes[n].stops)
            stops[place], stops[place + 1] = stops[place + 1], stops[place]
            yield f"swapped {n}.{place}", put(plan, n, stops=tuple(stops))


def plan_damages(problem: Problem, plan: Plan) -> Iterator[tuple[str, Plan]]:
    for n, route in enumerate(plan.routes):
        yield f"route dropped {n}", replace(plan, routes=(*plan.routes[:n], *plan.routes[n + 1 :]))
        yield f"route doubled {n}", replace(plan, routes=(*plan.routes, route))
        yield f"emptied {n}", put(plan, n, stops=())
        yield f"unknown engineer {n}", put(plan, n, engineer="E99")
        yield f"unknown shift {n}", put(plan, n, shift=7)
        for field in ("end_s", "home_travel_s", "home_metres"):
            yield f"{field} {n}", put(plan, n, **{field: getattr(route, field) + 1})
        for term in fields(Cost):
            for step in (-1, 1):
                dear = replace(route.cost, **{term.name: getattr(route.cost, term.name) + step})
                yield f"route {n} {term.name}{step:+}", put(plan, n, cost=dear)
        for other in problem.engineers:
            if other.id != route.engineer:
                yield f"route {n} given to {other.id}", put(plan, n, engineer=other.id)
    for term in fields(Cost):
        for step in (-1, 1):
            dear = replace(plan.cost, **{term.name: getattr(plan.cost, term.name) + step})
            yield f"plan {term.name}{step:+}", replace(plan, cost=dear)
    for left in plan.unassigned:
        rest = tuple(one for one in plan.unassigned if one is not left)
        yield f"forgotten {left.visit}", replace(plan, unassigned=rest)
        yield f"named twice {left.visit}", replace(plan, unassigned=(*plan.unassigned, left))
    served = next(stop.ref for _, _, stop in every_stop(plan) if stop.kind is StopKind.visit)
    for ref in (served, "nobody"):
        extra = Unassigned(ref, Reason.no_time)
        yield f"also unassigned {ref}", replace(plan, unassigned=(*plan.unassigned, extra))
    yield "other versions", replace(plan, versions={"visit:V1": "8"})
    yield "no versions", replace(plan, versions={})


@pytest.mark.parametrize("seed", range(5))
def test_every_damage_to_a_plan_is_found(seed: int) -> None:
    problem, plan = world(seed)
    unseen = [
        name
        for name, damaged in (*stop_damages(plan), *plan_damages(problem, plan))
        if damaged != plan and not violations(problem, damaged)
    ]
    assert unseen == []


def change_visit(problem: Problem, ref: str, **changes: Any) -> Problem:
    return replace(problem, visits=tuple(replace(v, **changes) if v.id == ref else v for v in problem.visits))


def change_engineer(problem: Problem, ref: str, **changes: Any) -> Problem:
    people = tuple(replace(e, **changes) if e.id == ref else e for e in problem.engineers)
    return replace(problem, engineers=people)


def laws(problem: Problem, plan: Plan) -> set[Broken]:
    return {one.law for one in violations(problem, plan)}


def planned(problem: Problem, plan: Plan) -> Iterator[tuple[Visit, Engineer, Stop, Route]]:
    """Every planned visit that is free to move."""
    visits = {visit.id: visit for visit in problem.visits}
    people = {engineer.id: engineer for engineer in problem.engineers}
    for route in plan.routes:
        for stop in route.stops:
            if stop.kind is StopKind.visit:
                pin = visits[stop.ref].pin
                if pin is None or not pin.frozen:
                    yield visits[stop.ref], people[route.engineer], stop, route


VISIT_CHANGES: list[tuple[Broken, Callable[[Visit, Engineer, Stop], dict[str, Any]]]] = [
    (Broken.skill, lambda v, e, s: {"skills": {**v.skills, "rare": 1}}),
    (Broken.skill, lambda v, e, s: {"skills": {name: held.level + 1 for name, held in e.skills.items()} or {"x": 1}}),
    (Broken.barred, lambda v, e, s: {"barred": frozenset({e.id})}),
    (Broken.pin, lambda v, e, s: {"pin": Pin("E0" if e.id != "E0" else "E1")}),
    (Broken.window, lambda v, e, s: {"windows": (Window(s.start_s + 1, s.start_s + 60),)}),
    (Broken.window, lambda v, e, s: {"windows": (Window(s.start_s - 60, s.start_s - 1),)}),
    (Broken.too_early, lambda v, e, s: {"release_s": s.start_s + 1}),
    (Broken.arithmetic, lambda v, e, s: {"duration_by": {e.id: s.end_s - s.start_s + 60}}),
    (Broken.part, lambda v, e, s: {"parts": ()} if v.parts else {"sync": None, "skills": {"x": 1}}),
    (Broken.order, lambda v, e, s: {"after": frozenset({v.id})}),
    (Broken.crew, lambda v, e, s: {"sync": "alone and with a missing mate"}),
]


@pytest.mark.parametrize(("law", "change"), VISIT_CHANGES)
def test_a_plan_is_judged_by_the_world_as_it_is(law: Broken, change: Callable[..., dict[str, Any]]) -> None:
    problem, plan = world(1)
    for visit, engineer, stop, _ in planned(problem, plan):
        changes = change(visit, engineer, stop)
        found = laws(change_visit(problem, visit.id, **changes), plan)
        if law is Broken.crew:
            mate = replace(visit, id="mate", sync=changes["sync"], pin=None)
            left = Unassigned("mate", Reason.crew)
            spoilt = change_visit(replace(problem, visits=(*problem.visits, mate)), visit.id, **changes)
            found = laws(spoilt, replace(plan, unassigned=(*plan.unassigned, left)))
        assert (law if law is not Broken.part or visit.parts else Broken.skill) in found, visit.id


def test_an_engineers_day_is_judged_by_his_shift_his_van_and_his_certificates() -> None:
    problem, plan = world(2)
    seen: set[str] = set()
    for visit, engineer, stop, route in planned(problem, plan):
        shift = engineer.shifts[route.shift]
        shorter = replace(shift, end_s=route.end_s - 1, max_overtime_s=0)
        shifts = tuple(shorter if n == route.shift else one for n, one in enumerate(engineer.shifts))
        assert Broken.overtime in laws(change_engineer(problem, engineer.id, shifts=shifts), plan)
        later = change_engineer(problem, engineer.id, available_from_s=stop.start_s + 1)
        assert Broken.too_early in laws(later, plan)
        if any(use.depot is None for use in stop.uses):
            assert Broken.part in laws(change_engineer(problem, engineer.id, van={}), plan)
            seen.add("van")
        if visit.skills:
            old = {name: replace(held, expires_s=stop.start_s - 1) for name, held in engineer.skills.items()}
            assert Broken.skill in laws(change_engineer(problem, engineer.id, skills=old), plan)
            seen.add("expired")
        if any(one.kind is StopKind.rest for one in route.stops):
            spared = put(plan, plan.routes.index(route), stops=tuple(s for s in route.stops if s.ref))
            assert Broken.break_missing in laws(problem, spared)
            seen.add("break")
    assert seen == {"van", "expired", "break"}


def test_a_depot_is_judged_by_its_hours_and_its_stock() -> None:
    problem, plan = world(0)
    calls = [stop for _, _, stop in every_stop(plan) if stop.kind is StopKind.depot]
    assert calls
    for stop in calls:
        for law, changes in (
            (Broken.depot_closed, {"windows": (Window(stop.start_s + 1, stop.start_s + 9),)}),
            (Broken.stock, {"stock": {}}),
            (Broken.arithmetic, {"handling_s": 601}),
        ):
            stores = tuple(replace(d, **changes) if d.id == stop.ref else d for d in problem.depots)
            assert law in laws(replace(problem, depots=stores), plan)


def test_travel_rates_and_headrooms_are_worked_out_again() -> None:
    problem, plan = world(3)
    way = problem.travel.metres.rows()
    longer = replace(problem.travel, metres=Matrix.of([[cell + 1 if cell else 0 for cell in row] for row in way]))
    assert laws(replace(problem, travel=longer), plan) >= {Broken.arithmetic}
    slower = tuple(Matrix.of([[c + 9 if c else 0 for c in row] for row in m.rows()]) for m in problem.travel.seconds)
    travel = replace(problem.travel, seconds=slower)
    assert laws(replace(problem, travel=travel), plan) >= {Broken.too_early, Broken.arithmetic, Broken.cost}
    assert laws(replace(problem, rates=replace(problem.rates, distance_fen_km=36)), plan) == {Broken.cost}
    assert laws(replace(problem, now_s=problem.now_s + 3600), plan) >= {Broken.too_early}


def test_work_under_way_stays_where_it_is() -> None:
    problem, plan = world(4)
    frozen = [visit for visit in problem.visits if visit.pin and visit.pin.frozen]
    assert frozen
    for visit in frozen:
        for n, place, stop in every_stop(plan):
            if stop.ref == visit.id:
                gone = put_stop(plan, n, place)
                left = Unassigned(visit.id, Reason.no_time)
                assert Broken.frozen in laws(problem, replace(gone, unassigned=(*plan.unassigned, left)))
                if place + 1 < len(plan.routes[n].stops):
                    stops = list(plan.routes[n].stops)
                    stops[place], stops[place + 1] = stops[place + 1], stops[place]
                    later = put(plan, n, stops=tuple(stops))
                    rest_first = stops[place].kind is StopKind.rest
                    assert rest_first or Broken.frozen in laws(problem, later)


@pytest.mark.parametrize("odd", [None, 7, "plan", {"routes": []}])
def test_the_checker_answers_a_plan_of_any_form(odd: Any) -> None:
    problem, plan = world(0)
    assert [one.law for one in violations(problem, replace(plan, routes=odd))] == [Broken.bad_form]
    assert [one.law for one in violations(problem, odd)] == [Broken.bad_form]


def test_a_day_told_from_another_beginning_is_as_legal_and_as_dear() -> None:
    """Nothing is special about instant 0: before it clocks run as after it."""
    problem, plan = world(3)

    def moved(stop: Stop, by_s: int) -> Stop:
        return replace(stop, arrive_s=stop.arrive_s + by_s, start_s=stop.start_s + by_s, end_s=stop.end_s + by_s)

    for by_s in (-(10**5), -40_000, 10**6):
        routes = tuple(
            replace(one, end_s=one.end_s + by_s, stops=tuple(moved(stop, by_s) for stop in one.stops))
            for one in plan.routes
        )
        assert violations(later(problem, by_s), replace(plan, routes=routes)) == []
