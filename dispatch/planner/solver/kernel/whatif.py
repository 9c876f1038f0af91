"""What would be if: visits moved as long as that saves money, in a world with an hour or a piece more (R6)."""

from __future__ import annotations

from dispatch.planner.solver.kernel.ask import let_go, taken_out
from dispatch.planner.solver.kernel.bounds import least_bound
from dispatch.planner.solver.kernel.compiled import compiled
from dispatch.planner.solver.kernel.draft import NOWHERE, OF_ALL, OF_ROW, Draft, Memory
from dispatch.planner.solver.kernel.ground import NOT, Ground, Ints
from dispatch.planner.solver.kernel.improve import touch, undo
from dispatch.planner.solver.kernel.place import keep_way, put, try_duty
from dispatch.planner.solver.kernel.rows import settle


@compiled
def cheapest_duty(ground: Ground, draft: Draft, memory: Memory, visit: int, limit: int, only: int) -> int:
    """The duty with the cheapest place under `limit`, left in `memory.way[OF_ALL]`; -1 if there is none.

    With `only` from 0 up no other duty is looked at. Nothing remembered is asked: it was true by other rules.
    """
    best, found = limit, NOWHERE
    for duty in range(len(ground.duty)):
        if ground.last_begin[visit, duty] == NOT or (only >= 0 and duty != only):
            continue
        if least_bound(ground, draft, memory, visit, duty) >= best:
            continue
        fen = try_duty(ground, draft, memory, visit, duty, best)
        if memory.way[OF_ROW].place >= 0 and fen < best:
            best, found = fen, duty
            keep_way(memory, OF_ALL, OF_ROW)
    return found


@compiled
def worths(ground: Ground, draft: Draft, old: Draft, memory: Memory, worth: Ints) -> None:
    """For each free visit what it costs where it is, or what leaving it out costs; -1 where it cannot be taken out."""
    for visit in range(ground.visits):
        worth[visit] = -1
        if not ground.node[visit].free:
            continue
        whole, touched = taken_out(ground, draft, old, memory, visit)
        if whole:
            worth[visit] = old.sums[0].fen - draft.sums[0].fen + ground.node[visit].drop_fen
        undo(ground, draft, old, memory, touched)
        let_go(memory, touched)


@compiled
def moved(ground: Ground, draft: Draft, old: Draft, memory: Memory, visit: int, target: int) -> bool:
    """Moves a visit to the duty `target`, or anywhere with -1, if that saves money; whether it did."""
    whole, touched = taken_out(ground, draft, old, memory, visit)
    if whole:
        limit = old.sums[0].fen - draft.sums[0].fen + ground.node[visit].drop_fen
        duty = cheapest_duty(ground, draft, memory, visit, limit, target)
        whole = duty >= 0
        if whole:
            touched = touch(ground, draft, old, memory, duty, touched)
            whole = put(ground, draft, memory, visit, duty, OF_ALL)
    whole = whole and draft.sums[0].fen < old.sums[0].fen
    if not whole:
        undo(ground, draft, old, memory, touched)
    let_go(memory, touched)
    return whole


@compiled
def fill(ground: Ground, draft: Draft, old: Draft, memory: Memory, worth: Ints, target: int) -> None:
    """Moves visits to the duty `target` as long as that saves money; `worth` says at first glance whether it may."""
    saving = True
    while saving:
        saving = False
        for visit in range(ground.visits):
            if worth[visit] <= 0 or draft.where[visit] == target or ground.last_begin[visit, target] == NOT:
                continue
            if least_bound(ground, draft, memory, visit, target) < worth[visit]:
                saving = moved(ground, draft, old, memory, visit, target) or saving


@compiled
def rearrange(ground: Ground, draft: Draft, old: Draft, memory: Memory, visits: Ints) -> None:
    """Moves these visits to wherever that saves money, until no move does."""
    saving = True
    while saving:
        saving = False
        for n in range(len(visits)):
            if ground.node[visits[n]].free:
                saving = moved(ground, draft, old, memory, visits[n], NOWHERE) or saving


@compiled
def driven_anew(ground: Ground, draft: Draft, duty: int) -> bool:
    """Prices a duty's row again, because a rule has changed; False, the row uncounted, if it cannot be driven now."""
    size = draft.row[duty].size
    for i in range(size):
        draft.trial[i] = draft.nodes[duty, i]
    return settle(ground, draft, duty, size)
