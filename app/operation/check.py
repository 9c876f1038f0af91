"""Proves the promises from the data alone, by plain SQL that shares no code with the use cases (P48)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import text
from sqlalchemy.engine import Connection, Engine

from app.audit.check import broken_links
from app.domain import Domain

#: Rows shown of each breach; the count says how many there are.
SHOWN = 20

APP_CHECKS: Mapping[str, Mapping[str, str]] = {
    "P12 a message that left has its attempt on record, one that waits has none running": {
        "any": """
            SELECT o.id, o.state, o.attempts FROM outbox o
            WHERE o.channel <> 'in_app' AND (
                (o.state = 'sent' AND NOT EXISTS
                    (SELECT 1 FROM outbox_attempt a WHERE a.outbox_id = o.id AND a.outcome = 'sent'))
                OR (o.state <> 'sending' AND EXISTS
                    (SELECT 1 FROM outbox_attempt a WHERE a.outbox_id = o.id AND a.outcome = 'running')))
        """,
    },
    "P12 an in-app message that left stands under exactly one bell": {
        "any": """
            SELECT o.id, o.recipient FROM outbox o LEFT JOIN notification n ON n.outbox_id = o.id
            WHERE o.channel = 'in_app' AND (o.state = 'sent') <> (n.id IS NOT NULL)
        """,
    },
    "P12 a finished job is not still running": {
        "any": "SELECT id, kind, state FROM job WHERE (state IN ('done', 'failed')) <> (finished_at IS NOT NULL)",
    },
    "P35 every document has its file": {
        "any": "SELECT d.id, d.number FROM document d LEFT JOIN stored_file f ON f.id = d.file_id WHERE f.id IS NULL",
    },
}


def all_checks(domains: Iterable[Domain]) -> dict[str, Mapping[str, str]]:
    """Every floor's proofs by name."""
    return {name: queries for domain in domains for name, queries in domain.checks.items()}


def breaches(engine: Engine, checks: Mapping[str, Mapping[str, str]], *, head: str | None = None) -> Iterator[str]:
    """Each broken promise with its rows; nothing on good data. Reads only: the connection refuses to write."""
    with engine.connect() as connection:
        _read_only(connection, on=True)
        try:
            for name, queries in checks.items():
                query = queries.get("any") or queries[engine.dialect.name]
                yield from _rows(connection, name, query)
            for fault in broken_links(connection, head=head):
                yield f"P28 the audit chain is whole: {fault}"
        finally:
            connection.rollback()
            _read_only(connection, on=False)


def _rows(connection: Connection, name: str, query: str) -> Iterator[str]:
    rows = connection.execute(text(query)).mappings().all()
    for row in rows[:SHOWN]:
        yield f"{name}: " + ", ".join(f"{column}={value}" for column, value in row.items())
    if len(rows) > SHOWN:
        yield f"{name}: … and {len(rows) - SHOWN} more rows"


def _read_only(connection: Connection, *, on: bool) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if on else 'OFF'}")
    elif on:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
