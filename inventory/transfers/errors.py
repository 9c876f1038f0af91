"""What transfers refuse."""

from __future__ import annotations

from app.kernel.errors import DomainError, Kind


class MissingTransfer(DomainError):
    """No transfer has this number, or it is not the actor's to see."""

    code = "inventory.missing_transfer"
    kind = Kind.missing


class TransferEnded(DomainError):
    """The other end has confirmed already; somebody was first."""

    code = "inventory.transfer_ended"
    kind = Kind.conflict


class DifferenceNeedsReason(DomainError):
    """Less arrived than left: somebody has to say why."""

    code = "inventory.difference_needs_reason"
