"""What the kernel stands on: a problem as contiguous arrays that never change while a plan is searched.

Visits, duties (shifts), depots, parts and headrooms are numbered as in `Model`; a depot call is the node `visits + k`.
Units as in `Problem`. Only parts that some visit wants are numbered.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch.planner.solver.model import EVER, Call, Duty, Model
from dispatch.planner.solver.problem import Counting, Matrix

Ints = NDArray[np.int64]
Table = NDArray[np.int32]
Floats = NDArray[np.float32]
Records = NDArray[np.void]

NOT: Final = -(2**40)  # an instant that never was
COUNTS: Final = {Counting.started: 0, Counting.full: 1, Counting.linear: 2}
UNCAPPED: Final = 2**60


NODE: Final = np.dtype(
    [(name, np.int64) for name in (
        "spot", "drop_fen", "release_s", "under_way_s", "due_s", "free", "handling_s",
        "window_at", "window_end", "late_at", "late_end", "want_at", "want_end", "able_at", "able_end",
        "near_at", "near_end",
        "opens_s",  # the first instant at which service may begin, by release and windows
    )]
)  # fmt: skip
WINDOW: Final = np.dtype([(name, np.int64) for name in ("from_s", "to_s")])
LATE: Final = np.dtype(
    [(name, np.int64) for name in (
        "due_s", "at_end", "grace_s", "fixed_fen", "unit_fen", "unit_s", "counting", "cap_fen", "cap",
    )]
)  # fmt: skip
WANT: Final = np.dtype([(name, np.int64) for name in ("qty", "accept_at", "accept_end")])
DUTY: Final = np.dtype(
    [(name, np.int64) for name in (
        "engineer", "ready_s", "end_s", "limit_s", "start", "home", "on_call_fen", "frozen", "alone",
        "rest_at", "rest_end",
        "twin",  # the last duty before it that is the same in all, or -1
        "kind",  # the first of all that are the same, itself included
    )]
)  # fmt: skip
REST: Final = np.dtype([(name, np.int64) for name in ("from_s", "to_s", "lasts_s")])
BAND: Final = np.dtype([(name, np.int64) for name in ("from_s", "profile")])


class Ground(NamedTuple):
    """The arrays. A node is a visit, or behind all visits a depot; `x_at` to `x_end` are its rows in table x.

    One record per thing instead of one array per field: the compiler is paid by the number of arrays.
    """

    visits: int
    depots: int
    travel_fen_h: int
    distance_fen_km: int
    overtime_fen_h: int
    by_working_time: int  # 1: the price is working time, left as late as can be; only public benchmarks ask for it
    seconds: Table  # profiles × places × places
    least_s: Table  # places × places, the least of all hours
    metres: Table
    leg_fen: Floats  # least money of a leg
    least_to: Table  # the same two by where a leg ends: all ways to one visit lie side by side
    leg_fen_to: Floats
    band: Records
    node: Records
    window: Records
    late: Records
    want: Records
    accept: Ints  # parts
    able: Table  # duties
    near: Table  # visits, nearest first
    last_begin: Ints  # visits × duties; NOT: not this one
    lasts_s: Table  # visits × engineers
    extra_fen: Ints  # visits × engineers
    duty: Records
    rest: Records
    stock: Ints  # depots × parts
    van: Ints  # engineers × parts
    kept: Ints  # parts that are not used up: 1 for tools
    room: Ints  # headrooms


NEAREST: Final = 250  # neighbours kept for each visit


def ground_of(model: Model, closed: Sequence[int] = (), fixed: Sequence[int] = ()) -> Ground:
    """The arrays of a compiled problem; no visit is moved to or from `closed` duties, which do the `fixed` visits."""
    problem, calls, duties = model.problem, model.calls, model.duties
    parts = {part: n for n, part in enumerate(dict.fromkeys(p for c in calls for w in c.wants for p in w.accepts))}
    # Only what some band drives by; where there is one band its table is the first.
    profiles = list(dict.fromkeys(band.profile for band in problem.travel.bands))
    seconds = np.stack([_square(problem.travel.seconds[profile]) for profile in profiles])
    least = seconds[0] if len(seconds) == 1 else np.ascontiguousarray(seconds.min(axis=0))
    metres = _square(problem.travel.metres)
    leg = least * np.float32(model.travel_fen_h / 3600) + metres * np.float32(model.distance_fen_km / 1000)
    leg = np.ascontiguousarray(leg, np.float32)
    windows = [window for call in calls for window in call.windows]
    lates = [late for call in calls for late in call.lates]
    wants = [want for call in calls for want in call.wants]
    rests = [rest for duty in duties for rest in duty.breaks]
    openings = [window for depot in model.depots for window in depot.windows]
    engineers = problem.engineers
    last_begins = _last_begins(model)
    lasts = _table([call.duration for call in calls], len(engineers))
    extra = _table([call.extra_fen for call in calls], len(engineers))
    last_begins[:, list(closed)] = NOT
    able = [np.flatnonzero(row > NOT) for row in last_begins]
    spots = [call.location for call in calls]
    near = _nearest(least, spots)
    stock = np.zeros((max(1, len(model.depots)), max(1, len(parts))), np.int64)
    for (depot, part), qty in model.stock.items():
        if part in parts:
            stock[depot, parts[part]] = qty
    van = np.zeros((max(1, len(engineers)), max(1, len(parts))), np.int64)
    for n, engineer in enumerate(engineers):
        for part, qty in engineer.van.items():
            if part in parts:
                van[n, parts[part]] = qty
    return Ground(
        visits=len(calls),
        depots=len(model.depots),
        travel_fen_h=model.travel_fen_h,
        distance_fen_km=model.distance_fen_km,
        overtime_fen_h=model.overtime_fen_h,
        by_working_time=0,
        seconds=seconds,
        least_s=least,
        metres=metres,
        leg_fen=leg,
        least_to=_by_end(least),
        leg_fen_to=_by_end(leg),
        band=_records(BAND, [(band.from_s, profiles.index(band.profile)) for band in problem.travel.bands]),
        node=_nodes(model, able, near, frozenset(fixed)),
        window=_records(WINDOW, [(window.from_s, window.to_s) for window in [*windows, *openings]]),
        late=_records(LATE, [
            (late.due_s, late.at_end, max(0, late.grace_s), late.fixed_fen, late.per_unit_fen, late.unit_s,
             COUNTS[late.counting], min(late.cap_fen, UNCAPPED), late.cap)
            for late in lates
        ]),
        want=_records(WANT, list(zip(
            (want.qty for want in wants), *_spans([len(want.accepts) for want in wants]), strict=True
        ))),
        accept=_ints([parts[part] for want in wants for part in want.accepts]),
        able=np.concatenate([*able, _ints([])]).astype(np.int32),
        near=np.concatenate([*near, _ints([])]).astype(np.int32),
        last_begin=last_begins,
        lasts_s=lasts.astype(np.int32),
        extra_fen=extra,
        duty=_duties(duties, _twins(model, closed, last_begins, lasts, extra)),
        rest=_records(REST, [(rest.earliest_s, rest.latest_s, rest.duration_s) for rest in rests]),
        stock=stock,
        van=van,
        kept=np.zeros(max(1, len(parts)), np.int64),
        room=_ints(model.headroom),
    )  # fmt: skip


def _nodes(model: Model, able: list[Ints], near: list[Ints], fixed: frozenset[int]) -> Records:
    calls, depots = model.calls, model.depots
    windows = _spans([*(len(call.windows) for call in calls), *(len(depot.windows) for depot in depots)])
    visits = zip(
        *windows,
        *_spans([len(call.lates) for call in calls]),
        *_spans([len(call.wants) for call in calls]),
        *_spans([len(row) for row in able]),
        *_spans([len(row) for row in near]),
        strict=False,
    )
    rows = [
        (
            call.location, call.left_out_fen, call.release_s,
            call.pin.start_s if call.pin and call.pin.start_s is not None else NOT,
            call.due_s, not call.held and call.index not in fixed and model.anyone_may_serve(call.index), 0, *spans,
            opens_s(call),
        )
        for call, spans in zip(calls, visits, strict=True)
    ]  # fmt: skip
    stores = list(zip(*windows, strict=True))[len(calls) :]
    rows += [
        (
            depot.location,
            0,
            NOT,
            NOT,
            EVER,
            0,
            depot.handling_s,
            *span,
            *(0,) * 8,
            min((window.from_s for window in depot.windows), default=NOT),
        )
        for depot, span in zip(depots, stores, strict=True)
    ]
    return _records(NODE, rows)


def _duties(duties: list[Duty], twins: list[tuple[int, int]]) -> Records:
    rests = _spans([len(duty.breaks) for duty in duties])
    return _records(DUTY, [
        (d.engineer, d.ready_s, d.end_s, d.limit_s, d.start, d.home, d.on_call_fen, len(d.frozen),
         not d.shares_van, *span, *twin)
        for d, span, twin in zip(duties, zip(*rests, strict=True), twins, strict=True)
    ])  # fmt: skip


def _twins(
    model: Model, closed: Sequence[int], last_begin: Ints, lasts: Ints, extra: Ints
) -> list[tuple[int, int]]:  # fmt: skip
    """For each duty the last one before it that is the same in all, or -1, and the first of these, or itself."""
    last: dict[object, int] = {}
    twins: list[tuple[int, int]] = []
    for duty in model.duties:
        who = duty.engineer
        # What is his own already, or costs something when left empty, makes a duty like no other.
        alone = bool(duty.frozen) or duty.shares_van or duty.home not in (duty.start, -1) or duty.index in closed
        like = (
            duty.index if alone else -1, duty.ready_s, duty.end_s, duty.limit_s, duty.start, duty.home,
            duty.on_call_fen, duty.breaks, tuple(sorted(duty.van.items())),
            last_begin[:, duty.index].tobytes(), lasts[:, who].tobytes(), extra[:, who].tobytes(),
        )  # fmt: skip
        twin = last.get(like, -1)
        twins.append((twin, duty.index if twin < 0 else twins[twin][1]))
        last[like] = duty.index
    return twins


def part_names(model: Model) -> list[str]:
    """The parts in the order in which `ground_of` numbers them."""
    return list(dict.fromkeys(part for call in model.calls for want in call.wants for part in want.accepts))


def _last_begins(model: Model) -> Ints:
    """`last_begin` of each visit and duty."""
    table = np.full((len(model.calls), max(1, len(model.duties))), NOT, np.int64)
    for call in model.calls:
        table[call.index, : len(model.duties)] = [last_begin(model, duty, call) for duty in model.duties]
    return table


def last_begin(model: Model, duty: Duty, call: Call) -> int:
    """The last instant at which service may begin, by windows and what the engineer may still do; NOT: not this duty."""
    if not may_try(model, duty, call.index):
        return NOT
    closes_s = max((window.to_s for window in call.windows), default=EVER)
    return min(call.valid_until[duty.engineer], closes_s, EVER)


def opens_s(call: Call) -> int:
    """The first instant at which service may begin, by release and windows."""
    return max([call.release_s, *(window.from_s for window in call.windows[:1])])


def may_try(model: Model, duty: Duty, visit: int) -> bool:
    """Whether a visit may stand on this duty; frozen work stands on its own one only."""
    return visit in duty.frozen if model.calls[visit].frozen else model.may_serve(duty.index, visit)


def _nearest(least: Table, spots: list[int]) -> list[Ints]:
    places = np.array(spots, np.int64)
    if not len(places):
        return []
    keep = min(NEAREST, len(places))
    rows: list[Ints] = []
    for here, spot in enumerate(spots):
        row = least[spot, places]
        found = np.argpartition(row, keep - 1)[:keep] if keep < len(row) else np.arange(len(row))
        found = found[np.lexsort((found, row[found]))]
        found = found[found != here]
        rows.append(np.concatenate([[here], found]).astype(np.int64))
    return rows


def _square(matrix: Matrix) -> Table:
    return np.frombuffer(matrix.cells, dtype="<i4").reshape(matrix.size, matrix.size).astype(np.int32, copy=False)


def _by_end(legs: Any) -> Any:
    return legs if np.array_equal(legs, legs.T) else np.ascontiguousarray(legs.T)


def _ints(values: list[int] | tuple[int, ...]) -> Ints:
    return np.array(values, np.int64)


def _table(rows: list[list[int]], width: int) -> Ints:
    table = np.zeros((len(rows), max(1, width)), np.int64)
    if rows and width:
        table[:] = rows
    return table


def _spans(lengths: list[int]) -> tuple[list[int], list[int]]:
    """Where each of so many rows begins and ends in one flat table."""
    bounds = [0, *accumulate(lengths)]
    return bounds[:-1], bounds[1:]


def _records(kind: np.dtype[np.void], rows: Sequence[tuple[int, ...]]) -> Records:
    return np.array(rows, kind)
