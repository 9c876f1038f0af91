"""fsbench instances as our `Problem`, and our `Plan` in fsbench's form, so that its own checker judges us (R8).

Same units on both sides: seconds since midnight, metres, cents for fen. The prices agree but for rounding: fsbench
rounds a plan once, ours rounds each term of each route.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from dispatch.planner.solver.plan import Plan, Stop, StopKind
from dispatch.planner.solver.problem import (
    Break,
    Commitment,
    Counting,
    Depot,
    Engineer,
    LatePrice,
    Matrix,
    Pin,
    Problem,
    Rates,
    Shift,
    Skill,
    Travel,
    Visit,
    Want,
    Window,
)

FOLDER = Path(__file__).parent.parent / "fsbench"
BLOCK = 512  # rows of a travel table worked out at once: a few megabytes
CREWS = 0.1  # of the visits of a `-crew` instance need two engineers
ENGINEERS = {50: 8, 200: 25, 1000: 120, 5000: 600}  # by number of visits, as in the published instances

Instance: TypeAlias = Mapping[str, Any]
FsPlan: TypeAlias = dict[str, Any]
Point: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What fsbench's checker says of a plan; `cents` is None for a plan of no form."""

    feasible: bool
    errors: tuple[str, ...]
    cents: int | None
    on_time_4h: float
    on_time_12h: float
    left_out: int


@cache
def fsbench(module: str) -> Any:
    """One of fsbench's own modules: generate, check or greedy."""
    return importlib.import_module(f"bench.fsbench.{module}")


def instance(name: str) -> Instance:
    """The published instance of this name, or the one that its name describes: fs200-s1, fs200-core-s2, fs50-crew-s1."""
    path = FOLDER / "instances" / f"{name}.json"
    if path.exists():
        found: Instance = json.loads(path.read_text())
        return found
    read = re.fullmatch(r"fs(\d+)(-core)?(-crew)?-s(\d+)", name)
    if read is None:
        raise ValueError(f"no fsbench instance: {name}")
    visits, seed = int(read[1]), int(read[4])
    made: Instance = fsbench("generate").gen(
        visits, ENGINEERS[visits], seed, core=bool(read[2]), crew=CREWS if read[3] else 0.0
    )
    return made


def judge(data: Instance, plan: FsPlan) -> Verdict:
    """fsbench's verdict on a plan in its form."""
    said = fsbench("check").check(data, plan)
    return Verdict(
        feasible=said["feasible"],
        errors=tuple(said["errors"]),
        cents=said["total"],
        on_time_4h=said["on_time"].get("sla4", 0.0),
        on_time_12h=said["on_time"].get("sla12", 0.0),
        left_out=said["visits"] - said["assigned"],
    )


def problem_of(data: Instance) -> Problem:
    """The instance in our form; nothing is lost or added."""
    spots = places(data)
    at = {point: number for number, point in enumerate(spots)}
    seconds, metres = travel_tables(spots, data["cities"])
    rates = data["rates"]
    return Problem(
        horizon_start="2026-03-02",
        now_s=data["now"],
        travel=Travel(metres=matrix(metres), seconds=(matrix(seconds),)),
        rates=Rates(travel_fen_h=rates["travel_h"], distance_fen_km=rates["km"], overtime_fen_h=rates["overtime_h"]),
        engineers=tuple(_engineer(one, at) for one in data["engineers"]),
        visits=tuple(visit_of(one, at[_point(one["xy"])]) for one in data["visits"]),
        depots=tuple(_depot(one, at) for one in data["depots"]),
    )


def _point(xy: list[int]) -> Point:
    return xy[0], xy[1]


def places(data: Instance) -> list[Point]:
    """Where anything is, each place once: the order of the travel tables."""
    spots = [one[field] for one in data["engineers"] for field in ("start", "home")]
    spots += [one["xy"] for group in ("depots", "visits") for one in data[group]]
    return list(dict.fromkeys(map(_point, spots)))


def _engineer(one: Mapping[str, Any], at: Mapping[Point, int]) -> Engineer:
    rest = one["brk"]
    shift = Shift(
        start_s=one["shift"][0],
        end_s=one["shift"][1],
        start_location=at[_point(one["start"])],
        end_location=at[_point(one["home"])],
        max_overtime_s=one["max_overtime"],
        breaks=(Break(rest["earliest"], rest["latest"], rest["duration"]),) if rest else (),
    )
    return Engineer(
        id=one["id"],
        shifts=(shift,),
        available_from_s=one["available"],
        skills={name: Skill(level) for name, level in one["skills"].items()},
        van=one["van"],
        territory=str(one["territory"]),
    )


def visit_of(one: Mapping[str, Any], location: int) -> Visit:
    """One fsbench visit in our form; what has a window has no commitment, as its checker reads it."""
    pin = one.get("pin")
    window = one.get("window")
    priced = (one["late_fixed"] or one["late_h"]) and window is None
    late = LatePrice(fixed_fen=one["late_fixed"], per_unit_fen=one["late_h"], counting=Counting.linear)
    return Visit(
        id=one["id"],
        location=location,
        duration_s=one["service"],
        unassigned_fen=one["drop"],
        level=one["level"],
        release_s=0 if pin else max(0, one["call"]),
        windows=(Window(*window),) if window else (),
        commitments=(Commitment(one["deadline"], late),) if priced else (),
        skills=one["skills"],
        parts=(Want(one["part"], 1, (one["part"],)),) if "part" in one else (),
        preferred=frozenset(one.get("preferred", ())),
        not_preferred_fen=one.get("not_preferred", 0),
        barred=frozenset(one.get("forbidden", ())),
        pin=Pin(pin["engineer"], start_s=pin.get("start")) if pin else None,
        sync=str(one["sync"]) if "sync" in one else None,
        territory=str(one["territory"]),
    )


def _depot(one: Mapping[str, Any], at: Mapping[Point, int]) -> Depot:
    return Depot(one["id"], at[_point(one["xy"])], one["service"], one["stock"], (Window(*one["window"]),))


def travel_tables(places: list[Point], cities: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Seconds and metres between all places, each number exactly that of fsbench's own `travel`.

    The root of the least square is the least root, to the last bit, so one root for all towns is enough.
    """
    xy = np.array(places, dtype=np.float64).reshape(-1, 2)
    size = len(xy)
    seconds, metres = np.zeros((size, size), np.int32), np.zeros((size, size), np.int32)
    for top in range(0, size, BLOCK):
        rows, columns = xy[top : top + BLOCK], xy[top:]
        dx, dy = (rows[:, None, axis] - columns[None, :, axis] for axis in (0, 1))
        apart = np.sqrt(dx * dx + dy * dy)
        x, y = ((rows[:, None, axis] + columns[None, :, axis]) / 2 for axis in (0, 1))
        nearest = np.full(apart.shape, np.inf)
        for town_x, town_y in cities:
            np.minimum(nearest, (x - town_x) ** 2 + (y - town_y) ** 2, out=nearest)
        nearest = np.sqrt(nearest)
        way = 1.3 * apart
        speed = np.where(nearest < 3000, 6.5, np.where(nearest < 9000, 9.0, 14.0))
        away = apart > 0
        took = np.where(away, np.ceil(120 + way / speed), 0).astype(np.int32)
        far = np.where(away, np.ceil(way), 0).astype(np.int32)
        for table, block in ((seconds, took), (metres, far)):
            table[top : top + BLOCK, top:] = block
            table[top:, top : top + BLOCK] = block.T
    return seconds, metres


def matrix(table: np.ndarray) -> Matrix:
    """A square table of whole numbers as the engine's matrix, without a detour over Python's lists."""
    return Matrix(len(table), np.ascontiguousarray(table, dtype="<i4").tobytes())


def fsbench_plan(plan: Plan) -> FsPlan:
    """Our plan in fsbench's form; visits it does not name are left out."""
    return {
        "routes": [
            {"engineer": route.engineer, "stops": [_stop(stop) for stop in route.stops]} for route in plan.routes
        ]
    }


def _stop(stop: Stop) -> dict[str, Any]:
    if stop.kind is StopKind.rest:
        return {"t": "break", "start": stop.start_s}
    if stop.kind is StopKind.depot:
        return {"t": "depot", "id": stop.ref, "start": stop.start_s, "take": dict(stop.takes)}
    return {"t": "visit", "id": stop.ref, "start": stop.start_s}


def orders_of(plan: FsPlan) -> dict[tuple[str, int], tuple[str, ...]]:
    """Which visits each engineer does, in order, for `plan_from_orders`; breaks and depot calls are found anew."""
    return {
        (route["engineer"], 0): tuple(stop["id"] for stop in route["stops"] if stop["t"] == "visit")
        for route in plan["routes"]
    }
