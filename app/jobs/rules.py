"""How long a job may be silent, and when it is tried again (P12)."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class JobState(StrEnum):
    """queued → running → done; or back to queued for another try; or failed, standing visible."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


MAX_ATTEMPTS = 5
#: Pauses after the first, second … try that broke.
PAUSES = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600))
HEARTBEAT_EVERY = timedelta(seconds=20)
#: A running job without a heartbeat for this long has lost its worker.
SILENT_AFTER = timedelta(seconds=90)
#: The doorbell rings at once; whoever still waits after this was not heard and is rung for again.
UNHEARD_AFTER = timedelta(seconds=20)


def pause_after(attempts: int) -> timedelta | None:
    """How long a job rests after its `attempts`-th try broke; None when it gives up."""
    return None if attempts >= MAX_ATTEMPTS else PAUSES[min(attempts, len(PAUSES)) - 1]
