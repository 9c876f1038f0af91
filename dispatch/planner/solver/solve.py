"""`solve`: the cheapest plan found in a budget, with its reasons, its price by term and what is proven of it.

Imports OR-Tools through `partition`; a web process asks `child` instead, which runs this in a process of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from dispatch.planner.solver import exhaust
from dispatch.planner.solver.assemble import plan_of
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.cost import Priced, Pricer
from dispatch.planner.solver.explain import explanations, reasons
from dispatch.planner.solver.greedy import greedy_state, squeeze_in
from dispatch.planner.solver.intake import check_problem
from dispatch.planner.solver.model import Model
from dispatch.planner.solver.partition import Choice, Chosen, Column, Effort, choose
from dispatch.planner.solver.plan import Notes, Plan
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.replay import state_of
from dispatch.planner.solver.search import Search
from dispatch.planner.solver.state import State

EXPLAIN_SHARE: Final = 0.08  # of the time is kept for reasons and for putting the answer together
LEGS: Final = 3  # search and set partitioning take turns so many times


class _Clock:
    def __init__(self, budget: Budget) -> None:
        self.began = time.monotonic()
        self.whole = max(0.01, budget.time_s * (1 - EXPLAIN_SHARE))

    def used(self) -> float:
        return (time.monotonic() - self.began) / self.whole

    def share(self, rounds: int | None) -> Callable[[int], float]:
        """The share of the budget used: by rounds where they are counted, so that it can be repeated, else by time."""

        def used(done: int) -> float:
            by_time = self.used()
            return by_time if rounds is None else 1.0 if by_time >= 1.0 else done / rounds

        return used

    def left_s(self) -> float:
        return max(0.0, self.whole - (time.monotonic() - self.began))


def solve(problem: Problem, budget: Budget) -> Plan:
    """The cheapest plan found; never dearer than the greedy one. Raises ProblemRefused for nonsense.

    With `budget.rounds` the same problem and seed give the same plan, unless the time runs out first.
    """
    check_problem(problem)
    clock = _Clock(budget)
    model = Model(problem)
    pricer = Pricer(model)
    start = greedy_state(model, pricer)
    notes = Notes(method="ruin and recreate + set partitioning", seed=budget.seed, greedy_fen=start.total)
    if exhaust.few_enough(model):
        best, notes = _small(start, notes, clock, budget)
    else:
        best, notes = _large(start, notes, clock, budget)
    squeeze_in(best)
    best = _tightened(problem, best)
    if notes.pool_bound_fen is not None:
        notes = replace(notes, pool_bound_fen=min(notes.pool_bound_fen, best.total))
    plan = replace(plan_of(best, reasons(best), notes), explanations=explanations(best))
    return replace(plan, notes=replace(notes, elapsed_ms=int((time.monotonic() - clock.began) * 1000)))


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
    best, chosen = _partition(start, routes, Effort(max(1.0, clock.left_s()), budget.seed))
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
    """Search and set partitioning in turns; the search goes on from whatever partitioning made better."""
    search = Search(start, budget.seed)
    gain, bound = 0, None
    effort = Effort(min(2.0, max(0.1, 0.12 * clock.whole)), budget.seed, counted=budget.rounds is not None)
    for leg in range(1, LEGS + 1):
        # By time, set partitioning has the rest of each leg.
        search.run(clock.share(budget.rounds), until=leg / LEGS - (0.1 if budget.rounds is None else 0.0))
        before = search.best.total
        best, chosen = _partition(search.best, search.pool.routes.values(), effort)
        search.adopt(best)
        gain += before - search.best.total
        bound = chosen.bound_fen
    return search.best, replace(
        notes,
        rounds=search.rounds,
        pool=len(search.pool.routes),
        partition_gain_fen=gain,
        pool_bound_fen=None if bound is None else min(bound, search.best.total),
    )


def _partition(start: State, routes: Iterable[Priced], effort: Effort) -> tuple[State, Chosen]:
    """The state with the routes that set partitioning chooses; the start itself if that is not cheaper."""
    model = start.model
    limits, piece_of = _limits(model)
    pool: dict[Priced, Column] = {}
    for route in (*start.routes, *routes):
        if route not in pool:
            pool[route] = Column(
                route.duty, route.visits, route.base_fen, route.capped, _pieces(model, route, piece_of)
            )
    listed = list(pool)
    place = {route: n for n, route in enumerate(listed)}
    left_out = {
        call.index: None if call.held and call.index not in start.left else call.left_out_fen
        for call in model.calls
        if not call.frozen
    }
    choice = Choice(
        duties=len(model.duties),
        columns=list(pool.values()),
        left_out_fen=left_out,
        limits=limits,
        headroom=model.headroom,
        hint=[place[route] for route in start.routes],
        hint_fen=start.total,
    )
    chosen = choose(choice, effort)
    found = start.copy()
    # Exchanged one by one a visit would stand in two routes for a moment, so all are set at once and counted again.
    for n in chosen.columns:
        found.routes[listed[n].duty] = listed[n]
    found.recount()
    return (found if found.total < start.total else start), chosen


def _limits(model: Model) -> tuple[list[int], dict[tuple[str, int, str], int]]:
    """How many there are of each piece that routes compete for: depots' stock, and vans that several shifts share."""
    limits: list[int] = []
    piece_of: dict[tuple[str, int, str], int] = {}
    for (depot, part), qty in model.stock.items():
        piece_of["depot", depot, part] = len(limits)
        limits.append(qty)
    for duty in model.duties:
        if duty.shares_van:
            for part, qty in duty.van.items():
                if ("van", duty.engineer, part) not in piece_of:
                    piece_of["van", duty.engineer, part] = len(limits)
                    limits.append(qty)
    return limits, piece_of


def _pieces(model: Model, route: Priced, piece_of: dict[tuple[str, int, str], int]) -> tuple[tuple[int, int], ...]:
    duty = model.duties[route.duty]
    used: dict[int, int] = {piece_of["depot", depot, part]: qty for (depot, part), qty in route.takes}
    if duty.shares_van:
        for _, depot, part in route.sources:
            if depot < 0:
                piece = piece_of["van", duty.engineer, part]
                used[piece] = used.get(piece, 0) + 1
    return tuple(used.items())
