"""64 clients race for the last 10 pieces over HTTP, on both databases: exactly 10 (P1, P2, P4, P6, P39)."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, text

import wsgi
from app.auth import use_cases as auth
from app.auth.actor import SYSTEM
from app.config import Settings
from app.db import Base, db
from app.domain import Role
from inventory.ledger.models import Movement
from inventory.places import use_cases as places
from inventory.places.rules import PlaceData, PlaceKind
from tests.conftest import PASSWORD
from tests.inventory import cast
from tests.inventory.ledger.test_law import demand_law
from tests.races.server import ROOT, SECRET, Answer, Client, all_at_once, environment, serving

CLIENTS, PIECES, RIVALS = 64, 10, 16
ROUNDS = 10 if os.environ.get("FAULTS") == "full" else 1
SHAPE = {"sqlite": {"workers": 1, "threads": 64}, "postgresql": {"workers": 2, "threads": 32}}


@dataclass
class Arena:
    """A running server, its database, and the cast that stands in it."""

    app: Flask
    port: int
    url: str
    folder: Path
    stock: cast.Stock
    sessions: list[str]

    def clients(self, count: int, page: str) -> list[Client]:
        """Signed-in browsers that have opened `page` and hold its token."""
        clients = [Client(self.port, cookie=cookie) for cookie in self.sessions[:count]]
        opened = all_at_once([lambda client=client: Answer(client.get(page)[0]) for client in clients])
        assert {answer.status for answer in opened} == {200}
        return clients


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def arena(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    folder = tmp_path_factory.mktemp(f"race-{request.param}")
    url = f"sqlite:///{folder / 'race.sqlite3'}"
    if request.param == "postgresql":
        url = fresh_database(request.getfixturevalue("postgresql_url"))
    app = wsgi.build(settings=Settings(database_url=url, secret_key=SECRET, data_dir=folder))
    auth.use_cheap_hashes()
    with app.app_context():
        Base.metadata.create_all(db.engine)
        stock, sessions = furnish()
        db.session.remove()
        db.engine.dispose()
        with serving(url, folder, **SHAPE[request.param]) as port:
            yield Arena(app, port, url, folder, stock, sessions)
        db.session.remove()
        db.engine.dispose()


def fresh_database(url: str) -> str:
    """A database of its own on the tests' server, because a race commits for real."""
    import psycopg

    name = f"race_{uuid4().hex[:12]}"
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True) as connection:
        connection.execute(f"create database {name}")
    head, tail = url.split("?", 1) if "?" in url else (url, "")
    return head.rsplit("/", 1)[0] + f"/{name}" + (f"?{tail}" if tail else "")


def furnish() -> tuple[cast.Stock, list[str]]:
    """The cast with exactly ten fans in the depot, a visit and a session for each client, sixteen vans."""
    now = datetime.now(UTC)
    stock = cast.stock(now=now - timedelta(days=1))
    vans = [
        PlaceData(code=f"R-{n}", name=f"车{n}", kind=PlaceKind.VAN, holder_ref=f"engineer:{100 + n}")
        for n in range(RIVALS)
    ]
    places.add_places(vans, by=SYSTEM, now=now)
    for number in range(CLIENTS):
        cast.open_visit(visit(number), now=now - timedelta(hours=1))
    auth.add_user(
        "keeper", PASSWORD, display_name="库管", role=Role.STOREKEEPER, first_password=False, by=SYSTEM, now=now
    )
    return stock, [auth.sign_in("keeper", PASSWORD, address="127.0.0.1", now=now)[0] for _ in range(CLIENTS)]


def visit(number: int) -> str:
    return f"V-{number + 1:06d}"


def level(arena: Arena, place: str, part: str) -> tuple[int, int]:
    db.session.rollback()
    row = db.session.execute(
        text("SELECT qty, reserved FROM inspect_stock WHERE place = :place AND part = :part"),
        {"place": place, "part": part},
    ).one()
    return int(row[0]), int(row[1])


@contextmanager
def a_command_writes_meanwhile(arena: Arena) -> Iterator[None]:
    """On SQLite another process writes all the while; what it was told is done must be there afterwards."""
    if not arena.url.startswith("sqlite"):
        yield
        return
    stop, told = arena.folder / f"stop-{uuid4().hex}", arena.folder / f"told-{uuid4().hex}"
    about = [str(word) for word in (arena.stock.belt, arena.stock.warehouse, stop, told)]
    command = [sys.executable, "-m", "tests.races.writer", *about]
    writer = subprocess.Popen(command, cwd=ROOT, env=environment(arena.url, arena.folder), stderr=subprocess.PIPE)
    give_up = time.monotonic() + 30
    while not (told.exists() and told.read_text().count("\n") >= 2) and writer.poll() is None:
        assert time.monotonic() < give_up, "the command never wrote"
        time.sleep(0.05)
    try:
        yield
    finally:
        stop.touch()
        _out, errors = writer.communicate(timeout=30)
    assert writer.returncode == 0, errors.decode()[-2000:]
    db.session.rollback()
    kept = set(db.session.scalars(select(Movement.key).where(Movement.key.startswith(stop.name))))
    assert set(told.read_text().split()) <= kept


def test_64_clients_race_for_the_last_10_pieces_and_exactly_10_get_one(arena: Arena) -> None:
    for turn in range(ROUNDS):
        clients = arena.clients(CLIENTS, f"/inventory/visits/{visit(0)}")
        form = {"place": str(arena.stock.depot), "van": "-", "part_no_1": "100871", "qty_1": "1"}

        def reserve(number: int, client: Client, turn: int = turn, form: dict[str, str] = form) -> Answer:
            key = {"key": f"race-{turn}-{number}"}
            return client.post(f"/inventory/visits/{visit(number)}/reserve", form | key)

        assert level(arena, "D1", "100871") == (PIECES, 0)
        with a_command_writes_meanwhile(arena):
            answers = all_at_once([lambda n=n, c=c: reserve(n, c) for n, c in enumerate(clients)])
        assert Counter(answer.status for answer in answers) == {303: PIECES, 409: CLIENTS - PIECES}
        assert all("轴流风机" in answer.body for answer in answers if answer.status == 409)
        assert level(arena, "D1", "100871") == (PIECES, PIECES)
        demand_law()
        for number, client in enumerate(clients):
            if answers[number].status == 303:
                assert client.post(f"/inventory/visits/{visit(number)}/release", {}).status == 303
        assert level(arena, "D1", "100871") == (PIECES, 0)


def test_64_clients_take_the_last_10_pieces_away_and_the_shelf_ends_at_zero(arena: Arena) -> None:
    for turn in range(ROUNDS):
        clients = arena.clients(CLIENTS, "/inventory/transfers/new")
        on_shelf, _ = level(arena, "D1", "100871")
        form = {
            "from_place": str(arena.stock.depot),
            "to_place": str(arena.stock.van),
            "part_no_1": "100871",
            "qty_1": "1",
        }
        answers = all_at_once(
            [
                lambda n=n, c=c, turn=turn, form=form: c.post(
                    "/inventory/transfers/new", form | {"key": f"take-{turn}-{n}"}
                )
                for n, c in enumerate(clients)
            ]
        )
        assert Counter(answer.status for answer in answers) == {303: on_shelf, 409: CLIENTS - on_shelf}
        assert level(arena, "D1", "100871") == (0, 0)
        demand_law()
        now = datetime.now(UTC)
        cast.receive(arena.stock.depot, [cast.Goods(arena.stock.fan, cast.Qty(PIECES))], key=f"again-{turn}", now=now)


def test_16_clients_send_one_serial_to_16_places_and_one_succeeds(arena: Arena) -> None:
    clients = arena.clients(RIVALS, "/inventory/transfers/new")
    vans = db.session.execute(text("SELECT id FROM place WHERE code LIKE 'R-%' ORDER BY id")).scalars().all()
    form = {"from_place": str(arena.stock.depot), "part_no_1": "200014", "serials_1": "SN1"}
    answers = all_at_once(
        [
            lambda n=n, c=c: c.post("/inventory/transfers/new", form | {"to_place": str(vans[n]), "key": f"serial-{n}"})
            for n, c in enumerate(clients)
        ]
    )
    assert Counter(answer.status for answer in answers) == {303: 1, 409: RIVALS - 1}
    db.session.rollback()
    assert db.session.execute(text("SELECT place FROM inspect_serial WHERE serial = 'SN1'")).scalars().all() == [
        "TRANSIT"
    ]
    demand_law()


def test_one_form_sent_8_times_at_once_is_done_once(arena: Arena) -> None:
    clients = arena.clients(8, "/inventory/receive")
    form = {"key": "double-click", "to_place": str(arena.stock.warehouse), "part_no_1": "100871", "qty_1": "7"}
    answers = all_at_once([lambda c=c: c.post("/inventory/receive", form) for c in clients])
    assert Counter(answer.status for answer in answers) == {303: 8}
    assert level(arena, "W1", "100871") == (7, 0)
    demand_law()


def test_two_people_reverse_one_movement_at_once_and_one_of_them_is_told_so(arena: Arena) -> None:
    db.session.rollback()
    n = db.session.scalar(select(Movement.n).where(Movement.key == "cast-van:0"))
    clients = arena.clients(8, f"/inventory/movements/{n}/reverse")
    answers = all_at_once(
        [lambda c=c: c.post(f"/inventory/movements/{n}/reverse", {"reason": "记错"}) for c in clients]
    )
    assert Counter(answer.status for answer in answers) == {303: 1, 409: 7}
    demand_law()
