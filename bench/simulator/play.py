"""Plays a day under a policy: the office looks at it every ten minutes, everybody does what he was told in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bench.simulator.day import Day
from bench.simulator.policies import Policy
from dispatch.planner.solver.plan import Stop, StopKind

EPOCH_S: Final = 600


@dataclass(frozen=True, slots=True)
class Steadiness:
    """How quietly a policy worked: of `planned` visits it looked at again, `moved` changed their engineer."""

    epochs: int = 0
    planned: int = 0
    moved: int = 0

    @property
    def moved_share(self) -> float:
        """Per cent of the planned visits that change engineer at one look, on average."""
        return round(100.0 * self.moved / max(1, self.planned), 2)


def play(day: Day, policy: Policy) -> Steadiness:
    """Lets the whole day go by; what was done stands in the day afterwards."""
    now, agenda = day.whole.now_s, dict[str, list[Stop]]()
    epochs = planned = moved = 0
    while now < day.over_s:
        before = _holders(day, agenda)
        agenda = policy(day, now, agenda)
        after = _holders(day, agenda)
        epochs += 1
        planned += len(before)
        moved += sum(1 for visit, who in before.items() if after.get(visit, who) != who)
        agenda = day.advance(now, now + EPOCH_S, agenda)
        now += EPOCH_S
    return Steadiness(epochs, planned, moved)


def _holders(day: Day, agenda: Mapping[str, Sequence[Stop]]) -> dict[str, str]:
    """Who was told to do which real visit."""
    return {
        stop.ref: who
        for who, stops in agenda.items()
        for stop in stops
        if stop.kind is StopKind.visit and stop.ref in day.visits
    }
