"""The State Council's yearly holiday notices: which days are off, which weekend days are worked (D2, E1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

__all__ = ["NOTICES", "Notice"]


@dataclass(frozen=True, slots=True)
class Notice:
    """One published year; `off_days` and `work_days` never share a day."""

    year: int
    off_days: frozenset[date]
    work_days: frozenset[date]
    source: str


def _days(year: int, *stretches: tuple[int, int, int]) -> frozenset[date]:
    """Every day of the stretches (month, first day, number of days)."""
    return frozenset(day for month, first, count in stretches for day in _run(date(year, month, first), count))


def _run(first: date, count: int) -> Iterator[date]:
    return (first + timedelta(days=k) for k in range(count))


NOTICES: dict[int, Notice] = {
    2025: Notice(
        year=2025,
        off_days=_days(2025, (1, 1, 1), (1, 28, 8), (4, 4, 3), (5, 1, 5), (5, 31, 3), (10, 1, 8)),
        work_days=_days(2025, (1, 26, 1), (2, 8, 1), (4, 27, 1), (9, 28, 1), (10, 11, 1)),
        source="国务院办公厅关于2025年部分节假日安排的通知",
    ),
    2026: Notice(
        year=2026,
        off_days=_days(2026, (1, 1, 3), (2, 15, 9), (4, 4, 3), (5, 1, 5), (6, 19, 3), (9, 25, 3), (10, 1, 7)),
        work_days=_days(2026, (1, 4, 1), (2, 14, 1), (2, 28, 1), (5, 9, 1), (9, 20, 1), (10, 10, 1)),
        source="国务院办公厅关于2026年部分节假日安排的通知",
    ),
}
"""What had been published when this release was made; a later year is imported or edited, not coded."""
