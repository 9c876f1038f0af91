"""Settings from the environment, read once at start; every setting has the embedded default (X5)."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class BadSetting(RuntimeError):
    """A setting that must not start the product; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs between a laptop, a test and production."""

    database_url: str
    secret_key: str
    data_dir: Path
    base_url: str = "http://127.0.0.1:8080"
    redis_url: str = ""
    tile_url: str = ""
    roads_url: str = ""
    roads_timeout_s: float = 3.0
    roads_block_pairs: int = 2500
    roads_cache_days: int = 7
    mail_url: str = ""
    mail_from: str = ""
    sms_url: str = ""
    sms_token: str = ""
    webhook_url: str = ""
    message_folder: Path | None = None
    hotline: str = "400-820-1234"
    default_zone: str = "Asia/Shanghai"
    plain_http: bool = True
    trusted_proxies: int = 0
    testing: bool = False
    test_clock_file: Path | None = None

    @property
    def embedded(self) -> bool:
        """One process does everything: pages, jobs and ticks."""
        return not self.redis_url and self.database_url.startswith("sqlite")


def read_settings(env: Mapping[str, str] = os.environ) -> Settings:
    """Settings as the environment says. Raises BadSetting when two of them cannot stand together."""
    data_dir = Path(env.get("DATA_DIR", "var")).resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    base_url = env.get("BASE_URL", "http://127.0.0.1:8080").rstrip("/")
    testing = env.get("APP_ENV", "production") == "test"
    clock_file = env.get("TEST_CLOCK_FILE", "")
    if clock_file and not testing:
        raise BadSetting("TEST_CLOCK_FILE is set, but APP_ENV is not 'test': production keeps real time (P49).")
    loopback = base_url.startswith(("http://127.0.0.1", "http://localhost", "http://[::1]"))
    plain_http = base_url.startswith("http://")
    if plain_http and not loopback and env.get("TRUSTED_NETWORK", "") != "yes":
        raise BadSetting("BASE_URL is plain http on an open network: use https, or set TRUSTED_NETWORK=yes (P31).")
    mail_url, mail_from = env.get("MAIL_URL", ""), env.get("MAIL_FROM", "")
    if mail_url and "@" not in mail_from:
        raise BadSetting("MAIL_URL is set, but MAIL_FROM names no sender's address.")
    message_folder = env.get("MESSAGE_FOLDER", "")
    return Settings(
        database_url=env.get("DATABASE_URL", f"sqlite:///{data_dir / 'service.sqlite3'}"),
        secret_key=env.get("SECRET_KEY", "") or _kept_secret(data_dir / "secret-key"),
        data_dir=data_dir,
        base_url=base_url,
        redis_url=env.get("REDIS_URL", ""),
        tile_url=env.get("TILE_URL", ""),
        roads_url=_roads_url(env.get("ROADS_URL", "")),
        roads_timeout_s=float(_whole(env, "ROADS_TIMEOUT_S", 3, 1, 30)),
        roads_block_pairs=_whole(env, "ROADS_BLOCK_PAIRS", 2500, 1, 40_000),
        roads_cache_days=_whole(env, "ROADS_CACHE_DAYS", 7, 1, 365),
        mail_url=mail_url,
        mail_from=mail_from,
        sms_url=env.get("SMS_URL", ""),
        sms_token=env.get("SMS_TOKEN", ""),
        webhook_url=env.get("WEBHOOK_URL", ""),
        message_folder=Path(message_folder) if message_folder else None,
        hotline=env.get("HOTLINE", "400-820-1234"),
        default_zone=env.get("DEFAULT_ZONE", "Asia/Shanghai"),
        plain_http=plain_http,
        trusted_proxies=_proxies(env.get("TRUSTED_PROXIES", "0")),
        testing=testing,
        test_clock_file=Path(clock_file) if clock_file else None,
    )


def _proxies(said: str) -> int:
    """How many proxies of ours stand in front, each of which appends the caller's address to X-Forwarded-For."""
    if said not in {"0", "1", "2", "3", "4", "5"}:
        raise BadSetting("TRUSTED_PROXIES is how many proxies of yours stand in front: 0 to 5.")
    return int(said)


def _roads_url(said: str) -> str:
    """The road engine's address, or nothing: then travel is estimated (R7)."""
    if said and not said.startswith(("http://", "https://")):
        raise BadSetting("ROADS_URL is the address of a Valhalla: http://… or https://….")
    return said.rstrip("/")


def _whole(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    said = env.get(name, "") or str(default)
    if not (said.isascii() and said.isdecimal() and len(said) < 10 and low <= int(said) <= high):
        raise BadSetting(f"{name} is a whole number from {low} to {high}.")
    return int(said)


def _kept_secret(path: Path) -> str:
    """The signing key of this installation, made at the first start and kept readable to its owner only."""
    if not path.exists():
        # Linked into place whole: a second process starting at this moment must never read half a key.
        draft = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
