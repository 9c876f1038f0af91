"""The door to travel times: one drive exactly, or a whole table for the planner (R7).

Where the installation names a road engine its roads count, slowed by the hour; whatever it does not tell is estimated
from the straight line, and a table says of how many drives that is true.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
from flask import current_app, has_app_context
from geopy.distance import geodesic

from app.geo.rules import Position
from dispatch.planner.solver.problem import Matrix, Travel, TravelBand
from dispatch.travel.roads import REACH_M, Roads
from dispatch.travel.rules import (
    RoadModel,
    band_at,
    band_starts,
    crow_table,
    drive_seconds,
    estimated_seconds,
    road_metres,
    seconds_by_hour,
)
from dispatch.travel.valhalla import Drives, Valhalla

__all__ = ["PATIENCE_S", "crow_metres", "drive", "health", "table"]

ROADS = RoadModel()
#: How long a page waits for roads it does not know yet; a plan made in the background takes its time.
PATIENCE_S = 2.0


def drive(a: Position, b: Position, *, at: datetime, zone: str = "Asia/Shanghai") -> tuple[int, int]:
    """(seconds, metres) of the road from `a` to `b` when setting off at `at`. Asks nobody: what is known, or estimated."""
    band = band_at(at, zone, ROADS)
    roads = _roads()
    told = roads.drive(a, b) if roads is not None else None
    if told is not None:
        return int(seconds_by_hour(*told, band, ROADS)), told[1]
    metres = road_metres(geodesic((a.lat, a.lon), (b.lat, b.lon)).meters, ROADS)
    return drive_seconds(metres, band, ROADS), metres


def crow_metres(a: Position, b: Position) -> int:
    """Metres as the crow flies; how far a check-in lies from its site."""
    return round(geodesic((a.lat, a.lon), (b.lat, b.lon)).meters)


def table(
    places: Sequence[Position], *, start: datetime, end: datetime, zone: str = "Asia/Shanghai",
    patience_s: float = PATIENCE_S,
) -> Travel:  # fmt: skip
    """Driving between all places over a span: metres once, seconds for each band of the day.

    A road engine is given `patience_s` to tell what it has not told before.
    """
    crow = crow_table(places)
    metres = np.ceil(crow * ROADS.factor_permille / 1000)
    bands = tuple(
        TravelBand(int((at - start).total_seconds()), index) for at, index in band_starts(start, end, zone, ROADS)
    )
    roads = _roads()
    if roads is None:
        seconds = [estimated_seconds(metres, band, ROADS) for band in ROADS.bands]
        return Travel(metres=_matrix(metres), seconds=tuple(_matrix(cells) for cells in seconds), bands=bands)
    told = roads.drives(places, patience_s=patience_s)
    known = told.seconds >= 0
    metres = np.where(known, told.metres, metres)
    seconds = [_mixed(told, known, metres, band) for band in ROADS.bands]
    return Travel(
        metres=_matrix(metres),
        seconds=tuple(_matrix(cells) for cells in seconds),
        bands=bands,
        estimated=int((~known & (crow <= REACH_M)).sum()),
    )


def _mixed(told: Drives, known: Any, metres: Any, band: Any) -> Any:
    by_hour = seconds_by_hour(told.seconds, metres, band, ROADS)
    return np.where(known, by_hour, estimated_seconds(metres, band, ROADS))


def health() -> tuple[str, str] | None:
    """For the house's health: whether the road engine answers; None where none is named (X6)."""
    roads = _roads()
    return None if roads is None else ("roads", roads.state().value)


def _roads() -> Roads | None:
    """The road engine of this installation, one per process; None where none is named."""
    if not has_app_context():
        return None
    settings = current_app.extensions["settings"]
    if not settings.roads_url:
        return None
    return _named(settings.roads_url, settings.roads_timeout_s, settings.roads_block_pairs, settings.roads_cache_days)


@lru_cache(maxsize=8)
def _named(url: str, timeout_s: float, block_pairs: int, cache_days: int) -> Roads:
    return Roads(Valhalla(url, timeout_s=timeout_s), block_pairs=block_pairs, good_for_s=cache_days * 86_400.0)


def _matrix(cells: Any) -> Matrix:
    return Matrix(cells.shape[0], np.ascontiguousarray(cells, dtype="<i4").tobytes())
