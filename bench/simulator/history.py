"""What the office remembers of other days: calls by the generator's law, at places where this world's customers are."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from bench.engine.fs import Instance, fsbench, problem_of
from dispatch.planner.solver.problem import Problem, Visit

PITCH: Final = 34_000  # metres from one territory's town to the next, as the generator lays them
OUTLYING: Final = 0.12  # share of customers outside every town
CALLED: Final = ("sla4", "sla12")  # appointments and upkeep are known when the day begins

Days = Sequence[Sequence[Mapping[str, Any]]]


def past_days(data: Instance, days: int, *, visits: int, seed: int) -> list[list[Mapping[str, Any]]]:
    """The calls of `days` other days of the same size, each made after the day began; never those of `data` itself."""
    engineers = len(data["engineers"])
    places = _places(data, visits)
    found: list[list[Mapping[str, Any]]] = []
    for number in range(days):
        drawn = random.Random(f"past {seed} {number}")
        other = fsbench("generate").gen(visits, engineers, drawn.randrange(10_000, 10**9), mode="day")
        calls = [one for one in other["visits"] if one["kind"] in CALLED and one["call"] > data["now"]]
        moved = [{**one, "id": f"past{number}-{one['id']}", "xy": places(drawn)} for one in calls]
        plain = [{k: v for k, v in one.items() if k not in ("preferred", "forbidden", "part")} for one in moved]
        found.append([one for one in plain if _somebody_can(data, one)])
    return found


def _somebody_can(data: Instance, call: Mapping[str, Any]) -> bool:
    return any(
        all(one["skills"].get(skill, 0) >= level for skill, level in call["skills"].items())
        for one in data["engineers"]
    )


def _places(data: Instance, visits: int) -> Any:
    """Draws sites where the generator puts this world's customers: in its towns, now and then in the country."""
    draws = random.Random(data["seed"] * 1_000_003 + visits)  # the generator's own stream begins with the world
    territories = max(1, round(len(data["engineers"]) / 20))
    side = math.ceil(math.sqrt(territories))
    cities = []
    for k in range(territories):
        x = (k % side + 0.5) * PITCH + draws.uniform(-4000, 4000)
        cities.append((int(x), int((k // side + 0.5) * PITCH + draws.uniform(-4000, 4000))))
    if [list(city) for city in cities] != data["cities"]:
        raise ValueError("this instance is not of the generator's world")
    towns: list[tuple[float, float, float, float]] = []
    for x, y in cities:
        towns.append((x, y, 4500, 5.0))
        for _ in range(4):
            angle, away = draws.uniform(0, 2 * math.pi), draws.uniform(8000, 15000)
            towns.append((x + away * math.cos(angle), y + away * math.sin(angle), 1800, 1.0))

    def place(drawn: random.Random) -> list[int]:
        x, y, spread, _ = drawn.choices(towns, [town[3] for town in towns])[0]
        if drawn.random() < OUTLYING:
            x, y = drawn.choice(cities)
            return [int(x + drawn.uniform(-PITCH / 2, PITCH / 2)), int(y + drawn.uniform(-PITCH / 2, PITCH / 2))]
        return [int(drawn.gauss(x, spread)), int(drawn.gauss(y, spread))]

    return place


def with_history(data: Instance, days: Days) -> tuple[Problem, list[list[Visit]]]:
    """The day's problem, other days' sites in its travel tables too, and those days' calls as visits."""
    past = [one for day in days for one in day]
    both = problem_of({**data, "visits": [*data["visits"], *past]})
    own = len(data["visits"])
    calls = iter(both.visits[own:])
    return replace(both, visits=both.visits[:own]), [[next(calls) for _ in day] for day in days]
