"""What requisition, issue and return refuse."""

from __future__ import annotations

from app.kernel.errors import DomainError, Kind


class MissingPickList(DomainError):
    """No pick list has this number."""

    code = "inventory.missing_pick_list"
    kind = Kind.missing


class PickListEnded(DomainError):
    """The pick list has been issued or cancelled already; somebody was first."""

    code = "inventory.pick_list_ended"
    kind = Kind.conflict


class NothingToReturn(DomainError):
    """So much of this part was not issued for the visit, or has come back already (P5)."""

    code = "inventory.nothing_to_return"
    kind = Kind.conflict


class ReasonNeeded(DomainError):
    """A part beyond the list leaves only with a reason (I5)."""

    code = "inventory.reason_needed"


class UnknownCode(DomainError):
    """The code is neither a part number nor a serial."""

    code = "inventory.unknown_code"
    kind = Kind.invalid


class AmbiguousSerial(DomainError):
    """Several pieces answer to the code: scan the serial itself."""

    code = "inventory.ambiguous_serial"
    kind = Kind.conflict


class MissingVisit(DomainError):
    """Inventory knows no visit of this number."""

    code = "inventory.missing_visit"
    kind = Kind.missing
