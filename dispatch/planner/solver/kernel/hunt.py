"""The kernel's face: a state in, better rows out, and the rows seen on the way as columns (R1, R8).

One `Hunt` is one seed on one core. The compiled loops release the interpreter's lock, so several hunts may run in
threads of one process.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Final

import numpy as np

from dispatch.planner.solver.cost import Priced
from dispatch.planner.solver.kernel import improve
from dispatch.planner.solver.kernel.draft import CAPS, FROM_VAN, LONGEST, NO_SOURCE, blank_draft, blank_memory
from dispatch.planner.solver.kernel.drive import BREAKS
from dispatch.planner.solver.kernel.ground import Ground, ground_of, part_names
from dispatch.planner.solver.kernel.pool import NO_POOL, Kept, Pool, blank_pool, rows_of
from dispatch.planner.solver.kernel.rows import settle
from dispatch.planner.solver.kernel.supply import take_pieces
from dispatch.planner.solver.model import Model
from dispatch.planner.solver.state import State
from dispatch.planner.solver.supply import Unit

CHUNK_S: Final = 0.01  # how long the compiled loop runs before the clock is read again


class SplitSource(ValueError):
    """A visit of the start fetches the pieces of one want at two places, which a row cannot say."""

    def __init__(self, visit: int) -> None:
        super().__init__(visit)
        self.visit = visit


class NotDriven(ValueError):
    """A priced route that a row finds no way to drive: by the hour a rest may be what makes a road quick enough."""

    def __init__(self, duty: int) -> None:
        super().__init__(duty)
        self.duty = duty


class Hunt:
    """A search from a state's rows; `best_fen` is the price of the best rows so far."""

    def __init__(self, start: State, seed: int, *, around: Iterable[int] | None = None) -> None:
        """Raises SplitSource. `around` names the visits about which rows are ruined; all by default."""
        self.model: Model = start.model
        # What a row cannot say stays as it is: a shift of many breaks, a very long route, one that owes to many.
        longest = min(len(self.model.calls), LONGEST) + len(self.model.depots)
        closed = [
            route.duty
            for route in start.routes
            if len(self.model.duties[route.duty].breaks) > BREAKS
            or len(route.nodes) > longest
            or len(route.capped) > CAPS
        ]
        self.parts = part_names(self.model)
        while not self._laid(start, closed, seed):
            pass
        self.rounds = 0
        self._told = 0
        self._chunk = 16
        free = self.ground.node["free"][: self.ground.visits]
        self._seeds = np.flatnonzero(free) if around is None else np.array([v for v in around if free[v]], np.int64)
        self._keep()

    def _laid(self, start: State, closed: list[int], seed: int) -> bool:
        """Whether all rows could be laid but those of `closed` duties; the first that cannot is closed too."""
        self.ground: Ground = ground_of(self.model, closed, [v for duty in closed for v in start.routes[duty].visits])
        self._aside = {duty: self.kept(start.routes[duty]) for duty in closed}
        self.draft = blank_draft(self.ground, seed)
        self.old = blank_draft(self.ground, seed)
        self.best = blank_draft(self.ground, seed)
        self.memory = blank_memory(self.ground)
        try:
            self.lay([self.kept(route) for route in start.routes])
        except NotDriven as row:
            closed.append(row.duty)
            return False
        return True

    @cached_property
    def pool(self) -> Pool:
        """The rows remembered, from the first run that records them."""
        return blank_pool()

    @property
    def complete(self) -> bool:
        """Whether every route could be said as a row; one that cannot stands aside as it is."""
        return not self._aside

    @property
    def best_fen(self) -> int:
        """The price of the best rows, everything left out included."""
        return int(self.best.sums[0]["fen"])

    def construct(self, visits: Iterable[int] | None = None) -> None:
        """Puts in everything that is left out, or of it these visits, where it costs least; milliseconds."""
        order = np.argsort(self.ground.node["due_s"][: self.ground.visits], kind="stable")
        if visits is not None:
            order = order[np.isin(order, list(visits))]
        improve.construct(self.ground, self.draft, self.memory, order)
        self._keep()

    def sure_of(self, visit: int) -> bool:
        """Whether a visit that found no place here has none: no row aside, no changing speeds, no pieces to share out."""
        node = self.ground.node[visit]
        return (
            self.complete
            and len(self.ground.band) == 1
            and bool(node["free"])
            and int(node["want_at"]) == int(node["want_end"])
        )

    def run(
        self,
        used: Callable[[int], float],
        *,
        until: float,
        heat: Callable[[float], float],
        record: bool,
        steady: bool = False,
    ) -> None:
        """Works until the share of the budget used, told from the rounds done, reaches `until`.

        `heat` tells from that share what a round may cost, in fen; `record` keeps the rows of accepted rounds.
        `steady` looks up after the same number of rounds always, so that counted rounds can be repeated.
        """
        pool = self.pool if record else NO_POOL
        while len(self._seeds) and (share := used(self.rounds)) < until:
            began = time.perf_counter()
            improve.improve(
                self.ground, self.draft, self.old, self.best, self.memory, pool,
                self._seeds, self._chunk, heat(share), record,
            )  # fmt: skip
            self.rounds += self._chunk
            if steady:
                continue
            took = time.perf_counter() - began
            if took < CHUNK_S / 2 and self._chunk < 1024:
                self._chunk *= 2
            elif took > CHUNK_S and self._chunk > 1:
                self._chunk //= 2

    def taken(self) -> int:
        """How many rounds were done since this was asked last."""
        new = self.rounds - self._told
        self._told = self.rounds
        return new

    def adopt(self, rows: Sequence[Kept]) -> None:
        """Goes on from these rows, one for each duty; they become the best if they are cheaper."""
        self.lay(rows)
        self._keep()

    def mean_fen(self) -> float:
        """The price of the best rows per visit that may be moved."""
        return self.best_fen / max(1, len(self._seeds))

    def columns(self) -> list[Kept]:
        """Every row remembered."""
        return list(rows_of(self.pool))

    def rows(self) -> list[Kept]:
        """The best rows, one for each duty."""
        return [self._row(duty) for duty in range(len(self.ground.duty))]

    def state(self, like: State) -> State:
        """The best rows as a state of the same model: the same stops, breaks and pieces, priced by `cost.py`."""
        state = like.copy()
        for kept in self.rows():
            if kept.duty in self._aside:
                continue
            row = self.best.row[kept.duty]
            rests = tuple(int(gap) for gap in (row["rest"], row["rest2"]) if gap >= 0)
            state.routes[kept.duty] = self.priced(state, kept, rests)
        state.recount()
        return state

    def lay(self, rows: Sequence[Kept]) -> None:
        """Makes these the rows of the draft, with the very pieces they take. Raises NotDriven."""
        ground, draft = self.ground, self.draft
        draft.stock_left[:] = ground.stock
        draft.van_left[:] = ground.van
        draft.owed_under[:] = 0
        draft.where[:] = -1
        draft.source["depot"] = NO_SOURCE
        draft.row["base_fen"] = 0
        draft.row["owes"] = draft.row["size"] = 0
        draft.sums["fen"] = int(ground.node["drop_fen"].sum())
        draft.sums["left"] = int(ground.node["free"].sum())
        draft.sums["busy"] = draft.sums["moving"] = 0
        for kept in rows:
            engineer = int(ground.duty[kept.duty]["engineer"])
            sources = iter(kept.sources)
            for visit in kept.nodes:
                if visit >= ground.visits:
                    continue
                node = ground.node[visit]
                for want in range(int(node["want_at"]), int(node["want_end"])):
                    draft.source[want] = next(sources)
                take_pieces(ground, draft, visit, engineer, 1)
                draft.where[visit] = kept.duty
                draft.sums["fen"] -= node["drop_fen"]
                draft.sums["left"] -= node["free"]
            if kept.duty in self._aside:
                draft.row[kept.duty]["base_fen"] = kept.base_fen
                for cap, fen in kept.capped:
                    draft.owed_under[cap] += fen
                continue
            draft.trial[: len(kept.nodes)] = kept.nodes
            if not settle(ground, draft, kept.duty, len(kept.nodes)):
                raise NotDriven(kept.duty)
        if self._aside:
            draft.sums["fen"] = self._total()
        self.memory.flag["stale"] = 1

    def _total(self) -> int:
        """The price of the draft, reckoned from its rows alone."""
        ground, draft = self.ground, self.draft
        out = ground.node["drop_fen"][: ground.visits][draft.where < 0]
        owed = np.minimum(draft.owed_under, ground.room)
        return int(draft.row["base_fen"].sum() + owed.sum() + out.sum())

    def kept(self, route: Priced) -> Kept:
        """A priced route in the form of a row; raises SplitSource."""
        visits = self.ground.visits
        sources: list[tuple[int, int]] = []
        for spot, visit in enumerate(route.visits):
            given = Counter((unit.wanted, depot, part) for unit, depot, part in route.sources if unit.place == spot)
            for want in self.model.calls[visit].wants:
                ways = [(depot, part) for wanted, depot, part in given if wanted == want.part]
                if len(ways) != 1:
                    raise SplitSource(visit)
                sources.append((max(ways[0][0], FROM_VAN), self.parts.index(ways[0][1])))
        nodes = [node if node >= 0 else visits - 1 - node for node in route.nodes]
        return Kept(route.duty, nodes, sources, route.base_fen, list(route.capped))

    def priced(self, state: State, kept: Kept, rests: tuple[int, ...]) -> Priced:
        """A row as `cost.py` prices it; both agree to the fen."""
        visits = [node for node in kept.nodes if node < self.ground.visits]
        nodes = tuple(node if node < self.ground.visits else self.ground.visits - 1 - node for node in kept.nodes)
        wants = [(spot, want) for spot, visit in enumerate(visits) for want in self.model.calls[visit].wants]
        taken: Counter[tuple[int, str]] = Counter()
        sources: list[tuple[Unit, int, str]] = []
        for (spot, want), (depot, part) in zip(wants, kept.sources, strict=True):
            if depot >= 0:
                taken[depot, self.parts[part]] += want.qty
            unit = Unit(spot, want.part, want.accepts)
            sources.extend([(unit, depot, self.parts[part])] * want.qty)
        made = state.pricer.as_driven(kept.duty, nodes, rests, tuple(taken.items()), tuple(sources))
        if made is None or (made.base_fen, sorted(made.capped)) != (kept.base_fen, sorted(kept.capped)):
            raise AssertionError(f"the kernel and the price disagree: {kept} {made}")
        return made

    def _row(self, duty: int) -> Kept:
        if duty in self._aside:
            return self._aside[duty]
        ground, draft = self.ground, self.best
        row = draft.row[duty]
        nodes = draft.nodes[duty, : int(row["size"])].tolist()
        wants = [
            want
            for node in nodes
            if node < ground.visits
            for want in range(int(ground.node[node]["want_at"]), int(ground.node[node]["want_end"]))
        ]
        return Kept(
            duty,
            nodes,
            [(int(depot), int(part)) for depot, part in draft.source[wants]],
            int(row["base_fen"]),
            [(int(cap), int(fen)) for cap, fen in draft.debt[duty, : int(row["owes"])]],
        )

    def _keep(self) -> None:
        """The draft becomes the best if it is cheaper, or if there is none yet."""
        if self.draft.sums[0]["fen"] < self.best_fen or self.best.sums[0]["stamp"] == 0:
            self.memory.flag["stale"] = 1
            improve.keep_best(self.ground, self.draft, self.best, self.memory)
            self.best.sums["stamp"] = self.draft.sums["stamp"]
