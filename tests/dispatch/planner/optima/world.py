"""A world small enough to reckon by hand: one road, a minute of driving from each place to the next, ¥1 a minute.

Days begin at nine. A visit stands at a place, takes half an hour and costs ¥1,000 to leave out unless said otherwise;
routes end anywhere unless an engineer has a `home`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import price, violations
from dispatch.planner.solver.insert import greedy_plan
from dispatch.planner.solver.problem import (
    Break,
    Commitment,
    Counting,
    Depot,
    Engineer,
    Judged,
    LatePrice,
    Matrix,
    Problem,
    Rates,
    Shift,
    Skill,
    Travel,
    Visit,
    Want,
    Window,
)
from dispatch.planner.solver.solve import solve
from tests.dispatch.planner.cases import MINUTE, NINE, START, at
from tests.dispatch.planner.oracle import cheapest_by_trying_everything

ROAD = 101  # places
DRIVE = Matrix.of([[abs(here - there) * MINUTE for there in range(ROAD)] for here in range(ROAD)])
SLOW = Matrix.of([[abs(here - there) * 2 * MINUTE for there in range(ROAD)] for here in range(ROAD)])
METRES = Matrix.of([[abs(here - there) * 1000 for there in range(ROAD)] for here in range(ROAD)])
BUDGET = Budget(time_s=5.0, rounds=150)


@dataclass(frozen=True, slots=True)
class Case:
    """A world, what its cheapest plan costs, and the sentence that proves it by hand."""

    name: str
    yuan: int
    why: str
    problem: Problem


def shift(place: int, *, start: int = NINE, end: int = at(18), home: int | None = None, **more: Any) -> Shift:
    """A stretch of duty from a place."""
    return Shift(start, end, place, home, **more)


def man(name: str, *shifts: Shift | int, **more: Any) -> Engineer:
    """An engineer; a bare place stands for an ordinary day from there."""
    return Engineer(name, tuple(shift(one) if isinstance(one, int) else one for one in shifts), **more)


def job(name: str, place: int, minutes: int = 30, *, left: int = 1000, **more: Any) -> Visit:
    """A visit."""
    return Visit(name, place, minutes * MINUTE, left * 100, **more)


def due(
    instant: int,
    hour: int = 0,
    *,
    once: int = 0,
    cap: int | None = None,
    counting: Counting = Counting.started,
    grace: int = 0,
    shared: str | None = None,
    at_end: bool = False,
) -> tuple[Commitment, ...]:
    """Late after `instant`: `once` yuan and `hour` yuan an hour, both zero meaning ¥100 an hour begun."""
    if hour == once == 0:
        hour = 100
    clause = LatePrice(
        fixed_fen=once * 100,
        per_unit_fen=hour * 100,
        counting=counting,
        grace_s=grace * MINUTE,
        cap_fen=None if cap is None else cap * 100,
        cap=shared,
    )
    return (Commitment(instant, clause, Judged.end if at_end else Judged.begin),)


def between(start: int, end: int) -> tuple[Window, ...]:
    """Service may begin from `start` to `end`."""
    return (Window(start, end),)


def rest(start: int, latest: int, minutes: int) -> tuple[Break, ...]:
    """A break that begins from `start` to `latest`."""
    return (Break(start, latest, minutes * MINUTE),)


def needs(*parts: str, or_else: str = "") -> tuple[Want, ...]:
    """One piece of each part; `or_else` will do as well."""
    return tuple(Want(part, 1, (part, or_else) if or_else else (part,)) for part in parts)


def store(name: str, place: int, stock: dict[str, int], minutes: int = 0, **more: Any) -> Depot:
    """A depot."""
    return Depot(name, place, minutes * MINUTE, stock, **more)


def holds(level: int = 1, *, until: int | None = None) -> dict[str, Skill]:
    """The one skill of this world."""
    return {"net": Skill(level, until)}


def wants_skill(level: int = 1) -> dict[str, int]:
    """What a visit asks of it."""
    return {"net": level}


def day(
    people: tuple[Engineer, ...],
    jobs: tuple[Visit, ...],
    *stores: Depot,
    overtime: int = 60,
    km: int = 0,
    travel: Travel | None = None,
    now: int = NINE,
    caps: dict[str, int] | None = None,
) -> Problem:
    """The task; `overtime` is yuan an hour, `km` fen a kilometre (which is one place), `caps` yuan."""
    return Problem(
        START,
        now,
        travel or Travel(METRES, (DRIVE,)),
        Rates(60_00, km, overtime * 100),
        people,
        jobs,
        stores,
        {name: yuan * 100 for name, yuan in (caps or {}).items()},
    )


def assert_known(case: Case) -> None:
    """Hand, enumeration, engine and checker name the same figure; the simple plan is legal and no cheaper."""
    problem = case.problem
    assert cheapest_by_trying_everything(problem).cost.total == case.yuan * 100, case.why
    simple = greedy_plan(problem)
    assert violations(problem, simple) == []
    assert simple.cost.total >= case.yuan * 100
    plan = solve(problem, BUDGET)
    assert violations(problem, plan) == []
    assert price(problem, plan) == plan.cost
    assert plan.notes.bound_fen is None or plan.notes.bound_fen == case.yuan * 100
    assert plan.cost.total == case.yuan * 100, case.why
