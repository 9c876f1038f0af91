"""Rows made and priced: the total kept exact, and for each place noted what a visit put there would meet."""

from __future__ import annotations

from dispatch.planner.solver.kernel.compiled import compiled, inlined
from dispatch.planner.solver.kernel.draft import Draft
from dispatch.planner.solver.kernel.drive import NEVER, drive, late_fen, walk
from dispatch.planner.solver.kernel.ground import NOT, Ground


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
        # Who takes this round back counts the row off once more, which is to take off nothing.
        row.base_fen = 0
        row.owes = 0
        return False
    frozen, sums = ground.duty[duty].frozen, draft.sums[0]
    sums.busy += int(n > frozen) - int(row.size > frozen)
    sums.moving += max(0, n - frozen) - max(0, row.size - frozen)
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
    sums.stamp += 1
    row.stamp = sums.stamp
    count(ground, draft, duty, 1)
    note_clock(ground, draft, duty, n)
    return True


@inlined
def note_clock(ground: Ground, draft: Draft, duty: int, n: int) -> None:
    """Writes the clock of the row without breaks, and the slack of the row as it is driven."""
    row, who = draft.row[duty], ground.duty[duty]
    if len(ground.band) > 1:
        walk(ground, draft, duty, n, 0, who.ready_s, 0, 0, 0, -1, -1, n + 1, NEVER)
    for i in range(n + 1):
        clock, noted = draft.clock[duty, i], draft.trial_clock[i]
        clock.leave, clock.drove, clock.way, clock.late = noted.leave, noted.drove, noted.way, noted.late
        clock.slack = NOT
        draft.gate[duty, i].leave = noted.leave
    _note_legs(ground, draft, duty, n)
    _note_last_arrivals(ground, draft, duty, n)
    _note_rested(ground, draft, duty, n)
    if len(ground.band) > 1 or ground.by_working_time:
        for i in range(n + 1):
            draft.clock[duty, i].slack_now = NOT
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
    # Through a break still to come nobody may join, but somebody who keeps it where it is may go on.
    now = draft.clock[duty, n].slack if taken < 2 and row.owes == 0 else NOT
    for i in range(n + 1):
        draft.clock[duty, i].leave_now = draft.trial_clock[i].leave
        draft.clock[duty, i].slack_now = NOT
    draft.clock[duty, n].slack_now = now
    after = who.home
    for i in range(n - 1, -1, -1):
        visit = draft.nodes[duty, i]
        node = ground.node[visit]
        lasts = node.handling_s
        latest = draft.clock[duty, i + 1].slack
        if visit < ground.visits:
            lasts = ground.lasts_s[visit, who.engineer]
        leg = ground.seconds[0, node.spot, after] if after >= 0 else 0
        if latest > NOT:
            latest -= lasts + leg
        if now > NOT and row.rest == i + 1:
            rest = ground.rest[who.rest_at]
            now = min(now - rest.lasts_s - leg, rest.to_s) - lasts if rest.from_s + rest.lasts_s <= now else NOT
        elif now > NOT:
            now -= lasts + leg
        changes_at = NEVER
        if visit < ground.visits:
            changes_at = ground.last_begin[visit, duty]
        begin = draft.trial_clock[i + 1].leave - lasts
        for k in range(node.window_at, node.window_end):
            if begin <= ground.window[k].to_s:
                changes_at = min(changes_at, ground.window[k].to_s)
                break
        late_here = 0
        for k in range(node.late_at, node.late_end):
            late = ground.late[k]
            behind = (begin + lasts if late.at_end else begin) - late.due_s
            if behind > late.grace_s:
                changes_at = NOT
                if late.cap < 0:
                    late_here += late_fen(ground, k, behind)
            else:
                changes_at = min(changes_at, begin + late.grace_s - behind)
        latest, now = min(latest, changes_at), min(now, changes_at)
        if now < begin or (i == 0 and node.under_way_s > NOT):
            now = NOT
        clock = draft.clock[duty, i]
        clock.slack_now = now
        clock.late_after = draft.clock[duty, i + 1].late_after + late_here
        if latest >= begin and i >= row.rest and i >= row.rest2 and (i > 0 or node.under_way_s == NOT):
            clock.slack = latest
        else:
            # Nobody may join here, nor before it.
            clock.slack = NOT
        after = node.spot


@inlined
def _note_legs(ground: Ground, draft: Draft, duty: int, n: int) -> None:
    """Writes for each node where he comes from and the least money of that leg; the way home counts as node `n`."""
    who = ground.duty[duty]
    at = who.start
    for i in range(n + 1):
        to = who.home if i == n else ground.node[draft.nodes[duty, i]].spot
        draft.gate[duty, i].from_spot = at
        draft.gate[duty, i].leg_fen = ground.leg_fen[at, to] if to >= 0 else 0.0
        at = to
    draft.gate[duty, n + 1].from_spot = at


@inlined
def _note_last_arrivals(ground: Ground, draft: Draft, duty: int, n: int) -> None:
    """Writes for each node the arrival after which the rest of the row breaks a window or the end of the shift.

    With a break still to come it may be taken on the next leg or later; the later of both is written.
    """
    who = ground.duty[duty]
    must, must_rest = who.limit_s, NOT
    after = who.home
    tail = 0
    draft.gate[duty, n].must = must
    draft.gate[duty, n].tail_s = tail
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
        tail += lasts + leg
        draft.gate[duty, i].tail_s = tail
        bound = ground.last_begin[visit, duty] if visit < ground.visits else last_opening(ground, visit)
        must, must_rest = min(must, bound), min(must_rest, bound)
        draft.gate[duty, i].must = must
        draft.clock[duty, i].must_rest = must_rest
        after = node.spot


@inlined
def last_opening(ground: Ground, node: int) -> int:
    """The last instant at which service at a node may begin by its windows; NEVER without windows."""
    if ground.node[node].window_end == ground.node[node].window_at:
        return NEVER
    last = NOT
    for row in range(ground.node[node].window_at, ground.node[node].window_end):
        last = max(last, ground.window[row].to_s)
    return last


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
            leaves = max(leaves, node.opens_s)
            leaves += ground.lasts_s[visit, who.engineer] if visit < ground.visits else node.handling_s
        draft.clock[duty, i + 1].leave_rested = leaves
        at = node.spot
