"""Putting visits into rows and taking them out: places tried by a bound first, pieces counted, the total kept exact."""

from __future__ import annotations

from typing import Final

from dispatch.planner.solver.kernel.compiled import compiled, inlined
from dispatch.planner.solver.kernel.draft import FROM_VAN, NO_SOURCE, NOWHERE, Draft, Memory
from dispatch.planner.solver.kernel.drive import NEVER, drive, late_fen, walk
from dispatch.planner.solver.kernel.ground import NOT, Ground

ROUNDING: Final = 2  # what rounding each term of a route may hide, in fen
NOT_HERE: Final = NEVER // 2  # a bound where a visit cannot stand, though it might at a later place


@inlined
def count(ground: Ground, draft: Draft, duty: int, sign: int) -> None:
    """Adds the row's price to the total, or takes it off."""
    money = sign * draft.row[duty].base_fen
    for n in range(draft.row[duty].owes):
        debt = draft.debt[duty, n]
        money -= min(draft.owed_under[debt.cap], ground.room[debt.cap])
        draft.owed_under[debt.cap] += sign * debt.fen
        money += min(draft.owed_under[debt.cap], ground.room[debt.cap])
    draft.sums[0].fen += money


@inlined
def capped_delta(ground: Ground, draft: Draft, duty: int) -> int:
    """What the trial row changes under shared headrooms."""
    fen = 0
    for n in range(draft.gave[0].owes):
        cap = draft.best_debt[n].cap
        before = draft.owed_under[cap]
        after = before + draft.best_debt[n].fen
        for old in range(draft.row[duty].owes):
            if draft.debt[duty, old].cap == cap:
                after -= draft.debt[duty, old].fen
        fen += min(after, ground.room[cap]) - min(before, ground.room[cap])
    for old in range(draft.row[duty].owes):
        debt = draft.debt[duty, old]
        still = False
        for n in range(draft.gave[0].owes):
            still = still or draft.best_debt[n].cap == debt.cap
        if not still:
            before = draft.owed_under[debt.cap]
            fen += min(before - debt.fen, ground.room[debt.cap]) - min(before, ground.room[debt.cap])
    return fen


@compiled
def settle(ground: Ground, draft: Draft, duty: int, n: int) -> bool:
    """Makes the trial row the duty's row and counts its price; False, the old row uncounted, if it cannot be driven."""
    count(ground, draft, duty, -1)
    gave, row = draft.gave[0], draft.row[duty]
    extra = 0
    for i in range(n):
        if draft.trial[i] < ground.visits:
            extra += ground.extra_fen[draft.trial[i], ground.duty[duty].engineer]
    base = drive(ground, draft, duty, n, extra, 0, n + 1, True)
    if base == NEVER:
        return False
    row.extra = extra
    row.base_fen = base
    row.end, row.drove, row.way, row.idle = gave.end, gave.drove, gave.way, gave.idle
    row.rest, row.rest2, row.owes = gave.rest, gave.rest2, gave.owes
    for k in range(row.owes):
        draft.debt[duty, k].cap = draft.best_debt[k].cap
        draft.debt[duty, k].fen = draft.best_debt[k].fen
    row.size = n
    for i in range(n):
        draft.nodes[duty, i] = draft.trial[i]
    draft.sums[0].stamp += 1
    row.stamp = draft.sums[0].stamp
    count(ground, draft, duty, 1)
    _note_clock(ground, draft, duty, n)
    return True


@inlined
def _note_clock(ground: Ground, draft: Draft, duty: int, n: int) -> None:
    """Writes the clock of the row without breaks, and the slack of the row as it is driven."""
    row, who = draft.row[duty], ground.duty[duty]
    if len(ground.band) > 1:
        walk(ground, draft, duty, n, 0, who.ready_s, 0, 0, 0, -1, -1, n + 1, NEVER)
    for i in range(n + 1):
        clock, noted = draft.clock[duty, i], draft.trial_clock[i]
        clock.leave, clock.drove, clock.way, clock.late = noted.leave, noted.drove, noted.way, noted.late
        clock.slack = NOT
    _note_last_arrivals(ground, draft, duty, n)
    _note_rested(ground, draft, duty, n)
    if len(ground.band) > 1 or ground.by_working_time:
        return
    taken = 0
    if row.rest >= 0:
        taken = 2 if row.rest2 >= 0 else 1
        walk(ground, draft, duty, n, 0, who.ready_s, 0, 0, 0, row.rest, row.rest2, n + 1, NEVER)
    draft.clock[duty, n + 1].drove = row.drove
    draft.clock[duty, n + 1].way = row.way
    ends_by = who.end_s
    if who.rest_at + taken < who.rest_end:
        ends_by = min(ends_by, ground.rest[who.rest_at + taken].to_s)
    if row.end <= ends_by:
        draft.clock[duty, n].slack = ends_by
    draft.clock[duty, n].late_after = 0
    after = who.home
    for i in range(n - 1, -1, -1):
        visit = draft.nodes[duty, i]
        node = ground.node[visit]
        lasts = node.handling_s
        latest = draft.clock[duty, i + 1].slack
        if visit < ground.visits:
            lasts = ground.lasts_s[visit, who.engineer]
        if latest > NOT:
            latest -= lasts + (ground.seconds[0, node.spot, after] if after >= 0 else 0)
        if visit < ground.visits:
            latest = min(latest, ground.last_begin[visit, duty])
        begin = draft.trial_clock[i + 1].leave - lasts
        for k in range(node.window_at, node.window_end):
            if begin <= ground.window[k].to_s:
                latest = min(latest, ground.window[k].to_s)
                break
        late_here = 0
        for k in range(node.late_at, node.late_end):
            late = ground.late[k]
            behind = (begin + lasts if late.at_end else begin) - late.due_s
            if behind > late.grace_s:
                latest = NOT
                if late.cap < 0:
                    late_here += late_fen(ground, k, behind)
            else:
                latest = min(latest, begin + late.grace_s - behind)
        clock = draft.clock[duty, i]
        clock.late_after = draft.clock[duty, i + 1].late_after + late_here
        if latest >= begin and i >= row.rest and i >= row.rest2 and (i > 0 or node.under_way_s == NOT):
            clock.slack = latest
        else:
            # Nobody may join here, nor before it.
            clock.slack = NOT
        after = node.spot


@inlined
def _note_last_arrivals(ground: Ground, draft: Draft, duty: int, n: int) -> None:
    """Writes for each node the arrival after which the rest of the row breaks a window or the end of the shift.

    With a break still to come it may be taken on the next leg or later; the later of both is written.
    """
    who = ground.duty[duty]
    must, must_rest = who.limit_s, NOT
    after = who.home
    draft.clock[duty, n].must = must
    draft.clock[duty, n].must_rest = NOT
    for i in range(n - 1, -1, -1):
        visit = draft.nodes[duty, i]
        node = ground.node[visit]
        lasts = ground.lasts_s[visit, who.engineer] if visit < ground.visits else node.handling_s
        leg = ground.least_s[node.spot, after] if after >= 0 else 0
        if who.rest_end > who.rest_at:
            rest = ground.rest[who.rest_at]
            leave = must_rest - leg
            if rest.from_s + rest.lasts_s <= must:
                leave = max(leave, min(must - leg - rest.lasts_s, rest.to_s))
            must_rest = leave - lasts
        must -= lasts + leg
        bound = ground.last_begin[visit, duty] if visit < ground.visits else NEVER
        if node.window_end > node.window_at:
            bound = min(bound, ground.window[node.window_end - 1].to_s)
        must, must_rest = min(must, bound), min(must_rest, bound)
        draft.clock[duty, i].must = must
        draft.clock[duty, i].must_rest = must_rest
        after = node.spot


@inlined
def _note_rested(ground: Ground, draft: Draft, duty: int, n: int) -> None:
    """Writes for each node the earliest departure to it with the first break behind him."""
    who = ground.duty[duty]
    draft.clock[duty, 0].leave_rested = NEVER
    if who.rest_end == who.rest_at:
        return
    rest = ground.rest[who.rest_at]
    leaves, at = NEVER, who.start
    for i in range(n):
        visit = draft.nodes[duty, i]
        node = ground.node[visit]
        leg = ground.least_s[at, node.spot]
        t = draft.clock[duty, i].leave
        if leaves < NEVER:
            leaves += leg
        if t <= rest.to_s and (i > 0 or node.under_way_s == NOT):
            leaves = min(leaves, max(t + leg, rest.from_s) + rest.lasts_s)
        if leaves < NEVER:
            leaves = max(leaves, node.release_s)
            if node.window_end > node.window_at:
                leaves = max(leaves, ground.window[node.window_at].from_s)
            leaves += ground.lasts_s[visit, who.engineer] if visit < ground.visits else node.handling_s
        draft.clock[duty, i + 1].leave_rested = leaves
        at = node.spot


@inlined
def rest_fits(ground: Ground, draft: Draft, visit: int, duty: int, place: int) -> bool:
    """Whether hours leave room for the break of a row that needs one, with the visit at this place; never no by mistake."""
    who, node, clock, row = ground.duty[duty], ground.node[visit], draft.clock[duty, place], draft.row[duty]
    if row.rest < 0 or who.rest_end - who.rest_at != 1 or row.size == 0:
        return True
    rest = ground.rest[who.rest_at]
    before = who.start if place == 0 else ground.node[draft.nodes[duty, place - 1]].spot
    after = who.home if place == row.size else ground.node[draft.nodes[duty, place]].spot
    there, on = ground.least_to[node.spot, before], ground.least_s[node.spot, after] if after >= 0 else 0
    lasts = ground.lasts_s[visit, who.engineer]
    leaves = max(clock.leave + there, node.release_s) + lasts
    if leaves + on <= clock.must_rest:
        return True
    if leaves <= rest.to_s and max(leaves + on, rest.from_s) + rest.lasts_s <= clock.must:
        return True
    arrive = NEVER
    if clock.leave_rested < NEVER:
        arrive = clock.leave_rested + there
    if clock.leave <= rest.to_s:
        arrive = min(arrive, max(clock.leave + there, rest.from_s) + rest.lasts_s)
    return arrive < NEVER and max(arrive, node.release_s) + lasts + on <= clock.must


@inlined
def take_pieces(ground: Ground, draft: Draft, visit: int, engineer: int, sign: int) -> None:
    """Books the visit's pieces out of van and stores (sign 1), or back (sign -1), by `source`."""
    for want in range(ground.node[visit].want_at, ground.node[visit].want_end):
        source = draft.source[want]
        if source.depot == NO_SOURCE or ground.kept[source.part]:
            continue
        if source.depot == FROM_VAN:
            draft.van_left[engineer, source.part] -= sign * ground.want[want].qty
        else:
            draft.stock_left[source.depot, source.part] -= sign * ground.want[want].qty


@inlined
def from_van(ground: Ground, draft: Draft, memory: Memory, visit: int, engineer: int) -> int:
    """How many wants of the visit the van cannot serve; the others get their piece noted in `memory.source`."""
    lacking = 0
    first = ground.node[visit].want_at
    for want in range(first, ground.node[visit].want_end):
        memory.source[want - first].depot = NO_SOURCE
        for k in range(ground.want[want].accept_at, ground.want[want].accept_end):
            part = ground.accept[k]
            asked = ground.want[want].qty
            for other in range(first, want):
                noted = memory.source[other - first]
                if noted.depot == FROM_VAN and noted.part == part and not ground.kept[part]:
                    asked += ground.want[other].qty
            if draft.van_left[engineer, part] >= asked:
                memory.source[want - first].depot = FROM_VAN
                memory.source[want - first].part = part
                break
        if memory.source[want - first].depot == NO_SOURCE:
            memory.missing[lacking] = want
            lacking += 1
    return lacking


@inlined
def from_depot(ground: Ground, draft: Draft, memory: Memory, visit: int, lacking: int, depot: int) -> bool:
    """Whether one depot has all that is missing; the pieces are then noted in `memory.source`."""
    first = ground.node[visit].want_at
    for n in range(lacking):
        memory.source[memory.missing[n] - first].depot = NO_SOURCE
    for n in range(lacking):
        want = memory.missing[n]
        for k in range(ground.want[want].accept_at, ground.want[want].accept_end):
            part = ground.accept[k]
            asked = ground.want[want].qty
            for other in range(n):
                noted = memory.source[memory.missing[other] - first]
                if noted.depot == depot and noted.part == part:
                    asked += ground.want[memory.missing[other]].qty
            if draft.stock_left[depot, part] >= asked:
                memory.source[want - first].depot = depot
                memory.source[want - first].part = part
                break
        if memory.source[want - first].depot == NO_SOURCE:
            return False
    return True


@inlined
def bound_at(ground: Ground, draft: Draft, visit: int, duty: int, place: int) -> int:
    """Least extra money of a visit at a place, by travel and lateness; NEVER if no later place can do either."""
    row, who, node = draft.row[duty], ground.duty[duty], ground.node[visit]
    before = who.start if place == 0 else ground.node[draft.nodes[duty, place - 1]].spot
    begin = max(draft.clock[duty, place].leave + ground.least_to[node.spot, before], node.release_s)
    if node.window_end > node.window_at and begin > ground.window[node.window_end - 1].to_s:
        return NEVER
    lasts = ground.lasts_s[visit, who.engineer]
    if begin > ground.last_begin[visit, duty] or begin + lasts > who.limit_s:
        return NEVER
    after = who.home if place == row.size else ground.node[draft.nodes[duty, place]].spot
    on = begin + lasts + (ground.least_s[node.spot, after] if after >= 0 else 0)
    if on > draft.clock[duty, place].must:
        return NOT_HERE
    money = ground.leg_fen_to[node.spot, before]
    if after >= 0:
        money += ground.leg_fen[node.spot, after] - ground.leg_fen[before, after]
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
    for place in range(ground.duty[duty].frozen, draft.row[duty].size + 1):
        fen = bound_at(ground, draft, visit, duty, place)
        if fen == NEVER:
            break
        least = min(least, fen)
    _note_known(draft, memory, visit, duty, least, NOWHERE)
    return least


@inlined
def _note_known(draft: Draft, memory: Memory, visit: int, duty: int, fen: int, place: int) -> None:
    """Remembers what the visit costs on a duty as long as that row keeps its stamp; with place -1 a bound of it."""
    known = memory.known[memory.flag[duty].now, visit, duty]
    known.stamp = draft.row[duty].stamp
    known.fen = fen
    known.place = place


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
            _note_known(draft, memory, visit, duty, NEVER, NOWHERE)
            return NEVER, NOWHERE, NOWHERE, 0
        supplied_from = size + 1
        for i in range(lowest, size):
            depot = draft.nodes[duty, i] - ground.visits
            if depot >= 0 and from_depot(ground, draft, memory, visit, lacking, depot):
                supplied_from, calls_at = i + 1, depot
                break
    for place in range(lowest, size + 1):
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
                if bound + _detour(ground, draft, visit, duty, place, depot, gap) >= min(best, limit):
                    continue
                fen = try_at(ground, draft, visit, duty, place, depot, gap)
                if fen < best:
                    best, best_place, best_depot, best_gap = fen, place, depot, gap
    if lacking == 0 and not owes and (not wants or ground.duty[duty].alone):
        _note_known(draft, memory, visit, duty, min(best, least), best_place if best <= least else NOWHERE)
    if best >= limit:
        return min(best, least), NOWHERE, NOWHERE, 0
    return best, best_place, best_depot, best_gap


@inlined
def _detour(ground: Ground, draft: Draft, visit: int, duty: int, place: int, depot: int, gap: int) -> int:
    """Least extra money of calling at a depot before node `gap` on the way to the visit at `place`."""
    before = ground.duty[duty].start if gap == 0 else ground.node[draft.nodes[duty, gap - 1]].spot
    after = ground.node[visit if gap == place else draft.nodes[duty, gap]].spot
    store = ground.node[ground.visits + depot].spot
    fen = int(ground.leg_fen[before, store] + ground.leg_fen[store, after] - ground.leg_fen[before, after]) - ROUNDING
    return fen + ground.node[ground.visits + depot].handling_s if ground.by_working_time else fen


@inlined
def _supply(ground: Ground, draft: Draft, memory: Memory, visit: int, duty: int, place: int, depot: int) -> bool:
    """Notes where the visit's pieces come from: the van, the call it brings, or one made before its place."""
    lacking = from_van(ground, draft, memory, visit, ground.duty[duty].engineer)
    if lacking == 0:
        return True
    if depot >= 0:
        return from_depot(ground, draft, memory, visit, lacking, depot)
    for i in range(ground.duty[duty].frozen, place):
        call = draft.nodes[duty, i] - ground.visits
        if call >= 0 and from_depot(ground, draft, memory, visit, lacking, call):
            return True
    return False


@compiled
def put(ground: Ground, draft: Draft, memory: Memory, visit: int, duty: int, place: int, depot: int, gap: int) -> bool:
    """Puts a visit where `try_duty` found a place for it and books its pieces."""
    first, last = ground.node[visit].want_at, ground.node[visit].want_end
    if last > first:
        if not _supply(ground, draft, memory, visit, duty, place, depot):
            return False
        for want in range(first, last):
            draft.source[want].depot = memory.source[want - first].depot
            draft.source[want].part = memory.source[want - first].part
        take_pieces(ground, draft, visit, ground.duty[duty].engineer, 1)
    n = _write_trial(ground, draft, visit, duty, place, depot, gap)
    if not settle(ground, draft, duty, n):
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
        _prefer_van(ground, draft, memory, duty)
    n = 0
    for i in range(size):
        visit = draft.nodes[duty, i]
        if visit >= ground.visits:
            if not _needed(ground, draft, memory, duty, visit - ground.visits):
                continue
        elif memory.gone[visit]:
            continue
        draft.trial[n] = visit
        n += 1
    return settle(ground, draft, duty, n)


@inlined
def _prefer_van(ground: Ground, draft: Draft, memory: Memory, duty: int) -> None:
    """Lets visits that fetch a piece take it from the van where the van has it again."""
    engineer = ground.duty[duty].engineer
    for i in range(draft.row[duty].size):
        visit = draft.nodes[duty, i]
        if visit >= ground.visits or memory.gone[visit]:
            continue
        for want in range(ground.node[visit].want_at, ground.node[visit].want_end):
            source, qty = draft.source[want], ground.want[want].qty
            if source.depot < 0:
                continue
            for k in range(ground.want[want].accept_at, ground.want[want].accept_end):
                part = ground.accept[k]
                if draft.van_left[engineer, part] >= qty:
                    draft.stock_left[source.depot, source.part] += qty
                    draft.van_left[engineer, part] -= qty
                    source.depot = FROM_VAN
                    source.part = part
                    break


@inlined
def _needed(ground: Ground, draft: Draft, memory: Memory, duty: int, depot: int) -> bool:
    for i in range(draft.row[duty].size):
        visit = draft.nodes[duty, i]
        if visit < ground.visits and not memory.gone[visit]:
            for want in range(ground.node[visit].want_at, ground.node[visit].want_end):
                if draft.source[want].depot == depot:
                    return True
    return False
