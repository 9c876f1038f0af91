"""A use case that breaks at any of its statements has done nothing, and done again it does everything (P39)."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date

import pytest
from sqlalchemy import event, select

from app.actor import SYSTEM
from app.auth import use_cases as auth
from app.calendar import use_cases as calendars
from app.db import Base, db
from app.domain import Role
from app.kernel.quantity import Qty
from inventory.ledger import use_cases as ledger
from inventory.ledger.use_cases import Goods
from tests import world
from tests.conftest import MONDAY, PASSWORD
from tests.dispatch import cast

#: How a transaction itself is told; the steps between are what breaks.
FRAME = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "PRAGMA", "SET ")


class Fault(RuntimeError):
    """What breaks; no refusal of ours and none of the database's."""


def add_user(_here):
    auth.add_user("neu", PASSWORD, display_name="新", role=Role.SALES, by=SYSTEM, now=MONDAY)


def define_calendar(_here):
    calendars.define_calendar(
        "summer",
        name_zh="夏令",
        name_en="Summer",
        week=["08:00-16:00"] * 7,
        observes_holidays=False,
        by=SYSTEM,
        now=MONDAY,
    )


def publish_year(_here):
    calendars.publish_year(
        2027, off_days=[date(2027, 1, 1)], work_days=[date(2027, 1, 2)], source="通知", by=SYSTEM, now=MONDAY
    )


def receive_goods(here):
    goods = [Goods(here.stock.fan, Qty(3)), Goods(here.stock.seal, Qty(1), ("SN9",))]
    ledger.receive(goods, to_place_id=here.stock.depot, key="all-or-nothing", by=SYSTEM, now=MONDAY)


def take_a_call(here):
    cast.report(cast.call(here.hospital.pump_id), key="all-or-nothing", by=cast.DISPATCHER, now=MONDAY)


@contextmanager
def breaking_at(nth: int):
    """Let the `nth` statement fail before it reaches the database; yields the statements seen."""
    seen: list[str] = []

    def before(_connection, _cursor, statement, *_rest):
        if not statement.lstrip().upper().startswith(FRAME):
            seen.append(statement)
            if len(seen) == nth:
                raise Fault(statement)

    engine = db.engine.engine
    event.listen(engine, "before_cursor_execute", before)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", before)


def everything():
    db.session.rollback()
    rows = {t.name: sorted(map(repr, db.session.execute(select(t)).all())) for t in Base.metadata.sorted_tables}
    return {name: found for name, found in rows.items() if found}


@pytest.mark.parametrize("act", [add_user, define_calendar, publish_year, receive_goods, take_a_call])
def test_a_use_case_that_breaks_anywhere_leaves_no_trace(house, act):
    here, broke = world.small_world(), 0
    before = everything()
    while True:
        with breaking_at(broke + 1) as seen:
            try:
                act(here)
            except Fault:
                broke += 1
            else:
                break
        assert everything() == before, f"after a fault at statement {broke}: {seen[-1]}"
    changed = {name for name, rows in everything().items() if rows != before.get(name)}
    assert "audit" in changed
    assert broke == len(seen) > 1
