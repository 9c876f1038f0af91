"""A job's row is the truth: nothing is lost with a worker, a queue or a process (P12)."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from app.db import db, transaction
from app.jobs import api as jobs
from app.jobs import use_cases
from app.jobs.models import Job
from app.jobs.rules import MAX_ATTEMPTS, SILENT_AFTER, UNHEARD_AFTER, JobState, pause_after
from app.jobs.use_cases import _claim, _settle, run_due, run_job, sweep
from app.kernel.errors import DomainError, Kind
from tests.conftest import MONDAY


class NoSuchThing(DomainError):
    code = "test.no_such_thing"
    kind = Kind.missing


class Bell:
    """A doorbell that only remembers."""

    def __init__(self):
        self.rung = []

    def ring(self, job_id):
        self.rung.append(job_id)


@pytest.fixture
def bell(house, monkeypatch):
    bell = Bell()
    monkeypatch.setitem(house.extensions, "doorbell", bell)
    return bell


@pytest.fixture
def work(house, bell, monkeypatch):
    """A kind of job whose doings the test decides."""
    calls = []

    def do(*, now, what):
        calls.append((what, now))
        if what == "break":
            raise ValueError("broke")
        if what == "refuse":
            raise NoSuchThing()
        return {"did": what}

    monkeypatch.setitem(house.extensions["jobs"], "test.work", do)
    return calls


def enqueue(what="sums", key="k", **more):
    with transaction() as session:
        return jobs.enqueue(session, "test.work", {"what": what}, key=key, at=MONDAY, **more)


def row(job_id):
    db.session().expire_all()
    return db.session().get_one(Job, job_id)


def test_one_reason_works_once(work):
    first = enqueue()
    assert enqueue() == first
    assert run_due(MONDAY) == 1
    assert run_due(MONDAY) == 0
    assert work == [("sums", MONDAY)]
    assert row(first).answer == '{"did": "sums"}'


def test_the_bell_rings_after_the_commit_and_never_for_what_failed(work, bell):
    with pytest.raises(RuntimeError), transaction() as session:
        jobs.enqueue(session, "test.work", {"what": "sums"}, key="lost", at=MONDAY)
        with session.begin_nested():
            pass
        assert bell.rung == []
        raise RuntimeError
    assert bell.rung == []
    job_id = enqueue()
    assert bell.rung == [job_id]


def test_a_kind_nobody_declared_is_a_bug(work):
    with pytest.raises(KeyError), transaction() as session:
        jobs.enqueue(session, "test.unknown", {}, key="k", at=MONDAY)


def test_a_job_for_later_waits(work, clock):
    job_id = enqueue(not_before=MONDAY + timedelta(hours=1))
    assert not run_job(job_id)
    clock.advance(timedelta(hours=1))
    assert run_job(job_id)


def test_what_breaks_is_tried_again_ever_later_and_then_stands(work, clock):
    job_id = enqueue("break")
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert not run_job(job_id)
        assert row(job_id).attempts == attempt
        clock.advance(pause_after(attempt) or timedelta(0))
    assert row(job_id).state is JobState.FAILED
    assert row(job_id).error == "ValueError: broke"
    assert len(work) == MAX_ATTEMPTS


def test_what_a_database_says_of_a_row_is_not_kept_with_the_job(work, monkeypatch, house):
    """PostgreSQL tells the whole refused row in its message: names, numbers, hashes."""

    def do(*, now, what):
        raise IntegrityError("INSERT", {"hash": "a-secret"}, Exception("DETAIL: Key (hash)=(a-secret) already exists."))

    monkeypatch.setitem(house.extensions["jobs"], "test.work", do)
    job_id = enqueue()
    run_job(job_id)
    assert row(job_id).error == "IntegrityError: Exception"


def test_the_heart_beats_on_after_a_beat_that_failed(house, monkeypatch):
    """One lost connection ended the thread: a long job was taken for dead and done a second time."""
    beats, enough = [], threading.Event()

    def beat(_job_id, **_rest):
        beats.append(1)
        if len(beats) >= 3:
            enough.set()
        raise OperationalError("UPDATE", {}, Exception("server closed the connection"))

    monkeypatch.setattr(use_cases, "_beat", beat)
    monkeypatch.setattr(use_cases, "HEARTBEAT_EVERY", timedelta(milliseconds=5))
    with use_cases._heartbeat(1, 1):
        assert enough.wait(10)


def test_a_rule_s_no_stays_a_no(work):
    job_id = enqueue("refuse")
    run_job(job_id)
    assert row(job_id).state is JobState.FAILED
    assert len(work) == 1


def test_a_killed_worker_s_job_is_given_back_and_its_late_answer_refused(work, bell, clock):
    job_id = enqueue()
    _claim(job_id, now=MONDAY)
    assert sweep(MONDAY + timedelta(seconds=30)) == 0
    late = MONDAY + SILENT_AFTER + timedelta(seconds=1)
    assert sweep(late) == 1
    clock.set(late)
    assert run_job(job_id)
    assert not _settle(job_id, attempt=1, state=JobState.DONE, answer="of the dead", now=late)
    assert row(job_id).attempts == 2


def test_a_bell_nobody_heard_is_rung_again(work, bell):
    job_id = enqueue()
    sweep(MONDAY + timedelta(seconds=1))
    assert bell.rung == [job_id]
    sweep(MONDAY + UNHEARD_AFTER + timedelta(seconds=1))
    assert bell.rung == [job_id, job_id]


def test_two_workers_never_hold_one_job(work):
    job_id = enqueue()
    assert _claim(job_id, now=MONDAY) is not None
    assert _claim(job_id, now=MONDAY) is None
