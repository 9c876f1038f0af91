"""What requests refuse."""

from app.kernel.errors import DomainError, Kind


class MissingRequest(DomainError):
    """No such request, or none the actor may know of (P25)."""

    code = "desk.missing_request"
    kind = Kind.missing


class RequestMoveRefused(DomainError):
    """In its state the request does not allow this step (P14)."""

    code = "desk.move_refused"
    kind = Kind.conflict
