"""What the board refuses by itself; everything else is refused by the rooms below."""

from app.kernel.errors import DomainError, Kind


class GiveReason(DomainError):
    """The assignment breaks something; somebody must say why it is worth it (screens §5, row 3)."""

    code = "board.give_reason"
    kind = Kind.invalid


class NotPlanned(DomainError):
    """Only a visit that is assigned can be locked."""

    code = "board.not_planned"
    kind = Kind.conflict
