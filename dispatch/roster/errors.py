"""What the roster refuses."""

from app.kernel.errors import DomainError, Kind


class MissingDuty(DomainError):
    """No such shift."""

    code = "roster.missing_duty"
    kind = Kind.missing


class DutyOverlaps(DomainError):
    """The engineer has another shift at that time; names it."""

    code = "roster.overlaps"
    kind = Kind.conflict


class EndsBeforeItStarts(DomainError):
    """A shift ends after it starts, and lasts no longer than a day."""

    code = "roster.bad_span"
    kind = Kind.invalid


class BreakOutside(DomainError):
    """A break lies within its shift, and its latest beginning is not before its earliest."""

    code = "roster.bad_break"
    kind = Kind.invalid
