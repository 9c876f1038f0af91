"""A live house on a SQLite file of its own, and a real browser in front of it (house §10, screens §14)."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

import wsgi
from app.auth import use_cases as auth
from app.auth.actor import SYSTEM
from app.config import Settings
from app.db import Base, db
from app.domain import Role
from app.scheduler import embedded
from tests.conftest import MONDAY, PASSWORD


class RunningClock:
    """Monday ten o'clock when the house opened, and running from there; a test may put it forward."""

    def __init__(self) -> None:
        self._began, self._ahead = time.monotonic(), timedelta()

    def now(self) -> datetime:
        return MONDAY + self._ahead + timedelta(seconds=time.monotonic() - self._began)

    def monotonic(self) -> float:
        return time.monotonic()

    def put_forward(self, by: timedelta) -> None:
        self._ahead += by


class QuietHandler(WSGIRequestHandler):
    """A browser asks for a hundred files; only what goes wrong is worth a line."""

    def log_request(self, *_args: Any) -> None:
        return


@dataclass(slots=True)
class Live:
    """A house that answers on a port; `app.app_context()` lets a test do something behind the browser's back."""

    app: Flask
    url: str
    clock: RunningClock
    pages: Callable[..., Page]

    def page_of(self, role: Role, *, language: str = "zh", theme: str = "light", **view: Any) -> Page:
        """A browser signed in under a role, at the house's front door; `view` goes to the browser's context."""
        name = f"{role.value}-{os.urandom(3).hex()}"
        links = {key: view.pop(key) for key in ("engineer_id", "customer_id") if key in view}
        with self.app.app_context():
            now = self.clock.now()
            auth.add_user(
                name, PASSWORD, display_name=name, role=role, first_password=False, by=SYSTEM, now=now, **links
            )
            token, _ = auth.sign_in(name, PASSWORD, address="127.0.0.1", now=now)
            db.session.remove()
        page = self.pages(color_scheme=theme, **view)
        page.context.add_cookies([{"name": "session", "value": token, "url": self.url}])
        page.goto(f"{self.url}/me")
        if language == "en":
            page.locator("button[name=language][value=en]").first.click()
            page.wait_for_load_state()
        return page


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole run."""
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield browser
        browser.close()


@pytest.fixture
def live(tmp_path: Path, chromium: Browser) -> Iterator[Live]:
    """A whole house of one's own with jobs and ticks running; the browser's complaints fail the test."""
    auth.use_cheap_hashes()
    clock = RunningClock()
    url = f"sqlite:///{tmp_path / 'house.sqlite3'}"
    settings = Settings(database_url=url, secret_key="test", data_dir=tmp_path, testing=True)
    app = wsgi.build(settings=settings, clock=clock)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        db.session.remove()
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    engine = embedded.start(app)
    contexts, complaints = [], []

    def open_page(**view: Any) -> Page:
        context = chromium.new_context(**{"viewport": {"width": 1440, "height": 900}, **view})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if _matters(said) else None)
        return page

    yield Live(app, f"http://127.0.0.1:{server.port}", clock, open_page)
    for context in contexts:
        context.close()
    if engine is not None:
        engine.stop()
    server.shutdown()
    thread.join(timeout=10)
    with app.app_context():
        db.engine.dispose()
    assert not complaints, complaints


def _matters(said: Any) -> bool:
    """Broken scripts and what the content policy refused; an answer of 409 or 422 is no complaint."""
    return said.type == "error" and "Failed to load resource" not in said.text and "Response Status" not in said.text
