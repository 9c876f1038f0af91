"""The plan of the demo company's day: cost by term beside the simple plan's, on the same problem in one run (R2).

./run bench demo_day [--short] [--fresh]. Seeds the demo company at a fixed instant into a database of its own,
plans each territory and the whole, and lets the independent checker judge every plan.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from bench.cells import RESULTS, Bar, cell, closing_line, table

NAME = "demo_day"
SEED = 8899
#: A working Tuesday, 10:05 in Shanghai.
AT = datetime(2026, 11, 24, 2, 5, tzinfo=UTC)


def problems() -> dict[str, Any]:
    """The day's planning task of each territory, from a freshly seeded demo company."""
    import wsgi
    from app.config import Settings
    from app.db import Base, db
    from app.kernel.clock import FixedClock
    from dispatch.demo.build import build
    from dispatch.demo.company import Scale
    from dispatch.people import api as people
    from dispatch.planner.api import day_as_it_stands

    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.sqlite3"
        settings = Settings(database_url=url, secret_key="bench", data_dir=Path(folder), testing=True)
        house = wsgi.build(settings=settings, clock=FixedClock(AT))
        with house.app_context():
            Base.metadata.create_all(db.engine)
            build(seed=SEED, now=AT, scale=Scale())
            session = db.session()
            codes = [*people.territory_names(session), None]
            return {code or "all": day_as_it_stands(session, territory=code, now=AT).problem for code in codes}


def measure(problem: Any, seconds: float) -> dict[str, Any]:
    """Greedy and engine on one problem: terms in fen, violations, time."""
    from dispatch.planner.solver.budget import Budget
    from dispatch.planner.solver.checker import violations
    from dispatch.planner.solver.insert import greedy_plan
    from dispatch.planner.solver.solve import solve

    began = time.monotonic()
    greedy = greedy_plan(problem, explained=False)
    greedy_s = time.monotonic() - began
    began = time.monotonic()
    plan = solve(problem, Budget(time_s=seconds))
    return {
        "visits": len(problem.visits),
        "engineers": len(problem.engineers),
        "seconds": seconds,
        "greedy": greedy.cost.by_term(),
        "plan": plan.cost.by_term(),
        "left_out": [len(greedy.unassigned), len(plan.unassigned)],
        "violations": [len(violations(problem, greedy)), len(violations(problem, plan))],
        "pool": plan.notes.pool,
        "partition_gain_fen": plan.notes.partition_gain_fen,
        "greedy_ms": round(greedy_s * 1000),
        "elapsed_ms": round((time.monotonic() - began) * 1000),
    }


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--short", action="store_true", help="3 s a plan instead of 10")
    words.add_argument("--fresh", action="store_true", help="forget what was measured before")
    asked = words.parse_args()
    seconds = 3.0 if asked.short else 10.0
    if asked.fresh:
        shutil.rmtree(RESULTS / NAME, ignore_errors=True)
    tasks: dict[str, Any] = {}

    def task(code: str) -> Any:
        if not tasks:
            tasks.update(problems())
        return tasks[code]

    def codes() -> dict[str, Any]:
        task("all")
        return {"codes": list(tasks)}

    results = {
        code: cell(NAME, f"{code}-{seconds:g}s", partial(lambda one: measure(task(one), seconds), code))
        for code in cell(NAME, "codes", codes)["codes"]
    }
    for code, result in results.items():
        rows = [
            (term, f"{result['greedy'][term] / 100:,.2f}", f"{fen / 100:,.2f}") for term, fen in result["plan"].items()
        ]
        total = (sum(result["greedy"].values()), sum(result["plan"].values()))
        rows.append(("total", f"{total[0] / 100:,.2f}", f"{total[1] / 100:,.2f}"))
        rows.append(("visits left out", *result["left_out"]))
        print(f"\n{code}: {result['visits']} visits, {result['engineers']} engineers, {result['seconds']:g} s")
        print(table(("yuan", "greedy", "engine"), rows))
    whole = results["all"]
    ratio = sum(whole["plan"].values()) / max(1, sum(whole["greedy"].values()))
    broken = sum(sum(result["violations"]) for result in results.values())
    bars = {
        "engine_to_greedy": Bar(round(ratio, 4), 1.0, ratio < 1.0),
        "violations": Bar(broken, 0, broken == 0),
    }
    print(closing_line(NAME, bars))
    return 0 if all(bar.met for bar in bars.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
