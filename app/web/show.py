"""How values look to people: filters and globals of every template (screens §1, house §11)."""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, url_for
from flask_babel import Babel, get_locale
from jinja2 import StrictUndefined
from markupsafe import Markup

from app.actor import ANONYMOUS
from app.kernel.money import format_yuan
from app.web.words import say, speaks_english

NOTHING = "--"
LANGUAGES = {"zh": "zh_Hans_CN", "en": "en"}


def install(app: Flask, translation_dirs: list[str]) -> None:
    """Teach the templates money, instants, languages and slots."""
    app.config["BABEL_DEFAULT_LOCALE"] = "zh_Hans_CN"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(translation_dirs)
    Babel(app, locale_selector=chosen_locale)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        yuan=yuan, local=local, local_time=local_time, day=day, span=span, masked=masked, or_dash=or_dash
    )
    app.jinja_env.globals.update(asset=asset, say=say, slot=slot, get_locale=get_locale)
    app.context_processor(page_globals)


def chosen_locale() -> str:
    """The reader's own choice; Chinese where nobody chose."""
    return LANGUAGES.get(g.get("language", "zh"), "zh_Hans_CN")


def page_globals() -> dict[str, Any]:
    """What every page may speak of."""
    settings = current_app.extensions["settings"]
    english = speaks_english()
    actor = g.get("actor", ANONYMOUS)
    return {
        "actor": actor,
        "now": g.get("now"),
        "locale": "en" if english else "zh",
        "html_lang": "en" if english else "zh-CN",
        "theme": actor.theme or "auto",
        "hotline": settings.hotline,
        "request_id": g.get("request_id", "-"),
        "nav": current_app.extensions["nav"](actor),
        # Counted only where it is shown: a page about an absent database must not ask the database.
        "unread": partial(current_app.extensions["unread"], actor),
    }


def yuan(fen: int | None) -> str:
    """Fen as ¥1,234.00."""
    return NOTHING if fen is None else format_yuan(fen)


def local(at: datetime | None, zone: str = "Asia/Shanghai") -> str:
    """An instant as 2026-11-21 14:05 in the site's zone."""
    return NOTHING if at is None else f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def local_time(at: datetime | None, zone: str = "Asia/Shanghai") -> str:
    """An instant as 14:05 in the site's zone."""
    return NOTHING if at is None else f"{at.astimezone(ZoneInfo(zone)):%H:%M}"


def day(on: date | None) -> str:
    """A day as 2026-11-21."""
    return NOTHING if on is None else on.isoformat()


def span(length: timedelta | int | None) -> str:
    """A length of time as 1时47分 / 1h47m; under an hour minutes only."""
    if length is None:
        return NOTHING
    seconds = int(length.total_seconds()) if isinstance(length, timedelta) else int(length)
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    hours, minutes = divmod(seconds // 60, 60)
    units = ("h", "m") if speaks_english() else ("时", "分")
    return f"{sign}{hours}{units[0]}{minutes:02d}{units[1]}" if hours else f"{sign}{minutes}{units[1]}"


def masked(number: str | None) -> str:
    """A mobile number as 138****2201."""
    if not number:
        return NOTHING
    return re.sub(r"^(\d{3})\d{4}(\d{4})$", r"\1****\2", number)


def or_dash(value: Any) -> Any:
    """The value, or -- for nothing."""
    return NOTHING if value in (None, "") else value


def asset(path: str) -> str:
    """The URL of a static file with its content's hash, so that it may be cached for good."""
    found = _static_file(path)
    return url_for("static", filename=path, v=_content_hash(str(found), found.stat().st_mtime_ns) if found else "0")


def _static_file(path: str) -> Path | None:
    for folder in current_app.extensions["static_folders"]:
        candidate = Path(folder) / path
        if candidate.is_file():
            return candidate
    return None


@lru_cache(maxsize=512)
def _content_hash(path: str, _changed_ns: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def slot(name: str, **about: Any) -> list[Markup]:
    """What upper floors contribute to an open place of a lower page, in the floors' order (house §1)."""
    return [piece for fill in current_app.extensions["slots"].get(name, ()) if (piece := fill(**about))]
