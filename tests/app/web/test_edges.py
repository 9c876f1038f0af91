"""What stands between the world and the views: strange file names, proxies, an absent database (P30, P39, P40, P42)."""

from __future__ import annotations

from datetime import timedelta

import psycopg.errors
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

import wsgi
from app.audit.models import AuditRow
from app.auth import store
from app.config import BadSetting, Settings, read_settings
from app.db import Base, db
from app.domain import Role
from app.kernel.clock import FixedClock
from tests.app.crowd import real_house
from tests.conftest import MONDAY

FAULTS = [
    PoolTimeout("QueuePool limit of size 20 overflow 20 reached"),
    OperationalError("SELECT", {}, psycopg.errors.QueryCanceled("canceling statement due to statement timeout")),
    OperationalError("SELECT", {}, psycopg.OperationalError("server closed the connection unexpectedly")),
    InterfaceError("SELECT", {}, psycopg.InterfaceError("connection already closed")),
]


@pytest.mark.parametrize(
    "name", ["x" * 256, "x" * 5000, "中" * 100, "a/" * 200, "a%00b", "%ff", "..%2f..%2fetc", "a%0ab"]
)
def test_a_file_that_cannot_exist_is_not_found(house, name):
    """The mere question whether a file of such a name exists raised: 500 for anybody."""
    assert house.test_client().get(f"/static/{name}").status_code in {400, 404}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize("where", ["session_by_token", "user_by_name"])
def test_a_database_that_cannot_answer_is_not_a_bug_of_ours(house, browser_of, monkeypatch, fault, where):
    client = browser_of(Role.DISPATCHER)

    def fail(*_args, **_kwargs):
        raise fault

    monkeypatch.setattr(store, where, fail)
    if where == "session_by_token":
        answer = client.get("/calendars")
    else:
        answer = client.submit("/sign-in", {"user_name": "wang", "password": "not the password"})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "2"


def test_no_connection_left_is_answered_with_503(engine_name, tmp_path, request):
    with real_house(engine_name, tmp_path, lambda: request.getfixturevalue("postgresql_url")) as app:
        with app.app_context():
            pool = db.engine.pool
            pool._timeout = 0.2  # type: ignore[attr-defined]
            held = [db.engine.connect() for _ in range(pool.size() + pool._max_overflow)]  # type: ignore[attr-defined]
        client = app.test_client()
        client.set_cookie("session", "anything")
        answer = client.get("/me")
        for connection in held:
            connection.close()
        assert answer.status_code == 503
        assert client.get("/me").status_code == 303


def test_a_statement_that_takes_too_long_is_answered_with_503(house, monkeypatch):
    if db.engine.dialect.name != "postgresql":
        return

    def slow(session, _token):
        session.execute(text("SET LOCAL statement_timeout = '50ms'"))
        session.execute(text("SELECT pg_sleep(5)"))

    monkeypatch.setattr(store, "session_by_token", slow)
    client = house.test_client()
    client.set_cookie("session", "anything")
    assert client.get("/me").status_code == 503
    db.session.rollback()


def test_behind_a_proxy_of_ours_the_caller_s_own_address_counts(tmp_path):
    def address_seen(proxies, forwarded):
        folder = tmp_path / str(proxies)
        folder.mkdir(exist_ok=True)
        settings = Settings(
            database_url=f"sqlite:///{folder / 'a.sqlite3'}", secret_key="test", data_dir=folder, testing=True,
            trusted_proxies=proxies,
        )  # fmt: skip
        app = wsgi.build(settings=settings, clock=FixedClock(MONDAY))
        with app.app_context():
            Base.metadata.create_all(db.engine)
        seen = []
        app.before_request(lambda: seen.append(__import__("flask").request.remote_addr))
        app.test_client().get("/sign-in", headers={"X-Forwarded-For": forwarded})
        return seen[0]

    assert address_seen(0, "6.6.6.6") == "127.0.0.1"
    assert address_seen(1, "6.6.6.6, 7.7.7.7") == "7.7.7.7"


@pytest.mark.parametrize("said", ["-1", "yes", "99", ""])
def test_a_number_of_proxies_is_a_number(tmp_path, said):
    with pytest.raises(BadSetting):
        read_settings({"DATA_DIR": str(tmp_path), "TRUSTED_PROXIES": said})


def test_who_was_told_no_stands_in_the_trail_and_cannot_fill_it(house, browser_of, clock):
    client = browser_of(Role.STOREKEEPER)

    def denials():
        db.session.rollback()
        found = select(AuditRow).where(AuditRow.action == "access.denied").order_by(AuditRow.n)
        return list(db.session.scalars(found))

    assert client.get("/calendars").status_code == 403
    assert client.submit("/calendars/new").status_code == 403
    first, second = denials()
    assert (first.object, first.address, first.after) == ("route:calendar.calendars", "127.0.0.1", '{"method":"GET"}')
    assert second.object == "route:calendar.new_calendar"
    assert first.actor.startswith("storekeeper-")
    for _ in range(30):
        client.get("/calendars")
    assert len(denials()) == 11
    clock.advance(timedelta(minutes=2))
    client.get("/calendars")
    assert len(denials()) == 12
