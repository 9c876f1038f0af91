"""Who may do what with parts, and how far it reaches (X1, P24)."""

from app.domain import Permissions, Role, Scope

_STORE = {Role.STOREKEEPER: Scope.ALL}
_STORE_AND_HEADS = {Role.STOREKEEPER: Scope.ALL, Role.MANAGER: Scope.ALL, Role.ADMINISTRATOR: Scope.ALL}

PERMISSIONS: Permissions = {
    # An engineer sees the houses and the own van; a colleague's van is not there for him.
    "inventory.see": {**_STORE_AND_HEADS, Role.DISPATCHER: Scope.ALL, Role.ENGINEER: Scope.OWN},
    "inventory.catalogue.edit": _STORE_AND_HEADS,
    "inventory.places.edit": {**_STORE, Role.ADMINISTRATOR: Scope.ALL},
    "inventory.receive": _STORE,
    "inventory.transfer": _STORE,
    "inventory.transfer.confirm": {**_STORE, Role.ENGINEER: Scope.OWN},
    "inventory.reserve": {**_STORE, Role.DISPATCHER: Scope.ALL},
    "inventory.issue": _STORE,
    "inventory.return": _STORE,
    "inventory.reverse": {**_STORE, Role.MANAGER: Scope.ALL},
}
