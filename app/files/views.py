"""Handing out kept files: as attachments, to whoever may see the object they belong to (P35)."""

from __future__ import annotations

from flask import Blueprint, send_file
from flask.typing import ResponseReturnValue

from app.auth.session import current_actor
from app.db import db
from app.files.api import checked_path, for_reader
from app.files.rules import MEDIA_TYPE
from app.web.policy import signed_in

bp = Blueprint("files", __name__)


@bp.get("/files/<int:file_id>")
@signed_in
def download(file_id: int) -> ResponseReturnValue:
    """The file, never to be run by a browser."""
    row = for_reader(db.session(), file_id, current_actor())
    return send_file(
        checked_path(row), mimetype=MEDIA_TYPE[row.kind], as_attachment=True,
        download_name=row.shown_name, conditional=True, etag=row.sha256,
    )  # fmt: skip
