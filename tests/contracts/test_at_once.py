"""Several at once at the same assets, clocks and contracts: the outcome is one that some order would have had (P17, P39)."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.auth.actor import SYSTEM
from app.db import db, transaction, use_case
from contracts.entitlement.api import entitlement_for
from contracts.installbase import use_cases as installbase
from contracts.installbase.errors import ParentNotHere
from contracts.installbase.models import Asset
from contracts.penalties import api as penalties
from contracts.penalties.models import Penalty
from tests.app.crowd import all_at_once, real_house
from tests.conftest import MONDAY
from tests.contracts import cast

NOW = {"by": SYSTEM, "now": MONDAY}


@pytest.fixture
def crowd(engine_name, tmp_path, request):
    with real_house(engine_name, tmp_path, lambda: request.getfixturevalue("postgresql_url")) as app:
        app.extensions["doorbell"] = None
        with app.app_context():
            yield app


def test_two_assets_made_each_others_parent_at_once_make_no_ring(crowd, monkeypatch):
    """Each change was right by itself; together they closed a ring."""
    who = cast.hospital()
    other = installbase.add_asset(who.site_id, cast.pump_facts(serial_no="B"), **NOW)
    pair = [(who.pump_id, f"SN-{who.customer_id}"), (other, "B")]
    go_on = installbase._check_serial

    def go_on_slowly(*args, **options):
        threading.Event().wait(0.4)  # Both have looked at the parents before either writes, if nothing stopped them.
        go_on(*args, **options)

    monkeypatch.setattr(installbase, "_check_serial", go_on_slowly)

    def hang(n):
        asset_id, serial_no = pair[n]
        facts = cast.pump_facts(serial_no=serial_no, parent_id=pair[1 - n][0])
        installbase.edit_asset(asset_id, facts, site_id=who.site_id, seen=1, **NOW)

    answers = all_at_once(crowd, 2, hang)
    assert sorted(type(answer) for answer in answers if answer is not None) == [ParentNotHere]
    parents = db.session().scalars(select(Asset.parent_id).where(Asset.parent_id.is_not(None))).all()
    assert len(parents) == 1


def test_one_fact_told_four_times_at_once_is_one_penalty_and_one_answer(crowd):
    who = cast.hospital()
    cast.four_hour_contract(who)
    found = entitlement_for(db.session(), who.pump_id, at=MONDAY, fault_level=1)
    version_id = found.clock("arrival").contract_version_id

    @use_case
    def tell(_n):
        with transaction() as session:
            return penalties.record_fact(
                session, clock_ref="clock:1", request_ref="R-1", contract_version_id=version_id, clock_kind="arrival",
                due_at=MONDAY, met_at=MONDAY + timedelta(hours=1), late_s=3600, at=MONDAY, by=SYSTEM,
            ).penalty_fen  # fmt: skip

    assert all_at_once(crowd, 4, tell) == [20_000] * 4
    db.session.rollback()
    assert [row.booked_fen for row in db.session().scalars(select(Penalty))] == [20_000]
