"""When a message is tried again (P12)."""

import pytest

from app.outbox.rules import PAUSES, MessageState, Outcome, after


@pytest.mark.parametrize(
    ("outcome", "attempts", "unclear", "state"),
    [
        (Outcome.SENT, 1, 0, MessageState.SENT),
        (Outcome.REFUSED, 1, 0, MessageState.QUEUED),
        (Outcome.REFUSED, len(PAUSES), 0, MessageState.QUEUED),
        (Outcome.REFUSED, len(PAUSES) + 1, 0, MessageState.FAILED),
        (Outcome.UNCLEAR, 1, 1, MessageState.QUEUED),
        (Outcome.UNCLEAR, 2, 2, MessageState.FAILED),
    ],
)
def test_a_clear_no_is_repeated_often_an_unclear_answer_once(outcome, attempts, unclear, state):
    assert after(outcome, attempts=attempts, unclear=unclear).state is state


def test_the_pauses_grow():
    assert list(PAUSES) == sorted(set(PAUSES))
