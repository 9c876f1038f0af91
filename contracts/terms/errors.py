"""What contracts and warranties refuse."""

from __future__ import annotations

from app.kernel.errors import DomainError, Kind


class MissingContract(DomainError):
    """No such contract, or none of yours (P25)."""

    code = "contracts.missing_contract"
    kind = Kind.missing


class MissingVersion(DomainError):
    """No such version of a contract."""

    code = "contracts.missing_version"
    kind = Kind.missing


class MissingWarranty(DomainError):
    """No such warranty."""

    code = "contracts.missing_warranty"
    kind = Kind.missing


class MoveNotListed(DomainError):
    """The contract's life has no such step from its present state (C4, P14)."""

    code = "contracts.move_not_listed"
    kind = Kind.conflict


class CoversNothing(DomainError):
    """A contract covers at least one asset, one site or all of the customer's assets."""

    code = "contracts.covers_nothing"
    kind = Kind.invalid


class EndsBeforeItStarts(DomainError):
    """A period ends on or after its first day."""

    code = "contracts.ends_before_it_starts"
    kind = Kind.invalid


class LineOfAnotherCustomer(DomainError):
    """A line covers assets and sites of the contract's own customer only."""

    code = "contracts.line_of_another_customer"
    kind = Kind.invalid


class LineTwice(DomainError):
    """One line per asset, site or customer and policy."""

    code = "contracts.line_twice"
    kind = Kind.invalid


class BackdatedOutsidePeriod(DomainError):
    """Cover is back-dated within the contract's own period, with a price and a name behind it (E5)."""

    code = "contracts.backdated_outside_period"
    kind = Kind.invalid


class ClauseTwice(DomainError):
    """One penalty clause per clock."""

    code = "contracts.clause_twice"
    kind = Kind.invalid


class AmendmentInThePast(DomainError):
    """The past is judged by the terms then in force: an amendment takes effect on or after its signing day (C4)."""

    code = "contracts.amendment_in_the_past"
    kind = Kind.invalid


class AmendmentPending(DomainError):
    """One unsigned amendment at a time."""

    code = "contracts.amendment_pending"
    kind = Kind.conflict


class NothingToSign(DomainError):
    """No unsigned amendment is waiting."""

    code = "contracts.nothing_to_sign"
    kind = Kind.conflict


class NotPaidYet(DomainError):
    """The contract starts only when paid (C4)."""

    code = "contracts.not_paid_yet"
    kind = Kind.conflict


class PaymentNotAwaited(DomainError):
    """The contract starts on its first day, paid or not (C4)."""

    code = "contracts.payment_not_awaited"
    kind = Kind.conflict


class AlreadyPaid(DomainError):
    """The day of the first payment is noted once (C4)."""

    code = "contracts.already_paid"
    kind = Kind.conflict


class PaidInTheFuture(DomainError):
    """A payment that has come came today or earlier."""

    code = "contracts.paid_in_the_future"
    kind = Kind.invalid


class PeriodOver(DomainError):
    """Nothing of the period is left by the day the contract could begin."""

    code = "contracts.period_over"
    kind = Kind.conflict


class LastDayInThePast(DomainError):
    """A contract ends yesterday at the earliest: days that are over keep what ruled them (P15)."""

    code = "contracts.last_day_in_the_past"
    kind = Kind.invalid


class AlreadyRenewed(DomainError):
    """A contract is renewed once (P16)."""

    code = "contracts.already_renewed"
    kind = Kind.conflict


class RenewalOverlaps(DomainError):
    """The next period starts after the old one ends (C6)."""

    code = "contracts.renewal_overlaps"
    kind = Kind.invalid


class NotAcceptedYet(DomainError):
    """A warranty starts on the acceptance date, and the asset has none (C2)."""

    code = "contracts.not_accepted_yet"
    kind = Kind.invalid


class NoLength(DomainError):
    """A warranty lasts some months or some days."""

    code = "contracts.no_length"
    kind = Kind.invalid
