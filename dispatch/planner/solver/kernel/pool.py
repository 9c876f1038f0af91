"""Every row worth remembering, in flat arrays: the columns among which OR-Tools chooses the routes of the plan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch.planner.solver.kernel.compiled import compiled
from dispatch.planner.solver.kernel.draft import Draft
from dispatch.planner.solver.kernel.ground import Ground, Ints, Records

ROWS: Final = 40_000
SLOTS: Final = 2**17
ROOM: Final = 2_000_000
MANY: Final = 0
FILLED: Final = 1


KEPT: Final = np.dtype([(name, np.int64) for name in ("duty", "size", "wants", "owes", "base_fen", "own_fen", "at")])


class Pool(NamedTuple):
    """Rows kept: `text[at[n]:]` holds nodes, then (depot, part) of each want, then what is owed as (cap, fen)."""

    slot: Ints  # hash → row, -1 empty
    key: NDArray[np.uint64]
    row: Records
    text: Ints
    used: Ints  # [rows, text]


def blank_pool(slots: int = SLOTS, rows: int = ROWS, room: int = ROOM) -> Pool:
    """A pool without rows, with room for so many; `slots` is a power of 2 and more than `rows`."""
    return Pool(
        slot=np.full(slots, -1, np.int64),
        key=np.zeros(rows, np.uint64),
        row=np.zeros(rows, KEPT),
        text=np.zeros(room, np.int64),
        used=np.zeros(2, np.int64),
    )


# What the compiled loop is handed where no rows are kept; making the 20 MB of a pool takes as long as a proposal (R4).
NO_POOL: Final = blank_pool(2, 1, 1)


@compiled
def scattered(number: int) -> np.uint64:
    """A well mixed 64-bit number for a small one."""
    x = np.uint64(number + 1) * np.uint64(0x9E3779B97F4A7C15)
    x ^= x >> np.uint64(30)
    x *= np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(27)
    x *= np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return x


@compiled
def told(mixed: np.uint64, number: int) -> np.uint64:
    """A well mixed number for one before it and a small one together."""
    return scattered(int(mixed >> np.uint64(1)) ^ (number + 2))


@compiled
def keep_row(ground: Ground, draft: Draft, pool: Pool, duty: int) -> None:
    """Remembers a row unless a cheaper order of the same visits and pieces is known, or the pool is full."""
    size, owes = draft.row[duty].size, draft.row[duty].owes
    key = scattered(ground.duty[duty].kind + 7_000_000)
    wants = 0
    for i in range(size):
        visit = draft.nodes[duty, i]
        if visit >= ground.visits:
            continue
        key += scattered(visit)
        for want in range(ground.node[visit].want_at, ground.node[visit].want_end):
            wants += 1
            key += told(told(scattered(100_000_000 + want), draft.source[want].depot), draft.source[want].part)
    own = draft.row[duty].base_fen
    for k in range(owes):
        own += min(draft.debt[duty, k].fen, ground.room[draft.debt[duty, k].cap])
    place = np.int64(key & np.uint64(len(pool.slot) - 1))
    while pool.slot[place] >= 0 and pool.key[pool.slot[place]] != key:
        place = (place + 1) % len(pool.slot)
    known = pool.slot[place]
    if known >= 0 and pool.row[known].own_fen <= own:
        return
    number, at = pool.used[MANY], pool.used[FILLED]
    need = size + 2 * wants + 2 * owes
    if at + need > len(pool.text) or (known < 0 and number >= len(pool.row)):
        return
    if known >= 0:
        number = known
    else:
        pool.used[MANY] += 1
        pool.slot[place] = number
    pool.used[FILLED] += need
    pool.key[number] = key
    row = pool.row[number]
    row.duty, row.size, row.wants, row.owes = duty, size, wants, owes
    row.base_fen, row.own_fen, row.at = draft.row[duty].base_fen, own, at
    for i in range(size):
        pool.text[at] = draft.nodes[duty, i]
        at += 1
    for i in range(size):
        visit = draft.nodes[duty, i]
        if visit < ground.visits:
            for want in range(ground.node[visit].want_at, ground.node[visit].want_end):
                pool.text[at] = draft.source[want].depot
                pool.text[at + 1] = draft.source[want].part
                at += 2
    for k in range(owes):
        pool.text[at] = draft.debt[duty, k].cap
        pool.text[at + 1] = draft.debt[duty, k].fen
        at += 2


class Kept(NamedTuple):
    """One remembered row, readable."""

    duty: int
    nodes: list[int]
    sources: list[tuple[int, int]]
    base_fen: int
    capped: list[tuple[int, int]]


def rows_of(pool: Pool) -> Iterator[Kept]:
    """All rows remembered."""
    for row in range(int(pool.used[MANY])):
        yield row_of(pool, row)


def row_of(pool: Pool, row: int) -> Kept:
    """One row remembered."""
    duty, size, wants, owes, base, _, at = pool.row[row].tolist()
    text = pool.text[at : at + size + 2 * wants + 2 * owes].tolist()
    pairs = list(zip(text[size::2], text[size + 1 :: 2], strict=True))
    return Kept(duty, text[:size], pairs[:wants], base, pairs[wants:])
