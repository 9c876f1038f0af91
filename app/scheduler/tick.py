"""One tick: every floor's steps, each isolated from the next, none when the clock cannot be believed (P11, P13)."""

from __future__ import annotations

import logging
import socket
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import update

from app.audit import api as audit
from app.auth.actor import SYSTEM
from app.db import changed_one, db, transaction, use_case
from app.outbox import api as outbox
from app.scheduler.models import ClockJump, SchedulerBeat
from app.scheduler.rules import Jump, Reading, jump_between

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ticked:
    """What a tick did: each step's own answer, and the steps that broke."""

    at: datetime
    jump: Jump | None = None
    done: dict[str, Any] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)


class Scheduler:
    """Ticks of one process; it remembers the clocks' last reading in order to notice a jump."""

    def __init__(self) -> None:
        self._last: Reading | None = None

    def tick(self) -> Ticked:
        """Run every step once, upper floors first: an escalation must not wait for a slow mail server."""
        clock = current_app.extensions["clock"]
        reading = Reading(clock.now(), clock.monotonic())
        jump, self._last = jump_between(self._last, reading), reading
        if jump is not None:
            record_jump(jump, now=reading.wall)
            return Ticked(reading.wall, jump=jump)
        result = Ticked(reading.wall)
        for name, step in in_order(current_app.extensions["ticks"]):
            try:
                result.done[name] = step(now=reading.wall)
            except Exception as error:
                # Steps are isolated: the one that breaks is logged and counted, the others still run.
                log.error("tick %s broke", name, exc_info=error)
                result.broken[name] = f"{type(error).__name__}: {error}"
            finally:
                db.session.remove()
        note_beat(now=reading.wall)
        return result


def in_order(ticks: dict[str, Any]) -> list[tuple[str, Any]]:
    """The steps of upper floors first, the ground floor's last."""
    return sorted(ticks.items(), key=lambda item: item[0].startswith("app."))


@use_case
def record_jump(jump: Jump, *, now: datetime) -> None:
    """Write the jump down where people see it."""
    with transaction() as session:
        session.add(ClockJump(at=now, wall_s=jump.wall_s, monotonic_s=jump.monotonic_s))
        audit.record(
            session, by=SYSTEM, action="scheduler.clock_jumped", object_ref="clock", at=now,
            after={"wall_s": jump.wall_s, "monotonic_s": jump.monotonic_s},
        )  # fmt: skip
        outbox.queue(
            session, channel="in_app", to="role:administrator", template_code="app.clock_jumped",
            data={"wall_s": jump.wall_s, "monotonic_s": jump.monotonic_s}, key=f"clock-jump:{now.isoformat()}", at=now,
        )  # fmt: skip


@use_case
def note_beat(*, now: datetime) -> None:
    """Remember that the scheduler of this host came round."""
    name = socket.gethostname()
    with transaction() as session:
        beat = update(SchedulerBeat).where(SchedulerBeat.name == name).values(at=now)
        if not changed_one(session.execute(beat)):
            session.add(SchedulerBeat(name=name, at=now))
