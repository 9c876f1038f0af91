"""Refusals of the outbox."""

from app.kernel.errors import DomainError, Kind


class MissingMessage(DomainError):
    """There is no such message, or none that could be tried again."""

    code = "outbox.missing_message"
    kind = Kind.missing
