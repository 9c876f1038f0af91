"""The door to documents: draw outside any transaction, then issue in the one that decides (P29, P34).

drawn = documents.draw("dispatch/field/report.html", kind="dispatch.report", number="V-000123", at=now, facts=…)
with transaction() as session:
    documents.issue(session, drawn, object_ref="visit:123", names=["市第一人民医院"], by=by)
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import segno
from flask import current_app, render_template
from flask_babel import force_locale
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit import api as audit
from app.auth.actor import Actor
from app.documents.models import Document, Verification
from app.documents.pdf import render_pdf
from app.documents.rules import MissingDocument, masked_name
from app.files import api as files
from app.files.disk import Kept
from app.kernel.ids import new_token, token_hash
from app.web.words import say


@dataclass(frozen=True, slots=True)
class Drawn:
    """A PDF safely on disk that nobody has issued yet; forgotten, it is swept after a day."""

    kind: str
    number: str
    kept: Kept
    token: str
    at: datetime


def draw(
    template: str,
    *,
    kind: str,
    number: str,
    at: datetime,
    facts: Mapping[str, Any],
    language: str = "zh",
    zone: str = "Asia/Shanghai",
    with_qr: bool = True,
) -> Drawn:
    """Draw `template` (it extends documents/print.html) with `facts`. Raises NotDrawn.

    `kind` is a code with words ("document.<kind>"); the QR code opens the verification page under the configured
    address, never under the request's own (P29).
    """
    token = new_token()
    settings = current_app.extensions["settings"]
    with force_locale("en" if language == "en" else "zh_Hans_CN"):
        page = {
            "kind_label": say(f"document.{kind}"), "number": number, "issued_at": at, "zone": zone,
            "language": "en" if language == "en" else "zh-CN", "hotline": settings.hotline,
            "qr": qr_code(f"{settings.base_url}/verify/{token}") if with_qr else "",
        }  # fmt: skip
        html = render_template(template, document=page, **facts)
    kept = files.keep(render_pdf(html), filename=f"{number}.pdf")
    return Drawn(kind, number, kept, token if with_qr else "", at)


def issue(session: Session, drawn: Drawn, *, object_ref: str, names: Sequence[str] = (), by: Actor) -> int:
    """The id of the document that `drawn` becomes; whoever may see `object_ref` may fetch it."""
    file_id = files.attach(session, drawn.kept, object_ref=object_ref, by=by, at=drawn.at)
    document = Document(
        kind=drawn.kind, object_ref=object_ref, number=drawn.number, file_id=file_id, sha256=drawn.kept.sha256,
        names=json.dumps([masked_name(name) for name in names], ensure_ascii=False), issued_by=by.name,
        issued_at=drawn.at,
    )  # fmt: skip
    session.add(document)
    session.flush()
    if drawn.token:
        session.add(
            Verification(token_hash=token_hash(drawn.token), document_id=document.id, created_at=drawn.at)
        )  # fmt: skip
    audit.record(
        session, by=by, action="documents.issued", object_ref=object_ref, at=drawn.at,
        after={"kind": drawn.kind, "number": drawn.number, "sha256": drawn.kept.sha256},
    )  # fmt: skip
    return document.id


def qr_code(address: str) -> str:
    """A QR code as a picture inside the page."""
    return str(segno.make(address, error="m", micro=False).svg_data_uri(scale=4, border=2))


def documents_of(session: Session, object_ref: str, *, kind: str | None = None) -> list[Document]:
    """What was issued about an object, newest first; the caller has judged the right. Fetch `/files/<file_id>`."""
    wanted = select(Document).where(Document.object_ref == object_ref).order_by(Document.id.desc())
    return list(session.scalars(wanted if kind is None else wanted.where(Document.kind == kind)))


def revoke(session: Session, document_id: int, *, by: Actor, at: datetime) -> None:
    """Let the document's QR code verify nothing any more."""
    session.execute(
        update(Verification)
        .where(Verification.document_id == document_id, Verification.revoked_at.is_(None))
        .values(revoked_at=at)
    )
    audit.record(session, by=by, action="documents.revoked", object_ref=f"document:{document_id}", at=at)


@dataclass(frozen=True, slots=True)
class Verified:
    """All that the verification page shows: no content, no full name (P29)."""

    kind_label: str
    number: str
    issued_at: datetime
    sha256: str
    names: tuple[str, ...]


def verified(session: Session, token: str) -> Verified:
    """The document behind a QR code's token. Raises MissingDocument for unknown and revoked ones alike."""
    found = session.execute(
        select(Document)
        .join(Verification, Verification.document_id == Document.id)
        .where(Verification.token_hash == token_hash(token), Verification.revoked_at.is_(None))
    ).scalar_one_or_none()
    if found is None:
        raise MissingDocument()
    return Verified(
        say(f"document.{found.kind}"), found.number, found.issued_at, found.sha256, tuple(json.loads(found.names))
    )
