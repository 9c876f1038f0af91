"""The company opens its books: what it promises, its territories, people and houses, its accounts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from app.actor import SYSTEM, Actor
from app.auth import use_cases as auth
from app.calendar import use_cases as calendars
from app.db import db
from app.domain import Role
from app.geo.rules import Position
from contracts.policies import use_cases as policies
from contracts.policies.api import policy_id
from dispatch.demo.accounts import ACCOUNTS, Account, account_of, engineer_account
from dispatch.demo.cast import ENGINEER_NAMES, MODELS, SKILLS, STREETS
from dispatch.demo.company import Company, EngineerRef
from dispatch.demo.roster import running_shift
from dispatch.demo.towns import TERRITORIES, around, of_territory
from dispatch.people import use_cases as people
from dispatch.people.rules import HeldSkill
from inventory.places import use_cases as places
from inventory.places.rules import PlaceData, PlaceKind

__all__ = ["found", "open_accounts"]

#: Every skill at least twice in each territory, and level 2 for every kind of work.
_SKILLS_OF_PLACE = (
    ("pump", "control", "ups"), ("ups", "cooling", "storage"), ("storage", "medical", "control"),
    ("cooling", "pump", "medical"), ("medical", "ups", "storage", "pump"), ("control", "cooling", "pump", "storage"),
)  # fmt: skip
_HOURS = ((480, 1260),) * 7
_CENTRAL_HOURS = ((420, 1320),) * 7
_BINS = ("A1", "A2", "B1")
#: Territory → the town its depot stands in, by its place among the territory's towns.
_DEPOT_TOWN = {"T1": 3, "T2": 2, "T3": 2, "T4": 4}


def found(company: Company) -> None:
    """Calendars, policies, territories, skills, engineers, warehouse, depots and vans."""
    at = company.founded_at
    calendars.seed_calendars(by=SYSTEM, now=at)
    policies.seed_policies(by=SYSTEM, now=at)
    company.policies = {code: policy_id(db.session(), code) for code in ("4-hour", "12-hour", "basic")}
    for territory in TERRITORIES:
        people.add_territory(territory.code, territory.name_zh, territory.name_en, by=SYSTEM, now=at)
    for code, name_zh, name_en in SKILLS:
        people.add_skill(code, name_zh, name_en, by=SYSTEM, now=at)
    for model in MODELS:
        people.set_model_skill(
            model.code, skill_code=model.skill, level=model.level, minutes=model.minutes, by=SYSTEM, now=at
        )  # fmt: skip
    _hire(company)
    _open_houses(company)


def _hire(company: Company) -> None:
    random = company.random("engineers")
    for index, (name, name_en) in enumerate(ENGINEER_NAMES):
        territory = TERRITORIES[index // 6].code
        town = random.choice(of_territory(territory)[:8])
        home = around(town.at, random)
        skills = _held(company, index, random)
        person = people.Person(
            name=name, name_en=name_en, mobile=f"138{random.randint(10_000_000, 99_999_999)}", territory_code=territory,
            home_address=f"{town.address}{random.choice(STREETS)}{random.randint(1, 199)}号", home_lat=home.lat,
            home_lon=home.lon,
        )  # fmt: skip
        engineer_id = people.add_engineer(person, skills, by=SYSTEM, now=company.founded_at)
        company.engineers.append(EngineerRef(engineer_id, index, name, territory, home, skills))


def _held(company: Company, index: int, random: Random) -> tuple[HeldSkill, ...]:
    """His skills; some certificates end soon, and one has just ended."""
    held = []
    for number, code in enumerate(_SKILLS_OF_PLACE[index % 6]):
        days = random.choice((None, None, 400, 700, 55)) if number else None
        if index % 6 == 4 and number == 3:
            days = -6 if index == 4 else 21
        expires_on = None if days is None else company.today + timedelta(days=days)
        held.append(HeldSkill(code, 3 if number == 0 else 2, expires_on))
    return tuple(held)


def _open_houses(company: Company) -> None:
    """The central warehouse in the first territory, a depot in each, and a van for everybody."""
    random = company.random("houses")
    rows = [_house("W1", "中心库", PlaceKind.WAREHOUSE, "T1", 1, random)]
    for territory in TERRITORIES:
        number = territory.code[1:]
        rows.append(
            _house(
                f"D{number}", f"{territory.name_zh[:-2]}备件库", PlaceKind.DEPOT, territory.code,
                _DEPOT_TOWN[territory.code], random,
            )
        )  # fmt: skip
    houses = list(rows)
    for house in houses:
        rows += [
            PlaceData(
                code=f"{house.code}-{code}", name=f"{house.name}{code}货位", kind=PlaceKind.BIN, parent_code=house.code
            )
            for code in _BINS
        ]
    for engineer in company.engineers:
        rows.append(
            PlaceData(
                code=f"V-{engineer.index + 1:02d}", name=f"{engineer.name}随车库", kind=PlaceKind.VAN,
                holder_ref=f"engineer:{engineer.id}",
            )
        )  # fmt: skip
    ids = places.add_places(rows, by=SYSTEM, now=company.founded_at)
    company.houses = {row.code: place_id for row, place_id in zip(rows, ids, strict=True)}
    for engineer in company.engineers:
        engineer.van_id = company.houses[f"V-{engineer.index + 1:02d}"]


def _house(code: str, name: str, kind: PlaceKind, territory: str, town: int, random: Random) -> PlaceData:
    at: Position = around(of_territory(territory)[town].at, random)
    inside = kind is PlaceKind.DEPOT
    return PlaceData(
        code=code, name=name, kind=kind, parent_code="W1" if inside else "", lat=at.lat, lon=at.lon,
        hours=_HOURS if inside else _CENTRAL_HOURS,
    )  # fmt: skip


def open_accounts(company: Company) -> None:
    """One account per role, and one for every engineer; the printed engineer is one who is on duty now."""
    for role in (Role.DISPATCHER, Role.STOREKEEPER, Role.SALES, Role.MANAGER, Role.ADMINISTRATOR):
        company.people[role] = _open(company, account_of(role))
    hospital = company.customers[0]
    company.people[Role.CUSTOMER] = _open(
        company, replace(account_of(Role.CUSTOMER), display_name=hospital.contacts[0][0]), customer_id=hospital.id
    )
    main = main_engineer(company)
    for engineer in company.engineers:
        account = account_of(Role.ENGINEER) if engineer is main else engineer_account(engineer.index + 1)
        engineer.actor = _open(company, replace(account, display_name=engineer.name), engineer_id=engineer.id)
    company.people[Role.ENGINEER] = main.actor
    assert len(company.people) == len(ACCOUNTS)


def main_engineer(company: Company) -> EngineerRef:
    """Of those on duty the one whose shift lasts longest."""
    shifts = [(running_shift(engineer, company), engineer) for engineer in company.engineers]
    running = [(shift.ends_at, -engineer.index, engineer) for shift, engineer in shifts if shift is not None]
    return max(running, key=lambda one: one[:2])[2]


def _open(
    company: Company, account: Account, *, customer_id: int | None = None, engineer_id: int | None = None
) -> Actor:
    user_id = auth.add_user(
        account.user_name, account.password, display_name=account.display_name, role=account.role,
        customer_id=customer_id, engineer_id=engineer_id, totp_secret=account.totp_secret, first_password=False,
        by=SYSTEM, now=company.founded_at,
    )  # fmt: skip
    return Actor(
        user_id=user_id, user_name=account.user_name, display_name=account.display_name, role=account.role,
        customer_id=customer_id, engineer_id=engineer_id,
    )  # fmt: skip
