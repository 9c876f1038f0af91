"""Running jobs: claimed, kept alive by a heartbeat, settled; whoever dies in between is found by the sweep (P12)."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from app.db import db, transaction, use_case
from app.jobs import store
from app.jobs.models import Job
from app.jobs.rules import HEARTBEAT_EVERY, JobState, pause_after
from app.kernel.errors import DomainError, Kind

log = logging.getLogger(__name__)


def run_job(job_id: int) -> bool:
    """Whether the job was run by us and is done. Safe to call for any id, any number of times, by anybody."""
    clock = current_app.extensions["clock"]
    now = clock.now()
    claimed = _claim(job_id, now=now)
    if claimed is None:
        return False
    kind, args, attempt = claimed
    work = current_app.extensions["jobs"].get(kind)
    if work is None:
        _settle(job_id, attempt=attempt, state=JobState.FAILED, error=f"no job of the kind {kind}", now=now)
        return False
    try:
        with _heartbeat(job_id, attempt):
            answer = work(**args, now=now)
    except DomainError as error:
        _refused(job_id, attempt, error, now=clock.now())
        return False
    except Exception as error:
        # Jobs are isolated from each other: one that breaks is logged, counted and tried again later.
        log.error("job %s (%s) broke at try %s", job_id, kind, attempt, exc_info=error)
        _put_off(job_id, attempt, _told(error), now=clock.now())
        return False
    finally:
        db.session.remove()
    text = json.dumps(answer, ensure_ascii=False, default=str)
    return _settle(job_id, attempt=attempt, state=JobState.DONE, answer=text, now=clock.now())


def _told(error: Exception) -> str:
    """What the row keeps of an error. A database tells the values of the row it refused: of those only the name stays."""
    if isinstance(error, SQLAlchemyError):
        origin = getattr(error, "orig", None)
        return f"{type(error).__name__}: {type(origin).__name__}" if origin else type(error).__name__
    return f"{type(error).__name__}: {error}"


def _refused(job_id: int, attempt: int, error: DomainError, *, now: datetime) -> None:
    # A rule's no stays a no; only "not now" is worth another try.
    if error.kind is Kind.unavailable:
        _put_off(job_id, attempt, str(error), now=now)
    else:
        _settle(job_id, attempt=attempt, state=JobState.FAILED, error=str(error), now=now)


def _put_off(job_id: int, attempt: int, error: str, *, now: datetime) -> None:
    pause = pause_after(attempt)
    if pause is None:
        _settle(job_id, attempt=attempt, state=JobState.FAILED, error=error, now=now)
    else:
        _settle(job_id, attempt=attempt, state=JobState.QUEUED, error=error, next_at=now + pause, now=now)


@use_case
def _claim(job_id: int, *, now: datetime) -> tuple[str, dict[str, Any], int] | None:
    with transaction() as session:
        job = store.claim(session, job_id, now=now)
        return (job.kind, json.loads(job.args), job.attempts) if job else None


@use_case
def _settle(job_id: int, *, attempt: int, state: JobState, now: datetime, **values: Any) -> bool:
    with transaction() as session:
        finished = now if state in (JobState.DONE, JobState.FAILED) else None
        values["error"] = str(values.get("error", ""))[:2000]
        return store.settle(session, job_id, attempt=attempt, state=state, finished_at=finished, **values)


@contextmanager
def _heartbeat(job_id: int, attempt: int) -> Iterator[None]:
    """Say every few seconds that the worker lives, from a thread of its own, while the job runs."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    done = threading.Event()

    def beat() -> None:
        while not done.wait(HEARTBEAT_EVERY.total_seconds()):
            with app.app_context():
                try:
                    _beat(job_id, attempt=attempt, now=app.extensions["clock"].now())
                except Exception as error:
                    # One beat missed must not end the heart: others follow before the job counts as lost.
                    log.warning("job %s missed a heartbeat", job_id, exc_info=error)

    thread = threading.Thread(target=beat, name=f"heartbeat-{job_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()


@use_case
def _beat(job_id: int, *, attempt: int, now: datetime) -> None:
    with transaction() as session:
        store.settle(session, job_id, attempt=attempt, heartbeat_at=now)


def sweep(now: datetime) -> int:
    """Give lost jobs back and ring for those nobody heard; says how many. Runs at each tick."""
    found = _give_back(now=now)
    doorbell = current_app.extensions.get("doorbell")
    if doorbell is not None:
        for job_id in store.unheard_ids(db.session(), now=now):
            doorbell.ring(job_id)
    return found


@use_case
def _give_back(*, now: datetime) -> int:
    with transaction() as session:
        lost = store.silent(session, now=now)
        for job in lost:
            _lose(job, now=now)
        return len(lost)


def _lose(job: Job, *, now: datetime) -> None:
    job.error = "the worker was lost"
    if pause_after(job.attempts) is None:
        job.state, job.finished_at = JobState.FAILED, now
    else:
        job.state, job.next_at = JobState.QUEUED, now


def run_due(now: datetime) -> int:
    """Run every job that is due, here and now, and say how many were done; for `flask work --once` and tests."""
    return sum(run_job(job_id) for job_id in store.due_ids(db.session(), now=now))
