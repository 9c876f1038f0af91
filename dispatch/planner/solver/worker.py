"""The child's side: questions in on stdin, answers out on stdout, one after another, until nobody asks (P41).

python -m dispatch.planner.solver.worker

What a question asks and what its answer holds stands in `wire`. Ends by itself when its asker is gone or silent long.
"""

from __future__ import annotations

import os
import select
import sys
from typing import BinaryIO, Final

from dispatch.planner.solver import wire
from dispatch.planner.solver.solve import solve

SILENCE_S: Final = 900.0  # an idle process holds some 200 MB; a web server asks again soon or not today


def main() -> int:
    """Answers every question; a failure is not caught: the process dies and its asker falls back."""
    answers = _answers_alone()
    while select.select([sys.stdin.buffer], [], [], SILENCE_S)[0]:
        parts = wire.read(sys.stdin.buffer)
        if parts is None:
            return 0
        answers.writelines(wire.frame([answer(wire.Question.of(parts))]))
        answers.flush()
    return 0


def _answers_alone() -> BinaryIO:
    """The pipe for answers; whatever a library prints goes to the log instead."""
    pipe = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return pipe


def answer(question: wire.Question) -> bytes:
    """The plan for a question, as text."""
    return solve(question.problem, question.asked.budget).to_json().encode("utf-8")


if __name__ == "__main__":
    sys.exit(main())
