"""Mornings that go on changing: after every change a new plan, which the independent checker must not fault (P41).

The mornings are the tests' own, with everything a problem can say. What has been done is gone, what is under way is
pinned, calls come and are withdrawn, somebody is late, a store sells a piece.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from bench.engine.frame import Result
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.intake import findings
from dispatch.planner.solver.plan import Plan, StopKind
from dispatch.planner.solver.problem import Engineer, Incumbent, Pin, Problem, Visit
from dispatch.planner.solver.solve import solve
from tests.dispatch.planner.cases import random_problem

CHANGES = 10  # to one morning before the next begins
ROUNDS = 12
MOVE_FEN = 15_00


def replans(*, instance: str, first: int, count: int, seed: int) -> Result:
    """So many plans after changes, from the first-th morning on; `instance` only names the cell."""
    del instance, seed
    made = refused = left_out = 0
    wrong: list[str] = []
    began, number = time.monotonic(), first
    while made < count:
        for step, problem, plan in morning(number):
            if plan is None:
                refused += 1
                continue
            made += 1
            if isinstance(plan, Exception):
                wrong.append(f"morning {number}, change {step}: {type(plan).__name__} {plan}"[:300])
                continue
            left_out += len(plan.unassigned)
            if broken := violations(problem, plan):
                wrong.append(f"morning {number}, change {step}: {broken[0]}")
        number += 1
    return {
        "replans": made,
        "mornings": number - first,
        "refused": refused,
        "left_out": left_out,
        "wrong": len(wrong),
        "first_wrong": wrong[:5],
        "ms_each": round(1000 * (time.monotonic() - began) / made, 1),
    }


def morning(number: int) -> Iterator[tuple[int, Problem, Plan | Exception | None]]:
    """(change, problem, plan) of one changing morning: None for nonsense refused by name, an error where it broke."""
    draw = random.Random(number)
    problem = random_problem(number, visits=draw.randrange(8, 25), engineers=draw.randrange(2, 7))
    for step in range(CHANGES + 1):
        if next(findings(problem), None) is not None:
            yield step, problem, None
            return
        try:
            plan = solve(problem, Budget(time_s=5.0, rounds=ROUNDS, seed=number + step))
        except Exception as error:  # whatever broke, the finding is this problem
            yield step, problem, error
            return
        yield step, problem, plan
        problem = changed(problem, plan, draw)


def changed(problem: Problem, plan: Plan, draw: random.Random) -> Problem:
    """The same day some minutes later, with one surprise more."""
    later = after(problem, plan, problem.now_s + draw.randrange(0, 2400))
    surprise = draw.choice((_withdrawn, _called, _overrun, _sold, _slow, _sick))
    return surprise(later, draw)


def after(problem: Problem, plan: Plan, now_s: int) -> Problem:
    """What is left at `now_s` of a day that went by this plan: done work gone, work begun pinned, pieces used up."""
    done: set[str] = set()
    pins: dict[str, Pin] = {}
    used: dict[str, dict[str, int]] = {}
    taken: dict[tuple[str, str], int] = {}
    stands: dict[tuple[str, int], int] = {}
    place = {visit.id: visit.location for visit in problem.visits} | {d.id: d.location for d in problem.depots}
    for route in plan.routes:
        for stop in (one for one in route.stops if one.kind is not StopKind.rest and one.start_s <= now_s):
            stands[route.engineer, route.shift] = place[stop.ref]
            for use in stop.uses:
                if use.depot is None:
                    van = used.setdefault(route.engineer, {})
                    van[use.part] = van.get(use.part, 0) + use.qty
                else:
                    taken[use.depot, use.part] = taken.get((use.depot, use.part), 0) + use.qty
            if stop.kind is StopKind.visit and stop.end_s <= now_s:
                done.add(stop.ref)
            elif stop.kind is StopKind.visit:
                pins[stop.ref] = Pin(route.engineer, start_s=stop.start_s)
    whose = {stop.ref: route.engineer for route in plan.routes for stop in route.stops if stop.ref}
    visits = tuple(_later(visit, done, pins, whose) for visit in problem.visits if visit.id not in done)
    return replace(
        problem,
        now_s=now_s,
        visits=visits,
        engineers=tuple(_moved(one, used.get(one.id, {}), stands) for one in problem.engineers),
        depots=tuple(
            replace(one, stock={part: qty - taken.get((one.id, part), 0) for part, qty in one.stock.items()})
            for one in problem.depots
        ),
    )


def _later(visit: Visit, done: set[str], pins: dict[str, Pin], whose: dict[str, str]) -> Visit:
    known = visit.id in whose and visit.pin is None
    return replace(
        visit,
        after=visit.after - done,
        pin=pins.get(visit.id, visit.pin),
        incumbent=Incumbent(whose[visit.id], MOVE_FEN) if known else visit.incumbent,
    )


def _moved(engineer: Engineer, used: dict[str, int], stands: dict[tuple[str, int], int]) -> Engineer:
    shifts = tuple(
        replace(shift, start_location=stands.get((engineer.id, number), shift.start_location))
        for number, shift in enumerate(engineer.shifts)
    )
    van = {part: qty - used.get(part, 0) for part, qty in engineer.van.items()}
    return replace(engineer, shifts=shifts, van=van)


def _withdrawn(problem: Problem, draw: random.Random) -> Problem:
    if not problem.visits:
        return problem
    gone = draw.choice(problem.visits)
    visits = (replace(one, after=one.after - {gone.id}) for one in problem.visits if one.id != gone.id)
    return replace(problem, visits=tuple(visits))


def _called(problem: Problem, draw: random.Random) -> Problem:
    if not problem.visits:
        return problem
    like = draw.choice(problem.visits)
    call = replace(
        like,
        id=f"{like.id}+{draw.randrange(10**6)}",
        release_s=problem.now_s,
        commitments=tuple(replace(one, due_s=problem.now_s + 4 * 3600) for one in like.commitments),
        pin=None,
        sync=None,
        after=frozenset(),
        incumbent=None,
    )
    return replace(problem, visits=(*problem.visits, call))


def _overrun(problem: Problem, draw: random.Random) -> Problem:
    late = draw.choice(problem.engineers).id
    until = problem.now_s + draw.randrange(600, 7200)
    return _with_engineer(problem, late, lambda one: replace(one, available_from_s=until))


def _sick(problem: Problem, draw: random.Random) -> Problem:
    """He goes home after what he has in hand: no shift is long enough for anything more."""
    who = draw.choice(problem.engineers).id
    end = problem.now_s + 60

    def home(one: Engineer) -> Engineer:
        kept = tuple(s for s in one.shifts if s.start_s < problem.now_s)
        return replace(
            one, shifts=tuple(replace(s, end_s=max(s.start_s + 1, min(s.end_s, end)), max_overtime_s=0) for s in kept)
        )

    return _with_engineer(problem, who, home)


def _sold(problem: Problem, draw: random.Random) -> Problem:
    return replace(
        problem,
        depots=tuple(
            replace(one, stock={part: max(0, qty - draw.randrange(2)) for part, qty in one.stock.items()})
            for one in problem.depots
        ),
    )


def _slow(problem: Problem, draw: random.Random) -> Problem:
    """Everything takes a tenth longer than was thought."""
    del draw
    visits = (replace(one, duration_s=one.duration_s * 11 // 10) for one in problem.visits)
    return replace(problem, visits=tuple(visits))


def _with_engineer(problem: Problem, name: str, change: Callable[[Engineer], Engineer]) -> Problem:
    return replace(problem, engineers=tuple(change(e) if e.id == name else e for e in problem.engineers))
