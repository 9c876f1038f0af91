"""How an office with an engine may decide at each look at the day: insert where cheapest, or plan anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.simulator.day import Agenda, Day, agenda_of, standing
from dispatch.planner.solver.assemble import plan_of
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.greedy import squeeze_in
from dispatch.planner.solver.plan import Notes, Stop
from dispatch.planner.solver.replay import state_of
from dispatch.planner.solver.solve import solve

#: From the day, the instant and what everybody was told so far to what everybody is told now.
Policy = Callable[[Day, int, Agenda], dict[str, list[Stop]]]


def insertion(day: Day, now: int, agenda: Agenda) -> dict[str, list[Stop]]:
    """New calls go where they cost least; what was told stays in its order and with its engineer."""
    problem = day.problem(now, agenda, move_fen=0)
    state = state_of(problem, standing(agenda))
    squeeze_in(state)
    return agenda_of(plan_of(state, (), Notes()))


@dataclass(frozen=True, slots=True)
class Reoptimise:
    """The whole day planned anew at every look, from the present plan on, for `seconds`; a change of engineer costs."""

    seconds: float
    move_fen: int
    seed: int

    def __call__(self, day: Day, now: int, agenda: Agenda) -> dict[str, list[Stop]]:
        problem = day.problem(now, agenda, self.move_fen)
        if not problem.visits or not problem.engineers:
            return {}
        plan = solve(problem, Budget(time_s=self.seconds, seed=self.seed), standing(agenda))
        return agenda_of(plan)
