"""An act takes effect once, counts when it happened, and moves visit, clocks and stock together (P18-P22, E9, E10)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import db
from app.domain import Role
from app.kernel.errors import InvalidInput
from app.outbox.models import OutboxMessage
from dispatch.clocks import api as clocks
from dispatch.field import use_cases
from dispatch.field.errors import ActionReused, MissingFieldVisit
from dispatch.field.rules import ActKind
from dispatch.requests.models import Request
from dispatch.visits.api import parts_of
from dispatch.visits.models import FieldAction
from dispatch.visits.use_cases import unassign_visit
from inventory.ledger.models import Balance, Movement, Reservation, Serial
from inventory.places.models import Place
from inventory.requisitions.api import reservations_of
from tests.conftest import MONDAY
from tests.dispatch import cast as dispatch
from tests.dispatch.field import cast
from tests.world import World, small_world

#: What has to have happened before each act.
BEFORE = {kind: cast.WHOLE[:n] for n, kind in enumerate(cast.WHOLE)} | {
    ActKind.DECLINE: (),
    ActKind.REFUSE: cast.TO_RESOLVED,
    ActKind.USE_PART: cast.TO_WORK,
}
BODIES: dict[ActKind, dict[str, Any]] = {
    ActKind.ARRIVE: cast.THERE, ActKind.RESOLVE: cast.SOLVED, ActKind.SIGN: cast.SIGNED, ActKind.DECLINE: {"reason": "病了"},
    ActKind.REFUSE: {"name": "张主任", "reason": "不认可"},
    ActKind.USE_PART: {"code": "SN3", "qty": 1, "removed_serial": "OLD-1"},
}  # fmt: skip


@pytest.fixture
def world(house: Flask) -> World:
    return small_world()


def acts() -> list[FieldAction]:
    db.session.rollback()
    return list(db.session.scalars(select(FieldAction).order_by(FieldAction.id)))


def faces(visit_ref: str, now: Any) -> dict[str, Any]:
    row = dispatch.visit(visit_ref)
    return {face.kind: face for face in clocks.clock_views(db.session(), [row.request_id], now)[row.request_id]}


@pytest.mark.parametrize("kind", list(BEFORE))
def test_each_act_sent_five_times_takes_effect_once_and_gets_its_first_answer(kind: ActKind, world: World) -> None:
    visit_ref = cast.given(world)
    by = cast.account(world.crew.li)
    cast.walk(by, visit_ref, *BEFORE[kind], now=MONDAY)
    stored, moved = len(acts()), db.session.query(Movement).count()
    act = cast.sent(visit_ref, kind, BODIES.get(kind))
    answers = [use_cases.act(act, by=by, now=MONDAY + timedelta(minutes=n)) for n in range(5)]
    assert [answer.state.value for answer in answers] == ["applied"] + ["duplicate"] * 4
    assert {(answer.at, tuple(sorted(map(str, answer.facts.items())))) for answer in answers} == {
        (answers[0].at, tuple(sorted(map(str, answers[0].facts.items()))))
    }
    assert len(acts()) == stored + 1
    version = dispatch.visit(visit_ref).version
    use_cases.act(act, by=by, now=MONDAY)
    assert dispatch.visit(visit_ref).version == version
    assert db.session.query(Movement).count() - moved == (3 if kind is ActKind.USE_PART else 0)


def test_the_same_id_with_another_body_kind_visit_or_person_does_nothing(world: World) -> None:
    visit_ref, other_ref = cast.given(world), cast.given(world, fault_level=2, parts={})
    by, wang = cast.account(world.crew.li), cast.account(world.crew.wang)
    cast.walk(by, visit_ref, *cast.TO_SITE[:2], now=MONDAY)
    act = cast.sent(visit_ref, ActKind.ARRIVE, cast.THERE)
    use_cases.act(act, by=by, now=MONDAY)
    before = dispatch.visit(visit_ref).version
    changed = [
        (replace(act, body={**cast.THERE, "accuracy_m": "13"}), by),
        (replace(act, kind=ActKind.CONFIRM, body={}), by),
        (replace(act, visit_ref=other_ref), by),
        (replace(act, claimed_text="2026-03-02T02:00:01+00:00"), by),
        (act, wang),
    ]
    for other, who in changed:
        with pytest.raises(ActionReused):
            use_cases.act(other, by=who, now=MONDAY)
    assert dispatch.visit(visit_ref).version == before
    assert len([row for row in acts() if row.kind == "arrive"]) == 1


def test_a_place_in_the_phones_sequence_is_used_once(world: World) -> None:
    visit_ref = cast.given(world)
    by = cast.account(world.crew.li)
    first = cast.sent(visit_ref, ActKind.ACCEPT)
    use_cases.act(first, by=by, now=MONDAY)
    with pytest.raises(ActionReused):
        use_cases.act(cast.sent(visit_ref, ActKind.SET_OFF, seq=first.seq), by=by, now=MONDAY)
    assert dispatch.visit(visit_ref).state.value == "accepted"


def test_an_act_before_its_turn_waits_and_is_taken_when_the_earlier_one_has_come(world: World) -> None:
    visit_ref = cast.given(world)
    by = cast.account(world.crew.li)
    accept, leave, there = (cast.sent(visit_ref, kind, BODIES.get(kind)) for kind in cast.TO_SITE)
    for early in (there, leave):
        assert use_cases.act(early, by=by, now=MONDAY).state.value == "waiting"
    assert acts() == []
    for act in (accept, leave, there):
        assert use_cases.act(act, by=by, now=MONDAY).state.value == "applied"
    assert dispatch.visit(visit_ref).state.value == "on_site"


def test_setting_off_waits_for_the_end_of_the_trip_before_which_may_come_in_after_it(world: World) -> None:
    """P20: the acts of two trips come in out of order; nothing is lost, and nobody is on two trips at once."""
    first, second = cast.given(world), cast.given(world, parts={})
    by = cast.account(world.crew.li)
    cast.walk(by, first, *cast.TO_RESTORED, now=MONDAY)
    cast.walk(by, second, ActKind.ACCEPT, now=MONDAY)
    leave, end = cast.sent(second, ActKind.SET_OFF), cast.sent(first, ActKind.RESOLVE, cast.SOLVED)
    waits = use_cases.act(leave, by=by, now=MONDAY)
    assert (waits.state.value, waits.reasons) == ("waiting", (("visits.on_another_visit", {"visit_ref": first}),))
    for act in (end, leave):
        assert use_cases.act(act, by=by, now=MONDAY).state.value == "applied"
    assert dispatch.visit(second).state.value == "en_route"


def test_a_second_arrival_is_a_conflict_that_stays_on_record(world: World) -> None:
    visit_ref = cast.given(world)
    by = cast.account(world.crew.li)
    cast.walk(by, visit_ref, *cast.TO_SITE, now=MONDAY)
    again = cast.sent(visit_ref, ActKind.ARRIVE, cast.THERE)
    for _ in range(2):
        answer = use_cases.act(again, by=by, now=MONDAY)
        assert (answer.state.value, [code for code, _ in answer.reasons]) == ("conflict", ["field.too_late"])
    assert [row.state for row in acts()] == ["applied"] * 3 + ["conflict"]


def test_a_visit_that_went_to_somebody_else_parks_the_act_and_loses_nothing(world: World) -> None:
    visit_ref = cast.given(world)
    by = cast.account(world.crew.li)
    cast.walk(by, visit_ref, ActKind.ACCEPT, now=MONDAY)
    unassign_visit(visit_ref, seen_version=dispatch.visit(visit_ref).version, by=dispatch.DISPATCHER, now=MONDAY)
    answer = cast.do(by, visit_ref, ActKind.SET_OFF, now=MONDAY)
    assert (answer.state.value, answer.reasons[0][0]) == ("conflict", "field.reassigned")
    assert dispatch.visit(visit_ref).state.value == "unassigned"
    assert acts()[-1].state == "conflict"


def test_a_visit_taken_away_before_his_first_act_parks_it_too_with_all_it_said(world: World) -> None:
    """P19, P22: his phone had the visit while it was silent; the acts used to be answered 404 and were lost."""
    visit_ref = cast.given(world)
    by = cast.account(world.crew.li)
    unassign_visit(visit_ref, seen_version=dispatch.visit(visit_ref).version, by=dispatch.DISPATCHER, now=MONDAY)
    answer = cast.do(by, visit_ref, ActKind.DECLINE, {"reason": "车坏了"}, now=MONDAY)
    assert (answer.state.value, answer.reasons[0][0]) == ("conflict", "field.reassigned")
    [row] = acts()
    assert (row.state, json.loads(row.answer)["said"]) == ("conflict", {"reason": "车坏了"})
    assert dispatch.visit(visit_ref).decline_reason == ""


def test_a_dispatcher_is_told_once_of_a_clash(world: World, browser_of: Any) -> None:
    browser_of(Role.DISPATCHER)
    visit_ref = cast.given(world)
    by = cast.account(world.crew.li)
    unassign_visit(visit_ref, seen_version=dispatch.visit(visit_ref).version, by=dispatch.DISPATCHER, now=MONDAY)
    act = cast.sent(visit_ref, ActKind.ACCEPT)
    for _ in range(2):
        use_cases.act(act, by=by, now=MONDAY)
    [message] = db.session.query(OutboxMessage).filter(OutboxMessage.key.startswith(f"parked:{act.action_id}")).all()
    assert visit_ref in message.body


def test_the_answer_to_asking_for_a_part_is_the_first_one_though_the_last_piece_is_gone(world: World) -> None:
    """P18: the phone did not hear the answer, and was then told that nothing was left: its own pieces were what was gone."""
    visit_ref = cast.given(world)
    by = cast.account(world.crew.li)
    asked = {"part_no": "100233", "qty": 5, "key": "k1", "by": by, "now": MONDAY}
    first = use_cases.ask_for_part(visit_ref, **asked)
    assert use_cases.ask_for_part(visit_ref, **asked) == first
    db.session.rollback()
    assert parts_of(db.session(), dispatch.visit(visit_ref).id) == {world.stock.seal: 1, world.stock.belt: 5}
    cast.walk(by, visit_ref, *cast.TO_RESOLVED, now=MONDAY)
    again = use_cases.ask_for_part(visit_ref, **asked)
    assert [(line.part_id, line.place_id) for line in again] == [(line.part_id, line.place_id) for line in first]
    with pytest.raises(ActionReused):
        use_cases.ask_for_part(visit_ref, **{**asked, "part_no": "200014"})


def test_a_part_the_engineer_asked_for_is_held_again_when_another_goes(world: World) -> None:
    visit_ref = cast.given(world)
    by = cast.account(world.crew.li)
    use_cases.ask_for_part(visit_ref, part_no="100233", qty=2, key="k1", by=by, now=MONDAY)
    unassign_visit(visit_ref, seen_version=dispatch.visit(visit_ref).version, by=dispatch.DISPATCHER, now=MONDAY)
    dispatch.assigned(visit_ref, world.crew.li)
    held = {line.part_id: line.qty for line in reservations_of(db.session(), visit_ref)}
    assert held == {world.stock.seal: 1, world.stock.belt: 2}


def test_a_visit_that_was_never_his_does_not_exist_for_him(world: World) -> None:
    visit_ref = cast.given(world)
    wang = cast.account(world.crew.wang)
    for ref in (visit_ref, "V-999999"):
        with pytest.raises(MissingFieldVisit):
            cast.do(wang, ref, ActKind.ACCEPT, now=MONDAY)
    assert acts() == []


def test_a_malformed_body_is_stored_nowhere(world: World) -> None:
    visit_ref = cast.given(world)
    by = cast.account(world.crew.li)
    with pytest.raises(InvalidInput):
        cast.do(by, visit_ref, ActKind.ACCEPT, {"state": "signed"}, now=MONDAY)
    assert acts() == []


def test_an_arrival_that_was_offline_counts_from_its_own_instant(world: World) -> None:
    """E10: the phone was silent at the due instant; what it tells at 15:20 corrects the verdict."""
    visit_ref = cast.given(world)
    by = cast.account(world.crew.li)
    due = MONDAY + timedelta(hours=4)
    cast.walk(by, visit_ref, *cast.TO_SITE[:2], now=MONDAY + timedelta(hours=2))
    assert faces(visit_ref, due + timedelta(minutes=1))["arrival"].state.value == "breached"
    answer = cast.do(
        by, visit_ref, ActKind.ARRIVE, cast.THERE, now=due + timedelta(minutes=80),
        claimed_at=due - timedelta(minutes=5), claimed_text="x", offset_s=-360,
    )  # fmt: skip
    assert (answer.at, answer.flagged) == (due - timedelta(minutes=11), False)
    face = faces(visit_ref, due + timedelta(minutes=80))["arrival"]
    assert (face.state.value, face.stopped_at) == ("met", due - timedelta(minutes=11))
    row = acts()[-1]
    assert (row.claimed_at, row.received_at) == (due - timedelta(minutes=5), due + timedelta(minutes=80))


@pytest.mark.parametrize("days", [1, -1])
def test_a_phone_a_day_off_is_flagged_and_its_word_decides_no_clock(days: int, world: World) -> None:
    visit_ref = cast.given(world)
    by = cast.account(world.crew.li)
    now = MONDAY + timedelta(hours=5)
    cast.walk(by, visit_ref, *cast.TO_SITE[:2], now=now)
    answer = cast.do(
        by, visit_ref, ActKind.ARRIVE, cast.THERE, now=now, claimed_at=now + timedelta(days=days), claimed_text="x"
    )
    assert (answer.state.value, answer.flagged) == ("applied", True)
    assert acts()[-1].flagged
    assert acts()[-1].claimed_at == now + timedelta(days=days)
    assert faces(visit_ref, now)["arrival"].state.value in ("breached", "met_late")


def test_a_swap_conserves_every_piece(world: World) -> None:
    """E9: the new serial goes van → site, the old one site → van's defective side; the books still sum to nothing."""
    visit_ref = cast.given(world)
    by = cast.account(world.crew.li)
    cast.walk(by, visit_ref, *cast.TO_WORK, now=MONDAY)
    answer = cast.do(by, visit_ref, ActKind.USE_PART, BODIES[ActKind.USE_PART], now=MONDAY)
    assert answer.state.value == "applied", answer
    assert (answer.facts["part_no"], answer.facts["serial_no"], answer.facts["removed_serial"]) == (
        "200014",
        "SN3",
        "OLD-1",
    )
    where = dict(
        db.session.execute(select(Serial.serial_no, Place.kind).join(Place, Place.id == Serial.place_id)).all()
    )
    assert (where["SN3"].value, where["OLD-1"].value) == ("customer_site", "van")
    condition = db.session.scalar(
        select(Place.condition).join(Serial, Serial.place_id == Place.id).where(Serial.serial_no == "OLD-1")
    )
    assert condition is not None
    assert condition.value == "defective"
    total = sum(db.session.scalars(select(Balance.qty).where(Balance.part_id == world.stock.seal)))
    assert total == 0
    held = db.session.scalars(select(Reservation.state).where(Reservation.visit_ref == visit_ref)).all()
    assert [state.value for state in held] == ["used"]


def test_a_part_that_is_not_in_the_van_is_refused_with_the_reason_and_nothing_moves(world: World) -> None:
    visit_ref = cast.given(world)
    by = cast.account(world.crew.li)
    cast.walk(by, visit_ref, *cast.TO_WORK, now=MONDAY)
    moved = db.session.query(Movement).count()
    for code in ("SN1", "100233", "NOTHING"):
        answer = cast.do(by, visit_ref, ActKind.USE_PART, {"code": code, "qty": 1}, now=MONDAY)
        assert answer.state.value == "refused", (code, answer)
        assert answer.reasons
    assert db.session.query(Movement).count() == moved


def test_what_was_held_and_not_used_is_free_after_the_signature(world: World) -> None:
    visit_ref = cast.given(world)
    by = cast.account(world.crew.li)
    cast.walk(by, visit_ref, *cast.WHOLE, now=MONDAY)
    states = {
        row.state.value for row in db.session.scalars(select(Reservation).where(Reservation.visit_ref == visit_ref))
    }
    assert "open" not in states
    assert sum(db.session.scalars(select(Balance.reserved))) == 0


def test_the_whole_walk_stops_the_right_clocks_and_carries_the_request(world: World) -> None:
    visit_ref = cast.given(world)
    by = cast.account(world.crew.li)
    for n, kind in enumerate(cast.WHOLE):
        cast.walk(by, visit_ref, kind, now=MONDAY + timedelta(minutes=20 * (n + 1)))
    seen = faces(visit_ref, MONDAY + timedelta(days=2))
    assert {kind: face.state.value for kind, face in seen.items()} == dict.fromkeys(seen, "met")
    assert seen["arrival"].stopped_at == MONDAY + timedelta(minutes=60)
    assert db.session.get_one(Request, dispatch.visit(visit_ref).request_id).state.value == "resolved"
