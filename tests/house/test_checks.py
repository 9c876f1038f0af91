"""`check` finds every bad row that the constraints would have refused, and is silent on good data (P48)."""

# ruff: noqa: S608 - the statements are the test's own
from __future__ import annotations

import sqlite3

import pytest

import app.wiring
import wsgi
from app.audit.seal import seal_committed
from app.db import db
from tests import world
from tests.app.crowd import real_house
from tests.conftest import MONDAY

CHECKS = {name: queries for domain in [app.wiring.domain, *wsgi.FLOORS] for name, queries in domain.checks.items()}


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """The small world's database, opened past every constraint and trigger."""
    folder = tmp_path_factory.mktemp("checks")
    with real_house("sqlite", folder, lambda: "") as house, house.app_context():
        world.small_world().pump_fails()
        seal_committed(MONDAY)
        db.session.remove()
        db.engine.dispose()
    connection = sqlite3.connect(folder / "crowd.sqlite3", isolation_level=None)
    connection.row_factory = sqlite3.Row
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute("PRAGMA foreign_keys = OFF")
    yield connection
    connection.close()


def found(connection) -> dict[str, list]:
    answers = {name: connection.execute(q.get("any") or q["sqlite"]).fetchall() for name, q in CHECKS.items()}
    return {name: rows for name, rows in answers.items() if rows}


def copy(connection, table: str, where: str = "1 = 1", **changes) -> None:
    """Insert a row of `table` once more, with some of its columns changed."""
    row = dict(connection.execute(f"SELECT * FROM {table} WHERE {where} LIMIT 1").fetchone()) | changes
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))


def run(statement: str):
    return lambda connection: connection.execute(statement)


def give_back_too_much(connection):
    copy(connection, "movement", n=9001, key="bad", kind="return", issue_n=1, qty=10**6)


def turn_back_wrongly(connection):
    first = connection.execute("SELECT MIN(n) FROM movement").fetchone()[0]
    copy(connection, "movement", n=9002, key="bad", kind="reverse", reversal_of=first)


def take_before_it_came(connection):
    """What was received is given away the year before."""
    come = connection.execute("SELECT * FROM movement WHERE kind = 'receive' LIMIT 1").fetchone()
    away = {"from_place_id": come["to_place_id"], "to_place_id": come["from_place_id"]}
    copy(
        connection, "movement", f"n = {come['n']}", n=9004, key="bad", effective_at="2000-01-01 00:00:00.000000", **away
    )


ONE_OF_OURS = "rowid = (SELECT rowid FROM balance WHERE NOT counterparty AND qty > 0 LIMIT 1)"
SABOTAGES = {
    "P1 nothing of ours": run(f"UPDATE balance SET qty = -5 WHERE {ONE_OF_OURS}"),
    "P2 what is on hand": run(f"UPDATE balance SET qty = qty + 1 WHERE {ONE_OF_OURS}"),
    "P2 every beginning": take_before_it_came,
    "P3 a reversal": turn_back_wrongly,
    "P4 a serial": run("INSERT INTO serial (part_id, serial_no, place_id) VALUES (1, 'bad', 1)"),
    "P5 nothing left": run("UPDATE movement SET to_kind = 'customer_site', visit_ref = NULL WHERE n = 1"),
    "P5 no more came back": give_back_too_much,
    "P6 nothing is held": run(
        "INSERT INTO reservation (key, visit_ref, part_id, place_id, qty, state, made_by, made_at)"
        " VALUES ('bad', 'V-over', 1, 1, 1, 'open', 'x', '2026-03-02')"
    ),
    "P6 what is reserved": run(f"UPDATE balance SET reserved = reserved + 1 WHERE {ONE_OF_OURS}"),
    "P8 a clock is due": run("UPDATE commitment_clock SET due_at = started_at"),
    "P8 a clock that a contract": run("UPDATE contract_version SET signed_at = NULL"),
    "P9 the events": lambda c: copy(c, "clock_event", id=9003, seq=99),
    "P9 a clock that ended": run("UPDATE commitment_clock SET stopped_at = due_at WHERE state = 'running'"),
    "P10 no warning": run(
        "INSERT INTO clock_step (clock_id, step, due_at, fired_at) VALUES (1, 50, '2026-03-02', '2026-03-01')"
    ),
    "P12 a message": run(
        "INSERT INTO outbox (id, message_id, key, channel, recipient, about, path, subject, body, state, attempts,"
        " unclear, next_at, created_at, last_error) VALUES (77, 'm', 'k', 'mail', 'a', 'b', '', 's', 'b', 'sent', 1, 0,"
        " '2026-03-02', '2026-03-02', '')"
    ),
    "P18 an action": run(
        "INSERT INTO field_action (action_id, device, seq, user_id, visit_id, kind, body_hash, state, answer,"
        " claimed_at, received_at, flagged) VALUES ('a', 'd', 1, 1, 1, 'arrive', 'h', 'applied', '', '2026-03-02',"
        " '2026-03-02', 0)"
    ),
}


def test_good_data_is_checked_in_silence(filled):
    assert found(filled) == {}


@pytest.mark.parametrize("named", SABOTAGES)
def test_a_bad_row_is_found_by_the_check_of_its_promise(filled, named):
    filled.execute("BEGIN")
    try:
        SABOTAGES[named](filled)
        assert [name for name in found(filled) if name.startswith(named)]
    finally:
        filled.execute("ROLLBACK")
    assert found(filled) == {}
