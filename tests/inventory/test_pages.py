"""Each page of the floor: it works, refuses a stranger, rejects bad input, and leaves no trace when it fails (house §10)."""

from __future__ import annotations

import pytest

from app.auth.actor import SYSTEM
from app.db import db
from app.domain import Role
from app.kernel.quantity import Qty
from inventory.catalogue.models import Part
from inventory.ledger.models import Balance, Movement, Reservation
from inventory.places.models import Place
from inventory.requisitions import use_cases
from inventory.requisitions.models import PickList
from inventory.transfers.models import Transfer
from tests.conftest import MONDAY
from tests.inventory import cast

V = "V-000123"
#: Promise P7's own list: none of these is a quantity.
NO_QUANTITY = ["", "0", "-1", "1.5", "1e3", "1_000", "+5", " 7 ", "７", "٧", "true", "NaN", "Infinity", "1" + "0" * 400]


@pytest.fixture
def stock(house):
    made = cast.stock()
    cast.open_visit(V)
    return made


@pytest.fixture
def keeper(stock, browser_of):
    return browser_of(Role.STOREKEEPER)


def level(place_id, part_id):
    row = db.session.get(Balance, (place_id, part_id), populate_existing=True)
    return (row.qty, row.reserved) if row else (0, 0)


def held(stock, qty=2):
    use_cases.reserve_for_visit(
        {stock.fan: Qty(qty)}, visit_ref=V, place_id=stock.depot, key="r", by=SYSTEM, now=MONDAY
    )
    return db.session.query(PickList).one().pick_no


PAGES = [
    "/inventory", "/inventory/parts", "/inventory/parts?q=zlfj", "/inventory/parts?low=1", "/inventory/parts/100871",
    "/inventory/parts/200014", "/inventory/parts/new", "/inventory/parts/100871/edit", "/inventory/places",
    "/inventory/places/D1", "/inventory/places/V-07", "/inventory/places/SUPPLIER", "/inventory/places/new",
    "/inventory/places/D1/edit", "/inventory/receive", "/inventory/ledger", "/inventory/ledger?part_no=100871&place_code=D1",
    "/inventory/transfers", "/inventory/transfers/new", f"/inventory/visits/{V}", "/inventory/returns", "/",
]  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_opens_for_the_storekeeper(stock, keeper, language):
    held(stock)
    keeper.submit("/language", {"lang": language, "language": language})
    number = db.session.query(PickList).one().pick_no
    last = db.session.query(Movement).order_by(Movement.n.desc()).first().n
    for url in [*PAGES, f"/inventory/picks/{number}", f"/inventory/movements/{last}/reverse"]:
        answer = keeper.get(url)
        assert answer.status_code == 200, url


@pytest.mark.parametrize("role", [Role.SALES, Role.CUSTOMER])
def test_a_stranger_is_refused_everywhere(stock, browser_of, role):
    client = browser_of(role, customer_id=1) if role is Role.CUSTOMER else browser_of(role)
    for url in PAGES[:-1]:
        assert client.get(url).status_code == 403, url


def test_a_part_is_found_by_number_name_initials_model_and_serial(keeper):
    for text in ("100871", "轴流", "zlfj", "Axial", "P-03"):
        assert "100871" in keeper.get("/inventory/parts", query_string={"q": text}).text, text
    assert "200014" in keeper.get("/inventory/parts?q=SN2").text
    assert "100871" not in keeper.get("/inventory/parts?q=100%25").text
    for text in ("zlfj", "100871", "D1"):
        assert "/inventory/" in keeper.get("/search", query_string={"q": text}).text, text


def test_an_engineer_sees_the_houses_and_the_own_van_only(stock, browser_of):
    client = browser_of(Role.ENGINEER, engineer_id=7)
    assert client.get("/inventory/places/V-07").status_code == 200
    assert client.get("/inventory/places/D1").status_code == 200
    foreign, absent = client.get("/inventory/places/V-08"), client.get("/inventory/places/V-99")
    assert (foreign.status_code, absent.status_code) == (404, 404)
    assert "D1-A1" in client.get("/inventory/places").text
    assert "V-08" not in client.get("/inventory/places").text
    books = client.get("/inventory/ledger").text
    assert "V-07" in books
    assert ">D1<" not in books


PART = {
    "part_no": "300001", "name": "控制板", "unit": "块", "criticality": "1", "cost": "120.50", "price": "200", "lead_days": "7",
    "minimum": "2", "maximum": "9", "models": "P-03\nP-04", "substitutes": "100871", "serial_tracked": "y",
}  # fmt: skip


def test_a_new_part_is_kept_with_all_that_was_said(keeper):
    answer = keeper.submit("/inventory/parts/new", PART)
    assert (answer.status_code, answer.location) == (303, "/inventory/parts/300001")
    part = db.session.query(Part).filter_by(part_no="300001").one()
    assert (part.cost_fen, part.serial_tracked, part.initials, part.maximum) == (12050, True, "kzb", 9)
    assert "100871" in keeper.get("/inventory/parts/300001").text


def test_a_bad_part_is_refused_by_the_field_and_not_kept(keeper):
    whole = [(name, value) for name in ("lead_days", "minimum") for value in NO_QUANTITY if value != "0"]
    others = [
        ("maximum", "1"),
        ("maximum", "1.5"),
        ("cost", "1,000"),
        ("cost", "-1"),
        ("price", "1.005"),
        ("price", "NaN"),
    ]
    words = [
        ("name", ""),
        ("part_no", "\x00"),
        ("criticality", "4"),
        ("substitutes", "300001"),
        ("substitutes", "nope"),
    ]
    for field, bad in whole + others + words:
        answer = keeper.submit("/inventory/parts/new", {**PART, field: bad})
        assert answer.status_code == 422, (field, bad)
        assert f'id="{field}-error"' in answer.text, (field, bad)
        assert "控制板" in answer.text or field == "name"
    assert db.session.query(Part).filter_by(part_no="300001").count() == 0


def test_a_field_the_form_does_not_list_is_refused(keeper):
    for column in ("version_id", "id", "created_at", "qty", "role", "initials"):
        assert keeper.submit("/inventory/parts/new", {**PART, column: "1"}).status_code == 400
    assert db.session.query(Part).count() == 3


def test_a_taken_number_and_a_stale_page_are_conflicts(keeper):
    assert keeper.submit("/inventory/parts/new", {**PART, "part_no": "100871", "substitutes": ""}).status_code == 409
    change = {**PART, "part_no": "100871", "name": "新名字", "substitutes": "", "serial_tracked": "", "version": "1"}
    del change["serial_tracked"]
    assert keeper.submit("/inventory/parts/100871/edit", change).status_code == 303
    assert keeper.submit("/inventory/parts/100871/edit", {**change, "name": "晚了"}).status_code == 409
    assert db.session.query(Part).filter_by(part_no="100871").one().name == "新名字"


def test_a_part_that_has_moved_keeps_its_way_of_being_counted(keeper):
    change = {**PART, "part_no": "100871", "substitutes": "", "version": "1"}
    answer = keeper.submit("/inventory/parts/100871/edit", change)
    assert answer.status_code == 409
    assert db.session.query(Part).filter_by(part_no="100871").one().serial_tracked is False


PLACE = {
    "code": "D2",
    "name": "城西库",
    "kind": "depot",
    "condition": "good",
    "parent": "W1",
    "lat": "31.2",
    "lon": "121.4",
}


def test_a_new_place_stands_in_the_tree(keeper):
    answer = keeper.submit("/inventory/places/new", {**PLACE, "hours": "08:00-18:00 " * 5 + "- -"})
    assert answer.status_code == 303
    assert "08:00-18:00" in keeper.get("/inventory/places/D2").text
    change = {**PLACE, "name": "西库", "version": "1"}
    assert keeper.submit("/inventory/places/D2/edit", change).status_code == 303
    assert keeper.submit("/inventory/places/D2/edit", change).status_code == 409
    assert keeper.submit("/inventory/places/D2/edit", {**change, "kind": "bin", "version": "2"}).status_code == 422


BAD_PLACES = (
    [("kind", "supplier"), ("kind", "moon"), ("parent", "V-07"), ("parent", "NOPE"), ("lat", "91"), ("lat", ""), ("lon", "1e2"),
     ("hours", "08:00-18:00"), ("hours", "18:00-08:00 - - - - - -"), ("holder_ref", "engineer:7")]
)  # fmt: skip


def test_a_bad_place_is_refused_by_the_field(keeper):
    for field, bad in BAD_PLACES:
        answer = keeper.submit("/inventory/places/new", {**PLACE, field: bad})
        assert answer.status_code == 422, (field, bad)
        assert f'id="{field}-error"' in answer.text, (field, bad)
    assert db.session.query(Place).filter_by(code="D2").count() == 0


def receipt(stock, **changes):
    return {"key": "k1", "to_place": str(stock.depot), "part_no_1": "100871", "qty_1": "3", "part_no_2": "200014",
            "serials_2": "SN8\nSN9", **changes}  # fmt: skip


def test_goods_are_received_once_however_often_the_form_arrives(stock, keeper):
    for _ in range(2):
        assert keeper.submit("/inventory/receive", receipt(stock)).status_code == 303
    assert level(stock.depot, stock.fan) == (13, 0)
    assert level(stock.depot, stock.seal) == (4, 0)


def test_what_is_no_quantity_is_not_received(stock, keeper):
    for bad in NO_QUANTITY:
        answer = keeper.submit("/inventory/receive", receipt(stock, qty_1=bad))
        assert answer.status_code == 422, bad
        assert 'id="qty_1-error"' in answer.text, bad
    assert level(stock.depot, stock.fan) == (10, 0)
    assert level(stock.depot, stock.seal) == (2, 0)


def test_every_bad_line_is_named_and_nothing_is_received(stock, keeper):
    answer = keeper.submit(
        "/inventory/receive", receipt(stock, part_no_1="NOPE", qty_2="3", part_no_3="100233", qty_3="")
    )
    assert answer.status_code == 422
    for field in ("part_no_1", "serials_2", "qty_3"):
        assert f'id="{field}-error"' in answer.text
    assert keeper.submit("/inventory/receive", receipt(stock, serials_2="SN3")).status_code == 409
    assert keeper.submit("/inventory/receive", receipt(stock, to_place="999")).status_code == 422
    assert level(stock.depot, stock.fan) == (10, 0)


def wanted(**changes):
    return {"key": "k1", "place": "-", "van": "-", "part_no_1": "100871", "qty_1": "3", **changes}


def test_parts_are_reserved_for_a_visit_and_released(stock, keeper):
    assert keeper.submit(f"/inventory/visits/{V}/reserve", wanted()).status_code == 303
    assert level(stock.depot, stock.fan) == (10, 3)
    assert db.session.query(PickList).count() == 1
    assert keeper.submit(f"/inventory/visits/{V}/release").status_code == 303
    assert level(stock.depot, stock.fan) == (10, 0)
    assert "100871" not in keeper.get("/inventory").text


def test_too_much_is_a_clear_409_naming_every_shortage(stock, keeper):
    answer = keeper.submit(f"/inventory/visits/{V}/reserve", wanted(qty_1="11", part_no_2="100233", qty_2="6"))
    assert answer.status_code == 409
    assert "轴流风机" in answer.text
    assert "皮带" in answer.text
    assert db.session.query(Reservation).count() == 0


def test_what_is_no_quantity_is_not_reserved(stock, keeper):
    for bad in NO_QUANTITY:
        answer = keeper.submit(f"/inventory/visits/{V}/reserve", wanted(qty_1=bad))
        assert answer.status_code == 422, bad
        assert 'id="qty_1-error"' in answer.text, bad
    assert db.session.query(Reservation).count() == 0


def test_a_visit_nobody_opened_is_not_found(keeper):
    assert keeper.get("/inventory/visits/V-999999").status_code == 404
    assert keeper.submit("/inventory/visits/V-999999/reserve", wanted()).status_code == 404
    assert keeper.submit("/inventory/visits/V-999999/release").status_code == 404


def scanned(stock, scans="100871\n*2", **changes):
    return {"scans": scans, "to_place": str(stock.van), "version": "1", **changes}


def test_a_scanned_list_is_issued_to_the_van_and_stays_held(stock, keeper):
    number = held(stock)
    assert keeper.get(f"/inventory?code={number}").location.endswith(number)
    assert keeper.get(f"/inventory?code={V}").location.endswith(number)
    assert keeper.submit(f"/inventory/picks/{number}", scanned(stock)).status_code == 303
    assert level(stock.van, stock.fan) == (3, 2)
    assert level(stock.depot, stock.fan) == (8, 0)
    assert keeper.submit(f"/inventory/picks/{number}", scanned(stock)).status_code == 409
    assert level(stock.van, stock.fan) == (3, 2)


def test_what_differs_from_the_list_needs_a_reason(stock, keeper):
    number = held(stock)
    for scans in ("100871", "100871\n100871\n100233"):
        answer = keeper.submit(f"/inventory/picks/{number}", scanned(stock, scans))
        assert answer.status_code == 422
        assert level(stock.van, stock.fan) == (1, 0)
    given = scanned(stock, "100871\n100233", reason="皮带一起换")
    assert keeper.submit(f"/inventory/picks/{number}", given).status_code == 303
    assert level(stock.van, stock.belt) == (1, 1)
    assert level(stock.depot, stock.fan) == (9, 0)


def test_a_code_nobody_knows_is_refused_and_the_scans_are_kept(stock, keeper):
    number = held(stock)
    answer = keeper.submit(f"/inventory/picks/{number}", scanned(stock, "100871\nXYZ"))
    assert answer.status_code == 422
    assert "XYZ" in answer.text
    assert keeper.submit(f"/inventory/picks/{number}", scanned(stock, version="2")).status_code == 409
    assert keeper.submit(f"/inventory/picks/{number}", scanned(stock, version="x")).status_code == 422
    assert level(stock.van, stock.fan) == (1, 0)


def back(stock, **changes):
    return {"key": "b1", "code": "100871", "qty": "1", "visit_ref": V, "from_place": str(stock.van),
            "to_place": str(stock.depot_bin), **changes}  # fmt: skip


def test_unused_parts_come_back_once(stock, keeper):
    number = held(stock)
    keeper.submit(f"/inventory/picks/{number}", scanned(stock))
    for _ in range(2):
        assert keeper.submit("/inventory/returns", back(stock)).status_code == 303
    assert level(stock.depot_bin, stock.fan) == (1, 0)
    assert level(stock.van, stock.fan) == (2, 1)
    assert keeper.submit("/inventory/returns", back(stock, key="b2", qty="2")).status_code == 409
    assert keeper.submit("/inventory/returns", back(stock, key="b3", code="XYZ")).status_code == 422


def test_what_is_no_quantity_does_not_come_back(stock, keeper):
    for bad in NO_QUANTITY:
        answer = keeper.submit("/inventory/returns", back(stock, qty=bad))
        assert answer.status_code == 422, bad
        assert 'id="qty-error"' in answer.text, bad


def sending(stock, **changes):
    places = {"from_place": str(stock.depot), "to_place": str(stock.van)}
    return {"key": "s1", "part_no_1": "100871", "qty_1": "2", **places, **changes}


def test_a_transfer_is_sent_and_confirmed_by_the_van_s_own_engineer(stock, keeper, browser_of):
    for _ in range(2):
        sent = keeper.submit("/inventory/transfers/new", sending(stock))
        assert sent.status_code == 303
    line = "line_" + keeper.get(sent.location).text.split('name="line_')[1].split('"')[0]
    stranger, driver = browser_of(Role.ENGINEER, engineer_id=8), browser_of(Role.ENGINEER, engineer_id=7)
    assert stranger.get(sent.location).status_code == 404
    assert stranger.submit(sent.location, {line: "2"}).status_code == 404
    assert driver.submit(sent.location, {line: "1"}).status_code == 422
    assert driver.submit(sent.location, {line: "3"}).status_code == 422
    assert driver.submit(sent.location, {line: "2", "line_999": "1"}).status_code == 400
    assert driver.submit(sent.location, {line: "2"}).status_code == 303
    assert level(stock.van, stock.fan) == (3, 0)
    assert keeper.submit(sent.location, {line: "2"}).status_code == 409


def test_what_is_no_quantity_is_not_sent(stock, keeper):
    for bad in NO_QUANTITY:
        answer = keeper.submit("/inventory/transfers/new", sending(stock, qty_1=bad))
        assert answer.status_code == 422, bad
    assert db.session.query(Transfer).count() == 0


def test_a_movement_is_reversed_once_with_a_reason(stock, keeper):
    n = db.session.query(Movement).filter_by(key="cast-depot:0").one().n
    assert keeper.submit(f"/inventory/movements/{n}/reverse", {"reason": ""}).status_code == 422
    assert keeper.submit(f"/inventory/movements/{n}/reverse", {"reason": "记错"}).status_code == 303
    assert keeper.submit(f"/inventory/movements/{n}/reverse", {"reason": "记错"}).status_code == 409
    assert level(stock.depot, stock.fan) == (0, 0)
    assert keeper.get("/inventory/movements/999999999999999999999/reverse").status_code == 404


def test_a_page_number_that_is_none_is_refused_by_name(keeper):
    for bad in ("0", "-1", "x", "1e3", "9" * 30):
        assert keeper.get(f"/inventory/parts?page={bad}").status_code == 422


def test_what_others_type_stays_text(stock, keeper):
    evil = "<script>alert(1)</script>"
    keeper.submit("/inventory/parts/new", {**PART, "name": evil})
    for url in ("/inventory/parts", "/inventory/parts/300001", f"/inventory/parts?q={evil}"):
        assert evil not in keeper.get(url).text


@pytest.mark.parametrize("typed", ["9" * 5000, "x", "-1", "1.5", "１"])
def test_a_version_that_is_none_is_refused_and_breaks_nothing(stock, keeper, typed):
    """Five thousand digits in the hidden field were handed to int() and ended as an error of ours (P7, P42)."""
    number = held(stock)
    for url in ("/inventory/places/D1/edit", "/inventory/parts/100871/edit", f"/inventory/picks/{number}"):
        assert keeper.submit(url, {"version": typed}).status_code == 422, url


@pytest.mark.parametrize("key", ["{{7*7}}", "' or 1=1 --", "-"])
def test_a_key_that_no_page_made_is_refused_and_breaks_nothing(stock, keeper, key):
    """The hidden key of a page, tampered with, was told in the wrong exception and ended as an error of ours (P42)."""
    assert keeper.submit("/inventory/returns", back(stock, key=key)).status_code == 422
