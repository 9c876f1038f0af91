"""`solve`: the cheapest plan found in a budget, with its reasons, its price by term and what is proven of it.

Imports OR-Tools through `partition` and `routing`; a web process asks `child` instead, which runs this in a process of its own.
"""

from __future__ import annotations

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
from dispatch.planner.solver.replay import state_of
from dispatch.planner.solver.routing.routed import routed_state
from dispatch.planner.solver.state import State
from dispatch.planner.solver.ties import retie
from dispatch.planner.solver.together import squeeze_groups_in

WORDS_SHARE: Final = 0.03  # of the time is kept for reasons and for putting the answer together
MARGINS_SHARE: Final = 0.03  # of the time may go into marginal prices
LEGS: Final = (0.8, 1.0)  # when set partitioning and ties have their say
TIE_TURNS: Final = 60  # so often crews and orders of work are placed anew in a small problem
SIMPLE_VISITS: Final = 400  # up to so many the simple plan is made first; beyond, only crews and orders of work


def solve(problem: Problem, budget: Budget, start: Plan | None = None) -> Plan:
    """The cheapest plan found; never dearer than `start` where its routes can still be driven. Refuses nonsense.

    With `budget.rounds` the same problem and seed give the same plan, unless the time runs out first.
    """
    check_problem(problem)
    pace = Pace(budget, keep_s=(WORDS_SHARE + MARGINS_SHARE) * budget.time_s)
    state = _first(problem, start)
    notes = Notes(method="ruin and recreate + set partitioning", seed=budget.seed)
    if start is None and len(problem.visits) <= SIMPLE_VISITS:
        notes = replace(notes, greedy_fen=state.total)
    if exhaust.few_enough(state.model):
        best, notes = _small(state, notes, pace)
    elif AVAILABLE:
        best, notes = hunted(state, pace, notes, LEGS)
    else:
        best, notes = _routed(state, notes, pace)
    squeeze_in(best, pace.left_s)
    best = _tightened(problem, squeeze_groups_in(best, pace.left_s))
    if notes.pool_bound_fen is not None:
        notes = replace(notes, pool_bound_fen=min(notes.pool_bound_fen, best.total))
    asked = None if exhaust.few_enough(best.model) else questions(best)
    plan = replace(plan_of(best, reasons(best, asked), notes), explanations=explanations(best, asked))
    left_s = min(MARGINS_SHARE * budget.time_s, budget.time_s - pace.elapsed_ms() / 1000)
    if left_s > 0 and len(problem.visits) <= SIMPLE_VISITS:
        plan = replace(plan, margins=margins(problem, plan, left_s))
    return replace(plan, notes=replace(notes, elapsed_ms=pace.elapsed_ms()))


def _first(problem: Problem, start: Plan | None) -> State:
    """Where the search begins: a plan there is, or the simple one; ties alone where that would take seconds."""
    if start is not None:
        return state_of(problem, start)
    model = Model(problem)
    simple = greedy_state if len(problem.visits) <= SIMPLE_VISITS or not AVAILABLE else tied_state
    return simple(model, Pricer(model))


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
