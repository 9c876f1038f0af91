"""The table of a visit's life, read aloud (house §8, P14, P21)."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest

from dispatch.visits.errors import NotTheCrew, VisitMoveRefused
from dispatch.visits.rules import MOVES, VisitAct, VisitState, Who, after, believed_arrival, between, check_who
from tests.conftest import MONDAY

MINUTE = timedelta(minutes=1)
S, A = VisitState, VisitAct

#: Written from the mission's words and the house's list of states, not from the table.
LISTED = {
    (S.UNASSIGNED, A.ASSIGN): S.ASSIGNED, (S.UNASSIGNED, A.CANCEL): S.CANCELLED,
    (S.DECLINED, A.ASSIGN): S.ASSIGNED, (S.DECLINED, A.CANCEL): S.CANCELLED,
    (S.ASSIGNED, A.ASSIGN): S.ASSIGNED, (S.ASSIGNED, A.UNASSIGN): S.UNASSIGNED, (S.ASSIGNED, A.CANCEL): S.CANCELLED,
    (S.ASSIGNED, A.ACCEPT): S.ACCEPTED, (S.ASSIGNED, A.DECLINE): S.DECLINED,
    (S.ACCEPTED, A.ASSIGN): S.ASSIGNED, (S.ACCEPTED, A.UNASSIGN): S.UNASSIGNED, (S.ACCEPTED, A.CANCEL): S.CANCELLED,
    (S.ACCEPTED, A.DECLINE): S.DECLINED, (S.ACCEPTED, A.SET_OFF): S.EN_ROUTE,
    (S.EN_ROUTE, A.ARRIVE): S.ON_SITE, (S.EN_ROUTE, A.CANCEL): S.CANCELLED,
    (S.ON_SITE, A.CUSTOMER_CONFIRM): S.WORKING,
    (S.WORKING, A.RESTORED): S.WORKING, (S.WORKING, A.RESOLVED): S.RESOLVED,
    (S.RESOLVED, A.SIGN): S.SIGNED,
}  # fmt: skip


@pytest.mark.parametrize(("state", "act"), list(product(VisitState, VisitAct)))
def test_every_state_meets_every_act(state, act):
    if (state, act) in LISTED:
        assert after(state, act) is LISTED[state, act]
    else:
        with pytest.raises(VisitMoveRefused):
            after(state, act)


def test_the_crews_steps_are_only_the_crews():
    for act, move in MOVES.items():
        mine = {"actor_engineer": 7, "is_person": True, "visit_engineer": 7}
        other = {"actor_engineer": 8, "is_person": True, "visit_engineer": 7}
        desk = {"actor_engineer": None, "is_person": True, "visit_engineer": 7}
        for who, allowed in ((mine, move.who is Who.CREW), (other, False), (desk, move.who is Who.DESK)):
            if allowed:
                check_who(act, **who)
            else:
                with pytest.raises(NotTheCrew):
                    check_who(act, **who)


@pytest.mark.parametrize(
    ("claimed", "at", "flagged", "decides"),
    [
        (MONDAY, MONDAY, False, True),
        (MONDAY + 5 * MINUTE, MONDAY + MINUTE, True, True),
        (MONDAY - 20 * MINUTE, MONDAY - 20 * MINUTE, True, False),
    ],
    ids=["plausible", "later than its receipt: clamped and flagged", "before the assignment: a person must confirm"],
)
def test_what_a_claimed_arrival_is_worth(claimed, at, flagged, decides):
    arrival = believed_arrival(claimed, MONDAY + MINUTE, MONDAY - 10 * MINUTE)
    assert (arrival.at, arrival.flagged, arrival.decides) == (at, flagged, decides)


def test_a_claimed_instant_lies_between_the_last_fact_and_its_receipt():
    early, late = MONDAY, MONDAY + 9 * MINUTE
    assert between(MONDAY - MINUTE, earliest=early, latest=late) == early
    assert between(MONDAY + 99 * MINUTE, earliest=early, latest=late) == late
    assert between(MONDAY + MINUTE, earliest=None, latest=late) == MONDAY + MINUTE
