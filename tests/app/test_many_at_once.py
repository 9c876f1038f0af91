"""Several writers, sealers, senders and workers at once: the outcome is exact (P12, P28)."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import func, select

from app.actor import SYSTEM
from app.audit import api as audit
from app.audit.check import broken_links
from app.audit.models import AuditRow, AuditSeal
from app.audit.seal import seal_committed
from app.db import db, transaction
from app.domain import MessageTemplate
from app.jobs import api as jobs
from app.jobs.models import Job
from app.jobs.use_cases import run_job
from app.outbox import api as outbox
from app.outbox.models import OutboxMessage
from app.outbox.rules import Channel
from app.outbox.use_cases import send_due
from tests.app.crowd import all_at_once, real_house
from tests.conftest import MONDAY

FULL = os.environ.get("FAULTS") == "full"
ROUNDS = 200 if FULL else 15
pytestmark = pytest.mark.faults


@pytest.fixture
def crowd(engine_name, tmp_path, request):
    with real_house(engine_name, tmp_path, lambda: request.getfixturevalue("postgresql_url")) as app:
        app.extensions["doorbell"] = None
        with app.app_context():
            yield app


def test_eight_writers_and_two_sealers_leave_one_whole_chain(crowd):
    def act(n):
        for round_ in range(ROUNDS):
            if n >= 8:
                seal_committed(MONDAY)
                continue
            with transaction() as session:
                audit.record(session, by=SYSTEM, action="race.step", object_ref=f"{n}:{round_}", at=MONDAY)

    assert all_at_once(crowd, 10, act) == [None] * 10
    seal_committed(MONDAY)
    session = db.session()
    assert session.scalar(select(func.count()).select_from(AuditRow)) == 8 * ROUNDS
    assert session.scalar(select(func.count()).select_from(AuditSeal)) == 8 * ROUNDS
    with db.engine.connect() as connection:
        assert list(broken_links(connection)) == []


def test_one_reason_told_by_many_at_once_is_one_message_sent_once(crowd, monkeypatch):
    monkeypatch.setitem(crowd.extensions["messages"], "race", MessageTemplate(("甲", "a"), ("乙", "b")))
    sent = []

    class Gateway:
        def send(self, message):
            sent.append(message.message_id)
            return "ok"

    monkeypatch.setitem(crowd.extensions["senders"], Channel.MAIL, Gateway())

    def tell(n):
        for round_ in range(ROUNDS):
            with transaction() as session:
                outbox.queue(session, channel="mail", to="a@example.org", template_code="race", data={},
                             key=f"reason:{round_}", at=MONDAY)  # fmt: skip
            send_due(MONDAY)

    assert all_at_once(crowd, 6, tell) == [None] * 6
    send_due(MONDAY)
    assert db.session().scalar(select(func.count()).select_from(OutboxMessage)) == ROUNDS
    assert len(sent) == len(set(sent)) == ROUNDS


def test_workers_who_all_hear_the_bell_do_each_job_once(crowd, monkeypatch):
    done = []
    monkeypatch.setitem(crowd.extensions["jobs"], "race.work", lambda now, n: done.append(n))
    with transaction() as session:
        ids = [jobs.enqueue(session, "race.work", {"n": n}, key=f"k{n}", at=MONDAY) for n in range(ROUNDS)]
    answers = all_at_once(crowd, 6, lambda _n: sum(run_job(job_id) for job_id in ids))
    assert sum(answers) == ROUNDS
    assert sorted(done) == list(range(ROUNDS))
    assert set(db.session().scalars(select(Job.attempts))) == {1}
