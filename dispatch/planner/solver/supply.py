"""Where each piece comes from: the van first, then one depot, or two when no single one has everything (R3, E14)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import NamedTuple


class Unit(NamedTuple):
    """One piece that a visit at `place` of a route wants; `accepts` is what may be fitted, best first."""

    place: int
    wanted: str
    accepts: tuple[str, ...]


def match(units: Sequence[Unit], pieces: Mapping[str, int]) -> list[str | None]:
    """For each unit the piece it gets, or None. As many as possible are served, earlier units before later ones.

    Augmenting paths: a unit may push another to its next best piece, so two visits never wait while a substitute
    lies idle, and whoever is served once stays served.
    """
    held: dict[str, list[int]] = {}
    got: list[str | None] = [None] * len(units)

    def give(unit: int, tried: set[str]) -> bool:
        for part in units[unit].accepts:
            if part not in tried and len(held.setdefault(part, [])) < pieces.get(part, 0):
                held[part].append(unit)
                got[unit] = part
                return True
        for part in units[unit].accepts:
            if part in tried:
                continue
            tried.add(part)
            for other in list(held.get(part, ())):
                if give(other, tried):
                    held[part].remove(other)
                    held[part].append(unit)
                    got[unit] = part
                    return True
        return False

    for unit in range(len(units)):
        give(unit, set())
    return got


class Fetch(NamedTuple):
    """One way to fetch what is missing: the depots, what to take at each, and the (depot, part) of each unit."""

    depots: tuple[int, ...]
    takes: tuple[dict[str, int], ...]
    given: tuple[tuple[int, str], ...]


def depot_choices(
    missing: Sequence[Unit], stocks: Sequence[Mapping[str, int]], *, pairs: bool = False
) -> Iterator[Fetch]:
    """Ways to fetch all that is missing from one depot, or from two where no single one has everything.

    `pairs` asks for two even where one would do. Where substitutes lie in the same depot each choice is offered,
    because somebody else may need the better piece.
    """
    found = False
    for depot, stock in enumerate(stocks):
        for given in _fillings(missing, stock):
            found = True
            yield Fetch((depot,), (_count(given),), tuple((depot, part) for part in given))
    if found and not pairs:
        return
    for one, two in combinations(range(len(stocks)), 2):
        for split in _splits(missing, stocks[one]):
            here = [unit for unit, first in zip(missing, split, strict=True) if first]
            there = [unit for unit, first in zip(missing, split, strict=True) if not first]
            if not here or not there:
                continue
            got, other = match(here, stocks[one]), match(there, stocks[two])
            if None in got or None in other:
                continue
            near, far = iter(got), iter(other)
            given_by = tuple((one, next(near) or "") if first else (two, next(far) or "") for first in split)
            takes = tuple(_count([part for depot, part in given_by if depot == at]) for at in (one, two))
            yield Fetch((one, two), takes, given_by)


def _splits(missing: Sequence[Unit], stock: Mapping[str, int]) -> Iterator[tuple[bool, ...]]:
    """Which units the first of two depots supplies: every split of a few units, else as many as it has."""
    if len(missing) <= 3:
        yield from product((True, False), repeat=len(missing))
    else:
        yield tuple(part is not None for part in match(missing, stock))


def _fillings(missing: Sequence[Unit], stock: Mapping[str, int]) -> list[list[str]]:
    if len(missing) == 1:  # by far the most frequent question
        return [[part] for part in missing[0].accepts if stock.get(part, 0) > 0]
    best = match(missing, stock)
    if None in best:
        return []
    ways = [[part for part in best if part is not None]]
    for part in {part for unit in missing for part in unit.accepts if len(unit.accepts) > 1}:
        without = match(missing, {name: qty for name, qty in stock.items() if name != part})
        way = [other for other in without if other is not None]
        if len(way) == len(missing) and way not in ways:
            ways.append(way)
    return ways


def _count(parts: Sequence[str]) -> dict[str, int]:
    return {part: parts.count(part) for part in dict.fromkeys(parts)}
