"""On fsbench's days: a place priced without driving costs what the drive says, and nothing costs less than its bound (R8)."""

from __future__ import annotations

import pytest

from bench.engine import fs
from dispatch.planner.solver.cost import Pricer
from dispatch.planner.solver.greedy import tied_state
from dispatch.planner.solver.kernel import bounds, place
from dispatch.planner.solver.kernel.draft import NOWHERE
from dispatch.planner.solver.kernel.drive import NEVER
from dispatch.planner.solver.kernel.ground import NOT
from dispatch.planner.solver.kernel.hunt import Hunt
from dispatch.planner.solver.model import Model


@pytest.mark.parametrize("name", ["fs50-s1", "fs50-s2", "fs50-s3"])
def test_a_place_is_priced_alike_with_and_without_driving_and_never_below_its_bound(name: str) -> None:
    model = Model(fs.problem_of(fs.instance(name)))
    hunt = Hunt(tied_state(model, Pricer(model)), 1)
    hunt.construct()
    hunt.run(lambda rounds: rounds / 3000, until=1.0, heat=lambda share: 3000 * 0.1**share, record=False, steady=True)
    ground, draft, memory = hunt.ground, hunt.draft, hunt.memory
    driven = in_time = fetched = 0
    for duty in range(len(ground.duty)):
        for visit in range(ground.visits):
            if draft.where[visit] == duty or ground.last_begin[visit, duty] == NOT:
                continue
            for spot in range(int(ground.duty[duty]["frozen"]), int(draft.row[duty]["size"]) + 1):
                place.way_in(memory, spot, NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE)
                fen = place._try(ground, draft, memory, visit, duty, NEVER)
                assert fen == NEVER or bounds.bound_at(ground, draft, visit, duty, spot) <= fen
                known = bounds.in_time(ground, draft, visit, duty, spot, NOWHERE, NOWHERE)
                assert known in (NEVER, fen)
                driven += fen < NEVER
                in_time += known < NEVER
                depot = visit % ground.depots
                place.way_in(memory, spot, depot, spot, NOWHERE, NOWHERE, NOWHERE)
                fen = place._try(ground, draft, memory, visit, duty, NEVER)
                known = bounds.in_time(ground, draft, visit, duty, spot, depot, spot)
                assert known in (NEVER, fen)
                fetched += known < NEVER
    assert driven > 100
    assert in_time > 5
    assert fetched > 0
