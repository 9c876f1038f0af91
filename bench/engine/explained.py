"""Every visit left out has a reason and a cure, and the cure is tried on the problem itself (R6).

One rule is lifted in the problem, the visit is put into the plan by hand, and the independent checker says whether that
is legal and costs what the remedy promised.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from bench.engine import fs
from bench.engine.frame import Result
from dispatch.planner.solver.assemble import plan_of
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import price, violations
from dispatch.planner.solver.explain import Cured, unassigned
from dispatch.planner.solver.kernel.ask import questions
from dispatch.planner.solver.lift import MORE_OVERTIME_S, following
from dispatch.planner.solver.plan import Cure, Plan, Unassigned
from dispatch.planner.solver.problem import Problem, Shift, Visit
from dispatch.planner.solver.replay import state_of
from dispatch.planner.solver.solve import solve
from dispatch.planner.solver.together import group_of, with_group
from tests.dispatch.planner.cases import random_problem

FOR_ALL: Final = (Cure.allow_overtime, Cure.release_standby)  # lifted for every shift at once
NEVER: Final = Cure.wait_for_part  # nothing to try today


def short_handed(*, instance: str, engineers: int, seconds: float, seed: int) -> Result:
    """A day for which there are too few engineers: milliseconds for each visit left out, remedies that hold."""
    problem = with_fewer(fs.problem_of(fs.instance(instance)), engineers)
    return _tried([problem], seconds, seed)


def any_morning(*, instance: str, first: int, count: int, seconds: float, seed: int) -> Result:
    """The same on small mornings with everything a problem can say; `instance` only names the cell."""
    del instance
    mornings = (random_problem(number, visits=16, engineers=2) for number in range(first, first + count))
    return _tried(mornings, seconds, seed)


def with_fewer(problem: Problem, engineers: int) -> Problem:
    """Only the first so many engineers, and nothing that names another."""
    kept = problem.engineers[:engineers]
    names = {one.id for one in kept}
    visits = (
        replace(
            visit,
            preferred=visit.preferred & names,
            barred=visit.barred & names,
            pin=visit.pin if visit.pin and visit.pin.engineer in names else None,
        )
        for visit in problem.visits
    )
    return replace(problem, engineers=kept, visits=tuple(visits))


def _tried(problems: Iterable[Problem], seconds: float, seed: int) -> Result:
    took_ms: list[float] = []
    reasons: dict[str, int] = {}
    cures: dict[str, int] = {}
    wrong: list[str] = []
    for problem in problems:
        plan = solve(problem, Budget(time_s=seconds, seed=seed))
        state = state_of(problem, plan)
        began = time.perf_counter()
        asked = questions(state)
        laying_ms = 1000 * (time.perf_counter() - began) / max(1, len(state.left))  # shared by all that are left out
        cured: Cured = {}
        for visit in sorted(state.left):
            began = time.perf_counter()
            said = unassigned(state, visit, asked, cured)
            took_ms.append(laying_ms + 1000 * (time.perf_counter() - began))
            reasons[said.reason] = reasons.get(said.reason, 0) + 1
            cure = str(said.remedy.cure) if said.remedy else "none"
            cures[cure] = cures.get(cure, 0) + 1
            if why := _refuted(problem, plan, said):
                wrong.append(f"{said.visit}: {why}")
    took_ms.sort()
    return {
        "left_out": len(took_ms),
        "p50_ms": round(took_ms[len(took_ms) // 2], 2) if took_ms else 0.0,
        "p95_ms": round(took_ms[int(0.95 * len(took_ms))], 2) if took_ms else 0.0,
        "worst_ms": round(took_ms[-1], 2) if took_ms else 0.0,
        "reasons": reasons,
        "cures": cures,
        "wrong": wrong[:10],
        "wrong_remedies": len(wrong),
    }


def _refuted(problem: Problem, plan: Plan, said: Unassigned) -> str:
    """Why the remedy does not hold; empty when it does, or when there is nothing to try."""
    remedy = said.remedy
    if remedy is None or NEVER in (remedy.cure, *remedy.detail.get("also", "").split()) or remedy.engineer is None:
        return ""
    cures = [remedy.cure, *map(Cure, remedy.detail.get("also", "").split())]
    names = [said.visit, *remedy.detail.get("with", "").split()]
    lifted = problem
    for cure in cures:
        for name in names[:1] if cure in FOR_ALL else names:
            lifted = _lifted(lifted, next(one for one in lifted.visits if one.id == name), cure)
    cured = _with(lifted, plan, said.visit, remedy.engineer) if len(names) == 1 else _with_all(lifted, plan, names)
    if cured is None:
        return f"{remedy.cure}: cannot be done"
    if broken := violations(lifted, cured):
        return f"{remedy.cure}: {broken[0]}"
    courier = sum(want.qty for one in problem.visits if one.id in names for want in one.parts)
    surcharge = courier * (problem.rates.courier_fen or 0) if Cure.courier_part in cures else 0
    left_out = sum(one.unassigned_fen for one in problem.visits if one.id in names)
    extra = price(lifted, cured).total - price(lifted, plan).total + left_out + surcharge
    return "" if extra == remedy.extra_fen else f"{remedy.cure}: promised {remedy.extra_fen}, is {extra}"


def _with(problem: Problem, plan: Plan, visit: str, engineer: str) -> Plan | None:
    """The plan with the visit where it costs this engineer least; nobody else's reasons are looked for again."""
    state = state_of(problem, plan)
    state = following(state, state.model.visit_index[visit])
    model, index = state.model, state.model.visit_index[visit]
    ways = [
        way
        for duty in model.duties_of[model.engineer_index[engineer]]
        if model.may_serve(duty, index)
        for place in range(len(model.duties[duty].frozen), len(state.routes[duty].visits) + 1)
        for visits in [state.routes[duty].visits]
        if (way := state.option(duty, (*visits[:place], index, *visits[place:]))) is not None
    ]
    if not ways:
        return None
    found = min(ways, key=lambda way: way[0])
    state.put(found[1])
    return plan_of(state, tuple(one for one in plan.unassigned if one.visit != visit), plan.notes)


def _with_all(problem: Problem, plan: Plan, visits: list[str]) -> Plan | None:
    """The plan with a whole group in it."""
    state = state_of(problem, plan)
    after = with_group(state, group_of(state, state.model.visit_index[visits[0]]))
    left = tuple(one for one in plan.unassigned if one.visit not in visits)
    return None if after is None else plan_of(after, left, plan.notes)


def _lifted(problem: Problem, visit: Visit, cure: Cure) -> Problem:
    """The problem without the one rule that the cure lifts."""
    changed = visit
    if cure is Cure.allow_overtime:
        return _with_shifts(problem, lambda one: replace(one, max_overtime_s=one.max_overtime_s + MORE_OVERTIME_S))
    if cure is Cure.release_standby:
        return _with_shifts(problem, lambda one: replace(one, standby=None))
    if cure is Cure.move_window:
        changed = replace(visit, windows=())
    elif cure is Cure.courier_part:
        changed = replace(visit, parts=())
    elif cure is Cure.waive_skill:
        changed = replace(visit, skills={})
    elif cure is Cure.waive_bar:
        changed = replace(visit, barred=frozenset(), pin=None)
    elif cure is Cure.waive_preference:
        changed = replace(visit, preferred=frozenset())
    elif cure is Cure.split_crew:
        changed = replace(visit, sync=None)
    elif cure is Cure.waive_order:
        changed = replace(visit, after=frozenset())
    visits = tuple(changed if one.id == visit.id else one for one in problem.visits)
    return replace(problem, visits=visits)


def _with_shifts(problem: Problem, change: Callable[[Shift], Shift]) -> Problem:
    engineers = (replace(one, shifts=tuple(map(change, one.shifts))) for one in problem.engineers)
    return replace(problem, engineers=tuple(engineers))
