"""Who may do what on the dispatch floor: the one table its routes are judged by (P24, X1)."""

from __future__ import annotations

from app.domain import Permissions, Role, Scope

_DESK = {Role.DISPATCHER: Scope.ALL, Role.MANAGER: Scope.ALL}
_ADMIN = {Role.MANAGER: Scope.ALL, Role.ADMINISTRATOR: Scope.ALL}

PERMISSIONS: Permissions = {
    "dispatch.view_board": _DESK,
    "dispatch.plan": _DESK,
    "dispatch.assign": _DESK,
    "dispatch.see_planning": {**_DESK, Role.ADMINISTRATOR: Scope.ALL},
    "dispatch.set_planning": _ADMIN,
    "people.view": {**_DESK, Role.ADMINISTRATOR: Scope.ALL},
    "people.edit": _ADMIN,
    "roster.view": {**_DESK, Role.ADMINISTRATOR: Scope.ALL},
    "roster.edit": {**_DESK, Role.ADMINISTRATOR: Scope.ALL},
    "desk.view": {**_DESK, Role.SALES: Scope.ALL, Role.ENGINEER: Scope.OWN},
    "desk.report": _DESK,
    "desk.handle": _DESK,
    "desk.allow_sending": {Role.MANAGER: Scope.ALL},
    "field.work": {Role.ENGINEER: Scope.OWN},
    "field.view": {Role.ENGINEER: Scope.OWN, **_DESK},
}
