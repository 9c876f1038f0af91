"""What the inventory floor brings to the house. Its rooms, bottom first."""

import inventory.ledger.guards
import inventory.requisitions.models  # noqa: F401 - its tables belong to the house even where no page asks
from app.domain import Domain
from inventory.words import WORDS

domain = Domain(
    name="inventory",
    package="inventory",
    needs=("app",),
    rooms=("catalogue", "places", "ledger", "visits", "transfers", "requisitions"),
    words=WORDS,
)
