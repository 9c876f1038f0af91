"""How long a drive takes and how far it is, where no road engine answers: geodesic x road factor, by hour (R7).

Speeds grow with the way: a hop inside a town is slow, the open road between towns is fast; the rush hours slow both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo


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
    if metres <= 0:
        return 0
    town = min(metres, model.town_m)
    road = metres - town
    return ceil(model.setting_off_s + town * 3.6 / band.town_kmh + road * 3.6 / band.road_kmh)


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
