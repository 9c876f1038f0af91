"""How long a visit takes, learnt from those that were made: by kind of work, and by engineer where he has shown it (R1).

Robust and shy. The middle of a kind's visits counts, not their mean: one report that was closed the next morning moves
nothing. What somebody typed for the model counts as much as `TYPED` visits. An engineer's pace counts from `SHOWN` visits
on, and only as far as engineers are seen to differ more than chance makes them: where they do not, the quick one was
lucky. Pure: tallies are read in history.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
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
#: So many visits show an engineer's pace; within a tenth of everybody's it is everybody's.
SHOWN = 8
SLOWEST, QUICKEST, TELLING = log(1.6), log(0.6), log(1.1)
#: How far engineers usually differ (standard deviation of the logarithm), as if seen on so many engineers.
PEOPLE_SD, PEOPLE_WEIGHT = 0.10, 5
#: The variance of a median of n normal numbers is this, times theirs, over n.
MEDIAN_VARIANCE = 1.57
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

    def for_engineer(self, engineer_id: int) -> int:
        """Seconds such a visit takes this engineer."""
        return self.by.get(engineer_id, self.duration_s)


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
        spread = _spread(_Sample([(abs(ratio), tally.count) for tally, ratio in ratios]))
        everywhere = _shown(_gathered((tally.engineer_id, ratio, tally.count) for tally, ratio in ratios))
        here = _shown(_gathered(((tally.engineer_id, tally.work), ratio, tally.count) for tally, ratio in ratios))
        people = _difference(everywhere.values(), spread)
        self._pace = {who: _drawn(sample, 0.0, people, spread) for who, sample in everywhere.items()}
        self._pace_at = {key: _drawn(sample, self._pace[key[0]], people, spread) for key, sample in here.items()}

    def learnt(self, work: Work, typed_s: int) -> Learnt:
        """How long such a visit takes, where `typed_s` was written down for it."""
        count = self._count.get(work, 0)
        usual = (TYPED * log(typed_s) + count * self._middle.get(work, 0.0)) / (TYPED + count)
        duration_s = _whole_steps(usual)
        own = {who: _whole_steps(usual + self._pace_of(who, work)) for who in self._pace}
        by = {who: seconds for who, seconds in own.items() if seconds != duration_s}
        return Learnt(duration_s, by, _spread(self._distance.get(work, _Sample([]))))

    def _pace_of(self, engineer_id: int, work: Work) -> float:
        pace = self._pace_at.get((engineer_id, work), self._pace[engineer_id])
        return min(max(pace, QUICKEST), SLOWEST) if abs(pace) >= TELLING else 0.0


def _gathered(seen: Iterable[tuple[K, float, int]]) -> dict[K, _Sample]:
    samples: dict[K, _Sample] = defaultdict(lambda: _Sample([]))
    for key, value, count in seen:
        samples[key].seen.append((value, count))
    return dict(samples)


def _spread(distances: _Sample) -> float:
    """The standard deviation whose distances from the median these are, drawn towards the usual one."""
    count = distances.count
    seen = FROM_MEDIAN_DISTANCE * distances.median() if count else 0.0
    return sqrt((USUAL_WEIGHT * USUAL_SD**2 + count * seen**2) / (USUAL_WEIGHT + count))


def _shown(samples: Mapping[K, _Sample]) -> dict[K, _Sample]:
    return {key: sample for key, sample in samples.items() if sample.count >= SHOWN}


def _chance(sample: _Sample, spread: float) -> float:
    """The variance that chance alone gives the sample's median."""
    return MEDIAN_VARIANCE * spread**2 / sample.count


def _difference(people: Collection[_Sample], spread: float) -> float:
    """The variance between engineers: what their medians differ by, less what chance explains."""
    seen = sum(sample.median() ** 2 - _chance(sample, spread) for sample in people)
    return max(0.0, (PEOPLE_WEIGHT * PEOPLE_SD**2 + seen) / (PEOPLE_WEIGHT + len(people)))


def _drawn(sample: _Sample, towards: float, people: float, spread: float) -> float:
    """The sample's median, drawn towards what is true of more as far as chance may have made it (empirical Bayes)."""
    trust = people / (people + _chance(sample, spread))
    return towards + trust * (sample.median() - towards)


def _whole_steps(log_s: float) -> int:
    """Seconds, up to whole steps; a hair above a step is that step."""
    seconds = min(max(exp(log_s), LEAST_S), MOST_S)
    return ceil(seconds / STEP_S - 1e-9) * STEP_S
