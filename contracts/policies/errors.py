"""What service policies refuse."""

from __future__ import annotations

from app.kernel.errors import DomainError, Kind


class MissingPolicy(DomainError):
    """No such service policy."""

    code = "contracts.missing_policy"
    kind = Kind.missing


class PromisesNothing(DomainError):
    """A policy without a single limit promises nothing."""

    code = "contracts.promises_nothing"
    kind = Kind.invalid


class LimitTwice(DomainError):
    """One limit per request type, fault level and clock."""

    code = "contracts.limit_twice"
    kind = Kind.invalid


class LimitsOutOfOrder(DomainError):
    """Nothing is resolved before somebody has answered or arrived."""

    code = "contracts.limits_out_of_order"
    kind = Kind.invalid
