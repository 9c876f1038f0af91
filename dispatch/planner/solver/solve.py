"""`solve`: the cheapest plan found in a budget, with its reasons, its price by term and what is proven of it.

Imports OR-Tools through `partition` and `routing`; a web process asks `child` instead, which runs this in a process of its own.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Final

from dispatch.planner.solver import exhaust
from dispatch.planner.solver.assemble import plan_of
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.cost import Priced, Pricer
from dispatch.planner.solver.explain import explanations, reasons
from dispatch.planner.solver.greedy import greedy_state, squeeze_in, tied_state
from dispatch.planner.solver.hunting import Pace, hunted
from dispatch.planner.solver.intake import check_problem
from dispatch.planner.solver.kernel.ask import questions
from dispatch.planner.solver.kernel.compiled import AVAILABLE
from dispatch.planner.solver.margins import margins
from dispatch.planner.solver.model import Model
from dispatch.planner.solver.partition import Effort
from dispatch.planner.solver.plan import Notes, Plan
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.recombine import chosen_state
from dispatch.planner.solver.replay import state_of, untear
from dispatch.planner.solver.routing.routed import routed_state
from dispatch.planner.solver.state import State
from dispatch.planner.solver.ties import groups, retie
from dispatch.planner.solver.together import squeeze_groups_in

# The end of a plan takes about so many times what laying the problem out takes, as measured at 50, 200 and 1,000 visits:
ASKING: Final = 1.0  # laying the plan down to be asked about
REASONS: Final = 2.0  # that, saying why some visits are left out, and putting it all together
NEXT_BEST: Final = 0.002  # for each visit: saying who else could go ...
NEXT_BEST_SHARE: Final = 0.1  # ... which is left to whoever opens a visit if it would take more of the time
TIGHTENING: Final = 2.0  # laying it out again, where work is tied
SIMPLE: Final = 10.0  # the simple plan, which is made first unless ...
SIMPLE_SHARE: Final = 0.5  # ... it would take more of the time
LATE_S: Final = 0.05  # a plan may be so much later than asked, rather than say nothing
ENDING_SHARE: Final = 0.5  # of the time is the most that is kept for the end
MARGINS_SHARE: Final = 0.03  # of the time may go into marginal prices ...
MARGINS_LAID: Final = 2.0  # ... for which the problem is laid out again
LEGS: Final = (0.8, 1.0)  # when set partitioning and ties have their say, where work is tied; else the choice is last
TIE_TURNS: Final = 60  # so often crews and orders of work are placed anew in a small problem
SIMPLE_VISITS: Final = 400  # up to so many the simple plan is made first; beyond, only crews and orders of work


def solve(problem: Problem, budget: Budget, start: Plan | None = None) -> Plan:
    """The cheapest plan found; never dearer than `start` where its routes can still be driven. Refuses nonsense.

    With `budget.rounds` the same problem and seed give the same plan, unless the time runs out first. Where laying the
    problem out takes longer than the time there is, the plan is what is found at once.
    """
    began = time.monotonic()
    check_problem(problem)
    standing = None if start is None else state_of(problem, start)
    model = Model(problem) if standing is None else standing.model
    laid_s = time.monotonic() - began
    state, notes = standing, Notes(method="ruin and recreate + set partitioning", seed=budget.seed)
    if state is None:
        simple = _may_be_simple(model, budget, laid_s)
        state = (greedy_state if simple else tied_state)(model, Pricer(model))
        notes = replace(notes, greedy_fen=state.total if simple else None)
    pace = Pace(budget, keep_s=time.monotonic() - began + _ending_s(model, budget, laid_s))
    if exhaust.few_enough(state.model):
        best, notes = _small(state, notes, pace)
    elif AVAILABLE:
        best, notes = hunted(state, pace, notes, LEGS)
    else:
        best, notes = _routed(state, notes, pace)
    squeeze_in(best, pace.left_s)
    best = squeeze_groups_in(best, pace.left_s)
    until = began + budget.time_s
    if groups(best.model):
        best = _tightened(problem, best)
        # Tied work no longer holds the hours that the search gave it.
        squeeze_in(best, lambda: until - time.monotonic())
        untear(best)
    if notes.pool_bound_fen is not None:
        notes = replace(notes, pool_bound_fen=min(notes.pool_bound_fen, best.total))
    plan = _told(best, notes, until + LATE_S, laid_s)
    left_s = min(MARGINS_SHARE * budget.time_s, until - time.monotonic())
    if left_s > MARGINS_LAID * laid_s and len(problem.visits) <= SIMPLE_VISITS:
        plan = replace(plan, margins=margins(problem, plan, left_s))
    return replace(plan, notes=replace(notes, elapsed_ms=round((time.monotonic() - began) * 1000)))


def _may_be_simple(model: Model, budget: Budget, laid_s: float) -> bool:
    """Whether there is time to make the simple plan first; without machine code there is no other way to begin."""
    if not AVAILABLE or len(model.calls) > SIMPLE_VISITS:
        return not AVAILABLE
    return budget.rounds is not None or SIMPLE * laid_s <= SIMPLE_SHARE * budget.time_s


def _ending_s(model: Model, budget: Budget, laid_s: float) -> float:
    """What the end of the plan takes of the time, told by what laying the problem out took on this machine."""
    kept = REASONS * laid_s
    next_best_s = NEXT_BEST * len(model.calls) * laid_s
    if next_best_s <= NEXT_BEST_SHARE * budget.time_s:
        kept += next_best_s
    if groups(model):
        kept += TIGHTENING * laid_s
    if len(model.calls) <= SIMPLE_VISITS:
        kept += MARGINS_SHARE * budget.time_s
    return min(kept, ENDING_SHARE * budget.time_s)


def _told(best: State, notes: Notes, until: float, laid_s: float) -> Plan:
    """The plan of a state with as many words as there is time for; the rest of what it leaves out only waits."""

    def left_s() -> float:
        return until - time.monotonic()

    asked = None
    if exhaust.few_enough(best.model):
        until = math.inf
    elif left_s() > ASKING * laid_s:
        asked = questions(best)
    else:
        until = -math.inf
    plan = plan_of(best, reasons(best, asked, left_s), notes)
    if left_s() < NEXT_BEST * len(best.model.calls) * laid_s:
        return plan
    return replace(plan, explanations=explanations(best, asked, left_s))


def _tightened(problem: Problem, best: State) -> State:
    """The same routes with crews and orders of work judged by the hours they have now.

    The search kept the hours the simple plan gave them; work that follows other work may since begin earlier.
    """
    while True:
        standing = state_of(problem, plan_of(best, (), Notes()))
        if standing.left != best.left or standing.total > best.total:
            return best
        if standing.total == best.total:
            return standing
        best = standing


def _small(start: State, notes: Notes, pace: Pace) -> tuple[State, Notes]:
    """All orders priced, the best choice of them proven."""
    model = start.model
    thorough = Pricer(model, thorough=True)
    state = start.copy()
    state.pricer = thorough
    routes = list(start.routes)
    if exhaust.shared_headroom(model):
        routes.extend(exhaust.every_route(state))
    else:
        cheapest: dict[tuple[object, ...], Priced] = {}
        for route in exhaust.every_route(state):
            key = (route.duty, frozenset(route.visits), route.takes)
            if key not in cheapest or thorough.own_fen(route) < thorough.own_fen(cheapest[key]):
                cheapest[key] = route
        routes.extend(cheapest.values())
    best, chosen = chosen_state(start, routes, Effort(max(1.0, pace.left_s()), pace.budget.seed))
    best = retie(best, pace.budget.seed, lambda done: done < TIE_TURNS)
    proven = chosen.optimal and exhaust.proves(model)
    return best, replace(
        notes,
        method="every route + set partitioning",
        pool=len(routes),
        partition_gain_fen=start.total - best.total,
        pool_bound_fen=chosen.bound_fen,
        bound_fen=chosen.bound_fen if proven else None,
        optimal=proven,
    )


def _routed(start: State, notes: Notes, pace: Pace) -> tuple[State, Notes]:
    """What OR-Tools routing finds where no machine code can be made; the start if that is cheaper."""
    found = routed_state(start.model.problem, replace(pace.budget, time_s=pace.left_s()))
    notes = replace(notes, method="OR-Tools routing")
    return (found, notes) if found is not None and found.total < start.total else (start, notes)
