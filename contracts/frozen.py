"""Triggers on both engines that keep rows as they were written (P15); they hang on the tables' metadata."""

from __future__ import annotations

import re

from sqlalchemy import DDL, Table, event
from sqlalchemy.orm import DeclarativeBase

_DAY_AFTER = {"sqlite": r"date(\1, '+1 day')", "postgresql": r"(\1 + 1)"}


def append_only(model: type[DeclarativeBase], *, because: str) -> None:
    """Refuse every UPDATE, DELETE and TRUNCATE on the table; the refusal's text is `because`."""
    for act in ("UPDATE", "DELETE"):
        refuse(model, act, when="1 = 1", because=because)
    never_emptied(model, because=because)


def never_emptied(model: type[DeclarativeBase], *, because: str) -> None:
    """Refuse TRUNCATE, which on PostgreSQL goes past every trigger on rows; SQLite has none."""
    table = model.__table__
    assert isinstance(table, Table)
    name = f"{because}_{table.name}_truncate"
    only_on(
        table,
        "postgresql",
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{because}' USING ERRCODE = '23514', CONSTRAINT = '{because}'; END $$",
    )
    only_on(
        table,
        "postgresql",
        f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table.name} FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    )


def refuse(model: type[DeclarativeBase], act: str, *, when: str, because: str, timing: str = "BEFORE") -> None:
    """Refuse `act` on a row of the table when `when` holds (SQL over NEW and OLD, good for both engines).

    The engines count days differently: `day_after(NEW.to_on)` stands for either way.
    """
    table = model.__table__
    assert isinstance(table, Table)
    name = f"{because}_{table.name}_{act.lower()}"
    rows = "OLD" if act == "DELETE" else "NEW"
    only_on(
        table,
        "sqlite",
        f"CREATE TRIGGER {name} {timing} {act} ON {table.name} FOR EACH ROW WHEN {_said(when, 'sqlite')} "
        f"BEGIN SELECT RAISE(ABORT, '{because}'); END",
    )
    only_on(
        table,
        "postgresql",
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {_said(when, 'postgresql')} THEN RAISE EXCEPTION '{because}' USING ERRCODE = '23514', CONSTRAINT = '{because}'; "
        f"END IF; "
        f"RETURN {rows}; END $$",
    )
    only_on(
        table,
        "postgresql",
        f"CREATE TRIGGER {name} {timing} {act} ON {table.name} FOR EACH ROW EXECUTE FUNCTION {name}()",
    )


def _said(when: str, dialect: str) -> str:
    return re.sub(r"day_after\(([^)]+)\)", _DAY_AFTER[dialect], when)


def only_on(table: Table, dialect: str, statement: str) -> None:
    """Run `statement` on this engine once the table stands."""
    # DDL() formats with %, so a literal percent sign is written twice; none of our rules has one.
    event.listen(table, "after_create", DDL(statement.replace("%", "%%")).execute_if(dialect=dialect))
