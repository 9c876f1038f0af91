"""The one clock: aware UTC instants, read once at the edge and passed in as `now` (P13, P49)."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

__all__ = ["Clock", "FileClock", "FixedClock", "SystemClock", "utc"]


class Clock(Protocol):
    """What the edges read the time from; `create_app(clock=…)` takes one."""

    def now(self) -> datetime:
        """The present instant, aware UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards, whatever is done to the wall clock (P13)."""
        ...


def utc(instant: datetime) -> datetime:
    """`instant` in UTC; a naive one is a bug and raises ValueError, because nobody knows which zone it meant."""
    if instant.tzinfo is None or instant.utcoffset() is None:
        raise ValueError("a naive datetime is no instant")
    return instant.astimezone(UTC)


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class FixedClock:
    """A clock that stands still until it is told to move; for tests and for replays."""

    def __init__(self, at: datetime) -> None:
        self._at = utc(at)
        self._passed_s = 0.0

    def now(self) -> datetime:
        return self._at

    def monotonic(self) -> float:
        return self._passed_s

    def set(self, at: datetime) -> None:
        """Somebody sets the wall clock: the monotonic one does not follow."""
        self._at = utc(at)

    def advance(self, by: timedelta) -> None:
        """Time passes on both clocks."""
        self._at += by
        self._passed_s += by.total_seconds()


class FileClock:
    """The test clock of P49: the wall time is the one ISO instant in a file, read anew at each `now()`.

    The monotonic clock stays the machine's, so a jump written into the file is seen as the jump it is (P13).
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    def now(self) -> datetime:
        text = self.path.read_text(encoding="ascii").strip()
        for _ in range(20):
            if text:
                break
            # Whoever moves the clock may truncate before writing; an empty file is a moment, not an answer.
            time.sleep(0.005)
            text = self.path.read_text(encoding="ascii").strip()
        return utc(datetime.fromisoformat(text))

    def monotonic(self) -> float:
        return time.monotonic()
