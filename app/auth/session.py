"""From a cookie to an Actor, read from the database at every request (P27, P31)."""

from __future__ import annotations

from datetime import datetime

from flask import Flask, Response, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.auth import rules, store, use_cases
from app.auth.actor import ANONYMOUS, Actor
from app.auth.models import SignInSession, User
from app.db import db
from app.web.policy import permission_table

LANGUAGE_COOKIE = "language"
#: What a session that still owes the one-time code, or a new password, may call.
WAITING_ROOM = frozenset({"auth.second_factor", "auth.sign_out", "auth.set_language", "auth.set_theme"})
PASSWORD_ROOM = frozenset({"auth.me", "auth.change_password", *WAITING_ROOM})


def install(app: Flask) -> None:
    """Find out who acts before anything is asked of a route."""
    app.before_request(find_actor)


def cookie_name() -> str:
    """`__Host-session` on https; the bare name on plain http, where browsers refuse the prefix."""
    return "session" if current_app.extensions["settings"].plain_http else "__Host-session"


def set_cookie(response: Response, token: str) -> None:
    """Hand the session's random id to the browser, out of reach of scripts."""
    settings = current_app.extensions["settings"]
    response.set_cookie(
        cookie_name(), token, httponly=True, secure=not settings.plain_http, samesite="Lax", path="/",
        max_age=int(rules.ABSOLUTE_LIMIT.total_seconds()),
    )  # fmt: skip


def find_actor() -> ResponseReturnValue | None:
    """Set g.actor and g.language; a session that still owes something is led to where it is settled."""
    g.actor, g.must_change = ANONYMOUS, False
    g.language = request.cookies.get(LANGUAGE_COOKIE, "zh")
    g.session_token = request.cookies.get(cookie_name(), "")
    endpoint = request.endpoint or ""
    if not g.session_token or endpoint.endswith("static"):
        return None
    found = store.session_by_token(db.session(), g.session_token)
    if found is None:
        return None
    row, user = found
    alive = rules.is_alive(created_at=row.created_at, seen_at=row.seen_at, ended_at=row.ended_at, now=g.now)
    if not alive or user.disabled_at is not None:
        return None
    g.language = user.language
    if row.second_factor_at is None:
        g.owes_code = True
        waiting = endpoint in WAITING_ROOM or endpoint == "auth.sign_in"
        return None if waiting else redirect(url_for("auth.second_factor"), 303)
    g.actor = _actor(row, user)
    must_change = g.must_change = bool(user.must_change_password)
    seen_at, session_id = row.seen_at, row.id
    if must_change and endpoint not in PASSWORD_ROOM:
        return redirect(url_for("auth.me"), 303)
    _keep_alive(session_id, seen_at, g.now)
    return None


def _keep_alive(session_id: int, seen_at: datetime, now: datetime) -> None:
    if now - seen_at > rules.SEEN_EVERY:
        use_cases.note_seen(session_id, now=now)


def _actor(row: SignInSession, user: User) -> Actor:
    return Actor(
        user_id=user.id,
        user_name=user.user_name,
        display_name=user.display_name,
        role=user.role,
        customer_id=user.customer_id,
        engineer_id=user.engineer_id,
        language=user.language,
        theme=user.theme,
        session_id=row.id,
        grants=permission_table().actions_of(user.role),
        address=request.remote_addr or "",
    )


def current_actor() -> Actor:
    """Who acts in this request."""
    actor: Actor = g.actor
    return actor


def request_now() -> datetime:
    """The instant of this request, read once from the one clock."""
    now: datetime = g.now
    return now
