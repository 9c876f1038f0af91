"""The door to travel times: one drive exactly, or a whole table for the planner (R7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from geopy.distance import geodesic

from app.geo.rules import Position
from dispatch.planner.solver.problem import Matrix, Travel, TravelBand
from dispatch.travel.rules import RoadModel, band_at, band_starts, drive_seconds, road_metres

ROADS = RoadModel()
EARTH_M = 6_371_008.8


def drive(a: Position, b: Position, *, at: datetime, zone: str = "Asia/Shanghai") -> tuple[int, int]:
    """(seconds, metres) of the road from `a` to `b` when setting off at `at`."""
    metres = road_metres(geodesic((a.lat, a.lon), (b.lat, b.lon)).meters, ROADS)
    return drive_seconds(metres, band_at(at, zone, ROADS), ROADS), metres


def crow_metres(a: Position, b: Position) -> int:
    """Metres as the crow flies; how far a check-in lies from its site."""
    return round(geodesic((a.lat, a.lon), (b.lat, b.lon)).meters)


def table(places: Sequence[Position], *, start: datetime, end: datetime, zone: str = "Asia/Shanghai") -> Travel:
    """Driving between all places over a span: metres once, seconds for each band of the day."""
    metres = np.ceil(_crow_table(places) * ROADS.factor_permille / 1000)
    town = np.minimum(metres, ROADS.town_m)
    seconds = tuple(
        _matrix(np.where(metres > 0, np.ceil(
            ROADS.setting_off_s + town * 3.6 / band.town_kmh + (metres - town) * 3.6 / band.road_kmh
        ), 0))
        for band in ROADS.bands
    )  # fmt: skip
    bands = tuple(
        TravelBand(int((at - start).total_seconds()), index) for at, index in band_starts(start, end, zone, ROADS)
    )
    return Travel(metres=_matrix(metres), seconds=seconds, bands=bands)


def _crow_table(places: Sequence[Position]) -> np.ndarray:
    """Great-circle metres between all places; within 0.5 % of the geodesic, well inside the road factor's own error."""
    lat = np.radians([place.lat for place in places])
    lon = np.radians([place.lon for place in places])
    half = (
        np.sin((lat[:, None] - lat[None, :]) / 2) ** 2
        + np.cos(lat[:, None]) * np.cos(lat[None, :]) * np.sin((lon[:, None] - lon[None, :]) / 2) ** 2
    )
    return 2 * EARTH_M * np.arcsin(np.sqrt(np.clip(half, 0, 1)))


def _matrix(cells: np.ndarray) -> Matrix:
    return Matrix(cells.shape[0], np.ascontiguousarray(cells, dtype="<i4").tobytes())
