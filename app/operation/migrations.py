"""Bringing a database to the newest revision, and refusing one that is newer than this house (P46)."""

from __future__ import annotations

from pathlib import Path

import alembic.command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine

from app.db import Base

FOLDER = Path(__file__).resolve().parent.parent.parent / "migrations"
END_OF_STATEMENT = "\n--;;\n"


class NewerDatabase(RuntimeError):
    """The database was written by a newer release; running this one on it could lose data."""


def config() -> Config:
    """Alembic's settings, without a file."""
    settings = Config()
    settings.set_main_option("script_location", str(FOLDER))
    settings.set_main_option("path_separator", "os")
    return settings


def heads() -> str:
    """The newest revision this house knows."""
    return ScriptDirectory.from_config(config()).get_current_head() or ""


def current(connection: Connection) -> str:
    """The revision of a database; '' for an empty one, or one made without revisions."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def upgrade(engine: Engine, *, to: str = "head") -> tuple[str, str]:
    """Bring the database to the newest revision, or to an older one on the way there; answers (before, after).

    Raises NewerDatabase for one that a newer release wrote.
    """
    settings = config()
    with engine.connect() as connection:
        before = current(connection)
        connection.rollback()
        refuse_newer(before)
        settings.attributes.update(connection=connection, metadata=Base.metadata)
        alembic.command.upgrade(settings, to)
        after = current(connection)
    return before, after


def refuse_newer(revision: str) -> None:
    """Raises NewerDatabase when `revision` is none of ours."""
    known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
    if revision and revision not in known:
        raise NewerDatabase(f"the database is at revision {revision!r}, which this release does not know")


def run_frozen(connection: Connection, revision: str) -> None:
    """Run the statements kept for `revision` and this engine, exactly as they were frozen."""
    text = (FOLDER / "ddl" / f"{revision}.{connection.dialect.name}.sql").read_text(encoding="utf-8")
    plain = connection.execution_options(no_parameters=True)
    for statement in text.split(END_OF_STATEMENT):
        if statement.strip():
            plain.exec_driver_sql(statement.strip())
