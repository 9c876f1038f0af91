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
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dispatch.planner.solver.areas import NOBODY, areas
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.child import CHILDREN, STARTING_S, plan_in, search_in_child, solve_in_child
from dispatch.planner.solver.insert import greedy_plan
from dispatch.planner.solver.intake import check_problem
from dispatch.planner.solver.plan import Cost, FellBack, Notes, Plan, Reason, Route, StopKind, Unassigned
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.whole import Whole
from dispatch.planner.solver.wire import Asked, Question, Task

MANY: Final = 600  # visits: so many are planned better, and sooner, in parts
FIRST: Final = 0.4  # of the time goes into first plans, but no more than ...
FIRST_S: Final = 3.0  # ... so long: somebody waits for something complete
TURN_S: Final = 0.01  # per visit, for which neighbours are solved together
LEAST_S: Final = 0.4  # a shorter turn is not worth its start
CLOSING_S: Final = 0.3  # what judging the last answer and putting the plan together take
REASON_S: Final = 0.3  # per area that leaves visits out: what saying why takes, one after another ...
REASON_SHARE: Final = 0.1  # ... of the time at most
EXPLAIN_S: Final = 0.003  # per visit: what finding the next best engineer takes one process ...
EXPLAIN_SHARE: Final = 0.1  # ... which is left to whoever opens a visit, if all of them would take more of the time
URGENT: Final = 4.0  # points for a visit that is late or left out, where one that is nearer to others counts 2
GIVEN_UP: Final = 8  # failures after which no process is asked any more
AS_NEAR_S: Final = 600  # a neighbour whose engineers are farther than one's own by less may still be the better one

Watcher: TypeAlias = Callable[[float, int], None]


def solve_in_processes(problem: Problem, budget: Budget, start: Plan | None = None) -> Plan:
    """The plan of solver processes: one for all, or by territories where there are many visits. Refuses nonsense.

    Never dearer than a legal `start`, from which the search goes on.
    """
    if len(problem.visits) < MANY:
        return solve_in_child(problem, budget, start=start)
    return solve_territories(problem, budget, start)


def search_in_processes(problem: Problem, budget: Budget, start: Plan | None = None) -> Plan | FellBack:
    """The same where somebody else has the simple plan at hand: why there is none, if one process failed with all."""
    if len(problem.visits) < MANY:
        return search_in_child(problem, budget, start)
    return solve_territories(problem, budget, start)


def solve_territories(
    problem: Problem, budget: Budget, start: Plan | None = None, *, workers: int = 2, watched: Watcher | None = None
) -> Plan:
    """The cheapest plan found by so many solver processes. Raises ProblemRefused for nonsense.

    With a `start` every area goes on from its routes, as far as they break no law; the plan is never dearer than these.
    With `budget.rounds` every part is solved with so many, one at a time and each pair once, so that it repeats.
    `watched` is told the seconds gone and the total of each complete plan that is cheaper than those before. Where a
    process fails its part keeps the routes it has, or gets the simple plan if that is cheaper, and the notes say so
    (P41).
    """
    began, side_by_side = time.monotonic(), workers if budget.rounds is None else 1
    with suppress(OSError):
        CHILDREN.start(side_by_side)  # they load while the problem is checked and cut
    check_problem(problem)
    run = _Run(problem, budget, side_by_side, watched, began)
    if start is not None:
        run.go_on_from(start)
    with ThreadPoolExecutor(side_by_side) as threads:
        for working in [threads.submit(run.work) for _ in range(side_by_side)]:
            working.result()
    return run.plan()


def told_in_processes(problem: Problem, plan: Plan, time_s: float, *, explained: bool, workers: int = 2) -> Plan:
    """A legal plan of many visits with reasons and cures, and with next bests if `explained`, one area after another.

    What can go at once is put into the routes; never dearer. What nobody has said after `time_s` stays unsaid.
    """
    run = _Run(problem, Budget(time_s), workers, None, time.monotonic())
    run.go_on_from(plan)
    run.only_tell(explained=explained)
    with ThreadPoolExecutor(workers) as threads:
        for working in [threads.submit(run.work) for _ in range(workers)]:
            working.result()
    return replace(run.plan(), notes=plan.notes)


@dataclass(frozen=True, slots=True)
class _Turn:
    """One question to a process about these areas; `start` is None the first time. Killed `late_s` after its budget."""

    task: Task
    number: int
    chosen: tuple[int, ...]
    budget: Budget
    late_s: float
    part: Problem
    start: Plan | None


class _Run:
    """Hands out turns to threads, each of which waits for a process, and takes their answers."""

    def __init__(self, problem: Problem, budget: Budget, workers: int, watched: Watcher | None, began: float) -> None:
        self.began = began
        self.budget, self.workers, self.watched = budget, workers, watched
        self.areas = areas(problem)
        self.whole = Whole(problem, self.areas)
        self.changed = threading.Condition()
        sizes = np.bincount(self.areas.visit, minlength=self.areas.count)
        self.waiting: list[int] = np.argsort(sizes, kind="stable").tolist()  # areas nobody has planned in this run
        self.planned: set[int] = set()
        self.busy: set[int] = set()
        self.turns: Counter[tuple[int, ...]] = Counter()
        self.failed: dict[int, FellBack] = {}
        self.failures = 0
        self.notes = Notes(method="territories, then neighbours", seed=budget.seed)
        self.explain_s = EXPLAIN_S * len(problem.visits) / workers
        if self.explain_s > EXPLAIN_SHARE * budget.time_s:
            self.explain_s = 0.0
        self.telling: Task | None = None  # what is said at the end of the areas `untold`; then of what `to_tell` names
        self.untold: list[int] = []
        self.to_tell = [Task.reason, Task.explain] if self.explain_s > 0 else [Task.reason]

    def go_on_from(self, start: Plan) -> None:
        """Takes over the routes of a plan that break no law; none where it cannot be told which ones do."""
        problem = self.whole.problem
        known = {engineer.id for engineer in problem.engineers} | {visit.id for visit in problem.visits}
        routes = tuple(route for route in start.routes if known.issuperset((route.engineer, *_refs(route))))
        while True:
            served = {ref for route in routes for ref in _refs(route)}
            left = tuple(Unassigned(v.id, Reason.waiting) for v in problem.visits if v.id not in served)
            self.whole.settle(problem, Plan(routes, left, Cost()))
            broken = {one.engineer for one in violations(problem, self.whole.plan(Notes()))}
            if not broken:
                self.planned = set(range(self.areas.count))
                return
            kept = tuple(route for route in routes if route.engineer not in broken)
            if len(kept) == len(routes):
                self.whole = Whole(problem, self.areas)
                return
            routes = kept

    def only_tell(self, *, explained: bool) -> None:
        """No turn is taken; what is left is to say why visits are left out, and who else could do each if `explained`."""
        self.waiting.clear()
        self.to_tell = [Task.reason, Task.explain] if explained else [Task.reason]
        self.tell_next()

    def tell_next(self) -> None:
        """The next thing is told of every area that it concerns."""
        self.telling = self.to_tell.pop(0)
        self.untold = self.leaving() if self.telling is Task.reason else list(range(self.areas.count))

    def work(self) -> None:
        """Takes turns until none is left or the time is over."""
        while (turn := self.next()) is not None:
            try:
                plan, failure = self.answer(turn)
                with self.changed:
                    self.take(turn, plan, failure)
            finally:
                # Whatever went wrong here, the others must not wait for it.
                with self.changed:
                    self.busy.difference_update(turn.chosen)
                    self.changed.notify_all()

    def left_s(self) -> float:
        """What is left of the time for turns, once the words at the end have theirs."""
        reason_s = REASON_S * len(self.leaving())
        return self.end_s() - CLOSING_S - self.explain_s - min(reason_s, REASON_SHARE * self.budget.time_s)

    def end_s(self) -> float:
        """What is left of all the time."""
        return self.budget.time_s - (time.monotonic() - self.began)

    def leaving(self) -> list[int]:
        """The areas in which a visit is left out."""
        return sorted({int(self.whole.area[row]) for row in self.whole.left_out()})

    def next(self) -> _Turn | None:
        """First every area alone, the largest first; then pairs that have most to offer each other; then words."""
        with self.changed:
            while True:
                if self.waiting:
                    return self.first(self.waiting.pop())
                over = self.telling is not None or self.left_s() < LEAST_S or self.failures >= GIVEN_UP
                chosen = None if over else self.pair()
                if chosen is not None:
                    return self.again(chosen)
                if not self.busy and not self.untold and self.to_tell:
                    # Words are said of routes that stay, and reasons may still put something into them.
                    self.tell_next()
                if self.telling is not None:
                    if not (self.untold or self.to_tell) or self.failures >= GIVEN_UP or self.end_s() < 0:
                        return None
                    if (turn := self.last(self.telling)) is not None:
                        return turn
                    if not self.busy:
                        continue
                self.changed.wait(None if over else max(0.0, self.left_s() - LEAST_S))

    def first(self, area: int) -> _Turn:
        start: Plan | None = None
        if area in self.planned:
            part, start = self.whole.lend(self.turns.total(), (area,))
        else:
            part = self.whole.first(area)
        all_s = min(FIRST * self.budget.time_s, FIRST_S) * self.workers
        seconds = all_s * len(part.visits) / max(1, len(self.whole.problem.visits))
        return self.turn(Task.turn, (area,), seconds, STARTING_S, part, start)

    def again(self, chosen: tuple[int, ...]) -> _Turn:
        part, start = self.whole.lend(self.turns.total(), chosen)
        seconds = min(self.left_s(), max(LEAST_S, TURN_S * len(part.visits)))
        return self.turn(Task.turn, chosen, seconds, self.left_s() - seconds + CLOSING_S / 2, part, start)

    def last(self, task: Task) -> _Turn | None:
        """Why visits are left out, or who else could do each; None while others are asked about the same areas."""
        leaving = self.leaving()
        if task is Task.reason:
            self.untold = [area for area in self.untold if area in leaving]
        for area in self.untold:
            chosen = {area} if task is Task.explain else {area, *self.within_reach(area), *self.whole.beside(area)}
            if self.busy.isdisjoint(chosen):
                # What could go at once is put in; two parts with the same engineers would take each other's visits away.
                self.untold.remove(area)
                part, start = self.whole.lend(self.turns.total(), chosen)
                return self.turn(task, tuple(sorted(chosen)), max(0.0, self.end_s()), CLOSING_S, part, start)
        return None

    def turn(
        self, task: Task, chosen: tuple[int, ...], seconds: float, late_s: float, part: Problem, start: Plan | None
    ) -> _Turn:
        number = self.turns.total()
        self.turns[chosen] += 1
        self.busy.update(chosen)
        budget = Budget(seconds, self.budget.rounds, self.budget.seed + number)
        return _Turn(task, number, chosen, budget, late_s, part, start)

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

    def within_reach(self, area: int) -> list[int]:
        """The areas whose engineers are nearest to what this one leaves out."""
        rows = [row for row in self.whole.left_out() if self.whole.area[row] == area]
        if not rows:
            return []  # somebody else found room for them
        nearest = self.areas.reach[rows].min(axis=0)
        nearest[area] = NOBODY
        return [int(other) for other in nearest.argsort(kind="stable")[:2] if nearest[other] < NOBODY]

    def answer(self, turn: _Turn) -> tuple[Plan | None, FellBack | None]:
        """What a process says, if it may be used; else the simple plan of an area that has its first turn, or nothing."""
        said = self.ask(turn) if self.failures < GIVEN_UP else FellBack.killed
        if isinstance(said, Plan):
            if not violations(turn.part, said):
                return said, None
            said = FellBack.illegal
        alone = turn.task is Task.turn and len(turn.chosen) == 1
        return (greedy_plan(turn.part, explained=False) if alone else None), said

    def ask(self, turn: _Turn) -> Plan | FellBack:
        question = Question(Asked.within(turn.task, turn.budget), turn.part, turn.start).parts()
        try:
            with CHILDREN.borrowed() as child:
                return plan_in(child.ask(question, turn.budget.time_s + turn.late_s))
        except OSError:
            return FellBack.killed  # no process could be started

    def take(self, turn: _Turn, plan: Plan | None, failure: FellBack | None) -> None:
        """Puts an answer in its place; the first time whatever it is, later only if it helps."""
        self.failures += failure is not None
        if turn.start is not None:
            self.whole.give_back(turn.number)
        if turn.task is Task.turn:
            for area in turn.chosen:
                if failure is None:
                    self.failed.pop(area, None)
                elif len(turn.chosen) == 1:
                    self.failed[area] = failure
        if plan is None:
            return
        if turn.task is not Task.turn:
            if turn.task is Task.reason and self.whole.adopt(turn.part, plan):
                self.note(Notes())  # what could go at once goes
            self.whole.told(plan)
            return
        if turn.start is None:
            self.whole.settle(turn.part, plan)
            self.planned.update(turn.chosen)
        elif not self.whole.adopt(turn.part, plan):
            return
        self.note(plan.notes)

    def note(self, said: Notes) -> None:
        self.notes = replace(
            self.notes,
            rounds=self.notes.rounds + said.rounds,
            pool=self.notes.pool + said.pool,
            partition_gain_fen=self.notes.partition_gain_fen + said.partition_gain_fen,
        )
        if self.watched is not None and len(self.planned) == self.areas.count:
            self.watched(time.monotonic() - self.began, self.whole.total)

    def plan(self) -> Plan:
        """The whole as it stands at the end."""
        fell_back = next(iter(self.failed.values()), None)
        elapsed = int((time.monotonic() - self.began) * 1000)
        return self.whole.plan(replace(self.notes, fell_back=fell_back, elapsed_ms=elapsed))


def _refs(route: Route) -> list[str]:
    """The visits of a route."""
    return [stop.ref for stop in route.stops if stop.kind is StopKind.visit]
