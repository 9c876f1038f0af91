"""Puts the house together: the ground floor, then the floors it is given, each on those it needs (house §1)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask, Response, current_app, g, request, send_from_directory
from jinja2 import ChoiceLoader, FileSystemLoader
from werkzeug.middleware.proxy_fix import ProxyFix

from app import wiring
from app.auth import session as auth_session
from app.auth.actor import Actor
from app.config import Settings, read_settings
from app.db import db, install_engine_hooks, verify_durability
from app.domain import Domain
from app.events import Announcer
from app.jobs.doorbell import Doorbell, make_huey
from app.kernel.clock import Clock, FileClock, SystemClock
from app.outbox.api import collect_templates
from app.outbox.channels import senders
from app.outbox.use_cases import unread_for
from app.scheduler.embedded import answer_bell
from app.web import denials, errors, headers, incoming, logs, paths, policy, show, words

MEGABYTE = 1024 * 1024


def create_app(
    domains: Sequence[Domain] = (), *, settings: Settings | None = None, clock: Clock | None = None
) -> Flask:
    """The application with these floors. Refuses a floor whose needs are not standing, and any open route."""
    settings = settings or read_settings()
    floors = [wiring.domain, *domains]
    _refuse_missing_floors(floors)
    app = Flask("app", root_path=str(Path(__file__).parent), static_folder=None, template_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings),
        SESSION_COOKIE_NAME="csrf" if settings.plain_http else "__Host-csrf",
        SESSION_COOKIE_SECURE=not settings.plain_http,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=20 * MEGABYTE,
        MAX_FORM_MEMORY_SIZE=MEGABYTE,
        MAX_FORM_PARTS=2000,
    )
    if settings.trusted_proxies:  # Else everybody behind a proxy would share one address, and its budget of guesses.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.trusted_proxies, x_proto=0, x_host=0, x_port=0, x_prefix=0
        )
    app.extensions["settings"] = settings
    app.extensions["clock"] = clock or _clock(settings)
    app.extensions["domains"] = floors
    _load_models(floors)
    _open_database(app)
    _open_edges(app, floors)
    app.extensions["doorbell"] = Doorbell(make_huey(settings), partial(answer_bell, app))
    policy.verify(app)
    return app


def _refuse_missing_floors(floors: Sequence[Domain]) -> None:
    standing: set[str] = set()
    for floor in floors:
        missing = [need for need in floor.needs if need not in standing]
        if missing:
            raise RuntimeError(f"{floor.name} needs {', '.join(missing)}, which stands not below it")
        standing.add(floor.name)


def _load_models(floors: Sequence[Domain]) -> None:
    """Every room's tables are known before the first query, whether or not a view of theirs was imported yet."""
    for floor in floors:
        for room in floor.rooms:
            name = f"{floor.package}.{room}.models"
            if find_spec(f"{floor.package}.{room}") and find_spec(name):
                import_module(name)


def _engine_options(settings: Settings) -> dict[str, Any]:
    if settings.database_url.startswith("sqlite"):
        connect = {"check_same_thread": False, "timeout": 4}
        return {"hide_parameters": True, "connect_args": connect, "pool_size": 80, "max_overflow": 20}
    return {
        "hide_parameters": True,  # What is bound to a statement may be a secret; logs and stored errors keep none.
        "pool_pre_ping": True,
        "pool_size": 20,
        "max_overflow": 20,
        "pool_timeout": 4,
        "connect_args": {"connect_timeout": 4},
    }


def _clock(settings: Settings) -> Clock:
    return FileClock(settings.test_clock_file) if settings.test_clock_file else SystemClock()


def _open_database(app: Flask) -> None:
    db.init_app(app)
    with app.app_context():
        install_engine_hooks(db.engine)
        with db.engine.connect() as connection:
            verify_durability(connection)


def _open_edges(app: Flask, floors: Sequence[Domain]) -> None:
    words.install(app, floors)
    show.install(app, [str(path) for floor in floors if (path := _folder(floor) / "translations").is_dir()])
    errors.install(app)
    logs.install(app)
    paths.install(app)
    app.before_request(begin_request)
    incoming.install(app)
    auth_session.install(app)
    denials.install(app)
    headers.install(app)
    policy.install(app, floors)
    app.extensions["announcer"] = Announcer(floors)
    app.extensions["nav"] = _nav(floors)
    app.extensions["unread"] = unread_for
    app.extensions["messages"] = collect_templates(floors)
    app.extensions["senders"] = senders(app.extensions["settings"])
    app.extensions["slots"] = _slots(floors)
    app.extensions["jobs"] = {kind: job for floor in floors for kind, job in floor.jobs.items()}
    app.extensions["ticks"] = {name: tick for floor in floors for name, tick in floor.ticks.items()}
    app.jinja_loader = ChoiceLoader([FileSystemLoader(_folder(floor) / "templates") for floor in floors])
    _serve_static(app, floors)
    for floor in floors:
        for blueprint in floor.blueprints:
            app.register_blueprint(blueprint)
        for command in floor.commands:
            app.cli.add_command(command)


def _folder(floor: Domain) -> Path:
    module = import_module(floor.package)
    assert module.__file__ is not None
    return Path(module.__file__).parent


def _serve_static(app: Flask, floors: Sequence[Domain]) -> None:
    """One address for the files of all floors: each floor keeps its own in a folder of its name."""
    folders = [folder for floor in floors if (folder := _folder(floor) / "static").is_dir()]
    app.static_folder = str(_folder(floors[0]) / "static")
    app.extensions["static_folders"] = folders

    def send(filename: str) -> Response:
        folder = next((folder for folder in folders if (folder / filename).is_file()), folders[0])
        response = send_from_directory(folder, filename)
        if request.args.get("v"):  # The hash is part of the address, so the content behind it never changes.
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response

    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=send)


def _nav(floors: Sequence[Domain]) -> Callable[[Actor], list[Any]]:
    items = sorted((item for floor in floors for item in floor.nav), key=lambda item: item.order)
    return lambda actor: [item for item in items if actor.may(item.action)]


def _slots(floors: Sequence[Domain]) -> dict[str, list[Callable[..., Any]]]:
    filled: dict[str, list[Callable[..., Any]]] = {}
    for floor in floors:
        for name, fills in floor.slots.items():
            filled.setdefault(name, []).extend(fills)
    return filled


def begin_request() -> None:
    """Read the time once and name the request; rules below never ask for either."""
    g.request_id = uuid4().hex[:12]
    g.started = time.monotonic()
    g.now = current_app.extensions["clock"].now()
