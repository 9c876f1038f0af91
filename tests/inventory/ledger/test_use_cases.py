"""Receiving, moving and reversing on both engines: all of it, or none (I3, P1-P4, P18, E7, E8)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.audit.models import AuditRow
from app.auth.actor import SYSTEM
from app.db import db
from app.kernel.errors import InvalidInput
from app.kernel.quantity import Qty
from inventory.ledger import api, use_cases
from inventory.ledger.errors import (
    AlreadyReversed,
    Backdated,
    InsufficientStock,
    InTheFuture,
    KeyReused,
    MissingMovement,
    NotReversible,
    SerialElsewhere,
    SerialKnown,
    SerialNeeded,
    SerialNotWanted,
)
from inventory.ledger.models import Balance, Movement, Serial
from inventory.ledger.use_cases import Goods
from inventory.requisitions import use_cases as requisitions
from tests.conftest import MONDAY
from tests.inventory import cast

NOW = {"by": SYSTEM, "now": MONDAY}


@pytest.fixture
def stock(house):
    return cast.stock()


def on_hand(place_id, part_id):
    row = db.session.get(Balance, (place_id, part_id), populate_existing=True)
    return row.qty if row else 0


def move(stock, goods, *, key="m", source=None, target=None, **more):
    about = {"from_place_id": source or stock.depot, "to_place_id": target or stock.van, "key": key, **NOW, **more}
    return use_cases.move(goods, **about)


def test_moving_takes_here_and_puts_there(stock):
    move(stock, [Goods(stock.fan, Qty(4))])
    assert (on_hand(stock.depot, stock.fan), on_hand(stock.van, stock.fan)) == (6, 5)


def test_a_list_with_shortages_names_all_of_them_and_moves_nothing(stock):
    with pytest.raises(InsufficientStock) as caught:
        move(stock, [Goods(stock.fan, Qty(4)), Goods(stock.belt, Qty(6)), Goods(stock.fan, Qty(7))])
    assert [(s.part_no, s.wanted, s.available) for s in caught.value.shortages] == [("100233", 6, 5), ("100871", 7, 6)]
    assert on_hand(stock.depot, stock.fan) == 10


def test_the_same_key_again_gets_the_first_answer_and_another_body_is_refused(stock):
    first = move(stock, [Goods(stock.fan, Qty(1))])
    again = move(stock, [Goods(stock.fan, Qty(1))])
    assert [row.n for row in again] == [row.n for row in first]
    assert on_hand(stock.depot, stock.fan) == 9
    with pytest.raises(KeyReused):
        move(stock, [Goods(stock.fan, Qty(2))])


def test_a_key_arriving_together_with_new_lines_books_only_the_new_ones(stock):
    move(stock, [Goods(stock.fan, Qty(1))])
    move(stock, [Goods(stock.fan, Qty(1)), Goods(stock.belt, Qty(1))])
    assert (on_hand(stock.van, stock.fan), on_hand(stock.van, stock.belt)) == (2, 1)


def test_a_serial_delivered_to_a_customer_is_refused_as_new(stock):
    with pytest.raises(SerialKnown) as caught:
        cast.receive(stock.depot, [Goods(stock.seal, Qty(1), ("SN3",))], key="again", now=MONDAY)
    assert caught.value.data["place"] == "V-07"
    assert db.session.query(Serial).count() == 3


def test_serials_are_text_character_for_character(stock):
    cast.receive(stock.depot, [Goods(stock.seal, Qty(2), ("00123", "123"))], key="text", now=MONDAY)
    assert {row.serial_no for row in db.session.query(Serial)} >= {"00123", "123"}


def test_a_serial_leaves_only_from_where_it_is(stock):
    with pytest.raises(SerialElsewhere) as caught:
        move(stock, [Goods(stock.seal, Qty(1), ("SN3",))])
    assert caught.value.data == {"serial_no": "SN3", "place": "V-07", "wanted_at": "D1"}
    with pytest.raises(SerialElsewhere):
        move(stock, [Goods(stock.seal, Qty(1), ("NEVER",))])
    assert on_hand(stock.depot, stock.seal) == 2


def test_pieces_and_serials_must_agree(stock):
    with pytest.raises(SerialNeeded):
        move(stock, [Goods(stock.seal, Qty(1))])
    with pytest.raises(SerialNotWanted):
        move(stock, [Goods(stock.fan, Qty(1), ("SN1",))])
    with pytest.raises(InvalidInput):
        move(stock, [Goods(stock.seal, Qty(2), ("SN1",))])


def test_a_late_entry_that_makes_a_later_balance_negative_is_refused(stock):
    """E8: +5, -5, +5; one taken between the second and the third would have left minus one."""
    days = [MONDAY + timedelta(days=n) for n in (1, 10, 12, 15, 20)]
    spare = {"key": "k", "by": SYSTEM, "now": days[-1]}
    put = {"to_place_id": stock.depot_bin}
    use_cases.receive([Goods(stock.belt, Qty(5))], **put, **spare | {"key": "a"}, effective_at=days[0])
    take = {"from_place_id": stock.depot_bin, "to_place_id": stock.van}
    use_cases.move([Goods(stock.belt, Qty(5))], **take, **spare | {"key": "b"}, effective_at=days[1])
    use_cases.receive([Goods(stock.belt, Qty(5))], **put, **spare | {"key": "c"}, effective_at=days[3])
    with pytest.raises(Backdated) as caught:
        use_cases.move([Goods(stock.belt, Qty(1))], **take, **spare, effective_at=days[2])
    assert caught.value.data["balance"] == -1
    assert on_hand(stock.depot_bin, stock.belt) == 5
    at = {"place_id": stock.depot_bin, "part_id": stock.belt}
    assert [api.balance_at(db.session(), **at, at=day) for day in days] == [5, 0, 0, 5, 5]
    use_cases.move([Goods(stock.belt, Qty(1))], **take, **spare, effective_at=days[4])


def test_a_movement_does_not_take_effect_in_the_future(stock):
    with pytest.raises(InTheFuture):
        move(stock, [Goods(stock.fan, Qty(1))], effective_at=MONDAY + timedelta(seconds=1))


def test_a_mistake_is_reversed_once_and_a_reversal_never(stock):
    (wrong,) = move(stock, [Goods(stock.fan, Qty(4))])
    mirror = requisitions.reverse(wrong.n, reason="装错车", **NOW)
    assert (on_hand(stock.depot, stock.fan), on_hand(stock.van, stock.fan)) == (10, 1)
    with pytest.raises(NotReversible):
        requisitions.reverse(mirror.n, reason="x", **NOW)
    with pytest.raises(MissingMovement):
        requisitions.reverse(10**9, reason="x", **NOW)
    with pytest.raises(AlreadyReversed), db.session.begin_nested():
        api.reverse(db.session(), wrong.n, reason="x", by=SYSTEM, at=MONDAY, key="another")


def test_a_reversal_that_would_go_below_zero_is_refused(stock):
    first = db.session.query(Movement).filter_by(key="cast-depot:0").one()
    move(stock, [Goods(stock.fan, Qty(4))])
    with pytest.raises(InsufficientStock):
        requisitions.reverse(first.n, reason="x", **NOW)
    assert on_hand(stock.depot, stock.fan) == 6


def test_each_use_case_leaves_its_line_in_the_audit_trail(stock):
    before = db.session.query(AuditRow).count()
    (wrong,) = move(stock, [Goods(stock.fan, Qty(1))])
    requisitions.reverse(wrong.n, reason="x", **NOW)
    use_cases.scrap(Goods(stock.belt, Qty(1)), from_place_id=stock.depot, reason="破损", key="s", **NOW)
    actions = [row.action for row in db.session.query(AuditRow).order_by(AuditRow.n).offset(before)]
    assert actions == ["inventory.moved", "inventory.reversed", "inventory.scrapped"]
