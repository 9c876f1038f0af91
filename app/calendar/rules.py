"""Service hours: when promised time counts, and the proof of every instant counted with it (D2, E1–E3).

The wall clock of the site decides: an instant is open when the clock on the site's wall shows an opening
minute of that local day. Where clocks are put forward the missing minutes count nothing, where they are
put back the repeated ones count twice, so an always-open clock counts elapsed hours (E3).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.calendar.cn_official import Notice
from app.kernel.clock import utc
from app.kernel.dates import day_start, local_day
from app.kernel.errors import DomainError, InvalidInput, Kind

__all__ = [
    "ALL_DAY",
    "NOT_HOURS",
    "DayKind",
    "Due",
    "NeverOpen",
    "ProofLine",
    "ServiceHours",
    "Span",
    "add_working_days",
    "count",
    "day_kind",
    "due_at",
    "five_by_eight",
    "h24",
    "is_open",
    "next_opening",
    "open_spans",
    "opening",
    "openings",
    "seven_by_eighteen",
    "with_notices",
    "worked",
]

Minutes = tuple[int, int]
Opening = tuple[Minutes, ...]
Span = tuple[datetime, datetime]

ALL_DAY: Opening = ((0, 1440),)
_DAY, _NOTHING = timedelta(days=1), timedelta()
_CLOSED_DAYS_MAX = 366
_DAYS_MAX = 200 * 366
_CLOCK_TIMES = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")


NOT_HOURS = "calendar.not_hours"
"""The code of opening times that cannot be read or are out of order."""


class NeverOpen(DomainError):
    """These service hours do not open within a year, so no promise can be counted in them."""

    code = "calendar.never_open"
    kind = Kind.conflict


class DayKind(StrEnum):
    """Why a day is open or closed; a make-up workday beats an off-day, which beats the weekday (E1)."""

    make_up = "make_up"
    off = "off"
    weekday = "weekday"


@dataclass(frozen=True, slots=True)
class ServiceHours:
    """One version of a calendar: opening minutes of each weekday, Monday first, and the days that differ.

    Minutes are (start, end) after local midnight, sorted, apart, end at most 1440. Hours that do not
    `observe_holidays` (7×24, 7×18) ignore off-days and make-up days and are never provisional. A make-up
    day opens with its own weekday's hours, or, that weekday being closed, with the first open weekday's.
    """

    code: str
    zone: str
    week: tuple[Opening, ...]
    observes_holidays: bool = True
    off_days: frozenset[date] = frozenset()
    work_days: frozenset[date] = frozenset()
    published_years: frozenset[int] = frozenset()
    version: int = 1

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"no such time zone: {self.zone!r}") from None
        if len(self.week) != 7:
            raise ValueError("a week has seven days")
        for day in self.week:
            edges = [edge for minutes in day for edge in minutes]
            if edges != sorted(set(edges)) or (edges and (edges[0] < 0 or edges[-1] > 1440)):
                raise ValueError("opening minutes are sorted, apart and within 0 to 1440")

    def is_provisional(self, day: date) -> bool:
        """Whether that day still waits for its year's official calendar (D2)."""
        return self.observes_holidays and day.year not in self.published_years


@dataclass(frozen=True, slots=True)
class ProofLine:
    """One stretch of open time: the local day, from, to, how much of it counted, and the total so far.

    A paused stretch is a line too and counts nothing, so the lines show every open minute before due.
    """

    day: date
    day_kind: DayKind
    start_at: datetime
    end_at: datetime
    counted: timedelta
    total: timedelta
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """When the promised time is used up, with its proof (D2)."""

    at: datetime
    provisional: bool
    lines: tuple[ProofLine, ...]
    holidays: tuple[date, ...]
    """Days on the way that are closed only because they are off-days: the ones a dispute is about."""
    waiting_years: frozenset[int]
    """Unpublished years the count touches; their publication may move `at` (P8)."""
    calendar: tuple[str, int]


def h24(zone: str = "Asia/Shanghai") -> ServiceHours:
    """Always open."""
    return ServiceHours(code="7x24", zone=zone, week=(ALL_DAY,) * 7, observes_holidays=False)


def seven_by_eighteen(zone: str = "Asia/Shanghai") -> ServiceHours:
    """Every day of the year, 06:00–24:00."""
    return ServiceHours(code="7x18", zone=zone, week=(((360, 1440),),) * 7, observes_holidays=False)


def five_by_eight(zone: str = "Asia/Shanghai") -> ServiceHours:
    """Monday to Friday, 09:00–12:00 and 13:00–18:00; `with_notices` adds the official days."""
    workday = opening("09:00-12:00 13:00-18:00")
    return ServiceHours(code="5x8", zone=zone, week=(workday,) * 5 + ((), ()))


def with_notices(
    hours: ServiceHours,
    notices: Iterable[Notice],
    *,
    own_off: Iterable[date] = (),
    own_work: Iterable[date] = (),
    version: int = 1,
) -> ServiceHours:
    """`hours` under the published notices, with the calendar's own exceptions, which beat the notice."""
    told = list(notices)
    closed, worked_on = frozenset(own_off), frozenset(own_work)
    off = frozenset(day for notice in told for day in notice.off_days)
    work = frozenset(day for notice in told for day in notice.work_days)
    return replace(
        hours,
        off_days=(off - worked_on) | closed,
        work_days=(work - closed) | worked_on,
        published_years=frozenset(notice.year for notice in told),
        version=version,
    )


def opening(text: str, *, field: str = "opening") -> Opening:
    """The opening minutes written "09:00-12:00 13:30-18:00"; nothing written means closed.

    Refuses with InvalidInput naming `field` what is not times in order: the end of a stretch is after its
    start, the next start after that end, and 24:00 is the latest end.
    """
    found: list[Minutes] = []
    for part in text.replace(",", " ").split():
        times = _CLOCK_TIMES.fullmatch(part)
        if times is None:
            raise InvalidInput(field, NOT_HOURS)
        start, end = int(times[1]) * 60 + int(times[2]), int(times[3]) * 60 + int(times[4])
        if not (found[-1][1] if found else -1) < start < end <= 1440:
            raise InvalidInput(field, NOT_HOURS)
        found.append((start, end))
    return tuple(found)


def day_kind(hours: ServiceHours, day: date) -> DayKind:
    """Make-up before off before weekday (E1)."""
    if hours.observes_holidays and day in hours.work_days:
        return DayKind.make_up
    if hours.observes_holidays and day in hours.off_days:
        return DayKind.off
    return DayKind.weekday


def openings(hours: ServiceHours, day: date) -> Opening:
    """The opening minutes of that local day, none when it is closed."""
    kind = day_kind(hours, day)
    if kind is DayKind.off:
        return ()
    own = hours.week[day.weekday()]
    if kind is DayKind.make_up and not own:
        return next((other for other in hours.week if other), ())
    return own


def is_open(hours: ServiceHours, at: datetime) -> bool:
    """Whether time counts at that instant; an opening ends just before its last minute's end."""
    at = utc(at)
    return any(start <= at < end for start, end in open_spans(hours, local_day(at, hours.zone)))


def next_opening(hours: ServiceHours, at: datetime) -> datetime:
    """`at` itself while open, else the next instant that is. Raises NeverOpen as `due_at` does."""
    return next(_stretches(hours, utc(at), ()))[1]


def worked(hours: ServiceHours, a: datetime, b: datetime, *, without: Sequence[Span] = ()) -> timedelta:
    """Service time in [a, b), less what lies in the intervals `without`; nothing when b is not after a."""
    a, b = utc(a), utc(b)
    total, day, last = _NOTHING, local_day(a, hours.zone), local_day(b, hours.zone)
    pauses = _merged(without)
    while day <= last:
        for start, end in open_spans(hours, day):
            for piece_start, piece_end, paused in _split(max(start, a), min(end, b), pauses):
                total += _NOTHING if paused else piece_end - piece_start
        day += _DAY
    return total


def due_at(start: datetime, limit: timedelta, hours: ServiceHours) -> datetime:
    """The instant when `limit` of service time has passed since `start`; both aware UTC.

    Closed time does not count; a start while closed begins at the next opening; of several instants the
    earliest. A year without a published calendar counts plain weekdays. Raises NeverOpen if `hours` has no
    opening within a year. Source: mission D2, E1.
    """
    return count(start, limit, hours).at


def count(start: datetime, limit: timedelta, hours: ServiceHours, *, without: Sequence[Span] = ()) -> Due:
    """The earliest t with W(start, t) − W(paused part) = `limit`, its proof, and whether it is provisional (E1).

    `without` holds the paused intervals, half-open, in any order; they may overlap. No limit at all is due
    at `start`, open or closed.
    """
    start = utc(start)
    if limit < _NOTHING:
        raise ValueError("a limit is not negative")
    lines: list[ProofLine] = []
    total, at = _NOTHING, start
    if limit:
        for day, piece_start, piece_end, paused in _stretches(hours, start, _merged(without)):
            counted = _NOTHING if paused else min(limit - total, piece_end - piece_start)
            at, total = (piece_end if paused else piece_start + counted), total + counted
            lines.append(ProofLine(day, day_kind(hours, day), piece_start, at, counted, total, paused))
            if total == limit:
                break
    days = list(_days(local_day(start, hours.zone), local_day(at, hours.zone)))
    waiting = frozenset(day.year for day in days if hours.is_provisional(day))
    return Due(
        at=at,
        provisional=bool(waiting),
        lines=tuple(lines),
        holidays=tuple(day for day in days if day_kind(hours, day) is DayKind.off and hours.week[day.weekday()]),
        waiting_years=waiting,
        calendar=(hours.code, hours.version),
    )


def add_working_days(hours: ServiceHours, day: date, n: int) -> date:
    """The n-th open day after `day` (before it, when n is negative); the first is the next open day (E9)."""
    step = _DAY if n > 0 else -_DAY
    closed = 0
    while n:
        day += step
        if openings(hours, day):
            n, closed = n - step.days, 0
        elif (closed := closed + 1) > _CLOSED_DAYS_MAX:
            raise NeverOpen(calendar=hours.code)
    return day


def open_spans(hours: ServiceHours, day: date) -> tuple[Span, ...]:
    """The open intervals of one local day as UTC instants, in order."""
    return _on_the_wall(hours.zone, day, openings(hours, day))


@lru_cache(maxsize=8192)
def _on_the_wall(zone: str, day: date, minutes: Opening) -> tuple[Span, ...]:
    """Those instants of the local day at which the wall clock shows one of `minutes`."""
    if not minutes:
        return ()
    found: list[Span] = []
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    for seg_start, seg_end, offset in _offsets(zone, day):
        for start, end in minutes:
            a = max(seg_start, midnight + timedelta(minutes=start) - offset)
            b = min(seg_end, midnight + timedelta(minutes=end) - offset)
            if a < b and found and found[-1][1] == a:
                found[-1] = (found[-1][0], b)
            elif a < b:
                found.append((a, b))
    return tuple(found)


def _offsets(zone: str, day: date) -> list[tuple[datetime, datetime, timedelta]]:
    """The local day cut where its clocks are changed: (from, to, offset from UTC)."""
    tz = ZoneInfo(zone)

    def offset(at: datetime) -> timedelta:
        return at.astimezone(tz).utcoffset() or _NOTHING

    start, end = day_start(day, zone), day_start(day + _DAY, zone)
    before, after = offset(start), offset(end - timedelta(seconds=1))
    if before == after:
        return [(start, end, before)]
    low, high = 0, int((end - start).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if offset(start + timedelta(seconds=middle)) == before else (low, middle)
    changed = start + timedelta(seconds=high)
    return [(start, changed, before), (changed, end, after)]


def _stretches(
    hours: ServiceHours, start: datetime, pauses: Sequence[Span]
) -> Iterator[tuple[date, datetime, datetime, bool]]:
    """Open time from `start` on, cut where pauses begin and end: (day, from, to, paused), without end."""
    day, closed = local_day(start, hours.zone), 0
    for _ in range(_DAYS_MAX):
        closed += 1
        for open_start, open_end in open_spans(hours, day):
            if open_end > start:
                closed = 0
                for piece_start, piece_end, paused in _split(max(open_start, start), open_end, pauses):
                    yield day, piece_start, piece_end, paused
        if closed > _CLOSED_DAYS_MAX:
            break
        day += _DAY
    raise NeverOpen(calendar=hours.code)


def _split(start: datetime, end: datetime, pauses: Sequence[Span]) -> Iterator[tuple[datetime, datetime, bool]]:
    """[start, end) in pieces, each wholly inside a pause or wholly outside; `pauses` sorted and apart."""
    for pause_start, pause_end in pauses:
        if pause_end <= start or start >= end:
            continue
        if pause_start >= end:
            break
        if start < pause_start:
            yield start, pause_start, False
        yield max(start, pause_start), min(end, pause_end), True
        start = min(end, pause_end)
    if start < end:
        yield start, end, False


def _merged(spans: Sequence[Span]) -> list[Span]:
    """The same instants as sorted intervals that neither overlap nor touch."""
    found: list[Span] = []
    for start, end in sorted((utc(a), utc(b)) for a, b in spans):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=k) for k in range((last - first).days + 1))
