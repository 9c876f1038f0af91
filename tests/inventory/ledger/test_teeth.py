"""Sabotage: with a guard taken away or a balance changed behind the books, the tests of this folder must notice (P1-P3)."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from app.db import db
from inventory.ledger import store
from inventory.ledger.errors import InsufficientStock
from tests.inventory import cast
from tests.inventory.ledger.test_law import demand_law
from tests.inventory.ledger.test_use_cases import Goods, Qty, move


@pytest.fixture
def stock(house):
    return cast.stock()


def test_a_balance_changed_behind_the_books_breaks_the_law(stock):
    demand_law()
    db.session.execute(
        text("UPDATE balance SET qty = qty + 1 WHERE place_id = :p AND part_id = :t"), {"p": stock.van, "t": stock.fan}
    )
    with pytest.raises(AssertionError):
        demand_law()


def test_a_serial_moved_behind_the_books_breaks_the_law(stock):
    db.session.execute(text("UPDATE serial SET place_id = :p WHERE serial_no = 'SN1'"), {"p": stock.van})
    with pytest.raises(AssertionError):
        demand_law()


def test_without_its_trigger_a_ledger_row_could_be_rewritten(stock, engine_name):
    on = " ON movement" if engine_name == "postgresql" else ""
    with pytest.raises(Exception, match="tr_movement_is_append_only"), db.session.begin_nested():
        db.session.execute(text("UPDATE movement SET reason = 'rewritten'"))
    db.session.execute(text(f"DROP TRIGGER tr_movement_is_append_only{on}"))
    db.session.execute(text("UPDATE movement SET reason = 'rewritten'"))
    assert db.session.execute(text("SELECT DISTINCT reason FROM movement")).scalars().all() == ["rewritten"]


def test_reading_first_and_writing_blindly_is_stopped_by_the_database_alone(stock, monkeypatch):
    """The conditional decrement sabotaged into a blind one: the CHECK still keeps the shelf from going below zero."""

    def take_blindly(session, posting):
        session.execute(
            text("UPDATE balance SET qty = qty - :q WHERE place_id = :p AND part_id = :t"),
            {"q": posting.qty, "p": posting.from_place_id, "t": posting.part_id},
        )
        return True

    with pytest.raises(InsufficientStock):
        move(stock, [Goods(stock.fan, Qty(11))])
    monkeypatch.setattr(store, "take", take_blindly)
    with pytest.raises(Exception, match="ck_balance_never_negative"):
        move(stock, [Goods(stock.fan, Qty(11))])
