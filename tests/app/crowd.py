"""A real house on a database of its own, with nothing rolled back: for tests in which several act at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask

import wsgi
from app.auth import use_cases as auth
from app.config import Settings
from app.db import Base, db
from app.kernel.clock import FixedClock
from app.operation import migrations
from tests.conftest import MONDAY


@contextmanager
def real_house(
    engine_name: str, folder: Path, postgresql_url: Callable[[], str], *, tables: str = "models"
) -> Iterator[Flask]:
    """A house whose commits are real; its database is gone afterwards. `tables` from models, revisions or none."""
    folder.mkdir(exist_ok=True)
    if engine_name == "sqlite":
        yield _build(f"sqlite:///{folder / 'crowd.sqlite3'}", folder, tables)
        return
    import psycopg

    url = postgresql_url()
    server = url.replace("postgresql+psycopg://", "postgresql://")
    name = f"crowd_{abs(hash(str(folder))) % 10**9}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    own = url.replace("/" + url.split("?")[0].rsplit("/", 1)[-1], f"/{name}", 1)
    app = _build(own, folder, tables)
    try:
        yield app
    finally:
        with app.app_context():
            db.engine.dispose()
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _build(url: str, folder: Path, tables: str) -> Flask:
    settings = Settings(database_url=url, secret_key="test", data_dir=folder, testing=True)
    auth.use_cheap_hashes()
    app = wsgi.build(settings=settings, clock=FixedClock(MONDAY))
    app.testing = False
    with app.app_context():
        if tables == "models":
            Base.metadata.create_all(db.engine)
        elif tables == "revisions":
            migrations.upgrade(db.engine)
    return app


def all_at_once(app: Flask, workers: int, act: Callable[[int], Any]) -> list[Any]:
    """What each worker got, an exception included; all of them start at the same moment."""
    gate = threading.Barrier(workers)
    results: list[Any] = [None] * workers

    def run(n: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                results[n] = act(n)
            except Exception as error:
                results[n] = error

    threads = [threading.Thread(target=run, args=(n,)) for n in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results
