"""Small problems for the engine's tests: the mission's worked examples, and random ones with a seed."""

from __future__ import annotations

import random
from dataclasses import replace

from dispatch.planner.solver.problem import (
    Break,
    Commitment,
    Counting,
    Depot,
    Engineer,
    Incoming,
    Incumbent,
    LatePrice,
    Matrix,
    Pin,
    Problem,
    Rates,
    Shift,
    Skill,
    Travel,
    TravelBand,
    Visit,
    Want,
    Window,
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
    return replace(LatePrice(per_unit_fen=fen, counting=Counting.started), **more)


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


def later(problem: Problem, by_s: int) -> Problem:
    """The same day told from another beginning: every instant so much later, or earlier where `by_s` is negative."""

    def windows(old: tuple[Window, ...]) -> tuple[Window, ...]:
        return tuple(Window(one.from_s + by_s, one.to_s + by_s) for one in old)

    def shift(old: Shift) -> Shift:
        breaks = tuple(Break(one.earliest_s + by_s, one.latest_s + by_s, one.duration_s) for one in old.breaks)
        return replace(old, start_s=old.start_s + by_s, end_s=old.end_s + by_s, breaks=breaks)

    def skill(old: Skill) -> Skill:
        return old if old.expires_s is None else replace(old, expires_s=old.expires_s + by_s)

    def pin(old: Pin | None) -> Pin | None:
        return old if old is None or old.start_s is None else replace(old, start_s=old.start_s + by_s)

    return replace(
        problem,
        now_s=problem.now_s + by_s,
        travel=replace(
            problem.travel, bands=tuple(replace(one, from_s=one.from_s + by_s) for one in problem.travel.bands)
        ),
        engineers=tuple(
            replace(
                one,
                shifts=tuple(map(shift, one.shifts)),
                available_from_s=one.available_from_s + by_s,
                skills={name: skill(held) for name, held in one.skills.items()},
            )
            for one in problem.engineers
        ),
        visits=tuple(
            replace(
                one,
                release_s=one.release_s + by_s,
                windows=windows(one.windows),
                commitments=tuple(replace(clause, due_s=clause.due_s + by_s) for clause in one.commitments),
                pin=pin(one.pin),
            )
            for one in problem.visits
        ),
        depots=tuple(
            replace(
                one,
                windows=windows(one.windows),
                incoming=tuple(replace(item, at_s=item.at_s + by_s) for item in one.incoming),
            )
            for one in problem.depots
        ),
    )


def random_problem(
    seed: int,
    *,
    visits: int,
    engineers: int,
    depots: int = 2,
    ties: bool = True,
    several_shifts: bool = True,
) -> Problem:
    """A day under way, with everything the seam can say, in seeded proportions."""
    pick = random.Random(seed)
    places = visits + 2 * engineers + depots
    spots = [(pick.randrange(40_000), pick.randrange(40_000)) for _ in range(places)]
    way = [[int(1.3 * (abs(a - c) + abs(b - d))) for c, d in spots] for a, b in spots]
    fast = [[0 if m == 0 else 120 + m // 12 for m in row] for row in way]
    slow = [[0 if m == 0 else 180 + m // 8 for m in row] for row in way]
    travel = Travel(
        Matrix.of(way),
        (Matrix.of(fast), Matrix.of(slow)),
        (TravelBand(0, 0), TravelBand(at(7), 1), TravelBand(at(10), 0), TravelBand(at(17), 1)),
    )
    skills, parts = ("net", "elec", "cool", "lift"), tuple(f"P{n}" for n in range(6))
    now = at(9, 40)
    people = tuple(_engineer(pick, n, visits + 2 * n, skills, parts, now, several_shifts) for n in range(engineers))
    names = [person.id for person in people]
    calls = [_visit(pick, n, skills, parts, names, now) for n in range(visits)]
    if ties and visits >= 8:
        calls[0] = replace(calls[0], sync="crew", windows=(), pin=None)
        calls[1] = replace(calls[1], sync="crew", windows=(), pin=None)
        calls[3] = replace(calls[3], after=frozenset({calls[2].id}))
    busy = pick.sample(range(engineers), min(engineers, max(1, engineers // 4)))
    for n, person in enumerate(busy):
        where = visits - 1 - n
        if where > 4:
            pin = Pin(names[person], start_s=now - pick.randrange(60, 1800)) if n % 2 else Pin(names[person], order=0)
            calls[where] = replace(calls[where], pin=pin, after=frozenset(), sync=None)
    # Every third world has an assurance period: late shifts are held for it, and every second visit belongs to it.
    if seed % 3 == 1:
        people = tuple(
            replace(e, shifts=(*e.shifts[:1], *(replace(s, standby="flood") for s in e.shifts[1:]))) for e in people
        )
        calls = [replace(v, assurance="flood") if n % 2 else v for n, v in enumerate(calls)]
    stores = tuple(
        Depot(
            f"D{n}",
            visits + 2 * engineers + n,
            600,
            {part: pick.choice((0, 1, 2, 5)) for part in parts},
            (Window(at(8), at(12)), Window(at(13), at(19))) if n % 2 else (),
            (Incoming(parts[0], 3, at(14)),),
        )
        for n in range(depots)
    )
    return Problem(
        START,
        now,
        travel,
        Rates(36_00, 35, 54_00, 80_00),
        people,
        tuple(calls),
        stores,
        {"contract A": pick.choice((0, 100_00, 5000_00))},
        {"visit:V1": "7"},
    )


def _engineer(
    pick: random.Random,
    n: int,
    home: int,
    skills: tuple[str, ...],
    parts: tuple[str, ...],
    now: int,
    several_shifts: bool,
) -> Engineer:
    begin = at(pick.choice((8, 8, 9, 12)))
    lunch = (Break(at(11, 30), at(13, 30), 45 * MINUTE),) if pick.random() < 0.8 else ()
    end_at = home if pick.random() < 0.8 else None
    first = Shift(begin, begin + 9 * HOUR, home + 1 if begin < now else home, end_at, 5400, lunch)
    shifts: tuple[Shift, ...] = (first,)
    if several_shifts and n % 5 == 4:
        shifts = (
            replace(first, end_s=begin + 6 * HOUR, max_overtime_s=0),
            Shift(begin + 7 * HOUR, begin + 11 * HOUR, home, home, 3600, (), 30_00),
        )
    held = {
        s: Skill(pick.randint(1, 3), at(15) if pick.random() < 0.1 else None) for s in skills if pick.random() < 0.7
    }
    van = {part: pick.choice((0, 1, 2)) for part in parts if pick.random() < 0.4}
    return Engineer(f"E{n}", shifts, now if begin < now else begin, held, van, f"T{n % 3}")


def _visit(
    pick: random.Random, n: int, skills: tuple[str, ...], parts: tuple[str, ...], names: list[str], now: int
) -> Visit:
    level = pick.choice((1, 2, 2, 3))
    release = now - pick.randrange(0, 3 * HOUR) if pick.random() < 0.8 else now + pick.randrange(0, 2 * HOUR)
    price = pick.choice(
        (
            LatePrice(fixed_fen=150_00, per_unit_fen=120_00),
            LatePrice(per_unit_fen=200_00, grace_s=600, cap="contract A"),
            LatePrice(fixed_fen=60_00, per_unit_fen=25_00, counting=Counting.linear, agreed=False),
            LatePrice(per_unit_fen=90_00, counting=Counting.full, cap_fen=300_00),
        )
    )
    windows: tuple[Window, ...] = ()
    if pick.random() < 0.25:
        from_s = now + pick.randrange(0, 5 * HOUR)
        windows = (Window(from_s, from_s + HOUR), Window(from_s + 3 * HOUR, from_s + 4 * HOUR))
    wants: tuple[Want, ...] = ()
    if pick.random() < 0.4:
        part = pick.choice(parts[:-1])
        accepts = (part, parts[-1]) if pick.random() < 0.3 else (part,)
        wants = (Want(part, pick.choice((1, 1, 2)), accepts),)
    preferred = frozenset(pick.sample(names, 2)) if pick.random() < 0.2 and len(names) > 1 else frozenset()
    return Visit(
        f"V{n}",
        n,
        pick.randrange(20, 100) * MINUTE,
        pick.choice((250_00, 400_00, 900_00)) * (4 - level),
        level,
        release,
        windows,
        (Commitment(release + pick.choice((4, 6, 12)) * HOUR, price),),
        {names[0]: 50 * MINUTE} if pick.random() < 0.2 else {},
        {pick.choice(skills): pick.randint(1, 2)} if pick.random() < 0.8 else {},
        wants,
        preferred,
        20_00,
        frozenset(pick.sample(names, 1)) if pick.random() < 0.1 else frozenset(),
        Pin(pick.choice(names)) if pick.random() < 0.05 else None,
        Incumbent(pick.choice(names), 15_00) if pick.random() < 0.4 else None,
        territory=f"T{n % 3}",
    )
