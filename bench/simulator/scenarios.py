"""Room for calls that nobody has made yet: plans for several futures, and the one whose next steps most of them share.

A future is what came in on some other day from this hour on. Its calls stand in the problem as ordinary visits, so
they take up an engineer's time only where that is worth more than what it displaces; nobody is ever sent to one.
After Bent & Van Hentenryck, Scenario-Based Planning for Partially Dynamic Vehicle Routing (2004), and Lan et al.,
Iterative conditional dispatch (arXiv 2308.14476).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.plan import Plan, Route, StopKind
from dispatch.planner.solver.problem import Problem, Visit

EXPECTED: Final = "expected:"  # what the id of a call nobody has made begins with
SOON_S: Final = 900  # whose next stop begins within this span is to be told now, so the plans are compared there

Solver = Callable[[Problem, Budget], Plan]


def with_expected_calls(problem: Problem, calls: Sequence[Visit]) -> Problem:
    """The problem with calls that nobody has made yet; `release_s` of each is the instant when it would be made."""
    return replace(problem, visits=(*problem.visits, *(replace(call, id=EXPECTED + call.id) for call in calls)))


def is_expected(ref: str) -> bool:
    """Whether this is the id of a call that nobody has made."""
    return ref.startswith(EXPECTED)


def anticipating_plan(problem: Problem, futures: Sequence[Sequence[Visit]], budget: Budget, solver: Solver) -> Plan:
    """The plan, for one of the futures, whose next steps the plans for the other futures share most.

    It names expected calls, at which engineers wait. The futures share the budget.
    """
    if not futures:
        return solver(problem, budget)
    each = replace(budget, time_s=budget.time_s / len(futures))
    plans = [solver(with_expected_calls(problem, calls), each) for calls in futures]
    return plans[most_agreed([next_steps(problem, plan) for plan in plans])]


def next_steps(problem: Problem, plan: Plan) -> dict[str, str]:
    """Where each engineer who is free soon goes next; "" for one who waits."""
    routes = {route.engineer: route for route in reversed(plan.routes)}
    soon = [one for one in problem.engineers if one.available_from_s <= problem.now_s + SOON_S]
    return {one.id: _next(routes.get(one.id), problem.now_s) for one in soon}


def _next(route: Route | None, now_s: int) -> str:
    ahead = [] if route is None else [stop for stop in route.stops if stop.kind is not StopKind.rest]
    if not ahead or is_expected(ahead[0].ref) or ahead[0].start_s - ahead[0].travel_s > now_s + SOON_S:
        return ""
    return ahead[0].ref


def most_agreed(answers: Sequence[dict[str, str]]) -> int:
    """The place of the answer that agrees with the others on most engineers; the first of equals."""
    votes = Counter((who, where) for answer in answers for who, where in answer.items())
    return max(range(len(answers)), key=lambda n: (sum(votes[one] for one in answers[n].items()), -n))
