"""What the dispatch floor brings to the house. Its rooms, bottom first."""

import dispatch.clocks.models
import dispatch.people.models
import dispatch.planner.models
import dispatch.requests.models
import dispatch.roster.models
import dispatch.visits.models  # noqa: F401 - the tables stand even before every room has a door
from app.domain import Domain
from dispatch.permissions import PERMISSIONS
from dispatch.words import WORDS

domain = Domain(
    name="dispatch",
    package="dispatch",
    needs=("contracts", "inventory"),
    rooms=(
        "people", "roster", "travel", "requests", "clocks", "visits", "desk", "planner", "board", "field",
    ),
    permissions=PERMISSIONS,
    words=WORDS,
)  # fmt: skip
