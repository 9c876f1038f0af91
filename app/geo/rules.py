"""Positions on the globe: WGS-84 inside the house, the Chinese map datums only at its doors (R7).

AMap and Tencent speak GCJ-02, Baidu BD-09; both are WGS-84 shifted by some hundred metres inside
China. The forward formulas are published; their inverses are iterated, because the plain one-step
inverse is off by metres (stack.md §6).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import asin, atan2, cos, fabs, isfinite, pi, radians, sin, sqrt

from app.kernel.errors import InputCode, InvalidInput

__all__ = [
    "Position",
    "bd09_to_wgs84",
    "gcj02_to_wgs84",
    "haversine_m",
    "outside_china",
    "position",
    "wgs84_to_bd09",
    "wgs84_to_gcj02",
]

_EARTH_M = 6_371_008.8
_AXIS_M, _ECCENTRICITY2 = 6_378_245.0, 0.006_693_421_622_965_943
_BAIDU_PI = pi * 3000.0 / 180.0
_CLOSE_ENOUGH = 1e-8
"""Degrees, about a millimetre."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place by WGS-84 latitude and longitude in degrees, north and east positive."""

    lat: float
    lon: float


def position(lat: object, lon: object, *, field: str = "position") -> Position:
    """A position that exists, from numbers or their text; anything else is InvalidInput naming `field`.

    Refuses what is no finite number (NaN and Infinity as text too), latitudes beyond ±90 and longitudes
    beyond ±180, and 0/0, which is what a device without a fix reports.
    """
    north, east = _degrees(lat, field), _degrees(lon, field)
    if not (-90 <= north <= 90 and -180 <= east <= 180):
        raise InvalidInput(field, InputCode.out_of_range, low="-90, -180", high="90, 180")
    if north == 0 == east:
        raise InvalidInput(field, InputCode.not_position)
    return Position(north, east)


def haversine_m(a: Position, b: Position) -> float:
    """Metres between two positions over a round earth; within 0.6 % of the true geodesic."""
    north, east = radians(b.lat - a.lat) / 2, radians(b.lon - a.lon) / 2
    chord = sin(north) ** 2 + cos(radians(a.lat)) * cos(radians(b.lat)) * sin(east) ** 2
    # Rounding can put antipodes a hair above 1, where asin has no answer.
    return 2 * _EARTH_M * asin(min(1.0, sqrt(chord)))


def outside_china(at: Position) -> bool:
    """Whether the Chinese datums leave this place alone; the box every map service uses."""
    return not (72.004 <= at.lon <= 137.8347 and 0.8293 <= at.lat <= 55.8271)


def wgs84_to_gcj02(at: Position) -> Position:
    """What AMap and Tencent call this place; unchanged outside China."""
    if outside_china(at):
        return at
    x, y = at.lon - 105.0, at.lat - 35.0
    phi = radians(at.lat)
    magic = 1 - _ECCENTRICITY2 * sin(phi) ** 2
    north = _shift_north(x, y) * 180.0 / (_AXIS_M * (1 - _ECCENTRICITY2) / (magic * sqrt(magic)) * pi)
    east = _shift_east(x, y) * 180.0 / (_AXIS_M / sqrt(magic) * cos(phi) * pi)
    return Position(at.lat + north, at.lon + east)


def gcj02_to_wgs84(at: Position) -> Position:
    """Where a place that AMap or Tencent names really is, within a centimetre; unchanged outside China."""
    return _inverse(wgs84_to_gcj02, at)


def wgs84_to_bd09(at: Position) -> Position:
    """What Baidu calls this place; unchanged outside China."""
    return at if outside_china(at) else _gcj02_to_bd09(wgs84_to_gcj02(at))


def bd09_to_wgs84(at: Position) -> Position:
    """Where a place that Baidu names really is, within a centimetre; unchanged outside China."""
    return _inverse(wgs84_to_bd09, at)


def _inverse(forward: Callable[[Position], Position], wanted: Position) -> Position:
    """The place that `forward` takes to `wanted`, by fixed point: the shift hardly changes over its own length."""
    guess = wanted
    for _ in range(30):
        there = forward(guess)
        north, east = wanted.lat - there.lat, wanted.lon - there.lon
        guess = Position(guess.lat + north, guess.lon + east)
        if fabs(north) < _CLOSE_ENOUGH and fabs(east) < _CLOSE_ENOUGH:
            break
    return guess


def _gcj02_to_bd09(at: Position) -> Position:
    radius = sqrt(at.lon**2 + at.lat**2) + 0.00002 * sin(at.lat * _BAIDU_PI)
    angle = atan2(at.lat, at.lon) + 0.000003 * cos(at.lon * _BAIDU_PI)
    return Position(radius * sin(angle) + 0.006, radius * cos(angle) + 0.0065)


def _shift_north(x: float, y: float) -> float:
    """Metres to the north at (x, y) degrees from 105° E, 35° N."""
    return (
        -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * sqrt(fabs(x))
        + _ripple(x)
        + (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
        + (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    )


def _shift_east(x: float, y: float) -> float:
    """Metres to the east at (x, y) degrees from 105° E, 35° N."""
    return (
        300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * sqrt(fabs(x))
        + _ripple(x)
        + (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
        + (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    )


def _ripple(x: float) -> float:
    return (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0


def _degrees(value: object, field: str) -> float:
    """A finite number of degrees; text is judged as typed, so ' 31' and '1_0' are none."""
    if value is None or value == "":
        raise InvalidInput(field, InputCode.required)
    if isinstance(value, str):
        digits = value.removeprefix("-").replace(".", "", 1)
        if not (value.isascii() and digits.isdigit() and len(value) <= 24):
            raise InvalidInput(field, InputCode.not_position)
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInput(field, InputCode.not_position)
    # An int of hundreds of digits has no float at all, so its size is judged before it is converted.
    if isinstance(value, int) and abs(value) > 360:
        raise InvalidInput(field, InputCode.out_of_range, low="-90, -180", high="90, 180")
    if not isfinite(value):
        raise InvalidInput(field, InputCode.not_position)
    return float(value)
