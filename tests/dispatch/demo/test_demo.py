"""The demo company, small: it stands on both engines, keeps every promise of the data, and repeats (issue 2 §4)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from app.audit.models import AuditRow
from app.auth import use_cases as auth
from app.auth.models import User
from app.auth.rules import check_password
from app.db import Base, db
from app.domain import Role
from app.geo.rules import haversine_m
from app.operation.check import all_checks
from contracts.terms.models import Contract
from dispatch.demo.accounts import ACCOUNTS
from dispatch.demo.build import build
from dispatch.demo.cast import ENGINEER_NAMES, KINDS, MODELS
from dispatch.demo.cli import is_empty, is_seeded
from dispatch.demo.company import Company, Scale
from dispatch.demo.parts import catalogue
from dispatch.demo.roster import on_duty
from dispatch.demo.towns import TERRITORIES, of_territory
from dispatch.people.models import Engineer
from dispatch.planner.solver.problem import Problem
from dispatch.requests.models import Request
from dispatch.visits.models import Visit
from dispatch.visits.rules import AT_WORK, NOT_BEGUN, WAITING
from inventory.catalogue.models import Part
from tests.conftest import MONDAY, build_house

SMALL = Scale.of(60)
#: What differs between two builds although it says the same: salts, random ids, how long the engine took.
UNLIKE = {("user_account", "password_hash"), ("plan", "plan"), ("outbox", "message_id")}


def count(model: type[Base], *where: object) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def digest() -> str:
    """One number for every row of every table."""
    db.session.rollback()
    found = hashlib.sha256()
    for table in sorted(Base.metadata.tables.values(), key=lambda table: table.name):
        columns = [column for column in table.columns if (table.name, column.name) not in UNLIKE]
        rows = sorted(json.dumps(list(row), default=str) for row in db.session.execute(select(*columns)))
        found.update(json.dumps([table.name, rows]).encode())
    return found.hexdigest()


def test_a_small_company_stands_and_keeps_every_promise_that_data_can_show(house):
    """One build a database, because it takes seconds: work in every state, all roles sign in, the real engine planned."""
    company = build(seed=1, now=MONDAY, scale=SMALL)
    states = Counter(db.session.scalars(select(Visit.state)))
    assert states.total() == SMALL.past_requests + SMALL.open_visits
    assert sum(states[state] for state in WAITING) >= 3
    assert sum(states[state] for state in NOT_BEGUN - WAITING) >= 1
    assert sum(states[state] for state in AT_WORK) >= 1
    assert (count(Engineer), count(Contract), count(Part)) == (24, SMALL.contracts, 30)
    assert count(Request, Request.reported_at > MONDAY) == 0
    problems = db.session.execute(text("SELECT problem FROM plan")).scalars().all()
    assert any(Problem.from_json(problem).visits for problem in problems)

    checks = all_checks(house.extensions["domains"])
    assert checks
    assert [fault for name, queries in checks.items() for fault in rows_of(name, queries)] == []

    actors = Counter(db.session.scalars(select(AuditRow.actor)))
    assert actors["diaodu"] and actors["xiaoshou"] and actors["gongchengshi"]
    for account in ACCOUNTS:
        auth.sign_in(account.user_name, account.password, address="127.0.0.1", now=MONDAY)
    secrets = dict(list(map(tuple, db.session.execute(select(User.user_name, User.totp_secret)))))
    assert {name for name, secret in secrets.items() if secret} == {"zhuguan", "guanli"}
    engineer = next(one for one in company.engineers if one.actor is company.people[Role.ENGINEER])
    assert on_duty(engineer.index % 6, MONDAY, company.today) is not None


def rows_of(name: str, queries: object) -> list[str]:
    query = queries.get("any") or queries[db.engine.dialect.name]  # type: ignore[attr-defined]
    return [f"{name}: {dict(row)}" for row in db.session.execute(text(query)).mappings()]


def test_nothing_is_written_into_a_database_in_use_and_a_written_company_is_known(house):
    assert is_empty(db.session()) and not is_seeded(db.session())
    auth.add_user("wang", "correct horse staple", display_name="王", role=Role.SALES, by=auth.Actor(), now=MONDAY)
    assert not is_empty(db.session()) and not is_seeded(db.session())


def test_the_accounts_are_one_per_role_with_passwords_that_would_pass():
    assert Counter(account.role for account in ACCOUNTS) == Counter(Role)
    for account in ACCOUNTS:
        check_password(account.password, user_name=account.user_name)


def test_the_same_seed_and_instant_make_the_same_company(tmp_path):
    made = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        app = build_house(f"sqlite:///{folder / 'house.sqlite3'}", folder)
        with app.app_context():
            build(seed=7, now=MONDAY, scale=Scale.of(15))
            made.append(digest())
            db.session.remove()
            db.engine.dispose()
    assert made[0] == made[1]


@pytest.mark.parametrize("hour", range(24))
def test_somebody_in_every_territory_is_on_duty_at_every_hour_of_the_week(hour):
    for day in range(7):
        now = datetime(2026, 3, 2, 0, 30, tzinfo=UTC) + timedelta(days=day, hours=hour)
        assert any(on_duty(place, now, (now + timedelta(hours=8)).date()) for place in range(6)), now


def test_the_full_cast_is_as_large_as_the_issue_asks():
    full = Scale()
    assert full.customers == sum(kind.count for kind in KINDS) >= 60
    assert (full.sites, full.assets, full.contracts) == (250, 900, 90)
    assert len(ENGINEER_NAMES) == 24 and len(TERRITORIES) == 4
    parts = catalogue(Company(1, MONDAY, full).random("stock"))
    assert len({part.part_no for part in parts}) == len(parts) == 300
    known = {model.code for model in MODELS}
    assert all(set(part.models) <= known for part in parts)
    numbers = {part.part_no for part in parts}
    assert all(set(part.substitutes) <= numbers for part in parts)


def test_every_territory_is_compact_enough_for_a_four_hour_promise_to_mean_something():
    for territory in TERRITORIES:
        found = of_territory(territory.code)
        assert len(found) >= 25
        assert max(haversine_m(found[0].at, town.at) for town in found) < 85_000
