"""A request's life as one table, and when somebody may be sent (house §8, C5, P14)."""

from __future__ import annotations

from enum import StrEnum

from dispatch.requests.errors import RequestMoveRefused

__all__ = ["ENDED", "MOVES", "OPEN", "RequestAct", "RequestState", "after", "forward", "may_send"]


class RequestState(StrEnum):
    """The life of a request (house §8)."""

    NEW = "new"
    TRIAGED = "triaged"
    IN_WORK = "in_work"
    RESTORED = "restored"
    RESOLVED = "resolved"
    CLOSED = "closed"
    MERGED = "merged"
    NOT_NEEDED = "not_needed"


class RequestAct(StrEnum):
    """What the desk may do to a request's state."""

    TRIAGE = "triage"
    TAKE_UP = "take_up"
    RESTORE = "restore"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    CLOSE = "close"
    MERGE = "merge"
    NOT_NEEDED = "not_needed"
    HANDLE = "handle"
    """Pausing, resuming, another appointment, a corrected entitlement: the state stays."""


_S = RequestState
_UNDER_WAY = frozenset({_S.NEW, _S.TRIAGED, _S.IN_WORK, _S.RESTORED})

#: act → (states it is allowed in, state after; None = the same). The whole life; nothing else happens.
MOVES: dict[RequestAct, tuple[frozenset[RequestState], RequestState | None]] = {
    RequestAct.TRIAGE: (frozenset({_S.NEW}), _S.TRIAGED),
    RequestAct.TAKE_UP: (frozenset({_S.NEW, _S.TRIAGED}), _S.IN_WORK),
    RequestAct.RESTORE: (frozenset({_S.NEW, _S.TRIAGED, _S.IN_WORK}), _S.RESTORED),
    RequestAct.RESOLVE: (_UNDER_WAY, _S.RESOLVED),
    RequestAct.REOPEN: (frozenset({_S.RESTORED, _S.RESOLVED}), _S.IN_WORK),
    RequestAct.CLOSE: (frozenset({_S.RESOLVED}), _S.CLOSED),
    RequestAct.MERGE: (frozenset({_S.NEW, _S.TRIAGED}), _S.MERGED),
    RequestAct.NOT_NEEDED: (frozenset({_S.NEW, _S.TRIAGED}), _S.NOT_NEEDED),
    RequestAct.HANDLE: (_UNDER_WAY, None),
}

OPEN = _UNDER_WAY
ENDED = frozenset({_S.CLOSED, _S.MERGED, _S.NOT_NEEDED})
_ORDER = (_S.NEW, _S.TRIAGED, _S.IN_WORK, _S.RESTORED, _S.RESOLVED, _S.CLOSED)


def after(state: RequestState, act: RequestAct) -> RequestState:
    """The state `act` leads to; raises RequestMoveRefused where the table does not list it."""
    allowed, target = MOVES[act]
    if state not in allowed:
        raise RequestMoveRefused(state=state.value, act=act.value)
    return target or state


def forward(state: RequestState, to: RequestState) -> RequestState:
    """`to`, unless the request is further already: a second visit's arrival takes nothing back."""
    if state not in _ORDER or _ORDER.index(to) <= _ORDER.index(state):
        return state
    return to


def may_send(*, covered: bool, allowed_by: str | None) -> bool:
    """Whether an engineer may be sent: covered, or a manager said so with a reason (C5)."""
    return covered or allowed_by is not None
