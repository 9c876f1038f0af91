"""When a message is tried again, and when it is left standing for a person to see (P12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Channel(StrEnum):
    """The way a message leaves the house, or stays in it."""

    IN_APP = "in_app"
    MAIL = "mail"
    SMS = "sms"
    WEBHOOK = "webhook"


class MessageState(StrEnum):
    """queued → sending → sent; or back to queued for another try; or failed, standing visible."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


class Outcome(StrEnum):
    """What came of one attempt; unclear = it may have arrived: the line broke, or we did."""

    RUNNING = "running"
    SENT = "sent"
    REFUSED = "refused"
    UNCLEAR = "unclear"


#: Pauses after the first, second … clear failure; after the last the message stands as failed.
PAUSES = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240))
#: A message whose fate is unclear is repeated this often, and no more.
UNCLEAR_REPEATS = 1
#: An attempt without an outcome for this long was cut off by a crash.
CUT_OFF_AFTER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Next:
    """Where a message stands after an attempt, and how long it rests before the next one."""

    state: MessageState
    pause: timedelta = timedelta(0)


def after(outcome: Outcome, *, attempts: int, unclear: int) -> Next:
    """What follows an attempt; `attempts` and `unclear` count this one in."""
    if outcome is Outcome.SENT:
        return Next(MessageState.SENT)
    if outcome is Outcome.UNCLEAR and unclear > UNCLEAR_REPEATS:
        return Next(MessageState.FAILED)
    if attempts > len(PAUSES):
        return Next(MessageState.FAILED)
    return Next(MessageState.QUEUED, PAUSES[attempts - 1])
