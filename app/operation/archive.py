"""All rows of a database as lines of JSON, the same for both engines: out in one snapshot, in all or nothing (P45, P46)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Table, func, insert, select, table, text
from sqlalchemy import column as sql_column
from sqlalchemy.engine import Connection

from app.db import Base

ROWS_AT_ONCE = 2000


@contextmanager
def snapshot(connection: Connection) -> Iterator[Connection]:
    """One unmoving view of the whole database while others go on writing."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    # In WAL mode a read transaction of SQLite is such a view from its first read on.
    connection.execute(select(func.count()).select_from(Base.metadata.sorted_tables[0]))
    try:
        yield connection
    finally:
        connection.rollback()


def tables() -> list[Table]:
    """Every table, those that others refer to first."""
    return list(Base.metadata.sorted_tables)


def lines_of(connection: Connection, source: Table) -> Iterator[bytes]:
    """The table's rows, one JSON object a line, in the order of the primary key."""
    query = select(source).order_by(*source.primary_key.columns).execution_options(yield_per=ROWS_AT_ONCE)
    for row in connection.execute(query).mappings():
        yield json.dumps({k: _plain(v) for k, v in row.items()}, ensure_ascii=False).encode() + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else value


@contextmanager
def guards_off(connection: Connection, names: Iterable[str]) -> Iterator[None]:
    """Rows of the past come back as they were: triggers judge what people do, not a restore. Constraints stay."""
    if connection.dialect.name == "postgresql":
        for name in names:
            connection.exec_driver_sql(f'ALTER TABLE "{name}" DISABLE TRIGGER USER')
        yield
        for name in names:
            connection.exec_driver_sql(f'ALTER TABLE "{name}" ENABLE TRIGGER USER')
        return
    kept = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
    for name, _sql in kept:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    yield
    for _name, sql in kept:
        connection.exec_driver_sql(sql)


def load(connection: Connection, sources: dict[str, Callable[[], Iterable[bytes]]]) -> dict[str, int]:
    """Put the lines of each table into its empty table, in the order given; says how many rows each got."""
    counts: dict[str, int] = {}
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")  # A row may refer to a later one of its table.
    with guards_off(connection, list(sources)):
        for name, lines in sources.items():
            counts[name] = _load_table(connection, name, lines())
            _go_on_counting(connection, name)
    return counts


def _load_table(connection: Connection, name: str, lines: Iterable[bytes]) -> int:
    stored, count, batch = _stored_as(connection, name), 0, []
    for line in lines:
        row = json.loads(line)
        batch.append({column: stored.get(column, _as_is)(value) for column, value in row.items()})
        if len(batch) == ROWS_AT_ONCE:
            count += _insert(connection, name, batch)
            batch = []
    return count + (_insert(connection, name, batch) if batch else 0)


def _insert(connection: Connection, name: str, batch: list[dict[str, Any]]) -> int:
    target = table(name, *(sql_column(column) for column in batch[0]))
    connection.execute(insert(target), batch)
    return len(batch)


def _as_is(value: Any) -> Any:
    return value


def _stored_as(connection: Connection, name: str) -> dict[str, Callable[[Any], Any]]:
    """How this engine writes what JSON has no type for; asked of the table, which may be of an older release."""
    if connection.dialect.name == "sqlite":
        columns = connection.exec_driver_sql(f'PRAGMA table_info("{name}")').all()
        return {row[1]: _instant_text for row in columns if row[2] == "DATETIME"}
    columns = connection.execute(
        text(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND table_name = :name"
        ),
        {"name": name},
    ).all()
    kinds: dict[str, Callable[[Any], Any]] = {"timestamp with time zone": _instant, "date": _day}
    return {column: kinds[kind] for column, kind in columns if kind in kinds}


def _instant(value: Any) -> Any:
    return None if value is None else datetime.fromisoformat(value)


def _day(value: Any) -> Any:
    return None if value is None else date.fromisoformat(value)


def _instant_text(value: Any) -> Any:
    return None if value is None else f"{datetime.fromisoformat(value).astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"


def _go_on_counting(connection: Connection, name: str) -> None:
    """PostgreSQL's own counters know nothing of rows that came with their numbers."""
    if connection.dialect.name != "postgresql":
        return
    counted = connection.execute(
        text(
            "SELECT a.attname, pg_get_serial_sequence(quote_ident(:name), a.attname) FROM pg_attribute a"
            " WHERE a.attrelid = to_regclass(quote_ident(:name)) AND a.attnum > 0 AND NOT a.attisdropped"
        ),
        {"name": name},
    ).all()
    for column, sequence in counted:
        if sequence:
            highest = connection.exec_driver_sql(f'SELECT max("{column}") FROM "{name}"').scalar()  # noqa: S608
            if highest:
                connection.execute(
                    text("SELECT setval(:sequence, :highest)"), {"sequence": sequence, "highest": highest}
                )
