"""gunicorn's settings for the demo: one worker with threads, and a welcome when it can really answer."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

from app.scheduler import embedded

bind = os.environ["DEMO_BIND"]
worker_class = "gthread"
workers = 1
threads = 64
timeout = 120
# Open event streams would hold a stopped server back for the default 30 s.
graceful_timeout = 2
loglevel = "warning"
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """Starts ticks and jobs beside the pages, then prints the address and the accounts."""
    embedded.start(worker.wsgi)
    if worker.age > 1:
        return
    accounts = subprocess.run(
        [sys.executable, "-m", "flask", "demo", "accounts"], capture_output=True, text=True, check=False
    )
    told = accounts.stdout.rstrip() if accounts.returncode == 0 else accounts.stderr.strip()[-500:]
    print(f"\n{told}\n\n  {os.environ['BASE_URL']}\n\n  Ctrl-C stops it.\n", flush=True)
