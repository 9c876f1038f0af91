"""What the desk refuses."""

from app.kernel.errors import DomainError, Kind


class KeyReused(DomainError):
    """This key was used for another report already (P44)."""

    code = "desk.key_reused"
    kind = Kind.conflict


class AssetRetired(DomainError):
    """The asset was taken out of service."""

    code = "desk.asset_retired"
    kind = Kind.conflict


class CannotMerge(DomainError):
    """A request is merged into another open one of the same customer."""

    code = "desk.cannot_merge"
    kind = Kind.conflict


class NothingToAllow(DomainError):
    """An engineer may be sent already."""

    code = "desk.nothing_to_allow"
    kind = Kind.conflict


class SameLevel(DomainError):
    """The fault has this level already."""

    code = "desk.same_level"
    kind = Kind.conflict


class ArrivalInDoubt(DomainError):
    """A flagged arrival must be confirmed first: a promise still waits for it (P21)."""

    code = "desk.arrival_in_doubt"
    kind = Kind.conflict


class MissingParked(DomainError):
    """No such act of a phone clashed on this request."""

    code = "desk.missing_parked"
    kind = Kind.missing


class AlreadySettled(DomainError):
    """Somebody has seen to it; names him."""

    code = "desk.already_settled"
    kind = Kind.conflict
