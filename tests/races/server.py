"""The real server on a throw-away database, and clients that all start at one moment."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).parents[2]
SECRET = "a race"


def environment(url: str, folder: Path) -> dict[str, str]:
    """What a process of the product needs to know to work on this database."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "DATABASE_URL": url, "DATA_DIR": str(folder), "SECRET_KEY": SECRET, "PYTHONPATH": str(ROOT)}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def serving(url: str, folder: Path, *, workers: int, threads: int) -> Iterator[int]:
    """The port of a running gunicorn with this many processes and threads; it is gone afterwards."""
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "-k", "gthread", "-w", str(workers), "--threads", str(threads), "-b",
        f"127.0.0.1:{port}", "--log-level", "warning", "--graceful-timeout", "2", "--timeout", "120", "wsgi:build()",
    ]  # fmt: skip
    log = (folder / "server.log").open("wb")
    server = subprocess.Popen(command, cwd=ROOT, env=environment(url, folder), stdout=log, stderr=log)
    try:
        wait_until_it_answers(server, port, folder / "server.log")
        yield port
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        log.close()


def wait_until_it_answers(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        if server.poll() is not None:
            break
        try:
            if Client(port, cookie="").get("/sign-in")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the server does not answer:\n{log.read_text(errors='replace')[-3000:]}")


@dataclass
class Answer:
    """What became of one request: its status, or None where nobody knows."""

    status: int | None
    body: str = ""


class Client:
    """A browser of one session: it keeps its cookies and brings the page's token along."""

    def __init__(self, port: int, *, cookie: str) -> None:
        self.port = port
        self.cookies = {"session": cookie} if cookie else {}
        self.token = ""

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": self.token}
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            text = response.read().decode("utf-8", "replace")
            for line in response.headers.get_all("Set-Cookie") or []:
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
            return response.status, text
        finally:
            connection.close()

    def get(self, path: str) -> tuple[int, str]:
        status, text = self._ask("GET", path)
        found = re.search(r'<meta name="csrf-token" content="([^"]+)"', text)
        self.token = found[1] if found else self.token
        return status, text

    def post(self, path: str, fields: dict[str, str], *, tries: int = 6) -> Answer:
        """Send a form; an unclear answer (5xx, cut off) is settled by the same form again, as a person would (P39)."""
        answer = Answer(None)
        for _ in range(tries):
            try:
                answer = Answer(*self._ask("POST", path, urlencode(fields)))
            except OSError:
                answer = Answer(None)
            if answer.status is not None and answer.status < 500:
                return answer
            time.sleep(0.2)
        return answer


def all_at_once(actions: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """What came of the actions, each in a thread of its own, none starting before all are ready."""
    barrier = threading.Barrier(len(actions))
    answers: list[Answer] = [Answer(None)] * len(actions)

    def run(place: int, action: Callable[[], Answer]) -> None:
        barrier.wait()
        answers[place] = action()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
