"""`flask db …`: the schema's commands."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.db import db
from app.operation import migrations
from app.web.policy import operator

db_group = AppGroup("db", help="The database's schema.")


@db_group.command("upgrade")
@operator
def upgrade() -> None:
    """Bring the database to the newest revision."""
    try:
        before, after = migrations.upgrade(db.engine)
    except migrations.NewerDatabase as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{before or 'empty'} -> {after}" if before != after else f"already at {after}")


@db_group.command("current")
@operator
def current() -> None:
    """Print the database's revision."""
    with db.engine.connect() as connection:
        click.echo(migrations.current(connection) or "empty")


@db_group.command("check")
@operator
def check() -> None:
    """Exit 1 unless the database is at the newest revision."""
    with db.engine.connect() as connection:
        found = migrations.current(connection)
    if found != migrations.heads():
        raise click.ClickException(f"the database is at {found or 'no revision'}, not at {migrations.heads()}")
    click.echo(f"at {found}")
