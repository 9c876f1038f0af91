"""Signed terms do not change, by nobody and by no SQL (P15); cover neither overlaps nor doubles (P16)."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.db import broken_constraint, db
from contracts.terms.models import Contract, ContractLine, ContractVersion, PenaltyClauseRow
from tests.contracts import cast

SIGNED = "tr_signed_terms_do_not_change"
RULED = "tr_days_in_force_stay"
EMPTIED = {
    "contract_version": SIGNED, "contract_line": SIGNED, "penalty_clause": SIGNED, "contract_in_force": RULED,
    "warranty": "tr_warranty_is_append_only", "warranty_void": "tr_warranty_is_append_only",
    "commitment_fact": "tr_fact_is_append_only", "penalty": "tr_penalty_is_append_only",
    "policy_limit": "tr_policy_edition_is_frozen",
}  # fmt: skip


@pytest.fixture
def who(house):
    return cast.hospital()


def refused(statement, **values):
    """The name of what refuses this SQL, run as the application's own database user."""
    with pytest.raises(IntegrityError) as caught:
        db.session.execute(text(statement), values)
        db.session.commit()
    db.session.rollback()
    return broken_constraint(caught.value)


def version_id():
    return db.session.execute(text("SELECT max(id) FROM contract_version")).scalar_one()


def columns(model):
    return [column.name for column in model.__table__.columns if not column.primary_key]


def other_value(model, name):
    kind = model.__table__.columns[name].type.compile(dialect=db.engine.dialect).split("(")[0].upper()
    if kind == "BOOLEAN":
        return f"NOT {name}"
    if kind in ("BIGINT", "INTEGER"):
        return f"COALESCE({name}, 0) + 1"
    if kind == "DATE":
        return "'2030-01-01'"
    if kind.startswith(("DATETIME", "TIMESTAMP")):
        return "'2030-01-01 00:00:00'"
    return "'x'"


@pytest.mark.parametrize("name", columns(ContractVersion))
def test_no_column_of_a_signed_version_changes(who, name):
    cast.signed_contract(who.customer_id, cast.four_hour_terms(who))
    changed = f"UPDATE contract_version SET {name} = {other_value(ContractVersion, name)} WHERE id = :id"  # noqa: S608
    assert refused(changed, id=version_id()) == SIGNED


@pytest.mark.parametrize("model", [ContractLine, PenaltyClauseRow])
def test_no_line_and_no_clause_of_a_signed_version_comes_goes_or_changes(who, model):
    cast.signed_contract(who.customer_id, cast.four_hour_terms(who))
    table, kept = model.__tablename__, ", ".join(columns(model))
    copied = f"INSERT INTO {table} (id, {kept}) SELECT id + 1000, {kept} FROM {table}"  # noqa: S608
    assert refused(copied) == SIGNED
    assert refused(f"DELETE FROM {table}") == SIGNED  # noqa: S608
    for name in columns(model):
        assert refused(f"UPDATE {table} SET {name} = {other_value(model, name)}") == SIGNED  # noqa: S608


def test_a_signed_version_does_not_go_and_a_draft_one_does(who):
    draft_id = cast.terms.draft_contract(
        who.customer_id,
        cast.ContractKind.PAID_MAINTENANCE,
        cast.four_hour_terms(who),
        by=cast.SYSTEM,
        now=cast.LONG_AGO,
    )
    cast.terms.redraft_contract(
        draft_id, cast.four_hour_terms(who, fee_fen=1), seen=1, by=cast.SYSTEM, now=cast.LONG_AGO
    )
    cast.signed_contract(who.customer_id, cast.four_hour_terms(who))
    assert refused("DELETE FROM contract_version WHERE id = :id", id=version_id()) == SIGNED


@pytest.mark.parametrize(
    "change",
    ["customer_id = customer_id + 1", "kind = 'extended_warranty'", "contract_no = 'X'", "predecessor_id = 77"],
)
def test_who_and_what_a_signed_contract_is_does_not_change_while_its_state_may(who, change):
    contract_id = cast.signed_contract(who.customer_id, cast.four_hour_terms(who))
    assert refused(f"UPDATE contract SET {change} WHERE id = :id", id=contract_id) == SIGNED  # noqa: S608
    db.session.execute(text("UPDATE contract SET state = 'active' WHERE id = :id"), {"id": contract_id})


@pytest.mark.parametrize("table", ["service_policy", "policy_limit", "policy_pause"])
def test_an_edition_of_a_policy_is_frozen(who, table):
    for statement in (f"UPDATE {table} SET id = id + 1000", f"DELETE FROM {table}"):  # noqa: S608
        assert refused(statement) == "tr_policy_edition_is_frozen"


def test_of_one_contract_no_two_versions_are_in_force_on_one_day(who):
    contract_id = cast.four_hour_contract(who)
    cast.terms.amend_contract(
        contract_id, cast.four_hour_terms(who, starts_on=date(2026, 6, 1)), seen=cast.seen(contract_id),
        by=cast.SYSTEM, now=cast.LONG_AGO,
    )  # fmt: skip
    add = "INSERT INTO contract_in_force (version_id, contract_id, from_on, to_on) VALUES (:v, :c, :f, :t)"
    name = "ex_contract_in_force_one_version_a_day"
    both = {"v": version_id(), "c": contract_id}
    assert refused(add, **both, f="2026-12-31", t="2027-12-31") == name
    db.session.execute(text(add), {**both, "f": "2027-01-01", "t": "2027-12-31"})
    db.session.commit()
    later = "UPDATE contract_in_force SET from_on = '2026-12-31' WHERE version_id = :v"
    assert refused(later, v=both["v"]) in (name, RULED)


def test_a_contract_is_renewed_once(who):
    old = cast.four_hour_contract(who)
    later = cast.four_hour_terms(who, starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31))
    cast.signed_contract(who.customer_id, later, predecessor_id=old)
    again = db.session.get_one(Contract, old)
    assert again.predecessor_id is None
    named = refused(
        "INSERT INTO contract (contract_no, customer_id, kind, state, owner, predecessor_id, created_at, version) "
        "VALUES ('MC-X', :customer, 'paid_maintenance', 'draft', 'x', :old, '2026-01-01 00:00:00', 1)",
        customer=who.customer_id, old=old,
    )  # fmt: skip
    assert "predecessor_id" in named


def test_without_its_trigger_a_line_would_change(who):
    """The test of the test: it is the trigger that refuses, and nothing else."""
    cast.signed_contract(who.customer_id, cast.four_hour_terms(who))
    trigger = f"{SIGNED}_contract_line_update"
    on = "" if db.engine.dialect.name == "sqlite" else " ON contract_line"
    db.session.execute(text(f"DROP TRIGGER {trigger}{on}"))
    db.session.execute(text("UPDATE contract_line SET price_fen = price_fen + 1"))
    db.session.rollback()


@pytest.mark.parametrize("table", sorted(EMPTIED))
def test_no_record_is_emptied_at_one_stroke(who, table, engine_name):
    """TRUNCATE goes past every trigger on rows; on PostgreSQL it needs a trigger of its own, and CASCADE meets them all."""
    if engine_name == "postgresql":
        assert refused(f"TRUNCATE {table} CASCADE") in set(EMPTIED.values())
        if table not in ("contract_version", "warranty", "commitment_fact"):
            assert refused(f"TRUNCATE {table}") == EMPTIED[table]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM contract_in_force",
        "UPDATE contract_in_force SET from_on = '2026-02-01'",
        "UPDATE contract_in_force SET to_on = '2026-02-01'",
        "UPDATE contract_in_force SET to_on = '2027-02-01'",
        "UPDATE contract_in_force SET contract_id = contract_id + 1",
    ],
)
def test_what_ruled_a_day_is_not_rewritten(who, statement):
    """Deleting the days in force, or moving their ends, changed what the past was judged by."""
    cast.four_hour_contract(who)
    assert refused(statement) == RULED


def test_without_its_trigger_a_day_in_force_would_go(who):
    """The test of the test: it is the trigger that refuses, and nothing else."""
    cast.four_hour_contract(who)
    on = "" if db.engine.dialect.name == "sqlite" else " ON contract_in_force"
    db.session.execute(text(f"DROP TRIGGER {RULED}_contract_in_force_delete{on}"))
    db.session.execute(text("DELETE FROM contract_in_force"))
    db.session.rollback()


def test_a_terminated_contract_neither_lives_again_nor_changes_its_day(who):
    contract_id = cast.four_hour_contract(who)
    cast.terms.terminate_contract(
        contract_id, last_on=date(2026, 5, 31), why="x", seen=cast.seen(contract_id), by=cast.SYSTEM, now=cast.LONG_AGO
    )
    for change in ("state = 'active'", "terminated_on = NULL", "terminated_on = '2020-01-01'"):
        statement = f"UPDATE contract SET {change} WHERE id = :id"  # noqa: S608
        assert refused(statement, id=contract_id) == "tr_contract_is_terminated_once"
    assert refused("UPDATE contract_in_force SET to_on = '2025-12-01' WHERE contract_id = :id", id=contract_id)
