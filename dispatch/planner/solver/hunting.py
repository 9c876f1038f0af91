"""Search, then set partitioning, with ties in turns: each goes on from what the one before made better (R1, R8)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.greedy import squeeze_in
from dispatch.planner.solver.kernel.hunt import Hunt, SplitSource
from dispatch.planner.solver.partition import Effort
from dispatch.planner.solver.plan import Notes
from dispatch.planner.solver.recombine import chosen_rows
from dispatch.planner.solver.replay import untear
from dispatch.planner.solver.state import State
from dispatch.planner.solver.ties import groups, hours_of, put_hours, retie

HOT: Final = 5.0  # times what driving to a visit costs: what a round may cost at the start
COLD: Final = 0.1
CHOICE_SHARE: Final = 0.18  # of the time is the choice's, but ...
LEG_SHARE: Final = 0.08  # ... in each leg, where work is tied; so much again has whoever places that work anew
CHOICE_S: Final = 6.0  # and no more seconds than these
TIE_TURNS: Final = 20  # so often crews and orders of work are placed anew in each leg, where work is counted


class Pace:
    """How much of a budget is used: by rounds where they are counted, so that work can be repeated, else by time."""

    def __init__(self, budget: Budget, *, keep_s: float) -> None:
        """`keep_s` seconds of the budget are kept for putting the answer together."""
        self.began = time.monotonic()
        self.budget = budget
        self.counted = budget.rounds is not None
        self.whole_s = max(0.01, budget.time_s - keep_s)

    def used(self, rounds: int = 0) -> float:
        """The share used when so many rounds are done; 1.0 and more: it is over."""
        by_time = (time.monotonic() - self.began) / self.whole_s
        return by_time if self.budget.rounds is None or by_time >= 1.0 else rounds / self.budget.rounds

    def left_s(self) -> float:
        """Seconds left of what is not kept."""
        return max(0.0, self.whole_s - (time.monotonic() - self.began))

    def elapsed_ms(self) -> int:
        """Milliseconds since the beginning."""
        return int((time.monotonic() - self.began) * 1000)


def hunted(start: State, pace: Pace, notes: Notes, legs: Sequence[float]) -> tuple[State, Notes]:
    """The best state found, never dearer than the start, and how it was found.

    `legs` say when ties have their say where there are any, as rising shares of the budget; the last one is 1.
    """
    first, hours = start.copy(), hours_of(start.model)
    found, notes = _in_legs(start, pace, notes, legs) if groups(start.model) else _straight(start, pace, notes)
    squeeze_in(found, pace.left_s)
    untear(found)
    if found.total <= first.total:
        return found, notes
    # What had to be taken out before the search may have found no way back.
    put_hours(first, hours)
    return first, notes


def _straight(start: State, pace: Pace, notes: Notes) -> tuple[State, Notes]:
    """One search and one choice at its end; a choice halfway found hardly anything the search did not find by itself."""
    hunt = hunt_from(start, pace.budget.seed)
    hunt.construct()
    heat = _cooling(hunt)
    kept = 0.0 if pace.counted else 1.1 * min(CHOICE_SHARE, CHOICE_S / pace.whole_s)
    hunt.run(pace.used, until=1.0 - kept, heat=heat, record=True, steady=pace.counted)
    notes = _chosen(hunt, notes, _effort(pace, CHOICE_SHARE))
    # The choice is often made before its time is up.
    hunt.run(pace.used, until=1.0, heat=lambda _: heat(1.0), record=False)
    return hunt.state(start), replace(notes, rounds=notes.rounds + hunt.taken())


def _in_legs(start: State, pace: Pace, notes: Notes, legs: Sequence[float]) -> tuple[State, Notes]:
    """Search, choice and ties in turns, because where tied work stands the search takes as given."""
    seed = pace.budget.seed
    # The choice has the end of each leg, and ties as much again.
    kept = 0.0 if pace.counted else 2.0 * LEG_SHARE
    state, hunt, earlier = start, hunt_from(start, seed), 0
    hunt.construct()
    heat = _cooling(hunt)
    for number, leg in enumerate(legs):
        hunt.run(partial(_used, pace, earlier), until=leg - kept, heat=heat, record=True, steady=pace.counted)
        notes = _chosen(hunt, notes, _effort(pace, LEG_SHARE))
        state = retie(hunt.state(state), seed + number, _turns(pace, leg))
        if leg < legs[-1]:
            hunt, earlier = hunt_from(state, seed + number), notes.rounds
    return state, notes


def _cooling(hunt: Hunt) -> Callable[[float], float]:
    """From the share of the budget used to what a round may cost, in fen."""
    scale = way_fen(hunt)
    return lambda share: scale * HOT * (COLD / HOT) ** share


def _effort(pace: Pace, share: float) -> Effort:
    whole_s = pace.budget.time_s if pace.counted else pace.whole_s
    return Effort(min(CHOICE_S, max(0.1, share * whole_s)), pace.budget.seed, counted=pace.counted)


def hunt_from(start: State, seed: int) -> Hunt:
    """A hunt from this state; a visit whose pieces come from two places is taken out first, with all that is tied to it."""
    while True:
        try:
            return Hunt(start, seed)
        except SplitSource as split:
            tied, gone = groups(start.model), {split.visit}
            while gone:
                together = gone.union(*(group for group in tied if not gone.isdisjoint(group)))
                gone = start.take_out(together - start.left)


def _chosen(hunt: Hunt, notes: Notes, effort: Effort) -> Notes:
    """Lets OR-Tools choose from the rows seen; the hunt goes on from its choice if that is cheaper."""
    before = hunt.best_fen
    rows, chosen, columns = chosen_rows(hunt, effort)
    if chosen.total_fen < before:
        hunt.adopt(rows)
    return replace(
        notes,
        rounds=notes.rounds + hunt.taken(),
        pool=max(notes.pool, columns),
        partition_gain_fen=notes.partition_gain_fen + before - hunt.best_fen,
        pool_bound_fen=chosen.bound_fen or None,  # 0: the relaxation was not finished, so nothing is known
    )


def way_fen(hunt: Hunt) -> float:
    """What driving to one visit costs on average; the measure of heat, because fees of a rough plan say nothing of it."""
    row, ground = hunt.draft.row, hunt.ground
    way = row["drove"].sum() * ground.travel_fen_h / 3600 + row["way"].sum() * ground.distance_fen_km / 1000
    return max(1.0, float(way) / max(1, int((hunt.draft.where >= 0).sum())))


def _used(pace: Pace, earlier: int, rounds: int) -> float:
    return pace.used(earlier + rounds)


def _turns(pace: Pace, leg: float) -> Callable[[int], bool]:
    """How long ties are placed anew: so many turns where work is counted, else to the end of the leg."""
    return lambda done: done < TIE_TURNS if pace.counted else pace.used() < leg
