"""How an office with an engine may decide at each look at the day: insert where cheapest, plan anew, look ahead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.simulator.day import Agenda, Day, agenda_of, narrowed, standing
from bench.simulator.engine import improved
from bench.simulator.scenarios import anticipating_plan
from bench.simulator.threshold import with_thresholds
from dispatch.planner.solver.anticipate import with_priced_waiting
from dispatch.planner.solver.assemble import plan_of
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.greedy import squeeze_in
from dispatch.planner.solver.plan import Notes, Plan, Stop
from dispatch.planner.solver.problem import Problem, Visit
from dispatch.planner.solver.replay import state_of
from dispatch.planner.solver.solve import solve

#: From the day, the instant and what everybody was told so far to what everybody is told now.
Policy = Callable[[Day, int, Agenda], dict[str, list[Stop]]]


def insertion(day: Day, now: int, agenda: Agenda) -> dict[str, list[Stop]]:
    """New calls go where they cost least; what was told stays in its order and with its engineer."""
    state = state_of(narrowed(day.problem(now, agenda, move_fen=0)), standing(agenda))
    squeeze_in(state)
    return agenda_of(plan_of(state, (), Notes()))


@dataclass(frozen=True, slots=True)
class Reoptimise:
    """The whole day planned anew at every look, from the present plan on, for `seconds`; a change of engineer costs.

    `waiting_fen_h` is what an hour's waiting of a visit weighs. With `past` days known the office looks ahead: it
    plans for so many `futures` and does what most plans share, or, with `thresholds`, leaves what can wait for later
    while many calls are to come. Tests stop by `rounds`.
    """

    seconds: float
    move_fen: int
    seed: int
    past: Sequence[Sequence[Visit]] = ()
    futures: int = 0
    thresholds: bool = False
    waiting_fen_h: int = 0
    rounds: int | None = None

    def __call__(self, day: Day, now: int, agenda: Agenda) -> dict[str, list[Stop]]:
        problem = day.problem(now, agenda, self.move_fen)
        if not problem.visits or not problem.engineers:
            return {}
        if self.thresholds:
            problem = with_thresholds(problem, self.past)
        if self.waiting_fen_h:
            problem = with_priced_waiting(problem, self.waiting_fen_h)
        start = standing(agenda)

        def solver(task: Problem, budget: Budget) -> Plan:
            return improved(narrowed(task), start, budget)

        budget = Budget(time_s=self.seconds, rounds=self.rounds, seed=self.seed)
        return agenda_of(anticipating_plan(problem, self._ahead(now), budget, solver))

    def _ahead(self, now: int) -> list[list[Visit]]:
        """How the day may go on as the first past days did from this hour on."""
        return [[call for call in day if call.release_s > now] for day in self.past[: self.futures]]


@dataclass(slots=True)
class Clairvoyant:
    """Somebody who knows every call of the day when it begins, plans once and keeps to it."""

    seconds: float
    seed: int
    begun: bool = field(default=False, init=False)

    def __call__(self, day: Day, now: int, agenda: Agenda) -> dict[str, list[Stop]]:
        if self.begun:
            return {who: list(stops) for who, stops in agenda.items()}
        self.begun = True
        return agenda_of(solve(narrowed(day.whole), Budget(time_s=self.seconds, seed=self.seed)))
