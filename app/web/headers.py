"""Headers on every answer, and the question whether a change was meant (P32, P33)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, request
from flask_wtf.csrf import CSRFProtect

csrf = CSRFProtect()


def install(app: Flask) -> None:
    """One filter before all routes, one after all answers."""
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_SSL_STRICT=False)
    csrf.init_app(app)
    app.before_request(demand_intent)
    app.after_request(add_headers)


def demand_intent() -> None:
    """A change needs the page's token and must come from our own pages."""
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    if request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}:
        abort(403)
    origin = request.headers.get("Origin")
    if origin and origin != "null" and urlsplit(origin).netloc != request.host:
        abort(403)
    if origin == "null":
        abort(403)
    csrf.protect()


def add_headers(response: Response) -> Response:
    """Nothing from elsewhere runs here, nobody frames us, nothing private is kept by a cache."""
    settings = current_app.extensions["settings"]
    tiles = _origin(settings.tile_url)
    response.headers["Content-Security-Policy"] = (
        f"default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:{tiles}; "
        "connect-src 'self'; font-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'; "
        "form-action 'self'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "geolocation=(self), camera=(self)"
    response.headers["X-Request-Id"] = g.get("request_id", "-")
    if not settings.plain_http:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    actor = g.get("actor")
    if actor is not None and actor.signed_in and not (request.endpoint or "").endswith("static"):
        response.headers["Cache-Control"] = "no-store"
    return response


def own_path(target: str | None) -> str:
    """`target` if it is a path of ours, else '/': a redirect never leaves the house (P32)."""
    if not target or not re.fullmatch(r"/(?![/\\])[^\\\x00-\x20]*", target):
        return "/"
    if "%2f%2f" in target.lower()[:10] or "%5c" in target.lower()[:10]:
        return "/"
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else "/"


def _origin(tile_url: str) -> str:
    parts = urlsplit(tile_url)
    return f" {parts.scheme}://{parts.netloc.replace('{s}', '*')}" if parts.netloc else ""
