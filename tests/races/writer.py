"""A command of the product that writes to the same database while the server works: receives belts until told to stop."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import wsgi
from app.auth.actor import SYSTEM
from app.kernel.quantity import Qty
from inventory.catalogue.rules import PartId
from inventory.ledger import use_cases as ledger
from inventory.ledger.use_cases import Goods
from inventory.places.rules import PlaceId


def main(part_id: int, place_id: int, stop: Path, told: Path) -> None:
    """Receive one belt after the other; each receipt that was answered is written down in `told`."""
    number = 0
    with wsgi.build().app_context(), told.open("w") as file:
        while not stop.exists():
            number += 1
            ledger.receive(
                [Goods(PartId(part_id), Qty(1))], to_place_id=PlaceId(place_id), key=f"{stop.name}-{number}", by=SYSTEM,
                now=datetime.now(UTC),
            )  # fmt: skip
            file.write(f"{stop.name}-{number}:0\n")
            file.flush()
            time.sleep(0.01)  # A command reads its next row; one that never lets go would be a fault of its own.


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]))
