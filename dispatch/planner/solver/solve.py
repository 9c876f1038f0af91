"""`solve`: the cheapest plan found in a budget, with its reasons, its price by term and what is proven of it.

Imports OR-Tools through `partition`; a web process asks `child` instead, which runs this in a process of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from dispatch.planner.solver import exhaust
from dispatch.planner.solver.assemble import plan_of
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.cost import Priced, Pricer
from dispatch.planner.solver.explain import explanations, reasons
from dispatch.planner.solver.greedy import greedy_state, squeeze_in, tied_state
from dispatch.planner.solver.intake import check_problem
from dispatch.planner.solver.kernel.ask import questions
from dispatch.planner.solver.kernel.compiled import AVAILABLE
from dispatch.planner.solver.kernel.hunt import Hunt, SplitSource
from dispatch.planner.solver.model import Model
from dispatch.planner.solver.partition import Effort
from dispatch.planner.solver.plan import Notes, Plan
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.recombine import chosen_rows, chosen_state
from dispatch.planner.solver.replay import state_of
from dispatch.planner.solver.routing.routed import routed_state
from dispatch.planner.solver.state import State
from dispatch.planner.solver.ties import groups, hours_of, put_hours, retie

EXPLAIN_SHARE: Final = 0.03  # of the time is kept for reasons and for putting the answer together
LEGS: Final = (0.7, 0.85, 1.0)  # when search and set partitioning take turns, as shares of the time
CHOICE_SHARE: Final = 0.05  # of the time is set partitioning's in each leg
HOT: Final = 8.0  # times the mean price of a visit: what a round may cost at the start
COLD: Final = 0.05
TIE_TURNS: Final = 20  # so often crews and orders of work are placed anew, three times in each search
SIMPLE_VISITS: Final = 400  # up to so many the simple plan is made first; beyond, only crews and orders of work


class _Clock:
    def __init__(self, budget: Budget) -> None:
        self.began = time.monotonic()
        self.whole = max(0.01, budget.time_s * (1 - EXPLAIN_SHARE))

    def used(self) -> float:
        return (time.monotonic() - self.began) / self.whole

    def share(self, rounds: int | None, before: int) -> Callable[[int], float]:
        """The share of the budget used: by rounds where they are counted, so that it can be repeated, else by time.

        `before` rounds were done by earlier searches.
        """

        def used(done: int) -> float:
            by_time = self.used()
            return by_time if rounds is None else 1.0 if by_time >= 1.0 else (before + done) / rounds

        return used

    def left_s(self) -> float:
        return max(0.0, self.whole - (time.monotonic() - self.began))


def solve(problem: Problem, budget: Budget, start: Plan | None = None) -> Plan:
    """The cheapest plan found; never dearer than `start` where its routes can still be driven. Refuses nonsense.

    With `budget.rounds` the same problem and seed give the same plan, unless the time runs out first.
    """
    check_problem(problem)
    clock = _Clock(budget)
    state = _first(problem, start)
    notes = Notes(method="ruin and recreate + set partitioning", seed=budget.seed)
    if len(problem.visits) <= SIMPLE_VISITS:
        notes = replace(notes, greedy_fen=state.total)
    if exhaust.few_enough(state.model):
        best, notes = _small(state, notes, clock, budget)
    elif AVAILABLE:
        best, notes = _large(state, notes, clock, budget)
    else:
        best, notes = _routed(state, notes, clock, budget)
    squeeze_in(best, clock.left_s)
    best = _tightened(problem, best)
    if notes.pool_bound_fen is not None:
        notes = replace(notes, pool_bound_fen=min(notes.pool_bound_fen, best.total))
    asked = None if exhaust.few_enough(best.model) else questions(best)
    plan = replace(plan_of(best, reasons(best, asked), notes), explanations=explanations(best, asked))
    return replace(plan, notes=replace(notes, elapsed_ms=int((time.monotonic() - clock.began) * 1000)))


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


def _small(start: State, notes: Notes, clock: _Clock, budget: Budget) -> tuple[State, Notes]:
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
    best, chosen = chosen_state(start, routes, Effort(max(1.0, clock.left_s()), budget.seed))
    best = retie(best, budget.seed, lambda done: done < 3 * TIE_TURNS)
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


def _large(start: State, notes: Notes, clock: _Clock, budget: Budget) -> tuple[State, Notes]:
    """Search, set partitioning and ties in turns, each going on from what the one before made better."""
    counted = budget.rounds is not None
    effort = Effort(min(4.0, max(0.05, CHOICE_SHARE * clock.whole)), budget.seed, counted=counted)
    tied = bool(groups(start.model))
    first, hours = start.copy(), hours_of(start.model)
    state, hunt = start, _hunt(start, budget.seed)
    hunt.construct()
    mean, earlier = hunt.mean_fen(), 0
    for number, leg in enumerate(LEGS):
        hunt.run(
            clock.share(budget.rounds, earlier),
            until=leg - (0.0 if counted else CHOICE_SHARE * (3 if tied else 2)),
            heat=lambda share: mean * HOT * (COLD / HOT) ** share,
            record=True,
            steady=counted,
        )
        notes = _chosen(hunt, notes, effort)
        if tied or leg == LEGS[-1]:
            state = hunt.state(state)
        if tied:
            state = retie(state, budget.seed + number, _turns(clock, leg, counted))
            if leg < LEGS[-1]:
                hunt, earlier = _hunt(state, budget.seed + number), notes.rounds
    squeeze_in(state, clock.left_s)
    if state.total <= first.total:
        return state, notes
    # What had to be taken out before the search may have found no way back.
    put_hours(first, hours)
    return first, notes


def _chosen(hunt: Hunt, notes: Notes, effort: Effort) -> Notes:
    """Lets OR-Tools choose from the rows seen; the hunt goes on from its choice if that is cheaper."""
    before = hunt.best_fen
    rows, chosen, columns = chosen_rows(hunt, effort)
    if chosen.total_fen < before:
        hunt.adopt(rows)
    return replace(
        notes,
        rounds=notes.rounds + hunt.taken(),
        pool=max(notes.pool, columns),
        partition_gain_fen=notes.partition_gain_fen + before - hunt.best_fen,
        pool_bound_fen=chosen.bound_fen,
    )


def _turns(clock: _Clock, leg: float, counted: bool) -> Callable[[int], bool]:
    """How long ties are placed anew: so many turns where work is counted, else to the end of the leg."""
    return lambda done: done < TIE_TURNS if counted else clock.used() < leg


def _hunt(start: State, seed: int) -> Hunt:
    """A hunt from this state; a visit whose pieces come from two places is taken out first, with all that is tied to it."""
    while True:
        try:
            return Hunt(start, seed)
        except SplitSource as split:
            if not start.drop(next((group for group in groups(start.model) if split.visit in group), [split.visit])):
                raise


def _routed(start: State, notes: Notes, clock: _Clock, budget: Budget) -> tuple[State, Notes]:
    """What OR-Tools routing finds where no machine code can be made; the start if that is cheaper."""
    found = routed_state(start.model.problem, replace(budget, time_s=clock.left_s()))
    notes = replace(notes, method="OR-Tools routing")
    return (found, notes) if found is not None and found.total < start.total else (start, notes)
