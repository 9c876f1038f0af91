"""One handler for every refusal and one for every bug: kind → status, code → words (house §7, P42)."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, g, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from app.db import Unavailable
from app.kernel.errors import DomainError, InvalidInput, Kind
from app.web.words import say, sentences

STATUS = {Kind.invalid: 422, Kind.forbidden: 403, Kind.missing: 404, Kind.conflict: 409, Kind.unavailable: 503}


def install(app: Flask) -> None:
    """Answer every refusal and every failure calmly, in the caller's form and language."""
    app.register_error_handler(DomainError, refused)
    app.register_error_handler(CSRFError, forged)
    app.register_error_handler(HTTPException, turned_away)
    app.register_error_handler(RecursionError, too_deep)
    for fault in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(fault, database_away)
    app.register_error_handler(Exception, broken)


def wants_json() -> bool:
    """Whether the caller is a program: everything under /api/, and scripts that ask for JSON."""
    return request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json"


def refused(error: DomainError) -> ResponseReturnValue:
    """A rule said no. An API call with bad input gets 400, a page 422 (promises, head)."""
    status = STATUS[error.kind]
    if status == 422 and wants_json():
        status = 400
    problems = []
    if isinstance(error, InvalidInput):
        problems = [{"field": p.field, "code": p.code, "words": say(p.code, **p.data)} for p in error.problems]
    response = _answer(status, error.code, sentences(error), problems)
    if status == 503:
        response.headers["Retry-After"] = "2"
    return response


def forged(_error: CSRFError) -> ResponseReturnValue:
    """A change without the page's own token (P32)."""
    return _answer(400, "app.no_intent", [say("app.no_intent")])


def turned_away(error: HTTPException) -> ResponseReturnValue:
    """Flask's own refusals: 401 leads to the sign-in page, the rest to a page with words."""
    if error.response is not None or (error.code or 500) < 400:
        return error
    status = error.code or 500
    if status == 401 and not wants_json() and "HX-Request" not in request.headers:
        wanted = request.full_path.rstrip("?") if request.method == "GET" else ""
        return redirect(url_for("auth.sign_in", next=wanted or None), 303)
    code = f"http.{status}"
    if code not in current_app.extensions["words"].rows:
        code = "http.4xx" if status < 500 else "http.500"
    response = _answer(status, code, [say(code)])
    response.headers.extend({k: v for k, v in error.get_headers() if k in {"Allow", "Retry-After"}})
    return response


def too_deep(_error: RecursionError) -> ResponseReturnValue:
    """Input nested beyond reason is bad input, not a bug (P42)."""
    return _answer(400, "http.400", [say("http.400")])


def database_away(error: Exception) -> ResponseReturnValue:
    """The database is lost, full, out of connections or too slow: not now, and never a second try by us (P39, P40)."""
    current_app.logger.error("request %s found no database", g.get("request_id", "-"), exc_info=error)
    return refused(Unavailable())


def broken(error: Exception) -> ResponseReturnValue:
    """A bug: logged once with the request's id, answered with a calm page that carries the same id."""
    current_app.logger.error("request %s failed", g.get("request_id", "-"), exc_info=error)
    return _answer(500, "http.500", [say("http.500")])


def _answer(status: int, code: str, words: list[str], problems: list[dict[str, Any]] | None = None) -> Response:
    request_id = g.get("request_id", "-")
    if wants_json():
        body: dict[str, Any] = {"code": code, "words": words, "request_id": request_id}
        if problems:
            body["problems"] = problems
        response = jsonify(body)
        response.status_code = status
        return response
    partial = "HX-Request" in request.headers
    template = "errors/_card.html" if partial else "errors/page.html"
    html = render_template(
        template, status=status, code=code, title=say(f"title.{status}"), words=words, request_id=request_id
    )
    return make_response(html, status)
