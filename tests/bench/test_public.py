"""Readers and judges of the public instances: small files with answers reckoned by hand."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from bench.engine import trsp, vrptw
from bench.engine.frame import Asked
from bench.engine.parts import trsp as part
from bench.engine.technicians import plan_trsp
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.insert import greedy_plan

VRPTW = """TINY

VEHICLE
NUMBER     CAPACITY
  2          10

CUSTOMER
CUST NO.   XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE TIME

    0       0        0          0        0           100          0
    1       3        4          6        0            50         10
    2       0        7          6        0            50         10
    3       1        1          4       40            60         10
"""

TRSP = """TINY.3_2-2-2-2

INFO
CREW COUNT  SKILLS  TOOLS   SPARE PARTS
2      2       2       2

DEPOT TECHNICIANS AND REQUESTS
ID   X     Y     TWS    TWE    Serv   SKILLS   TOOLS    SPARE PARTS
0    0    0      0    100    2      []  []  []
1    0    3      0    100    0      [0,1]  [0]  [1,0]
2    9    9      0    100    0      [1]  [0,1]  [0,0]
3    4    0     20     30    5      [0]  [0]  [1,0]
4    4    3      0     90    5      [1]  [1]  [0,1]
5    8    3      0     90    5      [0]  []  [1,0]
"""


@pytest.fixture
def fleet(tmp_path: Path) -> vrptw.Fleet:
    (tmp_path / "tiny.txt").write_text(VRPTW)
    return vrptw.read(tmp_path / "tiny.txt")


@pytest.fixture
def crew(tmp_path: Path) -> trsp.Crew:
    (tmp_path / "tiny.txt").write_text(TRSP)
    return trsp.read(tmp_path / "tiny.txt")


def test_a_file_of_customers_is_read_and_its_distances_are_cut_to_tenths(fleet: vrptw.Fleet) -> None:
    assert (fleet.vehicles, fleet.capacity, len(fleet.rows)) == (2, 10, 4)
    assert vrptw.distance(fleet, [[1, 3], [2]]) == 5.0 + 3.6 + 1.4 + 14.0


@pytest.mark.parametrize(
    ("routes", "why"),
    [
        ([[1, 2], [3]], "too much load"),
        ([[3, 1], [2]], "customer 1 is closed by then"),
        ([[1], [2]], "customer 3 is forgotten"),
        ([[1], [2], [3]], "a van too many"),
        ([[1, 3], [2, 3]], "served twice"),
    ],
)
def test_routes_that_break_the_file_have_no_distance(fleet: vrptw.Fleet, routes: list[list[int]], why: str) -> None:
    assert vrptw.distance(fleet, routes) is None, why


def test_our_price_is_the_distance_in_tenths(fleet: vrptw.Fleet) -> None:
    problem = vrptw.problem_of(fleet)
    plan = greedy_plan(problem, explained=False)
    routes = [[int(stop.ref) for stop in route.stops] for route in plan.routes]
    assert violations(problem, plan) == []
    assert vrptw.distance(fleet, routes) == plan.cost.total / 10


def test_working_time_counts_waiting_but_leaves_home_as_late_as_the_end_allows(crew: trsp.Crew) -> None:
    assert crew.way(1, 3) == 5
    # Opens at 20, five away: he leaves at 15, works five, and is home five later.
    assert trsp._works(crew, 1, [3]) == 15
    # From 4 he is free at 9, goes 3 and waits until 20: leaving eight later changes nothing.
    assert trsp._works(crew, 1, [4, 3]) == 4 + 5 + 3 + 5 + 5
    # The other way round nothing can be waited for at the end.
    assert trsp._works(crew, 1, [3, 4]) == 5 + 5 + 3 + 5 + 4


def test_a_call_at_the_depot_brings_every_tool_and_part(crew: trsp.Crew) -> None:
    all_by_one = {1: [3, 0, 4, 5]}
    assert trsp.working_time(crew, all_by_one) == pytest.approx(5 + 5 + 4 + 2 + 5 + 5 + 4 + 5 + 8)


@pytest.mark.parametrize(
    ("routes", "why"),
    [
        ({1: [3, 4, 5]}, "no tool 1 for request 4"),
        ({1: [3, 5, 0, 4]}, "one piece for two requests"),
        ({1: [0, 3, 0, 4, 5]}, "two calls at the depot"),
        ({1: [0, 4], 2: [3, 5]}, "no skill 0"),
        ({1: [0, 5, 4, 3]}, "request 3 closes at 30"),
        ({1: [3, 0, 4]}, "request 5 is forgotten"),
    ],
)
def test_routes_that_break_the_technicians_rules_have_no_working_time(
    crew: trsp.Crew, routes: dict[int, list[int]], why: str
) -> None:
    assert trsp.working_time(crew, routes) is None, why


def test_our_technicians_work_no_longer_than_the_best_of_all_orders(crew: trsp.Crew) -> None:
    orders = [*permutations([3, 4, 5]), *permutations([0, 3, 4, 5]), *permutations([3, 5]), *permutations([0, 3, 5])]
    ways = [{1: order} if 4 in order else {1: order, 2: [4]} for order in orders]
    least = min(works for way in ways if (works := trsp.working_time(crew, way)) is not None)
    assert trsp.working_time(crew, plan_trsp(crew, 0.3, 1)) == pytest.approx(least)


def test_a_plan_below_the_published_one_is_kept_until_a_better_one_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "public" / "trsp"
    folder.mkdir(parents=True)
    (folder / "X1.txt").write_text(TRSP)
    (folder / "bks.csv").write_text("instance,best_known_working_time\nX1,50.0\n")
    monkeypatch.setattr(part, "NEW_BESTS", tmp_path / "kept")
    cells = part.cells(Asked(instances=tmp_path / "public"))

    def keep(works: float | None) -> list[str]:
        return part.keep_new_bests(cells, {cells[0].name: {"working_time": works, "routes": {"1": [3]}}})

    assert keep(None) == keep(50.0) == []
    assert keep(49.0) == ["X1: 50.0 -> 49.000"]
    assert keep(49.5) == []
    assert keep(48.0) == ["X1: 49.0 -> 48.000"]
