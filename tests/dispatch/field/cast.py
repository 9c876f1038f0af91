"""An engineer with an account, a visit given to him, and acts sent as his phone would send them."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.auth import use_cases as auth
from app.auth.actor import SYSTEM, Actor
from app.auth.models import User
from app.db import db
from app.domain import Role, Scope
from app.kernel.ids import new_action_id
from dispatch.field import use_cases
from dispatch.field.rules import ActKind
from dispatch.field.use_cases import Answer, Sent
from tests.conftest import MONDAY, PASSWORD
from tests.dispatch import cast as dispatch
from tests.world import World

#: The hospital's own position, and a café three kilometres away.
THERE = {"lat": "31.230500", "lon": "121.473800", "accuracy_m": "12"}
FAR = {"lat": "31.250000", "lon": "121.500000", "accuracy_m": "12"}
STROKES = json.dumps([[10, 100, 60, 40, 120, 120], [200, 80, 260, 90]])
SOLVED = {"cause": ["seal"], "action": ["replaced"], "cause_text": "", "action_text": "", "notes": ""}
SIGNED = {"name": "张主任", "mobile": "13800132201", "strokes": STROKES}

_seq = itertools.count(1)


def account(engineer_id: int, *, name: str = "") -> Actor:
    """The engineer's one account, made where he has none yet, with the rights of his role."""
    user_name = name or f"li-{next(_seq)}"
    known = db.session.query(User.id).filter_by(engineer_id=engineer_id).scalar()
    user_id = known or auth.add_user(
        user_name, PASSWORD, display_name="李工", role=Role.ENGINEER, engineer_id=engineer_id, first_password=False,
        by=SYSTEM, now=MONDAY,
    )  # fmt: skip
    return Actor(
        user_id=user_id, user_name=user_name, display_name="李工", role=Role.ENGINEER, engineer_id=engineer_id,
        grants={"field.work": Scope.OWN, "field.view": Scope.OWN},
    )  # fmt: skip


def given(world: World, **about: Any) -> str:
    """The pump fails and Li is sent at once; returns the visit's number."""
    reported = world.pump_fails(**about)
    dispatch.assigned(reported.visit_ref, world.crew.li)
    return str(reported.visit_ref)


def sent(visit_ref: str, kind: ActKind, body: dict[str, Any] | None = None, **other: Any) -> Sent:
    """An act under a fresh id, next in the phone's order."""
    act = Sent(
        action_id=new_action_id(), device="phone-1", seq=next(_seq), visit_ref=visit_ref, kind=kind, body=body or {}
    )
    return replace(act, **other)


def do(
    by: Actor, visit_ref: str, kind: ActKind, body: dict[str, Any] | None = None, *, now: datetime, **other: Any
) -> Answer:
    """The act, sent and answered."""
    db.session.rollback()
    return use_cases.act(sent(visit_ref, kind, body, **other), by=by, now=now)


def walk(by: Actor, visit_ref: str, *kinds: ActKind, now: datetime) -> None:
    """These steps one after another, each applied."""
    bodies = {ActKind.ARRIVE: THERE, ActKind.RESOLVE: SOLVED, ActKind.SIGN: SIGNED}
    for kind in kinds:
        answer = do(by, visit_ref, kind, bodies.get(kind), now=now)
        assert answer.state == "applied", (kind, answer)


TO_SITE = (ActKind.ACCEPT, ActKind.SET_OFF, ActKind.ARRIVE)
TO_WORK = (*TO_SITE, ActKind.CONFIRM)
TO_RESTORED = (*TO_WORK, ActKind.RESTORE)
TO_RESOLVED = (*TO_RESTORED, ActKind.RESOLVE)
WHOLE = (*TO_RESOLVED, ActKind.SIGN)


def hidden(page: str, act: str) -> dict[str, str]:
    """The hidden fields of the form that does `act` on a page."""
    form = re.search(rf'<form[^>]*data-act="{act}".*?</form>', page, re.S)
    assert form is not None, f"no form for {act}"
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))
