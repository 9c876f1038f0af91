"""One solver process kept warm for the day in force: a proposal at once, a repair soon after, a legal plan always (R4).

Events reach the process as they happen; it holds the problem laid out and answers with plans. What it says is judged
here, by the independent checker, before anybody sees it (P41).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.child import STARTING_S, Child, NoLegalPlan, plan_in
from dispatch.planner.solver.events import Event, UrgentCall, after
from dispatch.planner.solver.insert import carried_over
from dispatch.planner.solver.intake import check_problem
from dispatch.planner.solver.plan import FellBack, Plan
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.wire import Asked, Question, Task

AT_ONCE_S: Final = 2.0  # a proposal that takes longer is made here instead
REPAIR: Final = Budget(time_s=0.2)


class WarmSolver:
    """The day in force – `problem` and `plan` – with a process that knows it too.

    For any number of threads, one question at a time. The process starts with the first question, is replaced when
    it fails, and ends with this one; after a fork each side has its own. A spent one goes on answering until another
    knows the day, so that nobody waits for the change.
    """

    def __init__(self, problem: Problem, plan: Plan, *, command: Sequence[str] | None = None) -> None:
        check_problem(problem)
        self.problem = problem
        self.plan = plan
        self._command = command
        self._lock = threading.RLock()
        self._child: Child | None = None
        self._relieving: threading.Thread | None = None
        self._owner = os.getpid()

    def warm_up(self) -> None:
        """Starts the process and tells it the day, so that the first event need not wait for that."""
        with self._lock:
            self._hold()

    def adopt(self, plan: Plan) -> None:
        """Goes on from another plan of the same problem: an improvement found in the background, a change by hand."""
        with self._lock:
            self.plan = plan
            self._hold()

    def happened(self, event: Event) -> Plan:
        """The plan once this has happened: everything stays that can, what is new goes where it costs least.

        Raises ProblemRefused for an event that makes nonsense of the day; then nothing has happened.
        """
        with self._lock:
            problem = after(self.problem, event)
            check_problem(_unknown_part(problem, event))
            known, self.problem = self._alive(), problem
            answer = self._ask(Question(Asked(Task.event), event=event), AT_ONCE_S) if known else self._hold()
            self.plan = answer if isinstance(answer, Plan) else self._by_hand(answer)
            self._relieve()
            return self.plan

    def repaired(self, budget: Budget = REPAIR) -> Plan:
        """The plan improved around what happened last; where the process fails it stays as it is and says so."""
        with self._lock:
            if not self._alive():
                self._hold()
            answer = self._ask(Question(Asked.within(Task.repair, budget)), budget.time_s + AT_ONCE_S)
            if isinstance(answer, Plan) and answer.cost.total > self.plan.cost.total:
                answer = FellBack.worse
            if isinstance(answer, FellBack):
                answer = replace(self.plan, notes=replace(self.plan.notes, fell_back=answer))
            self.plan = answer
            self._relieve()
            return self.plan

    def end(self) -> None:
        """Ends the process."""
        with self._lock:
            if self._child is not None:
                self._child.end()
            self._child = None

    def _alive(self) -> bool:
        """Whether a process knows the day; one that is dead or another process's is let go."""
        if self._owner != os.getpid():
            self._owner, self._child, self._relieving = os.getpid(), None, None
        if self._child is not None and not self._child.alive:
            self._child.end()
            self._child = None
        return self._child is not None

    def _hold(self) -> Plan | FellBack:
        """Tells a process the day as it is, and what it makes of the plan."""
        if not self._alive():
            try:
                self._child = Child(self._command)
            except OSError:
                return FellBack.killed  # no process could be started
        return self._ask(Question(Asked(Task.hold), self.problem, self.plan), STARTING_S)

    def _ask(self, question: Question, deadline_s: float) -> Plan | FellBack:
        """A legal plan, or why there is none; then the process is gone, because it no longer knows the day."""
        if self._child is None:
            return FellBack.killed
        answer = plan_in(self._child.ask(question.parts(), deadline_s))
        if isinstance(answer, Plan) and violations(self.problem, answer):
            answer = FellBack.illegal
        if isinstance(answer, FellBack):
            self._child.end()
            self._child = None
        return answer

    def _relieve(self) -> None:
        """Lets another process learn the day beside a spent one, once the answer is out."""
        spent = self._child is not None and self._child.spent
        if spent and (self._relieving is None or not self._relieving.is_alive()):
            self._relieving = threading.Thread(target=self._relieved, args=(self._child,), daemon=True)
            self._relieving.start()

    def _relieved(self, spent: Child) -> None:
        """Puts a fresh process in the place of the spent one as soon as it knows the day as it then is."""
        try:
            fresh = Child(self._command)
        except OSError:
            return  # the spent one goes on
        while fresh.alive:
            with self._lock:
                problem, plan, needed = self.problem, self.plan, self._child is spent
            answer = fresh.ask(Question(Asked(Task.hold), problem, plan).parts(), STARTING_S) if needed else None
            if answer is None or isinstance(plan_in(answer), FellBack):
                break
            with self._lock:
                if self._child is spent and self.problem is problem and self.plan is plan:
                    self._child = fresh
                    spent.end()
                    return
            # Something happened meanwhile: it is told the day again, quicker now that it is warm.
        fresh.end()

    def _by_hand(self, failure: FellBack) -> Plan:
        """A proposal made here, slower: what can stay stays, what is new goes where it costs least."""
        plan = carried_over(self.problem, self.plan)
        if broken := violations(self.problem, plan):
            raise NoLegalPlan(broken)
        return replace(plan, notes=replace(plan.notes, fell_back=failure))


def _unknown_part(problem: Problem, event: Event) -> Problem:
    """What of the problem has not been checked before; of a call only the call and what it names, to save its time."""
    if not isinstance(event, UrgentCall):
        return problem
    named = {event.visit.id, *event.visit.after}
    before = (replace(visit, after=frozenset()) for visit in problem.visits[:-1] if visit.id in named)
    return replace(problem, visits=(*before, problem.visits[-1]))
