"""Facts handed down by the desk become penalties once, capped, and can be worked out again (C9, E11, P17)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.auth.actor import SYSTEM
from app.db import broken_constraint, db, transaction
from contracts.entitlement.api import entitlement_for
from contracts.penalties import api
from contracts.penalties.errors import FactContradicts
from contracts.penalties.models import Penalty
from contracts.penalties.rules import from_plain, penalty_fen
from tests.conftest import MONDAY
from tests.contracts import cast

HOUR = 3600


@pytest.fixture
def version_id(house):
    who = cast.hospital()
    cast.four_hour_contract(who)
    return entitlement_for(db.session(), who.pump_id, at=MONDAY, fault_level=1).clock("arrival").contract_version_id


def late(version_id, clock_ref, late_s, *, kind="arrival", due_at=MONDAY):
    with transaction() as session:
        return api.record_fact(
            session, clock_ref=clock_ref, request_ref="R-000001", contract_version_id=version_id, clock_kind=kind,
            due_at=due_at, met_at=due_at + timedelta(seconds=late_s), late_s=late_s, at=MONDAY, by=SYSTEM,
        ).penalty_fen  # fmt: skip


def left(version_id, at=MONDAY):
    return api.headroom_fen(db.session(), version_id, "arrival", at=at)


def test_the_quarters_cap_is_shared_by_all_clauses_of_the_contract(version_id):
    assert left(version_id) == 300_000
    assert late(version_id, "clock:1", 2 * HOUR + 300) == 60_000
    assert left(version_id) == 240_000
    assert late(version_id, "clock:2", 27 * HOUR + 1800, kind="resolve") == 240_000
    assert left(version_id) == 0
    assert late(version_id, "clock:3", HOUR) == 0
    next_quarter = MONDAY + timedelta(days=40)
    assert left(version_id, next_quarter) == 300_000
    assert late(version_id, "clock:4", HOUR, due_at=next_quarter) == 20_000


def test_what_was_kept_in_time_or_has_no_clause_costs_nothing(version_id):
    assert late(version_id, "clock:1", 0) == 0
    assert late(version_id, "clock:2", 9 * HOUR, kind="response") == 0
    assert late(None, "clock:3", 9 * HOUR) == 0
    assert db.session.scalars(select(Penalty)).all() == []


def test_a_fact_handed_down_twice_is_booked_once_and_a_different_one_is_refused(version_id):
    assert late(version_id, "clock:1", HOUR) == late(version_id, "clock:1", HOUR) == 20_000
    with pytest.raises(FactContradicts):
        late(version_id, "clock:1", 2 * HOUR)
    assert [row.booked_fen for row in db.session.scalars(select(Penalty))] == [20_000]


def test_every_booked_penalty_replays_to_the_same_fen(version_id):
    for number, hours in enumerate((1, 5, 12), start=1):
        late(version_id, f"clock:{number}", hours * HOUR + 1)
    for row in db.session.scalars(select(Penalty)):
        assert (
            penalty_fen(from_plain(json.loads(row.clause)), row.late_s, already_fen=row.already_fen) == row.booked_fen
        )


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE penalty SET booked_fen = 0", "tr_penalty_is_append_only"),
        ("DELETE FROM penalty", "tr_penalty_is_append_only"),
        ("UPDATE commitment_fact SET late_s = 0", "tr_fact_is_append_only"),
        ("DELETE FROM commitment_fact", "tr_fact_is_append_only"),
    ],
)
def test_what_is_booked_is_not_rewritten(version_id, statement, named):
    late(version_id, "clock:1", HOUR)
    with pytest.raises(IntegrityError) as caught:
        db.session.execute(text(statement))
    db.session.rollback()
    assert broken_constraint(caught.value) == named
