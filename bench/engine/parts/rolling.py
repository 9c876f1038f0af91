"""Whole days, call by call: promises kept and money by policy, beside a planner who knew all calls at seven."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from bench import rolling
from bench.cells import Bar
from bench.engine.frame import Asked, Cell, Results, Shown
from bench.engine.sums import markdown

TAKES_S: Final = {"human": 3.0, "insertion": 10.0, "reoptimise": 15.0, "scenarios": 60.0, "clairvoyant": 13.0}
KNOWING: Final = "clairvoyant"
NOISY_DAYS: Final = 3
FUTURES_DAYS: Final = 4  # sampled futures take several times as long as the rest together


def cells(asked: Asked) -> list[Cell]:
    """Twenty calm days of each size under each policy, and some noisy ones."""
    days = range(1, 2) if asked.short else range(1, 21)
    sizes = rolling.SIZES[:1] if asked.short else rolling.SIZES
    calm = [
        _cell(calls, day, policy)
        for calls in sizes
        for day in days
        for policy in rolling.CALM_ROWS
        if _tried(policy, day)
    ]
    noisy = [
        _cell(calls, day, policy, noisy=True)
        for calls in sizes
        for day in days[:NOISY_DAYS]
        for policy in rolling.NOISY_ROWS
        if not asked.short and _tried(policy, day)
    ]
    return calm + noisy


def _tried(policy: str, day: int) -> bool:
    return policy != "scenarios" or day <= FUTURES_DAYS


def _cell(calls: int, day: int, policy: str, *, noisy: bool = False) -> Cell:
    words = {"calls": calls, "seed": day, "policy": policy, "noisy": noisy}
    world = f"{calls}-{rolling.ENGINEERS}-s{day}{'-noisy' if noisy else ''}"
    return Cell("rolling", world, policy, TAKES_S.get(policy, 20.0), day, "bench.rolling:measure", words)


def shown(cells: Sequence[Cell], results: Results) -> Shown:
    """One table a size, calm and noisy; the better of our policies is held against the bars."""
    tables: list[tuple[str, str]] = []
    bars: dict[str, Bar] = {}
    for calls in rolling.SIZES:
        known = by_policy(cells, results, calls, noisy=False).get(KNOWING, {})
        for noisy in (False, True):
            found = by_policy(cells, results, calls, noisy=noisy)
            rows = [(name, len(days), *_figures(days, known)) for name, days in found.items() if days]
            how = ", drives and work take other times than expected" if noisy else ""
            if rows:
                head = ("policy", "days", *rolling.HEAD[1:])
                tables.append((f"{calls} calls, {rolling.ENGINEERS} engineers{how}", markdown(head, rows)))
            if not noisy and known:
                bars |= _bars(calls, found, known)
    return Shown(tuple(tables), bars)


def by_policy(
    cells: Sequence[Cell], results: Results, calls: int, *, noisy: bool
) -> dict[str, dict[int, dict[str, Any]]]:
    """Policy → day → what came of it."""
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for cell in cells:
        if cell.words["calls"] == calls and cell.words["noisy"] == noisy and (got := results.get(cell.name)):
            found.setdefault(cell.method, {})[cell.seed] = got
    return found


def _figures(days: dict[int, dict[str, Any]], known: dict[int, dict[str, Any]]) -> list[object]:
    both = [day for day in days if day in known]
    return rolling.row("", [days[day] for day in both], [known[day] for day in both])[1:] if both else []


def _bars(calls: int, found: dict[str, dict[int, dict[str, Any]]], known: dict[int, dict[str, Any]]) -> dict[str, Bar]:
    """Promises and money of whichever of our policies is cheaper."""
    ours = {
        name: [(found[name][day], known[day]) for day in found[name] if day in known]
        for name in rolling.OURS
        if name in found
    }
    ours = {name: pairs for name, pairs in ours.items() if pairs}
    if not ours:
        return {}
    ratios = {name: rolling.beside_clairvoyant(*map(list, zip(*pairs, strict=True))) for name, pairs in ours.items()}
    better = min(ratios, key=lambda name: ratios[name])
    days = [day for day, _ in ours[better]]
    on4, on12 = rolling.mean(days, "on4"), rolling.mean(days, "on12")
    wrong = sum(bool(one["errors"]) or one["cents"] != one["checked_cents"] for one in days)
    asked4, asked12 = rolling.KEPT_BARS[calls]
    return {
        f"rolling_{calls}_on_time_4h": Bar(on4, asked4, on4 >= asked4),
        f"rolling_{calls}_on_time_12h": Bar(on12, asked12, on12 >= asked12),
        f"rolling_{calls}_beside_clairvoyant": Bar(
            ratios[better], rolling.COST_BAR, ratios[better] <= rolling.COST_BAR
        ),
        f"rolling_{calls}_illegal_days": Bar(wrong, 0, wrong == 0),
    }
