"""One history: it makes what the models say, refuses what is newer, and does all of a step or nothing (P46)."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine

from app.db import Base, install_engine_hooks
from app.operation import migrations
from tools.schema_dump import dump


@pytest.fixture
def empty(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    install_engine_hooks(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def by_models(house, tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'models.sqlite3'}")
    Base.metadata.create_all(engine)
    with engine.connect() as connection:
        found = dump(connection)
    engine.dispose()
    return found


@pytest.fixture
def engine_name():
    """PostgreSQL's half of this is `./run check-db`, which starts a server of its own."""
    return "sqlite"


def schema(engine):
    with engine.connect() as connection:
        return dump(connection)


def run(engine, *statements):
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_an_upgraded_database_equals_one_made_from_the_models(empty, by_models):
    assert migrations.upgrade(empty) == ("", migrations.heads())
    assert schema(empty) == by_models


@pytest.mark.parametrize(
    "sabotage",
    [
        ["DROP TRIGGER tr_audit_is_append_only_update"],
        ["DROP INDEX ix_audit_object"],
        ["DROP VIEW inspect_outbox"],
        ["ALTER TABLE job ADD COLUMN extra TEXT"],
        [
            "CREATE TABLE fresh (prefix TEXT NOT NULL, last INTEGER NOT NULL, CONSTRAINT pk_number_series PRIMARY KEY"
            " (prefix))",
            "DROP TABLE number_series",
            "ALTER TABLE fresh RENAME TO number_series",
        ],
    ],
)
def test_what_a_careless_migration_loses_is_seen(empty, by_models, sabotage):
    """A dropped trigger, index or view, a stray column, and a table rebuilt without its CHECK, as batch mode does."""
    migrations.upgrade(empty)
    run(empty, *sabotage)
    assert schema(empty) != by_models


def test_a_newer_database_is_refused_and_left_as_it_is(empty):
    migrations.upgrade(empty)
    run(empty, "UPDATE alembic_version SET version_num = 'of_next_year'")
    with pytest.raises(migrations.NewerDatabase):
        migrations.upgrade(empty)
    with empty.connect() as connection:
        assert migrations.current(connection) == "of_next_year"


def test_a_revision_that_breaks_half_way_leaves_nothing_and_can_be_repeated(empty, monkeypatch):
    original = migrations.run_frozen

    def breaks_at_the_end(connection, revision):
        original(connection, revision)
        raise KeyboardInterrupt

    import app.operation.migrations as module

    monkeypatch.setattr(module, "run_frozen", breaks_at_the_end)
    with pytest.raises(KeyboardInterrupt):
        migrations.upgrade(empty)
    assert schema(empty) == []
    monkeypatch.undo()
    assert migrations.upgrade(empty)[1] == migrations.heads()


def test_foreign_keys_are_on_again_after_an_upgrade(empty):
    with empty.connect() as connection:
        before = connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one()
    migrations.upgrade(empty)
    with empty.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == before == 1
