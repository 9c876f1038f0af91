"""A transfer is on the road until the other end confirms; differences are booked with a reason (I7)."""

from __future__ import annotations

import pytest

from app.auth.actor import SYSTEM, Actor
from app.db import db
from app.domain import Role, Scope
from app.kernel.errors import InvalidInput
from app.kernel.quantity import Qty
from inventory.ledger.errors import InsufficientStock
from inventory.ledger.models import Balance, Serial
from inventory.ledger.use_cases import Goods
from inventory.places.models import Place
from inventory.transfers import use_cases
from inventory.transfers.errors import DifferenceNeedsReason, MissingTransfer, TransferEnded
from inventory.transfers.models import Transfer, TransferLine
from tests.conftest import MONDAY
from tests.inventory import cast

NOW = {"by": SYSTEM, "now": MONDAY}


@pytest.fixture
def stock(house):
    return cast.stock()


def on_hand(place_id, part_id):
    row = db.session.get(Balance, (place_id, part_id), populate_existing=True)
    return row.qty if row else 0


def place(code):
    return db.session.query(Place).filter_by(code=code).one().id


def sent(stock, key="t1", qty=4):
    goods = [Goods(stock.fan, Qty(qty)), Goods(stock.seal, Qty(1), ("SN1",))]
    return use_cases.ship(goods, from_place_id=stock.depot, to_place_id=stock.van, key=key, **NOW)


def test_parts_on_the_road_are_at_neither_end(stock):
    sent(stock)
    assert (on_hand(stock.depot, stock.fan), on_hand(stock.van, stock.fan)) == (6, 1)
    assert on_hand(place("TRANSIT"), stock.fan) == 4


def test_the_other_end_confirms_once(stock):
    number = sent(stock)
    use_cases.confirm(number, None, **NOW)
    assert on_hand(stock.van, stock.fan) == 5
    assert db.session.query(Serial).filter_by(serial_no="SN1").one().place_id == stock.van
    with pytest.raises(TransferEnded):
        use_cases.confirm(number, None, **NOW)


def test_the_same_key_again_sends_nothing_more(stock):
    assert sent(stock) == sent(stock)
    assert db.session.query(Transfer).count() == 1


def test_what_did_not_arrive_needs_a_reason_and_becomes_a_count_difference(stock):
    number = sent(stock)
    fans, seal = db.session.query(TransferLine).order_by(TransferLine.id)
    said = {fans.id: 3, seal.id: 1}
    with pytest.raises(DifferenceNeedsReason):
        use_cases.confirm(number, said, **NOW)
    use_cases.confirm(number, said, reason="少装一只", **NOW)
    assert (on_hand(stock.van, stock.fan), on_hand(place("TRANSIT"), stock.fan)) == (4, 0)
    assert on_hand(place("COUNT-DIFF"), stock.fan) == 1


def test_more_than_left_cannot_arrive(stock):
    number = sent(stock)
    fans, seal = db.session.query(TransferLine).order_by(TransferLine.id)
    with pytest.raises(InvalidInput) as caught:
        use_cases.confirm(number, {fans.id: 5, seal.id: 1, 999: 1}, **NOW)
    assert [p.field for p in caught.value.problems] == [f"line_{fans.id}", "line_999"]


def test_a_transfer_of_more_than_there_is_leaves_no_trace(stock):
    with pytest.raises(InsufficientStock):
        sent(stock, qty=11)
    assert db.session.query(Transfer).count() == 0
    assert on_hand(stock.depot, stock.seal) == 2


def test_an_engineer_finds_only_transfers_to_the_own_van(stock):
    number = sent(stock)
    grants = {"inventory.transfer.confirm": Scope.OWN}
    stranger = Actor(user_id=1, user_name="wang", role=Role.ENGINEER, engineer_id=8, grants=grants)
    driver = Actor(user_id=2, user_name="li", role=Role.ENGINEER, engineer_id=7, grants=grants)
    with pytest.raises(MissingTransfer):
        use_cases.confirm(number, None, by=stranger, now=MONDAY)
    use_cases.confirm(number, None, by=driver, now=MONDAY)
