"""`./run demo`: the whole house on SQLite with the demo company in it, on this machine only."""

from __future__ import annotations

import argparse
import os
import shutil
import socket
from collections.abc import Sequence

from tools.process import PYTHON, ROOT, VAR, Trouble, quietly, say

DATA = VAR / "demo"
SEEDING = DATA / "seeding"
SEEDED = DATA / "seeded"
FIRST_PORT, LAST_PORT = 8080, 8099


def demo(words: Sequence[str]) -> None:
    """Never returns: becomes the web server, so that Ctrl-C and `kill` reach it directly."""
    chosen = _parse(words)
    port = _free_port(chosen.host, chosen.port)
    os.environ.update(environment(chosen.host, port))
    _prepare(fresh=chosen.fresh)
    say("  starting")
    server = [PYTHON, "-m", "gunicorn", "--config", ROOT / "tools" / "demo_server.py", "wsgi:build()"]
    os.environ["DEMO_BIND"] = f"[{chosen.host}]:{port}" if ":" in chosen.host else f"{chosen.host}:{port}"
    os.execv(PYTHON, [str(word) for word in server])  # noqa: S606 - our own interpreter, no shell


def environment(host: str = "127.0.0.1", port: int = FIRST_PORT) -> dict[str, str]:
    """The settings of the demo; what the caller has set in the environment wins."""
    own = {"FLASK_APP": "wsgi:build", "DATA_DIR": str(DATA), "BASE_URL": f"http://{_spoken(host)}:{port}"}
    if not _is_loopback(host):
        # Asked for by --host: whoever opens the demo to the network accepts plain http there.
        own["TRUSTED_NETWORK"] = "yes"
    return {name: os.environ.get(name, value) for name, value in own.items()}


def _parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run demo", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, help=f"port (default: the first free one from {FIRST_PORT})")
    parser.add_argument("--fresh", action="store_true", help="throw the demo's data away and start a new day")
    return parser.parse_args(words)


def _prepare(*, fresh: bool) -> None:
    """The database is at the newest revision and holds the demo company."""
    if not (ROOT / "wsgi.py").exists():
        raise Trouble("There is no wsgi.py yet: the house has no roof to start.")
    if fresh and DATA.exists():
        say("  throwing the old demo data away")
        shutil.rmtree(DATA)
    if SEEDING.exists():
        say("  the last start was stopped while the demo company was being written; starting over")
        shutil.rmtree(DATA)
    DATA.mkdir(parents=True, exist_ok=True)
    if not SEEDED.exists():
        say("  setting up the demo company (a minute or two, once)")
        SEEDING.touch()
        quietly([PYTHON, "-m", "flask", "db", "upgrade"], what="Making the database", seconds=120)
        quietly([PYTHON, "-m", "flask", "demo", "seed"], what="Writing the demo company", seconds=600)
        SEEDING.rename(SEEDED)
    elif _schema() != SEEDED.read_text():
        say("  bringing the database up to date")
        quietly([PYTHON, "-m", "flask", "db", "upgrade"], what="Upgrading the database", seconds=600)
    SEEDED.write_text(_schema())


def _schema() -> str:
    """The names of all revisions: when one is new, the database has to be upgraded."""
    return "\n".join(sorted(path.name for path in ROOT.glob("migrations/versions/*.py")))


def _free_port(host: str, wanted: int | None) -> int:
    for port in [wanted] if wanted else range(FIRST_PORT, LAST_PORT + 1):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except (OSError, OverflowError) as refused:
                if wanted:
                    raise Trouble(f"Port {port} on {host} cannot be used: {refused}.") from refused
                continue
        return port
    raise Trouble(f"No free port between {FIRST_PORT} and {LAST_PORT}; name one with --port.")


def _is_loopback(host: str) -> bool:
    return host in ("127.0.0.1", "localhost", "::1")


def _spoken(host: str) -> str:
    """How a browser names this host."""
    if host in ("0.0.0.0", "::"):  # noqa: S104 - recognised here, not bound
        return _own_address()
    return f"[{host}]" if ":" in host else host


def _own_address() -> str:
    """This machine's address towards the network; nothing is sent to find out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return socket.gethostname()
        return str(probe.getsockname()[0])
