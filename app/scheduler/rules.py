"""Whether the clock can be believed in this tick (P13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

TICK_EVERY = timedelta(seconds=10)
LARGEST_JUMP = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class Reading:
    """Both clocks at one moment."""

    wall: datetime
    monotonic_s: float


@dataclass(frozen=True, slots=True)
class Jump:
    """How much time passed by each clock between two readings that do not agree."""

    wall_s: int
    monotonic_s: int


def jump_between(before: Reading | None, now: Reading) -> Jump | None:
    """The jump between two readings when the clocks disagree by more than 120 s, else None."""
    if before is None:
        return None
    wall_s = (now.wall - before.wall).total_seconds()
    monotonic_s = now.monotonic_s - before.monotonic_s
    if abs(wall_s - monotonic_s) <= LARGEST_JUMP.total_seconds():
        return None
    return Jump(round(wall_s), round(monotonic_s))
