"""For whoever watches the house from outside."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.auth.session import request_now
from app.db import db
from app.operation.health import look
from app.web.policy import public

bp = Blueprint("operation", __name__)


@bp.get("/health")
@public
def health() -> ResponseReturnValue:
    """200 when the database answers and the scheduler ticks, else 503; says which, and nothing about anybody."""
    found = look(db.session(), now=request_now())
    return jsonify(found), 200 if found["ok"] else 503
