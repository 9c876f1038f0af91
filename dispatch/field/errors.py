"""What the engineer's phone is refused."""

from app.kernel.errors import DomainError, Kind


class MissingFieldVisit(DomainError):
    """No such visit, or none of this engineer's: the two look alike (P25)."""

    code = "field.missing_visit"
    kind = Kind.missing


class ActionReused(DomainError):
    """The id, or the place in the device's sequence, was used for something else; nothing was done (P18)."""

    code = "field.action_reused"
    kind = Kind.conflict


class Reassigned(DomainError):
    """The visit went to somebody else meanwhile: parked for a dispatcher, not applied, not lost (P22)."""

    code = "field.reassigned"
    kind = Kind.conflict


class TooLate(DomainError):
    """The visit is past this step: somebody or something was first."""

    code = "field.too_late"
    kind = Kind.conflict


class TooEarly(DomainError):
    """An earlier step has not been applied yet; the act waits for it (P20)."""

    code = "field.too_early"
    kind = Kind.conflict


class ReasonNeeded(DomainError):
    """Checked in far from the site, or without a position: allowed, with a reason (screens §9)."""

    code = "field.reason_needed"
    kind = Kind.invalid


class SiteFar(ReasonNeeded):
    """The position is known and lies far from the site."""

    code = "field.site_far"


class NoVan(DomainError):
    """The engineer has no van in the books, so nothing can be taken from it."""

    code = "field.no_van"
    kind = Kind.conflict
