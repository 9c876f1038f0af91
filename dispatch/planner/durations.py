"""How long a visit takes, learnt from those that were made: by kind of work, and by engineer where he has shown it (R1).

Robust and shy. The middle of a kind's visits counts, not their mean: one report that was closed the next morning moves
nothing. What somebody typed for the model counts as much as `TYPED` visits, an engineer's own pace only from `SHOWN`
visits on and drawn towards everybody's. Pure: tallies are read in history.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil, exp, log, sqrt
from typing import TypeVar

K = TypeVar("K")

#: Visits are tallied in steps of five minutes, and a duration is promised in whole ones.
STEP_S = 300
#: What a visit may take: the bounds of the visit's own row.
LEAST_S, MOST_S = 300, 57_600
#: The typed minutes weigh as much as so many visits.
TYPED = 5
#: So many visits show an engineer's pace; his ratio is drawn towards everybody's by as many.
SHOWN = 8
SLOWEST, QUICKEST = log(1.6), log(0.6)
#: Spread of the logarithm where nothing is learnt: two visits in three within 0.7 to 1.4 times the median.
USUAL_SD, USUAL_WEIGHT = 0.35, 10
#: The median distance from the median, times this, is the standard deviation of a normal distribution.
FROM_MEDIAN_DISTANCE = 1.4826


@dataclass(frozen=True, slots=True)
class Work:
    """What kind of work a visit is: what was asked for, on which model."""

    asked: str
    model: str


@dataclass(frozen=True, slots=True)
class Tally:
    """`count` visits of a kind that one engineer ended in the `step`-th five minutes after he began (0: in the first)."""

    work: Work
    engineer_id: int
    step: int
    count: int

    @property
    def log_s(self) -> float:
        """The logarithm of their seconds: the middle of the step."""
        return log((self.step + 0.5) * STEP_S)


@dataclass(frozen=True, slots=True)
class Learnt:
    """Seconds a visit takes, those who take another time, and the spread of the logarithm of the time."""

    duration_s: int
    by: Mapping[int, int]
    log_sd: float


@dataclass(slots=True)
class _Sample:
    """Numbers with how often each was seen."""

    seen: list[tuple[float, int]]

    @property
    def count(self) -> int:
        return sum(count for _, count in self.seen)

    def median(self) -> float:
        """The middle one; between the two middle ones where there are two."""
        half, below, middle = self.count / 2, 0, []
        for value, count in sorted(self.seen):
            if below <= half <= below + count:
                middle.append(value)
            below += count
        return sum(middle) / len(middle)


class Experience:
    """What the visits of the past tell about those to come."""

    def __init__(self, tallies: Iterable[Tally]) -> None:
        kept = [tally for tally in tallies if tally.count > 0]
        logs = _gathered((tally.work, tally.log_s, tally.count) for tally in kept)
        self._middle = {work: sample.median() for work, sample in logs.items()}
        self._count = {work: sample.count for work, sample in logs.items()}
        ratios = [(tally, tally.log_s - self._middle[tally.work]) for tally in kept]
        self._distance = _gathered((tally.work, abs(ratio), tally.count) for tally, ratio in ratios)
        everywhere = _gathered((tally.engineer_id, ratio, tally.count) for tally, ratio in ratios)
        self._pace = {who: _drawn(sample, towards=0.0) for who, sample in everywhere.items() if sample.count >= SHOWN}
        here = _gathered(((tally.engineer_id, tally.work), ratio, tally.count) for tally, ratio in ratios)
        self._pace_at = {
            (who, work): _drawn(sample, towards=self._pace[who])
            for (who, work), sample in here.items()
            if sample.count >= SHOWN
        }

    def learnt(self, work: Work, typed_s: int) -> Learnt:
        """How long such a visit takes, where `typed_s` was written down for it."""
        count = self._count.get(work, 0)
        usual = (TYPED * log(typed_s) + count * self._middle.get(work, 0.0)) / (TYPED + count)
        duration_s = _whole_steps(usual)
        own = {who: _whole_steps(usual + self._pace_of(who, work)) for who in self._pace}
        by = {who: seconds for who, seconds in own.items() if seconds != duration_s}
        return Learnt(duration_s, by, self._log_sd(work))

    def _pace_of(self, engineer_id: int, work: Work) -> float:
        pace = self._pace_at.get((engineer_id, work), self._pace[engineer_id])
        return min(max(pace, QUICKEST), SLOWEST)

    def _log_sd(self, work: Work) -> float:
        count = self._count.get(work, 0)
        seen = FROM_MEDIAN_DISTANCE * self._distance[work].median() if count else 0.0
        return sqrt((USUAL_WEIGHT * USUAL_SD**2 + count * seen**2) / (USUAL_WEIGHT + count))


def _gathered(seen: Iterable[tuple[K, float, int]]) -> dict[K, _Sample]:
    samples: dict[K, _Sample] = defaultdict(lambda: _Sample([]))
    for key, value, count in seen:
        samples[key].seen.append((value, count))
    return dict(samples)


def _drawn(sample: _Sample, *, towards: float) -> float:
    """The sample's middle, drawn towards what is true of more."""
    return (sample.count * sample.median() + SHOWN * towards) / (sample.count + SHOWN)


def _whole_steps(log_s: float) -> int:
    """Seconds, up to whole steps; a hair above a step is that step."""
    seconds = min(max(exp(log_s), LEAST_S), MOST_S)
    return ceil(seconds / STEP_S - 1e-9) * STEP_S
