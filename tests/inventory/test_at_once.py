"""Several at once at the same shelves, places and visits: the outcome is one that some order would have had (P6, P39)."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.auth.actor import SYSTEM
from app.db import db, transaction, use_case
from app.kernel.errors import InvalidInput
from app.kernel.quantity import Qty
from inventory.ledger import holding
from inventory.ledger import store as books
from inventory.ledger.holding import Line
from inventory.ledger.models import Movement, Reservation
from inventory.ledger.rules import ReservationState
from inventory.ledger.use_cases import Goods
from inventory.places import store as places
from inventory.places import use_cases as place_cases
from inventory.places.models import Place
from inventory.places.rules import PlaceData, PlaceKind
from inventory.requisitions import api, use_cases
from inventory.requisitions.models import PickList
from inventory.transfers import use_cases as transfers
from inventory.transfers.models import Transfer
from inventory.visits import api as visits
from tests.app.crowd import all_at_once, real_house
from tests.conftest import MONDAY
from tests.inventory import cast

V = "V-000123"
NOW = {"by": SYSTEM, "now": MONDAY}


@pytest.fixture
def crowd(engine_name, tmp_path, request):
    with real_house(engine_name, tmp_path, lambda: request.getfixturevalue("postgresql_url")) as app:
        app.extensions["doorbell"] = None
        with app.app_context():
            yield app


def test_nothing_stays_held_for_a_visit_that_is_closed_meanwhile(crowd):
    """The visit was read without a lock: it could close before the reservation was kept, and nobody let that go."""
    stock = cast.stock()
    cast.open_visit(V)
    is_held = threading.Event()

    @use_case
    def hold():
        with transaction() as session:
            holding.hold_all(
                session, [Line(stock.fan, stock.depot, Qty(2))], visit_ref=V, by=SYSTEM, at=MONDAY, key="h"
            )
            is_held.set()
            threading.Event().wait(0.4)  # Long enough for the other to close the visit, if nothing stopped it.

    @use_case
    def close():
        is_held.wait(5)
        with transaction() as session:
            visits.close_visit(session, V, MONDAY)

    assert all_at_once(crowd, 2, lambda n: (hold, close)[n]()) == [None, None]
    assert [row.state for row in db.session().scalars(select(Reservation))] == [ReservationState.EXPIRED]


def test_a_place_that_several_need_first_is_made_once(crowd):
    stock = cast.stock()

    @use_case
    def first_use(n):
        with transaction() as session:
            van = session.get_one(Place, stock.van)
            return (
                places.for_site(session, "site:1", name="泵房", at=MONDAY).id,
                places.fixed(session, PlaceKind.SCRAP, at=MONDAY).id,
                places.defective_twin(session, van, at=MONDAY).id,
            )

    answers = all_at_once(crowd, 6, first_use)
    assert len(set(answers)) == 1, answers


def test_one_shipment_told_four_times_at_once_is_one_transfer(crowd):
    stock = cast.stock()
    way = {"from_place_id": stock.depot, "to_place_id": stock.van, "key": "once", **NOW}
    numbers = all_at_once(crowd, 4, lambda n: transfers.ship([Goods(stock.fan, Qty(1))], **way))
    assert len(set(numbers)) == 1, numbers
    assert [row.transfer_no for row in db.session().scalars(select(Transfer))] == [numbers[0]]


def test_two_boxes_put_into_each_other_at_once_make_no_circle(crowd, monkeypatch):
    """Each change was right by itself; together they closed a circle, and every page that lists places hung."""
    cast.stock()
    boxes = [PlaceData(code=code, name=code, kind=PlaceKind.BIN, parent_code="D1") for code in ("B0", "B1")]
    place_cases.add_places(boxes, **NOW)

    look = places.locked_tree

    def look_slowly(session):
        tree = look(session)
        threading.Event().wait(0.4)  # Both have looked before either writes, if nothing stopped them.
        return tree

    monkeypatch.setattr(places, "locked_tree", look_slowly)

    def put(n):
        place_cases.edit_place(boxes[n].code, replace(boxes[n], parent_code=boxes[1 - n].code), version=1, **NOW)

    answers = all_at_once(crowd, 2, put)
    assert sorted(type(answer) for answer in answers if answer is not None) == [InvalidInput]


@pytest.fixture
def stock(house):
    made = cast.stock()
    cast.open_visit(V)
    return made


@pytest.fixture
def locked(monkeypatch):
    """The shelves each step asked to hold, in order."""
    asked: list[set[tuple[int, int]]] = []
    hold = books.lock_shelves

    def listen(session, shelves, **options):
        wanted = {(int(place), int(part)) for place, part in shelves}
        asked.append(wanted)
        hold(session, wanted, **options)

    monkeypatch.setattr(books, "lock_shelves", listen)
    return asked


def issued(stock):
    use_cases.reserve_for_visit({stock.fan: Qty(2)}, visit_ref=V, place_id=stock.depot, key="r", **NOW)
    row = db.session.query(PickList).one()
    return use_cases.issue(row.pick_no, ["100871"] * 2, to_place_id=stock.van, version=row.version, **NOW)


def swap(stock):
    with transaction() as session:
        api.use_part(
            session, visit_ref=V, part_code_or_serial="100871", qty=1, from_place_id=stock.van, site_ref="site:1",
            asset_ref="asset:1", site_name="泵房", removed_qty=1, by=SYSTEM, at=MONDAY + timedelta(hours=1), key="swap",
        )  # fmt: skip


def give_back(stock):
    use_cases.return_parts(
        "100871", 1, visit_ref=V, from_place_id=stock.van, to_place_id=stock.depot, key="back", **NOW
    )


def undo(stock):
    n = db.session.execute(text("SELECT max(n) FROM movement WHERE kind = 'issue'")).scalar_one()
    use_cases.reverse(n, reason="x", **NOW)


@pytest.mark.parametrize("step", [swap, give_back, undo])
def test_a_step_takes_all_its_shelves_at_once_and_no_other_later(stock, locked, step):
    """Van first in one step and depot first in another: on PostgreSQL two of them waited for each other (P39)."""
    issued(stock)
    locked.clear()
    step(stock)
    first, *later = locked
    assert set().union(*later) <= first
    assert {place for place, _part in first} >= {stock.van}


def test_an_issue_takes_depot_and_van_at_once(stock, locked):
    use_cases.reserve_for_visit({stock.fan: Qty(2)}, visit_ref=V, place_id=stock.depot, key="r", **NOW)
    row = db.session.query(PickList).one()
    locked.clear()
    use_cases.issue(row.pick_no, ["100871"] * 2, to_place_id=stock.van, version=row.version, **NOW)
    assert set().union(*locked[1:]) <= locked[0] == {(stock.depot, stock.fan), (stock.van, stock.fan)}
    assert db.session.query(Movement).filter_by(kind="issue").one().qty == 2
