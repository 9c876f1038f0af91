"""Who acts. Plain data, read from the database at each request (P27), handed down to use cases and queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain import Role, Scope


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person, an anonymous caller, or the house itself.

    `customer_id` and `engineer_id` are opaque here: those tables stand upstairs.
    """

    user_id: int | None = None
    user_name: str = ""
    display_name: str = ""
    role: Role | None = None
    customer_id: int | None = None
    engineer_id: int | None = None
    language: str = ""
    theme: str = "auto"
    session_id: int | None = None
    grants: Mapping[str, Scope] = field(default_factory=dict)
    address: str = ""

    @property
    def signed_in(self) -> bool:
        return self.user_id is not None

    def may(self, action: str) -> bool:
        """Whether the actor's role holds `action` at all, on whatever objects."""
        return action in self.grants

    def reaches_all(self, action: str) -> bool:
        """Whether `action` reaches every object rather than only the actor's own."""
        return self.grants.get(action) is Scope.ALL

    @property
    def name(self) -> str:
        """How the audit trail names the actor."""
        return self.user_name or "system"


#: The house acting by itself: jobs, ticks, set-up commands.
SYSTEM = Actor(user_name="system", display_name="系统")
ANONYMOUS = Actor()
