"""What the desk does with a request that is under way; each names the version it saw (P14)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import api as audit
from app.auth.actor import Actor
from app.db import transaction, use_case
from app.kernel.errors import InvalidInput
from app.kernel.text import clean_text
from contracts.installbase.api import asset_card
from contracts.installbase.errors import MissingAsset
from dispatch.clocks import api as clocks
from dispatch.desk import store
from dispatch.desk.errors import ArrivalInDoubt, CannotMerge, NothingToAllow, SameLevel
from dispatch.desk.use_cases import Call, answer_columns, answer_for
from dispatch.people.api import work_for_model
from dispatch.requests import promised
from dispatch.requests import store as requests
from dispatch.requests.models import Request
from dispatch.requests.rules import OPEN, RequestAct, may_send
from dispatch.visits import api as visits
from dispatch.visits.models import Visit
from dispatch.visits.rules import MOVES, VisitAct

__all__ = [
    "allow_sending", "change_appointment", "change_level", "close", "correct_entitlement", "hold_level", "merge",
    "not_needed", "pause", "resolve_remotely", "resume",
]  # fmt: skip


@use_case
def pause(request_no: str, *, reason: str, note: str = "", seen_version: int, by: Actor, now: datetime) -> None:
    """The request waits for `reason` from now on; which clock waits with it is its policy's word (D2)."""
    with transaction() as session:
        row = _handle(session, request_no, seen_version, by)
        clocks.pause(session, row.id, reason=reason, note=note, at=now, by=by, now=now)
        _note(session, row, "paused", by=by, now=now, reason=reason, note=note)


@use_case
def resume(request_no: str, *, seen_version: int, by: Actor, now: datetime) -> None:
    """The wait is over."""
    with transaction() as session:
        row = _handle(session, request_no, seen_version, by)
        clocks.resume(session, row.id, at=now, by=by, now=now)
        _note(session, row, "resumed", by=by, now=now)


@use_case
def change_appointment(
    request_no: str, *, new_due_at: datetime, agreed_with: str, from_at: datetime | None = None, seen_version: int,
    by: Actor, now: datetime,
) -> None:  # fmt: skip
    """The customer asked to be visited at another time: the arrival's due moves, with who agreed (D2).

    The plan keeps to it: trips that have not begun arrive from `from_at`, or as soon as may be, to `new_due_at` (R1).
    """
    agreed_with = clean_text(agreed_with, field="agreed_with", max_len=60)
    if from_at is not None and from_at >= new_due_at:
        raise InvalidInput("from_at", "desk.window_reversed")
    with transaction() as session:
        row = _handle(session, request_no, seen_version, by)
        clocks.set_appointment(session, row.id, new_due_at=new_due_at, agreed_with=agreed_with, by=by, now=now)
        window = (now if from_at is None else from_at, new_due_at)
        freed = visits.agree_window(session, row.id, window=window, by=by, now=now)
        _note(session, row, "appointment", by=by, now=now, from_at=window[0], new_due_at=new_due_at,
              agreed_with=agreed_with, freed=freed)  # fmt: skip


@use_case
def allow_sending(request_no: str, *, reason: str, seen_version: int, by: Actor, now: datetime) -> None:
    """An engineer may be sent although nothing covers it: a manager says so, with a reason (C5)."""
    reason = clean_text(reason, field="reason", max_len=500)
    with transaction() as session:
        row = store.take(session, request_no, by)
        if may_send(covered=row.covered, allowed_by=row.send_allowed_by):
            raise NothingToAllow(request_no=request_no)
        requests.act(session, row, RequestAct.HANDLE, seen_version=seen_version, send_allowed_by=by.name,
                     send_allowed_reason=reason)  # fmt: skip
        _note(session, row, "sending_allowed", by=by, now=now, reason=reason)


@use_case
def correct_entitlement(
    request_no: str, *, asset_id: int, reason: str, seen_version: int, by: Actor, now: datetime
) -> None:
    """The wrong asset was chosen: what is owed is answered anew for the report's instant, pauses kept (E2, P9).

    Trips that have not begun go where it stands, for the work that its model takes.
    """
    reason = clean_text(reason, field="reason", max_len=500)
    with transaction() as session:
        row = store.take(session, request_no, by)
        asset = asset_card(session, asset_id)
        if by.customer_id is not None and asset.customer_id != by.customer_id:
            raise MissingAsset(id=asset_id)
        call = _call_again(row, asset_id)
        answer = answer_for(session, asset, call)
        before = {"asset": row.asset_id, "covered": row.covered, "cover": row.cover_ref}
        requests.act(
            session, row, RequestAct.HANDLE, seen_version=seen_version, asset_id=asset.id, site_id=asset.site_id,
            customer_id=asset.customer_id, **answer_columns(session, asset, call, answer),
        )  # fmt: skip
        moved = clocks.correct(session, row.id, answer.clocks, by=by, now=now)
        work = work_for_model(session, asset.model)
        freed = visits.refit(session, row.id, site_id=asset.site_id, work=work, by=by, now=now)
        _note(session, row, "entitlement_corrected", by=by, now=now, before=before, asset=asset.id, reason=reason,
              covered=answer.covered, freed=freed, due={kind: [was, due] for kind, was, due in moved})  # fmt: skip


@use_case
def change_level(request_no: str, *, level: int, reason: str, seen_version: int, by: Actor, now: datetime) -> None:
    """The fault turned out graver or lighter: from now on the other level's limits run, the old clocks stay (P9)."""
    reason = clean_text(reason, field="reason", max_len=500)
    with transaction() as session:
        row = store.take(session, request_no, by)
        if row.fault_level == level:
            raise SameLevel(level=level)
        asset = asset_card(session, row.asset_id)
        answer = promised.at_level(row, level) or answer_for(session, asset, _call_again(row), level=level)
        before = row.fault_level
        requests.act(session, row, RequestAct.HANDLE, seen_version=seen_version, fault_level=level)
        clocks.change_level(session, row.id, level=level, promised=answer.clocks, at=now, by=by, now=now)
        _note(session, row, "level_changed", by=by, now=now, before={"level": before}, level=level, reason=reason)


@use_case
def hold_level(request_no: str, *, reason: str, seen_version: int, by: Actor, now: datetime) -> None:
    """Both sides agreed that the fault shall not rise by itself (D3)."""
    reason = clean_text(reason, field="reason", max_len=500)
    with transaction() as session:
        row = store.take(session, request_no, by)
        requests.act(session, row, RequestAct.HANDLE, seen_version=seen_version, level_held_reason=reason)
        _note(session, row, "level_held", by=by, now=now, reason=reason)


@use_case
def resolve_remotely(request_no: str, *, answer: str, seen_version: int, by: Actor, now: datetime) -> None:
    """Solved on the telephone: nobody needs to go any more, and every promise is kept as of now (D4)."""
    answer = clean_text(answer, field="answer", max_len=2000, multiline=True)
    with transaction() as session:
        row = store.take(session, request_no, by)
        requests.act(session, row, RequestAct.RESOLVE, seen_version=seen_version)
        _cancel_visits(session, row, "resolved remotely", by=by, now=now)
        clocks.stop(session, row.id, "resolved", at=now, request_ref=row.request_no, by=by, now=now)
        _note(session, row, "resolved_remotely", by=by, now=now, answer=answer)


@use_case
def not_needed(request_no: str, *, reason: str, seen_version: int, by: Actor, now: datetime) -> None:
    """Nothing needs to be done after all: visits are cancelled, promises let off with the reason (D4)."""
    reason = clean_text(reason, field="reason", max_len=500)
    with transaction() as session:
        row = store.take(session, request_no, by)
        requests.act(session, row, RequestAct.NOT_NEEDED, seen_version=seen_version, closed_at=now)
        _end(session, row, reason, by=by, now=now)
        _note(session, row, "not_needed", by=by, now=now, reason=reason)


@use_case
def merge(request_no: str, *, into_no: str, seen_version: int, by: Actor, now: datetime) -> None:
    """The same thing was reported twice: this request goes into the other, whose promises stand (D4)."""
    with transaction() as session:
        other = store.find(session, into_no, by)
        row = store.take(session, request_no, by)
        if other.id == row.id or other.customer_id != row.customer_id or other.state not in OPEN:
            raise CannotMerge(request_no=into_no)
        requests.act(session, row, RequestAct.MERGE, seen_version=seen_version, closed_at=now, merged_into_id=other.id)
        _end(session, row, f"merged into {into_no}", by=by, now=now)
        _note(session, row, "merged", by=by, now=now, into=into_no)


@use_case
def close(request_no: str, *, seen_version: int, by: Actor, now: datetime) -> None:
    """The customer was called back and content; nothing more is done. Refused while an arrival is in doubt (P21)."""
    with transaction() as session:
        row = store.take(session, request_no, by)
        if (visit_ref := visits.arrival_in_doubt(session, row.id)) is not None:
            raise ArrivalInDoubt(visit_ref=visit_ref)
        requests.act(session, row, RequestAct.CLOSE, seen_version=seen_version, closed_at=now)
        _note(session, row, "closed", by=by, now=now)


def _handle(session: Session, request_no: str, seen_version: int, by: Actor) -> Request:
    row = store.take(session, request_no, by)
    requests.act(session, row, RequestAct.HANDLE, seen_version=seen_version)
    return row


def _call_again(row: Request, asset_id: int | None = None) -> Call:
    return Call(
        asset_id=asset_id or row.asset_id, symptom=row.symptom, caller_name=row.caller_name,
        caller_mobile=row.caller_mobile, reported_at=row.reported_at, fault_level=row.fault_level, type=row.type,
        channel=row.channel,
    )  # fmt: skip


def _end(session: Session, row: Request, reason: str, *, by: Actor, now: datetime) -> None:
    _cancel_visits(session, row, reason, by=by, now=now)
    clocks.waive(session, row.id, reason=reason, by=by, now=now, must=False)


def _cancel_visits(session: Session, row: Request, reason: str, *, by: Actor, now: datetime) -> None:
    """Every trip that can still be called off is; one under way refuses, and with it the whole step."""
    ended = {MOVES[act].to for act in (VisitAct.CANCEL, VisitAct.SIGN, VisitAct.RESOLVED)}
    waiting = select(Visit.visit_ref).where(Visit.request_id == row.id, Visit.state.not_in(ended)).order_by(Visit.id)
    for visit_ref in session.scalars(waiting).all():
        visits.cancel(session, visit_ref=visit_ref, reason=reason, seen_version=None, by=by, at=now)


def _note(
    session: Session, row: Request, action: str, *, by: Actor, now: datetime, before: dict[str, object] | None = None,
    **after: object,
) -> None:  # fmt: skip
    audit.record(session, by=by, action=f"desk.{action}", object_ref=f"request:{row.request_no}", at=now,
                 before=before, after={"state": row.state.value, "version": row.version, **after})  # fmt: skip
