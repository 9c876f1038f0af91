"""What being late costs, to the fen, from the clause as it was agreed (C9, E11, E15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from app.kernel.money import Fen, times
from contracts.terms.clauses import CapPeriod, ClauseTerms, PenaltyUnit

RULE_VERSION = 1
"""Stored with every booked penalty, so that it can be replayed after the rule has changed (P17)."""
_HOUR = 3600


@dataclass(frozen=True, slots=True)
class PenaltyClause:
    """One clause ready to be applied: amounts in fen, the cap shared by all clauses of the contract.

    A percentage of the fee has become `fixed_fen`. `cap_fen` None = no cap.
    """

    clock_kind: str
    unit: PenaltyUnit
    fixed_fen: int = 0
    per_unit_fen: int = 0
    grace_s: int = 0
    cap_fen: int | None = None
    cap_period: CapPeriod = CapPeriod.CONTRACT


@dataclass(frozen=True, slots=True)
class PenaltySteps:
    """A clause as the planner wants it: nothing up to and including `grace_s`, then fixed + units, at most `cap_fen`."""

    fixed_fen: int
    per_unit_fen: int
    unit_s: int
    started: bool
    grace_s: int
    cap_fen: int | None


def applied(terms: ClauseTerms, *, total_fen: int, cap_fen: int | None, cap_period: CapPeriod) -> PenaltyClause:
    """The clause with its percentage turned into fen of the version's whole fee, half up."""
    share = times(Fen(total_fen), Decimal(terms.percent_bp) / 10_000)
    percent = share if terms.unit is PenaltyUnit.PERCENT_OF_FEE else 0
    return PenaltyClause(
        clock_kind=terms.clock_kind.value,
        unit=terms.unit,
        fixed_fen=terms.fixed_fen + percent,
        per_unit_fen=terms.per_unit_fen,
        grace_s=terms.grace_s,
        cap_fen=cap_fen,
        cap_period=cap_period,
    )


def units(clause: PenaltyClause, late_s: int) -> int:
    """How many units the delay is: hours begun, hours full, none for an amount that is due once."""
    if clause.unit is PenaltyUnit.STARTED_HOUR:
        return -(-late_s // _HOUR)
    return late_s // _HOUR if clause.unit is PenaltyUnit.FULL_HOUR else 0


def uncapped_fen(clause: PenaltyClause, late_s: int) -> Fen:
    """What the delay costs before the cap. Grace is a threshold, not a deduction: past it, all of it counts (E11)."""
    if late_s <= max(0, clause.grace_s):
        return Fen(0)
    return Fen(clause.fixed_fen + clause.per_unit_fen * units(clause, late_s))


def penalty_fen(clause: PenaltyClause, late_s: int, *, already_fen: int) -> Fen:
    """What is booked, when `already_fen` has been booked in the cap's period by any clause of the contract (E11)."""
    wanted = uncapped_fen(clause, late_s)
    left = headroom(clause, already_fen=already_fen)
    return wanted if left is None else Fen(min(wanted, left))


def headroom(clause: PenaltyClause, *, already_fen: int) -> Fen | None:
    """What may still be booked in the cap's period; None without a cap."""
    return None if clause.cap_fen is None else Fen(max(0, clause.cap_fen - already_fen))


def steps(clause: PenaltyClause, headroom_fen: int | None) -> PenaltySteps:
    """The clause as integer steps for the planner, with what is left under the cap (R2, E15)."""
    counted = clause.unit in (PenaltyUnit.STARTED_HOUR, PenaltyUnit.FULL_HOUR)
    return PenaltySteps(
        fixed_fen=clause.fixed_fen,
        per_unit_fen=clause.per_unit_fen if counted else 0,
        unit_s=_HOUR,
        started=clause.unit is PenaltyUnit.STARTED_HOUR,
        grace_s=clause.grace_s,
        cap_fen=headroom_fen,
    )


def period_key(day: date, period: CapPeriod) -> str:
    """The name of the cap's period that `day` lies in: 2026Q1, 2026, or the whole contract."""
    if period is CapPeriod.QUARTER:
        return f"{day.year}Q{(day.month + 2) // 3}"
    return str(day.year) if period is CapPeriod.YEAR else "contract"


def to_plain(clause: PenaltyClause) -> dict[str, Any]:
    """The clause as JSON-ready values, for what stores its inputs (P17)."""
    return {
        "clock_kind": clause.clock_kind,
        "unit": clause.unit.value,
        "fixed_fen": clause.fixed_fen,
        "per_unit_fen": clause.per_unit_fen,
        "grace_s": clause.grace_s,
        "cap_fen": clause.cap_fen,
        "cap_period": clause.cap_period.value,
    }


def from_plain(told: Mapping[str, Any]) -> PenaltyClause:
    """The clause that `to_plain` wrote."""
    return PenaltyClause(
        clock_kind=str(told["clock_kind"]),
        unit=PenaltyUnit(told["unit"]),
        fixed_fen=int(told["fixed_fen"]),
        per_unit_fen=int(told["per_unit_fen"]),
        grace_s=int(told["grace_s"]),
        cap_fen=None if told["cap_fen"] is None else int(told["cap_fen"]),
        cap_period=CapPeriod(told["cap_period"]),
    )
