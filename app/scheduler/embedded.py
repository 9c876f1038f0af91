"""The embedded default: the web process also ticks and works, if it is the one that holds the lock (X5)."""

from __future__ import annotations

import fcntl
import logging
import threading
from pathlib import Path
from typing import IO, Any

from flask import Flask

from app.jobs.use_cases import run_job
from app.scheduler.rules import TICK_EVERY
from app.scheduler.tick import Scheduler

log = logging.getLogger(__name__)


class Engine:
    """A scheduler thread and job workers in this process."""

    def __init__(self, app: Flask, lock: IO[str], workers: int) -> None:
        self._app, self._lock = app, lock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ticks, name="scheduler", daemon=True)
        self._consumer = make_consumer(app, workers)

    def start(self) -> None:
        """Start ticking and working; returns at once."""
        self._consumer.start()
        self._thread.start()

    def stop(self) -> None:
        """Stop after the tick and the jobs under way."""
        self._stop.set()
        self._consumer.stop(graceful=True)
        self._thread.join(timeout=30)
        self._lock.close()

    def _ticks(self) -> None:
        scheduler = Scheduler()
        while not self._stop.is_set():
            with self._app.app_context():
                try:
                    scheduler.tick()
                except Exception as error:
                    # The database may be away for a while: the next tick tries again (P40).
                    log.error("a tick failed", exc_info=error)
            self._stop.wait(TICK_EVERY.total_seconds())


def start(app: Flask, *, workers: int = 2) -> Engine | None:
    """Tick and work in this process, or None when another process of this installation already does."""
    lock = leader_lock(app.extensions["settings"].data_dir / "leader.lock")
    if lock is None:
        return None
    engine = Engine(app, lock, workers)
    engine.start()
    return engine


def leader_lock(path: Path) -> IO[str] | None:
    """The open lock file, or None when somebody holds it; it is let go when the process ends, however it ends."""
    lock = path.open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def make_consumer(app: Flask, workers: int) -> Any:
    """Huey's consumer without its signal handlers: signals belong to the web server."""
    consumer = app.extensions["doorbell"].huey.create_consumer(
        workers=workers, worker_type="thread", periodic=False, max_delay=0.5, scheduler_interval=1
    )
    consumer._set_signal_handlers = lambda: None
    return consumer


def answer_bell(app: Flask, job_id: int) -> bool:
    """What a worker does when the bell rings: run that job in an application context."""
    with app.app_context():
        return run_job(job_id)
