"""Freezes the models' tables into migrations: plain DDL for both engines, one revision per floor.

    python -m tools.freeze_schema                  writes the first revisions and data set anew, until the first release
    python -m tools.freeze_schema NAME FLOOR       a new revision with the tables FLOOR has got since

A frozen revision never reads the models again: it runs the same on the day of a restore in ten years.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import date
from itertools import groupby
from pathlib import Path

from sqlalchemy import Table, create_mock_engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

import wsgi
from app.config import Settings
from app.db import Base
from app.operation.migrations import END_OF_STATEMENT, FOLDER, heads

FIRST = "20261122"
ENGINES: dict[str, tuple[str, Dialect]] = {
    "sqlite": ("sqlite://", sqlite.dialect(paramstyle="named")),
    # Named parameters, so that % stays one % in the frozen text.
    "postgresql": ("postgresql+psycopg://", postgresql.dialect(paramstyle="named")),
}
REVISION = '''\
"""{title}"""

from alembic import op

from app.operation.migrations import run_frozen

revision = "{revision}"
down_revision = {below}


def upgrade() -> None:
    run_frozen(op.get_bind(), revision)
'''


def tables_of(floor: str) -> list[Table]:
    """Every table whose model stands on `floor`."""
    found = {
        mapper.local_table.name: mapper.local_table
        for mapper in Base.registry.mappers
        if mapper.class_.__module__.split(".")[0] == floor and isinstance(mapper.local_table, Table)
    }
    return [table for table in Base.metadata.sorted_tables if table.name in found]


def ddl_of(tables: list[Table], engine: str) -> str:
    """The statements that make `tables` on `engine`, with their indexes, triggers and views."""
    url, dialect = ENGINES[engine]
    statements: list[str] = []

    def keep(statement: object, *_args: object, **_kwargs: object) -> None:
        statements.append(str(statement.compile(dialect=dialect)).strip())  # type: ignore[attr-defined]

    mock = create_mock_engine(url, keep)
    Base.metadata.create_all(mock, tables=tables, checkfirst=False)
    return "".join(f"{statement}{END_OF_STATEMENT}" for statement in in_order(statements))


def in_order(statements: list[str]) -> list[str]:
    """The statements with each run of indexes by name: SQLAlchemy hands them out in no order at all."""
    result: list[str] = []
    for is_index, run in groupby(statements, lambda text: text.startswith(("CREATE INDEX", "CREATE UNIQUE INDEX"))):
        together = list(run)
        result.extend(sorted(together) if is_index else together)
    return result


def write(revision: str, below: str | None, title: str, tables: list[Table]) -> None:
    """The revision's file and its statements for each engine."""
    (FOLDER / "versions").mkdir(exist_ok=True)
    (FOLDER / "ddl").mkdir(exist_ok=True)
    (FOLDER / "versions" / f"{revision}.py").write_text(
        REVISION.format(title=title, revision=revision, below=f'"{below}"' if below else None)
    )
    for engine in ENGINES:
        (FOLDER / "ddl" / f"{revision}.{engine}.sql").write_text(ddl_of(tables, engine), encoding="utf-8")
    print(f"{revision}: {len(tables)} tables")


def freeze_first(floors: list[str]) -> None:
    """The first revisions, written anew in the order of the floors."""
    released = [path.name for path in (FOLDER / "versions").glob("*.py") if not path.name.startswith(FIRST)]
    if released:
        sys.exit(f"later revisions exist ({', '.join(released)}): the first ones stay as they are")
    for old in [*(FOLDER / "versions").glob(f"{FIRST}_*.py"), *(FOLDER / "ddl").glob(f"{FIRST}_*.sql")]:
        old.unlink()
    below: str | None = None
    for floor in floors:
        tables = tables_of(floor)
        if not tables:
            continue
        revision = f"{FIRST}_{floor}_first"
        write(revision, below, f"The tables of {floor}/ as first released.", tables)
        below = revision


def freeze_new(name: str, floor: str) -> None:
    """One more revision with the tables of `floor` that no revision makes yet."""
    # A name that is a word of SQL too is written in quotes.
    made = "\n".join(path.read_text() for path in (FOLDER / "ddl").glob("*.sqlite.sql")).replace('"', "")
    tables = [table for table in tables_of(floor) if f"CREATE TABLE {table.name} (" not in made]
    if not tables:
        sys.exit(f"{floor} has no table that is not frozen yet; changes of old tables are written by hand")
    revision = f"{date.today():%Y%m%d}_{floor}_{name}"  # noqa: DTZ011 - a file name
    write(revision, heads(), f"New tables of {floor}/: {', '.join(table.name for table in tables)}.", tables)


def main(words: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/empty.sqlite3"
        wsgi.build(settings=Settings(database_url=url, secret_key="-", data_dir=Path(folder), testing=True))  # noqa: S106
    floors = ["app", *(floor.name for floor in wsgi.FLOORS)]
    strays = {m.class_.__module__.split(".")[0] for m in Base.registry.mappers} - set(floors)
    if strays:
        sys.exit(f"tables of floors that the roof does not know: {', '.join(sorted(strays))}")
    if len(words) == 2:
        freeze_new(*words)
    elif not words:
        freeze_first(floors)
        # The first data set stands on the first revisions; in a process of its own, whose clock and house are its own.
        subprocess.run([sys.executable, "-m", "tools.freeze_data", "first"], check=True)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
