"""What is done with the roster: one function, one transaction each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.audit import api as audit
from app.auth.actor import Actor
from app.db import transaction, use_case
from dispatch.people.errors import HasLeft
from dispatch.people.models import Engineer
from dispatch.roster import rules, store
from dispatch.roster.models import Duty
from dispatch.roster.rules import Shift

__all__ = ["add_duties", "add_duty", "change_duty", "remove_duty"]


@use_case
def add_duty(engineer_id: int, shift: Shift, *, by: Actor, now: datetime) -> int:
    """The engineer works this shift; returns its id."""
    with transaction() as session:
        engineer = store.lock_engineer(session, engineer_id)
        return _add(session, engineer, shift, by=by, now=now)


@use_case
def add_duties(engineer_id: int, shifts: Sequence[Shift], *, by: Actor, now: datetime) -> list[int]:
    """The engineer works all of these shifts, or none is written."""
    with transaction() as session:
        engineer = store.lock_engineer(session, engineer_id)
        return [_add(session, engineer, shift, by=by, now=now) for shift in shifts]


@use_case
def change_duty(duty_id: int, shift: Shift, *, seen_version: int, by: Actor, now: datetime) -> None:
    """The shift is another one from now on, unless somebody was first (P14)."""
    shift = rules.checked(shift)
    with transaction() as session:
        before = store.card(store.get(session, duty_id))
        engineer = store.lock_engineer(session, before.engineer_id)
        _refuse_left(engineer, shift)
        store.refuse_overlap(session, engineer.id, shift, but=duty_id)
        store.change(session, duty_id, shift, seen_version=seen_version)
        audit.record(session, by=by, action="roster.change_duty", object_ref=f"duty:{duty_id}", at=now,
                     before={"from": before.starts_at, "to": before.ends_at},
                     after={"from": shift.starts_at, "to": shift.ends_at})  # fmt: skip


@use_case
def remove_duty(duty_id: int, *, seen_version: int, by: Actor, now: datetime) -> None:
    """The shift falls away, unless somebody was first (P14)."""
    with transaction() as session:
        before = store.card(store.get(session, duty_id))
        store.remove(session, duty_id, seen_version=seen_version)
        audit.record(session, by=by, action="roster.remove_duty", object_ref=f"duty:{duty_id}", at=now,
                     before={"engineer": before.engineer_id, "from": before.starts_at, "to": before.ends_at})  # fmt: skip


def _add(session: Session, engineer: Engineer, shift: Shift, *, by: Actor, now: datetime) -> int:
    shift = rules.checked(shift)
    _refuse_left(engineer, shift)
    store.refuse_overlap(session, engineer.id, shift)
    row = Duty(engineer_id=engineer.id, **store.columns(shift))
    session.add(row)
    session.flush()
    audit.record(session, by=by, action="roster.add_duty", object_ref=f"duty:{row.id}", at=now,
                 after={"engineer": engineer.id, "from": shift.starts_at, "to": shift.ends_at})  # fmt: skip
    return row.id


def _refuse_left(engineer: Engineer, shift: Shift) -> None:
    # The shift's UTC day may be one off the local one; who leaves on a day may work that whole day.
    if engineer.left_on is not None and shift.starts_at.date() > engineer.left_on:
        raise HasLeft(left_on=engineer.left_on)
