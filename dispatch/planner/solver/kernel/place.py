"""Putting visits into rows and taking them out: the cheapest place of a row, bounds first."""

from __future__ import annotations

from dispatch.planner.solver.kernel.bounds import bound_at, detour, first_place, note_known, rest_fits
from dispatch.planner.solver.kernel.compiled import compiled, inlined
from dispatch.planner.solver.kernel.draft import NO_SOURCE, NOWHERE, Draft, Memory
from dispatch.planner.solver.kernel.drive import NEVER, drive
from dispatch.planner.solver.kernel.ground import Ground
from dispatch.planner.solver.kernel.rows import capped_delta, settle
from dispatch.planner.solver.kernel.supply import from_depot, from_van, needed, prefer_van, supply, take_pieces


@inlined
def _write_trial(ground: Ground, draft: Draft, visit: int, duty: int, place: int, depot: int, gap: int) -> int:
    """Writes the row with the visit before node `place`, and a call at `depot`, if any, before node `gap`; its length."""
    n = 0
    for i in range(draft.row[duty].size + 1):
        if depot >= 0 and i == gap:
            draft.trial[n] = ground.visits + depot
            n += 1
        if i == place:
            draft.trial[n] = visit
            n += 1
        if i < draft.row[duty].size:
            draft.trial[n] = draft.nodes[duty, i]
            n += 1
    return n


@inlined
def try_at(ground: Ground, draft: Draft, visit: int, duty: int, place: int, depot: int, gap: int) -> int:
    """What the routes cost more with the visit there; NEVER if it cannot be."""
    n = _write_trial(ground, draft, visit, duty, place, depot, gap)
    row = draft.row[duty]
    extra = row.extra + ground.extra_fen[visit, ground.duty[duty].engineer]
    first, join = place, place + 1
    if depot >= 0:
        first, join = gap, place + 2
    base = drive(ground, draft, duty, n, extra, first, join, False)
    if base == NEVER:
        return NEVER
    fen = base - row.base_fen
    if draft.gave[0].owes > 0 or row.owes > 0:
        fen += capped_delta(ground, draft, duty)
    return fen


@inlined
def try_duty(
    ground: Ground, draft: Draft, memory: Memory, visit: int, duty: int, limit: int
) -> tuple[int, int, int, int]:
    """(extra fen, place, depot to call at or -1, its gap): the cheapest place on a duty; place -1 if none is under `limit`.

    Without a place the money is a bound that holds as long as the row keeps its stamp.
    """
    size, lowest, engineer = draft.row[duty].size, ground.duty[duty].frozen, ground.duty[duty].engineer
    if size + 2 >= draft.nodes.shape[1]:
        return NEVER, NOWHERE, NOWHERE, 0
    wants = ground.node[visit].want_end > ground.node[visit].want_at
    lacking = from_van(ground, draft, memory, visit, engineer) if wants else 0
    best, least, owes = NEVER, NEVER, draft.row[duty].owes > 0
    best_place, best_depot, best_gap = NOWHERE, NOWHERE, 0
    supplied_from, calls_at = lowest, NOWHERE
    if lacking > 0:
        if ground.depots == 0 and ground.duty[duty].alone:
            note_known(draft, memory, visit, duty, NEVER, NOWHERE)
            return NEVER, NOWHERE, NOWHERE, 0
        supplied_from = size + 1
        for i in range(lowest, size):
            depot = draft.nodes[duty, i] - ground.visits
            if depot >= 0 and from_depot(ground, draft, memory, visit, lacking, depot):
                supplied_from, calls_at = i + 1, depot
                break
    for place in range(first_place(ground, draft, visit, duty), size + 1):
        bound = bound_at(ground, draft, visit, duty, place)
        if bound == NEVER:
            break
        if bound >= min(best, limit):
            least = min(least, bound)
            continue
        if not rest_fits(ground, draft, visit, duty, place):
            continue
        if place >= supplied_from:
            fen = try_at(ground, draft, visit, duty, place, NOWHERE, 0)
            owes = owes or draft.gave[0].owes > 0
            if fen < best:
                best, best_place, best_depot, best_gap = fen, place, NOWHERE, 0
            continue
        for depot in range(ground.depots):
            if depot == calls_at or not from_depot(ground, draft, memory, visit, lacking, depot):
                continue
            for gap in range(place, lowest - 1, -1):
                if bound + detour(ground, draft, visit, duty, place, depot, gap) >= min(best, limit):
                    continue
                fen = try_at(ground, draft, visit, duty, place, depot, gap)
                if fen < best:
                    best, best_place, best_depot, best_gap = fen, place, depot, gap
    if lacking == 0 and not owes and (not wants or ground.duty[duty].alone):
        note_known(draft, memory, visit, duty, min(best, least), best_place if best <= least else NOWHERE)
    if best >= limit:
        return min(best, least), NOWHERE, NOWHERE, 0
    return best, best_place, best_depot, best_gap


@compiled
def put(ground: Ground, draft: Draft, memory: Memory, visit: int, duty: int, place: int, depot: int, gap: int) -> bool:
    """Puts a visit where `try_duty` found a place for it and books its pieces."""
    first, last = ground.node[visit].want_at, ground.node[visit].want_end
    if last > first:
        if not supply(ground, draft, memory, visit, duty, place, depot):
            return False
        for want in range(first, last):
            draft.source[want].depot = memory.source[want - first].depot
            draft.source[want].part = memory.source[want - first].part
        take_pieces(ground, draft, visit, ground.duty[duty].engineer, 1)
    n = _write_trial(ground, draft, visit, duty, place, depot, gap)
    if not settle(ground, draft, duty, n):
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
