"""Our kernel on the technician routing instances: working time instead of money, tools that are not used up.

The product's problem has neither, so this drives the kernel itself. Times are counted in ten-thousandths, legs rounded
up, so that what is in time here is in time in the file.
"""

from __future__ import annotations

import math
import time
from typing import Final

import numpy as np

from bench.engine.fs import matrix
from bench.engine.hunting import hunt_of, hunted
from bench.engine.trsp import DEPOT, Crew, Row
from dispatch.planner.solver.problem import (
    Depot,
    Engineer,
    Problem,
    Rates,
    Shift,
    Skill,
    Travel,
    Visit,
    Want,
    Window,
)

SCALE: Final = 10_000
PLENTY: Final = 10**6
LEFT_OUT_FEN: Final = 10**9
HOT: Final = 40.0 * SCALE  # what a round may cost at first, and at last: some trips across town, then hardly anything
COLD: Final = 0.1 * SCALE


def plan_trsp(crew: Crew, seconds: float, seed: int) -> dict[int, list[int]]:
    """The stops of each technician, 0 for the depot, after `seconds`."""
    until = time.monotonic() + seconds
    hunt = hunt_of(problem_of(crew), seed)
    tools = np.array([part.startswith("tool") for part in hunt.parts] or [False], np.int64)
    hunt.ground = hunt.ground._replace(by_working_time=1, kept=tools)
    hunt.adopt(hunt.rows())
    first, visits = crew.technicians + 1, len(crew.requests)
    rows = hunted(hunt, until, seed, hot=HOT, cold=COLD)
    return {row.duty + 1: [first + node if node < visits else DEPOT for node in row.nodes] for row in rows if row.nodes}


def problem_of(crew: Crew) -> Problem:
    """The file in our form; a tool is a part of which one is on board or not."""
    spots = crew.rows
    legs = [[math.ceil(SCALE * crew.way(a, b) - 1e-6) for b in range(len(spots))] for a in range(len(spots))]
    table = matrix(np.array(legs))
    depot = spots[DEPOT]
    kinds = len(spots[1].parts)
    tools = sorted({tool for number in crew.requests for tool in spots[number].tools})
    stock = {f"part {kind}": PLENTY for kind in range(kinds)} | {f"tool {tool}": PLENTY for tool in tools}
    return Problem(
        horizon_start="2026-01-01",
        now_s=0,
        travel=Travel(metres=table, seconds=(table,)),
        rates=Rates(3600, 0, 0),
        engineers=tuple(_engineer(number, spots[number]) for number in range(1, crew.technicians + 1)),
        visits=tuple(_visit(number, spots[number]) for number in crew.requests),
        depots=(Depot("depot", DEPOT, _ticks(depot.service), stock, (_window(depot),)),),
    )


def _ticks(instant: float) -> int:
    return round(SCALE * instant)


def _window(row: Row) -> Window:
    return Window(_ticks(row.ready), _ticks(row.due))


def _engineer(number: int, row: Row) -> Engineer:
    van = {f"part {kind}": pieces for kind, pieces in enumerate(row.parts) if pieces}
    return Engineer(
        id=str(number),
        shifts=(Shift(_ticks(row.ready), _ticks(row.due), number, number),),
        skills={str(skill): Skill(1) for skill in row.skills},
        van=van | {f"tool {tool}": 1 for tool in row.tools},
    )


def _visit(number: int, row: Row) -> Visit:
    wants = [Want(f"part {kind}", pieces, (f"part {kind}",)) for kind, pieces in enumerate(row.parts) if pieces]
    wants += [Want(f"tool {tool}", 1, (f"tool {tool}",)) for tool in sorted(row.tools)]
    return Visit(
        id=str(number),
        location=number,
        duration_s=_ticks(row.service),
        unassigned_fen=LEFT_OUT_FEN,
        windows=(_window(row),),
        skills={str(skill): 1 for skill in row.skills},
        parts=tuple(wants),
    )
