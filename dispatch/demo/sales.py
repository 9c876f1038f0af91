"""What was sold: contracts through their life, renewals in the pipeline, warranties running and run out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from random import Random

from app.kernel.dates import last_day
from contracts.policies.rules import ClockKind, Cost
from contracts.terms import use_cases as terms
from contracts.terms.clauses import CapPeriod, ClauseTerms, PenaltyUnit
from contracts.terms.rules import (
    Component,
    ContractKind,
    ContractTerms,
    LineScope,
    LineTerms,
    Party,
    StartEvent,
    WarrantyFacts,
)
from contracts.terms.warranties import add_warranty
from dispatch.demo.company import AssetRef, Company, CustomerRef, SiteRef, local

__all__ = ["give_warranty", "sell"]

_DAY = timedelta(days=1)
#: Of 90 contracts: in force · their last year's predecessors · lapsed · next year's in the pipeline.
_SHARES = (58, 24, 4, 4)


@dataclass(slots=True)
class _Deal:
    """One contract to be made; `until` says how far its life goes."""

    customer: CustomerRef
    starts_on: date
    ends_on: date
    lines: tuple[tuple[SiteRef, str], ...]
    fee_fen: int
    until: str = "active"
    predecessor: _Deal | None = None
    contract_id: int = 0
    kind: ContractKind = ContractKind.PAID_MAINTENANCE


def sell(company: Company) -> None:
    """Write every contract's life into the diary."""
    random = company.random("contracts")
    for deal in _deals(company, random):
        made_on = deal.starts_on - timedelta(days=random.randint(12, 40))
        if deal.until != "active":
            made_on = company.today - timedelta(days=random.randint(6, 11))
        at = max(company.founded_at + timedelta(hours=2), local(made_on, random.randint(9, 16)))
        company.diary.add(at, partial(_draft, company, deal, _terms(company, deal, random)))
        if deal.until == "draft":
            continue
        company.diary.add(at + timedelta(days=1), partial(_quote, company, deal))
        if deal.until == "quoted":
            continue
        company.diary.add(at + timedelta(days=4), partial(_sign, company, deal))
        if deal.until == "signed":
            continue
        company.diary.add(max(local(deal.starts_on, 1), at + timedelta(days=5)), partial(_activate, company, deal))
        company.diary.add(local(deal.ends_on + _DAY, 1), partial(_expire, company))


def _deals(company: Company, random: Random) -> Iterator[_Deal]:
    """All contracts; predecessors before those that renew them."""
    total = company.scale.contracts
    current, renewed, lapsed, ahead = (max(1, share * total // sum(_SHARES)) for share in _SHARES)
    buyers = company.customers[: len(company.customers) - max(1, len(company.customers) // 15)]
    made: list[_Deal] = []
    for number in range(current):
        customer = buyers[number % len(buyers)]
        ends_on = company.today + timedelta(days=_days_left(number, random))
        starts_on = _year_before(ends_on)
        deal = _Deal(customer, starts_on, ends_on, _lines(customer, random), random.randint(4, 48) * 1_000_000)
        if number < renewed:
            before = starts_on - _DAY
            deal.predecessor = _Deal(customer, _year_before(before), before, deal.lines, deal.fee_fen * 95 // 100)
            yield deal.predecessor
        if number % 13 == 7:
            deal.kind = ContractKind.EXTENDED_WARRANTY
        for site, policy in deal.lines:
            site.policy = policy
        made.append(deal)
        yield deal
    for number, customer in enumerate(company.customers[len(buyers) :][:lapsed] or company.customers[-1:]):
        ended_on = company.today - timedelta(days=40 + 35 * number)
        yield _Deal(customer, _year_before(ended_on), ended_on, _lines(customer, random), 9_000_000)
    states = ("quoted", "draft", "signed", "quoted")
    for number in range(min(ahead, len(made))):
        old = made[number]
        next_on = old.ends_on + _DAY
        yield _Deal(
            old.customer, next_on, last_day(next_on, 12), old.lines, old.fee_fen * 104 // 100, until=states[number % 4],
            predecessor=old,
        )  # fmt: skip


def _days_left(number: int, random: Random) -> int:
    """Some end within 30, 60 and 90 days, the others later."""
    bands = ((5, 29), (31, 59), (61, 89))
    return random.randint(*bands[number % 6]) if number % 6 < 3 and number < 48 else random.randint(95, 340)


def _year_before(ends_on: date) -> date:
    """The first day of a year that ends on `ends_on`."""
    day_after = ends_on + _DAY
    leap = (day_after.month, day_after.day) == (2, 29)
    return day_after.replace(year=day_after.year - 1, day=28 if leap else day_after.day)


def _lines(customer: CustomerRef, random: Random) -> tuple[tuple[SiteRef, str], ...]:
    """The sites the customer has covered, most under his kind's policy; now and then one is left out."""
    weaker = {"4-hour": "12-hour", "12-hour": "basic", "basic": "basic"}
    chosen: list[tuple[SiteRef, str]] = []
    for site in customer.sites:
        if chosen and random.random() < 0.1:
            continue
        policy = customer.kind.policy if random.random() < 0.85 else weaker[customer.kind.policy]
        chosen.append((site, policy))
    return tuple(chosen)


def _terms(company: Company, deal: _Deal, random: Random) -> ContractTerms:
    share = deal.fee_fen // max(1, len(deal.lines))
    lines = tuple(
        LineTerms(LineScope.SITE, company.policies[policy], site_id=site.id, price_fen=share)
        for site, policy in deal.lines
    )
    hour = random.choice((20_000, 30_000, 50_000))
    clauses: tuple[ClauseTerms, ...] = (
        ClauseTerms(
            ClockKind.ARRIVAL, PenaltyUnit.STARTED_HOUR, per_unit_fen=hour, fixed_fen=random.choice((0, 0, 50_000)),
            grace_s=random.choice((0, 0, 900)),
        ),
        ClauseTerms(ClockKind.RESOLVE, PenaltyUnit.FULL_HOUR, per_unit_fen=hour // 2),
    )  # fmt: skip
    if deal.customer.kind.policy == "basic":
        clauses = (ClauseTerms(ClockKind.ARRIVAL, PenaltyUnit.ONCE, fixed_fen=30_000),)
    return ContractTerms(
        starts_on=deal.starts_on, ends_on=deal.ends_on, lines=lines, fee_fen=share * len(deal.lines), clauses=clauses,
        penalty_cap_fen=random.choice((300_000, 800_000, 2_000_000)),
        penalty_cap_period=random.choice((CapPeriod.QUARTER, CapPeriod.QUARTER, CapPeriod.CONTRACT)),
        payment_terms="签订后30日内付50%,期满验收后付50%", service_area="客户各现场",
    )  # fmt: skip


def _draft(company: Company, deal: _Deal, contract_terms: ContractTerms, at: datetime) -> None:
    before = deal.predecessor.contract_id if deal.predecessor else None
    deal.contract_id = terms.draft_contract(
        deal.customer.id, deal.kind, contract_terms, predecessor_id=before, by=company.sales, now=at
    )


def _quote(company: Company, deal: _Deal, at: datetime) -> None:
    terms.quote_contract(deal.contract_id, seen=1, by=company.sales, now=at)


def _sign(company: Company, deal: _Deal, at: datetime) -> None:
    terms.sign_contract(deal.contract_id, signed_by=deal.customer.contacts[0][0], seen=2, by=company.sales, now=at)


def _activate(company: Company, deal: _Deal, at: datetime) -> None:
    terms.activate_contract(deal.contract_id, seen=3, by=company.sales, now=at)


def _expire(company: Company, at: datetime) -> None:
    if at <= company.now:
        terms.expire_contracts(by=company.sales, now=at)


def give_warranty(company: Company, asset: AssetRef, at: datetime) -> None:
    """Assets of the last years carry our warranty and often the maker's; where it has run out a gap shows."""
    random = company.random(f"warranty:{asset.id}")
    if (company.today - asset.accepted_on).days <= 1300 and random.random() < 0.75:
        _warrant(company, asset, random, at)


def _warrant(company: Company, asset: AssetRef, random: Random, at: datetime) -> None:
    ours = WarrantyFacts(
        start_event=StartEvent.ACCEPTANCE,
        months=random.choice((12, 12, 24)),
        extra_months=random.choice((0, 0, 0, 6)),
        policy_id=company.policies["basic"],
    )
    add_warranty(asset.id, ours, by=company.sales, now=at)
    if random.random() < 0.3:
        makers = WarrantyFacts(
            party=Party.MANUFACTURER, component=Component.HARDWARE, start_event=StartEvent.INSTALLATION, months=36,
            includes=frozenset({Cost.PARTS}), priority=20,
        )  # fmt: skip
        add_warranty(asset.id, makers, by=company.sales, now=at)
