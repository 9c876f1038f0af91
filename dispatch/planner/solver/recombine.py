"""From routes seen to the routes of the plan: what OR-Tools is told, and what its choice means (R1, R8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from dispatch.planner.solver.cost import Priced
from dispatch.planner.solver.kernel.hunt import Hunt
from dispatch.planner.solver.kernel.pool import Kept
from dispatch.planner.solver.model import Model
from dispatch.planner.solver.partition import Choice, Chosen, Column, Effort, choose
from dispatch.planner.solver.state import State

MOST: Final = 4_000  # columns a choice is made from: the relaxation of more takes longer than it is worth
PER_SECOND: Final = 6_000  # so many columns are relaxed in a second of effort


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
    chosen = choose(_choice(model, shifts, list(pool.values()), start.left, pieces.limits, hint, start.total), effort)
    found = start.copy()
    # Exchanged one by one a visit would stand in two routes for a moment, so all are set at once and counted again.
    for n in chosen.columns:
        found.routes[listed[n].duty] = listed[n]
    found.recount()
    return (found if found.total < start.total else start), chosen


def chosen_rows(hunt: Hunt, effort: Effort) -> tuple[list[Kept], Chosen, int]:
    """The rows that set partitioning chooses from the hunt's pool, the choice, and how many columns there were.

    Of a large pool the last rows are offered, because the search grows colder, and those of the best plan always.
    """
    model, own = hunt.model, hunt.rows()
    pieces = Pieces(model)
    seen = hunt.columns()[-min(MOST, 400 + int(PER_SECOND * effort.time_s)) :]
    rows = own + seen
    columns = [_column(hunt, row, pieces) for row in rows]
    out = set(range(len(model.calls))) - {node for row in own for node in row.nodes}
    kinds: list[int] = hunt.ground.duty["kind"].tolist()
    shifts = [kinds.count(duty) for duty in range(len(kinds))]
    chosen = choose(
        _choice(model, shifts, columns, out, pieces.limits, list(range(len(own))), hunt.best_fen), effort
    )  # fmt: skip
    return _handed_out([rows[n] for n in chosen.columns], kinds), chosen, len(rows)


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


def _choice(
    model: Model,
    shifts: Sequence[int],
    columns: Sequence[Column],
    out: set[int],
    limits: Sequence[int],
    hint: Sequence[int],
    hint_fen: int,
) -> Choice:
    return Choice(
        shifts=shifts,
        columns=columns,
        left_out_fen=left_out_prices(model, out),
        limits=limits,
        headroom=model.headroom,
        hint=hint,
        hint_fen=hint_fen,
    )
