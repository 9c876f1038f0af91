"""Solving in processes of their own, with deadlines: whatever happens there, a legal plan comes back here (P41).

OR-Tools may abort a process, hold its lock for seconds or overrun its time; none of that may touch a web process.
A process that has answered is kept for the next question, because loading takes longer than most questions do.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from dispatch.planner.solver import wire
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.codec import BadForm
from dispatch.planner.solver.intake import check_problem
from dispatch.planner.solver.kernel.machine_code import READY
from dispatch.planner.solver.plan import FellBack, Plan
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.simple import simple_plan

COMPILING_S: Final = 240.0  # only where set-up was left out: the first plan then waits for the compiler
STARTING_S: Final = 8.0  # python, numpy and OR-Tools take one or two seconds to load, more on a busy machine
SIMPLE_S: Final = 0.02  # per visit: the simple plan takes a tenth of it on an idle machine
RECYCLED: Final = 60  # so many answers, and a fresh process takes over: whatever leaked or froze goes with the old one
KEPT: Final = 2  # idle processes that wait for the next question
HOUSE: Final = Path(__file__).resolve().parents[3]
MAX_ANSWER: Final = 64 * 1024 * 1024
CHUNK: Final = 1 << 20
DYING_S: Final = 1.0  # how long a process that has closed its pipe may take to be gone


class NoLegalPlan(AssertionError):
    """Even the simple plan breaks a law: a bug in the engine, never the caller's fault."""


class Child:
    """One solver process; it answers questions one after another and is killed, with all it started, when it fails.

    It ends with whoever holds it, and with the process that asked, unless that is a fork of the one that started it.
    """

    def __init__(self, command: Sequence[str] | None = None) -> None:
        self.answered = 0
        self.process = subprocess.Popen(
            list(command or [sys.executable, "-m", "dispatch.planner.solver.worker"]),
            cwd=HOUSE,
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "PYTHONPATH": str(HOUSE)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None,  # what it says before it dies belongs in the server's log
            bufsize=0,
            start_new_session=True,
        )
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)
        self._ending = weakref.finalize(self, _ended, self.process, os.getpid())

    @property
    def alive(self) -> bool:
        return self._ending.alive and _left(self.process) is None

    @property
    def spent(self) -> bool:
        """Whether a fresh process should take over."""
        return self.answered >= RECYCLED

    def ask(self, question: Sequence[bytes], deadline_s: float) -> list[bytes] | FellBack:
        """The parts of the answer, or why there is none; then the process is gone."""
        try:
            answer = self._exchange(wire.frame(question), time.monotonic() + deadline_s)
        except BaseException:
            self.end()
            raise
        if isinstance(answer, FellBack):
            self.end()
        else:
            self.answered += 1
        return answer

    def _exchange(self, chunks: list[bytes], until: float) -> list[bytes] | FellBack:
        """Writes and reads as far as the pipes allow, never longer than `until`."""
        into, out = self.process.stdin, self.process.stdout
        if into is None or out is None:
            raise AssertionError("a child has pipes")
        answer = _Answer()
        views = [memoryview(chunk) for chunk in chunks if chunk]
        with selectors.DefaultSelector() as waits:
            waits.register(into, selectors.EVENT_WRITE)
            waits.register(out, selectors.EVENT_READ)
            while (left := until - time.monotonic()) > 0:
                for key, _ in waits.select(left):
                    if key.fileobj is out:
                        got = os.read(out.fileno(), CHUNK)
                        if not got:
                            return self._silent()
                        try:
                            if (whole := answer.feed(got)) is not None:
                                return whole
                        except wire.BadFrame:
                            return FellBack.nonsense
                    else:
                        try:
                            sent = os.write(into.fileno(), views[0][:CHUNK])
                        except BrokenPipeError:
                            return self._silent()
                        views[0] = views[0][sent:]
                        if not views[0]:
                            del views[0]
                        if not views:
                            waits.unregister(into)
        return FellBack.deadline

    def _silent(self) -> FellBack:
        """What a closed pipe means: it died, or it had nothing to say."""
        until = time.monotonic() + DYING_S
        while time.monotonic() < until:
            if (status := _left(self.process)) is not None:
                return FellBack.nonsense if status == 0 else FellBack.killed
            time.sleep(DYING_S / 100)
        return FellBack.nonsense

    def end(self) -> None:
        """Kills the process and all it started; a stopped process dies of SIGKILL too."""
        self._ending()


def _left(process: subprocess.Popen[bytes]) -> int | None:
    """The status a process left with, None while it runs. It is not waited for, so nobody else gets its number."""
    try:
        found = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return process.poll()  # somebody else has waited for it
    if found is None:
        return None
    return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status


def _ended(process: subprocess.Popen[bytes], owner: int) -> None:
    """Kills a process's group, whoever of it is left, and lets go of its pipes."""
    if owner == os.getpid():
        # The leader has not been waited for yet, dead or not, so the group's number is still its own.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()


class _Answer:
    """Puts a frame together from whatever the pipe hands over."""

    def __init__(self) -> None:
        self._got = bytearray()

    def feed(self, chunk: bytes) -> list[bytes] | None:
        """The parts once the frame is whole; raises BadFrame."""
        self._got += chunk
        head = bytes(self._got[: wire.HEAD_LIMIT])
        size = wire.head_size(head)
        if len(head) < size:
            return None
        sizes = wire.lengths(head[:size])
        if sum(sizes) > MAX_ANSWER:
            raise wire.BadFrame("answer too long")
        if len(self._got) < size + sum(sizes):
            return None
        parts: list[bytes] = []
        for length in sizes:
            parts.append(bytes(self._got[size : size + length]))
            size += length
        return parts


class Children:
    """Solver processes kept for the next question, at most `KEPT` of them idle; a spent or failed one is replaced.

    Started when first needed, and at once in the place of a spent one, so that nobody waits while it loads. A web
    server that forks leaves them to the parent: the fork starts its own.
    """

    def __init__(self, command: Sequence[str] | None = None) -> None:
        self._command = command
        self._lock = threading.Lock()
        self._idle: list[Child] = []
        self._mine = os.getpid()

    def start(self, count: int) -> None:
        """Has so many processes load already, because somebody will ask in a moment."""
        for child in [self._take() for _ in range(min(count, KEPT))]:
            self._give_back(child)

    @contextmanager
    def borrowed(self) -> Iterator[Child]:
        """A process for one or several questions, nobody else's meanwhile."""
        child = self._take()
        try:
            yield child
        except BaseException:
            child.end()
            raise
        self._give_back(child)

    def _take(self) -> Child:
        with self._lock:
            if self._mine != os.getpid():
                self._mine, self._idle = os.getpid(), []
            while self._idle:
                child = self._idle.pop()
                if child.alive:
                    return child
                child.end()
        return Child(self._command)

    def _give_back(self, child: Child) -> None:
        with self._lock:
            wanted = child.alive and len(self._idle) < KEPT
            if wanted and not child.spent:
                self._idle.append(child)
                return
        child.end()
        if wanted:
            with suppress(OSError):
                self._give_back(Child(self._command))

    def end(self) -> None:
        """Ends every idle process."""
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle:
            child.end()


CHILDREN: Final = Children()


def search_in_child(
    problem: Problem,
    budget: Budget,
    start: Plan | None = None,
    *,
    deadline_s: float | None = None,
    command: Sequence[str] | None = None,
    started: Callable[[int], None] | None = None,
) -> Plan | FellBack:
    """The plan of a solver process, legal and never dearer than a legal `start`; or why there is none.

    Raises ProblemRefused for nonsense, before anything starts. The child is killed after `deadline_s` (default: the
    budget and a few seconds for loading). `started` is told its process id. No transaction should be open meanwhile.
    """
    check_problem(problem)
    question = wire.Question(wire.Asked.within(wire.Task.solve, budget), problem, start).parts()
    deadline = budget.time_s + STARTING_S if deadline_s is None else deadline_s
    if deadline_s is None and not READY.exists():
        deadline += COMPILING_S
    answer = _ask(question, deadline, command, started)
    if isinstance(answer, Plan):
        return _unfit(problem, answer, start) or answer
    return answer


def solve_in_child(
    problem: Problem,
    budget: Budget,
    start: Plan | None = None,
    *,
    deadline_s: float | None = None,
    command: Sequence[str] | None = None,
    started: Callable[[int], None] | None = None,
) -> Plan:
    """What `search_in_child` finds; else the cheaper of the legal `start` and the simple plan, and the notes say why."""
    found = search_in_child(problem, budget, start, deadline_s=deadline_s, command=command, started=started)
    if isinstance(found, Plan):
        return found
    simple = _simple_here(problem)
    if start is not None and start.cost.total < simple.cost.total and not violations(problem, start):
        return replace(start, notes=replace(start.notes, fell_back=found))
    return replace(simple, notes=replace(simple.notes, seed=budget.seed, fell_back=found))


def simple_in_child(problem: Problem, *, command: Sequence[str] | None = None) -> Plan:
    """The simple plan, made in a process because it may take seconds; made here only where that fails."""
    check_problem(problem)
    deadline_s = STARTING_S + SIMPLE_S * len(problem.visits)
    answer = _ask(wire.Question(wire.Asked(wire.Task.simple), problem).parts(), deadline_s, command, None)
    return answer if isinstance(answer, Plan) and not violations(problem, answer) else _simple_here(problem)


def _simple_here(problem: Problem) -> Plan:
    """The simple plan, made by whoever asks; raises NoLegalPlan."""
    simple = simple_plan(problem)
    if broken := violations(problem, simple):
        raise NoLegalPlan(broken)
    return simple


def _unfit(problem: Problem, plan: Plan, start: Plan | None) -> FellBack | None:
    """Why a solver's plan may not be used: it breaks a law, or costs more than what is there without it."""
    if violations(problem, plan):
        return FellBack.illegal
    dearer = plan.notes.greedy_fen is not None and plan.cost.total > plan.notes.greedy_fen
    if start is not None and plan.cost.total > start.cost.total:
        dearer = dearer or not violations(problem, start)
    return FellBack.worse if dearer else None


def _ask(
    question: Sequence[bytes],
    deadline_s: float,
    command: Sequence[str] | None,
    started: Callable[[int], None] | None,
) -> Plan | FellBack:
    try:
        return _asked(question, deadline_s, command, started)
    except OSError:
        return FellBack.killed  # no process could be started


def _asked(
    question: Sequence[bytes],
    deadline_s: float,
    command: Sequence[str] | None,
    started: Callable[[int], None] | None,
) -> Plan | FellBack:
    if command is None:
        with CHILDREN.borrowed() as child:
            if started is not None:
                started(child.process.pid)
            return plan_in(child.ask(question, deadline_s))
    child = Child(command)
    try:
        if started is not None:
            started(child.process.pid)
        return plan_in(child.ask(question, deadline_s))
    finally:
        child.end()


def plan_in(answer: list[bytes] | FellBack) -> Plan | FellBack:
    """The plan that an answer's first part describes."""
    if isinstance(answer, FellBack):
        return answer
    try:
        return Plan.from_json(answer[0])
    except (BadForm, UnicodeDecodeError, IndexError):
        return FellBack.nonsense
