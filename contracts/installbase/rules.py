"""The install base as plain facts: who owns what, and where it stands (C1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.geo.rules import Position, bd09_to_wgs84, gcj02_to_wgs84, position
from app.kernel.errors import Gather, InputCode, InvalidInput
from contracts.installbase.errors import DatesOutOfOrder

AccessHours = tuple[tuple[int, int] | None, ...]
"""Seven days, Monday first: (from, to) in minutes after local midnight, or None for a day without access."""

_MINUTES_A_DAY = 1440


class Datum(StrEnum):
    """What the typed coordinates are measured in; stored is always WGS-84."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


class Criticality(StrEnum):
    """What it means when the asset stands still."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """What is written down about a customer."""

    name: str
    phone: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """A person at the customer. `site_id` where he looks after one site only."""

    name: str
    title: str = ""
    mobile: str = ""
    email: str = ""
    site_id: int | None = None
    is_main: bool = False


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """A place where assets stand. Coordinates are as typed in `datum`; `access` None = at any time."""

    name: str
    address: str
    lat: object
    lon: object
    datum: Datum = Datum.WGS84
    zone: str = "Asia/Shanghai"
    territory: str = ""
    access: AccessHours | None = None
    access_note: str = ""


@dataclass(frozen=True, slots=True)
class AssetFacts:
    """One thing the customer owns and we look after."""

    name: str
    model: str
    serial_no: str = ""
    parent_id: int | None = None
    sale_value_fen: int = 0
    installed_on: date | None = None
    accepted_on: date | None = None
    criticality: Criticality = Criticality.NORMAL
    software: str = ""
    firmware: str = ""


@dataclass(frozen=True, slots=True)
class CustomerCard:
    """A customer as other floors need to know him."""

    id: int
    customer_no: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class ContactCard:
    """A person to call."""

    id: int
    customer_id: int
    site_id: int | None
    name: str
    title: str
    mobile: str
    email: str
    is_main: bool


@dataclass(frozen=True, slots=True)
class SiteCard:
    """A site as other floors need to know it; position in WGS-84 degrees."""

    id: int
    site_no: str
    customer_id: int
    name: str
    address: str
    lat: float
    lon: float
    zone: str
    territory: str
    access_note: str
    access_hours: AccessHours | None


@dataclass(frozen=True, slots=True)
class AssetCard:
    """An asset as other floors need to know it."""

    id: int
    asset_no: str
    name: str
    model: str
    serial_no: str
    site_id: int
    customer_id: int
    criticality: Criticality
    retired_on: date | None = None


def wgs84(facts: SiteFacts) -> Position:
    """The site's position in WGS-84, whatever was typed. Raises InvalidInput naming `lat` or `lon`."""
    found = Gather()
    for field, lat, lon in (("lat", facts.lat, 0.0), ("lon", 0.0, facts.lon)):
        try:
            position(lat, lon)
        except InvalidInput:
            found.add(field, InputCode.not_position)
    found.check()
    typed = position(facts.lat, facts.lon)
    if facts.datum is Datum.GCJ02:
        return gcj02_to_wgs84(typed)
    return bd09_to_wgs84(typed) if facts.datum is Datum.BD09 else typed


def check_zone(zone: str) -> str:
    """`zone` when there is such a time zone; InvalidInput otherwise."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput("zone", InputCode.not_choice) from None
    return zone


def check_dates(*, installed_on: date | None, accepted_on: date | None, retired_on: date | None = None) -> None:
    """Raises DatesOutOfOrder when an asset would be accepted before it stood there, or retired before that."""
    known = [day for day in (installed_on, accepted_on, retired_on) if day is not None]
    if known != sorted(known):
        raise DatesOutOfOrder(days=" → ".join(day.isoformat() for day in known))


def access_text(access: AccessHours | None) -> str:
    """Access hours as they are stored: '' = any time, else seven parts such as "480-1080", empty = no access."""
    if access is None:
        return ""
    if len(access) != 7 or not any(access):
        raise InvalidInput("access", InputCode.not_choice)
    for span in access:
        if span is not None and not 0 <= span[0] < span[1] <= _MINUTES_A_DAY:
            raise InvalidInput("access", InputCode.out_of_range, low="00:00", high="24:00")
    return ",".join(f"{span[0]}-{span[1]}" if span else "" for span in access)


def access_from_text(text: str) -> AccessHours | None:
    """What `access_text` stored."""
    if not text:
        return None
    spans: list[tuple[int, int] | None] = []
    for part in text.split(","):
        start, _, end = part.partition("-")
        spans.append((int(start), int(end)) if part else None)
    return tuple(spans)
