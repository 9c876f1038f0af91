"""What the books refuse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.kernel.errors import DomainError, InvalidInput, Kind, Problem


@dataclass(frozen=True, slots=True)
class Shortage:
    """One part of which there is not enough at one place: who holds it, and where the nearest others lie (E7)."""

    part_no: str
    part_name: str
    place_code: str
    wanted: int
    available: int
    held_by: tuple[tuple[str, int], ...] = ()
    nearest: tuple[tuple[str, int], ...] = ()

    @property
    def missing(self) -> int:
        """How many more would be needed."""
        return self.wanted - self.available


def _listed(pairs: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{name} {qty}" for name, qty in pairs) or "--"


class InsufficientStock(InvalidInput):
    """Not enough of one or more parts: every shortage at once, with holders and nearest alternatives (E7, P1)."""

    code = "inventory.insufficient_stock"
    kind = Kind.conflict

    def __init__(self, shortages: Iterable[Shortage]) -> None:
        self.shortages = tuple(shortages)
        super().__init__(
            problems=[
                Problem(
                    s.part_no,
                    "inventory.short",
                    {
                        "part_no": s.part_no, "part_name": s.part_name, "place": s.place_code, "wanted": s.wanted,
                        "available": s.available, "held_by": _listed(s.held_by), "nearest": _listed(s.nearest),
                    },
                )
                for s in self.shortages
            ]
        )  # fmt: skip


class MovementNotAllowed(DomainError):
    """This kind of movement does not go between these kinds of places."""

    code = "inventory.movement_not_allowed"


class NeedsVisit(DomainError):
    """This kind of movement belongs to a visit (P5)."""

    code = "inventory.needs_visit"


class VisitNotOpen(DomainError):
    """The visit is not known here, or was not open at that instant (P5)."""

    code = "inventory.visit_not_open"
    kind = Kind.conflict


class SerialElsewhere(DomainError):
    """The serial is not where it should leave from: somebody was first, or it never was there (P4)."""

    code = "inventory.serial_elsewhere"
    kind = Kind.conflict


class SerialKnown(DomainError):
    """A serial that is somewhere already cannot be received as new; it returns from where it is (P4, E7)."""

    code = "inventory.serial_known"
    kind = Kind.conflict


class SerialNeeded(DomainError):
    """The part is tracked piece by piece: each movement names one serial and the quantity 1."""

    code = "inventory.serial_needed"


class SerialNotWanted(DomainError):
    """The part is counted in bulk and has no serials."""

    code = "inventory.serial_not_wanted"


class Backdated(DomainError):
    """Booked at that earlier instant the balance would have been negative at some moment after it (E8)."""

    code = "inventory.backdated"
    kind = Kind.conflict


class InTheFuture(DomainError):
    """A movement cannot take effect later than now."""

    code = "inventory.in_the_future"


class KeyReused(DomainError):
    """The key belongs to another movement already (P18)."""

    code = "inventory.key_reused"
    kind = Kind.conflict


class AlreadyReversed(DomainError):
    """The movement has been reversed before; once is all (P3)."""

    code = "inventory.already_reversed"
    kind = Kind.conflict


class NotReversible(DomainError):
    """A reversal cannot be reversed, and an issue with returned parts cannot either."""

    code = "inventory.not_reversible"
    kind = Kind.conflict


class ReturnsExceedIssue(DomainError):
    """More would come back than was issued (P5)."""

    code = "inventory.returns_exceed_issue"
    kind = Kind.conflict


class MissingMovement(DomainError):
    """No movement has this number."""

    code = "inventory.missing_movement"
    kind = Kind.missing


class ReservationEnded(DomainError):
    """The reservation has ended already, or never was (P6)."""

    code = "inventory.reservation_ended"
    kind = Kind.conflict
