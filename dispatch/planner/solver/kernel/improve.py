"""Ruin and recreate: strings of neighbouring visits out, back in where they cost least, cooling slowly.

After Christiaens & Vanden Berghe, Slack Induction by String Removals (2020), with what one visit costs on one duty
remembered as long as that row keeps its content. A round that is not accepted is undone row by row.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from dispatch.planner.solver.kernel.bounds import least_bound
from dispatch.planner.solver.kernel.compiled import compiled, inlined
from dispatch.planner.solver.kernel.draft import NOWHERE, OF_ALL, OF_ROW, TRIED, Draft, Memory
from dispatch.planner.solver.kernel.ground import Ground, Ints
from dispatch.planner.solver.kernel.place import keep_way, put, take_out, try_duty, way_in
from dispatch.planner.solver.kernel.pool import Pool, keep_row
from dispatch.planner.solver.kernel.rows import count
from dispatch.planner.solver.kernel.supply import take_pieces

REMOVED: Final = 10.0  # visits taken out per round, on average
STRING: Final = 10.0  # the longest string
SPLIT: Final = 0.5  # how often a string keeps some visits in its middle
DEEPER: Final = 0.01  # how often one more of them is kept
BLINK: Final = 0.03  # how often a duty is overlooked
NEAR_BEST: Final = 0.98  # rows are remembered of drafts so near to the best
OUTSIDE: Final = 0.2  # how often a visit left out is the seed
RETRIED: Final = 10  # visits left out that are tried again per round


@inlined
def chance(draft: Draft) -> float:
    """The next random number in [0, 1)."""
    x = draft.chance[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    draft.chance[0] = x
    return float((x * np.uint64(2685821657736338717)) >> np.uint64(11)) / 9007199254740992.0


@compiled
def cheapest(ground: Ground, draft: Draft, memory: Memory, visit: int, limit: int, blink: float) -> int:
    """The duty with the cheapest place for a visit that costs less than `limit`, left in `memory.way[OF_ALL]`; or -1."""
    best, found, ranked = limit, NOWHERE, 0
    for row in range(ground.node[visit].able_at, ground.node[visit].able_end):
        duty = ground.able[row]
        if draft.row[duty].size == 0:
            twin = ground.duty[duty].twin
            if twin >= 0 and draft.row[twin].size == 0:
                continue
        if blink > 0.0 and chance(draft) < blink:
            continue
        known = memory.known[memory.flag[duty].now, visit, duty]
        if known.stamp == draft.row[duty].stamp:
            fen = known.fen
            if fen < best and known.place >= 0:
                best, found = fen, duty
                way_in(memory, known.place, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)
                keep_way(memory, OF_ALL, TRIED)
                continue
        else:
            fen = least_bound(ground, draft, memory, visit, duty)
        if fen < best:
            memory.rank[ranked].fen, memory.rank[ranked].duty = fen, duty
            ranked += 1
    while ranked > 0:
        first = 0
        for n in range(1, ranked):
            if memory.rank[n].fen < memory.rank[first].fen:
                first = n
        if memory.rank[first].fen >= best:
            break
        duty = memory.rank[first].duty
        ranked -= 1
        memory.rank[first].fen, memory.rank[first].duty = memory.rank[ranked].fen, memory.rank[ranked].duty
        fen = try_duty(ground, draft, memory, visit, duty, best)
        if memory.way[OF_ROW].place >= 0 and fen < best:
            best, found = fen, duty
            keep_way(memory, OF_ALL, OF_ROW)
    return found


@inlined
def copy_row(ground: Ground, source: Draft, target: Draft, duty: int) -> None:
    """Copies one row with its clock and where its pieces come from."""
    n = source.row[duty].size
    target.row[duty] = source.row[duty]
    for i in range(n):
        target.nodes[duty, i] = source.nodes[duty, i]
    for i in range(n + 2):
        target.clock[duty, i] = source.clock[duty, i]
        target.gate[duty, i] = source.gate[duty, i]
    for k in range(source.row[duty].owes):
        target.debt[duty, k] = source.debt[duty, k]
    for i in range(n):
        visit = source.nodes[duty, i]
        if visit < ground.visits:
            for want in range(ground.node[visit].want_at, ground.node[visit].want_end):
                target.source[want] = source.source[want]


@inlined
def keep_sums(source: Draft, target: Draft) -> None:
    """Copies the sums that are single numbers."""
    now, then = source.sums[0], target.sums[0]
    then.fen, then.left, then.busy, then.moving = now.fen, now.left, now.busy, now.moving


@inlined
def copy_world(source: Draft, target: Draft) -> None:
    """Copies who does which visit, what all rows share, and all sums."""
    for visit in range(len(source.where)):
        target.where[visit] = source.where[visit]
    for engineer in range(source.van_left.shape[0]):
        for part in range(source.van_left.shape[1]):
            target.van_left[engineer, part] = source.van_left[engineer, part]
    for depot in range(source.stock_left.shape[0]):
        for part in range(source.stock_left.shape[1]):
            target.stock_left[depot, part] = source.stock_left[depot, part]
    for cap in range(len(source.owed_under)):
        target.owed_under[cap] = source.owed_under[cap]
    keep_sums(source, target)


@inlined
def touch(ground: Ground, draft: Draft, old: Draft, memory: Memory, duty: int, touched: int) -> int:
    """Notes a row before it is changed for the first time in this round; how many are noted now."""
    if memory.flag[duty].now:
        return touched
    memory.flag[duty].now = 1
    memory.touched[touched] = duty
    copy_row(ground, draft, old, duty)
    return touched + 1


@inlined
def undo(ground: Ground, draft: Draft, old: Draft, memory: Memory, touched: int) -> None:
    """Puts everything back as it was before this round, at the cost of the rows touched: their pieces are booked anew."""
    for n in range(touched):
        _enter(ground, draft, memory.touched[n], -1)
    for n in range(touched):
        copy_row(ground, old, draft, memory.touched[n])
    for n in range(touched):
        _enter(ground, draft, memory.touched[n], 1)
    keep_sums(old, draft)


@inlined
def _enter(ground: Ground, draft: Draft, duty: int, sign: int) -> None:
    """Books a row's pieces and what it owes, and whose its visits are (sign 1), or the reverse (sign -1)."""
    count(ground, draft, duty, sign)
    for i in range(draft.row[duty].size):
        visit = draft.nodes[duty, i]
        if visit < ground.visits:
            take_pieces(ground, draft, visit, ground.duty[duty].engineer, sign)
            draft.where[visit] = duty if sign > 0 else NOWHERE


@inlined
def unchanged(ground: Ground, draft: Draft, old: Draft, duty: int) -> bool:
    """Whether a row is as it was before this round, pieces and all."""
    n = draft.row[duty].size
    if n != old.row[duty].size:
        return False
    for i in range(n):
        visit = draft.nodes[duty, i]
        if visit != old.nodes[duty, i]:
            return False
        if visit < ground.visits:
            for want in range(ground.node[visit].want_at, ground.node[visit].want_end):
                now, before = draft.source[want], old.source[want]
                if now.depot != before.depot or now.part != before.part:
                    return False
    return True


@compiled
def keep_best(ground: Ground, draft: Draft, best: Draft, memory: Memory) -> None:
    """Makes `best` the same as the draft, copying only rows that changed since last time."""
    for duty in range(len(ground.duty)):
        if memory.flag[duty].stale:
            copy_row(ground, draft, best, duty)
            memory.flag[duty].stale = 0
    copy_world(draft, best)


@compiled
def go_back(ground: Ground, draft: Draft, best: Draft, memory: Memory) -> None:
    """Makes the draft the same as `best` again."""
    for duty in range(len(ground.duty)):
        copy_row(ground, best, draft, duty)
        memory.flag[duty].stale = 0
    copy_world(best, draft)


@compiled
def construct(ground: Ground, draft: Draft, memory: Memory, order: Ints) -> None:
    """Puts in every free visit that is left out, in this order, wherever it costs least."""
    for n in range(len(order)):
        visit = order[n]
        if not ground.node[visit].free or draft.where[visit] != NOWHERE:
            continue
        duty = cheapest(ground, draft, memory, visit, ground.node[visit].drop_fen, 0.0)
        if duty >= 0:
            put(ground, draft, memory, visit, duty, OF_ALL)


@inlined
def mark_string(ground: Ground, draft: Draft, memory: Memory, duty: int, visit: int, longest: float, out: int) -> int:
    """Marks a string of free visits around one of a row, sometimes sparing some in its middle; how many are out now."""
    low = ground.duty[duty].frozen
    many = 0
    at = 0
    for i in range(low, draft.row[duty].size):
        node = draft.nodes[duty, i]
        if node < ground.visits:
            if node == visit:
                at = many
            many += 1
    length = int(1.0 + chance(draft) * min(float(many), longest))
    length = min(length, many)
    spared = 0
    if length > 1 and length < many and chance(draft) < SPLIT:
        spared = 1
        while length + spared < many and chance(draft) < DEEPER:
            spared += 1
    span = length + spared
    first_low = max(0, at - span + 1)
    first_high = min(at, many - span)
    first = first_low + int(chance(draft) * (first_high - first_low + 1))
    spare_from = first + span
    if spared > 0:
        spare_from = first + 1 + int(chance(draft) * (length - 1))
    n = 0
    for i in range(low, draft.row[duty].size):
        node = draft.nodes[duty, i]
        if node >= ground.visits:
            continue
        if first <= n < first + span and not (spare_from <= n < spare_from + spared) and ground.node[node].free:
            memory.gone[node] = 1
            memory.out[out].visit = node
            out += 1
        n += 1
    return out


@inlined
def ruin(ground: Ground, draft: Draft, old: Draft, memory: Memory, seed: int) -> tuple[int, int]:
    """Takes strings around a visit out of their rows: (visits out, rows touched); out is -1 if a rest cannot be driven."""
    average = draft.sums[0].moving / max(1, draft.sums[0].busy)
    longest = max(1.0, min(STRING, average))
    strings = int(1.0 + chance(draft) * (4.0 * REMOVED / (1.0 + longest) - 1.0))
    out, touched, ruined = 0, 0, 0
    for row in range(ground.node[seed].near_at, ground.node[seed].near_end):
        if ruined >= strings:
            break
        visit = ground.near[row]
        duty = draft.where[visit]
        if duty < 0:
            if ground.node[visit].free and not memory.gone[visit] and out < RETRIED:
                memory.gone[visit] = 1
                memory.out[out].visit = visit
                out += 1
            continue
        if memory.flag[duty].now or not ground.node[visit].free:
            continue
        touched = touch(ground, draft, old, memory, duty, touched)
        ruined += 1
        out = mark_string(ground, draft, memory, duty, visit, longest, out)
        if not take_out(ground, draft, memory, duty):
            return -1 - out, touched
    return out, touched


@inlined
def sort_out(ground: Ground, draft: Draft, memory: Memory, out: int) -> None:
    """Orders the visits to put back: by chance, urgency, price, choice of engineers, length of work, or pieces."""
    how = chance(draft)
    for n in range(out):
        visit = memory.out[n].visit
        if how < 0.35:
            weight = chance(draft)
        elif how < 0.6:
            weight = float(ground.node[visit].due_s)
        elif how < 0.7:
            weight = -float(ground.node[visit].drop_fen)
        elif how < 0.85:
            weight = float(ground.node[visit].able_end - ground.node[visit].able_at) + chance(draft)
        elif how < 0.95:
            weight = -float(ground.lasts_s[visit, 0])
        else:
            weight = -float(ground.node[visit].want_end - ground.node[visit].want_at) + chance(draft)
        place = n
        while place > 0 and memory.out[place - 1].weight > weight:
            memory.out[place] = memory.out[place - 1]
            place -= 1
        memory.out[place].weight = weight
        memory.out[place].visit = visit


@inlined
def left_out(ground: Ground, draft: Draft, seed: int) -> int:
    """A visit near `seed` that is left out, or the seed itself."""
    for row in range(ground.node[seed].near_at, ground.node[seed].near_end):
        if draft.where[ground.near[row]] == NOWHERE and ground.node[ground.near[row]].free:
            return ground.near[row]
    return seed


@inlined
def put_back(
    ground: Ground, draft: Draft, old: Draft, memory: Memory, out: int, touched: int, below: int
) -> tuple[bool, int]:  # fmt: skip
    """Puts the visits that are out where they cost least: (whether all may cost less than `below`, rows touched).

    A round that is above with some still out is given up at once: hardly ever does a visit cost less than nothing, where
    the hour sets the speed or the quickest way is the longer one.
    """
    least = draft.sums[0].fen  # the price if what is still out cost nothing
    for n in range(out):
        least -= ground.node[memory.out[n].visit].drop_fen
    for n in range(out):
        visit = memory.out[n].visit
        drop_fen = ground.node[visit].drop_fen
        limit = min(drop_fen, below - least)
        if limit <= 0:
            return False, touched
        duty = cheapest(ground, draft, memory, visit, limit, BLINK)
        if duty < 0:
            if limit < drop_fen:
                return False, touched
            least += drop_fen
            continue
        touched = touch(ground, draft, old, memory, duty, touched)
        now = draft.sums[0].fen - drop_fen
        if not put(ground, draft, memory, visit, duty, OF_ALL):
            return False, touched
        least += draft.sums[0].fen - now
    return True, touched


@compiled
def improve(
    ground: Ground,
    draft: Draft,
    old: Draft,
    best: Draft,
    memory: Memory,
    pool: Pool,
    seeds: Ints,
    rounds: int,
    heat: float,
    record: bool,
) -> int:
    """So many rounds around the visits `seeds` at one heat, in fen; how many were accepted."""
    accepted = 0
    for _ in range(rounds):
        seed = seeds[int(chance(draft) * len(seeds))]
        if draft.sums[0].left > 0 and chance(draft) < OUTSIDE:
            seed = left_out(ground, draft, seed)
        keep_sums(draft, old)
        out, touched = ruin(ground, draft, old, memory, seed)
        whole = out >= 0
        if not whole:
            out = -1 - out
        for n in range(out):
            memory.gone[memory.out[n].visit] = 0
        below = draft.sums[0].fen
        if whole:
            below = old.sums[0].fen - int(heat * math.log(chance(draft) + 1e-300))
            sort_out(ground, draft, memory, out)
            whole, touched = put_back(ground, draft, old, memory, out, touched, below)
        if whole and draft.sums[0].fen < below:
            accepted += 1
            for n in range(touched):
                duty = memory.touched[n]
                if unchanged(ground, draft, old, duty):
                    # What is remembered of this row is still true.
                    draft.row[duty].stamp = old.row[duty].stamp
                    continue
                memory.flag[duty].stale = 1
                if record and draft.sums[0].fen * NEAR_BEST < best.sums[0].fen:
                    keep_row(ground, draft, pool, duty)
            if draft.sums[0].fen < best.sums[0].fen:
                keep_best(ground, draft, best, memory)
        else:
            undo(ground, draft, old, memory, touched)
        for n in range(touched):
            duty = memory.touched[n]
            memory.flag[duty].now = 0
    return accepted
