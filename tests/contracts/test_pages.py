"""Pages of the contracts floor: they work, refuse strangers, answer bad input by field, and leave no trace of it."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import func, select

from app.auth.actor import SYSTEM
from app.db import db
from app.domain import Role
from contracts.installbase import api
from contracts.installbase.models import Asset, Contact, Customer, Site
from contracts.policies.models import ServicePolicy
from contracts.terms.models import Contract, ContractVersion, Warranty
from contracts.terms.rules import Party, WarrantyFacts
from contracts.terms.warranties import add_warranty
from tests.conftest import MONDAY
from tests.contracts import cast

OFFICE = [Role.DISPATCHER, Role.STOREKEEPER, Role.SALES, Role.MANAGER, Role.ADMINISTRATOR]
SITE = {
    "name": "住院部", "address": "人民路9号", "lat": "31.2", "lon": "121.4", "datum": "wgs84", "zone": "Asia/Shanghai",
    **{f"access_{day}": "" for day in range(7)}, "territory": "T1", "access_note": "", "version": "",
}  # fmt: skip
ASSET = {
    "name": "RTU-11", "model": "RTU", "serial_no": "00123", "sale_value_fen": "1200.50", "installed_on": "2026-01-05",
    "accepted_on": "2026-01-10", "criticality": "high", "software": "", "firmware": "", "parent_id": "",
}  # fmt: skip


@pytest.fixture
def who(house):
    return cast.hospital()


@pytest.fixture
def pages(who):
    contract_id = cast.four_hour_contract(who)
    policy = db.session.scalar(select(func.min(ServicePolicy.id)))
    return [
        "/customers", f"/customers/{who.customer_id}", "/sites", f"/sites/{who.site_id}", "/assets",
        f"/assets/{who.pump_id}", "/policies", f"/policies/{policy}", "/contracts", f"/contracts/{contract_id}",
    ]  # fmt: skip


@pytest.fixture
def forms(who):
    contract_id = cast.four_hour_contract(who)
    policy = db.session.scalar(select(func.min(ServicePolicy.id)))
    return [
        "/customers/new", f"/customers/{who.customer_id}/edit", f"/customers/{who.customer_id}/contacts/new",
        f"/contacts/{who.contact_id}/edit", f"/customers/{who.customer_id}/sites/new", f"/sites/{who.site_id}/edit",
        f"/sites/{who.site_id}/assets/new", f"/assets/{who.pump_id}/edit", f"/assets/{who.pump_id}/warranties/new",
        "/policies/new", f"/policies/{policy}/edit", f"/customers/{who.customer_id}/contracts/new",
        f"/contracts/{contract_id}/amend",
    ]  # fmt: skip


def count(model):
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model))


def fields(html):
    """Every named value that the page's main form would send, as a browser would."""
    form = re.search(r'<form method="post" class="form-house".*?</form>', html, re.S)[0]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if not name or name[1] == "csrf_token" or ('type="checkbox"' in tag and "checked" not in tag):
            continue
        found.setdefault(name[1], []).append(value[1] if value else "")
    for name, body in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option selected value="([^"]*)"', body) or re.search(r'value="([^"]*)"', body)
        found[name] = [chosen[1]]
    for name, body in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.S):
        found[name] = [body.strip()]
    return found


class TestReading:
    @pytest.mark.parametrize("role", OFFICE)
    def test_the_office_reads_every_page(self, browser_of, pages, role):
        client = browser_of(role)
        for page in pages:
            assert client.get(page).status_code == 200, page

    def test_an_engineer_has_no_business_here(self, browser_of, pages):
        client = browser_of(Role.ENGINEER, engineer_id=7)
        assert {client.get(page).status_code for page in pages} == {403}

    def test_a_stranger_is_shown_the_door(self, house, pages):
        client = house.test_client()
        assert {client.get(page).status_code for page in pages} == {303}

    def test_a_customer_sees_his_own_and_nothing_of_anybody_else(self, browser_of, who, pages):
        client = browser_of(Role.CUSTOMER, customer_id=who.customer_id)
        assert {client.get(page).status_code for page in pages} == {200}
        other = browser_of(Role.CUSTOMER, customer_id=who.customer_id + 1000)
        own_pages = [page for page in pages if re.search(r"\d", page) and "policies" not in page]
        absent = [re.sub(r"\d+", "999999", page) for page in own_pages]
        for foreign, missing in zip(own_pages, absent, strict=True):
            answers = [
                re.sub(r"[0-9a-f]{12}", "", other.get(page).get_data(as_text=True)) for page in (foreign, missing)
            ]
            assert other.get(foreign).status_code == 404
            assert "市第一医院" not in answers[0]
        for page in ("/customers", "/sites", "/assets", "/contracts", "/search?q=sdyyy"):
            assert "市第一医院" not in other.get(page).get_data(as_text=True)

    def test_a_customer_is_not_offered_the_territories_of_others(self, browser_of, who):
        """The list to choose from named every territory we serve."""
        other = cast.hospital(name="市第二医院")
        site = cast.site_facts(name="外地机房", territory="T-ELSEWHERE")
        cast.installbase.add_site(other.customer_id, site, by=cast.SYSTEM, now=cast.LONG_AGO)
        page = browser_of(Role.CUSTOMER, customer_id=who.customer_id).get("/sites").get_data(as_text=True)
        assert "T1" in page
        assert "T-ELSEWHERE" not in page
        assert "T-ELSEWHERE" in browser_of(Role.SALES).get("/sites").get_data(as_text=True)

    def test_nobody_is_asked_to_type_the_fingerprint_of_a_scan(self, browser_of, who):
        contract_id = cast.terms.draft_contract(
            who.customer_id, cast.ContractKind.PAID_MAINTENANCE, cast.four_hour_terms(who), by=cast.SYSTEM,
            now=cast.LONG_AGO,
        )  # fmt: skip
        cast.terms.quote_contract(contract_id, seen=1, by=cast.SYSTEM, now=cast.LONG_AGO)
        page = browser_of(Role.SALES).get(f"/contracts/{contract_id}").get_data(as_text=True)
        assert "signed_by" in page
        assert "SHA-256" not in page

    def test_a_customer_does_not_see_our_drafts_or_amendments_in_the_making(self, browser_of, who):
        contract_id = cast.four_hour_contract(who)
        cast.terms.amend_contract(
            contract_id, cast.four_hour_terms(who, starts_on=date(2026, 6, 1), note="内部议价"),
            seen=cast.seen(contract_id), by=SYSTEM, now=MONDAY,
        )  # fmt: skip
        draft = cast.terms.draft_contract(
            who.customer_id, cast.ContractKind.PAID_MAINTENANCE, cast.four_hour_terms(who), by=SYSTEM, now=MONDAY
        )
        client = browser_of(Role.CUSTOMER, customer_id=who.customer_id)
        assert client.get(f"/contracts/{draft}").status_code == 404
        assert "内部议价" not in client.get(f"/contracts/{contract_id}").get_data(as_text=True)
        for page in ("/contracts", f"/customers/{who.customer_id}"):
            assert "2026-06-01" not in client.get(page).get_data(as_text=True)
        assert "内部议价" in browser_of(Role.SALES).get(f"/contracts/{contract_id}").get_data(as_text=True)

    @pytest.mark.parametrize("typed", ["市第一", "sdyyy", "13800132201", "循环泵", "MC-2025", "门诊楼"])
    def test_the_search_box_finds_it(self, browser_of, who, typed):
        cast.four_hour_contract(who)
        found = browser_of(Role.DISPATCHER).get("/search", query_string={"q": typed}).get_data(as_text=True)
        assert "市第一医院" in found

    @pytest.mark.parametrize("page", ["/customers", "/sites", "/assets", "/contracts"])
    def test_a_list_is_searched_and_a_strange_argument_is_named(self, browser_of, who, page):
        client = browser_of(Role.SALES)
        assert "没有符合条件的记录" in client.get(f"{page}?q=%25%25none").get_data(as_text=True)
        assert client.get(f"{page}?page=-1").status_code == 422
        assert client.get(f"{page}?page=99999").status_code == 200
        assert client.get(f"{page}?q=%00").status_code == 400
        assert client.get(f"{page}?q={'x' * 81}").status_code == 422

    def test_an_address_with_an_endless_number_is_simply_not_found(self, browser_of, who):
        client = browser_of(Role.SALES)
        assert client.get("/customers/99999999999999999999999").status_code == 404

    def test_the_assets_page_shows_its_gaps_and_what_a_call_would_be_owed(self, browser_of, who):
        add_warranty(who.pump_id, WarrantyFacts(months=1, party=Party.OURS), by=SYSTEM, now=MONDAY)
        page = browser_of(Role.DISPATCHER).get(f"/assets/{who.pump_id}").get_data(as_text=True)
        assert "不在保,需先确认报价" in page
        assert "cover-gap" in page
        assert "空档 47 天" in page
        assert "style=" not in page
        cast.four_hour_contract(who)
        page = browser_of(Role.DISPATCHER).get(f"/assets/{who.pump_id}").get_data(as_text=True)
        assert "合同内,4小时到场,人工路费备件免费" in page
        assert "2026-12-31" in page

    def test_the_sellers_home_counts_what_ends_soon(self, browser_of, who, clock):
        cast.four_hour_contract(who, ends_on=date(2026, 4, 1))
        home = browser_of(Role.SALES).get("/").get_data(as_text=True)
        assert "即将到期的合同" in home
        assert "MC-2025-001" in home
        assert "即将到期的合同" not in browser_of(Role.STOREKEEPER).get("/").get_data(as_text=True)

    def test_money_is_for_those_who_may_see_it(self, browser_of, pages):
        for page in pages:
            assert "120,000.00" not in browser_of(Role.STOREKEEPER).get(page).get_data(as_text=True), page
        assert "¥120,000.00" in browser_of(Role.SALES).get(pages[-1]).get_data(as_text=True)


class TestWriting:
    def test_who_only_reads_may_open_no_form_and_send_none(self, browser_of, who, forms):
        for role, links in (
            (Role.DISPATCHER, {}), (Role.STOREKEEPER, {}), (Role.CUSTOMER, {"customer_id": who.customer_id}),
        ):  # fmt: skip
            client = browser_of(role, **links)
            assert {client.get(form).status_code for form in forms} == {403}
            assert {client.submit(form).status_code for form in forms} == {403}

    def test_every_form_refuses_a_field_it_does_not_list(self, browser_of, forms):
        client = browser_of(Role.SALES)
        before = [count(model) for model in (Customer, Contact, Site, Asset, Warranty, ServicePolicy, ContractVersion)]
        for form in forms:
            typed = fields(client.get(form).get_data(as_text=True))
            for strange in ("customer_id", "state", "signed_at", "customer_no", "created_at"):
                assert client.submit(form, {**typed, strange: "1"}).status_code == 400, form
        after = [count(model) for model in (Customer, Contact, Site, Asset, Warranty, ServicePolicy, ContractVersion)]
        assert after == before

    def test_every_form_names_the_field_that_is_wrong_and_saves_nothing(self, browser_of, forms):
        client = browser_of(Role.SALES)
        for form in forms:
            answer = client.submit(form, {"version": ""} if "warranties" not in form else {"note": ""})
            assert answer.status_code == 422, form
            assert "error-summary" in answer.get_data(as_text=True), form

    def test_every_edit_form_sent_back_unchanged_is_taken(self, browser_of, forms):
        client = browser_of(Role.SALES)
        for form in forms:
            if form.endswith("/edit") or form.endswith("/amend"):
                answer = client.submit(form, fields(client.get(form).get_data(as_text=True)))
                assert answer.status_code == 303, (form, answer.get_data(as_text=True)[-3000:])

    def test_a_customer_with_site_contact_and_asset_is_typed_in(self, browser_of, house):
        cast.shipped()
        client = browser_of(Role.SALES)
        answer = client.submit("/customers/new", {"name": "城东水务", "phone": "021-5000000", "note": ""})
        assert answer.status_code == 303
        customer = db.session.scalar(select(Customer).where(Customer.name == "城东水务"))
        assert (customer.initials, answer.location) == ("cdsw", f"/customers/{customer.id}")
        typed = {**SITE, "access_0": "08:00-18:00"}
        assert client.submit(f"/customers/{customer.id}/sites/new", typed).status_code == 303
        site = api.sites_of_customer(db.session(), customer.id)[0]
        assert site.access_hours == ((480, 1080), None, None, None, None, None, None)
        contact = {"name": "周工", "mobile": "139 0000 0001", "site_id": str(site.id), "is_main": "y"}
        assert client.submit(f"/customers/{customer.id}/contacts/new", contact).status_code == 303
        assert api.find_by_mobile(db.session(), "13900000001")[0].site_id == site.id
        answer = client.submit(f"/sites/{site.id}/assets/new", {**ASSET, "site_id": str(site.id)})
        assert answer.status_code == 303
        asset = db.session.scalar(select(Asset).where(Asset.serial_no == "00123"))
        assert (asset.sale_value_fen, asset.accepted_on) == (120_050, date(2026, 1, 10))
        assert client.get(answer.location).status_code == 200

    @pytest.mark.parametrize(
        ("field", "typed"),
        [
            ("lat", "91"), ("lat", "NaN"), ("lon", ""), ("zone", "Mars/Base"), ("datum", "mercator"),
            ("access_3", "18:00-08:00"), ("access_3", "8-18"), ("name", ""), ("name", "a\x00b"), ("name", "x" * 121),
        ],
    )  # fmt: skip
    def test_a_site_typed_wrongly_keeps_what_was_typed_and_is_not_saved(self, browser_of, who, field, typed):
        before = count(Site)
        answer = browser_of(Role.SALES).submit(f"/customers/{who.customer_id}/sites/new", {**SITE, field: typed})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert f'href="#{field}"' in page
        assert 'value="人民路9号"' in page
        assert count(Site) == before

    @pytest.mark.parametrize(
        "typed", ["-1", "+5", " 7 ", "1e3", "1_000", "１２", "٣", "true", "NaN", "Infinity", "1.234", "1" * 400]
    )
    def test_an_amount_is_judged_as_typed(self, browser_of, who, typed):
        before = count(Asset)
        typed_in = {**ASSET, "site_id": str(who.site_id), "sale_value_fen": typed}
        answer = browser_of(Role.SALES).submit(f"/sites/{who.site_id}/assets/new", typed_in)
        assert answer.status_code == 422
        assert 'href="#sale_value_fen"' in answer.get_data(as_text=True)
        assert count(Asset) == before

    def test_the_second_of_two_editors_is_told_and_overwrites_nothing(self, browser_of, who):
        client = browser_of(Role.SALES)
        address = f"/customers/{who.customer_id}/edit"
        opened = fields(client.get(address).get_data(as_text=True))
        assert client.submit(address, {**opened, "name": "甲医院"}).status_code == 303
        answer = client.submit(address, {**opened, "name": "乙医院"})
        assert answer.status_code == 409
        assert "第 1 版" in answer.get_data(as_text=True)
        assert 'value="乙医院"' in answer.get_data(as_text=True)
        assert api.customer_name(db.session(), who.customer_id) == "甲医院"

    def test_an_asset_of_another_customer_cannot_be_chosen_as_parent(self, browser_of, who):
        other = cast.hospital(name="市第二医院")
        client = browser_of(Role.SALES)
        typed = {**ASSET, "site_id": str(who.site_id), "parent_id": str(other.pump_id)}
        assert client.submit(f"/sites/{who.site_id}/assets/new", typed).status_code == 422
        typed = {**ASSET, "site_id": str(other.site_id)}
        assert client.submit(f"/sites/{who.site_id}/assets/new", typed).status_code == 422

    def test_an_asset_is_retired_with_a_reason(self, browser_of, who):
        client = browser_of(Role.SALES)
        address = f"/assets/{who.pump_id}/retire"
        assert client.submit(address, {"on": "2026-03-02", "why": "", "version": "1"}).status_code == 422
        assert client.submit(address, {"on": "2026-03-02", "why": "报废", "version": "1"}).status_code == 303
        assert "已退役" in client.get(f"/assets/{who.pump_id}").get_data(as_text=True)

    def test_a_warranty_is_added_and_taken_back(self, browser_of, who):
        client = browser_of(Role.SALES)
        address = f"/assets/{who.pump_id}/warranties/new"
        typed = fields(client.get(address).get_data(as_text=True))
        assert client.submit(address, typed).status_code == 303
        row = db.session.scalar(select(Warranty))
        assert (row.first_on, row.last_on) == (date(2025, 12, 15), date(2026, 12, 14))
        assert "质保期内" in client.get(f"/assets/{who.pump_id}").get_data(as_text=True)
        assert client.submit(f"/warranties/{row.id}/void", {"why": "录错"}).status_code == 303
        assert "质保期内" not in client.get(f"/assets/{who.pump_id}").get_data(as_text=True)
        assert client.get("/warranties/999999/void").status_code == 404

    def test_a_policy_gets_a_new_edition_and_the_old_one_stays(self, browser_of, who):
        client = browser_of(Role.MANAGER)
        old = db.session.scalar(select(ServicePolicy).where(ServicePolicy.code == "4-hour"))
        address = f"/policies/{old.id}/edit"
        typed = {**fields(client.get(address).get_data(as_text=True)), "limit_arrival_0": "3h30m"}
        answer = client.submit(address, typed)
        assert answer.status_code == 303
        assert "3小时30分钟" in client.get(answer.location).get_data(as_text=True)
        assert "硬件故障" in client.get(answer.location).get_data(as_text=True)
        assert "4小时" in client.get(f"/policies/{old.id}").get_data(as_text=True)
        assert client.submit(address, typed).status_code == 409
        for wrong in ("0h", "4", "4h 30m", "-1h", "４h"):
            answer = client.submit(address, {**typed, "limit_arrival_0": wrong})
            assert answer.status_code == 422
            assert 'href="#limit_arrival_0"' in answer.get_data(as_text=True)

    def test_a_contract_is_drafted_quoted_signed_put_in_force_and_amended_by_its_pages(self, browser_of, who):
        client = browser_of(Role.SALES)
        policy = db.session.scalar(select(ServicePolicy.id).where(ServicePolicy.code == "4-hour"))
        address = f"/customers/{who.customer_id}/contracts/new"
        typed = fields(client.get(address).get_data(as_text=True))
        typed.update(
            starts_on="2026-03-01", ends_on="2027-02-28", fee_fen="36500", unit_arrival="started_hour",
            each_arrival="200", penalty_cap_fen="3000", penalty_cap_period="quarter",
        )  # fmt: skip
        assert client.submit(address, typed).status_code == 422  # Nothing is covered yet.
        typed[f"cover_asset_{who.pump_id}"] = str(policy)
        answer = client.submit(address, typed)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        contract_id = int(answer.location.rsplit("/", 1)[1])
        here = f"/contracts/{contract_id}"
        assert "¥36,500.00" in client.get(here).get_data(as_text=True)
        assert client.submit(f"{here}/activate", {"version": "1"}).status_code == 409
        assert client.submit(f"{here}/quote", {"version": "1"}).status_code == 303
        assert client.submit(f"{here}/quote", {"version": "1"}).status_code == 409
        assert client.submit(f"{here}/sign", {"signed_by": "", "version": "2"}).status_code == 422
        assert client.submit(f"{here}/sign", {"signed_by": "张主任", "version": "2"}).status_code == 303
        assert client.submit(f"{here}/edit", {**typed, "version": "3"}).status_code in (400, 409)
        assert client.submit(f"{here}/activate", {"version": "3"}).status_code == 303
        page = client.get(here).get_data(as_text=True)
        assert "2026-03-01 ～ 2027-02-28" in page
        amended = fields(client.get(f"{here}/amend").get_data(as_text=True))
        assert amended["each_arrival"] == ["200.00"]
        assert client.submit(f"{here}/amend", {**amended, "starts_on": "2026-05-01"}).status_code == 303
        assert client.submit(f"{here}/sign-amendment", {"signed_by": "张主任", "version": "5"}).status_code == 303
        assert "2026-03-01 ～ 2026-04-30" in client.get(here).get_data(as_text=True)
        assert client.submit(f"{here}/suspend", {"why": "欠款", "version": "6"}).status_code == 303
        assert client.submit(f"{here}/resume", {"version": "7"}).status_code == 303
        ended = {"last_on": "2026-06-30", "why": "搬迁", "version": "8"}
        assert client.submit(f"{here}/terminate", ended).status_code == 303
        assert db.session.get_one(Contract, contract_id).state == "terminated"

    def test_a_strangers_contract_takes_no_step(self, browser_of, who):
        client = browser_of(Role.SALES)
        for step in ("quote", "sign", "activate", "amend", "edit", "terminate", "sign-amendment", "drop-amendment"):
            assert client.submit(f"/contracts/999999/{step}", {"version": "1"}).status_code == 404


def test_text_stays_text_on_every_page(browser_of, house):
    """P33: a canary in every field a person can fill, read back from every page that shows it."""
    canary = "<script>alert(1)</script>"
    who = cast.hospital(name=f"医院{canary}")
    cast.installbase.edit_site(
        who.site_id, cast.site_facts(name=canary, address=canary, access_note=canary), seen=1, by=SYSTEM, now=MONDAY
    )
    cast.installbase.edit_asset(
        who.pump_id, cast.pump_facts(name=canary, model=canary), site_id=who.site_id, seen=1, by=SYSTEM, now=MONDAY
    )
    contract_id = cast.four_hour_contract(who, note=canary, service_area=canary, payment_terms=canary)
    add_warranty(who.pump_id, WarrantyFacts(months=12, note=canary), by=SYSTEM, now=MONDAY)
    client = browser_of(Role.SALES)
    for page in (
        "/", "/customers", "/sites", "/assets", "/contracts", f"/customers/{who.customer_id}", f"/sites/{who.site_id}",
        f"/assets/{who.pump_id}", f"/contracts/{contract_id}", f"/contracts/{contract_id}/amend", "/search?q=script",
        f"/assets/{who.pump_id}/edit", f"/sites/{who.site_id}/edit", f"/customers/{who.customer_id}/contracts/new",
    ):  # fmt: skip
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert canary not in answer.get_data(as_text=True), page
