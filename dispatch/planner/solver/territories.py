"""Many territories at once: each solved by itself, then neighbours in pairs, in processes side by side (R8).

First every area gets a plan, quickly, so that a complete plan stands early. Then areas that have something to offer
each other – a visit left out, late, or nearer to the other's engineers – are solved again together, from the routes
they have, as long as the time lasts. Each answer is judged before it is taken, and taken only if the whole is cheaper.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dispatch.planner.solver import wire
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.child import CHILDREN, STARTING_S, plan_in
from dispatch.planner.solver.insert import greedy_plan
from dispatch.planner.solver.intake import check_problem
from dispatch.planner.solver.parts import NOBODY, areas
from dispatch.planner.solver.plan import FellBack, Notes, Plan
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.whole import Whole

FIRST: Final = 0.4  # of the time goes into first plans, but no more than ...
FIRST_S: Final = 6.0  # ... so long: somebody waits for something complete
TURN_S: Final = 0.01  # per visit, for which neighbours are solved together
LEAST_S: Final = 0.4  # a shorter turn is not worth its start
CLOSING_S: Final = 0.3  # what judging the last answer and putting the plan together take
URGENT: Final = 4.0  # points for a visit that is late or left out, where one that is nearer to others counts 2
GIVEN_UP: Final = 8  # failures after which no process is asked any more
AS_NEAR_S: Final = 600  # a neighbour whose engineers are farther than one's own by less may still be the better one

Watcher: TypeAlias = Callable[[float, int], None]


def solve_territories(problem: Problem, budget: Budget, *, workers: int = 2, watched: Watcher | None = None) -> Plan:
    """The cheapest plan found by so many solver processes. Raises ProblemRefused for nonsense.

    With `budget.rounds` every part is solved with so many, one at a time and each pair once, so that it repeats.
    `watched` is told the seconds gone and the total of each complete plan that is cheaper than those before. Where a
    process fails its part keeps the routes it has, or gets the simple plan and the notes say so (P41).
    """
    check_problem(problem)
    side_by_side = workers if budget.rounds is None else 1
    run = _Run(problem, budget, side_by_side, watched)
    with ThreadPoolExecutor(side_by_side) as threads:
        for working in [threads.submit(run.work) for _ in range(side_by_side)]:
            working.result()
    return run.plan()


@dataclass(frozen=True, slots=True)
class _Turn:
    """One question to a process: these areas together, for so long; `start` is None the first time."""

    number: int
    chosen: tuple[int, ...]
    budget: Budget
    part: Problem
    start: Plan | None


class _Run:
    """Hands out turns to threads, each of which waits for a process, and takes their answers."""

    def __init__(self, problem: Problem, budget: Budget, workers: int, watched: Watcher | None) -> None:
        self.began = time.monotonic()
        self.budget, self.workers, self.watched = budget, workers, watched
        self.areas = areas(problem)
        self.whole = Whole(problem, self.areas)
        self.changed = threading.Condition()
        sizes = np.bincount(self.areas.visit, minlength=self.areas.count)
        self.waiting: list[int] = np.argsort(sizes, kind="stable").tolist()
        self.planned: set[int] = set()
        self.busy: set[int] = set()
        self.turns: Counter[tuple[int, ...]] = Counter()
        self.failed: dict[int, FellBack] = {}
        self.failures = 0
        self.notes = Notes(method="territories, then neighbours", seed=budget.seed)

    def work(self) -> None:
        """Takes turns until none is left or the time is over."""
        while (turn := self.next()) is not None:
            plan, failure = self.answer(turn)
            with self.changed:
                self.take(turn, plan, failure)
                self.busy.difference_update(turn.chosen)
                self.changed.notify_all()

    def left_s(self) -> float:
        return self.budget.time_s - CLOSING_S - (time.monotonic() - self.began)

    def next(self) -> _Turn | None:
        """First every area alone, the largest first; then the pair that has most to offer each other."""
        with self.changed:
            while True:
                if self.waiting:
                    return self.first(self.waiting.pop())
                if self.left_s() < LEAST_S or self.failures >= GIVEN_UP:
                    return None
                if (chosen := self.pair()) is not None:
                    return self.again(chosen)
                if not self.busy:
                    return None
                self.changed.wait(max(0.0, self.left_s() - LEAST_S))

    def first(self, area: int) -> _Turn:
        part = self.whole.first(area)
        all_s = min(FIRST * self.budget.time_s, FIRST_S) * self.workers
        seconds = all_s * len(part.visits) / max(1, len(self.whole.problem.visits))
        return self.turn((area,), seconds, part, None)

    def again(self, chosen: tuple[int, ...]) -> _Turn:
        part, start = self.whole.lend(self.turns.total(), chosen)
        return self.turn(chosen, min(self.left_s(), max(LEAST_S, TURN_S * len(part.visits))), part, start)

    def turn(self, chosen: tuple[int, ...], seconds: float, part: Problem, start: Plan | None) -> _Turn:
        number = self.turns.total()
        self.turns[chosen] += 1
        self.busy.update(chosen)
        budget = Budget(seconds, self.budget.rounds, self.budget.seed + number)
        return _Turn(number, chosen, budget, part, start)

    def pair(self) -> tuple[int, ...] | None:
        """The idle areas with most to offer each other, seldom asked ones first; None when all are busy or done."""
        offers = self.offers()
        best: tuple[float, tuple[int, ...]] | None = None
        for one in range(self.areas.count):
            for other in range(one):
                pair = (other, one)
                if offers[pair] == 0 or not self.busy.isdisjoint(pair):
                    continue
                if self.budget.rounds is not None and self.turns[pair]:
                    continue
                worth = offers[pair] / (1 + self.turns[pair])
                if best is None or worth > best[0]:
                    best = (worth, pair)
        return None if best is None else best[1]

    def offers(self) -> NDArray[np.float64]:
        """Areas × areas, symmetric: how much their visits would gain from the other's engineers, in rough points."""
        reach, area = self.areas.reach, self.whole.area
        rows = np.arange(len(area))
        own = reach[rows, area]
        urgent = np.zeros(len(area), dtype=bool)
        urgent[self.whole.urgent()] = True
        points = np.where(reach < own[:, None], 2.0, np.where(reach < own[:, None] + AS_NEAR_S, 1.0, 0.0))
        points = np.where(urgent[:, None] & (reach < NOBODY), points + URGENT, points)
        points[rows, area] = 0.0
        offered = np.zeros((self.areas.count, self.areas.count))
        np.add.at(offered, area, points)
        return offered + offered.T

    def answer(self, turn: _Turn) -> tuple[Plan | None, FellBack | None]:
        """What a process says, if it may be used; else the simple plan the first time, later nothing."""
        said = self.ask(turn) if self.failures < GIVEN_UP else FellBack.killed
        if isinstance(said, Plan):
            if not violations(turn.part, said):
                return said, None
            said = FellBack.illegal
        return (greedy_plan(turn.part, explained=False) if turn.start is None else None), said

    def ask(self, turn: _Turn) -> Plan | FellBack:
        spare = STARTING_S if turn.start is None else self.left_s() - turn.budget.time_s
        question = wire.Question(wire.Asked.within(wire.Task.solve, turn.budget), turn.part, turn.start).parts()
        with CHILDREN.borrowed() as child:
            return plan_in(child.ask(question, turn.budget.time_s + max(0.0, spare)))

    def take(self, turn: _Turn, plan: Plan | None, failure: FellBack | None) -> None:
        """Puts an answer in its place; the first time whatever it is, later only if it helps."""
        self.failures += failure is not None
        before = self.whole.total
        if turn.start is None:
            if plan is None:
                raise AssertionError("a first plan is always found")
            self.whole.settle(turn.part, plan)
            self.planned.update(turn.chosen)
            if failure is not None:
                self.failed[turn.chosen[0]] = failure
        else:
            self.whole.give_back(turn.number)
            if plan is None or not self.whole.adopt(turn.part, plan):
                return
            for area in turn.chosen:
                self.failed.pop(area, None)
        if plan is not None:
            self.note(plan.notes)
        better = turn.start is None or self.whole.total < before
        if self.watched is not None and better and len(self.planned) == self.areas.count:
            self.watched(time.monotonic() - self.began, self.whole.total)

    def note(self, said: Notes) -> None:
        self.notes = replace(
            self.notes,
            rounds=self.notes.rounds + said.rounds,
            pool=self.notes.pool + said.pool,
            partition_gain_fen=self.notes.partition_gain_fen + said.partition_gain_fen,
        )

    def plan(self) -> Plan:
        """The whole as it stands at the end."""
        fell_back = next(iter(self.failed.values()), None)
        elapsed = int((time.monotonic() - self.began) * 1000)
        return self.whole.plan(replace(self.notes, fell_back=fell_back, elapsed_ms=elapsed))
