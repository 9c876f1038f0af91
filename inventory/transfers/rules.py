"""Parts on the road between two places of ours: both ends confirm, differences are named (I7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.kernel.errors import Gather


class TransferState(StrEnum):
    """A transfer is on the road until the other end says what arrived."""

    SHIPPED = "shipped"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True)
class Shipped:
    """One line of a transfer as it left."""

    line_id: int
    qty: int


def missing_of(lines: Sequence[Shipped], arrived: Mapping[int, int]) -> dict[int, int]:
    """Per line what did not arrive. Raises InvalidInput naming every line where more would arrive than left."""
    found = Gather()
    for line in lines:
        if not 0 <= arrived.get(line.line_id, 0) <= line.qty:
            found.add(f"line_{line.line_id}", "input.out_of_range", low=0, high=line.qty)
    for stray in arrived.keys() - {line.line_id for line in lines}:
        found.add(f"line_{stray}", "input.unknown_field")
    found.check()
    return {line.line_id: line.qty - arrived.get(line.line_id, 0) for line in lines}
