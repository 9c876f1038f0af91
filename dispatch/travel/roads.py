"""The roads as a service tells them, asked for in blocks, remembered, and left alone for a minute when it fails (R7).

Whoever asks waits `patience_s` at most, give or take one call; what was not told by then is told the next time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from math import isqrt
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from app.geo.rules import Position
from dispatch.travel.known import KnownDrives, Spot
from dispatch.travel.rules import crow_table
from dispatch.travel.valhalla import NO_ROAD, UNTOLD, Drives, PlacesRefused, RoadsAway, Valhalla

#: After a failure the service is not asked for so long.
REST_S = 60.0
#: Pairs further apart by the crow are not asked for: no day's route joins them, and Valhalla refuses the whole block.
REACH_M = 390_000
#: More places than this are not asked for at all; a table of so many takes 64 MB.
MOST_PLACES = 2000
LOCATED_AT_ONCE = 200

Missing = NDArray[np.bool_]


class RoadState(StrEnum):
    """Whether the service answers (X6)."""

    OK = "ok"
    AWAY = "away"


class Roads:
    """The drives a service tells. Safe to share between threads: nothing is locked while it is asked."""

    def __init__(
        self, service: Valhalla, *, block_pairs: int = 2500, good_for_s: float = 7 * 86_400.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._service, self._side, self._clock = service, isqrt(block_pairs), clock
        self._known, self._lock = KnownDrives(MOST_PLACES, good_for_s), Lock()
        self._rests_until = self._heard_at = -np.inf

    def drives(self, places: Sequence[Position], *, patience_s: float) -> Drives:
        """The drives between all places, in their order; negative where the service could not tell."""
        spots = [_spot(place) for place in places]
        unique = list(dict.fromkeys(spots))
        if len(unique) > MOST_PLACES:
            nothing = np.full((len(places), len(places)), UNTOLD, np.int32)
            return Drives(nothing, nothing)
        self._learn(unique, self._clock() + patience_s)
        found = self._recall(unique)
        row = {spot: number for number, spot in enumerate(unique)}
        at = np.ix_(*[[row[spot] for spot in spots]] * 2)
        return Drives(found.seconds[at], found.metres[at])

    def drive(self, a: Position, b: Position) -> tuple[int, int] | None:
        """(seconds, metres) if they were told lately; never asks, so that it may be called anywhere."""
        with self._lock:
            seconds, metres = self._known.one(_spot(a), _spot(b), now_s=self._clock())
        return (seconds, metres) if seconds >= 0 else None

    def state(self) -> RoadState:
        """Whether the service answers: as last heard within the minute, else by asking."""
        if self._rests():
            return RoadState.AWAY
        if self._clock() - self._heard_at > REST_S:
            try:
                self._service.stands()
            except RoadsAway:
                self._fail()
                return RoadState.AWAY
            self._heard_at = self._clock()
        return RoadState.OK

    def _learn(self, spots: Sequence[Spot], until: float) -> None:
        """Ask for what is missing, until all is told, patience ends or the service fails."""
        try:
            self._leave_out_the_sea(spots, until)
            for rows, columns in blocks(self._missing(spots)[0], self._side):
                self._ask([spots[row] for row in rows], [spots[column] for column in columns], until)
        except TimeoutError:
            return
        except RoadsAway:
            self._fail()

    def _missing(self, spots: Sequence[Spot]) -> tuple[Missing, Missing]:
        """Which drives are to be asked for, and from which places any drive is known."""
        seconds = self._recall(spots).seconds
        return (seconds == UNTOLD) & _within_reach(spots), (seconds >= 0).sum(axis=1) > 1

    def _leave_out_the_sea(self, spots: Sequence[Spot], until: float) -> None:
        """Places off every road are found first: one of them would have each of its blocks refused whole."""
        missing, heard = self._missing(spots)
        fresh = [spots[row] for row in np.flatnonzero(missing.any(axis=1) & ~heard).tolist()]
        for start in range(0, len(fresh), LOCATED_AT_ONCE):
            self._stop_at(until)
            some = fresh[start : start + LOCATED_AT_ONCE]
            off = self._service.off_road([_place(spot) for spot in some])
            lost = [spot for spot, is_off in zip(some, off, strict=True) if is_off]
            self._keep(lost, spots)
            self._keep(spots, lost)

    def _ask(self, sources: Sequence[Spot], targets: Sequence[Spot], until: float) -> None:
        """Have a block told and keep it. A refused one is halved until the pair that nothing joins stands alone."""
        self._stop_at(until)
        try:
            told = self._service.drives([_place(spot) for spot in sources], [_place(spot) for spot in targets])
        except PlacesRefused:
            if len(sources) == len(targets) == 1:
                self._keep(sources, targets)
            elif len(sources) >= len(targets):
                half = len(sources) // 2
                self._ask(sources[:half], targets, until)
                self._ask(sources[half:], targets, until)
            else:
                half = len(targets) // 2
                self._ask(sources, targets[:half], until)
                self._ask(sources, targets[half:], until)
        else:
            self._keep(sources, targets, told)

    def _stop_at(self, until: float) -> None:
        if self._rests() or self._clock() >= until:
            raise TimeoutError

    def _keep(self, sources: Sequence[Spot], targets: Sequence[Spot], told: Drives | None = None) -> None:
        """Remember what was told of a block; without it, that no road leads there."""
        if told is None:
            nowhere = np.full((len(sources), len(targets)), NO_ROAD, np.int32)
            told = Drives(nowhere, nowhere)
        with self._lock:
            self._heard_at = self._clock()
            self._known.keep(sources, targets, told, now_s=self._heard_at)

    def _recall(self, spots: Sequence[Spot]) -> Drives:
        with self._lock:
            found = self._known.recall(spots, now_s=self._clock())
        np.fill_diagonal(found.seconds, 0)
        np.fill_diagonal(found.metres, 0)
        return found

    def _rests(self) -> bool:
        return bool(self._clock() < self._rests_until)

    def _fail(self) -> None:
        self._rests_until = self._clock() + REST_S


def blocks(missing: Missing, side: int) -> Iterator[tuple[list[int], list[int]]]:
    """Rectangles of at most `side` × `side` that cover every missing cell; rows that miss the same go together.

    A first table misses everything, later ones what has moved: some whole rows, and some columns of all the others.
    """
    wanted = missing.copy()
    # The diagonal is never missing; a place of which most is missing takes its own cell along, so that rows are alike.
    np.fill_diagonal(wanted, 2 * missing.sum(axis=1) >= len(missing))
    alike: dict[bytes, list[int]] = {}
    for row in np.flatnonzero(missing.any(axis=1)).tolist():
        alike.setdefault(wanted[row].tobytes(), []).append(row)
    for rows in alike.values():
        columns = np.flatnonzero(wanted[rows[0]]).tolist()
        for top in range(0, len(rows), side):
            for left in range(0, len(columns), side):
                yield rows[top : top + side], columns[left : left + side]


def _within_reach(spots: Sequence[Spot]) -> Missing:
    return np.asarray(crow_table([_place(spot) for spot in spots]) <= REACH_M)


def _spot(place: Position) -> Spot:
    return round(place.lat * 10_000), round(place.lon * 10_000)


def _place(spot: Spot) -> Position:
    return Position(spot[0] / 10_000, spot[1] / 10_000)
