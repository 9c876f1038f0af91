"""One line of JSON for each thing worth knowing, with the request's id wherever there is a request (P42, X6)."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, g, has_request_context, request

access = logging.getLogger("house.access")
#: What a LogRecord carries by itself; everything else was handed in with `extra=` and is told.
_OWN = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """A record as one JSON object; a traceback is one string in it, never lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "says": record.getMessage(),
        }
        if has_request_context():
            actor = g.get("actor")
            line["request_id"] = g.get("request_id", "-")
            line["user"] = actor.user_name if actor is not None else ""
        line.update({name: value for name, value in vars(record).items() if name not in _OWN})
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def install(app: Flask) -> None:
    """Write JSON lines to stderr; LOG_LEVEL=INFO adds one line per request."""
    root = logging.getLogger()
    if not any(isinstance(handler.formatter, JsonLines) for handler in root.handlers):
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonLines())
        root.addHandler(handler)
    # Flask would add a handler of its own to a logger without one; ours at the root is enough.
    app.logger.handlers.clear()
    app.logger.propagate = True
    level = os.environ.get("LOG_LEVEL", "WARNING").upper()
    for name in ("house", "app", "contracts", "inventory", "dispatch"):
        logging.getLogger(name).setLevel(level)
    app.after_request(tell)


def tell(response: Response) -> Response:
    """One line per request: what was asked, how it ended, how long it took. Never its content."""
    path = told_path()
    access.info(
        "%s %s", request.method, path,
        extra={
            "method": request.method, "path": path, "endpoint": request.endpoint,
            "status": response.status_code, "ms": round((time.monotonic() - g.get("started", 0)) * 1000),
            "address": request.remote_addr,
        },
    )  # fmt: skip
    return response


def told_path() -> str:
    """The path as it was asked for; where a secret stands in it, the rule in its place (P28, P29)."""
    rule = request.url_rule
    return rule.rule if rule is not None and "token" in rule.arguments else request.path
