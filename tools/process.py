"""Starting other programs: with a time limit, quietly, and with one calm sentence when it goes wrong."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
PYTHON = ROOT / ".venv" / "bin" / "python"


class Trouble(Exception):
    """Something the runner cannot mend; its text tells the reader what to do."""


def say(text: str) -> None:
    """One line on the terminal, at once, also when output goes to a file."""
    print(text, flush=True)


def quietly(
    command: Sequence[str | Path],
    *,
    what: str,
    seconds: int,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    advice: str = "",
) -> str:
    """The program's output; raises Trouble with its last lines when it fails, is missing or takes too long."""
    try:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=cwd,
            env=None if env is None else dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as late:
        said = late.stdout.decode(errors="replace") if isinstance(late.stdout, bytes) else (late.stdout or "")
        raise Trouble(_sentence(f"{what} took longer than {seconds} s and was stopped.", said, advice)) from late
    except OSError as refused:
        raise Trouble(_sentence(f"{what} could not start: {refused}.", "", advice)) from refused
    if done.returncode:
        raise Trouble(_sentence(f"{what} failed.", done.stdout, advice))
    return done.stdout


def _sentence(what: str, output: str, advice: str) -> str:
    told = [line for line in output.strip().splitlines() if "WARNING: Retrying" not in line]
    tail = [f"    {line[:200]}" for line in told[-12:]]
    return "\n".join([what, *tail, *([advice] if advice else [])])


def certificates(env: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment, with the machine's certificate file named for every downloader.

    Behind a company's TLS proxy node hangs without a word unless it is told; pip, uv and node each
    read another variable, so one that is set speaks for all.
    """
    result = dict(env)
    for name in ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        if bundle := env.get(name):
            result.setdefault("SSL_CERT_FILE", bundle)
            result.setdefault("NODE_EXTRA_CA_CERTS", bundle)
            break
    return result
