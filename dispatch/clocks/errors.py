"""What the clocks refuse."""

from app.kernel.errors import DomainError, Kind


class AlreadyPaused(DomainError):
    """The request waits already; names the reason."""

    code = "clocks.already_paused"
    kind = Kind.conflict


class NotPaused(DomainError):
    """There is no wait to end."""

    code = "clocks.not_paused"
    kind = Kind.conflict


class OutOfOrder(DomainError):
    """A pause cannot begin before the report or before the last wait ended, nor in the future."""

    code = "clocks.out_of_order"
    kind = Kind.conflict


class NoArrivalClock(DomainError):
    """No arrival is promised any more that an appointment could move."""

    code = "clocks.no_arrival_clock"
    kind = Kind.conflict


class AppointmentInThePast(DomainError):
    """An appointment lies ahead."""

    code = "clocks.appointment_in_the_past"
    kind = Kind.invalid


class NothingToWaive(DomainError):
    """No promise is running any more."""

    code = "clocks.nothing_to_waive"
    kind = Kind.conflict
