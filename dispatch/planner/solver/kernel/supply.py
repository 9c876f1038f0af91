"""Whence the pieces of a visit come: the van first, then a store; what is taken is booked at once (R3, E14)."""

from __future__ import annotations

from dispatch.planner.solver.kernel.compiled import inlined
from dispatch.planner.solver.kernel.draft import FROM_VAN, NO_SOURCE, Draft, Memory
from dispatch.planner.solver.kernel.ground import Ground


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
def piece_at(ground: Ground, draft: Draft, memory: Memory, visit: int, want: int, depot: int) -> bool:
    """Whether a store has a want's pieces beside what the visit takes there already; they are then noted."""
    first = ground.node[visit].want_at
    for k in range(ground.want[want].accept_at, ground.want[want].accept_end):
        part = ground.accept[k]
        asked = ground.want[want].qty
        for other in range(first, ground.node[visit].want_end):
            noted = memory.source[other - first]
            if noted.depot == depot and noted.part == part:
                asked += ground.want[other].qty
        if draft.stock_left[depot, part] >= asked:
            memory.source[want - first].depot = depot
            memory.source[want - first].part = part
            return True
    return False


@inlined
def from_depot(ground: Ground, draft: Draft, memory: Memory, visit: int, lacking: int, depot: int) -> int:
    """How many of the `lacking` wants one store cannot serve; they stay in `memory.missing`, the others are noted."""
    still = 0
    for n in range(lacking):
        want = memory.missing[n]
        if not piece_at(ground, draft, memory, visit, want, depot):
            memory.missing[still] = want
            still += 1
    return still


@inlined
def on_board(ground: Ground, draft: Draft, memory: Memory, visit: int, duty: int, place: int) -> int:
    """How many wants neither the van nor a call made before this place can serve; the others are noted."""
    lacking = from_van(ground, draft, memory, visit, ground.duty[duty].engineer)
    for i in range(ground.duty[duty].frozen, place):
        if lacking == 0:
            break
        call = draft.nodes[duty, i] - ground.visits
        if call >= 0:
            lacking = from_depot(ground, draft, memory, visit, lacking, call)
    return lacking


@inlined
def supplied(
    ground: Ground, draft: Draft, memory: Memory, visit: int, duty: int, place: int, depot: int, depot2: int
) -> bool:
    """Whether the visit has all its pieces: from the van, calls made before its place, or up to two new ones."""
    lacking = on_board(ground, draft, memory, visit, duty, place)
    if lacking > 0 and depot >= 0:
        lacking = from_depot(ground, draft, memory, visit, lacking, depot)
    if lacking > 0 and depot2 >= 0:
        lacking = from_depot(ground, draft, memory, visit, lacking, depot2)
    return lacking == 0


@inlined
def prefer_van(ground: Ground, draft: Draft, memory: Memory, duty: int) -> None:
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
def needed(ground: Ground, draft: Draft, memory: Memory, duty: int, depot: int) -> bool:
    for i in range(draft.row[duty].size):
        visit = draft.nodes[duty, i]
        if visit < ground.visits and not memory.gone[visit]:
            for want in range(ground.node[visit].want_at, ground.node[visit].want_end):
                if draft.source[want].depot == depot:
                    return True
    return False
