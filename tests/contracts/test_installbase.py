"""The install base on both engines: who owns what, found by anything, overwritten by nobody (C1, P14)."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.auth.actor import SYSTEM
from app.db import Stale, db
from app.kernel.errors import InvalidInput
from contracts.installbase import api, use_cases
from contracts.installbase.errors import (
    AlreadyRetired,
    DatesOutOfOrder,
    MissingSite,
    ParentNotHere,
    SerialTaken,
    SiteOfAnotherCustomer,
)
from contracts.installbase.rules import ContactFacts, CustomerFacts
from tests.conftest import MONDAY
from tests.contracts import cast


@pytest.fixture
def who(house):
    return cast.hospital()


def test_a_site_keeps_its_position_zone_and_access(who):
    week = ((480, 1080),) * 5 + (None, None)
    site_id = use_cases.add_site(
        who.customer_id, cast.site_facts(name="住院部", access=week, access_note="刷卡"), by=SYSTEM, now=MONDAY
    )
    card = api.site_card(db.session(), site_id)
    assert (card.lat, card.lon, card.zone, card.territory) == (31.2304, 121.4737, "Asia/Shanghai", "T1")
    assert (card.access_hours, card.access_note) == (week, "刷卡")
    assert api.site_card(db.session(), who.site_id).access_hours is None
    with pytest.raises(MissingSite):
        api.site_card(db.session(), 10**9)


@pytest.mark.parametrize(
    ("facts", "field"),
    [({"lat": "95"}, "lat"), ({"lon": "nan"}, "lon"), ({"zone": "Mars/Base"}, "zone"), ({"zone": "../etc"}, "zone")],
)
def test_a_site_that_is_nowhere_is_refused_by_field(who, facts, field):
    with pytest.raises(InvalidInput) as caught:
        use_cases.add_site(who.customer_id, cast.site_facts(name="另一处", **facts), by=SYSTEM, now=MONDAY)
    assert field in caught.value.problems[0].field


def test_names_and_serials_are_taken_once(who):
    with pytest.raises(InvalidInput) as caught:
        use_cases.add_customer(CustomerFacts(name="市第一医院"), by=SYSTEM, now=MONDAY)
    assert caught.value.problems[0].code == "contracts.taken"
    serial = api.asset_card(db.session(), who.pump_id).serial_no
    with pytest.raises(SerialTaken):
        use_cases.add_asset(who.site_id, cast.pump_facts(serial_no=serial), by=SYSTEM, now=MONDAY)
    for _ in range(2):  # Without a serial there is nothing to take.
        use_cases.add_asset(who.site_id, cast.pump_facts(serial_no=""), by=SYSTEM, now=MONDAY)


def test_a_caller_is_found_by_his_number_however_it_is_typed(who):
    for typed in ("13800132201", "138 0013-2201", "+8613800132201", "138００１３２２０１"):
        assert [card.id for card in api.find_by_mobile(db.session(), typed)] == [who.contact_id]
    assert api.find_by_mobile(db.session(), "") == ()


def test_the_contact_of_the_site_comes_first(who):
    facts = ContactFacts(name="王班长", mobile="13900000000", site_id=who.site_id)
    local = use_cases.add_contact(who.customer_id, facts, by=SYSTEM, now=MONDAY)
    assert [card.id for card in api.contacts_of(db.session(), who.customer_id)] == [who.contact_id, local]
    by_site = api.contacts_of(db.session(), who.customer_id, site_id=who.site_id)
    assert [card.id for card in by_site] == [local, who.contact_id]


def test_nothing_stands_on_a_strangers_site_not_even_by_sql(who):
    other = cast.hospital(name="市第二医院")
    with pytest.raises(SiteOfAnotherCustomer):
        use_cases.edit_asset(who.pump_id, cast.pump_facts(), site_id=other.site_id, seen=1, by=SYSTEM, now=MONDAY)
    with pytest.raises(IntegrityError):
        db.session.execute(text("UPDATE asset SET site_id = :s WHERE id = :a"), {"s": other.site_id, "a": who.pump_id})
        db.session.execute(text("SELECT 1"))
        db.session.commit()
    db.session.rollback()


def test_a_parent_is_of_the_same_customer_and_makes_no_ring(who):
    child = use_cases.add_asset(
        who.site_id, cast.pump_facts(serial_no="C1", parent_id=who.pump_id), by=SYSTEM, now=MONDAY
    )
    other = cast.hospital(name="市第二医院")
    for parent in (child, other.pump_id, 10**9):
        with pytest.raises(ParentNotHere):
            use_cases.edit_asset(
                who.pump_id, cast.pump_facts(parent_id=parent), site_id=who.site_id, seen=1, by=SYSTEM, now=MONDAY
            )


def test_two_editors_of_one_asset_one_is_told_both_versions(who):
    use_cases.edit_asset(who.pump_id, cast.pump_facts(name="甲"), site_id=who.site_id, seen=1, by=SYSTEM, now=MONDAY)
    with pytest.raises(Stale) as caught:
        use_cases.edit_asset(
            who.pump_id, cast.pump_facts(name="乙"), site_id=who.site_id, seen=1, by=SYSTEM, now=MONDAY
        )
    assert caught.value.data == {"seen": 1, "found": 2}
    assert api.asset_card(db.session(), who.pump_id).name == "甲"


def test_a_retired_asset_leaves_the_lists_but_not_the_archive(who):
    use_cases.retire_asset(who.pump_id, on=date(2026, 3, 2), why="报废", seen=1, by=SYSTEM, now=MONDAY)
    assert api.assets_of_site(db.session(), who.site_id) == ()
    assert api.asset_card(db.session(), who.pump_id).retired_on == date(2026, 3, 2)
    with pytest.raises(AlreadyRetired):
        use_cases.retire_asset(who.pump_id, on=date(2026, 3, 3), why="x", seen=2, by=SYSTEM, now=MONDAY)


def test_dates_come_in_their_order(who):
    with pytest.raises(DatesOutOfOrder):
        use_cases.add_asset(
            who.site_id, cast.pump_facts(serial_no="D", installed_on=date(2026, 1, 2), accepted_on=date(2026, 1, 1)),
            by=SYSTEM, now=MONDAY,
        )  # fmt: skip
    with pytest.raises(DatesOutOfOrder):
        use_cases.retire_asset(who.pump_id, on=date(2020, 1, 1), why="x", seen=1, by=SYSTEM, now=MONDAY)
