"""What a visit costs at least at a place, by legs, lateness and hours: most places are never driven."""

from __future__ import annotations

import math
from typing import Final

from dispatch.planner.solver.kernel.compiled import inlined
from dispatch.planner.solver.kernel.draft import NOWHERE, Draft, Memory
from dispatch.planner.solver.kernel.drive import NEVER, half_up, late_fen
from dispatch.planner.solver.kernel.ground import NOT, Ground

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
def one_speed(ground: Ground) -> bool:
    """Whether driving takes the same at every hour and hours have a price of their own."""
    return len(ground.band) == 1 and not ground.by_working_time


@inlined
def overtime_fen(ground: Ground, duty: int, end: int) -> int:
    """What it costs that a row ends then."""
    return half_up(max(0, end - ground.duty[duty].end_s) * ground.overtime_fen_h, 3600)


@inlined
def least_end(ground: Ground, draft: Draft, duty: int, place: int, before_s: int, opens_s: int, after_s: int) -> int:
    """The earliest end of a row with something new before node `place`.

    It takes `before_s` to get there, opens at `opens_s` and takes `after_s` with the way on; the break is had before
    he leaves for it, or some time later.
    """
    who, gate = ground.duty[duty], draft.gate[duty, place]
    on_s = after_s + gate.tail_s
    end = max(gate.leave + before_s, opens_s) + on_s
    if who.rest_end > who.rest_at and end > ground.rest[who.rest_at].to_s:
        # On the way there or later, or before he leaves.
        end = max(gate.leave + before_s + ground.rest[who.rest_at].lasts_s, opens_s) + on_s
        rested = draft.clock[duty, place].leave_rested
        if rested < NEVER:
            end = min(end, max(rested + before_s, opens_s) + on_s)
    return end


@inlined
def longer_s(ground: Ground, draft: Draft, visit: int, duty: int, place: int) -> int:
    """How much more work and driving a visit at a place is."""
    here, before, after = (
        ground.node[visit].spot,
        draft.gate[duty, place].from_spot,
        draft.gate[duty, place + 1].from_spot,
    )
    longer = ground.lasts_s[visit, ground.duty[duty].engineer] + ground.least_to[here, before]
    if after >= 0:
        longer += ground.least_s[here, after] - ground.least_s[before, after]
    return longer


@inlined
def bound_at(ground: Ground, draft: Draft, visit: int, duty: int, place: int) -> int:
    """Least extra money of a visit at a place, by travel, lateness and overtime; NEVER if no later place can do either."""
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
    elif one_speed(ground):
        out = ground.least_to[node.spot, gate.from_spot]
        end = least_end(ground, draft, duty, place, out, node.opens_s, on - begin)
        if end > who.limit_s:
            return NOT_HERE
        fen += max(0, overtime_fen(ground, duty, end) - overtime_fen(ground, duty, row.end))
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
def begins(ground: Ground, node: int, duty: int, arrive: int) -> int:
    """When work at a node begins for who arrives then, in time for everything; NEVER if it would be late or not at all."""
    what = ground.node[node]
    begin = max(arrive, what.release_s)
    if what.window_end > what.window_at:
        earliest, begin = begin, NEVER
        for k in range(what.window_at, what.window_end):
            if earliest <= ground.window[k].to_s:
                begin = max(earliest, ground.window[k].from_s)
                break
    if node >= ground.visits:
        return begin
    if begin > ground.last_begin[node, duty]:
        return NEVER
    lasts = ground.lasts_s[node, ground.duty[duty].engineer]
    for k in range(what.late_at, what.late_end):
        late = ground.late[k]
        if (begin + lasts if late.at_end else begin) - late.due_s > late.grace_s:
            return NEVER
    return begin


@inlined
def in_time(ground: Ground, draft: Draft, visit: int, duty: int, place: int, depot: int, gap: int) -> int:
    """Exact extra fen of a visit before node `place`, and of a call before node `gap`, if nothing is late for it.

    The break stays on its leg; where the visit alone comes upon that leg it is had before the visit or after it. NEVER
    if only a drive over all hours of the break can tell.
    """
    who, row, clock = ground.duty[duty], draft.row[duty], draft.clock[duty, place]
    if clock.slack_now == NOT or draft.clock[duty, 0].late_after > 0 or row.size == 0:
        return NEVER
    on_leg = row.rest == place
    if depot >= 0 and (row.rest == gap or on_leg):
        return NEVER
    first = gap if depot >= 0 else place
    t, at = draft.clock[duty, first].leave_now, draft.gate[duty, first].from_spot
    drove, way, old = 0, 0, at
    if depot >= 0:
        to = ground.node[ground.visits + depot].spot
        drove, way = ground.seconds[0, at, to], ground.metres[at, to]
        begin = begins(ground, ground.visits + depot, duty, t + drove)
        if begin == NEVER:
            return NEVER
        t, at = begin + ground.node[ground.visits + depot].handling_s, to
    for i in range(first, place):
        node = draft.nodes[duty, i]
        to = ground.node[node].spot
        leg = ground.seconds[0, at, to]
        arrive = t + leg
        if row.rest == i:
            rest = ground.rest[who.rest_at]
            if t > rest.to_s:
                return NEVER
            arrive = max(arrive, rest.from_s) + rest.lasts_s
        begin = begins(ground, node, duty, arrive)
        if begin == NEVER:
            return NEVER
        t = begin + (ground.lasts_s[node, who.engineer] if node < ground.visits else ground.node[node].handling_s)
        drove += leg - ground.seconds[0, old, to]
        way += ground.metres[at, to] - ground.metres[old, to]
        at, old = to, to
    here, after = ground.node[visit].spot, draft.gate[duty, place + 1].from_spot
    out, back = ground.seconds[0, at, here], ground.seconds[0, here, after] if after >= 0 else 0
    lasts = ground.lasts_s[visit, who.engineer]
    if on_leg:
        rest = ground.rest[who.rest_at]
        if t > rest.to_s:
            return NEVER
        begin = begins(ground, visit, duty, max(t + out, rest.from_s) + rest.lasts_s)
        if begin == NEVER or begin + lasts + back > clock.slack:
            begin = begins(ground, visit, duty, t + out)
            leaves = begin + lasts
            if begin == NEVER or leaves > rest.to_s or max(leaves + back, rest.from_s) + rest.lasts_s > clock.slack:
                return NEVER
    else:
        begin = begins(ground, visit, duty, t + out)
        if begin == NEVER or begin + lasts + back > clock.slack_now:
            return NEVER
    drove += row.drove + out + back
    way += row.way + ground.metres[at, here]
    if after >= 0:
        drove -= ground.seconds[0, old, after]
        way += ground.metres[here, after] - ground.metres[old, after]
    fen = row.extra + ground.extra_fen[visit, who.engineer] + who.on_call_fen - row.base_fen
    return fen + half_up(drove * ground.travel_fen_h, 3600) + half_up(way * ground.distance_fen_km, 1000)


@inlined
def detour(ground: Ground, draft: Draft, visit: int, duty: int, place: int, depot: int, gap: int) -> int:
    """Least extra money of calling at a depot before node `gap` on the way to the visit at `place`; NEVER if that is too late."""
    before = draft.gate[duty, gap].from_spot
    after = ground.node[visit if gap == place else draft.nodes[duty, gap]].spot
    call = ground.node[ground.visits + depot]
    fen = (
        int(ground.leg_fen[before, call.spot] + ground.leg_fen[call.spot, after] - ground.leg_fen[before, after])
        - ROUNDING
    )
    if ground.by_working_time:
        return fen + call.handling_s
    if not one_speed(ground) or draft.row[duty].size == 0:
        return fen
    there = ground.least_to[call.spot, before] + call.handling_s + ground.least_s[call.spot, after]
    what, lasts = ground.node[visit], ground.lasts_s[visit, ground.duty[duty].engineer]
    if gap < place:
        if draft.gate[duty, gap].leave + there > draft.gate[duty, gap].must:
            return NEVER
        end = least_end(ground, draft, duty, gap, 0, NOT, there + longer_s(ground, draft, visit, duty, place))
    else:
        on = draft.gate[duty, place + 1].from_spot
        end = least_end(
            ground, draft, duty, place, there, what.opens_s, lasts + (ground.least_s[what.spot, on] if on >= 0 else 0)
        )
    if end > ground.duty[duty].limit_s:
        return NEVER
    # What the visit alone would make of the end is in its own bound already.
    out, on = ground.least_to[what.spot, draft.gate[duty, place].from_spot], draft.gate[duty, place + 1].from_spot
    alone = least_end(
        ground, draft, duty, place, out, what.opens_s, lasts + (ground.least_s[what.spot, on] if on >= 0 else 0)
    )
    now = overtime_fen(ground, duty, draft.row[duty].end)
    return fen + max(now, overtime_fen(ground, duty, end)) - max(now, overtime_fen(ground, duty, alone))


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
