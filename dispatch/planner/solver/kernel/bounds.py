"""What a visit costs at least at a place, by legs, lateness and hours: most places are never driven."""

from __future__ import annotations

import math
from typing import Final

from dispatch.planner.solver.kernel.compiled import inlined
from dispatch.planner.solver.kernel.draft import NOWHERE, Draft, Memory
from dispatch.planner.solver.kernel.drive import NEVER, late_fen
from dispatch.planner.solver.kernel.ground import Ground

ROUNDING: Final = 2  # what rounding each term of a route may hide, in fen
NOT_HERE: Final = NEVER // 2  # a bound where a visit cannot stand, though it might at a later place


@inlined
def first_place(ground: Ground, draft: Draft, visit: int, duty: int) -> int:
    """The first place of a row before which a visit may stand if it begins as early as it ever may; its length + 1 if none."""
    over = ground.node[visit].opens_s + ground.lasts_s[visit, ground.duty[duty].engineer]
    low, high = ground.duty[duty].frozen, draft.row[duty].size + 1
    while low < high:
        middle = (low + high) // 2
        if draft.gate[duty, middle].must < over:
            low = middle + 1
        else:
            high = middle
    return low


@inlined
def bound_at(ground: Ground, draft: Draft, visit: int, duty: int, place: int) -> int:
    """Least extra money of a visit at a place, by travel and lateness; NEVER if no later place can do either."""
    row, who, node, gate = draft.row[duty], ground.duty[duty], ground.node[visit], draft.gate[duty, place]
    begin = max(gate.leave + ground.least_to[node.spot, gate.from_spot], node.opens_s)
    lasts = ground.lasts_s[visit, who.engineer]
    if begin > ground.last_begin[visit, duty] or begin + lasts > who.limit_s:
        return NEVER
    after = draft.gate[duty, place + 1].from_spot
    on = begin + lasts + (ground.least_s[node.spot, after] if after >= 0 else 0)
    if on > gate.must:
        return NOT_HERE
    money = ground.leg_fen_to[node.spot, gate.from_spot] - gate.leg_fen
    if after >= 0:
        money += ground.leg_fen[node.spot, after]
    fen = int(money) - ROUNDING + ground.extra_fen[visit, who.engineer]
    if row.size == 0:
        fen += who.on_call_fen
    if ground.by_working_time:
        # At best the visit is done while he would have waited.
        fen += lasts - row.idle
    for k in range(node.late_at, node.late_end):
        late = ground.late[k]
        behind = (begin + lasts if late.at_end else begin) - late.due_s
        if behind > late.grace_s and late.cap < 0:
            fen += late_fen(ground, k, behind)
    return fen


@inlined
def least_bound(ground: Ground, draft: Draft, memory: Memory, visit: int, duty: int) -> int:
    """The least of `bound_at` over all places of a duty, which is remembered."""
    least = NEVER
    for place in range(first_place(ground, draft, visit, duty), draft.row[duty].size + 1):
        fen = bound_at(ground, draft, visit, duty, place)
        if fen == NEVER:
            break
        least = min(least, fen)
    note_known(draft, memory, visit, duty, least, NOWHERE)
    return least


@inlined
def rest_fits(ground: Ground, draft: Draft, visit: int, duty: int, place: int) -> bool:
    """Whether hours leave room for the break of a row that needs one, with the visit at this place; never no by mistake."""
    who, node, clock, row = ground.duty[duty], ground.node[visit], draft.clock[duty, place], draft.row[duty]
    if row.rest < 0 or who.rest_end - who.rest_at != 1 or row.size == 0:
        return True
    rest = ground.rest[who.rest_at]
    gate = draft.gate[duty, place]
    before, after = gate.from_spot, draft.gate[duty, place + 1].from_spot
    there, on = ground.least_to[node.spot, before], ground.least_s[node.spot, after] if after >= 0 else 0
    lasts = ground.lasts_s[visit, who.engineer]
    leaves = max(clock.leave + there, node.opens_s) + lasts
    if leaves + on <= clock.must_rest:
        return True
    if leaves <= rest.to_s and max(leaves + on, rest.from_s) + rest.lasts_s <= gate.must:
        return True
    arrive = NEVER
    if clock.leave_rested < NEVER:
        arrive = clock.leave_rested + there
    if clock.leave <= rest.to_s:
        arrive = min(arrive, max(clock.leave + there, rest.from_s) + rest.lasts_s)
    return arrive < NEVER and max(arrive, node.opens_s) + lasts + on <= gate.must


@inlined
def detour(ground: Ground, draft: Draft, visit: int, duty: int, place: int, depot: int, gap: int) -> int:
    """Least extra money of calling at a depot before node `gap` on the way to the visit at `place`."""
    before = draft.gate[duty, gap].from_spot
    after = ground.node[visit if gap == place else draft.nodes[duty, gap]].spot
    store = ground.node[ground.visits + depot].spot
    fen = int(ground.leg_fen[before, store] + ground.leg_fen[store, after] - ground.leg_fen[before, after]) - ROUNDING
    return fen + ground.node[ground.visits + depot].handling_s if ground.by_working_time else fen


@inlined
def least_price(ground: Ground, draft: Draft, duty: int, n: int) -> int:
    """What the legs of the trial row cost at the very least."""
    at, money = ground.duty[duty].start, 0.0
    for i in range(n):
        to = ground.node[draft.trial[i]].spot
        money += ground.leg_fen[at, to]
        at = to
    if ground.duty[duty].home >= 0:
        money += ground.leg_fen[at, ground.duty[duty].home]
    return int(money) - ROUNDING


@inlined
def more_driven(ground: Ground, draft: Draft, visit: int, duty: int, n: int) -> int:
    """Least extra money of the trial row, which is the duty's row with the visit in it, by legs alone."""
    row, engineer = draft.row[duty], ground.duty[duty].engineer
    fen = least_price(ground, draft, duty, n) + ground.extra_fen[visit, engineer]
    for i in range(row.size + 1):
        fen -= math.ceil(draft.gate[duty, i].leg_fen)
    if ground.by_working_time:
        fen += ground.lasts_s[visit, engineer] - row.idle
    return fen


@inlined
def note_known(draft: Draft, memory: Memory, visit: int, duty: int, fen: int, place: int) -> None:
    """Remembers what the visit costs on a duty as long as that row keeps its stamp; with place -1 a bound of it."""
    known = memory.known[memory.flag[duty].now, visit, duty]
    known.stamp = draft.row[duty].stamp
    known.fen = fen
    known.place = place
