"""The simple plan of a day of any size: what stands where no better one is found, and what a better one is measured by (P41)."""

from __future__ import annotations

from typing import Final

from dispatch.planner.solver.areas import areas
from dispatch.planner.solver.insert import greedy_plan
from dispatch.planner.solver.intake import check_problem
from dispatch.planner.solver.plan import Notes, Plan
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.whole import Whole

AT_ONCE: Final = 400  # visits; beyond, looking at everybody for each of them takes many seconds


def simple_plan(problem: Problem) -> Plan:
    """What a dispatcher does by hand; on a large day one for each area. Legal, in about a millisecond per visit.

    Raises ProblemRefused for nonsense.
    """
    if len(problem.visits) <= AT_ONCE:
        return greedy_plan(problem, explained=False)
    check_problem(problem)
    cut = areas(problem)
    whole = Whole(problem, cut)
    for area in range(cut.count):
        part = whole.first(area)
        whole.settle(part, greedy_plan(part, explained=False))
    return whole.plan(Notes(method="greedy", greedy_fen=whole.total))
