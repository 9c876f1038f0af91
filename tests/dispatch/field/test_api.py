"""POST /api/field/acts: every act is answered applied, duplicate, conflict, refused or waiting (P19, P42)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.domain import Role
from app.kernel.ids import new_action_id
from dispatch.visits.models import FieldAction
from tests.conftest import MONDAY
from tests.dispatch import cast as dispatch
from tests.dispatch.field import cast
from tests.world import World, small_world


@pytest.fixture
def world(house: Flask) -> World:
    return small_world()


def record(visit_ref: str, kind: str, seq: int, **other: Any) -> dict[str, Any]:
    return {
        "action_id": new_action_id(), "device": "phone-1", "seq": seq, "visit_ref": visit_ref, "kind": kind,
        "claimed_at": MONDAY.isoformat(), "body": {}, **other,
    }  # fmt: skip


def post(phone: Any, act: Any) -> tuple[int, dict[str, Any]]:
    answer = phone.post("/api/field/acts", json=act, headers={"X-CSRFToken": phone.csrf_token()})
    return answer.status_code, answer.get_json()


def test_a_queue_of_acts_is_applied_once_each_whatever_is_sent_again(world: World, browser_of: Any) -> None:
    visit_ref = cast.given(world)
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    queue = [
        record(visit_ref, "accept", 1), record(visit_ref, "set_off", 2),
        record(visit_ref, "arrive", 3, body={"lat": 31.2305, "lon": 121.4738, "accuracy_m": 12}),
    ]  # fmt: skip
    assert [post(phone, act)[1]["state"] for act in queue] == ["applied"] * 3
    assert [post(phone, act)[1]["state"] for act in queue] == ["duplicate"] * 3
    status, answer = post(phone, queue[2])
    assert (status, answer["facts"]["distance_m"], answer["at"]) == (200, 15, MONDAY.isoformat())
    assert dispatch.db.session.query(FieldAction).count() == 3


def test_the_five_answers_have_their_statuses(world: World, browser_of: Any) -> None:
    visit_ref = cast.given(world)
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    assert post(phone, record(visit_ref, "confirm", 9))[0] == 202
    first = record(visit_ref, "accept", 1)
    assert post(phone, first)[0] == 200
    assert post(phone, first)[0] == 200
    status, answer = post(phone, record(visit_ref, "accept", 2))
    assert (status, answer["state"]) == (409, "conflict")
    assert answer["reasons"][0]["words"].startswith(visit_ref)
    assert post(phone, record(visit_ref, "set_off", 3))[0] == 200
    status, answer = post(phone, record(visit_ref, "arrive", 4, body={"lat": 31.3, "lon": 121.6}))
    assert (status, answer["state"], answer["reasons"][0]["code"]) == (422, "refused", "field.site_far")
    assert post(phone, {**first, "kind": "set_off"})[0] == 409


def test_a_foreign_visit_is_not_there(world: World, browser_of: Any) -> None:
    visit_ref = cast.given(world)
    wang = browser_of(Role.ENGINEER, engineer_id=world.crew.wang)
    foreign, absent = post(wang, record(visit_ref, "accept", 1)), post(wang, record("V-999999", "accept", 2))
    assert foreign[0] == absent[0] == 404
    assert foreign[1]["words"] == absent[1]["words"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "sabotage"}, "kind"), ({"kind": 7}, "kind"), ({"seq": 0}, "seq"), ({"seq": True}, "seq"), ({"seq": 1.0}, "seq"),
        ({"seq": 10**400}, "seq"), ({"action_id": ""}, "action_id"), ({"action_id": 5}, "action_id"),
        ({"action_id": "x' or 1=1"}, "action_id"), ({"device": "\x00"}, "device"), ({"device": []}, "device"),
        ({"claimed_at": "2026-03-02T02:00:00"}, "claimed_at"), ({"claimed_at": "now"}, "claimed_at"),
        ({"claimed_at": 5}, "claimed_at"),
        ({"claimed_at": "9999-12-31T23:59:59+00:00"}, "claimed_at"), ({"body": []}, "body"), ({"body": {"state": 1}}, "state"),
        ({"offset_s": 1.5}, "offset_s"), ({"customer_id": 1}, "customer_id"), ({"visit_ref": {}}, "visit_ref"),
        ({"visit_ref": "\ud800"}, "visit_ref"),
    ],
)  # fmt: skip
def test_what_is_malformed_is_answered_400_by_name_and_kept_nowhere(
    wrong: dict[str, Any], field: str, world: World, browser_of: Any
) -> None:
    visit_ref = cast.given(world)
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    status, answer = post(phone, {**record(visit_ref, "accept", 1), **wrong})
    assert status == 400, answer
    assert field in [problem["field"] for problem in answer["problems"]]
    assert dispatch.db.session.query(FieldAction).count() == 0


def test_without_the_pages_token_nothing_is_taken(world: World, browser_of: Any) -> None:
    visit_ref = cast.given(world)
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    assert phone.post("/api/field/acts", json=record(visit_ref, "accept", 1)).status_code == 400
    assert dispatch.visit(visit_ref).state.value == "assigned"


def test_a_late_record_counts_when_it_happened(world: World, browser_of: Any, clock: Any) -> None:
    visit_ref = cast.given(world)
    phone = browser_of(Role.ENGINEER, engineer_id=world.crew.li)
    clock.set(MONDAY + timedelta(hours=6))
    said = (MONDAY + timedelta(hours=1)).isoformat()
    for seq, kind in enumerate(("accept", "set_off", "arrive"), 1):
        body = {"lat": 31.2305, "lon": 121.4738} if kind == "arrive" else {}
        status, answer = post(phone, record(visit_ref, kind, seq, claimed_at=said, body=body))
        assert (status, answer["flagged"], answer["at"]) == (200, False, said)
    assert dispatch.visit(visit_ref).arrived_at == MONDAY + timedelta(hours=1)
