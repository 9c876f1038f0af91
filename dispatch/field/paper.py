"""The service report as PDF: drawn on demand, issued once when the customer has answered (D9, P29, P34)."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

from flask import current_app, render_template
from flask_babel import force_locale
from sqlalchemy.orm import Session

from app.auth.actor import SYSTEM, Actor
from app.db import db, transaction, use_case
from app.documents import api as documents
from app.documents.pdf import render_pdf
from app.files import api as files
from app.web.words import say
from dispatch.field import queries, report, signature, store
from dispatch.visits.models import Visit, VisitState

__all__ = ["JOB", "KIND", "issue_report", "object_ref", "report_pdf"]

KIND = "dispatch.report"
JOB = "dispatch.report"
TEMPLATE = "dispatch/report/report.html"
LANGUAGES = ("zh", "en")


def object_ref(visit_ref: str) -> str:
    """How documents and files name a visit."""
    return f"visit:{visit_ref}"


def report_no(visit_ref: str, language: str) -> str:
    """The number printed on the paper: the visit's own, marked where it is the English twin."""
    return visit_ref if language == "zh" else f"{visit_ref}-EN"


def report_pdf(visit_ref: str, *, language: str, actor: Actor, now: datetime) -> bytes:
    """The issued report if there is one, else one drawn from the facts as they stand; it changes nothing (P32).

    Raises MissingFieldVisit for a foreign or absent visit, NotDrawn when it cannot be drawn.
    """
    session = db.session()
    row = queries.visit_row(session, actor, visit_ref)
    issued = _issued(session, visit_ref, language)
    if issued is not None:
        return files.read(session, issued)
    facts = _facts(session, row, now)
    session.rollback()  # Drawing takes a second; no transaction is held while it does.
    settings = current_app.extensions["settings"]
    with force_locale("en" if language == "en" else "zh_Hans_CN"):
        page = {
            "kind_label": say(f"document.{KIND}"), "number": report_no(visit_ref, language), "issued_at": now,
            "zone": facts["report"].zone, "language": "en" if language == "en" else "zh-CN",
            "hotline": settings.hotline, "qr": "",
        }  # fmt: skip
        html = render_template(TEMPLATE, document=page, **facts)
    return render_pdf(html)


@use_case
def _file(drawn: documents.Drawn, visit_ref: str, language: str, names: list[str], *, now: datetime) -> None:
    with transaction() as session:
        if _issued(session, visit_ref, language) is None:
            documents.issue(session, drawn, object_ref=object_ref(visit_ref), names=names, by=SYSTEM)


def issue_report(visit_ref: str, language: str, now: datetime) -> None:
    """Job: the signed report is drawn, filed and made verifiable; run again it does nothing more."""
    session = db.session()
    row = store.visit_of(session, visit_ref)
    if row is None or row.state is not VisitState.SIGNED or _issued(session, visit_ref, language) is not None:
        return
    facts = _facts(session, row, now)
    session.rollback()
    told: report.Report = facts["report"]
    drawn = documents.draw(
        TEMPLATE,
        kind=KIND,
        number=report_no(visit_ref, language),
        at=now,
        facts=facts,
        language=language,
        zone=told.zone,
    )
    _file(drawn, visit_ref, language, [told.customer, told.engineer], now=now)


def _issued(session: Session, visit_ref: str, language: str) -> int | None:
    """The file of the report that was issued in that language."""
    number = report_no(visit_ref, language)
    for document in documents.documents_of(session, object_ref(visit_ref), kind=KIND):
        if document.number == number:
            return document.file_id
    return None


def _facts(session: Session, row: Visit, now: datetime) -> dict[str, Any]:
    told = report.report_of(session, row, now)
    signed = report.signature_of(session, row)
    return {
        "report": told, "signed": signed, "sha256": row.report_sha256 or report.digest(told),
        "picture": _picture(signed.strokes) if signed and signed.strokes else "",
    }  # fmt: skip


def _picture(strokes: str) -> str:
    """The strokes as an SVG picture inside the page: nothing in it but numbers (P33)."""
    path = signature.svg_path(signature.parse_strokes(strokes))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {signature.WIDTH} {signature.HEIGHT}" '
        f'width="{signature.WIDTH}" height="{signature.HEIGHT}"><path d="{path}" fill="none" stroke="#111" '
        'stroke-width="4" stroke-linecap="round" stroke-linejoin="round"/></svg>'
    )
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
