"""A hand and a plan count on the same time for a visit: the one learnt from the visits that were made (R1, R5)."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from app.db import db
from dispatch.board.cards import read_card
from dispatch.board.judge import judge
from dispatch.planner import api as planner
from dispatch.planner import use_cases as planning
from tests.conftest import MONDAY
from tests.dispatch.cast import DISPATCHER, visit
from tests.dispatch.planner.test_history import past
from tests.world import small_world

MINUTE = timedelta(minutes=1)


def test_a_verdict_lasts_as_long_as_the_suggestion_and_the_assignment_it_leads_to(house: Flask):
    """The board judged a hand by the typed minutes while plans knew better: what fitted was refused, and the reverse."""
    here = small_world()
    told = here.pump_fails()
    past(told, here.crew.wang, 122, 60)
    past(told, here.crew.li, 72, 20)
    db.session.rollback()
    session, ref = db.session(), told.visit_ref
    assert ref is not None
    card = read_card(session, ref, now=MONDAY)
    assert card is not None
    lasts = {}
    for who in (here.crew.li, here.crew.wang):
        verdict = judge(session, card, who, None, now=MONDAY)
        lasts[who] = verdict.ends_at - verdict.starts_at
    suggested = planner.suggestions(planner.day_as_it_stands(session, territory=None, now=MONDAY), [ref], k=None)[ref]
    lis = next(one for one in suggested if one.engineer_id == here.crew.li)
    assert lis.start_at is not None and lis.end_at is not None
    assert lis.end_at - lis.start_at == lasts[here.crew.li]
    assert lasts == {here.crew.li: 75 * MINUTE, here.crew.wang: 125 * MINUTE}
    planning.assign_by_hand(ref, here.crew.li, seen_version=card.version, by=DISPATCHER, now=MONDAY)
    row = visit(ref)
    assert row.planned_end_at - row.planned_start_at == lasts[here.crew.li]
