"""A plan in the making as arrays: one row per duty, what is left in stores and vans, and the exact total in fen.

A row holds nodes – visits, and depot calls as `visits + k` – and what driving them gives, so that trying a visit at
a place costs a few steps instead of a whole walk.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch.planner.solver.kernel.ground import Ground, Ints, Records

NOWHERE: Final = -1
FROM_VAN: Final = -1
NO_SOURCE: Final = -2
CAPS: Final = 16  # headrooms one route may owe under; a route of more is not tried
LONGEST: Final = 400  # visits of one route; a route of more is not tried

ROW: Final = np.dtype(
    [(name, np.int64) for name in (
        "size",
        "rest",  # the gap of the first break taken, -1 none
        "rest2",
        "extra",  # what the choice of the engineer costs for the row's visits
        "base_fen",  # the route's price without what counts under shared headrooms
        "owes",  # under how many headrooms
        "end",
        "drove",
        "way",
        "idle",  # what he waits on his way, but for what he waits at home instead
        "stamp",  # another number for every content a row ever had
    )]
)  # fmt: skip
CLOCK: Final = np.dtype(
    [(name, np.int64) for name in (
        "leave",  # when he may set off to node i; this and the next three hold while no break is taken
        "drove",  # seconds driven before
        "way",  # metres
        "late",  # lateness in fen, own caps counted, shared ones aside
        "slack",  # the latest arrival at node i that changes nothing after it; NOT where nobody knows
        "late_after",  # lateness owed from node i on, breaks counted
        "leave_rested",  # when he may set off to node i at the earliest with the break behind him
        "must_rest",  # who arrives later at node i cannot drive the rest with the break still to come
        "leave_now",  # when he sets off to node i in the row as it is driven
        "slack_now",  # the latest arrival at node i that changes nothing after it but the hour of a break; NOT: nobody knows
    )]
)  # fmt: skip
GATE: Final = np.dtype([  # what tells soonest that a visit cannot stand before node i: small, for it is asked most
    ("leave", np.int64),  # as in the clock
    ("must", np.int64),  # who arrives later at node i cannot drive the rest, even without a break
    ("from_spot", np.int64),  # where he comes from; behind the way home where that leads, -1 anywhere
    ("leg_fen", np.float64),  # least money of the leg to node i
    ("tail_s", np.int64),  # work and driving from the arrival at node i to the end, nothing waited for and no break had
])  # fmt: skip
DEBT: Final = np.dtype([("cap", np.int64), ("fen", np.int64)])
SOURCE: Final = np.dtype([("depot", np.int64), ("part", np.int64)])  # depot -1: the van, -2: none
GAVE: Final = np.dtype(
    [(name, np.int64) for name in ("end", "drove", "way", "late", "owes", "rest", "rest2", "joined", "idle")]
)  # fmt: skip
SUMS: Final = np.dtype(
    [(name, np.int64) for name in (
        "fen", "stamp", "left",
        "busy", "moving",  # rows with something behind their frozen stops, and how many nodes that is in all
    )]
)  # fmt: skip


class Draft(NamedTuple):
    """The rows and sums, and room to think: a trial row, its clock, and what the last walk gave."""

    nodes: Ints  # duties × longest
    row: Records
    clock: Records  # duties × (longest + 2)
    gate: Records  # the same
    debt: Records  # duties × CAPS
    where: Ints  # visit → duty, or -1
    source: Records  # want → where its pieces come from
    stock_left: Ints
    van_left: Ints
    owed_under: Ints  # headroom → fen owed by all routes before the cap
    sums: Records
    chance: NDArray[np.uint64]  # the state of the random numbers
    trial: Ints
    trial_clock: Records
    gave: Records
    gave_debt: Records
    best_debt: Records


def blank_draft(ground: Ground, seed: int) -> Draft:
    """A draft whose rows are empty and not priced yet."""
    duties = len(ground.duty)
    longest = min(ground.visits, LONGEST) + ground.depots + 3
    row = np.zeros(duties, ROW)
    row["rest"] = row["rest2"] = -1
    source = np.zeros(len(ground.want), SOURCE)
    source["depot"] = NO_SOURCE
    return Draft(
        nodes=np.zeros((duties, longest), np.int64),
        row=row,
        clock=np.zeros((duties, longest + 2), CLOCK),
        gate=np.zeros((duties, longest + 2), GATE),
        debt=np.zeros((duties, CAPS), DEBT),
        where=np.full(ground.visits, NOWHERE, np.int64),
        source=source,
        stock_left=ground.stock.copy(),
        van_left=ground.van.copy(),
        owed_under=np.zeros(len(ground.room), np.int64),
        sums=np.zeros(1, SUMS),
        chance=np.array([(seed * 0x9E3779B97F4A7C15 + 0x1234567) % 2**64 or 1], np.uint64),
        trial=np.zeros(longest + 2, np.int64),
        trial_clock=np.zeros(longest + 4, CLOCK),
        gave=np.zeros(1, GAVE),
        gave_debt=np.zeros(CAPS + 1, DEBT),
        best_debt=np.zeros(CAPS + 1, DEBT),
    )


KNOWN: Final = np.dtype([("stamp", np.int64), ("fen", np.int64), ("place", np.int64)])
RANK: Final = np.dtype([("fen", np.int64), ("duty", np.int64)])
OUT: Final = np.dtype([("weight", np.float64), ("visit", np.int64)])
TOUCHED: Final = np.dtype([("now", np.int64), ("stale", np.int64)])
WAY: Final = np.dtype(
    [(name, np.int64) for name in (
        "place",
        "depot", "gap",  # a call at a store before node `gap`; -1 none, and so for the second, which is no earlier
        "depot2", "gap2",
        "moved",  # the node that the call stands for, because it is made earlier; -1 none
    )]
)  # fmt: skip
TRIED: Final = 0  # the way in hand, the cheapest one found into a row, and into any row
OF_ROW: Final = 1
OF_ALL: Final = 2


class Memory(NamedTuple):
    """What one visit costs on one duty, true as long as the row keeps its stamp; and lists to think in."""

    known: Records  # (rows as accepted, rows changed in this round) × visits × duties; place -1: `fen` is a bound
    rank: Records
    out: Records  # visits to put back
    gone: Ints
    touched: Ints  # duties changed in this round
    flag: Records  # duties: changed in this round, changed since the best draft was kept
    missing: Ints  # wants of the visit in hand that the van cannot serve
    source: Records  # where the pieces of the visit in hand would come from, want by want
    way: Records  # ways to put the visit in hand into a row: TRIED, OF_ROW, OF_ALL


def blank_memory(ground: Ground) -> Memory:
    """A memory that knows nothing yet."""
    duties, visits = len(ground.duty), ground.visits
    most = int((ground.node["want_end"] - ground.node["want_at"]).max(initial=0)) + 1
    known = np.zeros((2, visits, duties), KNOWN)
    known["stamp"] = -1
    return Memory(
        known=known,
        rank=np.zeros(duties + 1, RANK),
        out=np.zeros(visits + 1, OUT),
        gone=np.zeros(visits, np.int64),
        touched=np.zeros(duties + 1, np.int64),
        flag=np.zeros(duties, TOUCHED),
        missing=np.zeros(most, np.int64),
        source=np.zeros(most, SOURCE),
        way=np.zeros(3, WAY),
    )
