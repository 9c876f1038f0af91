"""Whole days, call by call: what each way of dispatching keeps and costs, beside a planner who knew all calls at seven.

./run bench rolling [--short] [--days N] [--sweep] [--fresh]. fsbench's days of 200 and 260 calls for 25 engineers; the
office looks at the day every ten minutes. Calm days are judged by fsbench's own checker, noisy ones – drives and work
take other times than expected – by `simulator.judge`. One day with the engine takes about `EPOCH_SECONDS` × 90.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, Final

from bench.cells import RESULTS, Bar, cell, closing_line, table
from bench.engine.fs import Instance, fsbench, judge
from bench.simulator.day import Day
from bench.simulator.history import past_days, with_history
from bench.simulator.human import Append
from bench.simulator.judge import as_driven, outcome
from bench.simulator.noise import CALM, Noise
from bench.simulator.play import play
from bench.simulator.policies import Clairvoyant, Policy, Reoptimise, insertion
from dispatch.planner.solver.problem import Problem, Visit

NAME: Final = "rolling"
ENGINEERS: Final = 25
SIZES: Final = (200, 260)  # calls a day: a full day, and one with too many
EPOCH_SECONDS: Final = 0.2
CLAIRVOYANT_SECONDS: Final = 10.0
MOVE_FEN: Final = 300
WAITING_FEN_H: Final = 360  # a tenth of an hour's driving, as in the product's settings
SWEPT_FEN: Final = (0, 100, 300, 600, 1200)
PAST_DAYS: Final = 20
FUTURES: Final = 3
#: 4-hour and 12-hour promises kept, in per cent, by size of day; cost beside the clairvoyant plan's.
KEPT_BARS: Final = {200: (99.5, 98.0), 260: (98.0, 95.0)}
COST_BAR: Final = 1.3
MOVED_BAR: Final = 3.0
QUIET_COST_BAR: Final = 1.01


@dataclass(frozen=True, slots=True)
class World:
    """One day of the generator with what its office remembers of other days."""

    data: Instance
    whole: Problem
    past: Sequence[Sequence[Visit]]


def world(calls: int, seed: int) -> World:
    """The day of this size and seed."""
    data = fsbench("generate").gen(calls, ENGINEERS, seed, mode="day")
    whole, past = with_history(data, past_days(data, PAST_DAYS, visits=calls, seed=seed))
    return World(data, whole, past)


def policies(one: World, seed: int) -> dict[str, Callable[[], Policy]]:
    """Every way of dispatching by name."""
    anew = Reoptimise(seconds=EPOCH_SECONDS, move_fen=MOVE_FEN, seed=seed)
    found: dict[str, Callable[[], Policy]] = {
        "human": lambda: Append(one.data),
        "insertion": lambda: insertion,
        "reoptimise": lambda: anew,
        "waiting": lambda: replace(anew, waiting_fen_h=WAITING_FEN_H),
        "threshold": lambda: replace(anew, past=one.past, thresholds=True),
        "scenarios": lambda: replace(anew, past=one.past, futures=FUTURES),
        "clairvoyant": lambda: Clairvoyant(CLAIRVOYANT_SECONDS, seed),
    }
    return found | {f"move-{fen}": partial(replace, anew, move_fen=fen) for fen in SWEPT_FEN}


def measure(calls: int, seed: int, policy: str, *, noisy: bool) -> dict[str, Any]:
    """One day under one policy."""
    one = world(calls, seed)
    day = Day(one.whole, Noise(seed) if noisy else CALM)
    began = time.monotonic()
    steady = play(day, policies(one, seed)[policy]())
    seen = outcome(day, one.data)
    said = None if noisy else judge(one.data, as_driven(day))
    return {
        "policy": policy,
        "n": calls,
        "engineers": ENGINEERS,
        "seed": seed,
        "noisy": noisy,
        **asdict(seen),
        "checked_cents": said.cents if said else None,
        "errors": list(said.errors) if said else [],
        "moved_share": steady.moved_share,
        "epochs": steady.epochs,
        "seconds": round(time.monotonic() - began, 1),
    }


def days(calls: int, seeds: Sequence[int], policy: str, *, noisy: bool = False) -> list[dict[str, Any]]:
    """The cells of these days under one policy, measured where they are not there yet."""
    how = "-noisy" if noisy else ""
    return [
        cell(NAME, f"{calls}-{ENGINEERS}-s{seed}-{policy}{how}", partial(measure, calls, seed, policy, noisy=noisy))
        for seed in seeds
    ]


def beside_clairvoyant(found: Sequence[dict[str, Any]], known: Sequence[dict[str, Any]]) -> float:
    """The median over days of what a policy cost per yuan of the clairvoyant plan."""
    return round(statistics.median(a["cents"] / b["cents"] for a, b in zip(found, known, strict=True)), 3)


def mean(found: Sequence[dict[str, Any]], field: str) -> float:
    """The mean over days."""
    return round(statistics.fmean(one[field] for one in found), 2)


def row(name: str, found: Sequence[dict[str, Any]], known: Sequence[dict[str, Any]]) -> list[object]:
    """One line of the table: promises kept, calls left, money, changes."""
    worst = min(one["on4"] for one in found)
    ratio = beside_clairvoyant(found, known)
    money = f"{statistics.median(one['cents'] for one in found) / 100:,.0f}"
    return [name, mean(found, "on4"), worst, mean(found, "on12"), mean(found, "unassigned"), money, ratio,
            mean(found, "moved_share")]  # fmt: skip


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--short", action="store_true", help="two days of each size")
    words.add_argument("--days", type=int, default=20, help="so many days of each size; noisy ones a quarter of that")
    words.add_argument("--calls", type=int, choices=SIZES, help="only days of this size")
    words.add_argument("--sweep", action="store_true", help="what a change of engineer should cost")
    words.add_argument("--fresh", action="store_true", help="forget what was measured before")
    asked = words.parse_args()
    if asked.fresh:
        shutil.rmtree(RESULTS / NAME, ignore_errors=True)
    seeds = range(1, 1 + (2 if asked.short else asked.days))
    bars: dict[str, Bar] = {}
    for calls in SIZES if asked.calls is None else (asked.calls,):
        bars |= show(calls, seeds)
        if asked.sweep:
            bars |= sweep(calls, seeds)
    print(closing_line(NAME, bars))
    return 0 if all(bar.met for bar in bars.values()) else 1


HEAD: Final = ("policy", "4 h %", "worst", "12 h %", "left out", "cost", "× clair.", "moved %")
CALM_ROWS: Final = ("human", "insertion", "reoptimise", "waiting", "scenarios", "clairvoyant")
#: The shipped ways, of which the cheaper is held against the bars, and those that were tried beside them.
OURS: Final = ("reoptimise", "waiting")
TRIED: Final = ("threshold", "scenarios")
NOISY_ROWS: Final = ("human", "insertion", "reoptimise", "waiting", "scenarios")


def show(calls: int, seeds: Sequence[int]) -> dict[str, Bar]:
    """Prints the days of one size, calm and noisy, and says which bars they meet."""
    known = days(calls, seeds, "clairvoyant")
    some = seeds[: max(1, len(seeds) // 4)]
    calm = {name: days(calls, seeds, name) for name in CALM_ROWS if name not in TRIED}
    tried = {name: days(calls, some, name) for name in TRIED}
    print(f"\n{calls} calls, {ENGINEERS} engineers, {len(seeds)} days, {EPOCH_SECONDS:g} s a look; cost: median, yuan")
    print(table(HEAD, [row(name, found, known) for name, found in calm.items()]))
    print(f"\ntried on {len(some)} of these days")
    print(table(HEAD, [row(name, found[: len(some)], known[: len(some)]) for name, found in (calm | tried).items()]))
    if len(seeds) > 2:
        noisy = {name: days(calls, some, name, noisy=True) for name in NOISY_ROWS}
        print(f"\n{calls} calls, {len(some)} days, drives and work take other times than expected")
        print(table(HEAD, [row(name, found, known[: len(some)]) for name, found in noisy.items()]))
    best = min((calm[name] for name in OURS), key=lambda found: beside_clairvoyant(found, known))
    on4, on12 = KEPT_BARS[calls]
    ratio = beside_clairvoyant(best, known)
    wrong = sum(bool(one["errors"]) or one["cents"] != one["checked_cents"] for found in calm.values() for one in found)
    return {
        f"{calls} 4h": Bar(mean(best, "on4"), on4, mean(best, "on4") >= on4),
        f"{calls} 12h": Bar(mean(best, "on12"), on12, mean(best, "on12") >= on12),
        f"{calls} cost": Bar(ratio, COST_BAR, ratio <= COST_BAR),
        f"{calls} illegal days": Bar(wrong, 0, wrong == 0),
    }


def sweep(calls: int, seeds: Sequence[int]) -> dict[str, Bar]:
    """Prints what quiet costs: the share of visits that change engineer, and the money, by the price of a change."""
    swept = {fen: days(calls, seeds, f"move-{fen}") for fen in SWEPT_FEN}
    rows = [row(f"{fen / 100:g} yuan a change", found, swept[0]) for fen, found in swept.items()]
    print(f"\n{calls} calls, what a change of engineer costs; × is beside free changes")
    print(table(HEAD, rows))
    quiet = {
        fen: beside_clairvoyant(found, swept[0])
        for fen, found in swept.items()
        if mean(found, "moved_share") < MOVED_BAR
    }
    cheapest = min(quiet.values(), default=float("inf"))
    return {f"{calls} cost of moving under {MOVED_BAR:g} %": Bar(cheapest, QUIET_COST_BAR, cheapest <= QUIET_COST_BAR)}


if __name__ == "__main__":
    sys.exit(main())
