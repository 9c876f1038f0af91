"""What penalties refuse."""

from __future__ import annotations

from app.kernel.errors import DomainError, Kind


class FactContradicts(DomainError):
    """This clock's fact has been handed down before, and differently (P17)."""

    code = "contracts.fact_contradicts"
    kind = Kind.conflict
