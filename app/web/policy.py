"""Closed by default: a route or command without a declared policy stops the start of the house (P24)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, request
from flask.typing import ResponseReturnValue

from app.actor import Actor
from app.domain import Domain, Permissions, Role, Scope

F = TypeVar("F", bound=Callable[..., Any])

PUBLIC = "public"
SIGNED_IN = "signed_in"
OPERATOR = "operator"

#: Commands that Flask and its extensions bring along; the shell of the host is their lock.
BUILT_IN_COMMANDS = frozenset({"run", "shell", "db"})


def requires(action: str) -> Callable[[F], F]:
    """The view answers only an actor whose role holds `action` in the permission table."""

    def mark(view: F) -> F:
        view.policy = action  # type: ignore[attr-defined]
        return view

    return mark


def public(view: F) -> F:
    """Anybody may call the view, signed in or not."""
    view.policy = PUBLIC  # type: ignore[attr-defined]
    return view


def signed_in(view: F) -> F:
    """Any signed-in actor may call the view; it shows only what is the actor's own."""
    view.policy = SIGNED_IN  # type: ignore[attr-defined]
    return view


def operator(command: F) -> F:
    """The command is run by whoever operates the host."""
    command.policy = OPERATOR  # type: ignore[attr-defined]
    return command


class PermissionTable:
    """Role x action → scope, put together from what the floors declare; two floors may not claim one action."""

    def __init__(self, parts: Iterable[Permissions]) -> None:
        self.rows: dict[str, dict[Role, Scope]] = {}
        for part in parts:
            for action, roles in part.items():
                if action in self.rows:
                    raise RuntimeError(f"the action {action!r} is declared twice")
                self.rows[action] = dict(roles)

    def scope(self, role: Role, action: str) -> Scope | None:
        """How far `role` may do `action`; None = not at all."""
        return self.rows.get(action, {}).get(role)

    def actions_of(self, role: Role) -> dict[str, Scope]:
        """Every action the role holds."""
        return {action: roles[role] for action, roles in self.rows.items() if role in roles}


def policy_of(app: Flask, endpoint: str) -> str | None:
    """The declared policy of a view: 'public', 'signed_in', an action, or None where nobody declared one."""
    if endpoint == "static" or endpoint.endswith(".static"):
        return PUBLIC
    return getattr(app.view_functions[endpoint], "policy", None)


def permission_table() -> PermissionTable:
    """The table of the running application."""
    table = current_app.extensions["permissions"]
    assert isinstance(table, PermissionTable)
    return table


def install(app: Flask, domains: Iterable[Domain]) -> None:
    """Put the guard before every route."""
    app.extensions["permissions"] = PermissionTable(domain.permissions for domain in domains)
    app.before_request(guard)


def guard() -> ResponseReturnValue | None:
    """Refuse whoever the view's policy does not name; an anonymous caller is shown the way to sign in."""
    if request.endpoint is None:
        return None
    policy = policy_of(current_app, request.endpoint)
    if policy == PUBLIC:
        return None
    actor: Actor = g.actor
    if not actor.signed_in:
        abort(401)
    if policy != SIGNED_IN and (policy is None or not actor.may(policy)):
        abort(403)
    return None


def verify(app: Flask) -> None:
    """Refuse to start with a route or a command that nobody declared a policy for (P24)."""
    open_routes = sorted({r.endpoint for r in app.url_map.iter_rules() if policy_of(app, r.endpoint) is None})
    if open_routes:
        raise RuntimeError("routes without a policy: " + ", ".join(open_routes))
    table = app.extensions["permissions"]
    known = {PUBLIC, SIGNED_IN, *table.rows}
    unknown = sorted({f"{e}: {p}" for e in app.view_functions if (p := policy_of(app, e)) and p not in known})
    if unknown:
        raise RuntimeError("policies that no floor declares: " + ", ".join(unknown))
    open_commands = sorted(_open_commands(app))
    if open_commands:
        raise RuntimeError("commands without a policy: " + ", ".join(open_commands))


def _open_commands(app: Flask) -> Iterable[str]:
    for name, command in app.cli.commands.items():
        if name in BUILT_IN_COMMANDS:
            continue
        children = getattr(command, "commands", None)
        for child_name, child in (children or {name: command}).items():
            if getattr(child.callback, "policy", None) != OPERATOR:
                yield f"{name} {child_name}" if children else name
