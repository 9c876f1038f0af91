"""Runs revisions on a connection that the caller opened; both engines, all or nothing per revision (P46)."""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]
lite = connection.dialect.name == "sqlite"


def foreign_keys(switch: str) -> None:
    """Rebuilding a table empties its cascading children while foreign keys are on; SQLite only.

    The switch has no effect inside a transaction, so it goes past SQLAlchemy, which would open one.
    """
    connection.connection.driver_connection.execute(f"PRAGMA foreign_keys={switch}")


if lite:
    foreign_keys("OFF")
else:
    connection.exec_driver_sql("SET statement_timeout = 0")
    # Two upgrades at once: the second waits here and then finds nothing left to do.
    connection.exec_driver_sql("SELECT pg_advisory_lock(4711)")
    connection.commit()
try:
    context.configure(
        connection=connection,
        target_metadata=context.config.attributes.get("metadata"),
        render_as_batch=True,
        compare_type=True,
        transactional_ddl=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    if lite:
        dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if dangling:
            raise RuntimeError(f"dangling rows after migration: {dangling[:5]}")
    connection.commit()
finally:
    if lite:
        connection.rollback()
        foreign_keys("ON")
    else:
        connection.rollback()
        connection.exec_driver_sql("SELECT pg_advisory_unlock(4711)")
        connection.commit()
