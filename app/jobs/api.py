"""The door to background work: a job is queued in the transaction that decided it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db import after_commit
from app.jobs import store
from app.jobs.models import Job
from app.jobs.rules import JobState


def enqueue(
    session: Session,
    kind: str,
    args: Mapping[str, Any],
    *,
    key: str,
    at: datetime,
    not_before: datetime | None = None,
) -> int:
    """The id of the job queued under `key`; a key that is known queues nothing and answers the first id.

    `kind` names a function of `Domain.jobs`, which gets `args` (plain JSON) and `now` by keyword and must bear
    being run twice. The doorbell rings after the commit.
    """
    if kind not in current_app.extensions["jobs"]:
        raise KeyError(f"no floor declares jobs of the kind {kind!r}")
    known = store.by_key(session, key)
    if known is not None:
        return known.id
    job = Job(
        key=key, kind=kind, args=json.dumps(dict(args), ensure_ascii=False), state=JobState.QUEUED, attempts=0,
        queued_at=at, next_at=not_before or at,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(job)
    except IntegrityError:  # Somebody queued the same reason in this very moment.
        known = store.by_key(session, key)
        assert known is not None
        return known.id
    doorbell, job_id = current_app.extensions.get("doorbell"), job.id
    if doorbell is not None:
        after_commit(session, lambda: doorbell.ring(job_id))
    return job_id


def state_of(session: Session, key: str) -> JobState | None:
    """How far the job under `key` has come; None when there is none."""
    job = store.by_key(session, key)
    return job.state if job else None
