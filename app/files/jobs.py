"""Files that no row speaks of are removed after a day (P35)."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from sqlalchemy import select

from app.db import db, transaction, use_case
from app.files import disk
from app.files.api import folder
from app.files.models import StoredFile
from app.jobs import api as jobs

STRAY_AFTER = timedelta(days=1)


@use_case
def sweep_daily(now: datetime) -> bool:
    """Queue the day's sweep, once; runs at each tick."""
    key = f"sweep-files:{now:%Y-%m-%d}"
    if jobs.state_of(db.session(), key) is not None:
        return False
    with transaction() as session:
        jobs.enqueue(session, "app.sweep_files", {}, key=key, at=now)
    return True


def sweep_strays(*, now: datetime, wall: float | None = None) -> int:
    """Remove files and half-written ones that are a day old and have no row; says how many.

    Their age is the file system's, not the house's clock, so that a test clock removes nothing of today.
    """
    session, removed = db.session(), 0
    for path in list(disk.older_than(folder(), STRAY_AFTER.total_seconds(), now=wall or time.time())):
        if session.scalar(select(StoredFile.id).where(StoredFile.name == path.name)) is None:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
