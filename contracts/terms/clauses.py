"""A penalty clause as it is agreed in a contract: data, not prose (C9, E11)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from contracts.policies.rules import ClockKind


class PenaltyUnit(StrEnum):
    """What is paid for: hours begun, hours full, or once for the whole delay."""

    STARTED_HOUR = "started_hour"
    FULL_HOUR = "full_hour"
    ONCE = "once"
    PERCENT_OF_FEE = "percent_of_fee"


class CapPeriod(StrEnum):
    """What the cap is a cap of."""

    QUARTER = "quarter"
    YEAR = "year"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True)
class ClauseTerms:
    """Late on this clock costs `fixed_fen`, and `per_unit_fen` for each unit, or `percent_bp` of the fee once."""

    clock_kind: ClockKind
    unit: PenaltyUnit = PenaltyUnit.STARTED_HOUR
    fixed_fen: int = 0
    per_unit_fen: int = 0
    percent_bp: int = 0
    grace_s: int = 0
