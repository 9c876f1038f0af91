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

    solve = "solve"


@dataclass(frozen=True, slots=True)
class Asked:
    """What to do, in which budget; milliseconds, so that it goes as whole numbers."""

    task: Task
    time_ms: int
    rounds: int | None
    seed: int

    @staticmethod
    def solve(budget: Budget) -> Asked:
        """The question for a plan."""
        return Asked(Task.solve, round(budget.time_s * 1000), budget.rounds, budget.seed)

    @property
    def budget(self) -> Budget:
        return Budget(self.time_ms / 1000, self.rounds, self.seed)


@dataclass(frozen=True, slots=True)
class Question:
    """A task, its problem, and the plan to start from."""

    asked: Asked
    problem: Problem
    start: Plan | None = None

    def parts(self) -> list[bytes]:
        """The question as byte strings; raises BadForm if a field is not of its form."""
        tables = [self.problem.travel.metres, *self.problem.travel.seconds]
        bare = replace(self.problem, travel=replace(self.problem.travel, metres=_NONE, seconds=()))
        start = "" if self.start is None else self.start.to_json()
        texts = (codec.dumps(self.asked), bare.to_json(), start)
        return [*(text.encode("utf-8") for text in texts), *(table.cells for table in tables)]

    @staticmethod
    def of(parts: Sequence[bytes]) -> Question:
        """The question that `parts` wrote; raises BadForm or BadFrame."""
        if len(parts) < 4:
            raise BadFrame("too few parts")
        asked, text, start, *cells = parts
        bare = Problem.from_json(text)
        metres, *seconds = (Matrix(isqrt(len(table) // 4), table) for table in cells)
        problem = replace(bare, travel=replace(bare.travel, metres=metres, seconds=tuple(seconds)))
        return Question(codec.loads(asked, Asked), problem, Plan.from_json(start) if start else None)


_NONE: Final = Matrix(0, b"")
