"""Parts on a visit: held, issued, used, removed, returned (I5, I6, P5, P6, E7, E9)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.auth.actor import SYSTEM
from app.db import db, transaction
from app.kernel.quantity import Qty
from inventory.ledger import store as books
from inventory.ledger.errors import InsufficientStock, SerialElsewhere, VisitNotOpen
from inventory.ledger.models import Balance, Movement, Reservation
from inventory.ledger.rules import MovementKind, ReservationState
from inventory.places.models import Place
from inventory.requisitions import api, use_cases
from inventory.requisitions.api import Line
from inventory.requisitions.errors import NothingToReturn
from inventory.visits import api as visits
from tests.conftest import MONDAY
from tests.inventory import cast

V = "V-000123"


@pytest.fixture
def stock(house):
    made = cast.stock()
    cast.open_visit(V)
    return made


def use(stock, code="200014", *, key="act-1", qty=1, visit_ref=V, at=MONDAY, **more):
    with transaction() as session:
        return api.use_part(
            session, visit_ref=visit_ref, part_code_or_serial=code, qty=qty, from_place_id=stock.van,
            site_ref="site:12", asset_ref="asset:5", by=SYSTEM, at=at, key=key, **more,
        )  # fmt: skip


def levels(place_id, part_id):
    row = db.session.get(Balance, (place_id, part_id), populate_existing=True)
    return (row.qty, row.reserved) if row else (0, 0)


def test_what_is_held_for_the_visit_is_used_first_and_ends_once(stock):
    use_cases.reserve_for_visit(
        {stock.fan: Qty(1)}, visit_ref=V, holder_ref=cast.VAN_HOLDER, key="r1", by=SYSTEM, now=MONDAY
    )
    assert levels(stock.van, stock.fan) == (1, 1)
    used = use(stock, "100871")
    assert (used.part_no, used.qty, used.repeated) == ("100871", 1, False)
    assert levels(stock.van, stock.fan) == (0, 0)
    assert [row.state for row in db.session.query(Reservation)] == [ReservationState.USED]


def test_the_same_action_twice_uses_one_part(stock):
    first, second = use(stock), use(stock)
    assert second.n == first.n
    assert second.repeated
    assert levels(stock.van, stock.seal) == (0, 0)


def test_a_part_held_for_another_visit_is_refused_with_its_holder_and_the_nearest(stock):
    cast.open_visit("V-000124")
    use_cases.reserve_for_visit(
        {stock.fan: Qty(1)}, visit_ref="V-000124", place_id=stock.van, key="r1", by=SYSTEM, now=MONDAY
    )
    with pytest.raises(InsufficientStock) as caught:
        use(stock, "100871")
    (shortage,) = caught.value.shortages
    assert (shortage.available, shortage.held_by, shortage.nearest) == (0, (("V-000124", 1),), (("D1", 10),))


def test_a_reservation_names_every_shortage_and_holds_nothing(stock):
    with pytest.raises(InsufficientStock) as caught:
        use_cases.reserve_for_visit(
            {stock.fan: Qty(12), stock.belt: Qty(6), stock.seal: Qty(1)}, visit_ref=V, key="r1", by=SYSTEM, now=MONDAY
        )
    assert {s.part_no: s.missing for s in caught.value.shortages} == {"100871": 2, "100233": 1}
    assert db.session.query(Reservation).count() == 0


def test_a_removed_serial_the_books_never_knew_is_found_and_goes_to_the_defective_side(stock):
    used = use(stock, removed_serial="OLD-9")
    assert used.serial_no == "SN3"
    kinds = [row.kind for row in db.session.query(Movement).order_by(Movement.n)][-3:]
    assert kinds == [MovementKind.USE, MovementKind.FOUND, MovementKind.REMOVE]
    twin = db.session.query(Place).filter_by(code="V-07-X").one()
    assert levels(twin.id, stock.seal) == (1, 0)
    assert books.serial_row(db.session(), stock.seal, "OLD-9").place_id == twin.id


def test_a_removed_serial_that_is_elsewhere_is_refused_and_nothing_is_booked(stock):
    with pytest.raises(SerialElsewhere):
        use(stock, removed_serial="SN1")
    assert levels(stock.van, stock.seal) == (1, 0)


def test_no_part_leaves_for_a_visit_that_is_unknown_or_closed(stock):
    with pytest.raises(VisitNotOpen):
        use(stock, visit_ref="V-999999")
    with transaction() as session:
        visits.close_visit(session, V, MONDAY)
    with pytest.raises(VisitNotOpen):
        use(stock, at=MONDAY + timedelta(minutes=1))


def test_closing_a_visit_frees_what_was_held_and_says_what_is_still_out(stock):
    use_cases.reserve_for_visit({stock.fan: Qty(2)}, visit_ref=V, place_id=stock.depot, key="r", by=SYSTEM, now=MONDAY)
    issue_all(stock, ["100871", "100871"])
    use(stock, "100871")
    with transaction() as session:
        out = visits.close_visit(session, V, MONDAY + timedelta(hours=1))
    assert [(left.part_id, left.place_id, left.qty) for left in out] == [(stock.fan, stock.van, 1)]
    assert levels(stock.van, stock.fan) == (2, 0)


def issue_all(stock, codes, **more):
    from inventory.requisitions.models import PickList

    row = db.session.query(PickList).one()
    return use_cases.issue(
        row.pick_no, codes, to_place_id=stock.van, version=row.version, by=SYSTEM, now=MONDAY, **more
    )


def test_issued_parts_stay_held_for_the_visit_in_the_van_and_come_back_by_their_issue(stock):
    use_cases.reserve_for_visit({stock.fan: Qty(2)}, visit_ref=V, place_id=stock.depot, key="r", by=SYSTEM, now=MONDAY)
    issue_all(stock, ["100871", "100871"])
    assert levels(stock.depot, stock.fan) == (8, 0)
    assert levels(stock.van, stock.fan) == (3, 2)
    back = {"visit_ref": V, "from_place_id": stock.van, "to_place_id": stock.depot, "by": SYSTEM, "now": MONDAY}
    use_cases.return_parts("100871", 2, key="b1", **back)
    assert levels(stock.van, stock.fan) == (1, 0)
    assert levels(stock.depot, stock.fan) == (10, 0)
    with pytest.raises(NothingToReturn):
        use_cases.return_parts("100871", 1, key="b2", **back)


def test_versions_that_moved_are_named(stock):
    seen = {(h.place_id, h.part_id): h.version for h in api.stock_for_planning(db.session(), [stock.fan])}
    with transaction() as session:
        api.reserve(session, visit_ref=V, lines=[Line(stock.fan, stock.depot, Qty(1))], by=SYSTEM, at=MONDAY, key="p")
    with transaction() as session:
        assert api.lock_and_check_versions(session, seen) == ((stock.depot, stock.fan),)


def test_parts_are_held_in_the_own_van_first_then_in_the_nearest_house_never_in_a_colleague_s_van(stock):
    cast.receive(stock.warehouse, [cast.Goods(stock.fan, Qty(50))], key="w", now=cast.YESTERDAY)
    cast.receive(stock.other_van, [cast.Goods(stock.fan, Qty(50))], key="o", now=cast.YESTERDAY)

    def held(qty, near, key):
        with transaction() as session:
            rows = api.reserve_best(
                session, visit_ref=V, wanted={stock.fan: Qty(qty)}, by=SYSTEM, at=MONDAY, key=key,
                holder_ref=cast.VAN_HOLDER, near=near,
            )  # fmt: skip
            api.release(session, V, by=SYSTEM, at=MONDAY)
        return [row.place_id for row in rows]

    assert held(1, (31.25, 121.55), "a") == [stock.van]
    assert held(2, (31.25, 121.55), "b") == [stock.depot]
    assert held(2, (31.23, 121.47), "c") == [stock.warehouse]


def test_reserving_again_under_the_same_key_holds_once_and_under_another_adds(stock):
    for key in ("r", "r", "more"):
        use_cases.reserve_for_visit(
            {stock.fan: Qty(2)}, visit_ref=V, place_id=stock.depot, key=key, by=SYSTEM, now=MONDAY
        )
    assert levels(stock.depot, stock.fan) == (10, 4)
    assert [(row.qty, row.place_id) for row in api.reservations_of(db.session(), V)] == [(4, stock.depot)]


def test_an_asset_s_archive_tells_what_went_in_and_what_came_out(stock):
    from inventory.requisitions.queries import asset_parts

    use(stock, removed_serial="OLD-9")
    told = [(row.kind, row.serial_no, row.visit_ref) for row in asset_parts(db.session(), "asset:5")]
    assert told == [(MovementKind.REMOVE, "OLD-9", V), (MovementKind.USE, "SN3", V)]
    assert asset_parts(db.session(), "asset:6") == []


def test_an_issue_is_reversed_with_what_it_held_in_the_van(stock):
    use_cases.reserve_for_visit({stock.fan: Qty(2)}, visit_ref=V, place_id=stock.depot, key="r", by=SYSTEM, now=MONDAY)
    (issue,) = issue_all(stock, ["100871", "100871"])
    use_cases.reverse(issue.n, reason="发错车", by=SYSTEM, now=MONDAY)
    assert levels(stock.van, stock.fan) == (1, 0)
    assert levels(stock.depot, stock.fan) == (10, 0)
