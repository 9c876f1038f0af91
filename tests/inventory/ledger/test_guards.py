"""Each rule of the books broken by direct SQL, as the application's own user, and refused by its name (P1-P6)."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from app.auth.actor import SYSTEM
from app.db import db
from app.kernel.quantity import Qty
from inventory.ledger.models import Movement
from inventory.requisitions import use_cases
from inventory.requisitions.models import PickList
from tests.conftest import MONDAY
from tests.inventory import cast

NOW = "2026-03-02 02:00:00.000000"
LATER = "2026-03-02 03:00:00.000000"
V = "V-000123"


@pytest.fixture
def stock(house):
    made = cast.stock()
    cast.open_visit(V)
    return made


def refused(name: str, sql: str, **values) -> None:
    """The statement is refused, and the refusal says the constraint's name."""
    with pytest.raises(Exception, match=name) as caught, db.session.begin_nested():
        db.session.execute(text(sql), values)
    assert caught.type.__module__.startswith("sqlalchemy"), caught.value


def insert(**changes) -> tuple[str, dict]:
    row = {
        "key": "sql", "kind": "move", "qty": 1, "serial_id": None, "visit_ref": None, "issue_n": None, "reversal_of": None,
        "document": "", "reason": "", "actor": "sql", "effective_at": NOW, "posted_at": NOW, **changes,
    }  # fmt: skip
    return f"INSERT INTO movement ({', '.join(row)}) VALUES ({', '.join(':' + name for name in row)})", row  # noqa: S608


def way(stock, *, to="van", kinds=("depot", "van"), part="fan"):
    return {
        "part_id": getattr(stock, part), "from_place_id": stock.depot, "from_kind": kinds[0],
        "to_place_id": getattr(stock, to), "to_kind": kinds[1],
    }  # fmt: skip


def refused_movement(name: str, **changes) -> None:
    sql, row = insert(**changes)
    refused(name, sql, **row)


def site_place() -> int:
    db.session.execute(
        text(
            "INSERT INTO place (code, name, initials, kind, condition, counterparty, site_ref, created_at, version) "
            "VALUES ('SITE-1', 'x', 'x', 'customer_site', 'good', :no, 'site:1', :now, 1)"
        ),
        {"now": NOW, "no": False},
    )
    return db.session.execute(text("SELECT id FROM place WHERE code = 'SITE-1'")).scalar_one()


def test_a_balance_of_ours_never_falls_below_zero(stock):
    refused("ck_balance_never_negative", "UPDATE balance SET qty = -1, reserved = 0 WHERE place_id = :p", p=stock.depot)


def test_a_balance_is_a_whole_number(stock, engine_name):
    """PostgreSQL has no room for a fraction in the column; SQLite would keep one but for the CHECK."""
    name = "ck_balance_qty_is_whole" if engine_name == "sqlite" else "invalid input syntax"
    for bad in ("'abc'", "'0.5'"):
        refused(name, f"UPDATE balance SET qty = {bad} WHERE place_id = :p", p=stock.depot)  # noqa: S608


def test_no_more_is_reserved_than_lies_there(stock):
    refused("ck_balance_reserved_is_real", "UPDATE balance SET reserved = qty + 1 WHERE place_id = :p", p=stock.depot)
    refused("ck_balance_reserved_is_real", "UPDATE balance SET reserved = -1 WHERE place_id = :p", p=stock.depot)


def test_a_shelf_cannot_pretend_to_be_a_counterparty(stock):
    pretend = "UPDATE {} SET counterparty = :yes WHERE {} = :p"
    refused("fk_balance_place_id_place|FOREIGN KEY", pretend.format("balance", "place_id"), p=stock.depot, yes=True)
    refused("ck_place_counterparty_by_kind", pretend.format("place", "id"), p=stock.depot_bin, yes=True)


@pytest.mark.parametrize("column", ["qty", "reason", "actor", "effective_at"])
def test_a_ledger_row_never_changes(stock, column):
    refused("tr_movement_is_append_only", f"UPDATE movement SET {column} = {column}")  # noqa: S608


def test_a_ledger_row_never_goes(stock, engine_name):
    refused("tr_movement_is_not_deleted", "DELETE FROM movement")
    if engine_name == "postgresql":
        refused("tr_movement_is_not_deleted", "TRUNCATE movement CASCADE")


def test_a_movement_moves_something_somewhere(stock):
    refused_movement("ck_movement_moves_something", **way(stock) | {"qty": 0})
    refused_movement("ck_movement_goes_somewhere", **way(stock, to="depot", kinds=("depot", "depot")))


def test_a_kind_goes_only_its_way(stock):
    refused_movement("ck_movement_legal_way", **way(stock), kind="receive")


def test_a_movement_cannot_lie_about_the_kind_of_its_place(stock):
    refused_movement("fk_movement_to_place_id_place|FOREIGN KEY", **way(stock, kinds=("depot", "bin")))


@pytest.mark.parametrize("kind", ["issue", "use", "found", "remove"])
def test_what_belongs_to_a_visit_names_one(stock, kind):
    site = site_place()
    to_site = {"to_place_id": site, "to_kind": "customer_site"}
    ways = {
        "issue": way(stock),
        "use": way(stock) | to_site,
        "found": way(stock) | to_site | {"from_place_id": difference(), "from_kind": "count_difference"},
        "remove": way(stock) | {"from_place_id": site, "from_kind": "customer_site"},
    }
    # The trigger speaks before the CHECKs and the foreign key do; each alone would refuse too.
    entry = ways[kind] | {"kind": kind}
    refused_movement("tr_movement_visit_was_open|ck_movement_visit_by_kind", **entry)
    refused_movement("tr_movement_visit_was_open|fk_movement_visit_ref", **entry, visit_ref="V-999999")
    db.session.execute(text("UPDATE stock_visit SET closed_at = :now"), {"now": NOW})
    refused_movement("tr_movement_visit_was_open", **entry, visit_ref=V)


def difference() -> int:
    db.session.execute(
        text(
            "INSERT INTO place (code, name, initials, kind, condition, counterparty, created_at, version) "
            "VALUES ('DIFF', 'x', 'x', 'count_difference', 'good', :yes, :now, 1)"
        ),
        {"now": NOW, "yes": True},
    )
    return db.session.execute(text("SELECT id FROM place WHERE code = 'DIFF'")).scalar_one()


def test_a_serial_stands_for_one_piece_of_its_own_part(stock):
    sn1 = db.session.execute(text("SELECT id FROM serial WHERE serial_no = 'SN1'")).scalar_one()
    refused_movement("ck_movement_one_piece_per_serial", **way(stock, part="seal") | {"qty": 2, "serial_id": sn1})
    refused_movement("tr_movement_serial_as_tracked", **way(stock, part="seal"))
    refused_movement(
        "fk_movement_serial_id_serial|FOREIGN KEY|tr_movement_serial_as_tracked", **way(stock) | {"serial_id": sn1}
    )


def test_a_serial_leaves_only_from_where_it_is_and_goes_along(stock):
    sn1, sn3 = (
        db.session.execute(text("SELECT id FROM serial WHERE serial_no = :s"), {"s": s}).scalar_one()
        for s in ("SN1", "SN3")
    )
    refused_movement("tr_movement_serial_from_where_it_is", **way(stock, part="seal") | {"serial_id": sn3})
    refused_movement("tr_movement_serial_went_along", **way(stock, part="seal") | {"serial_id": sn1})


def test_a_serial_is_one_row_per_part_and_always_somewhere(stock):
    sql = "INSERT INTO serial (part_id, serial_no, place_id) VALUES (:part, 'SN1', :p)"
    refused("uq_serial_part_id_serial_no|serial.part_id, serial.serial_no", sql, part=stock.seal, p=stock.van)
    refused("place_id", "UPDATE serial SET place_id = NULL")


def test_one_key_is_one_movement(stock):
    refused_movement("uq_movement_key|movement.key", **way(stock), key="cast-depot:0")


def test_a_reversal_mirrors_one_movement_once(stock):
    first = db.session.query(Movement).filter_by(key="cast-depot:0").one()
    back = {
        "part_id": stock.fan, "from_place_id": stock.depot, "from_kind": "depot", "to_place_id": first.from_place_id,
        "to_kind": "supplier", "kind": "reverse", "reversal_of": first.n, "reason": "x", "qty": 10,
    }  # fmt: skip
    refused_movement("tr_movement_mirrors_what_it_reverses", **back | {"qty": 9})
    refused_movement("ck_movement_reason_by_kind", **back | {"reason": ""})
    refused_movement("ck_movement_reversal_names_its_movement|tr_movement_mirrors", **back | {"reversal_of": None})
    sql, row = insert(**back)
    db.session.execute(text(sql), row)
    refused_movement("uq_movement_reversal_of|movement.reversal_of", **back, key="again")


def test_returns_name_an_issue_of_the_same_visit_and_never_exceed_it(stock):
    use_cases.reserve_for_visit({stock.fan: Qty(2)}, visit_ref=V, place_id=stock.depot, key="r", by=SYSTEM, now=MONDAY)
    row = db.session.query(PickList).one()
    (issue,) = use_cases.issue(
        row.pick_no, ["100871"] * 2, to_place_id=stock.van, version=row.version, by=SYSTEM, now=MONDAY
    )
    cast.open_visit("V-000200")
    back = {
        "part_id": stock.fan, "from_place_id": stock.van, "from_kind": "van", "to_place_id": stock.depot, "to_kind": "depot",
        "kind": "return", "visit_ref": V, "issue_n": issue.n, "effective_at": LATER, "posted_at": LATER,
    }  # fmt: skip
    refused_movement("ck_movement_return_names_its_issue|tr_movement_returns", **back | {"issue_n": None})
    refused_movement("tr_movement_returns_within_issue", **back | {"qty": 3})
    refused_movement("tr_movement_returns_within_issue", **back | {"visit_ref": "V-000200"})
    sql, values = insert(**back)
    db.session.execute(text(sql), values)
    refused_movement("tr_movement_returns_within_issue", **back | {"qty": 2, "key": "more"})
    mirror = way(stock, to="depot") | {"from_place_id": stock.van, "from_kind": "van", "to_kind": "depot", "qty": 2}
    refused_movement(
        "tr_movement_returned_issue_stays", **mirror, kind="reverse", reversal_of=issue.n, reason="x", visit_ref=V,
        key="undo", effective_at=LATER, posted_at=LATER,
    )  # fmt: skip


def test_the_books_cannot_be_entered_into_an_impossible_past(stock):
    """The fans came yesterday; a movement of the day before would have left minus one."""
    refused_movement("tr_movement_prefix_is_legal", **way(stock), effective_at="2026-02-20 02:00:00.000000")
    refused_movement("ck_movement_not_in_the_future", **way(stock), effective_at=LATER)


def test_a_reservation_ends_once_and_one_is_open_per_line(stock):
    use_cases.reserve_for_visit({stock.fan: Qty(2)}, visit_ref=V, place_id=stock.depot, key="r", by=SYSTEM, now=MONDAY)
    again = (
        "INSERT INTO reservation (key, visit_ref, part_id, place_id, qty, state, made_by, made_at) "
        "SELECT 'again', visit_ref, part_id, place_id, 1, 'open', 'x', made_at FROM reservation"
    )
    refused("uq_reservation_open_line|reservation.visit_ref, reservation.part_id", again)
    use_cases.release_for_visit(V, by=SYSTEM, now=MONDAY)
    refused("tr_reservation_ends_once", "UPDATE reservation SET state = 'open', ended_at = NULL")
    refused("tr_reservation_is_not_deleted", "DELETE FROM reservation")


def test_nothing_is_held_for_a_visit_that_is_over(stock):
    hold = (
        "INSERT INTO reservation (key, visit_ref, part_id, place_id, qty, state, made_by, made_at) "
        "VALUES ('late', :v, :t, :p, 1, 'open', 'x', :now)"
    )
    db.session.execute(text("UPDATE stock_visit SET closed_at = :now"), {"now": NOW})
    refused("tr_reservation_visit_is_open", hold, v=V, t=stock.fan, p=stock.depot, now=NOW)


def test_reservations_are_not_emptied_at_one_stroke(stock, engine_name):
    if engine_name == "postgresql":
        refused("tr_reservation_is_not_deleted", "TRUNCATE reservation")


def test_a_part_that_has_moved_keeps_its_way_of_being_counted(stock):
    refused("tr_part_tracking_is_fixed", "UPDATE part SET serial_tracked = :yes WHERE id = :p", yes=True, p=stock.fan)


def test_the_inspection_views_hide_no_row(stock):
    for view, base, total in (
        ("inspect_stock", "balance", "SUM(qty), SUM(reserved), COUNT(*)"),
        ("inspect_ledger", "movement", "SUM(qty), COUNT(*), MAX(n)"),
        ("inspect_serial", "serial", "COUNT(*)"),
        ("inspect_reservation", "reservation", "COUNT(*)"),
    ):
        seen = db.session.execute(text(f"SELECT {total} FROM {view}")).one()  # noqa: S608
        there = db.session.execute(text(f"SELECT {total} FROM {base}")).one()  # noqa: S608
        assert tuple(seen) == tuple(there), view
    ledger = list(db.session.execute(text("SELECT * FROM inspect_ledger")).keys())
    assert ledger == [
        "n", "from_place", "to_place", "part", "qty", "serial", "kind", "visit", "reversal_of", "key", "actor", "at", "posted_at",
    ]  # fmt: skip
