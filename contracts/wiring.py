"""What the contracts floor brings to the house. Its rooms, bottom first."""

from app.domain import Domain
from contracts.entitlement import api as _entitlement  # noqa: F401 - its tables belong to the house
from contracts.permissions import PERMISSIONS
from contracts.words import WORDS

domain = Domain(
    name="contracts",
    package="contracts",
    needs=("app",),
    rooms=("installbase", "policies", "terms", "penalties", "entitlement"),
    permissions=PERMISSIONS,
    words=WORDS,
)
