"""What the catalogue refuses."""

from __future__ import annotations

from app.kernel.errors import DomainError, Kind


class MissingPart(DomainError):
    """No part has this number."""

    code = "inventory.missing_part"
    kind = Kind.missing


class PartNoTaken(DomainError):
    """Another part has this number already."""

    code = "inventory.part_no_taken"
    kind = Kind.conflict


class TrackingFixed(DomainError):
    """A part that has moved keeps its way of being counted: its serials or pieces are in the ledger."""

    code = "inventory.tracking_fixed"
    kind = Kind.conflict
