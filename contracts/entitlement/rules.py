"""What a call is owed, by when, at whose cost, and why (C5, E3, E5)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from app.kernel.dates import DaySpan
from contracts.penalties.rules import PenaltyClause, from_plain, to_plain
from contracts.policies.rules import ClockKind, Cost, PauseReason, PolicyTerms, limits_for

COSTS = (Cost.LABOUR, Cost.TRAVEL, Cost.PARTS)
RULE_VERSION = 1
"""Stored with every entitlement, so that a decision can be replayed after the rule has changed (P17)."""


class CoverKind(StrEnum):
    """What sort of cover it is, and who pays when it does."""

    CONTRACT = "contract"
    WARRANTY = "warranty"
    MANUFACTURER = "manufacturer"


class Verdict(StrEnum):
    """What came of looking at one cover."""

    COVERS = "covers"
    NOT_BEGUN = "not_begun"
    ENDED = "ended"
    SUSPENDED = "suspended"
    NOT_ACTIVE = "not_active"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Cover:
    """One cover of the asset: its days, who pays what, and what it promises.

    `ref` names it for good ("line:12", "warranty:7"). `priority` is the declared order of payers, the
    lowest first. `policy` None = it promises no times. `suspended` are instants, half-open, None = open.
    """

    ref: str
    kind: CoverKind
    name: str
    span: DaySpan | None
    zone: str
    priority: int
    pays: frozenset[Cost]
    policy: PolicyTerms | None = None
    contract_version_id: int | None = None
    clauses: Mapping[str, PenaltyClause] | None = None
    level_labels: tuple[str, str, str] | None = None
    suspended: tuple[tuple[datetime, datetime | None], ...] = ()
    void: bool = False


@dataclass(frozen=True, slots=True)
class ClockTerms:
    """One promised time of this call, with the cover it came from, whose clause judges it."""

    kind: str
    limit_s: int
    hours_code: str
    zone: str
    cover_ref: str
    contract_version_id: int | None = None
    pause_reasons: frozenset[str] = frozenset()
    penalty: PenaltyClause | None = None


@dataclass(frozen=True, slots=True)
class CoverName:
    """The cover that is named to the caller."""

    ref: str
    kind: str
    name: str
    last_on: date
    policy_code: str
    policy_zh: str
    policy_en: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence of the explanation, by code; `data` fills its places."""

    code: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One cover that was looked at, and what came of it."""

    ref: str
    kind: str
    name: str
    verdict: Verdict
    first_on: date | None
    last_on: date | None


@dataclass(frozen=True, slots=True)
class Entitlement:
    """The answer for (asset, instant, request type, level), stored with the request as it was given (P8, P17).

    `payer` tells for labour, travel and parts: contract, warranty, manufacturer or customer.
    """

    covered: bool
    named: CoverName | None
    clocks: tuple[ClockTerms, ...]
    payer: Mapping[str, str]
    reasons: tuple[Reason, ...]
    candidates: tuple[Candidate, ...]
    level_labels: tuple[str, str, str] = ("1级", "2级", "3级")
    rule_version: int = RULE_VERSION

    @property
    def chargeable(self) -> bool:
        """Whether a quotation must be accepted, or a manager override, before an engineer is sent (C5)."""
        return not self.covered

    @property
    def free(self) -> tuple[str, ...]:
        """The kinds of cost that the customer does not pay."""
        return tuple(cost.value for cost in COSTS if self.payer[cost.value] != "customer")

    def clock(self, kind: str) -> ClockTerms | None:
        """The promised time of that kind, if one is promised."""
        return next((clock for clock in self.clocks if clock.kind == kind), None)

    def label(self, rank: int) -> str:
        """What the contract prints for the fault level of this severity rank; 1 is the gravest (E4)."""
        return self.level_labels[rank - 1]


DueAt = Callable[[str, str, int], datetime]
"""(hours code, zone, limit in seconds) → the instant it would be due, counted from the report."""


def entitle(covers: Iterable[Cover], *, at: datetime, request_type: str, level: int, due_at: DueAt) -> Entitlement:
    """What the call reported `at` is owed under these covers of its asset.

    Per clock the limit that is due first; per kind of cost the payer by declared priority; the cover
    named is the one with the shortest arrival limit, then the later end. Every cover looked at is told
    with its verdict. Source: C5, E5.
    """
    looked_at = sorted(covers, key=lambda cover: cover.ref)
    verdicts = [(cover, judge(cover, at)) for cover in looked_at]
    holding = [cover for cover, verdict in verdicts if verdict is Verdict.COVERS]
    clocks = tuple(_strictest(holding, request_type=request_type, level=level, due_at=due_at))
    named = _named(holding, request_type=request_type, level=level)
    payer = {cost.value: _payer(holding, cost) for cost in COSTS}
    return Entitlement(
        covered=bool(holding),
        named=named,
        clocks=clocks,
        payer=payer,
        reasons=_reasons(named, clocks, payer, verdicts),
        candidates=tuple(_candidate(cover, verdict) for cover, verdict in verdicts),
        level_labels=_labels(holding, named),
    )


def judge(cover: Cover, at: datetime) -> Verdict:
    """Whether the cover holds at that instant; its days are whole local days, the last one inclusive (E3)."""
    if cover.void:
        return Verdict.VOID
    if cover.span is None:
        return Verdict.NOT_ACTIVE
    begin, end = cover.span.instants(cover.zone)
    if at < begin:
        return Verdict.NOT_BEGUN
    if at >= end:
        return Verdict.ENDED
    if any(began <= at and (ended is None or at < ended) for began, ended in cover.suspended):
        return Verdict.SUSPENDED
    return Verdict.COVERS


def _strictest(covers: list[Cover], *, request_type: str, level: int, due_at: DueAt) -> Iterable[ClockTerms]:
    for kind in ClockKind:
        offers: list[tuple[datetime, int, int, str, ClockTerms]] = []
        for cover in covers:
            clock = _clock(cover, kind, request_type=request_type, level=level)
            if clock is not None:
                due = due_at(clock.hours_code, clock.zone, clock.limit_s)
                # Of two that fall due together the one whose lateness costs us comes first.
                offers.append((due, int(clock.penalty is None), cover.priority, cover.ref, clock))
        if offers:
            yield min(offers, key=lambda offer: offer[:4])[4]


def _clock(cover: Cover, kind: ClockKind, *, request_type: str, level: int) -> ClockTerms | None:
    if cover.policy is None:
        return None
    limit_s = limits_for(cover.policy.limits, request_type=request_type, level=level).get(kind)
    if limit_s is None:
        return None
    reasons: frozenset[PauseReason] = cover.policy.pauses.get(kind, frozenset())
    return ClockTerms(
        kind=kind.value,
        limit_s=limit_s,
        hours_code=cover.policy.hours_code,
        zone=cover.zone,
        cover_ref=cover.ref,
        contract_version_id=cover.contract_version_id,
        pause_reasons=frozenset(reason.value for reason in reasons),
        penalty=(cover.clauses or {}).get(kind.value),
    )


def _named(covers: list[Cover], *, request_type: str, level: int) -> CoverName | None:
    def rank(cover: Cover) -> tuple[int, int, str]:
        arrival = _clock(cover, ClockKind.ARRIVAL, request_type=request_type, level=level)
        assert cover.span is not None
        limit = arrival.limit_s if arrival else int(timedelta.max.total_seconds())
        return limit, -cover.span.last_on.toordinal(), cover.ref

    if not covers:
        return None
    best = min(covers, key=rank)
    assert best.span is not None
    policy = best.policy
    return CoverName(
        ref=best.ref,
        kind=best.kind.value,
        name=best.name,
        last_on=best.span.last_on,
        policy_code=policy.code if policy else "",
        policy_zh=policy.name_zh if policy else "",
        policy_en=policy.name_en if policy else "",
    )


def _payer(covers: list[Cover], cost: Cost) -> str:
    paying = [cover for cover in covers if cost in cover.pays]
    if not paying:
        return "customer"
    return min(paying, key=lambda cover: (cover.priority, cover.ref)).kind.value


def _labels(covers: list[Cover], named: CoverName | None) -> tuple[str, str, str]:
    ranked = sorted(covers, key=lambda cover: (named is None or cover.ref != named.ref, cover.priority, cover.ref))
    told = next((cover.level_labels for cover in ranked if cover.level_labels), None)
    return told or ("1级", "2级", "3级")


def _candidate(cover: Cover, verdict: Verdict) -> Candidate:
    span = cover.span
    return Candidate(
        ref=cover.ref,
        kind=cover.kind.value,
        name=cover.name,
        verdict=verdict,
        first_on=span.first_on if span else None,
        last_on=span.last_on if span else None,
    )


def _reasons(
    named: CoverName | None,
    clocks: tuple[ClockTerms, ...],
    payer: Mapping[str, str],
    verdicts: list[tuple[Cover, Verdict]],
) -> tuple[Reason, ...]:
    """First what the caller is told, then why every cover does or does not count."""
    told: list[Reason] = []
    if named is None:
        told.append(Reason("entitlement.not_covered", {}))
    else:
        told.append(Reason(f"entitlement.in_{named.kind}", {"name": named.name, "last_on": named.last_on.isoformat()}))
        told.extend(Reason(f"entitlement.limit_{clock.kind}", {"limit_s": clock.limit_s}) for clock in clocks)
        told.extend(
            Reason(f"entitlement.{cost.value}_{'charged' if payer[cost.value] == 'customer' else 'free'}",
                   {"payer": payer[cost.value]})
            for cost in COSTS
        )  # fmt: skip
    for cover, verdict in verdicts:
        span = cover.span
        data = {
            "name": cover.name,
            "first_on": span.first_on.isoformat() if span else "--",
            "last_on": span.last_on.isoformat() if span else "--",
        }
        told.append(Reason(f"entitlement.cover_{verdict.value}", data))
    return tuple(told)


def to_json(entitlement: Entitlement) -> str:
    """The answer as text, to be stored with the request it was given to."""
    named = entitlement.named
    told = {
        "rule_version": entitlement.rule_version,
        "covered": entitlement.covered,
        "named": None if named is None else {**_fields(named), "last_on": named.last_on.isoformat()},
        "clocks": [
            {
                **_fields(clock),
                "pause_reasons": sorted(clock.pause_reasons),
                "penalty": None if clock.penalty is None else to_plain(clock.penalty),
            }
            for clock in entitlement.clocks
        ],
        "payer": dict(entitlement.payer),
        "reasons": [{"code": reason.code, "data": dict(reason.data)} for reason in entitlement.reasons],
        "candidates": [
            {**_fields(c), "verdict": c.verdict.value, "first_on": _iso(c.first_on), "last_on": _iso(c.last_on)}
            for c in entitlement.candidates
        ],
        "level_labels": list(entitlement.level_labels),
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def from_json(text: str) -> Entitlement:
    """The answer that `to_json` wrote."""
    told = json.loads(text)
    named = told["named"]
    return Entitlement(
        covered=told["covered"],
        named=None if named is None else CoverName(**{**named, "last_on": date.fromisoformat(named["last_on"])}),
        clocks=tuple(
            ClockTerms(
                **{
                    **clock,
                    "pause_reasons": frozenset(clock["pause_reasons"]),
                    "penalty": None if clock["penalty"] is None else from_plain(clock["penalty"]),
                }
            )
            for clock in told["clocks"]
        ),
        payer=told["payer"],
        reasons=tuple(Reason(reason["code"], reason["data"]) for reason in told["reasons"]),
        candidates=tuple(
            Candidate(
                **{
                    **c,
                    "verdict": Verdict(c["verdict"]),
                    "first_on": _day(c["first_on"]),
                    "last_on": _day(c["last_on"]),
                }
            )
            for c in told["candidates"]
        ),
        level_labels=tuple(told["level_labels"]),
        rule_version=told["rule_version"],
    )


def _fields(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
