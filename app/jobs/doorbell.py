"""The doorbell: tells a worker at once that a job waits. It carries the id only and may be lost (stack §2).

SQLite in the embedded default, Redis or PostgreSQL in production. A bell that is not heard costs seconds, not
work: the sweep finds the row.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from typing import Any

import psycopg
import redis
from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey

log = logging.getLogger(__name__)
NOT_HEARD = (OSError, redis.RedisError, sqlite3.Error, psycopg.Error)


class Doorbell:
    """Rings for jobs; `answer` is what a worker does when it hears one."""

    def __init__(self, huey: Huey, answer: Callable[[int], object]) -> None:
        self.huey = huey

        def job(job_id: int) -> None:
            answer(job_id)

        self._task = huey.task(name="job", context=False)(job)

    def ring(self, job_id: int) -> None:
        """Tell whoever listens; a bell out of order is logged, because the row waits all the same."""
        try:
            self._task(job_id)
        except NOT_HEARD as error:
            log.warning("the doorbell for job %s was not heard: %s", job_id, error)


def make_huey(settings: Any) -> Huey:
    """The queue that fits this installation: Redis if named, else the database's own kind."""
    if settings.redis_url:
        return RedisHuey("house", url=settings.redis_url, results=False)
    if settings.database_url.startswith("sqlite"):
        return SqliteHuey("house", filename=str(settings.data_dir / "doorbell.sqlite3"), fsync=False, results=False)
    url = settings.database_url.replace("postgresql+psycopg://", "postgresql://")
    return PostgresHuey("house", dsn=url, results=False)
