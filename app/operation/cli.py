"""The operator's commands; the shell of the host is their lock (P24, P48, P49)."""

from __future__ import annotations

import json
import secrets
import time
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from app.audit.seal import seal_committed
from app.auth import store as auth_store
from app.auth import use_cases as auth
from app.auth.actor import SYSTEM
from app.auth.models import User
from app.db import db
from app.domain import Role
from app.files import api as files
from app.jobs import use_cases as jobs
from app.kernel.errors import DomainError
from app.operation import backup
from app.operation import check as checks
from app.operation.health import look
from app.operation.migrations import NewerDatabase
from app.scheduler.embedded import make_consumer
from app.scheduler.rules import TICK_EVERY
from app.scheduler.tick import Scheduler, Ticked
from app.web.policy import operator, policy_of


@click.command("routes")
@click.option("--json", "as_json", is_flag=True, help="Rule, methods and policy of each route as JSON.")
@with_appcontext
@operator
def routes(as_json: bool) -> None:
    """List the routes with their policies. Replaces Flask's own command, which knows no policies (P49)."""
    rows = [
        {
            "rule": rule.rule,
            "methods": sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}),
            "endpoint": rule.endpoint,
            "policy": policy_of(current_app, rule.endpoint),
        }
        for rule in sorted(current_app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint))
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        click.echo(f"{','.join(row['methods']):<10} {row['rule']:<50} {row['policy']}")


@click.command("tick")
@click.option("--once", is_flag=True, help="One tick, then stop; exit 1 when a step broke.")
@with_appcontext
@operator
def tick(once: bool) -> None:
    """Run the scheduler: every 10 s, or once."""
    scheduler = Scheduler()
    while True:
        ticked = scheduler.tick()
        _tell(ticked)
        if once:
            raise SystemExit(1 if ticked.broken else 0)
        time.sleep(TICK_EVERY.total_seconds())


def _tell(ticked: Ticked) -> None:
    if ticked.jump:
        click.echo(f"{ticked.at.isoformat()} the clock jumped ({ticked.jump}): nothing fired")
    for name, answer in ticked.done.items():
        click.echo(f"{ticked.at.isoformat()} {name}: {answer}")
    for name, error in ticked.broken.items():
        click.echo(f"{ticked.at.isoformat()} {name} BROKE: {error}", err=True)


@click.command("work")
@click.option("--once", is_flag=True, help="Run what is due now, then stop.")
@click.option("--workers", default=2, show_default=True, help="Threads.")
@with_appcontext
@operator
def work(once: bool, workers: int) -> None:
    """Run background jobs, as a worker process of its own."""
    if once:
        click.echo(f"{jobs.run_due(current_app.extensions['clock'].now())} jobs done")
        return
    make_consumer(current_app._get_current_object(), workers).run()  # type: ignore[attr-defined]


@click.command("check")
@click.option("--audit-head", default=None, help="A head of the audit chain copied earlier; shows a tail cut off.")
@with_appcontext
@operator
def check(audit_head: str | None) -> None:
    """Prove the promises from the data: exit 0 in silence, or 1 with each breach and its rows."""
    found = 0
    all_checks = checks.all_checks(current_app.extensions["domains"])
    for line in checks.breaches(db.engine, all_checks, head=audit_head):
        click.echo(line)
        found += 1
    raise SystemExit(1 if found else 0)


@click.command("health")
@with_appcontext
@operator
def health() -> None:
    """Print what /health answers; exit 1 when something is wrong."""
    found = look(db.session(), now=current_app.extensions["clock"].now())
    click.echo(json.dumps(found, indent=1))
    raise SystemExit(0 if found["ok"] else 1)


@click.command("backup")
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
@operator
def backup_to(target: Path) -> None:
    """Write everything into one file, while people work."""
    seal_committed(current_app.extensions["clock"].now())
    try:
        manifest = backup.write(db.engine, files.folder(), target, now=current_app.extensions["clock"].now())
    except backup.BadBackup as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{sum(manifest['rows'].values())} rows, {len(manifest['files'])} files, audit {manifest['audit_head']}")


@click.command("restore")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
@operator
def restore_from(source: Path) -> None:
    """Make this empty instance what the backup was, then prove it with `check`."""
    try:
        manifest = backup.restore(db.engine, files.folder(), source)
    except (backup.BadBackup, NewerDatabase) as error:
        raise click.ClickException(str(error)) from error
    all_checks = checks.all_checks(current_app.extensions["domains"])
    found = list(checks.breaches(db.engine, all_checks, head=manifest["audit_head"]))
    click.echo("\n".join(found) if found else f"{sum(manifest['rows'].values())} rows restored, every check passed")
    raise SystemExit(1 if found else 0)


user_group = AppGroup("user", help="Accounts.")


@user_group.command("add")
@click.argument("user_name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--display-name", required=True)
@click.option("--mobile")
@click.option("--customer-id", type=int)
@click.option("--engineer-id", type=int)
@operator
def add_user(user_name: str, role: str, display_name: str, **links: Any) -> None:
    """Add an account and print its first password, which works once, and its one-time-code secret if it needs one."""
    password = secrets.token_urlsafe(12)
    now = current_app.extensions["clock"].now()
    try:
        user_id = auth.add_user(
            user_name, password, display_name=display_name, role=Role(role), by=SYSTEM, now=now, **links
        )
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"user {user_name}  first password {password}")
    secret = db.session.get_one(User, user_id).totp_secret
    if secret:
        click.echo(f"one-time-code secret {secret}")


@user_group.command("disable")
@click.argument("user_name")
@operator
def disable_user(user_name: str) -> None:
    """Close an account at once."""
    user = auth_store.user_by_name(db.session(), user_name)
    if user is None:
        raise click.ClickException(f"there is no account {user_name}")
    auth.disable_user(user.id, by=SYSTEM, now=current_app.extensions["clock"].now())
    click.echo(f"{user_name} is closed")


COMMANDS = (tick, work, check, health, backup_to, restore_from, user_group)
