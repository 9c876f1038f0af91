"""Where the demo company works: real towns in four compact territories (positions: GeoNames, CC BY 4.0)."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from app.geo.rules import Position, haversine_m

__all__ = ["TERRITORIES", "Territory", "Town", "around", "nearest", "of_territory", "towns"]

_CSV = Path(__file__).with_name("towns.csv")
_METRES_A_DEGREE = 111_320


@dataclass(frozen=True, slots=True)
class Territory:
    """A territory's code and its names."""

    code: str
    name_zh: str
    name_en: str


TERRITORIES = (
    Territory("T1", "北京片区", "Beijing"),
    Territory("T2", "天津片区", "Tianjin"),
    Territory("T3", "石家庄片区", "Shijiazhuang"),
    Territory("T4", "郑州片区", "Zhengzhou"),
)


@dataclass(frozen=True, slots=True)
class Town:
    """A real town, and the territory it was put into."""

    territory: str
    name: str
    name_en: str
    province: str
    at: Position

    @property
    def address(self) -> str:
        """How an address in this town begins."""
        return self.name if self.name == self.province else f"{self.province}{self.name}"


def towns() -> tuple[Town, ...]:
    """Every town of the demo, the largest of each territory first."""
    with _CSV.open(encoding="utf-8", newline="") as file:
        return tuple(
            Town(
                row["territory"], row["name_zh"], row["name_en"], row["province_zh"],
                Position(float(row["lat"]), float(row["lon"])),
            )
            for row in csv.DictReader(file)
        )  # fmt: skip


def of_territory(code: str) -> tuple[Town, ...]:
    """The towns of one territory, its centre first."""
    return tuple(town for town in towns() if town.territory == code)


def nearest(town: Town, others: Sequence[Town], count: int) -> tuple[Town, ...]:
    """The `count` of `others` that lie nearest to `town`, itself first when it is among them."""
    return tuple(sorted(others, key=lambda other: haversine_m(town.at, other.at))[:count])


def around(at: Position, random: Random, *, low_m: int = 500, high_m: int = 4000) -> Position:
    """A place between `low_m` and `high_m` metres away, to six decimals as people type it."""
    metres, bearing = random.uniform(low_m, high_m), random.uniform(0, 2 * math.pi)
    north, east = metres * math.cos(bearing), metres * math.sin(bearing)
    lon_scale = _METRES_A_DEGREE * math.cos(math.radians(at.lat))
    return Position(round(at.lat + north / _METRES_A_DEGREE, 6), round(at.lon + east / lon_scale, 6))
