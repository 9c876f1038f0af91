"""Room for calls that nobody has made yet: an hour that a visit waits has a price, so hours before the rush are used.

The cheapest plan for the calls known now gives few engineers long days and lets the others stand idle; when the rush
comes, work that could be behind them is still ahead. A small price on waiting has it done early, by whoever is free.
On simulated days this beats plans for sampled futures and prizes that make what can wait stand back (`bench/rolling.py`).
"""

from __future__ import annotations

from dataclasses import replace

from dispatch.planner.solver.assemble import plan_of
from dispatch.planner.solver.plan import Plan, Reason, Unassigned
from dispatch.planner.solver.problem import Commitment, Counting, LatePrice, Problem, Visit
from dispatch.planner.solver.replay import state_of


def with_priced_waiting(problem: Problem, fen_h: int) -> Problem:
    """The problem in which every hour from now until a visit begins costs `fen_h`, in proportion.

    Appointments and work under way have their hour already. Leaving a visit out counts as waiting to the end, so that
    none is left out for its waiting.
    """
    end_s = max((s.end_s + s.max_overtime_s for e in problem.engineers for s in e.shifts), default=problem.now_s)
    waiting = Commitment(problem.now_s, LatePrice(per_unit_fen=fen_h, counting=Counting.linear, agreed=False))
    to_the_end_fen = fen_h * max(0, end_s - problem.now_s) // 3600 + 1

    def priced(visit: Visit) -> Visit:
        if visit.windows or (visit.pin is not None and visit.pin.frozen):
            return visit
        left_out_fen = visit.unassigned_fen + to_the_end_fen
        return replace(visit, commitments=(*visit.commitments, waiting), unassigned_fen=left_out_fen)

    return replace(problem, visits=tuple(map(priced, problem.visits)))


def without_priced_waiting(problem: Problem, plan: Plan, fen_h: int) -> Plan:
    """A plan made with waiting priced at `fen_h`, in the money of the problem itself: the same stops at the same hours.

    What was proven, and said of who else could go, holds for the other money only; nothing of it is kept.
    """
    state = state_of(problem, plan)
    waiting = tuple(Unassigned(state.model.calls[visit].id, Reason.waiting) for visit in sorted(state.left))
    notes = replace(plan.notes, greedy_fen=None, pool_bound_fen=None, bound_fen=None, optimal=False, room_fen_h=fen_h)
    return plan_of(state, waiting, notes)


def cheaper_with_room(problem: Problem, one: Plan, other: Plan, fen_h: int) -> bool:
    """Whether `one` costs less than `other` when an hour's waiting weighs `fen_h` (0: in the problem's own money)."""
    if not fen_h:
        return one.cost.total < other.cost.total
    priced = with_priced_waiting(problem, fen_h)
    return state_of(priced, one).total < state_of(priced, other).total
