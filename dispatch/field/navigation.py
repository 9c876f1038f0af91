"""Links that open a map app with the way to a site: each in its own datum (R7, screens §9)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from app.geo.rules import Position, wgs84_to_bd09, wgs84_to_gcj02

__all__ = ["Link", "links"]

DIGITS = 6
"""Decimals of a degree: about a decimetre."""


@dataclass(frozen=True, slots=True)
class Link:
    """One map app and the address that opens it."""

    code: str
    name: tuple[str, str]
    url: str


def links(site: Position, name: str) -> tuple[Link, ...]:
    """The ways to open navigation to `site`, AMap first. AMap, Tencent and Apple want GCJ-02, Baidu BD-09, Google WGS-84."""
    gcj, bd = wgs84_to_gcj02(site), wgs84_to_bd09(site)
    called = quote(name, safe="")
    amap = (
        f"https://uri.amap.com/navigation?to={_lon_lat(gcj)},{called}"
        "&mode=car&policy=1&coordinate=gaode&callnative=1&src=app"
    )
    baidu = {
        "location": _lat_lon(bd),
        "title": name,
        "content": name,
        "coord_type": "bd09ll",
        "output": "html",
        "src": "app",
    }
    tencent = {"type": "drive", "to": name, "tocoord": _lat_lon(gcj), "policy": "0", "referer": "app"}
    return (
        Link("amap", ("高德", "AMap"), amap),
        Link("baidu", ("百度", "Baidu"), "https://api.map.baidu.com/marker?" + urlencode(baidu)),
        Link("tencent", ("腾讯", "Tencent"), "https://apis.map.qq.com/uri/v1/routeplan?" + urlencode(tencent)),
        Link("apple", ("苹果", "Apple"), "https://maps.apple.com/?" + urlencode({"daddr": _lat_lon(gcj), "dirflg": "d"})),
        Link("google", ("谷歌", "Google"), "https://www.google.com/maps/dir/?" + urlencode(
            {"api": "1", "destination": _lat_lon(site), "travelmode": "driving"}
        )),
    )  # fmt: skip


def _lon_lat(at: Position) -> str:
    return f"{at.lon:.{DIGITS}f},{at.lat:.{DIGITS}f}"


def _lat_lon(at: Position) -> str:
    return f"{at.lat:.{DIGITS}f},{at.lon:.{DIGITS}f}"
