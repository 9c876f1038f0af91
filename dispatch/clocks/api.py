"""The door to the commitment clocks: takes the caller's session, never commits.

Every function that changes something expects the request's row to be held by the caller
(`dispatch.requests.store.lock`), so that facts and warnings of one request fall one after the other (P11).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.audit import api as audit
from app.auth.actor import Actor
from app.calendar.api import YearPublished, current_version
from app.calendar.rules import worked
from app.kernel.dates import local_day
from contracts.entitlement.rules import ClockTerms
from contracts.penalties import api as penalties
from dispatch.clocks import promises, store
from dispatch.clocks.errors import (
    AlreadyPaused,
    AppointmentInThePast,
    NoArrivalClock,
    NothingToWaive,
    NotPaused,
    OutOfOrder,
)  # fmt: skip
from dispatch.clocks.faces import ClockFace, ClockProof, next_clock
from dispatch.clocks.models import ClockEvent, ClockEventKind, ClockRowState, CommitmentClock
from dispatch.clocks.promises import FACTS
from dispatch.clocks.rules import ACTIVE, PauseReason
from dispatch.clocks.store import Dial
from dispatch.requests import store as requests
from dispatch.requests.models import Request

__all__ = [
    "FACTS", "ClockFace", "ClockProof", "awaited", "change_level", "clock_proofs", "clock_views", "correct", "late_at",
    "next_clock", "pause", "recount_year", "resume", "set_appointment", "start_clocks", "stop", "waits_for", "waive",
]  # fmt: skip

_ACTIVE_ROWS = frozenset(ClockRowState(state.value) for state in ACTIVE)
_K = ClockEventKind


def start_clocks(
    session: Session,
    *,
    request_id: int,
    level: int,
    promised: Sequence[ClockTerms],
    at: datetime,
    by: Actor,
    now: datetime,
) -> None:
    """Every promised clock runs from `at`, the customer's report, with the terms of that instant stored (P8)."""
    version = current_version(session)
    for terms in promised:
        row = CommitmentClock(
            request_id=request_id, level=level, started_at=at, due_at=at, at_risk_at=at,
            calendar_version=version, state=ClockRowState.RUNNING, **promises.columns(terms),
        )  # fmt: skip
        session.add(row)
        session.flush()
        store.add_event(session, request_id, _K.STARTED, clock_id=row.id, at=at, by=by.name, now=now)
    _recount(session, request_id, now)


def pause(
    session: Session, request_id: int, *, reason: str, note: str = "", at: datetime, by: Actor, now: datetime
) -> None:
    """The request waits from `at` for `reason`; each clock whose policy lists it waits too (E2)."""
    events = store.events_of(session, request_id)
    if (waiting := store.open_waits(events)) is not None:
        raise AlreadyPaused(reason=waiting[1])
    # A wait never reaches back behind what is recorded, or it would lay itself over another one.
    _refuse_disorder(events, at, now)
    store.add_event(
        session, request_id, _K.PAUSED, at=at, by=by.name, now=now, reason=PauseReason(reason).value, note=note
    )
    _recount(session, request_id, now)


def resume(session: Session, request_id: int, *, at: datetime, by: Actor, now: datetime) -> None:
    """The wait ends at `at`."""
    events = store.events_of(session, request_id)
    if store.open_waits(events) is None:
        raise NotPaused()
    _refuse_disorder(events, at, now)
    store.add_event(session, request_id, _K.RESUMED, at=at, by=by.name, now=now)
    _recount(session, request_id, now)


def waits_for(session: Session, request_id: int) -> tuple[datetime, str] | None:
    """Since when and for what the request waits just now; None when it does not."""
    return store.open_waits(store.events_of(session, request_id))


def set_appointment(
    session: Session, request_id: int, *, new_due_at: datetime, agreed_with: str, by: Actor, now: datetime
) -> None:
    """The customer asked for another time: the arrival's due is `new_due_at` from now on, and no other clock's (D2)."""
    if new_due_at <= now:
        raise AppointmentInThePast()
    arrivals = [dial for dial in store.dials(session, request_id, kinds=["arrival"]) if _runs(dial)]
    if not arrivals:
        raise NoArrivalClock()
    for dial in arrivals:
        store.add_event(session, request_id, _K.APPOINTMENT, clock_id=dial.row.id, at=now, by=by.name, now=now,
                        agreed_with=agreed_with, new_due_at=new_due_at.isoformat())  # fmt: skip
    _recount(session, request_id, now)


def stop(
    session: Session, request_id: int, fact: str, *, at: datetime, request_ref: str, by: Actor, now: datetime,
    but: Collection[str] = (),
) -> None:  # fmt: skip
    """`fact` (answered, arrived, restored, resolved) happened at `at`: its clocks stop, and contracts hears of each.

    Clocks of the kinds in `but` wait on, for a fact of their own that is still in doubt (P21).

    A fact that comes in late but happened earlier corrects the verdict (E10); of several the earliest stands. A
    clock that a rise opened after the fact stops where it began: there was nothing left to promise (P9, P11).
    """
    first_told: set[int] = set()
    told = False
    kinds = [kind for kind in FACTS[fact] if kind not in but]
    for dial in store.dials(session, request_id, kinds=kinds):
        known, stops_at = dial.row.stopped_at, max(at, dial.row.started_at)
        if known is not None and known <= stops_at:
            continue
        if known is None:
            first_told.add(dial.row.id)
        store.add_event(session, request_id, _K.STOPPED, clock_id=dial.row.id, at=stops_at, by=by.name, now=now,
                        fact=fact, happened_at=at.isoformat())  # fmt: skip
        told = True
    if not told:
        return
    judged = _recount(session, request_id, now, kinds=kinds)
    _note_void_rises(session, judged, at=at, request_ref=request_ref, by=by, now=now)
    for dial in judged:
        # Contracts keeps the first verdict it was handed; a later, better one stands here and in the audit trail.
        if dial.row.id in first_told:
            _hand_down(session, dial, request_ref=request_ref, by=by)


def awaited(session: Session, request_id: int, fact: str) -> bool:
    """Whether a promise still waits for `fact`."""
    return any(dial.row.state in _ACTIVE_ROWS for dial in store.dials(session, request_id, kinds=FACTS[fact]))


def late_at(session: Session, request_id: int, fact: str, *, at: datetime, now: datetime) -> bool:
    """Whether `fact` at that instant would break a promise that still waits for it."""
    waiting = [dial for dial in store.dials(session, request_id, kinds=FACTS[fact]) if dial.row.state in _ACTIVE_ROWS]
    return any((due := dial.judged(now).due_at) is not None and due < at for dial in waiting)


def waive(session: Session, request_id: int, *, reason: str, by: Actor, now: datetime, must: bool = True) -> None:
    """Every promise still running is let off, with who and why. Raises NothingToWaive if `must` and none runs."""
    running = [dial for dial in store.dials(session, request_id) if dial.row.state in _ACTIVE_ROWS]
    if not running and must:
        raise NothingToWaive()
    for dial in running:
        store.add_event(
            session, request_id, _K.WAIVED, clock_id=dial.row.id, at=now, by=by.name, now=now, reason=reason
        )
    _recount(session, request_id, now)


def correct(
    session: Session, request_id: int, promised: Sequence[ClockTerms], *, by: Actor, now: datetime
) -> list[tuple[str, datetime, datetime]]:
    """The entitlement was wrong: each clock is recounted from the report with its new limit, pauses kept (E2, P9).

    A promise that was never owed is waived, a new one starts at the report. Returns (kind, due before, due after)
    of those that changed.
    """
    wanted = {terms.kind: terms for terms in promised}
    current = {dial.row.kind: dial for dial in store.dials(session, request_id) if dial.row.superseded_at is None}
    if not current and not wanted:
        return []
    before = {kind: dial.row.due_at for kind, dial in current.items()}
    for kind, dial in current.items():
        terms = wanted.pop(kind, None)
        if terms is None:
            if dial.row.state in _ACTIVE_ROWS:
                store.add_event(session, request_id, _K.WAIVED, clock_id=dial.row.id, at=now, by=by.name, now=now,
                                reason="entitlement corrected")  # fmt: skip
            continue
        _change_limit(session, dial, terms, by=by, now=now)
    if wanted:
        first = next(iter(current.values()), None)
        level, start = (first.row.level, first.row.started_at) if first else _report_of(session, request_id)
        start_clocks(
            session, request_id=request_id, level=level, promised=list(wanted.values()), at=start, by=by, now=now
        )
    after = {
        dial.row.kind: dial.row.due_at for dial in _recount(session, request_id, now) if dial.row.superseded_at is None
    }
    return [(kind, before[kind], due) for kind, due in after.items() if kind in before and before[kind] != due]


def change_level(
    session: Session,
    request_id: int,
    *,
    level: int,
    promised: Sequence[ClockTerms],
    at: datetime,
    by: Actor,
    now: datetime,
) -> None:
    """From `at` the limits of `level` run beside the old clocks, for every promise not met yet (D3, E4, P9)."""
    old = [dial for dial in store.dials(session, request_id) if _runs(dial)]
    for dial in old:
        store.add_event(
            session, request_id, _K.LEVEL_CHANGED, clock_id=dial.row.id, at=at, by=by.name, now=now, level=level
        )
    running = {dial.row.kind for dial in old}
    _recount(session, request_id, now)
    opened = [terms for terms in promised if terms.kind in running]
    start_clocks(session, request_id=request_id, level=level, promised=opened, at=at, by=by, now=now)


def recount_year(session: Session, event: YearPublished) -> None:
    """An official year appeared: the open clocks that it touches are recounted with it (E1, P8).

    A running clock is touched when its due instant rests on plain weekdays of that year; a paused one whenever it
    started by then, because it may well run into that year when the wait ends.
    """
    touched = or_(CommitmentClock.provisional.is_(True), CommitmentClock.state == ClockRowState.PAUSED)
    open_ones = select(CommitmentClock).where(touched, CommitmentClock.state.in_(_ACTIVE_ROWS))
    for request_id in sorted({row.request_id for row in session.scalars(open_ones)}):
        # Held like for any other change, and read again: a fact may have come in meanwhile (P11).
        requests.lock(session, request_id)
        mine = open_ones.where(CommitmentClock.request_id == request_id).order_by(CommitmentClock.id)
        for row in session.scalars(mine.execution_options(populate_existing=True)).all():
            last = event.year if row.state is ClockRowState.PAUSED else local_day(row.due_at, row.zone).year
            if local_day(row.started_at, row.zone).year <= event.year <= last:
                promises.recount_with(session, row, event)


def clock_views(session: Session, request_ids: Iterable[int], now: datetime) -> dict[int, tuple[ClockFace, ...]]:
    """Every clock of these requests as it stands at `now`, in the order they were opened; no request is left out."""
    found: dict[int, list[ClockFace]] = {request_id: [] for request_id in request_ids}
    rows = session.scalars(
        select(CommitmentClock).where(CommitmentClock.request_id.in_(found)).order_by(CommitmentClock.id)
    )
    for row in rows:
        found[row.request_id].append(promises.face(row, now, left_s=_left(session, row, now)))
    return {request_id: tuple(faces) for request_id, faces in found.items()}


def clock_proofs(session: Session, request_id: int, now: datetime) -> tuple[ClockProof, ...]:
    """The clocks of one request with every counted stretch, for its page and for a dispute (D2)."""
    proofs = []
    for dial in store.dials(session, request_id):
        view = dial.judged(now)
        proofs.append(ClockProof(promises.face(dial.row, now, left_s=view.left_s), view))
    return tuple(proofs)


def _left(session: Session, row: CommitmentClock, now: datetime) -> int:
    """What is left of a paused clock's service time; only for those the stored instants do not say it."""
    if row.state is not ClockRowState.PAUSED:
        return 0
    return (
        next(dial for dial in store.dials(session, row.request_id, kinds=[row.kind]) if dial.row.id == row.id)
        .judged(now)
        .left_s
    )


def _recount(session: Session, request_id: int, now: datetime, *, kinds: Collection[str] | None = None) -> list[Dial]:
    found = store.dials(session, request_id, kinds=kinds)
    for dial in found:
        store.write_back(dial, now)
    session.flush()
    return found


def _runs(dial: Dial) -> bool:
    return dial.row.superseded_at is None and dial.row.state in _ACTIVE_ROWS


def _refuse_disorder(events: Sequence[ClockEvent], at: datetime, now: datetime) -> None:
    waits = [row.at for row in events if row.kind in (_K.PAUSED, _K.RESUMED)]
    starts = [row.at for row in events if row.kind is _K.STARTED]
    known = waits + ([min(starts)] if starts else [])
    if at > now or (known and at < max(known)):
        raise OutOfOrder()


def _note_void_rises(
    session: Session, judged: Sequence[Dial], *, at: datetime, request_ref: str, by: Actor, now: datetime
) -> None:
    """The level stays where it rose to, which nobody can unsay; that its breach is void stands beside it (E10)."""
    for dial in judged:
        row = dial.row
        if row.superseded_at is None or row.state is not ClockRowState.MET:
            continue
        # A level that a person changed rests on his word; only the rise at the very breach rests on the breach.
        if store.breach_of(session, row.id) == row.superseded_at:
            audit.record(session, by=by, action="clocks.rise_void", object_ref=f"request:{request_ref}", at=now,
                         before={"level": row.level, "breached_at": row.superseded_at},
                         after={"clock": row.id, "kind": row.kind, "happened_at": at})  # fmt: skip


def _report_of(session: Session, request_id: int) -> tuple[int, datetime]:
    row = session.get_one(Request, request_id)
    return row.fault_level, row.reported_at


def _change_limit(session: Session, dial: Dial, terms: ClockTerms, *, by: Actor, now: datetime) -> None:
    row, columns = dial.row, promises.columns(terms)
    if all(getattr(row, name) == value for name, value in columns.items()):
        return
    was = row.state
    for name, value in columns.items():
        setattr(row, name, value)
    due = store.write_back(dial, now).due_at
    store.add_event(session, row.request_id, _K.LIMIT_CHANGED, clock_id=row.id, at=now, by=by.name, now=now,
                    limit_s=terms.limit_s, exhausted_now=bool(was in _ACTIVE_ROWS and due and due <= now))  # fmt: skip


def _hand_down(session: Session, dial: Dial, *, request_ref: str, by: Actor) -> None:
    """Contracts judges penalties from the facts it holds itself (C9, P17)."""
    row = dial.row
    if row.stopped_at is None or row.state not in (ClockRowState.MET, ClockRowState.MET_LATE):
        return
    # Late by service time, as the limit is: a weekend between a 5x8 due and the fact is nobody's lateness.
    late = worked(dial.hours, row.due_at, row.stopped_at) if row.state is ClockRowState.MET_LATE else timedelta()
    late_s = late // timedelta(seconds=1)
    penalties.record_fact(
        session, clock_ref=f"clock:{row.id}", request_ref=request_ref, contract_version_id=row.contract_version_id,
        clock_kind=row.kind, due_at=row.due_at, met_at=row.stopped_at, late_s=late_s, at=row.stopped_at, by=by,
    )  # fmt: skip
