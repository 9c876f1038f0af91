"""The door to visits for planner, board and phone: takes the caller's session, never commits.

Each step checks whose step it is, the table of moves and the version, carries the request forward, stops the
right clocks, tells inventory, and writes its audit row. `at` is when it happened, `now` when we heard of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit import api as audit
from app.auth.actor import Actor
from app.kernel.dates import local_day
from app.kernel.errors import InvalidInput
from app.kernel.quantity import qty as checked_qty
from app.numbers.api import next_no
from contracts.installbase.api import site_card
from dispatch.clocks import api as clocks
from dispatch.people import api as people
from dispatch.people.rules import Work, why_not
from dispatch.requests import store as requests
from dispatch.requests.models import Request
from dispatch.requests.rules import OPEN, RequestState, may_send
from dispatch.visits import rules, store
from dispatch.visits.errors import BadTimes, CannotDoIt, NotToBeSent, OnAnotherVisit, RequestEnded, VisitMoveRefused
from dispatch.visits.models import Visit, VisitPart
from dispatch.visits.rules import DONE, WAITING, VisitAct, VisitState
from inventory.requisitions import api as requisitions
from inventory.visits import api as stock_visits

__all__ = [
    "accept",
    "agree_window",
    "arrival_in_doubt",
    "arrive",
    "assign",
    "cancel",
    "confirm_arrival",
    "customer_confirm",
    "decline",
    "first_ref",
    "may_confirm_arrival",
    "open_visit",
    "parts_of",
    "refit",
    "resolved",
    "restored",
    "set_off",
    "sign",
    "unassign",
    "waiting_count",
    "want_part",
]  # fmt: skip


def open_visit(
    session: Session, request: Request, *, skill_code: str, skill_level: int, duration_s: int, release_at: datetime,
    window: tuple[datetime, datetime] | None = None, parts: Mapping[int, int] | None = None, by: Actor, now: datetime,
) -> Visit:  # fmt: skip
    """A trip that somebody must be found for; inventory hears of it, so that parts may be held for it (P5)."""
    row = Visit(
        visit_ref=next_no(session, "V"), request_id=request.id, site_id=request.site_id, skill_code=skill_code,
        skill_level=skill_level, duration_s=duration_s, release_at=release_at, state=VisitState.UNASSIGNED,
        window_from_at=window[0] if window else None, window_to_at=window[1] if window else None,
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.add_all(VisitPart(visit_id=row.id, part_id=part, qty=n) for part, n in (parts or {}).items())
    stock_visits.open_visit(session, row.visit_ref, now)
    _note(session, "opened", row, by=by, now=now, request=request.request_no, skill=skill_code, level=skill_level)
    return row


def assign(
    session: Session, *, visit_ref: str, engineer_id: int, start_at: datetime, end_at: datetime, travel_s: int | None,
    via: str | None, pinned: bool, seen_version: int, by: Actor, at: datetime, anyway_reason: str = "",
) -> int:  # fmt: skip
    """The engineer goes, arriving at `start_at`; returns the visit's new version.

    Refused: not covered and nobody allowed it (C5), a request that is over, an engineer who has left or lacks the
    skill (unless `anyway_reason` says why him), a stale version (P14), work under way. The first assignment is the
    answer the response clock waits for. With the same engineer again only the times move.
    """
    row, request = store.take(session, visit_ref, by)
    if not start_at < end_at:
        raise BadTimes()
    if request.state not in OPEN:
        raise RequestEnded(state=request.state.value)
    if not may_send(covered=request.covered, allowed_by=request.send_allowed_by):
        raise NotToBeSent(request_no=request.request_no)
    card = people.engineer_card(session, engineer_id)
    reason = why_not(card, row.skill_code, row.skill_level, local_day(start_at, site_card(session, row.site_id).zone))
    if reason is not None and not anyway_reason:
        raise CannotDoIt(engineer=card.name, why=reason)
    _check(row, VisitAct.ASSIGN, by)
    was = row.engineer_id
    same = was == engineer_id
    store.change(
        session, row, seen_version=seen_version, engineer_id=engineer_id, planned_start_at=start_at, pinned=pinned,
        planned_end_at=end_at, planned_travel_s=travel_s, planned_via=via, send_anyway_reason=anyway_reason,
        **({} if same else {"state": VisitState.ASSIGNED, "assigned_at": at, "accepted_at": None, "told_at": None,
                            "decline_reason": ""}),
    )  # fmt: skip
    requests.reach(session, request, RequestState.TRIAGED)
    clocks.stop(session, request.id, "answered", at=at, request_ref=request.request_no, by=by, now=at)
    _note(session, "moved" if same else "assigned", row, by=by, now=at, before={"engineer": was}, engineer=engineer_id,
          start=start_at, end=end_at, pinned=pinned, anyway=anyway_reason)  # fmt: skip
    return row.version


def unassign(session: Session, *, visit_ref: str, seen_version: int, by: Actor, at: datetime) -> int:
    """Nobody goes any more; what was held for the trip is free again. Returns the new version."""
    row, _ = store.take(session, visit_ref, by)
    _check(row, VisitAct.UNASSIGN, by)
    return _back_to_list(session, row, VisitState.UNASSIGNED, seen_version=seen_version, by=by, at=at)


def decline(
    session: Session, *, visit_ref: str, reason: str, by: Actor, at: datetime, seen_version: int | None = None
) -> int:
    """The engineer cannot go and says why; the visit waits again, with his reason on it."""
    row, _ = store.take(session, visit_ref, by)
    _check(row, VisitAct.DECLINE, by)
    return _back_to_list(session, row, VisitState.DECLINED, seen_version=seen_version, by=by, at=at, reason=reason)


def cancel(session: Session, *, visit_ref: str, reason: str, seen_version: int | None, by: Actor, at: datetime) -> int:
    """The trip is not needed; parts held for it are free, parts already in a van stay the van's until returned."""
    row, _ = store.take(session, visit_ref, by)
    _check(row, VisitAct.CANCEL, by)
    store.change(session, row, seen_version=seen_version, state=VisitState.CANCELLED)
    out = stock_visits.close_visit(session, row.visit_ref, at)
    _note(session, "cancelled", row, by=by, now=at, reason=reason, parts_still_out=len(out))
    return row.version


def accept(
    session: Session, *, visit_ref: str, at: datetime, by: Actor, now: datetime, seen_version: int | None = None
) -> int:
    """The engineer takes the visit."""
    return _step(session, visit_ref, VisitAct.ACCEPT, "accepted_at", at=at, by=by, now=now, seen_version=seen_version)


def set_off(
    session: Session, *, visit_ref: str, at: datetime, by: Actor, now: datetime, seen_version: int | None = None
) -> int:
    """The engineer is on the way; the request is in work. Refused while he is on another trip."""
    row, _ = store.take(session, visit_ref, by)
    _check(row, VisitAct.SET_OFF, by)
    other = store.under_way(session, row.engineer_id, but=row.id) if row.engineer_id is not None else None
    if other is not None:
        raise OnAnotherVisit(visit_ref=other)
    return _step(session, visit_ref, VisitAct.SET_OFF, "set_off_at", at=at, by=by, now=now, seen_version=seen_version,
                 reach=RequestState.IN_WORK)  # fmt: skip


def arrive(
    session: Session, *, visit_ref: str, at: datetime, received_at: datetime, lat: float | None = None,
    lon: float | None = None, distance_m: int | None = None, by: Actor, seen_version: int | None = None,
) -> rules.Arrival:  # fmt: skip
    """The engineer is on the site, as he claims; returns what the claim is worth (P21, E10).

    A claim from before the assignment is kept and flagged, and stops no clock before `confirm_arrival`. One from
    the future counts from its receipt, which is the latest it can have been: enough to keep a promise, not to
    break one.
    """
    row, request = store.take(session, visit_ref, by)
    state = _check(row, VisitAct.ARRIVE, by)
    believed = rules.believed_arrival(at, received_at, row.assigned_at)
    arrived_at = max(believed.at, row.set_off_at or believed.at) if believed.decides else believed.at
    late = believed.flagged and clocks.late_at(session, request.id, "arrived", at=arrived_at, now=received_at)
    decides = believed.decides and not late
    store.change(
        session, row, seen_version=seen_version, state=state, arrived_at=arrived_at, arrival_received_at=received_at,
        arrival_distance_m=distance_m, arrival_flagged=believed.flagged,
    )  # fmt: skip
    if decides:
        clocks.stop(
            session, request.id, "arrived", at=arrived_at, request_ref=request.request_no, by=by, now=received_at
        )
    if lat is not None and lon is not None and row.engineer_id is not None:
        people.put_position(session, row.engineer_id, lat=lat, lon=lon, at=arrived_at)
    requests.reach(session, request, RequestState.IN_WORK)
    _note(session, "arrived", row, by=by, now=received_at, claimed=at, at=arrived_at, distance_m=distance_m,
          flagged=believed.flagged)  # fmt: skip
    return rules.Arrival(arrived_at, believed.flagged, decides)


def confirm_arrival(
    session: Session, *, visit_ref: str, at: datetime, seen_version: int, by: Actor, now: datetime
) -> int:
    """A person of ours stands for an arrival that was flagged: it counts as of `at` (P21).

    What the customer has signed stays as he saw it, so that the report's hash is right for ever: only the clocks
    learn the instant then, and only while a promise waits for it.
    """
    row, request = store.take(session, visit_ref, by)
    signed = row.signed_at is not None
    if not may_confirm_arrival(session, row) or by.engineer_id is not None:
        raise VisitMoveRefused(state=row.state.value, act="confirm_arrival")
    if at > min((one for one in (row.customer_confirmed_at, row.restored_at, row.resolved_at) if one), default=now):
        raise InvalidInput("at", "visits.arrival_too_late")
    store.change(
        session, row, seen_version=seen_version, **({} if signed else {"arrived_at": at, "arrival_flagged": False})
    )
    clocks.stop(session, request.id, "arrived", at=at, request_ref=request.request_no, by=by, now=now)
    _note(session, "arrival_confirmed", row, by=by, now=now, at=at)
    return row.version


def may_confirm_arrival(session: Session, row: Visit) -> bool:
    """Whether the arrival was flagged and somebody's word for it would still change anything."""
    if not row.arrival_flagged or row.arrived_at is None:
        return False
    return row.signed_at is None or clocks.awaited(session, row.request_id, "arrived")


def arrival_in_doubt(session: Session, request_id: int) -> str | None:
    """The visit whose arrival must be confirmed before the request's promises can be judged; None if there is none."""
    visit_ref = store.flagged_ref(session, request_id)
    return visit_ref if visit_ref is not None and clocks.awaited(session, request_id, "arrived") else None


def customer_confirm(
    session: Session, *, visit_ref: str, at: datetime, by: Actor, now: datetime, seen_version: int | None = None
) -> int:
    """The customer confirms on the screen what was asked for; work begins."""
    return _step(session, visit_ref, VisitAct.CUSTOMER_CONFIRM, "customer_confirmed_at", at=at, by=by, now=now,
                 seen_version=seen_version, reach=RequestState.IN_WORK)  # fmt: skip


def restored(
    session: Session, *, visit_ref: str, at: datetime, by: Actor, now: datetime, seen_version: int | None = None
) -> int:
    """Business runs again, whatever the cause; comes before the repair (F3)."""
    return _step(session, visit_ref, VisitAct.RESTORED, "restored_at", at=at, by=by, now=now,
                 seen_version=seen_version, reach=RequestState.RESTORED, fact="restored")  # fmt: skip


def resolved(
    session: Session, *, visit_ref: str, at: datetime, cause: str, action_taken: str, notes: str = "", by: Actor,
    now: datetime, seen_version: int | None = None,
) -> int:  # fmt: skip
    """The cause is found and cured."""
    return _step(session, visit_ref, VisitAct.RESOLVED, "resolved_at", at=at, by=by, now=now, seen_version=seen_version,
                 reach=RequestState.RESOLVED, fact="resolved", cause=cause, action_taken=action_taken, notes=notes)  # fmt: skip


def sign(
    session: Session, *, visit_ref: str, at: datetime, signer_name: str, signature: str, report_sha256: str = "",
    by: Actor, now: datetime, seen_version: int | None = None,
) -> int:  # fmt: skip
    """The customer signed; no part leaves for this visit any more. What is still in the van is noted, not lost."""
    version = _step(session, visit_ref, VisitAct.SIGN, "signed_at", at=at, by=by, now=now, seen_version=seen_version,
                    signer_name=signer_name, signature=signature, report_sha256=report_sha256)  # fmt: skip
    out = stock_visits.close_visit(session, visit_ref, now)
    if out:
        audit.record(session, by=by, action="visits.parts_still_out", object_ref=f"visit:{visit_ref}", at=now,
                     after={"lines": [(line.part_id, line.place_id, line.qty) for line in out]})  # fmt: skip
    return version


def want_part(session: Session, *, visit_ref: str, part_id: int, qty: int, by: Actor, at: datetime) -> None:
    """The visit is expected to need so many of this part; none with 0. The plan reckons with it from now on."""
    row, _ = store.take(session, visit_ref, by)
    if row.state in DONE:
        raise VisitMoveRefused(state=row.state.value, act="want_part")
    line = session.scalar(select(VisitPart).where(VisitPart.visit_id == row.id, VisitPart.part_id == part_id))
    before = line.qty if line is not None else 0
    if qty == 0:
        if line is not None:
            session.delete(line)
    elif line is None:
        session.add(VisitPart(visit_id=row.id, part_id=part_id, qty=checked_qty(qty)))
    else:
        line.qty = checked_qty(qty)
    store.change(session, row, seen_version=None)
    _note(session, "part_wanted", row, by=by, now=at, before={"part": part_id, "qty": before}, part=part_id, qty=qty)


def parts_of(session: Session, visit_id: int) -> dict[int, int]:
    """What the visit is expected to need: part → how many."""
    return store.parts_of(session, visit_id)


def first_ref(session: Session, request_id: int) -> str | None:
    """The number of the request's first visit."""
    return session.scalar(select(Visit.visit_ref).where(Visit.request_id == request_id).order_by(Visit.id).limit(1))


def agree_window(
    session: Session, request_id: int, *, window: tuple[datetime, datetime], by: Actor, now: datetime
) -> list[str]:
    """The customer is to be visited within `window`: trips that have not begun keep to it (R1, hard).

    One that was planned for another time waits for a plan again, so that nobody drives to a closed door. Returns
    those trips.
    """
    start, end = window
    freed = []
    for row in store.not_begun(session, request_id):
        store.change(session, row, seen_version=None, window_from_at=start, window_to_at=end)
        _note(session, "window_agreed", row, by=by, now=now, window_from_at=start, window_to_at=end)
        if row.planned_start_at is not None and not start <= row.planned_start_at <= end:
            _back_to_list(session, row, VisitState.UNASSIGNED, seen_version=None, by=by, at=now)
            freed.append(row.visit_ref)
    return freed


def refit(session: Session, request_id: int, *, site_id: int, work: Work, by: Actor, now: datetime) -> list[str]:
    """Another asset is meant: trips that have not begun go to its site for the work that its model takes.

    One whose engineer cannot do that work waits for another. Returns those trips.
    """
    freed = []
    facts = {
        "site_id": site_id,
        "skill_code": work.skill_code,
        "skill_level": work.level,
        "duration_s": work.minutes * 60,
    }
    for row in store.not_begun(session, request_id):
        before = {name: getattr(row, name) for name in facts}
        if before == facts:
            continue
        store.change(session, row, seen_version=None, **facts)
        _note(session, "refitted", row, by=by, now=now, before=before, **facts)
        if row.engineer_id is None or row.planned_start_at is None or row.send_anyway_reason:
            continue
        card = people.engineer_card(session, row.engineer_id)
        day = local_day(row.planned_start_at, site_card(session, site_id).zone)
        if why_not(card, work.skill_code, work.level, day) is not None:
            _back_to_list(session, row, VisitState.UNASSIGNED, seen_version=None, by=by, at=now)
            freed.append(row.visit_ref)
    return freed


def waiting_count(session: Session) -> int:
    """How many visits wait for somebody to be found."""
    return session.scalar(select(func.count()).select_from(Visit).where(Visit.state.in_(WAITING))) or 0


def _check(row: Visit, act: VisitAct, by: Actor) -> VisitState:
    """The state after; refuses a step that is not the actor's or not in the table."""
    rules.check_who(
        act, actor_engineer=by.engineer_id, is_person=by.user_id is not None, visit_engineer=row.engineer_id
    )
    return rules.after(row.state, act)


def _step(
    session: Session, visit_ref: str, act: VisitAct, column: str, *, at: datetime, by: Actor, now: datetime,
    seen_version: int | None, reach: RequestState | None = None, fact: str | None = None, **values: object,
) -> int:  # fmt: skip
    """One step of the crew. Its instant lies between what is recorded before it and our hearing of it (E10)."""
    row, request = store.take(session, visit_ref, by)
    state = _check(row, act, by)
    happened_at = rules.between(at, earliest=store.latest_fact(row), latest=now)
    store.change(session, row, seen_version=seen_version, state=state, **{column: happened_at}, **values)
    if fact is not None:
        # An arrival in doubt is judged when somebody stands for it; the end of the work is no arrival (P21).
        doubt = store.flagged_ref(session, request.id) is not None
        clocks.stop(session, request.id, fact, at=happened_at, request_ref=request.request_no, by=by, now=now,
                    but=clocks.FACTS["arrived"] if doubt else ())  # fmt: skip
    if reach is not None:
        requests.reach(session, request, reach)
    _note(session, act.value, row, by=by, now=now, claimed=at, at=happened_at)
    return row.version


def _back_to_list(
    session: Session,
    row: Visit,
    state: VisitState,
    *,
    seen_version: int | None,
    by: Actor,
    at: datetime,
    reason: str = "",
) -> int:
    was = row.engineer_id
    store.change(
        session, row, seen_version=seen_version, state=state, engineer_id=None, planned_start_at=None,
        planned_end_at=None, planned_travel_s=None, planned_via=None, pinned=False, assigned_at=None, accepted_at=None,
        told_at=None, decline_reason=reason, send_anyway_reason="",
    )  # fmt: skip
    requisitions.release(session, row.visit_ref, by=by, at=at)
    _note(session, state.value, row, by=by, now=at, before={"engineer": was}, reason=reason)
    return row.version


def _note(
    session: Session, action: str, row: Visit, *, by: Actor, now: datetime, before: Mapping[str, object] | None = None,
    **after: object,
) -> None:  # fmt: skip
    audit.record(session, by=by, action=f"visits.{action}", object_ref=f"visit:{row.visit_ref}", at=now, before=before,
                 after={"state": row.state.value, "version": row.version, **after})  # fmt: skip
