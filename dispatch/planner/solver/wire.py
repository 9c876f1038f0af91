"""Questions and answers between a process that waits and one that thinks: byte strings in frames, over pipes (P41).

A frame is a mark, the number of its parts, their lengths, the parts. Travel tables go as they lie in memory: written
as text, a thousand places would cost a second on either side.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import isqrt
from typing import BinaryIO, Final

from dispatch.planner.solver import codec
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.events import EVENTS, Event
from dispatch.planner.solver.plan import Plan
from dispatch.planner.solver.problem import Matrix, Problem

MARK: Final = b"PLAN"
MOST_PARTS: Final = 64
MOST_BYTES: Final = 4 * 1024**3
_HEAD: Final = struct.Struct(">4sI")
_LENGTH: Final = struct.Struct(">Q")
HEAD_LIMIT: Final = _HEAD.size + MOST_PARTS * _LENGTH.size


class BadFrame(ValueError):
    """Bytes that are no frame."""


def frame(parts: Sequence[bytes]) -> list[bytes]:
    """The frame of these parts, as chunks to be written one after another."""
    return [_HEAD.pack(MARK, len(parts)) + b"".join(_LENGTH.pack(len(part)) for part in parts), *parts]


def lengths(head: bytes) -> list[int]:
    """The lengths of the parts that follow a complete head; raises BadFrame."""
    sizes = [size for (size,) in _LENGTH.iter_unpack(head[_HEAD.size :])]
    if sum(sizes) > MOST_BYTES:
        raise BadFrame("too long")
    return sizes


def head_size(head: bytes) -> int:
    """How long a head is that begins so; raises BadFrame where no frame begins so."""
    if not MARK.startswith(head[: len(MARK)]):
        raise BadFrame("no frame")
    if len(head) < _HEAD.size:
        return _HEAD.size
    _, count = _HEAD.unpack_from(head)
    if count > MOST_PARTS:
        raise BadFrame("too many parts")
    return _HEAD.size + int(count) * _LENGTH.size


def read(stream: BinaryIO) -> list[bytes] | None:
    """The next frame of a stream that blocks; None at its end. Raises BadFrame."""
    head = b""
    while (need := head_size(head)) > len(head):
        got = stream.read(need - len(head))
        if not got:
            return None
        head += got
    return [stream.read(size) for size in lengths(head)]


class Task(StrEnum):
    """What a solver process is asked to do."""

    solve = "solve"  # the cheapest plan for a problem
    simple = "simple"  # the simple plan, unexplained
    turn = "turn"  # the same for a part of a problem, unexplained
    reason = "reason"  # why visits are left out of a plan
    explain = "explain"  # who else could do each visit of a plan
    hold = "hold"  # keep a problem and its plan at hand, and say what the plan is now
    event = "event"  # let this happen to what is held, and say what the plan is then
    repair = "repair"  # improve what is held around what happened


@dataclass(frozen=True, slots=True)
class Asked:
    """What to do, in which budget; milliseconds, so that it goes as whole numbers. `form` names an event's class."""

    task: Task
    time_ms: int = 0
    rounds: int | None = None
    seed: int = 1
    form: str = ""

    @staticmethod
    def within(task: Task, budget: Budget) -> Asked:
        """The task with this budget."""
        return Asked(task, round(budget.time_s * 1000), budget.rounds, budget.seed)

    @property
    def budget(self) -> Budget:
        return Budget(self.time_ms / 1000, self.rounds, self.seed)


@dataclass(frozen=True, slots=True)
class Question:
    """A task with what it is about: a problem and the plan to start from, or an event, or nothing."""

    asked: Asked
    problem: Problem | None = None
    start: Plan | None = None
    event: Event | None = None

    def parts(self) -> list[bytes]:
        """The question as byte strings; raises BadForm if a field is not of its form."""
        if self.event is not None:
            named = replace(self.asked, form=type(self.event).__name__)
            return [_bytes(codec.dumps(named)), _bytes(codec.dumps(self.event))]
        asked = _bytes(codec.dumps(self.asked))
        if self.problem is None:
            return [asked]
        travel = self.problem.travel
        bare = replace(self.problem, travel=replace(travel, metres=Matrix(0, b""), seconds=()))
        start = "" if self.start is None else self.start.to_json()
        tables = (table.cells for table in (travel.metres, *travel.seconds))
        return [asked, _bytes(bare.to_json()), _bytes(start), *tables]

    @staticmethod
    def of(parts: Sequence[bytes]) -> Question:
        """The question that `parts` wrote; raises BadForm or BadFrame."""
        if not parts:
            raise BadFrame("no parts")
        asked = codec.loads(parts[0], Asked)
        if len(parts) == 1:
            return Question(asked)
        if asked.form:
            return Question(asked, event=codec.loads(parts[1], EVENTS[asked.form]))
        _, text, start, *cells = parts
        bare = Problem.from_json(text)
        metres, *seconds = (Matrix(isqrt(len(table) // 4), table) for table in cells)
        problem = replace(bare, travel=replace(bare.travel, metres=metres, seconds=tuple(seconds)))
        return Question(asked, problem, Plan.from_json(start) if start else None)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8")
