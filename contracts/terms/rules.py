"""Contracts and warranties as decisions: the life of a contract, what terms may say, how long cover lasts (C2, C4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from app.kernel.dates import DaySpan, gaps, last_day
from app.kernel.money import Fen, times
from contracts.policies.rules import Cost
from contracts.terms.clauses import CapPeriod, ClauseTerms
from contracts.terms.errors import (
    AlreadyPaid,
    AmendmentInThePast,
    BackdatedOutsidePeriod,
    ClauseTwice,
    CoversNothing,
    EndsBeforeItStarts,
    LastDayInThePast,
    LineTwice,
    MoveNotListed,
    NoLength,
    NotAcceptedYet,
    PaidInTheFuture,
    PaymentNotAwaited,
    RenewalOverlaps,
)


class ContractKind(StrEnum):
    """What sort of undertaking it is (C4)."""

    FREE_WARRANTY = "free_warranty"
    PAID_MAINTENANCE = "paid_maintenance"
    EXTENDED_WARRANTY = "extended_warranty"
    TIME_AND_MATERIALS = "time_and_materials"


class ContractState(StrEnum):
    """Where a contract stands in its life (C4)."""

    DRAFT = "draft"
    QUOTED = "quoted"
    SIGNED = "signed"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    RENEWED = "renewed"
    TERMINATED = "terminated"


class Move(StrEnum):
    """A step of that life."""

    QUOTE = "quote"
    REVISE = "revise"
    SIGN = "sign"
    PAY = "pay"
    ACTIVATE = "activate"
    SUSPEND = "suspend"
    RESUME = "resume"
    EXPIRE = "expire"
    RENEW = "renew"
    TERMINATE = "terminate"


#: The whole life of a contract, to be read aloud: from this state, this step leads there.
MOVES: dict[ContractState, dict[Move, ContractState]] = {
    ContractState.DRAFT: {Move.QUOTE: ContractState.QUOTED},
    ContractState.QUOTED: {Move.REVISE: ContractState.DRAFT, Move.SIGN: ContractState.SIGNED},
    ContractState.SIGNED: {
        Move.PAY: ContractState.SIGNED,
        Move.ACTIVATE: ContractState.ACTIVE,
        Move.TERMINATE: ContractState.TERMINATED,
    },
    ContractState.ACTIVE: {
        Move.SUSPEND: ContractState.SUSPENDED,
        Move.EXPIRE: ContractState.EXPIRED,
        Move.RENEW: ContractState.RENEWED,
        Move.TERMINATE: ContractState.TERMINATED,
    },
    ContractState.SUSPENDED: {
        Move.RESUME: ContractState.ACTIVE,
        Move.EXPIRE: ContractState.EXPIRED,
        Move.TERMINATE: ContractState.TERMINATED,
    },
    ContractState.EXPIRED: {Move.RENEW: ContractState.RENEWED},
    ContractState.RENEWED: {},
    ContractState.TERMINATED: {},
}


def after(state: ContractState, move: Move) -> ContractState:
    """The state that `move` leads to. Raises MoveNotListed."""
    if move not in MOVES[state]:
        raise MoveNotListed(state=state.value, move=move.value)
    return MOVES[state][move]


class FeeKind(StrEnum):
    """How the fee is agreed (C4)."""

    FIXED = "fixed"
    PERCENT_OF_VALUE = "percent_of_value"
    PER_ASSET = "per_asset"
    PREPAID_DAYS = "prepaid_days"


class LineScope(StrEnum):
    """What one line covers: a named asset, a whole site, or all of the customer's assets."""

    ASSET = "asset"
    SITE = "site"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class LineTerms:
    """One line: what is covered, under which policy edition, at what price.

    Cover begins on the later of the period's first day and the signing day, unless `backdated_from_on`
    says earlier, with a price and the name of who approved it (E5).
    """

    scope: LineScope
    policy_id: int
    asset_id: int | None = None
    site_id: int | None = None
    price_fen: int = 0
    backdated_from_on: date | None = None
    backdated_price_fen: int = 0
    backdated_by: str = ""


@dataclass(frozen=True, slots=True)
class ContractTerms:
    """Everything that is agreed in one version of a contract; frozen when it is signed (P15)."""

    starts_on: date
    ends_on: date
    lines: tuple[LineTerms, ...]
    fee_kind: FeeKind = FeeKind.FIXED
    fee_fen: int = 0
    fee_rate_bp: int = 0
    prepaid_days: int = 0
    vat_bp: int = 600
    starts_when_paid: bool = False
    zone: str = "Asia/Shanghai"
    service_area: str = ""
    payment_terms: str = ""
    note: str = ""
    priority: int = 50
    level_labels: tuple[str, str, str] = ("1级", "2级", "3级")
    clauses: tuple[ClauseTerms, ...] = ()
    penalty_cap_fen: int | None = None
    penalty_cap_period: CapPeriod = CapPeriod.CONTRACT


def check_terms(terms: ContractTerms) -> None:
    """Raises what is wrong with the terms by themselves: period, lines, back-dating, clauses."""
    if terms.ends_on < terms.starts_on:
        raise EndsBeforeItStarts(starts_on=terms.starts_on.isoformat(), ends_on=terms.ends_on.isoformat())
    if not terms.lines:
        raise CoversNothing()
    named = [(line.scope, line.asset_id, line.site_id, line.policy_id) for line in terms.lines]
    if len(named) != len(set(named)):
        raise LineTwice()
    for line in terms.lines:
        if line.backdated_from_on is None:
            continue
        inside = terms.starts_on <= line.backdated_from_on <= terms.ends_on
        if not inside or not line.backdated_by:
            raise BackdatedOutsidePeriod(backdated_from_on=line.backdated_from_on.isoformat())
    kinds = [clause.clock_kind for clause in terms.clauses]
    if len(kinds) != len(set(kinds)):
        raise ClauseTwice()


def check_amendment(starts_on: date, *, signed_on: date) -> None:
    """Raises AmendmentInThePast: signed terms never reach back over terms that were in force (C4)."""
    if starts_on < signed_on:
        raise AmendmentInThePast(starts_on=starts_on.isoformat(), signed_on=signed_on.isoformat())


def check_renewal(starts_on: date, *, old_last_on: date) -> None:
    """Raises RenewalOverlaps: the next period begins after the last day of the old one, which is inclusive (C6)."""
    if starts_on <= old_last_on:
        raise RenewalOverlaps(starts_on=starts_on.isoformat(), earliest=(old_last_on + timedelta(days=1)).isoformat())


def check_payment(on: date, *, today: date, starts_when_paid: bool, paid_on: date | None) -> None:
    """Raises PaymentNotAwaited, AlreadyPaid or PaidInTheFuture: the first payment comes once, where it matters (C4)."""
    if not starts_when_paid:
        raise PaymentNotAwaited()
    if paid_on is not None:
        raise AlreadyPaid(on=paid_on.isoformat())
    if on > today:
        raise PaidInTheFuture(on=on.isoformat())


def check_last_day(last_on: date, *, today: date) -> None:
    """Raises LastDayInThePast: what was owed until yesterday stays owed, whatever is terminated today (P15)."""
    earliest = today - timedelta(days=1)
    if last_on < earliest:
        raise LastDayInThePast(last_on=last_on.isoformat(), earliest=earliest.isoformat())


def line_span(line: LineTerms, in_force: DaySpan, *, signed_on: date) -> DaySpan | None:
    """The days a signed line covers: not before its signing unless back-dated, within what is in force (E5)."""
    first = line.backdated_from_on or max(in_force.first_on, signed_on)
    first = max(first, in_force.first_on)
    return DaySpan(first, in_force.last_on) if first <= in_force.last_on else None


def total_fen(terms: ContractTerms, *, covered_value_fen: int, assets: int) -> Fen:
    """The fee of the whole period in fen, including VAT, half up (C4)."""
    if terms.fee_kind is FeeKind.PERCENT_OF_VALUE:
        return times(Fen(covered_value_fen), Decimal(terms.fee_rate_bp) / 10_000)
    if terms.fee_kind is FeeKind.PER_ASSET:
        return times(Fen(terms.fee_fen), assets)
    if terms.fee_kind is FeeKind.PREPAID_DAYS:
        return times(Fen(terms.fee_fen), terms.prepaid_days)
    return Fen(terms.fee_fen)


class Party(StrEnum):
    """Who stands behind a warranty; the manufacturer's is kept apart from ours (C2)."""

    OURS = "ours"
    MANUFACTURER = "manufacturer"


class Component(StrEnum):
    """What of the asset is under warranty."""

    WHOLE = "whole"
    HARDWARE = "hardware"
    SOFTWARE = "software"
    PART = "part"


class StartEvent(StrEnum):
    """What a cover starts with; each cover has its own (C2)."""

    ACCEPTANCE = "acceptance"
    INSTALLATION = "installation"
    SALE = "sale"
    REPLACEMENT = "replacement"


@dataclass(frozen=True, slots=True)
class WarrantyFacts:
    """A warranty as agreed: months, free months on top, or days for a replaced part.

    `policy_id` gives it limits; without one it says who pays, and promises no times.
    """

    party: Party = Party.OURS
    component: Component = Component.WHOLE
    start_event: StartEvent = StartEvent.ACCEPTANCE
    starts_on: date | None = None
    months: int = 0
    extra_months: int = 0
    days: int = 0
    includes: frozenset[Cost] = frozenset(Cost)
    policy_id: int | None = None
    priority: int = 10
    note: str = ""


def warranty_span(facts: WarrantyFacts, *, accepted_on: date | None, installed_on: date | None) -> DaySpan:
    """The days of a warranty, the last one inclusive; free months are counted from the same anchor (C2).

    Raises NotAcceptedYet when it starts with an event that has not happened, NoLength when it lasts nothing.
    """
    anchors = {StartEvent.ACCEPTANCE: accepted_on, StartEvent.INSTALLATION: installed_on}
    first = anchors.get(facts.start_event, facts.starts_on)
    if first is None:
        raise NotAcceptedYet(event=facts.start_event.value)
    months = facts.months + facts.extra_months
    if months:
        return DaySpan(first, last_day(first, months))
    if facts.days:
        return DaySpan(first, first + timedelta(days=facts.days - 1))
    raise NoLength()


def part_cover_last_on(*, asset_last_on: date | None, replaced_on: date, part_days: int = 90) -> date:
    """A replaced part is covered as long as the asset or by its own warranty, whichever is longer (C2, E9)."""
    own = replaced_on + timedelta(days=part_days - 1)
    return max(own, asset_last_on) if asset_last_on is not None else own


@dataclass(frozen=True, slots=True)
class Timeline:
    """An asset's covers side by side: where days are uncovered, and how far today's cover reaches (C2, E5)."""

    gaps: tuple[DaySpan, ...]
    covered_until: date | None
    """The last day of the unbroken cover that holds today; None when today is uncovered."""


def timeline(spans: Iterable[DaySpan], *, today: date) -> Timeline:
    """Gaps between the covers, the one since the last cover's end included; never just the latest end (E5)."""
    known = sorted(spans)
    if not known:
        return Timeline((), None)
    found = gaps(known)
    reach = max(span.last_on for span in known)
    if reach < today:
        found.append(DaySpan(reach + timedelta(days=1), today))
    if today < known[0].first_on or any(gap.first_on <= today <= gap.last_on for gap in found):
        return Timeline(tuple(found), None)
    ahead = [gap.first_on - timedelta(days=1) for gap in found if gap.first_on > today]
    return Timeline(tuple(found), min(ahead, default=reach))
