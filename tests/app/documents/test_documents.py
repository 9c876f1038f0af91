"""Documents fetch nothing, carry their number, and verify without telling (P29, P34)."""

from __future__ import annotations

import http.server
import io
import threading

import pypdf
import pytest
from sqlalchemy import text

from app.auth.actor import SYSTEM
from app.db import db, transaction
from app.documents import api as documents
from app.documents import pdf
from app.documents.models import Verification
from app.documents.pdf import render_pdf
from app.documents.rules import NotDrawn, masked_name
from tests.conftest import MONDAY


def words_of(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)


def test_rare_characters_come_back_from_the_page():
    assert "龘靐齉 服务报告" in words_of(render_pdf("<p>龘靐齉 服务报告</p>"))


def test_no_text_makes_the_printer_fetch_anything(tmp_path):
    touched = []

    class Canary(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            touched.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Canary)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    secret = tmp_path / "secret.txt"
    secret.write_text("CANARY")
    svg = f"%3Csvg xmlns='http://www.w3.org/2000/svg'%3E%3Cimage href='{address}/svg'/%3E%3C/svg%3E"
    page = f"""
        <link rel=stylesheet href="{address}/css"><link rel=attachment href="file://{secret}">
        <style>@import url({address}/import); p {{ background: url({address}/bg) }}
        @font-face {{ font-family: X; src: url({address}/font) }} p {{ font-family: X }}</style>
        <p>text</p><img src="{address}/img"><img src="file://{secret}"><img src="data:text/html,x">
        <img src="data:image/svg+xml,{svg}"><object data="{address}/object"></object>
        <iframe src="{address}/frame"></iframe><a rel=attachment href="{address}/a">a</a>"""
    data = render_pdf(page)
    server.shutdown()
    assert touched == []
    assert b"CANARY" not in data
    assert not pypdf.PdfReader(io.BytesIO(data)).attachments


def test_a_document_that_takes_too_long_is_refused_and_its_process_is_gone(monkeypatch):
    monkeypatch.setattr(pdf, "SECONDS", 1)
    with pytest.raises(NotDrawn):
        render_pdf("<table>" + "<tr><td>一行内容</td></tr>" * 20_000 + "</table>")


def test_a_document_that_wants_too_much_memory_is_refused(monkeypatch):
    """The child dies at its limit; the house answers "not now" instead of dying with it."""
    monkeypatch.setattr(pdf, "MEGABYTES", 60)
    with pytest.raises(NotDrawn):
        render_pdf("<table>" + "<tr><td>一行内容</td></tr>" * 2_000 + "</table>")


@pytest.mark.parametrize(
    ("name", "masked"), [("王小明", "王**"), ("市第一人民医院", "市*****院"), ("A", "*"), ("", ""), ("李四", "李*")]
)
def test_a_masked_name_can_be_recognised_but_not_learnt(name, masked):
    assert masked_name(name) == masked


@pytest.fixture
def page(house, monkeypatch, tmp_path):
    """A document type of the test's own."""
    monkeypatch.setitem(house.extensions["words"].rows, "document.test", ("试验报告", "Test report"))
    (tmp_path / "test_report.html").write_text(
        "{% extends 'documents/print.html' %}{% block body %}<p>{{ fact }}</p>{% endblock %}", encoding="utf-8"
    )
    from jinja2 import ChoiceLoader, FileSystemLoader

    monkeypatch.setattr(house.jinja_env, "loader", ChoiceLoader([FileSystemLoader(tmp_path), house.jinja_env.loader]))
    return house


def issue(house, fact="<b>事实</b>", **options):
    with house.test_request_context("/", headers={"Host": "evil.example"}):
        drawn = documents.draw(
            "test_report.html", kind="test", number="V-000042", at=MONDAY, facts={"fact": fact}, **options
        )
    with transaction() as session:
        document_id = documents.issue(session, drawn, object_ref="visit:42", names=["市第一人民医院"], by=SYSTEM)
    return drawn, document_id


def test_an_issued_document_says_its_number_time_and_page_and_shows_text_as_text(page):
    _drawn, document_id = issue(page)
    [document] = documents.documents_of(db.session(), "visit:42")
    assert document.id == document_id
    from app.files import api as files

    words = words_of(files.read(db.session(), document.file_id))
    for expected in ("试验报告", "V-000042", "2026-03-02 10:00", "1 / 1", "<b>事实</b>", "扫码核验"):
        assert expected in words


def test_the_same_document_in_english(page):
    issue(page, language="en")
    from app.files import api as files

    [document] = documents.documents_of(db.session(), "visit:42")
    assert "Test report" in words_of(files.read(db.session(), document.file_id))


def test_the_verification_page_tells_number_date_hash_and_masked_names_only(page):
    drawn, _ = issue(page, fact="机密内容")
    answer = page.test_client().get(f"/verify/{drawn.token}")
    assert answer.status_code == 200
    for expected in ("V-000042", "2026-03-02 10:00", drawn.kept.sha256, "市*****院"):
        assert expected in answer.text
    assert "市第一人民医院" not in answer.text
    assert "机密内容" not in answer.text


def test_the_token_is_stored_hashed_and_opens_nothing_when_wrong_or_revoked(page):
    drawn, document_id = issue(page)
    stored = db.session().execute(text("SELECT token_hash FROM verification")).scalars().all()
    assert drawn.token not in stored
    client = page.test_client()
    for wrong in (drawn.token[:-1], drawn.token + "x", stored[0], "x"):
        assert client.get(f"/verify/{wrong}").status_code == 404
    with transaction() as session:
        documents.revoke(session, document_id, by=SYSTEM, at=MONDAY)
    assert client.get(f"/verify/{drawn.token}").status_code == 404
    assert db.session().query(Verification).count() == 1


def test_a_document_drawn_but_not_issued_exists_for_nobody(page):
    with page.test_request_context("/"):
        drawn = documents.draw("test_report.html", kind="test", number="V-1", at=MONDAY, facts={"fact": "x"})
    assert page.test_client().get(f"/verify/{drawn.token}").status_code == 404
