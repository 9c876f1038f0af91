"""From routes seen to the routes of the plan: what OR-Tools is told, and what its choice means (R1, R8)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from dispatch.planner.solver.cost import Priced
from dispatch.planner.solver.kernel.ground import Ints
from dispatch.planner.solver.kernel.hunt import Hunt
from dispatch.planner.solver.kernel.pool import Kept, row_of
from dispatch.planner.solver.model import Model
from dispatch.planner.solver.partition import WAITING_S, Choice, Chosen, Effort, choose, decide
from dispatch.planner.solver.relaxation import SAFE_FEN, Column, Duals, Floats, Relaxation
from dispatch.planner.solver.state import State

FIRST: Final = 4_000  # rows the relaxation knows at first: the last ones, because the search grows colder
PER_SECOND: Final = 5_000  # but no more than it can be solved for in a second of effort
MORE: Final = 2_000  # and so many more each time, those that promise most
TURNS: Final = 40  # so often at most where effort is counted
RELAXING: Final = 0.5  # of the effort is GLOP's at most; CP-SAT has what it leaves
# Columns CP-SAT decides among, the most promising: some, more for each second it has, never more than ...
FEWEST: Final = 500
FOR_A_SECOND: Final = 1_500
MOST: Final = 6_000  # ... these: with more it finds nothing in time


class Pieces:
    """Which pieces routes compete for – depots' stock, and vans that several shifts share – and how many there are."""

    def __init__(self, model: Model) -> None:
        self.limits: list[int] = []
        self._number: dict[tuple[str, int, str], int] = {}
        for (depot, part), qty in model.stock.items():
            self._add(("depot", depot, part), qty)
        for duty in model.duties:
            if duty.shares_van:
                for part, qty in duty.van.items():
                    if ("van", duty.engineer, part) not in self._number:
                        self._add(("van", duty.engineer, part), qty)

    def used(self, model: Model, duty: int, takes: Iterable[tuple[int, str, int]]) -> tuple[tuple[int, int], ...]:
        """(piece, how many) of a route that takes so many of a part from a depot, or from the van (-1)."""
        used: dict[int, int] = {}
        engineer = model.duties[duty].engineer
        for depot, part, qty in takes:
            piece = self._number.get(("depot", depot, part) if depot >= 0 else ("van", engineer, part))
            if piece is not None:
                used[piece] = used.get(piece, 0) + qty
        return tuple(used.items())

    def tables(self, model: Model, parts: Sequence[str]) -> tuple[Ints, Ints]:
        """(depots × parts, engineers × parts): the number of the piece a route competes for there, -1 none."""
        store = np.full((max(1, len(model.depots)), max(1, len(parts))), -1, np.int64)
        van = np.full((max(1, len(model.problem.engineers)), max(1, len(parts))), -1, np.int64)
        place = {part: n for n, part in enumerate(parts)}
        for (where, owner, part), number in self._number.items():
            if part in place:
                (van if where == "van" else store)[owner, place[part]] = number
        return store, van

    def _add(self, key: tuple[str, int, str], qty: int) -> None:
        self._number[key] = len(self.limits)
        self.limits.append(qty)


def left_out_prices(model: Model, out: set[int]) -> Mapping[int, int | None]:
    """What leaving each visit out costs; None for what is held and planned, which must be done."""
    return {
        call.index: None if call.held and call.index not in out else call.left_out_fen
        for call in model.calls
        if not call.frozen
    }


def chosen_state(start: State, routes: Iterable[Priced], effort: Effort) -> tuple[State, Chosen]:
    """The state with the routes that set partitioning chooses; the start itself if that is not cheaper."""
    model = start.model
    pieces = Pieces(model)
    pool: dict[Priced, Column] = {}
    for route in (*start.routes, *routes):
        if route not in pool:
            takes = [(depot, part, 1) for _, depot, part in route.sources]
            pool[route] = Column(
                route.duty, route.visits, route.base_fen, route.capped, pieces.used(model, route.duty, takes)
            )
    listed = list(pool)
    place = {route: n for n, route in enumerate(listed)}
    hint = [place[route] for route in start.routes]
    shifts = [1] * len(model.duties)
    left_out_fen = left_out_prices(model, start.left)
    choice = Choice(shifts, list(pool.values()), left_out_fen, pieces.limits, model.headroom, hint, start.total)
    chosen = choose(choice, effort)
    found = start.copy()
    # Exchanged one by one a visit would stand in two routes for a moment, so all are set at once and counted again.
    for n in chosen.columns:
        found.routes[listed[n].duty] = listed[n]
    found.recount()
    return (found if found.total < start.total else start), chosen


class Seen:
    """Every row a hunt remembers as flat tables, so that all of them are priced by duals in milliseconds."""

    def __init__(self, hunt: Hunt, pieces: Pieces) -> None:
        ground, pool = hunt.ground, hunt.pool
        self.many = int(pool.used[0])
        row = pool.row[: self.many]
        self.kind: Ints = ground.duty["kind"][row["duty"]]
        self._fen = row["base_fen"].astype(np.float64)
        self._node_of, spot = _flat(row["size"])
        self._node = pool.text[row["at"][self._node_of] + spot]
        first, last = ground.node["want_at"][self._node], ground.node["want_end"][self._node]
        at, nth = _flat(last - first)
        owner = self._node_of[at]
        # Behind the nodes stand depot and part of each want, in the order of the visits.
        before = np.concatenate([[0], np.cumsum(row["wants"])])[owner]
        text = row["at"][owner] + row["size"][owner] + 2 * (np.arange(len(owner)) - before)
        depot, part = pool.text[text], pool.text[text + 1]
        store, van = pieces.tables(hunt.model, hunt.parts)
        piece = np.where(depot >= 0, store[depot, part], van[ground.duty["engineer"][row["duty"][owner]], part])
        taken = piece >= 0
        self._piece, self._piece_of = piece[taken], owner[taken]
        self._qty = ground.want["qty"][first[at] + nth][taken]

    def reduced(self, duals: Duals) -> Floats:
        """What each row costs beyond what it brings, in fen."""
        worth = np.bincount(self._node_of, duals.worth_of(self._node), self.many)
        paid = np.bincount(self._piece_of, duals.piece[self._piece] * self._qty, self.many)
        reduced: Floats = self._fen - worth - paid - duals.shift[self.kind]
        return reduced


def chosen_rows(hunt: Hunt, effort: Effort) -> tuple[list[Kept], Chosen, int]:
    """The rows that set partitioning chooses from all the hunt has seen, the choice, and how many rows that was.

    The bound holds for every choice among them, also of the rows that CP-SAT was spared.
    """
    began, model, own = time.monotonic(), hunt.model, hunt.rows()
    pieces = Pieces(model)
    seen = Seen(hunt, pieces)
    columns = [_column(hunt, row, pieces) for row in own]
    out = set(range(len(model.calls))) - {node for row in own for node in row.nodes}
    kinds: list[int] = hunt.ground.duty["kind"].tolist()
    shifts = [kinds.count(duty) for duty in range(len(kinds))]
    left_out_fen = left_out_prices(model, out)
    relaxation = Relaxation(len(model.calls), shifts, left_out_fen, pieces.limits)
    relaxation.add(columns)
    bound, promising = _promising(relaxation, hunt, seen, pieces, shifts, effort)
    if not effort.counted:
        effort = replace(effort, time_s=effort.time_s - (time.monotonic() - began))
    most = min(MOST, FEWEST + int(FOR_A_SECOND * max(0.0, effort.time_s)))
    rows = own + [row_of(hunt.pool, n) for n in promising[:most].tolist()]
    columns += [_column(hunt, row, pieces) for row in rows[len(own) :]]
    hint = list(range(len(own)))
    choice = Choice(shifts, columns, left_out_fen, pieces.limits, model.headroom, hint, hunt.best_fen)
    chosen = decide(choice, bound, effort)
    if len(promising) > most or not bound:
        chosen = replace(chosen, bound_fen=bound, optimal=False)
    return _handed_out([rows[n] for n in chosen.columns], kinds), chosen, seen.many


def _promising(
    relaxation: Relaxation, hunt: Hunt, seen: Seen, pieces: Pieces, shifts: Sequence[int], effort: Effort
) -> tuple[int, Ints]:
    """(a bound over all rows seen, the rows that a cheaper choice could have), the most promising first.

    The bound is 0 and the rows are the last ones if there is no time to solve the relaxation once.
    """
    until = time.monotonic() + (WAITING_S if effort.counted else RELAXING * effort.time_s)
    known = np.zeros(seen.many, np.bool_)
    first = min(FIRST, 100 + int(PER_SECOND * RELAXING * effort.time_s))
    bound, fresh = 0, np.arange(max(0, seen.many - first), seen.many)
    promising = fresh[::-1]
    for _ in range(TURNS):
        known[fresh] = True
        relaxation.add([_column(hunt, row_of(hunt.pool, n), pieces) for n in fresh.tolist()])
        duals = relaxation.solved(until - time.monotonic())
        if duals is None:
            break
        reduced = seen.reduced(duals)
        now, over = duals.bound(shifts, seen.kind, reduced)
        if now >= bound:
            bound = now
            promising = np.flatnonzero(over <= hunt.best_fen - now + SAFE_FEN)
            promising = promising[np.argsort(over[promising], kind="stable")]
        fresh = np.flatnonzero((reduced < -SAFE_FEN) & ~known)
        if not len(fresh):
            break
        fresh = fresh[np.argsort(reduced[fresh], kind="stable")[:MORE]]
    return bound, promising


def _flat(sizes: Ints) -> tuple[Ints, Ints]:
    """For tables of such sizes one behind the other: of which table each entry is, and its place in there."""
    table = np.repeat(np.arange(len(sizes)), sizes)
    return table, np.arange(len(table)) - (np.cumsum(sizes) - sizes)[table]


def _handed_out(rows: Sequence[Kept], kinds: Sequence[int]) -> list[Kept]:
    """One row for each duty: where several are the same, whose row it was does not matter."""
    waiting: dict[int, list[Kept]] = {}
    for row in rows:
        if row.nodes:
            waiting.setdefault(kinds[row.duty], []).append(row)
    given: list[Kept] = []
    for duty, kind in enumerate(kinds):
        mine = waiting.get(kind)
        given.append(mine.pop()._replace(duty=duty) if mine else Kept(duty, [], [], 0, []))
    return given


def _column(hunt: Hunt, row: Kept, pieces: Pieces) -> Column:
    model = hunt.model
    visits = tuple(node for node in row.nodes if node < len(model.calls))
    wants = [want for visit in visits for want in model.calls[visit].wants]
    takes = [
        (depot, hunt.parts[part], want.qty)
        for (depot, part), want in zip(row.sources, wants, strict=True)
    ]  # fmt: skip
    kind = int(hunt.ground.duty[row.duty]["kind"])
    return Column(kind, visits, row.base_fen, tuple(row.capped), pieces.used(model, row.duty, takes))
