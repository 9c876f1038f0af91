"""What the places refuse."""

from __future__ import annotations

from app.kernel.errors import DomainError, Kind


class MissingPlace(DomainError):
    """No place has this code, or it is not the actor's to see (P25)."""

    code = "inventory.missing_place"
    kind = Kind.missing


class PlaceCodeTaken(DomainError):
    """Another place has this code, or this driver has a van of this condition already."""

    code = "inventory.place_code_taken"
    kind = Kind.conflict
