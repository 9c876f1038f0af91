"""The part of a `Problem` that other engines can express, laid out once for all of them (R8).

Hard windows, skills, capacity, bounded overtime, a price for leaving out: `PlainProblem`. Breaks, parts from depots,
priced lateness and crews are refused, because no rival below has them. Work under way is taken out beforehand: its
engineer starts where and when it ends.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dispatch.planner.solver.problem import Engineer, Matrix, Problem, Visit

SCALE: Final = 10  # money of legs is counted in tenths of a fen, as the rivals want whole numbers
HORIZON: Final = 10**7  # later than any day ends

Orders: TypeAlias = dict[tuple[str, int], tuple[str, ...]]
Table: TypeAlias = NDArray[np.int64]


class CannotExpress(ValueError):
    """The problem has something that the rivals have no words for."""


@dataclass(frozen=True, slots=True)
class Job:
    """One visit: service may begin from `from_s` to `to_s`; `who` are the vehicles that may go."""

    visit: str
    place: int
    service_s: int
    from_s: int
    to_s: int
    price_fen: int
    demand: tuple[int, ...]
    who: frozenset[int]


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One engineer; `first` are the visits under way that he ends before anything else."""

    engineer: str
    start: int
    home: int
    ready_s: int
    end_s: int
    limit_s: int
    holds: tuple[int, ...]
    first: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlainProblem:
    """Legs cost `cost` (in 1/SCALE fen) and last `seconds`; overtime costs `overtime_h` fen an hour."""

    cost: Table
    seconds: Table
    vehicles: tuple[Vehicle, ...]
    jobs: tuple[Job, ...]
    overtime_h: int

    def orders(self, routes: Mapping[int, Sequence[int]]) -> Orders:
        """The visits of each engineer in order, from job numbers by vehicle."""
        return {
            (vehicle.engineer, 0): (*vehicle.first, *(self.jobs[job].visit for job in routes.get(number, ())))
            for number, vehicle in enumerate(self.vehicles)
        }


@dataclass(frozen=True, slots=True)
class Seen:
    """A plan a rival had `at_s` seconds after its search began."""

    at_s: float
    routes: dict[int, list[int]]


class Stopwatch:
    """Collects what a rival finds, with the moment."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.seen: list[Seen] = []

    def note(self, routes: dict[int, list[int]]) -> None:
        """Keeps this plan as the best so far."""
        self.seen.append(Seen(time.monotonic() - self.began, routes))


def best_by(seen: Sequence[Seen], mark_s: float) -> Seen | None:
    """What the rival would have answered after `mark_s` seconds."""
    return next((one for one in reversed(seen) if one.at_s <= mark_s), None)


def plain(problem: Problem) -> PlainProblem:
    """The same problem for the rivals; raises CannotExpress naming what they lack."""
    if len(problem.travel.seconds) > 1:
        raise CannotExpress("driving times by hour")
    parts = sorted({want.part for visit in problem.visits for want in visit.parts})
    engineers = {engineer.id: number for number, engineer in enumerate(problem.engineers)}
    under_way = {v.pin.engineer: v for v in problem.visits if v.pin is not None and v.pin.start_s is not None}
    seconds, metres = _table(problem.travel.seconds[0]), _table(problem.travel.metres)
    rates = problem.rates
    money = seconds * (rates.travel_fen_h * SCALE) / 3600 + metres * (rates.distance_fen_km * SCALE) / 1000
    return PlainProblem(
        cost=np.rint(money).astype(np.int64),
        seconds=seconds,
        vehicles=tuple(_vehicle(problem, one, under_way.get(one.id), parts) for one in problem.engineers),
        jobs=tuple(
            _job(visit, problem.engineers, engineers, parts)
            for visit in problem.visits
            if visit.pin is None or visit.pin.start_s is None
        ),
        overtime_h=rates.overtime_fen_h,
    )


def _table(matrix: Matrix) -> Table:
    return np.frombuffer(matrix.cells, "<i4").reshape(matrix.size, matrix.size).astype(np.int64)


def _vehicle(problem: Problem, engineer: Engineer, busy: Visit | None, parts: list[str]) -> Vehicle:
    shift = engineer.shifts[0]
    if len(engineer.shifts) > 1 or shift.breaks or shift.end_location is None:
        raise CannotExpress("several shifts, breaks or an open end")
    ready = max(shift.start_s, engineer.available_from_s, problem.now_s)
    if busy is not None and busy.pin is not None and busy.pin.start_s is not None:
        ready = max(ready, busy.pin.start_s + busy.duration_s)
    return Vehicle(
        engineer=engineer.id,
        start=shift.start_location if busy is None else busy.location,
        home=shift.end_location,
        ready_s=ready,
        end_s=shift.end_s,
        limit_s=shift.end_s + shift.max_overtime_s,
        holds=tuple(engineer.van.get(part, 0) for part in parts),
        first=() if busy is None else (busy.id,),
    )


def _job(visit: Visit, engineers: Sequence[Engineer], number: Mapping[str, int], parts: list[str]) -> Job:
    if visit.commitments or visit.sync or visit.after or visit.preferred or len(visit.windows) > 1:
        raise CannotExpress(f"{visit.id}: priced lateness, crews, orders, preferences or several windows")
    window = visit.windows[0] if visit.windows else None
    wanted = {want.part: want.qty for want in visit.parts}
    who = (
        engineer.id
        for engineer in engineers
        if engineer.id not in visit.barred
        and (visit.pin is None or visit.pin.engineer == engineer.id)
        and all((held := engineer.skills.get(name)) and held.level >= level for name, level in visit.skills.items())
    )
    return Job(
        visit=visit.id,
        place=visit.location,
        service_s=visit.duration_s,
        from_s=max(visit.release_s, window.from_s if window else 0, 0),
        to_s=window.to_s if window else HORIZON,
        price_fen=visit.unassigned_fen,
        demand=tuple(wanted.get(part, 0) for part in parts),
        who=frozenset(number[engineer] for engineer in who),
    )
