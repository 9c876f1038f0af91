"""What no database can keep is refused before any route looks at it (P42). Form fields are judged by their forms."""

from __future__ import annotations

from flask import Flask, abort, request


def install(app: Flask) -> None:
    """One look at every address."""
    app.before_request(refuse_unstorable)


def refuse_unstorable() -> None:
    """A NUL in the path or the query is nobody's search: 400, instead of a refusal deep inside PostgreSQL."""
    said = [request.path, *request.args.keys(), *(value for values in request.args.listvalues() for value in values)]
    if any("\x00" in text for text in said):
        abort(400)
