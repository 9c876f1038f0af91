"""A visit's life as one table: which step in which state, to which state, done by whom (house §8, F2, P14)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dispatch.visits.errors import NotTheCrew, VisitMoveRefused

__all__ = [
    "AT_WORK", "DONE", "MOVES", "NOT_BEGUN", "WAITING", "Arrival", "Move", "VisitAct", "VisitState", "Who", "after",
    "believed_arrival", "between", "check_who", "may",
]  # fmt: skip


class VisitState(StrEnum):
    """The life of a visit (house §8)."""

    UNASSIGNED = "unassigned"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    EN_ROUTE = "en_route"
    ON_SITE = "on_site"
    WORKING = "working"
    RESOLVED = "resolved"
    SIGNED = "signed"
    DECLINED = "declined"
    CANCELLED = "cancelled"


class VisitAct(StrEnum):
    """What may be done with a visit."""

    ASSIGN = "assign"
    UNASSIGN = "unassign"
    CANCEL = "cancel"
    ACCEPT = "accept"
    DECLINE = "decline"
    SET_OFF = "set_off"
    ARRIVE = "arrive"
    CUSTOMER_CONFIRM = "customer_confirm"
    RESTORED = "restored"
    RESOLVED = "resolved"
    SIGN = "sign"


class Who(StrEnum):
    """Whose step it is."""

    DESK = "desk"
    CREW = "crew"


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table: the states the step is allowed in, the state after, and whose step it is."""

    allowed: frozenset[VisitState]
    to: VisitState
    who: Who


_S, _A = VisitState, VisitAct

WAITING = frozenset({_S.UNASSIGNED, _S.DECLINED})
"""Somebody must be found for these."""
AT_WORK = frozenset({_S.EN_ROUTE, _S.ON_SITE, _S.WORKING})
"""Work under way: never torn up (R4)."""
NOT_BEGUN = WAITING | frozenset({_S.ASSIGNED, _S.ACCEPTED})
"""Nobody has set off yet."""
DONE = frozenset({_S.RESOLVED, _S.SIGNED, _S.CANCELLED})
_PLANNED = frozenset({_S.ASSIGNED, _S.ACCEPTED})

#: The whole life of a visit; nothing else happens.
MOVES: dict[VisitAct, Move] = {
    _A.ASSIGN: Move(WAITING | _PLANNED, _S.ASSIGNED, Who.DESK),
    _A.UNASSIGN: Move(_PLANNED, _S.UNASSIGNED, Who.DESK),
    _A.CANCEL: Move(WAITING | _PLANNED | {_S.EN_ROUTE}, _S.CANCELLED, Who.DESK),
    _A.ACCEPT: Move(frozenset({_S.ASSIGNED}), _S.ACCEPTED, Who.CREW),
    _A.DECLINE: Move(_PLANNED, _S.DECLINED, Who.CREW),
    _A.SET_OFF: Move(frozenset({_S.ACCEPTED}), _S.EN_ROUTE, Who.CREW),
    _A.ARRIVE: Move(frozenset({_S.EN_ROUTE}), _S.ON_SITE, Who.CREW),
    _A.CUSTOMER_CONFIRM: Move(frozenset({_S.ON_SITE}), _S.WORKING, Who.CREW),
    _A.RESTORED: Move(frozenset({_S.WORKING}), _S.WORKING, Who.CREW),
    _A.RESOLVED: Move(frozenset({_S.WORKING}), _S.RESOLVED, Who.CREW),
    _A.SIGN: Move(frozenset({_S.RESOLVED}), _S.SIGNED, Who.CREW),
}


def may(state: VisitState, act: VisitAct) -> bool:
    """Whether the table lists `act` in that state."""
    return state in MOVES[act].allowed


def after(state: VisitState, act: VisitAct) -> VisitState:
    """The state `act` leads to; raises VisitMoveRefused where the table does not list it."""
    move = MOVES[act]
    if state not in move.allowed:
        raise VisitMoveRefused(state=state.value, act=act.value)
    return move.to


def check_who(act: VisitAct, *, actor_engineer: int | None, is_person: bool, visit_engineer: int | None) -> None:
    """Raises NotTheCrew unless the step is the actor's: the crew's steps only for the engineer who goes.

    The house itself (no person: a set-up command, a replay) may do what it is told to.
    """
    if MOVES[act].who is Who.DESK:
        if actor_engineer is not None:
            raise NotTheCrew()
    elif is_person and (actor_engineer is None or actor_engineer != visit_engineer):
        raise NotTheCrew()


@dataclass(frozen=True, slots=True)
class Arrival:
    """An arrival as it is believed: `flagged` when the claim was odd, `decides` whether it may stop a clock (P21)."""

    at: datetime
    flagged: bool
    decides: bool


#: A phone's clock may run ahead of ours by this much without anybody wondering.
_TOLERATED = timedelta(seconds=60)


def believed_arrival(claimed_at: datetime, received_at: datetime, assigned_at: datetime | None) -> Arrival:
    """What a claimed arrival is worth (E10, P21).

    A claim later than its receipt is clamped to the receipt, which is our own observation, and flagged. One from
    before the assignment is flagged and decides nothing until a person has confirmed it.
    """
    if assigned_at is not None and claimed_at < assigned_at:
        return Arrival(claimed_at, flagged=True, decides=False)
    if claimed_at > received_at:
        return Arrival(received_at, flagged=claimed_at - received_at > _TOLERATED, decides=True)
    return Arrival(claimed_at, flagged=False, decides=True)


def between(claimed_at: datetime, *, earliest: datetime | None, latest: datetime) -> datetime:
    """The claimed instant, moved to where it can have been: not before the last recorded fact, not after receipt."""
    return min(max(claimed_at, earliest or claimed_at), latest)
