"""How long a drive takes: by the hour where a road engine tells the roads, from the straight line where none does (R7).

Speeds grow with the way: a hop inside a town is slow, the open road between towns is fast; the rush hours slow both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from app.geo.rules import Position

EARTH_M = 6_371_008.8


@dataclass(frozen=True, slots=True)
class SpeedBand:
    """From `hour` (local) on: km/h in town and on the open road."""

    hour: int
    town_kmh: int
    road_kmh: int


@dataclass(frozen=True, slots=True)
class RoadModel:
    """The settings of the estimate; the defaults are plain assumptions, learnt values replace them later.

    `town_m`: the first metres and the last of each drive go at the town's speed. `setting_off_s`: parking, gates, the walk.
    """

    factor_permille: int = 1350
    town_m: int = 6000
    setting_off_s: int = 180
    bands: tuple[SpeedBand, ...] = (
        SpeedBand(0, 38, 78),
        SpeedBand(7, 24, 64),
        SpeedBand(10, 30, 72),
        SpeedBand(17, 24, 64),
        SpeedBand(20, 38, 78),
    )


def road_metres(geodesic_m: float, model: RoadModel) -> int:
    """Metres on the road for a distance as the crow flies."""
    return ceil(geodesic_m * model.factor_permille / 1000)


def drive_seconds(metres: int, band: SpeedBand, model: RoadModel) -> int:
    """Seconds for so many metres of road in a band; nothing for no way at all."""
    return int(estimated_seconds(metres, band, model))


def estimated_seconds(metres: Any, band: SpeedBand, model: RoadModel) -> NDArray[np.float64]:
    """Whole seconds for each of these lengths in a band, setting off included; nothing for no way at all."""
    return np.where(np.greater(metres, 0), np.ceil(model.setting_off_s + _moving(metres, band, model)), 0.0)


def seconds_by_hour(road_s: Any, metres: Any, band: SpeedBand, model: RoadModel) -> NDArray[np.float64]:
    """Whole seconds in a band for drives that take `road_s` on an empty road.

    A road engine knows streets, not hours: its time grows as the estimate's time for that length grows from the
    fastest band to this one. Setting off is added, since it drives from kerb to kerb.
    """
    empty = max(model.bands, key=lambda one: (one.road_kmh, one.town_kmh))
    length = np.maximum(metres, 1)
    slower = _moving(length, band, model) / _moving(length, empty, model)
    return np.where(np.greater(metres, 0), np.ceil(model.setting_off_s + road_s * slower), 0.0)


def _moving(metres: Any, band: SpeedBand, model: RoadModel) -> NDArray[np.float64]:
    town = np.minimum(metres, model.town_m)
    return np.asarray(town * 3.6 / band.town_kmh + (metres - town) * 3.6 / band.road_kmh)


def crow_table(places: Sequence[Position]) -> NDArray[np.float64]:
    """Great-circle metres between all places; within 0.5 % of the geodesic, well inside the road factor's own error."""
    lat = np.radians([place.lat for place in places])
    lon = np.radians([place.lon for place in places])
    half = (
        np.sin((lat[:, None] - lat[None, :]) / 2) ** 2
        + np.cos(lat[:, None]) * np.cos(lat[None, :]) * np.sin((lon[:, None] - lon[None, :]) / 2) ** 2
    )
    return np.asarray(2 * EARTH_M * np.arcsin(np.sqrt(np.clip(half, 0, 1))))


def band_at(at: datetime, zone: str, model: RoadModel) -> SpeedBand:
    """The band in force at an instant."""
    hour = at.astimezone(ZoneInfo(zone)).hour
    return max((band for band in model.bands if band.hour <= hour), key=lambda band: band.hour)


def band_starts(start: datetime, end: datetime, zone: str, model: RoadModel) -> list[tuple[datetime, int]]:
    """Each instant from `start` to `end` at which a band begins, with its index; the first is the one in force."""
    local_zone = ZoneInfo(zone)
    day = start.astimezone(local_zone).replace(hour=0, minute=0, second=0, microsecond=0)
    found: list[tuple[datetime, int]] = []
    while day <= end:
        for index, band in enumerate(model.bands):
            found.append((day.replace(hour=band.hour), index))
        day += timedelta(days=1)
    before = [item for item in found if item[0] <= start]
    return [(start, before[-1][1]), *(item for item in found if start < item[0] < end)]
