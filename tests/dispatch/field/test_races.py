"""Eight phones send one act in the same moment: it takes effect once, on both engines (P18)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import make_url

from app.db import db
from app.kernel.errors import DomainError
from dispatch.field import use_cases
from dispatch.field.rules import ActKind
from dispatch.visits.models import FieldAction
from inventory.ledger.models import Movement
from tests.conftest import MONDAY, build_house
from tests.dispatch.field import cast
from tests.world import small_world

EIGHT = 8


@pytest.fixture
def real_house(
    engine_name: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Flask]:
    """A house of its own whose commits are real, so that threads see each other's."""
    folder = tmp_path_factory.mktemp("field-race")
    url = f"sqlite:///{folder / 'house.sqlite3'}"
    if engine_name == "postgresql":
        url = own_database(request.getfixturevalue("postgresql_url"))
    app = build_house(url, folder)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def own_database(url: str) -> str:
    """A fresh database beside this worker's own."""
    shared = make_url(url)
    name = f"field_race_{shared.database}"
    plain = shared.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"drop database if exists {name} with (force)")
        connection.execute(f"create database {name}")
    return shared.set(database=name).render_as_string(hide_password=False)


def together(app: Flask, tries: list[Any]) -> list[str]:
    """Everybody at once; how each was answered."""
    start = Barrier(len(tries))

    def run(call: Any) -> str:
        with app.app_context():
            start.wait()
            try:
                return str(call().state.value)
            except DomainError as refusal:
                return refusal.code
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(tries)) as pool:
        return list(pool.map(run, tries))


@pytest.mark.parametrize("kind", [ActKind.ARRIVE, ActKind.USE_PART, ActKind.SIGN])
def test_eight_at_once_take_effect_once(real_house: Flask, kind: ActKind) -> None:
    world = small_world()
    visit_ref, by = cast.given(world), cast.account(world.crew.li)
    before = {ActKind.ARRIVE: cast.TO_SITE[:2], ActKind.USE_PART: cast.TO_WORK, ActKind.SIGN: cast.TO_RESOLVED}[kind]
    cast.walk(by, visit_ref, *before, now=MONDAY)
    body = {ActKind.ARRIVE: cast.THERE, ActKind.USE_PART: {"code": "SN3", "qty": 1}, ActKind.SIGN: cast.SIGNED}[kind]
    moved = db.session.query(Movement).count()
    db.session.rollback()
    act = cast.sent(visit_ref, kind, body)
    answers = together(real_house, [lambda: use_cases.act(act, by=by, now=MONDAY)] * EIGHT)
    assert Counter(answers) == {"applied": 1, "duplicate": EIGHT - 1}
    assert db.session.query(FieldAction).filter_by(kind=kind.value).count() == 1
    assert db.session.query(Movement).count() - moved == (1 if kind is ActKind.USE_PART else 0)


def test_eight_different_arrivals_are_one_arrival_and_seven_conflicts(real_house: Flask) -> None:
    world = small_world()
    visit_ref, by = cast.given(world), cast.account(world.crew.li)
    cast.walk(by, visit_ref, *cast.TO_SITE[:2], now=MONDAY)
    db.session.rollback()
    arrivals = [cast.sent(visit_ref, ActKind.ARRIVE, cast.THERE) for _ in range(EIGHT)]
    tries = [lambda act=act: use_cases.act(act, by=by, now=MONDAY) for act in arrivals]
    assert Counter(together(real_house, tries)) == {"applied": 1, "conflict": EIGHT - 1}


def test_one_id_for_two_visits_at_once_is_taken_by_one(real_house: Flask) -> None:
    world = small_world()
    by = cast.account(world.crew.li)
    refs = [cast.given(world), cast.given(world, parts={})]
    db.session.rollback()
    act = cast.sent(refs[0], ActKind.ACCEPT)
    tries = [
        lambda ref=ref: use_cases.act(cast.sent(ref, ActKind.ACCEPT, action_id=act.action_id), by=by, now=MONDAY)
        for ref in refs * 4
    ]
    answers = Counter(together(real_house, tries))
    assert answers["applied"] == 1
    assert answers["field.action_reused"] + answers["duplicate"] == EIGHT - 1
    assert db.session.query(FieldAction).count() == 1
