"""Days and periods: months counted from the anchor, last days inclusive, local days as instants (C2, E3, E5, E6)."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.kernel.clock import utc
from app.kernel.errors import InputCode, InvalidInput

__all__ = [
    "DaySpan",
    "add_months",
    "boundaries",
    "day_start",
    "gaps",
    "iso_day",
    "iso_instant",
    "last_day",
    "local_day",
    "notice_day",
    "periods",
    "term_last_day",
]

_DAY = timedelta(days=1)
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ISO_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_FIRST_YEAR, _LAST_YEAR = 1900, 2199


def add_months(anchor: date, k: int) -> date:
    """The day `k` months from `anchor`, clamped to that month's end; count every k from the anchor (E6).

    31 January + 1 is 28 February and + 2 is 31 March again: going step by step would stay at the 28th.
    """
    year, month0 = divmod(anchor.year * 12 + anchor.month - 1 + k, 12)
    return date(year, month0 + 1, min(anchor.day, monthrange(year, month0 + 1)[1]))


def last_day(start: date, months: int) -> date:
    """The last day, inclusive, of a term of `months` that begins on `start` (C2)."""
    return add_months(start, months) - _DAY


def term_last_day(start: date, *, initial_months: int, renewal_months: int = 0, renewals: int = 0) -> date:
    """The last day of the current term: the initial one, then `renewals` times the renewal term (E6)."""
    return last_day(start, initial_months + renewals * renewal_months)


def notice_day(last_on: date, months: int) -> date:
    """The last day on which notice still counts, `months` before the *current* end (E6)."""
    return add_months(last_on, -months)


@dataclass(frozen=True, slots=True, order=True)
class DaySpan:
    """Whole local days from `first_on` to `last_on`, both inclusive."""

    first_on: date
    last_on: date

    def __post_init__(self) -> None:
        if self.last_on < self.first_on:
            raise ValueError("a span ends on or after its first day")

    @property
    def days(self) -> int:
        return (self.last_on - self.first_on).days + 1

    def instants(self, zone: str) -> tuple[datetime, datetime]:
        """The half-open interval of instants these days are, in `zone`'s local time (E3)."""
        return day_start(self.first_on, zone), day_start(self.last_on + _DAY, zone)

    def covers(self, at: datetime, zone: str) -> bool:
        """Whether the instant falls on one of these local days; a test on UTC dates would err by hours (E3)."""
        return self.first_on <= local_day(at, zone) <= self.last_on

    def overlap(self, other: DaySpan) -> DaySpan | None:
        """The days that both have, or None."""
        first, last = (
            max(self.first_on, other.first_on),
            min(self.last_on, other.last_on),
        )
        return DaySpan(first, last) if first <= last else None


def local_day(at: datetime, zone: str) -> date:
    """The date that a calendar on the wall in `zone` shows at that instant."""
    return utc(at).astimezone(ZoneInfo(zone)).date()


def day_start(day: date, zone: str) -> datetime:
    """The first instant of the local day, in UTC; where clocks jump over midnight, the instant of the jump."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def boundaries(anchor: date, months: int, count: int) -> list[date]:
    """The first `count` period starts: anchor, anchor + months, … each from the original anchor (E6)."""
    return [add_months(anchor, k * months) for k in range(count)]


def periods(anchor: date, months: int, last_on: date) -> Iterator[DaySpan]:
    """Contiguous periods of `months` from `anchor`; the last one ends on `last_on`, short if it must (E6)."""
    if months < 1:
        raise ValueError("a period has at least one month")
    k = 0
    while (first := add_months(anchor, k * months)) <= last_on:
        yield DaySpan(first, min(last_on, add_months(anchor, (k + 1) * months) - _DAY))
        k += 1


def gaps(spans: Iterable[DaySpan]) -> list[DaySpan]:
    """The uncovered days between the first day and the last one of `spans`, which may overlap (E5)."""
    found: list[DaySpan] = []
    covered_to: date | None = None
    for span in sorted(spans):
        if covered_to is not None and span.first_on > covered_to + _DAY:
            found.append(DaySpan(covered_to + _DAY, span.first_on - _DAY))
        covered_to = span.last_on if covered_to is None else max(covered_to, span.last_on)
    return found


def iso_day(value: object, *, field: str) -> date:
    """The day typed as 2026-03-15, or InvalidInput naming `field`; judged as typed, one form only."""
    if value is None or value == "":
        raise InvalidInput(field, InputCode.required)
    if not isinstance(value, str) or not _ISO_DAY.fullmatch(value):
        raise InvalidInput(field, InputCode.not_day)
    # The pattern comes first because fromisoformat alone also takes 20260315 and 2026-W11.
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise InvalidInput(field, InputCode.not_day) from None
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise InvalidInput(field, InputCode.out_of_range, low=_FIRST_YEAR, high=_LAST_YEAR)
    return day


def iso_instant(value: object, *, field: str) -> datetime:
    """The instant sent as 2026-03-15T08:00:00+08:00, in UTC; without an offset it is refused (P13)."""
    if value is None or value == "":
        raise InvalidInput(field, InputCode.required)
    if not isinstance(value, str) or not _ISO_INSTANT.fullmatch(value):
        raise InvalidInput(field, InputCode.not_instant)
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise InvalidInput(field, InputCode.not_instant) from None
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise InvalidInput(field, InputCode.out_of_range, low=_FIRST_YEAR, high=_LAST_YEAR)
    return utc(at)
