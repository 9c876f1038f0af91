"""`check` is silent on good data and names each bad row put in behind the constraints' back (P48)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text

from app.db import db
from contracts.checks import CHECKS
from tests.conftest import MONDAY
from tests.contracts import cast
from tests.contracts.test_penalties_booked import late


@pytest.fixture
def contract_id(house):
    who = cast.hospital()
    contract_id = cast.four_hour_contract(who)
    ahead = cast.four_hour_terms(who, starts_on=date(2026, 7, 1))
    cast.terms.amend_contract(contract_id, ahead, seen=cast.seen(contract_id), by=cast.SYSTEM, now=MONDAY)
    cast.terms.sign_amendment(contract_id, signed_by="张主任", seen=cast.seen(contract_id), by=cast.SYSTEM, now=MONDAY)
    version_id = db.session.execute(text("SELECT min(id) FROM contract_version")).scalar_one()
    db.session.rollback()
    late(version_id, "clock:1", 3600)
    late(version_id, "clock:2", 40 * 3600)
    return contract_id


def breaches():
    db.session.rollback()
    return [name for name, queries in CHECKS.items() if db.session.execute(text(queries["any"])).first()]


def unguarded(statement):
    """Run what the guards would refuse, with the table's triggers and constraints off."""
    session = db.session()
    if db.engine.dialect.name == "sqlite":
        session.execute(text("PRAGMA ignore_check_constraints = ON"))
        for name in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            session.execute(text(f'DROP TRIGGER "{name}"'))
        session.execute(text(statement))
        session.execute(text("PRAGMA ignore_check_constraints = OFF"))
    else:
        session.execute(text("ALTER TABLE contract_in_force DROP CONSTRAINT ex_contract_in_force_one_version_a_day"))
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(statement))
    session.flush()


def test_good_data_is_passed_over_in_silence(contract_id):
    assert breaches() == []


@pytest.mark.parametrize(
    ("statement", "promise"),
    [
        ("UPDATE contract_in_force SET to_on = '2026-12-31'", "P16 no two versions"),
        ("UPDATE contract_version SET signed_at = NULL, signed_on = NULL WHERE number = 1", "P15 a version whose"),
        ("UPDATE contract_in_force SET from_on = '2020-01-01' WHERE from_on = '2026-01-01'", "P15 only signed"),
        ("DELETE FROM contract_in_force", "P16 a contract that counts as active"),
        ("UPDATE penalty SET already_fen = already_fen + 1 WHERE clock_ref = 'clock:2'", "P17 what a penalty says"),
        ("UPDATE penalty SET late_s = 7 WHERE clock_ref = 'clock:1'", "P17 each penalty"),
    ],
)
def test_a_bad_row_is_named(contract_id, statement, promise):
    session = db.session()
    unguarded(statement)
    broken = [name for name, queries in CHECKS.items() if session.execute(text(queries["any"])).first()]
    session.rollback()
    assert any(name.startswith(promise) for name in broken)


def test_a_renewal_beside_what_it_renews_is_named(contract_id):
    who = db.session.execute(text("SELECT customer_id FROM contract WHERE id = :id"), {"id": contract_id}).scalar_one()
    db.session.rollback()
    later = cast.terms.store.terms_of(db.session(), db.session.scalar(text("SELECT max(id) FROM contract_version")))
    later = replace(later, starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31))
    cast.active_contract(who, later, predecessor_id=contract_id)
    assert breaches() == []
    earlier = f"UPDATE contract_in_force SET from_on = '2026-12-01' WHERE contract_id <> {contract_id}"  # noqa: S608
    session = db.session()
    unguarded(earlier)
    broken = [name for name, queries in CHECKS.items() if session.execute(text(queries["any"])).first()]
    session.rollback()
    assert any(name.startswith("P16 a renewal is in force after") for name in broken)
