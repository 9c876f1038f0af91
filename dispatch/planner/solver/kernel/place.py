"""Putting visits into rows and taking them out: the cheapest place of a row, bounds first."""

from __future__ import annotations

from dispatch.planner.solver.kernel.bounds import (
    bound_at,
    detour,
    first_place,
    in_time,
    more_driven,
    note_known,
    rest_fits,
)
from dispatch.planner.solver.kernel.compiled import compiled, inlined
from dispatch.planner.solver.kernel.draft import NO_SOURCE, NOWHERE, OF_ROW, TRIED, Draft, Memory
from dispatch.planner.solver.kernel.drive import NEVER, drive
from dispatch.planner.solver.kernel.ground import Ground
from dispatch.planner.solver.kernel.rows import capped_delta, settle
from dispatch.planner.solver.kernel.supply import from_van, needed, on_board, prefer_van, supplied, take_pieces


@inlined
def way_in(memory: Memory, place: int, depot: int, gap: int, depot2: int, gap2: int, moved: int) -> None:
    """Takes a way into a row in hand."""
    way = memory.way[TRIED]
    way.place, way.depot, way.gap, way.depot2, way.gap2, way.moved = place, depot, gap, depot2, gap2, moved


@inlined
def _write_trial(ground: Ground, draft: Draft, memory: Memory, visit: int, duty: int, which: int) -> int:
    """Writes the row with the visit and the calls of the way `which` in it; its length."""
    way, n = memory.way[which], 0
    for i in range(draft.row[duty].size + 1):
        if i == way.gap:
            draft.trial[n] = ground.visits + way.depot
            n += 1
        if i == way.gap2:
            draft.trial[n] = ground.visits + way.depot2
            n += 1
        if i == way.place:
            draft.trial[n] = visit
            n += 1
        if i < draft.row[duty].size and i != way.moved:
            draft.trial[n] = draft.nodes[duty, i]
            n += 1
    return n


@inlined
def _try(ground: Ground, draft: Draft, memory: Memory, visit: int, duty: int, best: int) -> int:
    """What the routes cost more by the way in hand, which is kept if that is less than `best`; the lesser of both."""
    way, row = memory.way[TRIED], draft.row[duty]
    n = _write_trial(ground, draft, memory, visit, duty, TRIED)
    extra = row.extra + ground.extra_fen[visit, ground.duty[duty].engineer]
    first, join = way.place, way.place + 1
    if way.depot >= 0:
        first = way.gap
        join += 1 if way.depot2 < 0 else 2
    if way.moved >= 0:
        join = way.moved + 2
    base = drive(ground, draft, duty, n, extra, first, join, False)
    if base == NEVER:
        return best
    fen = base - row.base_fen
    if draft.gave[0].owes > 0 or row.owes > 0:
        fen += capped_delta(ground, draft, duty)
    if fen < best:
        keep_way(memory, OF_ROW, TRIED)
    return min(best, fen)


@inlined
def keep_way(memory: Memory, into: int, which: int) -> None:
    """Copies one way over another."""
    kept, way = memory.way[into], memory.way[which]
    kept.place, kept.depot, kept.gap = way.place, way.depot, way.gap
    kept.depot2, kept.gap2, kept.moved = way.depot2, way.gap2, way.moved


@inlined
def try_duty(ground: Ground, draft: Draft, memory: Memory, visit: int, duty: int, limit: int) -> int:
    """Extra fen of the cheapest place on a duty, which is left in `memory.way[OF_ROW]`; place -1 if none is under `limit`.

    Without a place the money is a bound that holds as long as the row keeps its stamp.
    """
    memory.way[OF_ROW].place = NOWHERE
    size, alone = draft.row[duty].size, ground.duty[duty].alone
    if size + 3 >= draft.nodes.shape[1]:
        return NEVER
    wants = ground.node[visit].want_end > ground.node[visit].want_at
    if wants and from_van(ground, draft, memory, visit, ground.duty[duty].engineer) > 0:
        if ground.depots == 0 and alone:
            note_known(draft, memory, visit, duty, NEVER, NOWHERE)
            return NEVER
        return _try_fetching(ground, draft, memory, visit, duty, limit)
    best, least, owes = NEVER, NEVER, draft.row[duty].owes > 0
    for place in range(first_place(ground, draft, visit, duty), size + 1):
        bound = bound_at(ground, draft, visit, duty, place)
        if bound == NEVER:
            break
        if bound >= min(best, limit):
            least = min(least, bound)
            continue
        way_in(memory, place, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)
        fen = in_time(ground, draft, visit, duty, place, NOWHERE, NOWHERE)
        if fen < best:
            best = fen
            keep_way(memory, OF_ROW, TRIED)
        elif fen == NEVER and rest_fits(ground, draft, visit, duty, place):
            best = _try(ground, draft, memory, visit, duty, best)
            owes = owes or draft.gave[0].owes > 0
    if not owes and (not wants or alone):
        place = memory.way[OF_ROW].place if best <= least else NOWHERE
        note_known(draft, memory, visit, duty, min(best, least), place)
    if best >= limit:
        memory.way[OF_ROW].place = NOWHERE
        return min(best, least)
    return best


@compiled
def _try_fetching(ground: Ground, draft: Draft, memory: Memory, visit: int, duty: int, limit: int) -> int:
    """`try_duty` for a visit that the van cannot serve: calls made before its place, one more, one made earlier, or two."""
    best, size, lowest = NEVER, draft.row[duty].size, ground.duty[duty].frozen
    for place in range(lowest, size + 1):
        bound = bound_at(ground, draft, visit, duty, place)
        if bound == NEVER:
            break
        may = bound < min(best, limit) and rest_fits(ground, draft, visit, duty, place)
        if on_board(ground, draft, memory, visit, duty, place) == 0:
            if may:
                way_in(memory, place, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)
                best = _try_call(ground, draft, memory, visit, duty, best)
            continue
        one_will_do = False
        for depot in range(ground.depots):
            moved = _later_call(ground, draft, duty, place, depot)
            if not may and moved < 0:
                continue
            if not supplied(ground, draft, memory, visit, duty, place, depot, NOWHERE):
                continue
            one_will_do = True
            for gap in range(place, lowest - 1, -1):
                way_in(memory, place, depot, gap, NOWHERE, NOWHERE, moved)
                if moved < 0:
                    least = bound + detour(ground, draft, visit, duty, place, depot, gap)
                else:
                    n = _write_trial(ground, draft, memory, visit, duty, TRIED)
                    least = more_driven(ground, draft, visit, duty, n)
                if least < min(best, limit):
                    best = _try_call(ground, draft, memory, visit, duty, best)
        if may and not one_will_do:
            best = _try_two_calls(ground, draft, memory, visit, duty, place, bound, min(best, limit), best)
    if best >= limit:
        memory.way[OF_ROW].place = NOWHERE
    return best


@compiled
def _try_two_calls(
    ground: Ground, draft: Draft, memory: Memory, visit: int, duty: int, place: int, bound: int, limit: int, best: int
) -> int:  # fmt: skip
    """The lesser of `best` and the visit at this place after calls at two stores, in every order."""
    lowest = ground.duty[duty].frozen
    for depot in range(ground.depots):
        for depot2 in range(ground.depots):
            if depot == depot2 or not supplied(ground, draft, memory, visit, duty, place, depot, depot2):
                continue
            for gap in range(place, lowest - 1, -1):
                for gap2 in range(place, gap - 1, -1):
                    more = max(
                        detour(ground, draft, visit, duty, place, depot, gap),
                        detour(ground, draft, visit, duty, place, depot2, gap2),
                    )
                    if bound + more < min(best, limit):
                        way_in(memory, place, depot, gap, depot2, gap2, NOWHERE)
                        best = _try_call(ground, draft, memory, visit, duty, best)
    return best


@compiled
def _try_call(ground: Ground, draft: Draft, memory: Memory, visit: int, duty: int, best: int) -> int:
    """`_try`, compiled once for all who fetch; most rows need not be driven."""
    way = memory.way[TRIED]
    if way.moved < 0 and way.depot2 < 0:
        fen = in_time(ground, draft, visit, duty, way.place, way.depot, way.gap)
        if fen < NEVER:
            if fen < best:
                keep_way(memory, OF_ROW, TRIED)
            return min(best, fen)
    return _try(ground, draft, memory, visit, duty, best)


@inlined
def _later_call(ground: Ground, draft: Draft, duty: int, place: int, depot: int) -> int:
    """The first call at a store that a row makes from node `place` on, or -1: one made earlier stands for it."""
    for i in range(place, draft.row[duty].size):
        if draft.nodes[duty, i] == ground.visits + depot:
            return i
    return NOWHERE


@compiled
def put(ground: Ground, draft: Draft, memory: Memory, visit: int, duty: int, which: int) -> bool:
    """Puts a visit into a row by the way `memory.way[which]` and books its pieces; False if that cannot be."""
    way = memory.way[which]
    first, last = ground.node[visit].want_at, ground.node[visit].want_end
    if last > first:
        if not supplied(ground, draft, memory, visit, duty, way.place, way.depot, way.depot2):
            return False
        for want in range(first, last):
            draft.source[want].depot = memory.source[want - first].depot
            draft.source[want].part = memory.source[want - first].part
        take_pieces(ground, draft, visit, ground.duty[duty].engineer, 1)
    if not settle(ground, draft, duty, _write_trial(ground, draft, memory, visit, duty, which)):
        take_pieces(ground, draft, visit, ground.duty[duty].engineer, -1)
        return False
    draft.where[visit] = duty
    draft.sums[0].fen -= ground.node[visit].drop_fen
    draft.sums[0].left -= 1
    return True


@compiled
def take_out(ground: Ground, draft: Draft, memory: Memory, duty: int) -> bool:
    """Takes the visits marked `gone` out of a row, and the depot calls nobody needs any more."""
    engineer, size, calls = ground.duty[duty].engineer, draft.row[duty].size, 0
    for i in range(size):
        visit = draft.nodes[duty, i]
        if visit >= ground.visits:
            calls += 1
        elif memory.gone[visit]:
            take_pieces(ground, draft, visit, engineer, -1)
            for want in range(ground.node[visit].want_at, ground.node[visit].want_end):
                draft.source[want].depot = NO_SOURCE
            draft.where[visit] = NOWHERE
            draft.sums[0].fen += ground.node[visit].drop_fen
            draft.sums[0].left += 1
    if calls > 0:
        prefer_van(ground, draft, memory, duty)
    n = 0
    for i in range(size):
        visit = draft.nodes[duty, i]
        if visit >= ground.visits:
            if not needed(ground, draft, memory, duty, visit - ground.visits):
                continue
        elif memory.gone[visit]:
            continue
        draft.trial[n] = visit
        n += 1
    return settle(ground, draft, duty, n)
