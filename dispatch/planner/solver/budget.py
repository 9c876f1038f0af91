"""How long the engine may think: tests stop by count, production by time (house §5)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """At most `time_s` seconds and, if set, `rounds` of ruin and recreate; the same seed and rounds repeat a plan."""

    time_s: float = 5.0
    rounds: int | None = None
    seed: int = 1
