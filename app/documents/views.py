"""The page a QR code opens (P29)."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.db import db
from app.documents.api import verified
from app.web.policy import public

bp = Blueprint("documents", __name__)


@bp.get("/verify/<token>")
@public
def verify(token: str) -> ResponseReturnValue:
    """Number, date, hash and masked names of one document; nothing else, to anybody who holds the paper."""
    return render_template("documents/verify.html", found=verified(db.session(), token))
