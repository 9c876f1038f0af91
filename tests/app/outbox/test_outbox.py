"""Messages are not lost and not sprayed (P12)."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import pairwise

import pytest

from app.auth import use_cases as auth
from app.auth.actor import SYSTEM
from app.db import db, transaction
from app.domain import MessageTemplate, Role
from app.outbox import api as outbox
from app.outbox import use_cases
from app.outbox.channels import FileSender, Refused, Unclear
from app.outbox.models import Notification, OutboxAttempt, OutboxMessage
from app.outbox.rules import CUT_OFF_AFTER, PAUSES, Channel, MessageState, Outcome
from app.outbox.use_cases import _take, send_due
from tests.conftest import MONDAY, PASSWORD

TEMPLATE = MessageTemplate(subject=("{no} 升级", "{no} escalated"), body=("请处理 {no}。", "Please see to {no}."))


class Gateway:
    """A gateway in the test's hand: answers as told, and remembers what it was asked to send."""

    def __init__(self, *answers):
        self.answers, self.seen = list(answers), []

    def send(self, message):
        self.seen.append(message)
        answer = self.answers.pop(0) if self.answers else "ok"
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def words(house, monkeypatch):
    monkeypatch.setitem(house.extensions["messages"], "test.escalated", TEMPLATE)
    return house


@pytest.fixture
def gateway(words, monkeypatch):
    gateway = Gateway()
    monkeypatch.setitem(words.extensions["senders"], Channel.MAIL, gateway)
    return gateway


def account(name, role=Role.DISPATCHER, **links):
    return auth.add_user(
        name, PASSWORD, display_name=name, role=role, first_password=False, by=SYSTEM, now=MONDAY, **links
    )


def queue(channel="mail", to="a@example.org", key="clock:1/step:2", at=MONDAY, **more):
    with transaction() as session:
        return outbox.queue(
            session, channel=channel, to=to, template_code="test.escalated", data={"no": "R-000007"}, key=key, at=at,
            **more,
        )  # fmt: skip


def only_message():
    db.session().expire_all()
    return db.session().query(OutboxMessage).one()


def test_a_reason_speaks_once_to_each_dispatcher_in_their_own_language(words):
    first, second = account("zhou"), account("smith")
    account("li", Role.SALES)
    auth.keep_preferences(language="en", by=auth_actor(second), now=MONDAY)
    assert queue("in_app", "role:dispatcher") == 2
    assert queue("in_app", "role:dispatcher") == 0
    rows = {n.user_id: n.subject for n in db.session().query(Notification)}
    assert rows == {first: "R-000007 升级", second: "R-000007 escalated"}


def auth_actor(user_id):
    from app.auth.actor import Actor

    return Actor(user_id=user_id, user_name="someone")


def test_nothing_is_queued_when_the_deciding_transaction_fails(words):
    account("zhou")
    with pytest.raises(RuntimeError), transaction() as session:
        outbox.queue(session, channel="in_app", to="role:dispatcher", template_code="test.escalated",
                     data={"no": "R-1"}, key="k", at=MONDAY)  # fmt: skip
        raise RuntimeError("the use case failed later")
    assert db.session().query(Notification).count() == 0


def test_a_message_for_later_reaches_the_bell_at_its_time_and_once(words):
    account("zhou")
    queue("in_app", "role:dispatcher", not_before=MONDAY + timedelta(hours=1))
    assert send_due(MONDAY) == 0
    assert send_due(MONDAY + timedelta(hours=1)) == 1
    assert send_due(MONDAY + timedelta(hours=2)) == 0
    assert db.session().query(Notification).count() == 1


def test_a_mail_leaves_once_and_under_one_id(gateway):
    queue()
    assert send_due(MONDAY) == 1
    assert send_due(MONDAY) == 0
    assert [m.subject for m in gateway.seen] == ["R-000007 升级"]
    assert only_message().state is MessageState.SENT


def test_the_attempt_is_on_record_while_the_gateway_is_asked(words, monkeypatch):
    outcomes: list[Outcome] = []

    class Watching(Gateway):
        def send(self, message):
            outcomes.extend(a.outcome for a in db.session().query(OutboxAttempt))
            return "ok"

    monkeypatch.setitem(words.extensions["senders"], Channel.MAIL, Watching())
    queue()
    send_due(MONDAY)
    assert outcomes == [Outcome.RUNNING]


def test_a_refusing_gateway_is_asked_again_ever_later_and_then_the_message_stands(gateway):
    gateway.answers = [Refused("mailbox full")] * 10
    queue()
    now, tries = MONDAY, []
    while only_message().state is not MessageState.FAILED:
        before = len(gateway.seen)
        send_due(now)
        tries += [now] * (len(gateway.seen) - before)
        now += timedelta(minutes=1)
    gaps = [later - earlier for earlier, later in pairwise(tries)]
    assert gaps == list(PAUSES)
    assert only_message().last_error == "mailbox full"
    assert len({m.message_id for m in gateway.seen}) == 1


def test_an_unclear_answer_is_repeated_once_and_no_more(gateway):
    gateway.answers = [Unclear("dropped after DATA")] * 10
    queue()
    for minutes in range(0, 600, 10):
        send_due(MONDAY + timedelta(minutes=minutes))
    assert len(gateway.seen) == 2
    assert only_message().state is MessageState.FAILED


def test_a_channel_that_breaks_counts_as_unclear_and_the_next_message_leaves(gateway):
    """One broken answer ended the round: whatever stood behind it waited for ever."""
    gateway.answers = [LookupError("a bug of the channel's"), "ok"]
    queue(key="first")
    queue(key="second")
    assert send_due(MONDAY) == 1
    assert [attempt.outcome for attempt in db.session().query(OutboxAttempt).order_by(OutboxAttempt.id)] == [
        Outcome.UNCLEAR, Outcome.SENT,
    ]  # fmt: skip


def test_a_message_that_breaks_stops_no_other(gateway, monkeypatch):
    queue(key="first")
    queue(key="second")
    take, broken = use_cases._take, only_ids()[0]

    def breaking(message_id, *, now):
        if message_id == broken:
            raise LookupError("a bug of ours")
        return take(message_id, now=now)

    monkeypatch.setattr(use_cases, "_take", breaking)
    assert send_due(MONDAY) == 1


def only_ids():
    return [message.id for message in db.session().query(OutboxMessage).order_by(OutboxMessage.id)]


def test_a_crash_while_sending_counts_as_unclear_and_loses_nothing(gateway):
    """kill -9 between the attempt's record and its outcome: the row says 'running' and nobody comes back."""
    queue()
    _take(only_message().id, now=MONDAY)
    assert send_due(MONDAY + timedelta(seconds=30)) == 0
    send_due(MONDAY + CUT_OFF_AFTER + timedelta(seconds=1))
    assert send_due(MONDAY + timedelta(hours=1)) == 1
    assert len(gateway.seen) == 1


def test_two_senders_never_take_one_message(gateway):
    queue()
    message_id = only_message().id
    assert _take(message_id, now=MONDAY) is not None
    assert _take(message_id, now=MONDAY) is None


def test_a_channel_that_is_not_configured_leaves_its_message_standing_with_the_reason(words):
    queue(channel="sms", to="13800002201")
    for hours in range(10):
        send_due(MONDAY + timedelta(hours=hours))
    assert only_message().state is MessageState.FAILED
    assert "not configured" in only_message().last_error


def test_data_is_never_read_as_a_template(words):
    with transaction() as session:
        outbox.queue(session, channel="mail", to="a@example.org", template_code="test.escalated",
                     data={"no": "{no.__class__} {{7*7}}"}, key="k", at=MONDAY)  # fmt: skip
    assert only_message().subject == "{no.__class__} {{7*7}} 升级"


def test_the_file_channel_writes_one_file_per_message(words, tmp_path, monkeypatch):
    monkeypatch.setitem(words.extensions["senders"], Channel.MAIL, FileSender(tmp_path))
    queue()
    send_due(MONDAY)
    [path] = tmp_path.iterdir()
    assert json.loads(path.read_text())["recipient"] == "a@example.org"


def test_the_bell_shows_the_reader_s_own_and_marking_read_touches_nobody_else_s(words, browser_of):
    client, other = browser_of(Role.DISPATCHER), browser_of(Role.DISPATCHER)
    queue("in_app", "role:dispatcher")
    page = client.get("/notifications")
    assert page.status_code == 200
    assert "R-000007 升级" in page.text
    assert client.submit("/notifications/read").status_code == 303
    assert "全部标为已读" not in client.get("/notifications").text
    assert "全部标为已读" in other.get("/notifications").text


def test_another_s_notification_stays_unread(words, browser_of):
    client = browser_of(Role.SALES)
    account("zhou")
    queue("in_app", "role:dispatcher")
    note = db.session().query(Notification).one()
    client.submit(f"/notifications/{note.id}/read")
    db.session().expire_all()
    assert db.session().query(Notification).one().read_at is None


def test_the_administrator_sends_a_standing_message_again(gateway, browser_of):
    gateway.answers = [Unclear("x"), Unclear("x")]
    client = browser_of(Role.ADMINISTRATOR)
    queue()
    for hours in range(8):
        send_due(MONDAY + timedelta(hours=hours))
    assert "a@example.org" in client.get("/messages").text
    assert client.submit(f"/messages/{only_message().id}/again").status_code == 303
    assert send_due(MONDAY + timedelta(hours=9)) == 1
    assert client.submit(f"/messages/{only_message().id}/again").status_code == 404


def test_the_list_of_standing_messages_is_not_everybody_s(words, browser_of):
    assert browser_of(Role.DISPATCHER).get("/messages").status_code == 403
