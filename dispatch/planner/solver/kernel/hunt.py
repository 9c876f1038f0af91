"""The kernel's face: a state in, a better state out, and the rows seen on the way as columns (R1, R8).

One `Hunt` is one seed on one core. The compiled loops release the interpreter's lock, so several hunts may run in
threads of one process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

import numpy as np

from dispatch.planner.solver.cost import Priced
from dispatch.planner.solver.kernel import improve, place
from dispatch.planner.solver.kernel.draft import FROM_VAN, NO_SOURCE, NOWHERE, Draft, blank_draft, blank_memory
from dispatch.planner.solver.kernel.ground import Ground, ground_of, part_names
from dispatch.planner.solver.kernel.pool import Kept, blank_pool, rows_of
from dispatch.planner.solver.model import Model
from dispatch.planner.solver.state import State
from dispatch.planner.solver.supply import Unit

HOT: Final = 0.10  # of the mean price of a visit: what a round may cost at the start
COLD: Final = 0.001
CHUNK_S: Final = 0.01  # how long the compiled loop runs before the clock is read again


class Hunt:
    """A search from a state. `best_fen` is the price of the best rows so far."""

    def __init__(self, state: State, seed: int, *, seeds: Iterable[int] | None = None) -> None:
        self.model: Model = state.model
        self.ground: Ground = ground_of(self.model)
        self.draft = blank_draft(self.ground, seed)
        self.old = blank_draft(self.ground, seed)
        self.best = blank_draft(self.ground, seed)
        self.memory = blank_memory(self.ground)
        self.pool = blank_pool()
        self.rounds = 0
        self._chunk = 50
        self._lay(state)
        free = np.flatnonzero(self.ground.node["free"][: self.ground.visits])
        self._seeds = free if seeds is None else np.array([v for v in seeds if self.ground.node[v]["free"]], np.int64)

    @property
    def best_fen(self) -> int:
        """The price of the best rows, everything left out included."""
        return int(self.best.sums[0]["fen"])

    def construct(self) -> None:
        """Puts in everything that is left out where it costs least; milliseconds."""
        order = np.argsort(self.ground.node["due_s"][: self.ground.visits], kind="stable")
        improve.construct(self.ground, self.draft, self.memory, order)
        self.keep_if_better()

    def keep_if_better(self) -> None:
        """Makes the draft the best if it is cheaper, or the draft the best again if not."""
        if self.draft.sums[0]["fen"] < self.best.sums[0]["fen"]:
            self.memory.flag["stale"] = 1
            improve.keep_best(self.ground, self.draft, self.best, self.memory)

    def run(self, used: Callable[[int], float], *, until: float, heat: Callable[[float], float], record: bool) -> None:
        """Works until the share of the budget used, told from the rounds done, reaches `until`; `heat` is in fen."""
        if not len(self._seeds):
            return
        while (share := used(self.rounds)) < until:
            before = heat(share)
            improve.improve(
                self.ground, self.draft, self.old, self.best, self.memory, self.pool,
                self._seeds, self._chunk, before, record,
            )  # fmt: skip
            self.rounds += self._chunk

    def back_to_best(self) -> None:
        """Goes on from the best rows."""
        improve.go_back(self.ground, self.draft, self.best, self.memory)

    def mean_fen(self) -> float:
        """The price of the draft per free visit."""
        return float(self.draft.sums[0]["fen"]) / max(1, len(self._seeds))

    def _lay(self, state: State) -> None:
        """Fills the rows from a state, with the very pieces it takes."""
        ground, draft = self.ground, self.draft
        parts = {name: n for n, name in enumerate(part_names(self.model))}
        draft.sums[0]["fen"] = int(ground.node["drop_fen"].sum())
        draft.sums[0]["left"] = int(ground.node["free"].sum())
        for route in state.routes:
            self._lay_row(route, parts)
        for duty in range(len(ground.duty)):
            # An empty row was never counted, so what `settle` takes off first is nothing.
            if draft.row[duty]["stamp"] == 0 and not place.settle(ground, draft, duty, 0):
                raise AssertionError("an empty row can be driven")
        self.memory.flag["stale"] = 1
        improve.keep_best(ground, draft, self.best, self.memory)

    def _lay_row(self, route: Priced, parts: dict[str, int]) -> None:
        ground, draft, duty = self.ground, self.draft, route.duty
        engineer = int(ground.duty[duty]["engineer"])
        for place_of, visit in enumerate(route.visits):
            given = Counter((unit.wanted, depot, part) for unit, depot, part in route.sources if unit.place == place_of)
            for number, want in enumerate(self.model.calls[visit].wants):
                row = int(ground.node[visit]["want_at"]) + number
                ways = [(depot, part, qty) for (wanted, depot, part), qty in given.items() if wanted == want.part]
                if len(ways) == 1:
                    draft.source[row] = (max(ways[0][0], FROM_VAN), parts[ways[0][1]])
                else:
                    raise SplitSource(visit)
            place.take_pieces(ground, draft, visit, engineer, 1)
            draft.where[visit] = duty
            draft.sums[0]["fen"] -= ground.node[visit]["drop_fen"]
            draft.sums[0]["left"] -= int(ground.node[visit]["free"])
        nodes = [node if node >= 0 else ground.visits - 1 - node for node in route.nodes]
        draft.trial[: len(nodes)] = nodes
        if not place.settle(ground, draft, duty, len(nodes)):
            raise AssertionError("a priced route can be driven")


class SplitSource(ValueError):
    """A visit of the start fetches the pieces of one want at two places, which a row cannot say."""


def state_from(model: Model, draft: Draft, ground: Ground, start: State) -> State:
    """The rows of a draft as a state: the same stops, breaks and pieces, priced by `cost.py`."""
    state = start.copy()
    names = part_names(model)
    for duty in range(len(ground.duty)):
        kept = kept_row(ground, draft, duty)
        rests = tuple(int(gap) for gap in (draft.row[duty]["rest"], draft.row[duty]["rest2"]) if gap >= 0)
        state.routes[duty] = priced(state, ground, names, kept, rests)
    state.recount()
    return state


def kept_row(ground: Ground, draft: Draft, duty: int) -> Kept:
    """One row of a draft in the form in which the pool gives them."""
    nodes = draft.nodes[duty, : int(draft.row[duty]["size"])].tolist()
    wants = [
        want
        for node in nodes
        if node < ground.visits
        for want in range(int(ground.node[node]["want_at"]), int(ground.node[node]["want_end"]))
    ]
    sources = [(int(depot), int(part)) for depot, part in draft.source[wants]]
    owed = [(int(cap), int(fen)) for cap, fen in draft.debt[duty, : int(draft.row[duty]["owes"])]]
    return Kept(duty, nodes, sources, int(draft.row[duty]["base_fen"]), owed)


def priced(state: State, ground: Ground, names: list[str], kept: Kept, rests: tuple[int, ...]) -> Priced:
    """A kept row as `cost.py` prices it; both must agree to the fen."""
    model = state.model
    visits = [node for node in kept.nodes if node < ground.visits]
    nodes = tuple(node if node < ground.visits else ground.visits - 1 - node for node in kept.nodes)
    wants = [(spot, want) for spot, visit in enumerate(visits) for want in model.calls[visit].wants]
    taken: Counter[tuple[int, str]] = Counter()
    sources: list[tuple[Unit, int, str]] = []
    for (spot, want), (depot, part) in zip(wants, kept.sources, strict=True):
        if depot == NO_SOURCE:
            continue
        if depot >= 0:
            taken[depot, names[part]] += want.qty
        unit = Unit(spot, want.part, want.accepts)
        sources.extend((unit, depot if depot >= 0 else -1, names[part]) for _ in range(want.qty))
    made = state.pricer.as_driven(kept.duty, nodes, rests, tuple(taken.items()), tuple(sources))
    if made is None or made.base_fen != kept.base_fen:
        raise AssertionError(f"the kernel and the price disagree on duty {kept.duty}: {made} {kept}")
    return made


__all__ = ["NOWHERE", "Hunt", "SplitSource", "kept_row", "priced", "rows_of", "state_from"]
