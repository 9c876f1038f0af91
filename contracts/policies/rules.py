"""The promise, reusable by contracts: hours, limits by fault level, what is included, what pauses what (C3, D2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from contracts.policies.errors import LimitsOutOfOrder, LimitTwice, PromisesNothing

ANY_LEVEL = 0
"""A limit for every fault level that has none of its own."""
LEVELS = (1, 2, 3)
ANY_REQUEST = "any"
"""A limit for every request type that has none of its own."""
MINUTE, HOUR = 60, 3600


class ClockKind(StrEnum):
    """The five times a policy may promise."""

    RESPONSE = "response"
    REMOTE_START = "remote_start"
    ARRIVAL = "arrival"
    RESTORE = "restore"
    RESOLVE = "resolve"


class Cost(StrEnum):
    """What a visit costs somebody."""

    LABOUR = "labour"
    TRAVEL = "travel"
    PARTS = "parts"


class PauseReason(StrEnum):
    """Why a request may stand still; each policy says which reason stops which clock (D2)."""

    CUSTOMER_NOT_READY = "customer_not_ready"
    NO_ACCESS = "no_access"
    CUSTOMER_TESTING = "customer_testing"
    THIRD_PARTY = "third_party"
    FORCE_MAJEURE = "force_majeure"
    LOANER_IN_PLACE = "loaner_in_place"
    OUR_PART = "our_part"


@dataclass(frozen=True, slots=True)
class Limit:
    """One promised time, in seconds of service time; a loaner stops a clock where the policy's pauses say so."""

    kind: ClockKind
    limit_s: int
    level: int = ANY_LEVEL
    request_type: str = ANY_REQUEST


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """All that a policy promises. An edition is never changed; a new wording is a new edition."""

    code: str
    name_zh: str
    name_en: str
    hours_code: str
    limits: tuple[Limit, ...]
    includes: frozenset[Cost] = frozenset(Cost)
    includes_loaner: bool = False
    inspections_a_year: int = 0
    upkeep_visits_a_year: int = 0
    follow_ups_a_month: int = 0
    yearly_rate_bp: int = 0
    pauses: dict[ClockKind, frozenset[PauseReason]] = field(default_factory=dict)


CUSTOMER_SIDE = frozenset(
    {PauseReason.CUSTOMER_NOT_READY, PauseReason.NO_ACCESS, PauseReason.CUSTOMER_TESTING, PauseReason.FORCE_MAJEURE}
)
#: Who answers the telephone does not depend on the site being open; from arrival on it does.
USUAL_PAUSES: dict[ClockKind, frozenset[PauseReason]] = {
    ClockKind.RESPONSE: frozenset(),
    ClockKind.REMOTE_START: frozenset({PauseReason.CUSTOMER_NOT_READY, PauseReason.FORCE_MAJEURE}),
    ClockKind.ARRIVAL: frozenset({PauseReason.CUSTOMER_NOT_READY, PauseReason.NO_ACCESS, PauseReason.FORCE_MAJEURE}),
    ClockKind.RESTORE: CUSTOMER_SIDE,
    ClockKind.RESOLVE: CUSTOMER_SIDE | {PauseReason.THIRD_PARTY, PauseReason.LOANER_IN_PLACE},
}


def limits_for(limits: Iterable[Limit], *, request_type: str, level: int) -> dict[ClockKind, int]:
    """The limit of each clock for this request type and fault level, the most particular one first."""
    found: dict[ClockKind, tuple[bool, bool, int]] = {}
    for limit in limits:
        if limit.request_type not in (request_type, ANY_REQUEST) or limit.level not in (level, ANY_LEVEL):
            continue
        rank = (limit.request_type == request_type, limit.level == level, limit.limit_s)
        if limit.kind not in found or rank[:2] > found[limit.kind][:2]:
            found[limit.kind] = rank
    return {kind: rank[2] for kind, rank in found.items()}


def check_terms(terms: PolicyTerms) -> None:
    """Raises PromisesNothing, LimitTwice or LimitsOutOfOrder when the terms contradict themselves."""
    if not terms.limits:
        raise PromisesNothing(policy=terms.code)
    seen: set[tuple[str, int, str]] = set()
    for limit in terms.limits:
        key = (limit.request_type, limit.level, limit.kind)
        if key in seen:
            raise LimitTwice(kind=limit.kind.value, level=limit.level)
        seen.add(key)
    for level in LEVELS:
        told = limits_for(terms.limits, request_type="fault", level=level)
        order = [told[kind] for kind in (ClockKind.RESPONSE, ClockKind.ARRIVAL, ClockKind.RESOLVE) if kind in told]
        if order != sorted(order):
            raise LimitsOutOfOrder(level=level)


def _limits(**seconds: int) -> tuple[Limit, ...]:
    return tuple(Limit(ClockKind(kind), limit_s) for kind, limit_s in seconds.items())


SHIPPED: tuple[PolicyTerms, ...] = (
    PolicyTerms(
        code="4-hour",
        name_zh="4小时服务",
        name_en="4-hour service",
        hours_code="7x24",
        limits=(
            *_limits(response=30 * MINUTE, arrival=4 * HOUR, resolve=24 * HOUR),
            Limit(ClockKind.RESOLVE, 48 * HOUR, request_type="hardware_fault"),
        ),
        includes_loaner=True,
        inspections_a_year=2,
        upkeep_visits_a_year=2,
        follow_ups_a_month=1,
        yearly_rate_bp=1000,
        pauses=USUAL_PAUSES,
    ),
    PolicyTerms(
        code="12-hour",
        name_zh="12小时服务",
        name_en="12-hour service",
        hours_code="7x24",
        limits=_limits(response=2 * HOUR, arrival=12 * HOUR, resolve=48 * HOUR),
        includes_loaner=True,
        inspections_a_year=2,
        upkeep_visits_a_year=1,
        yearly_rate_bp=800,
        pauses=USUAL_PAUSES,
    ),
    PolicyTerms(
        code="basic",
        name_zh="基础服务",
        name_en="Basic service",
        hours_code="5x8",
        limits=_limits(response=24 * HOUR, arrival=48 * HOUR, resolve=72 * HOUR),
        inspections_a_year=2,
        yearly_rate_bp=500,
        pauses={**USUAL_PAUSES, ClockKind.RESOLVE: USUAL_PAUSES[ClockKind.RESOLVE] - {PauseReason.LOANER_IN_PLACE}},
    ),
)
"""The policies of mission C3; figures are defaults of the trade, changed by a new edition."""
