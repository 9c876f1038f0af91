"""What visits refuse."""

from app.kernel.errors import DomainError, Kind


class MissingVisit(DomainError):
    """No such visit, or none the actor may know of (P25)."""

    code = "visits.missing_visit"
    kind = Kind.missing


class VisitMoveRefused(DomainError):
    """In its state the visit does not allow this step; steps are not skipped (P14)."""

    code = "visits.move_refused"
    kind = Kind.conflict


class NotTheCrew(DomainError):
    """Only the engineer the visit is assigned to does this."""

    code = "visits.not_the_crew"
    kind = Kind.forbidden


class NotToBeSent(DomainError):
    """Not covered: a quotation must be accepted first, or a manager must allow it with a reason (C5)."""

    code = "visits.not_to_be_sent"
    kind = Kind.conflict


class RequestEnded(DomainError):
    """The request is over; nobody is sent for it any more."""

    code = "visits.request_ended"
    kind = Kind.conflict


class BadTimes(DomainError):
    """A visit ends after it starts."""

    code = "visits.bad_times"
    kind = Kind.invalid


class CannotDoIt(DomainError):
    """The engineer has left, or lacks the skill; a reason is needed to send him anyway."""

    code = "visits.cannot_do_it"
    kind = Kind.conflict


class OnAnotherVisit(DomainError):
    """Nobody is on two trips at once: the one under way is finished first; names it."""

    code = "visits.on_another_visit"
    kind = Kind.conflict
