"""What the road engine has told, kept in the process: one square table, one row and column per place (R7).

Kept here and not in the database: a plan of 200 places is 40,000 pairs, engineers move, and writing that many rows at
each look would hold up everybody who has something worth keeping. A restart costs some seconds of asking again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dispatch.travel.valhalla import UNTOLD, Cells, Drives

#: Latitude and longitude in ten-thousandths of a degree, some 10 m: what is nearer than that is one place.
Spot = tuple[int, int]


class KnownDrives:
    """Drives between the `most` places last used; each pair is forgotten `good_for_s` after it was told."""

    def __init__(self, most: int, good_for_s: float) -> None:
        self._most, self._good_for_s = most, good_for_s
        self._slots: dict[Spot, int] = {}  # In the order of use: the first one gives way.
        self._seconds, self._metres, self._told_at = self._empty(0)

    @property
    def places(self) -> int:
        """How many places are kept."""
        return len(self._slots)

    def recall(self, spots: Sequence[Spot], *, now_s: float) -> Drives:
        """What is known between these spots, UNTOLD for the rest. At most as many as are kept may be asked at once."""
        at = np.ix_(*[self._at(spots)] * 2)
        fresh = self._told_at[at] >= now_s - self._good_for_s
        return Drives(*(np.where(fresh, table[at], UNTOLD).astype(np.int32) for table in (self._seconds, self._metres)))

    def one(self, source: Spot, target: Spot, *, now_s: float) -> tuple[int, int]:
        """(seconds, metres) of one drive, UNTOLD where it is not known; makes no room for places not seen before."""
        here, there = self._slots.get(source), self._slots.get(target)
        if here is None or there is None or self._told_at[here, there] < now_s - self._good_for_s:
            return UNTOLD, UNTOLD
        return int(self._seconds[here, there]), int(self._metres[here, there])

    def keep(self, sources: Sequence[Spot], targets: Sequence[Spot], told: Drives, *, now_s: float) -> None:
        """Remember a block as told now."""
        slots = self._at([*sources, *targets])
        at = np.ix_(slots[: len(sources)], slots[len(sources) :])
        self._seconds[at], self._metres[at], self._told_at[at] = told.seconds, told.metres, now_s

    def _at(self, spots: Sequence[Spot]) -> NDArray[np.intp]:
        """The slots of these spots, now the last used; new ones take a free slot, or the one least lately used."""
        for spot in spots:
            slot = self._slots.pop(spot, None)
            if slot is None:
                slot = self._new_slot()
            self._slots[spot] = slot
        return np.array([self._slots[spot] for spot in spots], dtype=np.intp)

    def _new_slot(self) -> int:
        if len(self._slots) >= self._most:
            slot = self._slots.pop(next(iter(self._slots)))
            self._told_at[slot, :] = self._told_at[:, slot] = -np.inf
            return slot
        slot = len(self._slots)
        if slot == len(self._told_at):
            self._grow()
        return slot

    def _grow(self) -> None:
        old, size = len(self._told_at), min(self._most, max(64, 2 * len(self._told_at)))
        seconds, metres, told_at = self._empty(size)
        seconds[:old, :old], metres[:old, :old], told_at[:old, :old] = self._seconds, self._metres, self._told_at
        self._seconds, self._metres, self._told_at = seconds, metres, told_at

    @staticmethod
    def _empty(size: int) -> tuple[Cells, Cells, NDArray[np.float64]]:
        shape = (size, size)
        return np.full(shape, UNTOLD, np.int32), np.full(shape, UNTOLD, np.int32), np.full(shape, -np.inf)
