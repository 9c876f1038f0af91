"""What a table carries besides columns: append-only triggers and read-only views, the same on both engines (P3, P49).

Everything hangs on the metadata, so that models, frozen migrations and tests speak of one schema.
"""

from __future__ import annotations

from typing import cast

from sqlalchemy import DDL, Table, event
from sqlalchemy.orm import DeclarativeBase

Model = type[DeclarativeBase]


def append_only(model: Model) -> None:
    """Let rows of a table come but never change or go; the refusal's name is `tr_<table>_is_append_only`."""
    table = model.__tablename__
    rule = f"tr_{table}_is_append_only"
    for verb in ("UPDATE", "DELETE"):
        lite(
            model,
            f"CREATE TRIGGER {rule}_{verb.lower()} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{rule}'); END",
        )
    post(
        model,
        f"CREATE OR REPLACE FUNCTION {rule}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION USING ERRCODE = '23000', MESSAGE = '{rule}', CONSTRAINT = '{rule}'; END $$",
    )
    post(
        model,
        f"CREATE TRIGGER {rule} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {rule}()",
    )
    post(
        model,
        f"CREATE TRIGGER {rule}_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {rule}()",
    )


def view(last: Model, name: str, select: str) -> None:
    """A read-only view made together with the last of the tables it reads."""
    statement = f"CREATE VIEW {name} AS {select}"
    lite(last, statement)
    post(last, statement)


def lite(model: Model, statement: str) -> None:
    """Run `statement` after the table is made on SQLite."""
    event.listen(
        cast(Table, model.__table__), "after_create", DDL(statement.replace("%", "%%")).execute_if(dialect="sqlite")
    )


def post(model: Model, statement: str) -> None:
    """Run `statement` after the table is made on PostgreSQL."""
    event.listen(
        cast(Table, model.__table__), "after_create", DDL(statement.replace("%", "%%")).execute_if(dialect="postgresql")
    )
