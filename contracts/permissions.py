"""Who may see and change what contracts keeps (X1, P24)."""

from __future__ import annotations

from app.domain import Permissions, Role, Scope

_OFFICE = (Role.DISPATCHER, Role.STOREKEEPER, Role.SALES, Role.MANAGER, Role.ADMINISTRATOR)
_SELLERS = (Role.SALES, Role.MANAGER, Role.ADMINISTRATOR)

PERMISSIONS: Permissions = {
    "contracts.see": {**dict.fromkeys(_OFFICE, Scope.ALL), Role.CUSTOMER: Scope.OWN},
    "contracts.see_money": {**dict.fromkeys(_SELLERS, Scope.ALL), Role.CUSTOMER: Scope.OWN},
    "contracts.edit": dict.fromkeys(_SELLERS, Scope.ALL),
}
