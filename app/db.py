"""The database of the house: one base, honest column types, and the one way to write.

Flask-SQLAlchemy owns the engine and the session; models stand on our own plain `Base`, so that
rules, solver and jobs can import table definitions without Flask. SQLite and PostgreSQL are equals.
"""

from __future__ import annotations

import functools
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, ParamSpec, TypeVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, CheckConstraint, DateTime, Enum, Integer, MetaData, Text, event
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator, TypeEngine

from app.kernel.errors import DomainError, Kind

NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

#: Whole numbers: 64 bits on PostgreSQL; on SQLite the type that may be an automatic primary key.
WHOLE: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")

BUSY_SECONDS = 4.0
RETRIES = 5


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant on both engines; a naive one is refused, because it hides a time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive instant {value!r}: give it a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def state_type(states: type[StrEnum]) -> Enum:
    """A column of one of `states`, by value, guarded by a named CHECK on both engines."""
    return Enum(
        states,
        native_enum=False,
        create_constraint=True,
        length=24,
        name=states.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """What every table of the house stands on: named constraints, UTC instants, true integers."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {int: WHOLE, str: Text(), datetime: UtcDateTime()}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        table = cls.__dict__.get("__table__")
        if table is None:
            return
        # SQLite keeps 'abc' and 0.5 in an INTEGER column unless a CHECK forbids it (P1).
        for column in table.columns:
            if isinstance(column.type, BigInteger | Integer) and not column.primary_key:
                rule = f"typeof({column.name}) IN ('integer', 'null')"
                check = CheckConstraint(rule, name=f"{column.name}_is_whole")
                table.append_constraint(check.ddl_if(dialect="sqlite"))


# Bound to a plain engine the join mode is idle; in tests it turns each commit into a savepoint.
db = SQLAlchemy(session_options={"join_transaction_mode": "create_savepoint"})

_writing: ContextVar[bool] = ContextVar("writing", default=False)
_sqlite_turn = threading.Lock()


class Unavailable(DomainError):
    """The database could not answer in time; nothing was changed and a repeat is safe (P39, P40)."""

    code = "app.unavailable"
    kind = Kind.unavailable


class Stale(DomainError):
    """Somebody changed the row since it was read (P14); carries the version seen and the version found."""

    code = "app.stale"
    kind = Kind.conflict


@contextmanager
def transaction() -> Iterator[Session]:
    """One use case, one transaction: commit at the end, or nothing happened (P39).

    Refuses to nest: a use case never calls another. What the request read before is let go
    first, so the decision is taken on rows as they are now. On SQLite the write lock is taken
    at once (BEGIN IMMEDIATE); writers of this process queue fairly instead of polling for it.
    """
    if _writing.get():
        raise RuntimeError("a use case never calls another: share the step through api.py")
    session = db.session()
    session.rollback()
    sqlite = session.get_bind().dialect.name == "sqlite"
    if sqlite and not _sqlite_turn.acquire(timeout=BUSY_SECONDS):
        raise Unavailable()
    token = _writing.set(True)
    afterwards: list[Callable[[], object]] = []
    session.info["after_commit"] = afterwards
    try:
        session.connection()
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        _writing.reset(token)
        if sqlite:
            _sqlite_turn.release()
    for call in afterwards:
        call()


def after_commit(session: Session, call: Callable[[], object]) -> None:
    """Have `call` made once the running transaction is kept; never when it fails.

    For what may be lost without harm, such as a doorbell: the process can die between the two.
    """
    session.info["after_commit"].append(call)


P = ParamSpec("P")
R = TypeVar("R")


def use_case(function: Callable[P, R]) -> Callable[P, R]:
    """Run `function` again, with jitter, when the database asked for it; then answer `Unavailable` (P39).

    Only refusals that are known to have changed nothing are repeated: a serialization failure,
    a deadlock, a lock not had in time. A lost connection is not among them.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        give_up = time.monotonic() + BUSY_SECONDS
        for attempt in range(RETRIES + 1):
            try:
                return function(*args, **kwargs)
            except DBAPIError as error:
                if not is_passing(error):
                    raise
                if attempt == RETRIES or time.monotonic() > give_up:
                    raise Unavailable() from error
                time.sleep(random.uniform(0.005, 0.02) * 2**attempt)  # noqa: S311 - jitter, not a secret
        raise AssertionError("unreachable")

    return run


def is_passing(error: DBAPIError) -> bool:
    """Whether the database refused for a moment and is known to have changed nothing."""
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state in {"40001", "40P01", "55P03"}
    text = str(error.orig)
    return "database is locked" in text or "database table is locked" in text


def broken_constraint(error: IntegrityError) -> str:
    """The name of the constraint, unique index or trigger that refused, '' where the engine keeps it to itself.

    SQLite names CHECKs and raised triggers but tells a broken UNIQUE by its columns
    ("UNIQUE constraint failed: serial.part_id, serial.serial_no"): those come back as that text.
    """
    diag = getattr(error.orig, "diag", None)
    if diag is not None and diag.constraint_name:
        return str(diag.constraint_name)
    return str(error.orig).rsplit("constraint failed: ", 1)[-1]


def changed_one(result: Any) -> bool:
    """Whether a conditional UPDATE found its row as expected; False means somebody was first."""
    return int(result.rowcount) == 1


def install_engine_hooks(engine: Engine) -> None:
    """Make each new connection keep what P38 promises, and let SQLAlchemy own SQLite's BEGIN."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _open_postgresql)


def _open_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={int(BUSY_SECONDS * 1000)}",
        "temp_store=MEMORY",
        "cache_size=-32000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")


def _open_postgresql(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '4s'")
        cursor.execute("SET statement_timeout = '20s'")
        cursor.execute("SET timezone = 'UTC'")
    connection.commit()


def verify_durability(connection: Connection) -> None:
    """Refuse to start on a database that could lose an answered change (P38)."""
    if connection.dialect.name == "sqlite":
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
        level = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
        if str(mode).lower() != "wal" or int(level) < 2:
            raise RuntimeError(f"SQLite runs with journal_mode={mode}, synchronous={level}; WAL and FULL are needed")
        return
    commit = connection.exec_driver_sql("SHOW synchronous_commit").scalar_one()
    if commit != "on":
        raise RuntimeError(f"PostgreSQL runs with synchronous_commit={commit}; 'on' is needed")
