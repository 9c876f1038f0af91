"""Questions about a plan, answered in microseconds: who else could go, and where a visit costs least (R6).

Visits already there keep their places, and for the most part their pieces: beside the ways in which the search puts
a visit in, a row that fetches pieces may fetch all of them in one call placed anew, as `cost.py` does.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np

from dispatch.planner.solver.kernel.bounds import least_bound, least_price
from dispatch.planner.solver.kernel.compiled import AVAILABLE, compiled
from dispatch.planner.solver.kernel.draft import NOWHERE, OF_ROW, Draft, Memory
from dispatch.planner.solver.kernel.drive import NEVER, drive, walk
from dispatch.planner.solver.kernel.ground import NOT, Ground, Ints, Records, last_begin, opens_s
from dispatch.planner.solver.kernel.hunt import Hunt, SplitSource
from dispatch.planner.solver.kernel.improve import keep_sums, touch, undo
from dispatch.planner.solver.kernel.place import take_out, try_duty
from dispatch.planner.solver.kernel.rows import capped_delta, note_clock, settle
from dispatch.planner.solver.kernel.supply import from_van
from dispatch.planner.solver.model import Model
from dispatch.planner.solver.problem import Depot, Window
from dispatch.planner.solver.state import State

WAY: Final = np.dtype([(name, np.int64) for name in ("fen", "duty")])
NO_BOUND: Final = -1e12  # money of a leg below which nothing is ruled out


@compiled
def fetching(ground: Ground, draft: Draft, duty: int) -> tuple[int, int]:
    """(how many calls at stores a row makes, the store of the last one or -1)."""
    calls, depot = 0, NOWHERE
    for i in range(draft.row[duty].size):
        if draft.nodes[duty, i] >= ground.visits:
            calls += 1
            depot = draft.nodes[duty, i] - ground.visits
    return calls, depot


@compiled
def on_shelf(ground: Ground, draft: Draft, duty: int, depot: int, part: int) -> int:
    """Pieces of a part in a store that a row could have: what is free there and what the row takes there now."""
    pieces = draft.stock_left[depot, part]
    for i in range(draft.row[duty].size):
        visit = draft.nodes[duty, i]
        if visit < ground.visits:
            for want in range(ground.node[visit].want_at, ground.node[visit].want_end):
                if draft.source[want].depot == depot and draft.source[want].part == part:
                    pieces += ground.want[want].qty
    return pieces


@compiled
def served(ground: Ground, draft: Draft, duty: int, depot: int, want: int, picked: Ints, many: int) -> bool:
    """Whether a store has the pieces of a want beside those picked before; notes (want, part) as pick number `many`."""
    for k in range(ground.want[want].accept_at, ground.want[want].accept_end):
        part = ground.accept[k]
        asked = ground.want[want].qty
        for n in range(many):
            if picked[2 * n + 1] == part:
                asked += ground.want[picked[2 * n]].qty
        if on_shelf(ground, draft, duty, depot, part) >= asked:
            picked[2 * many] = want
            picked[2 * many + 1] = part
            return True
    return False


@compiled
def one_store_for_all(
    ground: Ground, draft: Draft, memory: Memory, duty: int, depot: int, lacking: int, picked: Ints
) -> int:
    """How many wants one store is to serve, all that a row fetches and the `lacking` in `memory.missing`; -1 if it cannot."""
    many = 0
    for i in range(draft.row[duty].size):
        visit = draft.nodes[duty, i]
        if visit < ground.visits:
            for want in range(ground.node[visit].want_at, ground.node[visit].want_end):
                if draft.source[want].depot >= 0:
                    if not served(ground, draft, duty, depot, want, picked, many):
                        return -1
                    many += 1
    for n in range(lacking):
        if not served(ground, draft, duty, depot, memory.missing[n], picked, many):
            return -1
        many += 1
    return many


@compiled
def write_anew(ground: Ground, draft: Draft, visit: int, duty: int, place: int, depot: int, gap: int) -> int:
    """Writes the row's visits with one more as number `place`, and one call before number `gap` of these; the length."""
    n, seen = 0, 0
    for i in range(draft.row[duty].size + 1):
        last = i == draft.row[duty].size
        node = visit if last else draft.nodes[duty, i]
        if not last and node >= ground.visits:
            continue
        for turn in range(2):
            new = turn == 0
            if new and (visit < 0 or seen != place):
                continue
            if not new and last:
                continue
            if seen == gap:
                draft.trial[n] = ground.visits + depot
                n += 1
            draft.trial[n] = visit if new else node
            n += 1
            seen += 1
    return n


@compiled
def try_anew(
    ground: Ground, draft: Draft, memory: Memory, picked: Ints, visit: int, duty: int, limit: int
) -> tuple[int, int, int, int]:
    """(extra fen, place, depot, gap) of a row that fetches all it lacks in one call placed anew; `limit` if not less.

    With the visit in it as number `place` of its visits, or with -1 as it is.
    """
    found, fetch_at, before = NOWHERE, NOWHERE, 0
    calls, _ = fetching(ground, draft, duty)
    low, row = ground.duty[duty].frozen, draft.row[duty]
    if calls == 0 or row.size + 2 >= draft.nodes.shape[1]:
        return limit, found, fetch_at, before
    extra, lacking = row.extra, 0
    if visit >= 0:
        extra += ground.extra_fen[visit, ground.duty[duty].engineer]
        lacking = from_van(ground, draft, memory, visit, ground.duty[duty].engineer)
    visits, need = 0, -1
    for i in range(row.size):
        node = draft.nodes[duty, i]
        if node < ground.visits:
            for want in range(ground.node[node].want_at, ground.node[node].want_end):
                if need < 0 and draft.source[want].depot >= 0:
                    need = visits
            visits += 1
    for depot in range(ground.depots):
        if one_store_for_all(ground, draft, memory, duty, depot, lacking, picked) < 0:
            continue
        for place in range(low, visits + 1):
            last = need
            if visit >= 0 and place <= need:
                last = place if lacking > 0 else need + 1
            for gap in range(low, last + 1):
                n = write_anew(ground, draft, visit, duty, place, depot, gap)
                if least_price(ground, draft, duty, n) + extra - row.base_fen >= limit:
                    continue
                base = drive(ground, draft, duty, n, extra, 0, n + 1, False)
                if base == NEVER:
                    continue
                fen = base - row.base_fen
                if draft.gave[0].owes > 0 or row.owes > 0:
                    fen += capped_delta(ground, draft, duty)
                if fen < limit:
                    limit, found, fetch_at, before = fen, place, depot, gap
            if visit < 0:
                break
    return limit, found, fetch_at, before


@compiled
def fetch_anew(ground: Ground, draft: Draft, memory: Memory, picked: Ints, duty: int) -> bool:
    """Lets a row fetch its pieces in one call placed anew if that saves money; False if it cannot be driven then."""
    saves, _, depot, gap = try_anew(ground, draft, memory, picked, -1, duty, 0)
    if saves == 0:
        return True
    many = one_store_for_all(ground, draft, memory, duty, depot, 0, picked)
    for n in range(many):
        want, part = picked[2 * n], picked[2 * n + 1]
        source = draft.source[want]
        draft.stock_left[source.depot, source.part] += ground.want[want].qty
        draft.stock_left[depot, part] -= ground.want[want].qty
        source.depot = depot
        source.part = part
    return settle(ground, draft, duty, write_anew(ground, draft, -1, duty, 0, depot, gap))


@compiled
def cheapest_by_hand(
    ground: Ground, draft: Draft, memory: Memory, picked: Ints, visit: int, without: int
) -> tuple[int, int, int]:
    """(extra fen, duty, place among its visits) where a dispatcher's hand would put it; duty -1 if nowhere.

    As `cost.py` prices an order of visits: whoever fetches pieces at one call fetches all of them at one call, wherever
    that is best. Engineer `without` is passed over.
    """
    best, found, at = NEVER, NOWHERE, 0
    for duty in range(len(ground.duty)):
        if ground.last_begin[visit, duty] == NOT or ground.duty[duty].engineer == without:
            continue
        calls, _ = fetching(ground, draft, duty)
        if calls > 0:
            fen, place, _, _ = try_anew(ground, draft, memory, picked, visit, duty, best)
            if fen < best:
                best, found, at = fen, duty, place
        if calls != 1 and least_bound(ground, draft, memory, visit, duty) < best:
            fen = try_duty(ground, draft, memory, visit, duty, best)
            place = memory.way[OF_ROW].place
            if place >= 0 and fen < best:
                best, found, at = fen, duty, place
                for i in range(place):
                    if draft.nodes[duty, i] >= ground.visits:
                        at -= 1
    return best, found, at


@compiled
def taken_out(ground: Ground, draft: Draft, old: Draft, memory: Memory, visit: int) -> tuple[bool, int]:
    """Takes one visit out of its row, if it stands in one: (whether the rest can be driven, rows touched)."""
    keep_sums(draft, old)
    duty = draft.where[visit]
    if duty < 0:
        return True, 0
    touched = touch(ground, draft, old, memory, duty, 0)
    memory.gone[visit] = 1
    whole = take_out(ground, draft, memory, duty)
    memory.gone[visit] = 0
    return whole, touched


@compiled
def let_go(memory: Memory, touched: int) -> None:
    """Ends a step: rows touched count as untouched again."""
    for n in range(touched):
        duty = memory.touched[n]
        memory.flag[duty].now = 0


@compiled
def next_best(ground: Ground, draft: Draft, old: Draft, memory: Memory, picked: Ints, way: Records) -> None:
    """For each free planned visit the cheapest duty of another engineer and what the plan then costs more; or duty -1."""
    for visit in range(ground.visits):
        way[visit].duty = NOWHERE
        mine = draft.where[visit]
        if mine < 0 or not ground.node[visit].free:
            continue
        whole, touched = taken_out(ground, draft, old, memory, visit)
        if whole and fetch_anew(ground, draft, memory, picked, mine):
            fen, duty, _ = cheapest_by_hand(ground, draft, memory, picked, visit, ground.duty[mine].engineer)
            way[visit].duty = duty
            way[visit].fen = draft.sums[0].fen - ground.node[visit].drop_fen + fen - old.sums[0].fen
        undo(ground, draft, old, memory, touched)
        let_go(memory, touched)


@compiled
def note_again(ground: Ground, draft: Draft) -> None:
    """Notes the clock of every row anew, because shifts may be longer now."""
    for duty in range(len(ground.duty)):
        size = draft.row[duty].size
        for i in range(size):
            draft.trial[i] = draft.nodes[duty, i]
        walk(ground, draft, duty, size, 0, ground.duty[duty].ready_s, 0, 0, 0, -1, -1, size + 1, NEVER)
        note_clock(ground, draft, duty, size)


class Questions:
    """A state laid down as rows, to be asked about; it stays as it is. `Quick` for `explain`. Raises SplitSource."""

    def __init__(self, state: State) -> None:
        self.hunt = Hunt(_with_spare_store(state), seed=1)
        self.ground = self.hunt.ground
        if len(self.ground.band) > 1:
            # By another hour the rest of a row may be quicker too, so that no bound holds: every place is driven.
            none = np.full_like(self.ground.leg_fen, NO_BOUND)
            self.ground = self.ground._replace(leg_fen=none, leg_fen_to=none)
        self._picked = np.zeros(2 * len(self.ground.want) + 2, np.int64)

    def next_best(self) -> list[tuple[int, int] | None]:
        """For each visit (what the plan costs more, duty) with the next best engineer; None where nobody else can."""
        hunt, way = self.hunt, np.zeros(self.ground.visits, WAY)
        next_best(self.ground, hunt.draft, hunt.old, hunt.memory, self._picked, way)
        return [(fen, duty) if duty >= 0 else None for fen, duty in way.tolist()]

    def cheapest(self, visit: int, model: Model) -> tuple[int, int, int] | None:
        """(what the routes cost more, duty, place) of a visit that is left out, by this model's rules; None if nowhere.

        The model may differ from the state's in this visit's rules, the ends of shifts, who stands by, and by one
        store more.
        """
        with self._under(visit, model):
            fen, duty, place = cheapest_by_hand(
                self.ground, self.hunt.draft, self.hunt.memory, self._picked, visit, NOWHERE
            )  # fmt: skip
        return (fen, duty, place) if duty >= 0 else None

    @contextmanager
    def _under(self, visit: int, model: Model) -> Iterator[None]:
        """The rules of this model for one question."""
        ground, draft, call, spare = self.ground, self.hunt.draft, model.calls[visit], self.ground.depots - 1
        node, last, limits = ground.node[visit].copy(), ground.last_begin[visit].copy(), ground.duty["limit_s"].copy()
        ground.node[visit]["opens_s"] = opens_s(call)
        if not call.windows:
            ground.node[visit]["window_end"] = node["window_at"]
        if not call.wants:
            ground.node[visit]["want_end"] = node["want_at"]
        for duty in model.duties:
            ground.last_begin[visit, duty.index] = last_begin(model, duty, call)
        longer = [duty.limit_s for duty in model.duties]
        if longer != limits.tolist():
            ground.duty["limit_s"] = longer
            note_again(ground, draft)
        for depot in model.depots[spare:]:
            self._open(spare, depot)
        try:
            yield
        finally:
            ground.node[visit], ground.last_begin[visit] = node, last
            draft.stock_left[spare] = 0
            if longer != limits.tolist():
                ground.duty["limit_s"] = limits
                note_again(ground, draft)

    def _open(self, spare: int, depot: Depot) -> None:
        """Makes the spare store this one."""
        ground = self.ground
        node = ground.node[ground.visits + spare]
        node["spot"], node["handling_s"] = depot.location, depot.handling_s
        node["window_end"] = node["window_at"] + len(depot.windows)
        node["opens_s"] = min((window.from_s for window in depot.windows), default=NOT)
        for row, window in enumerate(depot.windows, int(node["window_at"])):
            ground.window[row] = (window.from_s, window.to_s)
        for number, part in enumerate(self.hunt.parts):
            self.hunt.draft.stock_left[spare, number] = depot.stock.get(part, 0)


def questions(state: State) -> Questions | None:
    """A state to be asked about; None without numba, or where rows cannot say all its routes or how they are supplied."""
    try:
        asked = Questions(state) if AVAILABLE else None
    except SplitSource:
        return None
    return asked if asked is not None and asked.hunt.complete else None


def _with_spare_store(state: State) -> State:
    """The state with one empty store more, which `Questions` opens where pieces still on their way are asked about."""
    most = max((len(depot.windows) for depot in state.model.depots), default=0) or 1
    spare = Depot("", 0, 0, windows=(Window(0, 0),) * most)
    twin = state.copy()
    twin.model = copy.copy(state.model)
    twin.model.depots = (*state.model.depots, spare)
    return twin
