"""Why the day's penalties were paid: every fen attributed to one cause (R10).

The day is over, its true roads and durations are known, and it has been solved again with hindsight. Each late visit
is then told again with one cause after the other taken away, always in this order, and judged by its clause each time:

| told as | what it costs less than the line before is due to |
|---|---|
| it happened | – |
| the plan in force, on the true roads, with the true durations | plan not followed |
| the same on the roads as they were expected | traffic |
| the same, had everybody been sent when the call came in | late dispatch |
| the hindsight plan | unavoidable: nobody could know |
| put into the hindsight plan as if its pieces lay in every van | no part |
| and as if everybody had the skill | no skill |

What the last line still costs is unavoidable too. A telling that would begin later than the one before takes nothing
away. Where a cap let some of a penalty off, the causes share what was charged in proportion. The order decides where
two causes are needed together, and is fixed so that two nights can be compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from app.kernel.money import Fen, share
from dispatch.planner.solver.checker_money import penalty
from dispatch.planner.solver.greedy import begin_of
from dispatch.planner.solver.model import EVER
from dispatch.planner.solver.placing import cheapest
from dispatch.planner.solver.plan import Plan, StopKind
from dispatch.planner.solver.problem import Commitment, Problem
from dispatch.planner.solver.replay import state_of
from dispatch.planner.solver.state import State
from dispatch.planner.solver.unfold import lasts, unfold

Moment = tuple[int, int]  # when service begins and ends


class Cause(StrEnum):
    """What a penalty is due to."""

    plan_not_followed = "plan_not_followed"
    traffic = "traffic"
    late_dispatch = "late_dispatch"
    no_part = "no_part"
    no_skill = "no_skill"
    unavoidable = "unavoidable"


@dataclass(frozen=True, slots=True)
class Fact:
    """What happened to a visit: reported, somebody sent, service begun and ended; None where it never did."""

    reported_s: int
    sent_s: int | None = None
    begin_s: int | None = None
    end_s: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """The day as it turned out: `problem` with the true roads and durations, and what happened to each of its visits.

    What had not happened by `reckoned_s` is judged as if it happened then.
    """

    problem: Problem
    visits: Mapping[str, Fact]
    reckoned_s: int


@dataclass(frozen=True, slots=True)
class Blame:
    """So much of a visit's penalties is due to this cause; `agreed` is false where only a level's weight was at stake."""

    visit: str
    cause: Cause
    fen: int
    agreed: bool


def attribute(as_known: Problem, executed: Plan, hindsight: Plan, facts: Facts) -> tuple[Blame, ...]:
    """Every fen of the day's penalties by visit and cause; they sum to what `charged` says, to the fen.

    `as_known` has the roads as they were expected, between the same places; `executed` is the plan that was in force,
    `hindsight` the plan for `facts.problem`. Raises ValueError when the facts do not cover the visits.
    """
    missing = sorted({visit.id for visit in facts.problem.visits} - facts.visits.keys())
    if missing or as_known.travel.metres.size != facts.problem.travel.metres.size:
        raise ValueError(f"no facts for {missing}" if missing else "the expected roads join other places")
    tellings = _Tellings(as_known, executed, hindsight, facts)
    blamed: Counter[tuple[str, Cause, bool]] = Counter()
    for debt in charged(facts):
        weights = dict.fromkeys(Cause, 0)
        now = _happened(facts, debt.visit)
        for cause, then in tellings.of(debt.visit):
            earlier = min(now[0], then[0]), min(now[1], then[1])
            weights[cause] += penalty(debt.commitment, *now) - penalty(debt.commitment, *earlier)
            now = earlier
        weights[Cause.unavoidable] += penalty(debt.commitment, *now)
        for cause, fen in zip(Cause, share(Fen(debt.fen), list(weights.values())), strict=True):
            blamed[debt.visit, cause, debt.commitment.price.agreed] += fen
    return tuple(Blame(visit, cause, fen, agreed) for (visit, cause, agreed), fen in blamed.items() if fen)


def by_cause(blames: Iterable[Blame]) -> dict[Cause, int]:
    """The sum of each cause, in fen."""
    total = dict.fromkeys(Cause, 0)
    for blame in blames:
        total[blame.cause] += blame.fen
    return total


@dataclass(frozen=True, slots=True)
class Debt:
    """What one commitment of a visit cost, every cap counted."""

    visit: str
    commitment: Commitment
    fen: int


def charged(facts: Facts) -> list[Debt]:
    """The day's penalties. A headroom shared by several visits goes to those due first."""
    owed = sorted(
        ((visit.id, one) for visit in facts.problem.visits for one in visit.commitments),
        key=lambda pair: pair[1].due_s + pair[1].price.grace_s,
    )
    headroom = dict(facts.problem.caps)
    debts: list[Debt] = []
    for visit, commitment in owed:
        fen = penalty(commitment, *_happened(facts, visit))
        cap = commitment.price.cap
        if cap is not None:
            fen = min(fen, headroom[cap])
            headroom[cap] -= fen
        if fen > 0:
            debts.append(Debt(visit, commitment, fen))
    return debts


def _happened(facts: Facts, visit: str) -> Moment:
    fact = facts.visits[visit]
    begin = facts.reckoned_s if fact.begin_s is None else fact.begin_s
    return begin, max(begin, facts.reckoned_s) if fact.end_s is None else fact.end_s


class _Tellings:
    """The day told again with one cause after the other taken away."""

    def __init__(self, as_known: Problem, executed: Plan, hindsight: Plan, facts: Facts) -> None:
        self.facts = facts
        true, expected = facts.problem, replace(facts.problem, travel=as_known.travel)
        sent = {ref: facts.reckoned_s if fact.sent_s is None else fact.sent_s for ref, fact in facts.visits.items()}
        reported = {ref: min(fact.reported_s, sent[ref]) for ref, fact in facts.visits.items()}
        self.followed = _driven(true, executed, sent)
        self.usual_roads = _driven(expected, executed, sent)
        self.sent_at_once = _driven(expected, executed, reported)
        self.with_hindsight = {
            stop.ref: (stop.start_s, stop.end_s)
            for route in hindsight.routes
            for stop in route.stops
            if stop.kind is StopKind.visit
        }
        self.state = state_of(true, hindsight)

    def of(self, visit: str) -> Iterator[tuple[Cause, Moment]]:
        """A visit's begin and end in each telling, with the cause that is no more."""
        never = self.facts.reckoned_s, self.facts.reckoned_s
        best = self.with_hindsight.get(visit, never)
        yield Cause.plan_not_followed, self.followed.get(visit, never)
        yield Cause.traffic, self.usual_roads.get(visit, never)
        # Where nobody was ever sent, somebody could have been, and hindsight shows when he would have come.
        yield Cause.late_dispatch, self.sent_at_once.get(visit, best)
        yield Cause.unavoidable, best
        yield Cause.no_part, self._put_in(visit, everybody=False) or best
        yield Cause.no_skill, self._put_in(visit, everybody=True) or best

    def _put_in(self, ref: str, *, everybody: bool) -> Moment | None:
        """When the visit would begin, put into the hindsight plan with its pieces on board of every van.

        With `everybody` no skill is asked for either. None for visits whose hours hang on others, and where nobody
        can come even so.
        """
        model = self.state.model
        visit = model.visit_index[ref]
        call, source = model.calls[visit], model.problem.visits[visit]
        trial = self.state.copy()
        if call.held or not trial.drop([visit]):
            return None
        wants, may, until = call.wants, call.may, call.valid_until
        call.wants = ()
        if everybody:
            call.may = [
                one.id not in source.barred and (source.pin is None or source.pin.engineer == one.id)
                for one in model.problem.engineers
            ]
            call.valid_until = [EVER] * len(may)
        trial.pricer.forget()
        moment = _cheapest_moment(trial, visit)
        call.wants, call.may, call.valid_until = wants, may, until
        trial.pricer.forget()
        return moment


def _cheapest_moment(state: State, visit: int) -> Moment | None:
    found = cheapest(state, visit, exact=True)
    if found is None:
        return None
    state.put(found[1])
    return begin_of(state, visit)


def _driven(problem: Problem, plan: Plan, sent_s: Mapping[str, int]) -> dict[str, Moment]:
    """When each visit begins and ends if the plan is followed, nobody setting off before he is sent."""
    times = unfold(
        problem, plan, lambda visit, who: np.full(1, float(lasts(visit, who))), lambda _, __: np.ones(1), sent_s
    )
    return {ref: (int(one.begin[0]), int(one.end[0])) for ref, one in times.items()}
