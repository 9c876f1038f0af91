"""`flask demo …`: the demo company and its accounts (issue 2 §4, P30)."""

from __future__ import annotations

import gc

import click
import pyotp
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import event, exists, select
from sqlalchemy.orm import Session

from app.audit.models import AuditRow
from app.auth import use_cases as auth
from app.auth.models import User
from app.db import db
from app.web.policy import operator
from contracts.installbase.models import Customer
from dispatch.demo.accounts import ACCOUNTS
from dispatch.demo.build import BEGUN, SEEDED, build
from dispatch.demo.company import Scale

__all__ = ["demo_group"]

demo_group = AppGroup("demo", help="The demo company. 演示公司。")


@demo_group.command("seed")
@click.option("--seed", default=1, show_default=True, help="The same seed at the same instant makes the same company.")
@click.option("--scale", default=1000, show_default=True, help="Thousandths of the full company.")
@operator
def seed(seed: int, scale: int) -> None:
    """Write the demo company into an empty database. 向空数据库写入演示公司。"""
    session = db.session()
    if is_seeded(session):
        click.echo("演示公司已在此数据库中。 The demo company is here already.")
        return
    if is_begun(session):
        raise click.ClickException(
            "演示公司上次没有写完,请换一个空数据库。 The demo company was cut short here: start with an empty database."
        )
    if not is_empty(session):
        raise click.ClickException(
            "此数据库不是空的,不会写入演示数据。 This database is not empty; nothing was written."
        )
    hurry()
    now = current_app.extensions["clock"].now()
    build(seed=seed, now=now, scale=Scale.of(scale), told=lambda line: click.echo(f"  {line}"))
    click.echo("演示公司已就绪。 The demo company is ready.")


@demo_group.command("accounts")
@operator
def accounts() -> None:
    """Print one account per role, made for the demo only (P30). 列出演示账号。"""
    if not is_seeded(db.session()):
        raise click.ClickException("此数据库中没有演示公司。 There is no demo company in this database.")
    now = current_app.extensions["clock"].now()
    click.echo("仅供演示的账号 accounts for the demo only:")
    for account in ACCOUNTS:
        line = f"  {account.label_zh} {account.label_en:<14} {account.user_name:<13} {account.password}"
        if account.totp_secret:
            code = pyotp.TOTP(account.totp_secret).at(now)
            line += f"   TOTP {account.totp_secret} 动态码 code now {code}"
        click.echo(line)


def hurry() -> None:
    """This process does not wait for the disk, hashes cheaply and collects no garbage: it writes a demo and ends.

    Safe because a demo cut short is thrown away, and its passwords guard nothing. Every other process keeps P38.
    """
    auth.use_cheap_hashes()
    gc.disable()
    if db.engine.dialect.name == "sqlite":
        db.session.remove()
        db.engine.dispose()
        event.listen(db.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))


def is_seeded(session: Session) -> bool:
    """Whether the demo company was written into this database to its end."""
    return bool(session.scalar(select(exists().where(AuditRow.action == SEEDED))))


def is_begun(session: Session) -> bool:
    """Whether somebody began to write the demo company into this database."""
    return bool(session.scalar(select(exists().where(AuditRow.action == BEGUN))))


def is_empty(session: Session) -> bool:
    """Whether nobody and nothing is in this database."""
    rows = (exists().where(User.id > 0), exists().where(Customer.id > 0), exists().where(AuditRow.n > 0))
    return not any(session.scalar(select(row)) for row in rows)
