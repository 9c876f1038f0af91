"""The child's side: questions in on stdin, answers out on stdout, one after another, until nobody asks (P41).

python -m dispatch.planner.solver.worker

What a question asks stands in `wire`; every answer is a plan. Ends by itself when its asker is gone or silent long.
"""

from __future__ import annotations

import gc
import os
import select
import sys
from typing import BinaryIO, Final

from dispatch.planner.solver import wire
from dispatch.planner.solver.kernel.compiled import AVAILABLE
from dispatch.planner.solver.kernel.machine_code import READY
from dispatch.planner.solver.kernel.warm import compile_all
from dispatch.planner.solver.live import Standing
from dispatch.planner.solver.plan import Plan
from dispatch.planner.solver.simple import simple_plan
from dispatch.planner.solver.solve import solve
from dispatch.planner.solver.turn import turn, with_next_best, with_reasons
from dispatch.planner.solver.wire import BadFrame, Question, Task

SILENCE_S: Final = 900.0  # an idle process holds some 200 MB; a web server asks again soon or not today


class Worker:
    """Answers questions; between them it holds the day it was told last."""

    def __init__(self) -> None:
        self.standing: Standing | None = None

    def answer(self, question: Question) -> Plan:
        """The plan asked for; raises BadFrame for a question without what its task needs."""
        asked, problem, start = question.asked, question.problem, question.start
        match asked.task:
            case Task.solve if problem is not None:
                return solve(problem, asked.budget, start)
            case Task.simple if problem is not None:
                return simple_plan(problem)
            case Task.turn if problem is not None:
                return turn(problem, asked.budget, start)
            case Task.reason if problem is not None and start is not None:
                return with_reasons(problem, start, asked.budget.time_s)
            case Task.explain if problem is not None and start is not None:
                return with_next_best(problem, start, asked.budget.time_s)
            case Task.hold if problem is not None and start is not None:
                self.standing = Standing(problem, start)
                self.standing.warm_up()
                gc.freeze()  # or a proposal now and then waits while all rows of the travel tables are looked at
                return self.standing.plan("cheapest insertion")
            case Task.event if self.standing is not None and question.event is not None:
                return self.standing.happened(question.event)
            case Task.repair if self.standing is not None:
                return self.standing.repaired(asked.budget)
        raise BadFrame(f"nothing to {asked.task}")


def main() -> int:
    """Answers every question; a failure is not caught: the process dies and its asker falls back."""
    worker, answers = Worker(), _answers_alone()
    if AVAILABLE and READY.exists():
        # Loading machine code takes longer than the last questions of a plan may; no plan's clock should pay for it.
        compile_all()
    while select.select([sys.stdin.buffer], [], [], SILENCE_S)[0]:
        parts = wire.read(sys.stdin.buffer)
        if parts is None:
            return 0
        plan = worker.answer(Question.of(parts))
        answers.writelines(wire.frame([plan.to_json().encode("utf-8")]))
        answers.flush()
    return 0


def _answers_alone() -> BinaryIO:
    """The pipe for answers; whatever a library prints goes to the log instead."""
    pipe = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return pipe


if __name__ == "__main__":
    sys.exit(main())
