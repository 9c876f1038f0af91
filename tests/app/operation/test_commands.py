"""What the operator types, and what it says (P24, P48, P49)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from app.audit.seal import seal_committed
from app.auth import use_cases as auth
from app.auth.actor import SYSTEM
from app.config import BadSetting, read_settings
from app.db import db, install_engine_hooks, transaction
from app.domain import Domain, Role
from app.jobs import api as jobs
from app.operation import check as checks
from app.operation.cli import routes
from app.operation.migrations import heads
from app.scheduler import embedded
from app.scheduler.tick import note_beat
from tests.conftest import MONDAY, PASSWORD, build_house

ROOT = Path(__file__).resolve().parents[3]


def breaches(house, **options):
    connection = db.session().connection()
    every = checks.all_checks(house.extensions["domains"])
    found = []
    for name, queries in every.items():
        found += list(checks._rows(connection, name, queries.get("any") or queries[connection.dialect.name]))
    return found + list(checks.broken_links(connection, **options))


def test_routes_are_listed_with_their_policies(house):
    answer = house.test_cli_runner().invoke(routes, ["--json"])
    rows = json.loads(answer.output)
    assert {"rule": "/me", "methods": ["GET"], "endpoint": "auth.me", "policy": "signed_in"} in rows
    assert len(rows) == len(list(house.url_map.iter_rules()))
    assert all(row["policy"] for row in rows)


def test_flask_s_own_routes_command_is_replaced(tmp_path):
    """Flask looks at its own commands first, so ours has to come in by the entry point of house.dist-info."""
    env = {**os.environ, "FLASK_APP": "wsgi:build", "DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "flask", "routes", "--json"], cwd=ROOT, env=env, capture_output=True, text=True
    )
    assert json.loads(done.stdout)[0]["policy"], done.stderr


def test_one_tick_seals_the_trail_and_says_what_it_did(house):
    auth.add_user("a", PASSWORD, display_name="a", role=Role.SALES, first_password=False, by=SYSTEM, now=MONDAY)
    answer = house.test_cli_runner().invoke(args=["tick", "--once"])
    assert answer.exit_code == 0, answer.output
    assert "app.seal: " in answer.output
    assert "app.seal: 0" not in answer.output


def test_a_tick_with_a_broken_step_ends_with_1(house, monkeypatch):
    monkeypatch.setitem(house.extensions["ticks"], "test.broken", lambda now: 1 // 0)
    answer = house.test_cli_runner().invoke(args=["tick", "--once"])
    assert answer.exit_code == 1
    assert "test.broken BROKE: ZeroDivisionError" in answer.output


def test_good_data_is_checked_in_silence(house):
    auth.add_user("a", PASSWORD, display_name="a", role=Role.SALES, first_password=False, by=SYSTEM, now=MONDAY)
    seal_committed(MONDAY)
    assert breaches(house) == []


@pytest.mark.parametrize(
    ("bad_row", "named"),
    [
        (
            "INSERT INTO outbox (id, message_id, key, channel, recipient, about, path, subject, body, state, attempts,"
            " unclear, next_at, created_at, last_error) VALUES (77, 'm', 'k', 'mail', 'a', 'b', '', 's', 'b', 'sent',"
            " 1, 0, '2026-03-02', '2026-03-02', '')",
            "id=77",
        ),
        (
            "INSERT INTO job (id, key, kind, args, state, attempts, queued_at, next_at, error)"
            " VALUES (78, 'k', 'x', '{}', 'done', 1, '2026-03-02', '2026-03-02', '')",
            "id=78",
        ),
    ],
)
def test_a_bad_row_is_found_and_named(house, bad_row, named):
    db.session().execute(text(bad_row))
    [found] = breaches(house)
    assert found.startswith("P12")
    assert named in found


def test_the_checking_connection_cannot_write(house, engine_name):
    floor = Domain(name="bad", package="app", checks={"writes": {"any": "DELETE FROM job RETURNING id"}})
    engine = create_engine(house.config["SQLALCHEMY_DATABASE_URI"])
    install_engine_hooks(engine)
    with pytest.raises(DBAPIError, match=r"readonly|read-only"):
        list(checks.breaches(engine, checks.all_checks([floor])))
    engine.dispose()


def test_health_says_when_nothing_ticks_and_when_it_does(house, clock):
    client = house.test_client()
    assert client.get("/health").status_code == 503
    note_beat(now=MONDAY)
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json["database"] == "ok"
    clock.advance(timedelta(minutes=2))
    assert client.get("/health").json["scheduler"] == "silent"


def test_an_account_is_added_with_a_first_password_and_closed_again(house):
    run = house.test_cli_runner().invoke
    added = run(args=["user", "add", "boss", "--role", "manager", "--display-name", "主管"])
    assert "first password" in added.output
    assert "one-time-code secret" in added.output
    assert run(args=["user", "add", "boss", "--role", "sales", "--display-name", "x"]).exit_code == 1
    assert run(args=["user", "disable", "boss"]).exit_code == 0
    assert run(args=["user", "disable", "nobody"]).exit_code == 1


def test_production_does_not_start_with_the_test_clock(tmp_path):
    with pytest.raises(BadSetting):
        read_settings({"TEST_CLOCK_FILE": str(tmp_path / "clock"), "DATA_DIR": str(tmp_path)})
    settings = read_settings({"TEST_CLOCK_FILE": "x", "DATA_DIR": str(tmp_path), "APP_ENV": "test"})
    assert settings.testing


def test_an_empty_database_is_brought_to_the_newest_revision_once(tmp_path):
    env = {**os.environ, "FLASK_APP": "wsgi:build", "DATA_DIR": str(tmp_path)}
    for expected in (f"empty -> {heads()}", f"already at {heads()}"):
        done = subprocess.run(
            [sys.executable, "-m", "flask", "db", "upgrade"], cwd=ROOT, env=env, capture_output=True, text=True
        )
        assert done.stdout.strip() == expected, done.stderr


def test_the_embedded_house_ticks_and_works_by_itself_and_only_once(tmp_path, monkeypatch):
    """A real database, real threads, a real doorbell: a job is done and the trail sealed without anybody asking."""
    app = build_house(f"sqlite:///{tmp_path / 'house.sqlite3'}", tmp_path)
    done = []
    monkeypatch.setitem(app.extensions["jobs"], "test.work", lambda now, n: done.append(n))
    engine = embedded.start(app)
    assert engine is not None
    try:
        assert embedded.start(app) is None
        with app.app_context(), transaction() as session:
            jobs.enqueue(session, "test.work", {"n": 7}, key="k", at=MONDAY)
        give_up = time.monotonic() + 10
        while not done and time.monotonic() < give_up:
            time.sleep(0.05)
        assert done == [7]
        assert app.test_client().get("/health").status_code == 200
    finally:
        engine.stop()
    again = embedded.leader_lock(tmp_path / "leader.lock")
    assert again is not None
    again.close()
