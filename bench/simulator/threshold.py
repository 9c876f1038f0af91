"""The other way to hold capacity: what can wait must cost less to do than a price that rises with the calls to come.

After the prizes of Baty et al. (arXiv 2304.00789), but worked out by hand instead of learnt: the more of the coming
hours' work the past days promise, the less a visit with time to spare is worth doing now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from dispatch.planner.solver.problem import Problem, Visit

AHEAD_S: Final = 4 * 3600  # as far as an urgent promise reaches
CAN_WAIT_S: Final = 16_200  # whoever is due no sooner than this can wait: the urgent calls' limit and half an hour
DRIVE_S: Final = 900  # what a call takes beside its work
LEAST_FEN: Final = 1200  # about what a visit costs that lies on somebody's way
FULL: Final = 0.6  # share of the engineers' hours that expected calls may take before only such visits are worth it


def with_thresholds(problem: Problem, past: Sequence[Sequence[Visit]]) -> Problem:
    """The problem with visits that can wait worth less, the fuller the next four hours are likely to be."""
    tight = min(1.0, expected_load(problem, past) / FULL)
    return replace(problem, visits=tuple(_priced(visit, problem.now_s, tight) for visit in problem.visits))


def expected_load(problem: Problem, past: Sequence[Sequence[Visit]]) -> float:
    """The share of the engineers' next four hours that calls still to come will take, by the mean of past days."""
    now, then = problem.now_s, problem.now_s + AHEAD_S
    work = sum(call.duration_s + DRIVE_S for day in past for call in day if now < call.release_s <= then)
    shifts = [
        (max(now, s.start_s, e.available_from_s), min(then, s.end_s)) for e in problem.engineers for s in e.shifts
    ]
    hours = sum(max(0, end - begin) for begin, end in shifts)
    return work / max(1, len(past)) / max(1, hours)


def _priced(visit: Visit, now: int, tight: float) -> Visit:
    due = min((one.due_s for one in visit.commitments), default=now + 2 * CAN_WAIT_S)
    if visit.windows or due - now < CAN_WAIT_S or visit.unassigned_fen <= LEAST_FEN:
        return visit
    return replace(visit, unassigned_fen=round(visit.unassigned_fen - tight * (visit.unassigned_fen - LEAST_FEN)))
