"""Small problems for the engine's tests: the mission's worked examples, and random ones with a seed."""

from __future__ import annotations

from dataclasses import replace

from dispatch.planner.solver.problem import (
    Commitment,
    Counting,
    Depot,
    Engineer,
    Incoming,
    LatePrice,
    Matrix,
    Problem,
    Rates,
    Shift,
    Travel,
    Visit,
    Want,
)

MINUTE = 60
HOUR = 3600
NINE = 9 * HOUR
START = "2026-11-22T00:00:00+08:00"


def at(hour: int, minute: int = 0) -> int:
    """Seconds since midnight."""
    return hour * HOUR + minute * MINUTE


def matrix(size: int, pairs: dict[tuple[int, int], int], scale: int = 1) -> Matrix:
    """A symmetric matrix; pairs not named are very far."""
    rows = [[0 if i == j else 10_000 * scale for j in range(size)] for i in range(size)]
    for (i, j), value in pairs.items():
        rows[i][j] = rows[j][i] = value * scale
    return Matrix.of(rows)


def started_hour(fen: int, **more: object) -> LatePrice:
    """A penalty per hour begun."""
    return replace(LatePrice(per_unit_fen=fen, counting=Counting.started), **more)  # type: ignore[arg-type]


def pa_1(*, van_2: int, depot: int) -> Problem:
    """E14: two engineers, two visits, one part; ¥1 a minute of travel, open routes, start 09:00."""
    h1, h2, j1, j2, d = range(5)
    minutes = matrix(
        5,
        {
            (h1, j1): 20,
            (h1, d): 15,
            (d, j1): 25,
            (h2, j1): 60,
            (h2, j2): 20,
            (h1, j2): 40,
            (j1, j2): 30,
            (d, j2): 35,
            (h2, d): 50,
        },
        MINUTE,
    )
    day = dict(start_s=NINE, end_s=at(18))
    return Problem(
        horizon_start=START,
        now_s=NINE,
        travel=Travel(metres=matrix(5, {}, 0), seconds=(minutes,)),
        rates=Rates(travel_fen_h=60 * 100, distance_fen_km=0, overtime_fen_h=0),
        engineers=(
            Engineer("E1", (Shift(start_location=h1, **day),), van={}),
            Engineer("E2", (Shift(start_location=h2, **day),), van={"X": van_2}),
        ),
        visits=(
            Visit(
                "J1",
                j1,
                60 * MINUTE,
                unassigned_fen=100_000,
                commitments=(Commitment(at(10, 30), started_hour(500_00)),),
                parts=(Want("X", 1, ("X",)),),
            ),
            Visit(
                "J2", j2, 60 * MINUTE, unassigned_fen=100_000, commitments=(Commitment(at(12), started_hour(200_00)),)
            ),
        ),
        depots=(Depot("D", d, 10 * MINUTE, {"X": depot}, (), (Incoming("X", 1, at(15)),)),),
    )


def pm_1(*, headroom_1: int | None = None) -> Problem:
    """E15: one engineer, two visits due 10:00; J1 ¥200 and J2 ¥50 per started hour."""
    minutes = matrix(3, {(0, 1): 30, (0, 2): 30, (1, 2): 30}, MINUTE)
    first = started_hour(200_00, cap=None if headroom_1 is None else "J1's contract")
    return Problem(
        horizon_start=START,
        now_s=NINE,
        travel=Travel(metres=matrix(3, {}, 0), seconds=(minutes,)),
        rates=Rates(0, 0, 0),
        engineers=(Engineer("E1", (Shift(NINE, at(18), 0),)),),
        visits=(
            Visit("J1", 1, 90 * MINUTE, 1_000_000, commitments=(Commitment(at(10), first),)),
            Visit("J2", 2, 90 * MINUTE, 1_000_000, commitments=(Commitment(at(10), started_hour(50_00)),)),
        ),
        caps={} if headroom_1 is None else {"J1's contract": headroom_1},
    )


def order_of(plan: object) -> dict[str, list[str]]:
    """Engineer → names of his stops in order."""
    return {route.engineer: [stop.ref or "rest" for stop in route.stops] for route in plan.routes}  # type: ignore[attr-defined]
