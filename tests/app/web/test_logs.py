"""A bug is logged once, as one line of JSON with the id that the page shows (P42)."""

from __future__ import annotations

import json
import logging

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db import db
from app.domain import Role
from app.web.logs import JsonLines


@pytest.fixture
def lines():
    """What the house writes, line by line."""
    written: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record):
            written.append(self.format(record))

    handler = Keep()
    handler.setFormatter(JsonLines())
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


def test_a_failure_is_one_line_with_the_request_s_id_and_its_trace(house, browser_of, lines, monkeypatch):
    def broken(*_args, **_kwargs):
        raise ValueError("第一行\n第二行")

    client = browser_of(Role.SALES)
    monkeypatch.setitem(house.view_functions, "auth.me", _with_policy(broken))
    answer = client.get("/me")
    assert answer.status_code == 500
    assert "ValueError" not in answer.text
    [written] = [one for one in lines if "ValueError" in one]
    assert "\n" not in written
    line = json.loads(written)
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert line["request_id"] in answer.text
    assert line["user"].startswith("sales-")
    assert line["trace"].endswith("第二行")


def _with_policy(view):
    view.policy = "signed_in"
    return view


def test_each_request_is_told_without_what_was_typed(house, lines):
    logging.getLogger("house").setLevel("INFO")
    try:
        house.test_client().get("/sign-in?next=/secret-of-mine")
    finally:
        logging.getLogger("house").setLevel("WARNING")
    [line] = [json.loads(one) for one in lines if "house.access" in one]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/sign-in", 200)
    assert line["ms"] >= 0
    assert "secret-of-mine" not in json.dumps(line)


def test_the_secret_in_an_address_stays_out_of_the_log(house, lines):
    logging.getLogger("house").setLevel("INFO")
    try:
        house.test_client().get("/verify/a-secret-of-the-document")
    finally:
        logging.getLogger("house").setLevel("WARNING")
    [line] = [json.loads(one) for one in lines if "house.access" in one]
    assert line["path"] == "/verify/<token>"
    assert "a-secret" not in json.dumps(line)


def test_what_is_bound_to_a_statement_stays_out_of_errors(house):
    with pytest.raises(DBAPIError) as caught:
        db.session.execute(text("SELECT :secret FROM no_such_table"), {"secret": "a-secret"})
    db.session.rollback()
    assert "a-secret" not in str(caught.value)
