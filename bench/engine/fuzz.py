"""Mornings that go on changing: after every change a new plan, which the independent checker must not fault (P41).

The mornings are the tests' own, with every twist that a problem can have. Calls come and are withdrawn, somebody is
late, ill or not at home, roads slow down: the standing plan takes that in and is repaired. Now and then time passes –
what has been done is gone, what is under way is pinned, a store sells a piece – and the day is planned anew.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from bench.engine.frame import Result
from dispatch.planner.solver import events
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.events import Cancelled, Event, NoShow, Overrun, Roads, Sick, Traffic, UrgentCall
from dispatch.planner.solver.intake import findings
from dispatch.planner.solver.live import Standing
from dispatch.planner.solver.plan import Plan, StopKind
from dispatch.planner.solver.problem import Engineer, Incumbent, Matrix, Pin, Problem, Visit, Window
from dispatch.planner.solver.solve import solve
from dispatch.planner.solver.turn import turn
from tests.dispatch.planner.twists import any_problem, traits

CHANGES: Final = 10  # to one morning before the next begins
ANEW: Final = 4  # after so many changes time passes, and the day is planned anew
ROUNDS: Final = 8
LARGE: Final = 25  # one morning in so many is a large one
SEARCHED: Final = 40  # one morning in so many is planned by all that `solve` knows
MOVE_FEN: Final = 15_00


@dataclass(slots=True)
class Tally:
    """What was tried and what went wrong."""

    replans: int = 0
    refused: int = 0
    left_out: int = 0
    wrong: list[str] = field(default_factory=list)
    tried: Counter[str] = field(default_factory=Counter)

    def judge(self, what: str, problem: Problem, plan: Plan) -> None:
        """Counts one plan, and what the checker finds wrong with it or with its price."""
        self.replans += 1
        self.left_out += len(plan.unassigned)
        self.tried.update(made_of(problem, plan))
        if broken := violations(problem, plan):
            self.wrong.append(f"{what}: {broken[0]}"[:300])


def replans(*, instance: str, first: int, count: int, seed: int) -> Result:
    """So many plans after changes, from the first-th morning on; `instance` only names the cell."""
    del instance, seed
    tally, number, began = Tally(), first, time.monotonic()
    while tally.replans < count:
        try:
            for step in morning(number, tally):
                tally.tried[step] += 1
        except Exception as error:  # whatever broke, the finding is this morning
            tally.replans += 1
            tally.wrong.append(f"morning {number}: {type(error).__name__} {error}"[:300])
        number += 1
    return {
        "replans": tally.replans,
        "mornings": number - first,
        "refused": tally.refused,
        "left_out": tally.left_out,
        "wrong": len(tally.wrong),
        "first_wrong": tally.wrong[:5],
        "tried": dict(sorted(tally.tried.items())),
        "ms_each": round(1000 * (time.monotonic() - began) / tally.replans, 1),
    }


def morning(number: int, tally: Tally) -> Iterator[str]:
    """Plans one changing morning, judges every plan into `tally`, and tells each step by name."""
    draw = random.Random(number)
    large = number % LARGE == 0
    visits, engineers = (
        (draw.randrange(20, 40), draw.randrange(5, 9)) if large else (draw.randrange(6, 13), draw.randrange(2, 5))
    )
    problem = any_problem(number, visits=visits, engineers=engineers)
    if next(findings(problem), None) is not None:
        tally.refused += 1
        return
    tally.tried.update(f"day: {trait}" for trait in traits(problem))
    standing, searched = None, number % SEARCHED == 1
    for step in range(CHANGES + 1):
        what = f"morning {number}, change {step}"
        if standing is None or step % ANEW == 0:
            if standing is not None:
                problem = changed(standing.problem, standing.plan(""), draw)
                if next(findings(problem), None) is not None:
                    tally.refused += 1
                    return
            budget = Budget(time_s=2.0, rounds=ROUNDS, seed=number + step)
            plan = solve(problem, budget) if searched else turn(problem, budget, None)
            tally.judge(what, problem, plan)
            standing = Standing(problem, plan)
            yield "step: planned anew"
            continue
        event = surprise(standing.problem, draw)
        if event is None or next(findings(events.after(standing.problem, event)), None) is not None:
            continue
        plan = standing.happened(event)
        tally.judge(f"{what}, {type(event).__name__}", standing.problem, plan)
        yield f"step: {type(event).__name__}"
        if draw.random() < 0.5:
            plan = standing.repaired(Budget(time_s=2.0, rounds=ROUNDS, seed=number + step))
            tally.judge(f"{what}, repaired", standing.problem, plan)
            yield "step: repaired"


def made_of(problem: Problem, plan: Plan) -> Iterator[str]:
    """What the plan has of all that a plan can have."""
    stops = [stop for route in plan.routes for stop in route.stops]
    known = {visit.id: visit for visit in problem.visits}
    done = [known[stop.ref] for stop in stops if stop.kind is StopKind.visit]
    has = {
        "break": any(stop.kind is StopKind.rest for stop in stops),
        "store call": any(stop.kind is StopKind.depot for stop in stops),
        "van piece": any(use.depot is None for stop in stops for use in stop.uses),
        "crew": any(visit.sync for visit in done),
        "order of work": any(visit.after for visit in done),
        "frozen stop": any(visit.pin and visit.pin.frozen for visit in done),
        "headroom used up": sum(route.cost.late for route in plan.routes) > plan.cost.late,
    }
    terms = (term for term, fen in plan.cost.by_term().items() if fen)
    return (f"plan: {name}" for name in (*(name for name, so in has.items() if so), *terms))


def surprise(problem: Problem, draw: random.Random) -> Event | None:
    """Something that happens on this day; nothing where there is nobody to whom it could."""
    if not problem.visits:
        return None
    visit, who = draw.choice(problem.visits), draw.choice(problem.engineers).id
    match draw.randrange(8):
        case 0:
            return Cancelled(visit.id)
        case 1:
            return Overrun(who, problem.now_s + draw.randrange(600, 7200))
        case 2:
            begin = problem.now_s + draw.randrange(0, 3600)
            return Traffic(draw.choice((80, 130, 200)), begin, begin + draw.randrange(600, 10_800))
        case 3:
            return Sick(who)
        case 4:
            begin = problem.now_s + draw.randrange(0, 4 * 3600)
            return NoShow(visit.id, draw.choice(((), (Window(begin, begin + 3600),))))
    return UrgentCall(_call(problem, visit, draw), draw.choice((None, _roads_like(problem, visit.location))))


def _roads_like(problem: Problem, place: int) -> Roads:
    """A new place where this one is."""
    travel = problem.travel

    def out(table: Matrix) -> tuple[int, ...]:
        return tuple(table.cell(place, there) for there in range(table.size))

    def back(table: Matrix) -> tuple[int, ...]:
        return tuple(table.cell(there, place) for there in range(table.size))

    tables = travel.seconds
    return Roads(out(travel.metres), back(travel.metres), tuple(map(out, tables)), tuple(map(back, tables)))


def changed(problem: Problem, plan: Plan, draw: random.Random) -> Problem:
    """The same day some minutes later, with one surprise more that no event tells."""
    later = after(problem, plan, problem.now_s + draw.randrange(0, 2400))
    return draw.choice((_sold, _slow, _called, _sent_home))(later, draw)


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


def _called(problem: Problem, draw: random.Random) -> Problem:
    if not problem.visits:
        return problem
    return replace(problem, visits=(*problem.visits, _call(problem, draw.choice(problem.visits), draw)))


def _call(problem: Problem, like: Visit, draw: random.Random) -> Visit:
    """A call like this visit, now; tied to nothing, or following another one."""
    other = draw.choice(problem.visits)
    return replace(
        like,
        id=f"{like.id}+{draw.randrange(10**6)}",
        release_s=problem.now_s,
        commitments=tuple(replace(one, due_s=problem.now_s + 4 * 3600) for one in like.commitments),
        pin=None,
        sync=None,
        after=frozenset({other.id}) if draw.random() < 0.1 else frozenset(),
        incumbent=None,
    )


def _sent_home(problem: Problem, draw: random.Random) -> Problem:
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
