"""Warnings and rising fault levels: fired by the scheduler, exactly once, however many schedulers run (D3, P10, P11)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.audit import api as audit
from app.auth.actor import SYSTEM
from app.db import db, transaction, use_case
from app.outbox import api as outbox
from contracts.entitlement.rules import Entitlement
from dispatch.clocks import api, store
from dispatch.clocks.models import ClockStep
from dispatch.clocks.steps import Step, steps_due
from dispatch.requests import promised
from dispatch.requests import store as requests
from dispatch.requests.models import Request, RequestType

__all__ = ["KIND_WORDS", "fire_request", "fire_steps"]

log = logging.getLogger(__name__)

#: What a clock is called in a message, which is written before anybody knows who reads it in which language.
KIND_WORDS = {
    "response": ("响应", "response"), "remote_start": ("远程", "remote start"), "arrival": ("到场", "arrival"),
    "restore": ("恢复", "restore"), "resolve": ("解决", "resolve"),
}  # fmt: skip
#: A fault that is not restored or resolved in its limit rises; nothing else lifts it by itself (D3).
RISES_BY = ("restore", "resolve")


@dataclass(frozen=True, slots=True)
class _Fired:
    clock_id: int
    kind: str
    step: Step
    rose_to: int | None = None

    @property
    def loudness(self) -> tuple[bool, int, int, datetime]:
        return self.rose_to is not None, -(self.rose_to or 0), self.step.percent, self.step.effective_at


def fire_steps(now: datetime) -> int:
    """Tick: every warning and rise whose instant has come; returns how many were fired.

    Each request is fired in a transaction of its own. One that fails holds up no other; the failure is raised
    when all have been tried.
    """
    fired, failure = 0, None
    for request_id in store.request_ids_due(db.session(), now):
        try:
            fired += fire_request(request_id, now=now)
        except Exception as error:
            log.exception("the warnings of request %s could not be given", request_id)
            failure = error
    if failure is not None:
        raise failure
    return fired


@use_case
def fire_request(request_id: int, *, now: datetime) -> int:
    """Everything due on one request: steps in order, each with its true and its actual instant; one message (E4).

    The state is looked at again in this transaction, under the request's lock, so that nothing is fired after the
    fact. Returns how many steps were fired; 0 when somebody was first.
    """
    with transaction() as session:
        request = requests.lock(session, request_id)
        fired: list[_Fired] = []
        while fresh := _fire_round(session, request, now):
            fired += fresh
        for dial in store.dials(session, request_id):
            store.write_back(dial, now)
        told = [one for one in fired if one.step.told]
        if told:
            _tell(session, request, max(told, key=lambda one: one.loudness), now)
        return len(fired)


def _fire_round(session: Session, request: Request, now: datetime) -> list[_Fired]:
    """The steps due on the clocks as they stand; a rise ends the round, because it opens new clocks."""
    due = [
        (step.effective_at, dial.row.id, step, dial)
        for dial in store.dials(session, request.id)
        for step in steps_due(dial.terms, dial.events, dial.hours, now, done=dial.done)
    ]
    fired = []
    for effective_at, clock_id, step, dial in sorted(due, key=lambda one: (one[0], one[1], one[2].percent)):
        session.add(ClockStep(clock_id=clock_id, step=step.percent, due_at=effective_at, fired_at=now))
        session.flush()
        audit.record(session, by=SYSTEM, action="clocks.step", object_ref=f"request:{request.request_no}", at=now,
                     after={"clock": clock_id, "kind": dial.row.kind, "step": step.percent, "due_at": effective_at})  # fmt: skip
        rose_to = _rise(session, request, dial, step, now)
        fired.append(_Fired(clock_id, dial.row.kind, step, rose_to))
        if rose_to is not None:
            break
    return fired


def _rise(session: Session, request: Request, dial: store.Dial, step: Step, now: datetime) -> int | None:
    """The fault rises one level at the step's true instant, unless something else was agreed; the new level."""
    row = dial.row
    rises = step.percent == 100 and row.kind in RISES_BY and row.level == request.fault_level > 1
    if not rises or request.type is not RequestType.FAULT or request.level_held_reason or row.superseded_at is not None:
        return None
    level = request.fault_level - 1
    above: Entitlement | None = promised.at_level(request, level)
    requests.write(session, request, fault_level=level)
    api.change_level(session, request.id, level=level, promised=above.clocks if above else (), at=step.effective_at,
                     by=SYSTEM, now=now)  # fmt: skip
    audit.record(session, by=SYSTEM, action="clocks.level_rose", object_ref=f"request:{request.request_no}", at=now,
                 before={"level": level + 1}, after={"level": level, "effective_at": step.effective_at})  # fmt: skip
    return level


def _tell(session: Session, request: Request, one: _Fired, now: datetime) -> None:
    kind_zh, kind_en = KIND_WORDS[one.kind]
    template = "dispatch.clock_step" if one.rose_to is None else "dispatch.level_rose"
    for role in ("dispatcher", "manager"):
        outbox.queue(
            session, channel="in_app", to=f"role:{role}", template_code=template,
            data={"request_no": request.request_no, "kind_zh": kind_zh, "kind_en": kind_en,
                  "percent": one.step.percent, "level": one.rose_to or request.fault_level},
            key=f"step:{one.clock_id}:{one.step.percent}:{role}", at=now, about=f"request:{request.request_no}",
            path=f"/dispatch/requests/{request.request_no}",
        )  # fmt: skip
