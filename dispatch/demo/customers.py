"""The customers: hospitals, water works, data centres and others in real towns, their sites, people and assets."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from random import Random

from app.actor import SYSTEM
from contracts.installbase import use_cases as installbase
from contracts.installbase.rules import (
    AccessHours,
    AssetFacts,
    ContactFacts,
    Criticality,
    CustomerFacts,
    SiteFacts,
)
from dispatch.demo.cast import GIVEN, KINDS, MODELS, STREETS, SURNAMES, Kind, Model
from dispatch.demo.company import AssetRef, Company, CustomerRef, SiteRef, local
from dispatch.demo.sales import give_warranty
from dispatch.demo.towns import TERRITORIES, Town, around, nearest, of_territory

__all__ = ["person_name", "win_customers"]

_ACCESS: dict[str, AccessHours] = {
    "weekdays": ((450, 1110),) * 5 + ((480, 1020), None),
    "office": ((510, 1050),) * 5 + (None, None),
}
_NOTES = ("先到门卫登记", "进机房需换鞋套", "联系值班室领钥匙", "货梯在东侧", "", "", "", "")


def person_name(random: Random) -> str:
    """A plausible name."""
    return random.choice(SURNAMES) + "".join(random.choice(GIVEN) for _ in range(random.choice((1, 2, 2))))


def win_customers(company: Company) -> None:
    """Every customer with sites and contacts; assets that were accepted later come when their day comes."""
    random = company.random("customers")
    seen: set[str] = set()
    for number, kind in enumerate(_kinds(company.scale.customers)):
        company.customers.append(_customer(company, kind, number, seen, random))
    _sites(company, random)
    _assets(company, random)


def _kinds(count: int) -> list[Kind]:
    """So many customers in the proportions of the cast, a hospital first."""
    pool = [kind for kind in KINDS for _ in range(kind.count)]
    step = len(pool) / count
    return [pool[int(number * step)] for number in range(count)]


def _customer(company: Company, kind: Kind, number: int, seen: set[str], random: Random) -> CustomerRef:
    territory = TERRITORIES[number % len(TERRITORIES)].code
    while True:
        town = random.choice(of_territory(territory)[:16])
        name = f"{town.name}{random.choice(kind.names)}"
        if name not in seen:
            seen.add(name)
            break
    phone = f"010-{random.randint(50_000_000, 89_999_999)}"
    customer_id = installbase.add_customer(CustomerFacts(name=name, phone=phone), by=SYSTEM, now=company.founded_at)
    customer = CustomerRef(customer_id, name, kind, town)
    for place in range(random.choice((2, 2, 3))):
        who, mobile = person_name(random), f"13{random.randint(100_000_000, 999_999_999)}"
        facts = ContactFacts(name=who, title=kind.titles[place % 3], mobile=mobile, is_main=place == 0)
        installbase.add_contact(customer_id, facts, by=SYSTEM, now=company.founded_at)
        customer.contacts.append((who, mobile))
    return customer


def _sites(company: Company, random: Random) -> None:
    """The sites go round: everybody has one before anybody has two; the far ones stand in neighbouring towns."""
    near = {code.code: of_territory(code.code) for code in TERRITORIES}
    for number in range(company.scale.sites):
        customer = company.customers[number % len(company.customers)]
        count = len(customer.sites)
        choice = nearest(customer.town, near[customer.town.territory], 9)
        town = customer.town if count < 2 else random.choice(choice[1:])
        company.sites.append(_site(company, customer, town, count, random))


def _site(company: Company, customer: CustomerRef, town: Town, count: int, random: Random) -> SiteRef:
    place = customer.kind.places[count % len(customer.kind.places)]
    name = place if town is customer.town and count < len(customer.kind.places) else f"{town.name}{place}"
    if count >= len(customer.kind.places):
        name = f"{name}({count + 1}号)"
    at = around(town.at, random)
    facts = SiteFacts(
        name=name, address=f"{town.address}{random.choice(STREETS)}{random.randint(1, 260)}号", lat=f"{at.lat:.6f}",
        lon=f"{at.lon:.6f}", territory=town.territory, access=_ACCESS.get(customer.kind.access),
        access_note=random.choice(_NOTES),
    )  # fmt: skip
    site_id = installbase.add_site(customer.id, facts, by=SYSTEM, now=company.founded_at)
    site = SiteRef(site_id, customer, at, town.territory)
    customer.sites.append(site)
    return site


def _assets(company: Company, random: Random) -> None:
    counts: dict[tuple[int, str], int] = {}
    for number in range(company.scale.assets):
        site = company.sites[number % len(company.sites)]
        model = _model(site.customer.kind, random)
        counts[site.id, model.code] = counts.get((site.id, model.code), 0) + 1
        accepted_on = company.today - timedelta(days=_age(random))
        facts = AssetFacts(
            name=f"{counts[site.id, model.code]}号{model.name}", model=model.code,
            serial_no=f"{model.code.replace('-', '')}{number + 10_001}",
            sale_value_fen=model.value_yuan * 100 * random.randint(85, 120) // 100,
            installed_on=accepted_on - timedelta(days=random.randint(3, 30)), accepted_on=accepted_on,
            criticality=random.choice((Criticality.HIGH, Criticality.NORMAL, Criticality.NORMAL, Criticality.LOW)),
            firmware=model.firmware,
        )  # fmt: skip
        at = max(company.founded_at, local(accepted_on, 10))
        company.diary.add(at, partial(_install, company, site, model, facts, accepted_on))


def _install(company: Company, site: SiteRef, model: Model, facts: AssetFacts, accepted_on: date, at: datetime) -> None:
    asset_id = installbase.add_asset(site.id, facts, by=company.sales, now=at)
    asset = AssetRef(asset_id, model, site, accepted_on)
    site.assets.append(asset)
    company.assets.append(asset)
    give_warranty(company, asset, at)


def _model(kind: Kind, random: Random) -> Model:
    skill = random.choice(kind.skills)
    return random.choice([model for model in MODELS if model.skill == skill])


def _age(random: Random) -> int:
    """Days since acceptance: most stand for years, some are new."""
    return random.randint(20, 700) if random.random() < 0.3 else random.randint(700, 3200)
