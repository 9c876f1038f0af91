"""The audit trail cannot be rewritten unseen (P28)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.audit import api as audit
from app.audit.check import broken_links
from app.audit.models import AuditSeal
from app.audit.seal import head_hash, seal_committed
from app.auth.actor import SYSTEM
from app.db import broken_constraint, db, transaction
from app.scheduler.models import SchedulerBeat
from tests.conftest import MONDAY

SWITCH_OFF = {
    "sqlite": [
        "DROP TRIGGER tr_audit_is_append_only_update", "DROP TRIGGER tr_audit_is_append_only_delete",
        "DROP TRIGGER tr_audit_seal_is_append_only_update", "DROP TRIGGER tr_audit_seal_is_append_only_delete",
        "PRAGMA defer_foreign_keys = ON",
    ],
    "postgresql": [
        "ALTER TABLE audit DISABLE TRIGGER ALL", "ALTER TABLE audit_seal DISABLE TRIGGER ALL",
    ],
}  # fmt: skip


@pytest.fixture
def trail(house):
    with transaction() as session:
        for n in range(6):
            audit.record(session, by=SYSTEM, action="test.step", object_ref=f"thing:{n}", at=MONDAY, after={"n": n})
    assert seal_committed(MONDAY) >= 6
    return house


def faults(head=None):
    return list(broken_links(db.session().connection(), head=head))


def test_a_whole_chain_is_checked_in_silence(trail):
    assert faults(head_hash(db.session())) == []


def test_sealing_again_adds_nothing(trail):
    assert seal_committed(MONDAY) == 0


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"])
def test_the_application_s_own_user_can_neither_change_nor_delete_a_row(trail, statement):
    with pytest.raises(DBAPIError) as refused:
        db.session().execute(text(statement))
    assert isinstance(refused.value, IntegrityError)
    assert broken_constraint(refused.value) == "tr_audit_is_append_only"


def test_two_links_never_follow_the_same_one(trail):
    session = db.session()
    row = session.query(AuditSeal).order_by(AuditSeal.seq).first()
    audit.record(session, by=SYSTEM, action="test.fork", object_ref="-", at=MONDAY)
    session.flush()
    n = session.execute(text("SELECT max(n) FROM audit")).scalar_one()
    session.add(AuditSeal(audit_n=n, prev_hash=row.prev_hash, hash="f" * 64))
    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.parametrize(
    ("sabotage", "named"),
    [
        ("UPDATE audit SET actor = 'somebody else' WHERE n = {third}", "not what was sealed"),
        ("UPDATE audit SET after = '{{}}' WHERE n = {third}", "not what was sealed"),
        ("DELETE FROM audit_seal WHERE audit_n = {third}", "does not follow"),
        ("UPDATE audit_seal SET prev_hash = 'x' WHERE audit_n = {third}", "does not follow"),
    ],
)
def test_what_the_owner_of_the_database_alters_is_named(trail, engine_name, sabotage, named):
    session = db.session()
    third = session.execute(text("SELECT max(n) - 3 FROM audit")).scalar_one()
    for statement in [*SWITCH_OFF[engine_name], sabotage.format(third=third)]:
        session.execute(text(statement))
    found = faults()
    assert len(found) == 1
    assert named in found[0]
    assert f"n={third + int('DELETE' in sabotage)}:" in found[0]


def test_a_tail_that_was_cut_off_is_missed_by_its_copied_head(trail, engine_name):
    session = db.session()
    head = head_hash(session)
    last = session.execute(text("SELECT max(seq) FROM audit_seal")).scalar_one()
    for statement in SWITCH_OFF[engine_name]:
        session.execute(text(statement))
    session.execute(text("DELETE FROM audit_seal WHERE seq = :last"), {"last": last})
    assert faults() == []
    assert "cut off" in faults(head)[0]


@pytest.mark.parametrize("taken", ["1 = 1", "audit_n = (SELECT max(audit_n) FROM audit_seal)"])
def test_a_chain_that_was_wiped_is_no_chain_that_is_whole(trail, engine_name, taken):
    """Without any seal there was no newest one to measure from, and the comparison with nothing found nothing."""
    session = db.session()
    for statement in SWITCH_OFF[engine_name]:
        session.execute(text(statement))
    rows = session.execute(text(f"SELECT count(*) FROM audit_seal WHERE {taken}")).scalar_one()  # noqa: S608 - ours
    session.execute(text(f"DELETE FROM audit_seal WHERE {taken}"))  # noqa: S608 - ours
    session.add(SchedulerBeat(name="elsewhere", at=MONDAY + timedelta(minutes=5)))
    session.flush()
    assert faults() == []  # Not late enough to be sure.
    session.execute(update(SchedulerBeat).values(at=MONDAY + timedelta(minutes=11)))
    found = faults()
    assert len(found) == rows
    assert all(fault.endswith("never sealed") for fault in found)


def test_the_inspection_view_hides_no_row(trail):
    session = db.session()
    rows = session.execute(text("SELECT count(*) FROM audit")).scalar_one()
    assert session.execute(text("SELECT count(*) FROM inspect_audit")).scalar_one() == rows
