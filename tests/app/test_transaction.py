"""One use case, one transaction: all or nothing, no nesting, bounded patience (P39)."""

from __future__ import annotations

import sqlite3
from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from app.db import Unavailable, broken_constraint, db, transaction, use_case
from app.numbers.api import next_no
from tests.conftest import MONDAY


def test_a_failing_use_case_leaves_nothing(house):
    with pytest.raises(ZeroDivisionError), transaction() as session:
        next_no(session, "X")
        raise ZeroDivisionError
    with transaction() as session:
        assert next_no(session, "X") == "X-000001"


def test_numbers_follow_each_other(house):
    with transaction() as session:
        assert [next_no(session, "V") for _ in range(3)] == ["V-000001", "V-000002", "V-000003"]
    with transaction() as session:
        assert next_no(session, "V") == "V-000004"


def test_a_use_case_never_calls_another(house):
    with pytest.raises(RuntimeError, match="never calls another"), transaction(), transaction():
        pass


def test_a_busy_database_is_asked_again_then_answered_with_a_sentence(house):
    tries = []

    @use_case
    def stubborn() -> None:
        tries.append(1)
        raise OperationalError("x", {}, sqlite3.OperationalError("database is locked"))

    with pytest.raises(Unavailable):
        stubborn()
    assert len(tries) == 6


def test_a_lost_connection_is_not_asked_again(house):
    tries = []

    @use_case
    def lost() -> None:
        tries.append(1)
        raise OperationalError("x", {}, Exception("server closed the connection unexpectedly"))

    with pytest.raises(OperationalError):
        lost()
    assert len(tries) == 1


def test_a_naive_instant_is_refused(house):
    with pytest.raises(StatementError, match="naive"), transaction() as session:
        session.execute(text("select 1"))
        from app.audit.models import AuditRow

        session.add(AuditRow(at=datetime(2026, 1, 1), actor="x", action="x", object="x", before=None, after=None))  # noqa: DTZ001
        session.flush()


def test_text_in_a_number_column_is_refused_by_the_constraint_s_name(house):
    if db.engine.dialect.name != "sqlite":
        return
    with pytest.raises(IntegrityError) as caught, transaction() as session:
        session.execute(text("insert into number_series (prefix, last) values ('Q', 'abc')"))
    assert broken_constraint(caught.value) == "ck_number_series_last_is_whole"


def test_an_instant_comes_back_as_it_went_in(house):
    from app.audit.models import AuditRow

    with transaction() as session:
        session.add(AuditRow(at=MONDAY, actor="x", action="x", object="x", before=None, after=None))
    with transaction() as session:
        assert session.query(AuditRow).order_by(AuditRow.n.desc()).first().at == MONDAY
