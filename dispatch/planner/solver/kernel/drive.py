"""Driving a row of nodes: the clock, the breaks, lateness and THE price, to the fen as `cost.py` reckons it (R2, E11).

The row tried stands in `draft.trial`; `draft.gave[0]` is how these functions answer.
"""

from __future__ import annotations

from typing import Final

from dispatch.planner.solver.kernel.compiled import inlined
from dispatch.planner.solver.kernel.draft import CAPS, Draft
from dispatch.planner.solver.kernel.ground import NOT, Ground

NEVER: Final = 2**60  # a price no route has
BREAKS: Final = 2  # so many breaks of one shift are placed; a shift of more keeps its route


@inlined
def half_up(numerator: int, denominator: int) -> int:
    """The whole number nearest to a fraction that is not negative, halves up."""
    return (2 * numerator + denominator) // (2 * denominator)


@inlined
def late_fen(ground: Ground, row: int, late_s: int) -> int:
    """What being `late_s` late costs under one clause, before any shared headroom (E11)."""
    late = ground.late[row]
    if late_s <= late.grace_s:
        return 0
    if late.counting == 0:
        units_fen = late.unit_fen * ((late_s + late.unit_s - 1) // late.unit_s)
    elif late.counting == 1:
        units_fen = late.unit_fen * (late_s // late.unit_s)
    else:
        units_fen = half_up(late.unit_fen * late_s, late.unit_s)
    return min(late.fixed_fen + units_fen, late.cap_fen)


@inlined
def seconds_at(ground: Ground, t: int, here: int, there: int) -> int:
    """Driving time for somebody who sets off at `t`."""
    band = len(ground.band) - 1
    while band > 0 and ground.band[band].from_s > t:
        band -= 1
    return ground.seconds[ground.band[band].profile, here, there]


@inlined
def rested(ground: Ground, row: int, free: int, arrive: int) -> tuple[int, int]:
    """(free, arrival) after a break on this leg; arrival NOT when it would begin too late."""
    rest = ground.rest[row]
    begin = max(free, rest.from_s)
    if begin > rest.to_s:
        return free, NOT
    return begin + rest.lasts_s, max(arrive, begin) + rest.lasts_s


@inlined
def owe(draft: Draft, cap: int, fen: int) -> bool:
    """Adds to what this walk owes under a headroom; False when there are too many of them."""
    gave = draft.gave[0]
    for n in range(gave.owes):
        if draft.gave_debt[n].cap == cap:
            draft.gave_debt[n].fen += fen
            return True
    if gave.owes >= CAPS:
        return False
    draft.gave_debt[gave.owes].cap = cap
    draft.gave_debt[gave.owes].fen = fen
    gave.owes += 1
    return True


@inlined
def walk(
    ground: Ground, draft: Draft, duty: int, n: int, first: int,
    t: int, drove: int, way: int, late: int, rest: int, rest2: int, join: int, until: int,
) -> bool:  # fmt: skip
    """Drives `draft.trial[first:n]` and home, setting off to node `first` at `t`; False if that cannot be.

    From node `join` on the row is the duty's present one, shifted by `n - size`: an arrival within its slack ends the
    walk there. Up to the instant `until` the clock before each node is written to `trial_clock`; with no break taken
    the walk may end there, since one is then due.
    """
    trial, gave, who = draft.trial, draft.gave[0], ground.duty[duty]
    one_band = len(ground.band) == 1
    gave.owes = 0
    gave.joined = 0
    shift = n - draft.row[duty].size
    idle = 0  # waiting so far, and how far the whole row could be pushed back without being late anywhere
    push = NEVER
    at = who.start if first == 0 else ground.node[trial[first - 1]].spot
    for i in range(first, n + 1):
        if until > NOT:
            clock = draft.trial_clock[i]
            clock.leave = t
            clock.drove = drove
            clock.way = way
            clock.late = late
            if t > until:
                break
        to = who.home if i == n else ground.node[trial[i]].spot
        begun = NOT
        if i == 0 and n > 0:
            begun = ground.node[trial[0]].under_way_s
        arrive = t
        if begun > NOT:
            arrive = begun
        elif to >= 0:
            leg = ground.seconds[0, at, to] if one_band else seconds_at(ground, t, at, to)
            arrive += leg
            drove += leg
            way += ground.metres[at, to]
        if begun == NOT and (rest == i or rest2 == i):
            free = t
            straight = arrive
            if rest == i:
                free, arrive = rested(ground, who.rest_at, free, arrive)
            if rest2 == i and arrive > NOT:
                free, arrive = rested(ground, who.rest_at + 1, free, arrive)
            if arrive == NOT:
                return False
            idle += arrive - straight - ground.rest[who.rest_at].lasts_s
        if i >= join and i >= rest and i >= rest2:
            old = draft.clock[duty, i - shift]
            if arrive <= old.slack:
                row, after = draft.row[duty], draft.clock[duty, i - shift + 1]
                gave.end = row.end
                gave.drove = drove + row.drove - after.drove
                gave.way = way + row.way - after.way
                gave.late = late + old.late_after
                gave.joined = 1
                gave.idle = idle
                return True
        if i == n:
            t = arrive
            break
        node = ground.node[trial[i]]
        begin = arrive
        if begun == NOT:
            begin = max(arrive, node.release_s)
            if node.window_end > node.window_at:
                earliest = begin
                begin = NOT
                for row in range(node.window_at, node.window_end):
                    window = ground.window[row]
                    if earliest <= window.to_s:
                        begin = max(earliest, window.from_s)
                        push = min(push, window.to_s - arrive + idle)
                        break
                if begin == NOT:
                    return False
            idle += begin - arrive
        lasts = node.handling_s
        if trial[i] < ground.visits:
            lasts = ground.lasts_s[trial[i], who.engineer]
            if begun == NOT and begin > ground.last_begin[trial[i], duty]:
                return False
        t = begin + lasts
        for row in range(node.late_at, node.late_end):
            behind = (t if ground.late[row].at_end else begin) - ground.late[row].due_s
            if behind > ground.late[row].grace_s:
                fen = late_fen(ground, row, behind)
                if ground.late[row].cap < 0:
                    late += fen
                elif not owe(draft, ground.late[row].cap, fen):
                    return False
        if begun > NOT:
            t = max(t, who.ready_s)
        at = to
    gave.end = t
    gave.drove = drove
    gave.way = way
    gave.late = late
    gave.idle = idle
    if ground.by_working_time:
        # He leaves as late as the earliest finish allows, so what he would have waited at first is not worked.
        gave.idle -= min(idle, push)
        gave.drove = t - who.ready_s - min(idle, push)
    return True


@inlined
def base_fen(ground: Ground, draft: Draft, duty: int, n: int, extra: int) -> int:
    """The price of what the last walk gave but for shared headrooms; each term is rounded once, as on a plan."""
    gave, who = draft.gave[0], ground.duty[duty]
    if ground.by_working_time:
        return gave.drove if n > 0 else 0
    fen = extra + gave.late
    fen += half_up(gave.drove * ground.travel_fen_h, 3600)
    fen += half_up(gave.way * ground.distance_fen_km, 1000)
    if n > 0:
        fen += who.on_call_fen
        if gave.end > who.end_s:
            fen += half_up((gave.end - who.end_s) * ground.overtime_fen_h, 3600)
    return fen


@inlined
def own_owed(ground: Ground, draft: Draft) -> int:
    """What the walk just made owes under headrooms if it had each to itself."""
    fen = 0
    for n in range(draft.gave[0].owes):
        fen += min(draft.gave_debt[n].fen, ground.room[draft.gave_debt[n].cap])
    return fen


@inlined
def keep_walk(draft: Draft, kept: int) -> None:
    """Copies what the last walk owes to `best_debt`; `kept` says under how many headrooms."""
    for row in range(kept):
        draft.best_debt[row].cap = draft.gave_debt[row].cap
        draft.best_debt[row].fen = draft.gave_debt[row].fen


@inlined
def drive(
    ground: Ground, draft: Draft, duty: int, n: int, extra: int, first: int, join: int, noted: bool
) -> int:  # fmt: skip
    """The cheapest price of `draft.trial[:n]` over all positions of the breaks that fall due; NEVER if none works.

    Nodes before `first` are the duty's present ones, those from `join` on its present last ones. The price leaves
    shared headrooms aside; what is owed under them is left in `best_debt`, the rest in `gave`. With `noted` the
    whole clock without breaks is left in `trial_clock`, where no hour changes the speed.
    """
    gave, who, row = draft.gave[0], ground.duty[duty], draft.row[duty]
    if row.owes > 0 or ground.by_working_time:
        first = 0
        join = n + 1
    t, drove, way, late = who.ready_s, 0, 0, 0
    if first > 0:
        clock = draft.clock[duty, first]
        t, drove, way, late = clock.leave, clock.drove, clock.way, clock.late
    breaks = who.rest_end - who.rest_at
    was_rested = row.rest >= 0
    until = NOT
    if noted and len(ground.band) == 1:
        until = NEVER
    elif breaks > 0:
        until = ground.rest[who.rest_at].to_s if was_rested else NEVER
    if not walk(ground, draft, duty, n, first, t, drove, way, late, -1, -1, n + 1 if was_rested else join, until):
        return NEVER
    gave.rest = -1
    gave.rest2 = -1
    if n == 0 or breaks == 0 or gave.joined or gave.end <= ground.rest[who.rest_at].to_s:
        if gave.end > who.limit_s and n != who.frozen:
            return NEVER
        keep_walk(draft, gave.owes)
        return base_fen(ground, draft, duty, n, extra)
    return _drive_rested(ground, draft, duty, n, extra, first, join, gave.owes > 0)


@inlined
def _drive_rested(
    ground: Ground, draft: Draft, duty: int, n: int, extra: int, first: int, join: int, owes: bool
) -> int:
    """`drive` where at least the first break is due; the clock without breaks stands in `trial_clock` from `first` on."""
    gave, who, row = draft.gave[0], ground.duty[duty], draft.row[duty]
    breaks = who.rest_end - who.rest_at
    rest = ground.rest[who.rest_at]
    join_at = join if breaks == 1 and row.rest >= 0 else n + 1
    # Where no hour changes the speed, nothing beats a rest that makes nobody late and either wastes no time or needs
    # no overtime.
    good_enough = draft.clock[duty, first].late if first > 0 else 0
    if len(ground.band) > 1 or ground.by_working_time:
        good_enough = -1
    done = False
    best, best_own = NEVER, NEVER
    end, drove, way, late, many, at, at2 = 0, 0, 0, 0, 0, -1, -1
    lowest = 1 if ground.node[draft.trial[0]].under_way_s > NOT else 0
    for gap in range(lowest, n + 1):
        leaves = draft.clock[duty, gap].leave if gap < first else draft.trial_clock[gap].leave
        if leaves > rest.to_s or done:
            break
        if gap < n:
            # Resting before a stop that is over before the rest may begin is never better than resting after it.
            after = draft.clock[duty, gap + 1].leave if gap + 1 < first else draft.trial_clock[gap + 1].leave
            if after <= rest.from_s:
                continue
        start, s_t, s_drove, s_way, s_late = 0, who.ready_s, 0, 0, 0
        if gap > 0 and not ground.by_working_time:
            start = gap
            if owes and gap > first:
                start = first
            if start > 0:
                clock = draft.clock[duty, start] if start < first else draft.trial_clock[start]
                s_t, s_drove, s_way, s_late = clock.leave, clock.drove, clock.way, clock.late
        for gap2 in range(gap - 1, n + 1):
            # The first turn tries the route without a second break.
            second = gap2 if gap2 >= gap else -1
            if not walk(
                ground, draft, duty, n, start, s_t, s_drove, s_way, s_late, gap, second, join_at, NOT
            ):  # fmt: skip
                if second < 0:
                    break
                continue
            if second >= 0 or breaks == 1 or gave.end <= ground.rest[who.rest_at + 1].to_s:
                if gave.end <= who.limit_s or n == who.frozen:
                    base = base_fen(ground, draft, duty, n, extra)
                    own = base + own_owed(ground, draft)
                    if own < best_own:
                        best, best_own = base, own
                        end, drove, way, late = gave.end, gave.drove, gave.way, gave.late
                        many, at, at2 = gave.owes, gap, second
                        done = late == good_enough and many == 0 and (end <= who.end_s or gave.idle == 0)
                        keep_walk(draft, many)
                if second < 0:
                    break
    gave.end, gave.drove, gave.way, gave.late = end, drove, way, late
    gave.owes, gave.rest, gave.rest2 = many, at, at2
    return best
