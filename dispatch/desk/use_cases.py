"""What the desk does: takes the call, and handles the request until it is closed (D1, D2, D4, C5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit import api as audit
from app.auth.actor import Actor
from app.db import broken_constraint, transaction, use_case
from app.kernel.dates import local_day
from app.kernel.errors import Gather, InputCode
from app.kernel.text import clean_text, fold_mobile
from app.numbers.api import next_no
from contracts.entitlement import api as entitlement
from contracts.entitlement.api import Entitlement
from contracts.installbase.api import AssetCard, asset_card, site_card
from contracts.installbase.errors import MissingAsset
from dispatch.clocks import api as clocks
from dispatch.desk.errors import AssetRetired, KeyReused
from dispatch.people.api import work_for_model
from dispatch.requests import promised
from dispatch.requests.models import Channel, Request, RequestType
from dispatch.requests.rules import RequestState
from dispatch.visits import api as visits

__all__ = ["Call", "Reported", "report"]

OLDEST_REPORT = timedelta(days=31)
"""A report typed with a date longer ago than this is a typing error."""
SENDS_SOMEBODY = frozenset({RequestType.FAULT, RequestType.INSPECTION})


@dataclass(frozen=True, slots=True)
class Call:
    """What the caller told: about which asset, how bad, what he saw, and who he is (D1)."""

    asset_id: int
    symptom: str
    caller_name: str
    caller_mobile: str
    reported_at: datetime
    fault_level: int = 3
    type: RequestType = RequestType.FAULT
    channel: Channel = Channel.PHONE
    parts: Mapping[int, int] = field(default_factory=dict)
    send_somebody: bool | None = None
    """None = as the type wants: a fault needs a visit, a consultation does not."""


@dataclass(frozen=True, slots=True)
class Reported:
    """The numbers to tell the caller; `repeated` when this key had been reported before."""

    request_no: str
    visit_ref: str | None
    covered: bool
    repeated: bool = False


@use_case
def report(call: Call, *, key: str, by: Actor, now: datetime) -> Reported:
    """The call is taken down: entitlement answered and stored, clocks running, a visit waiting (D1, C5, D2).

    The same `key` again gets the first answer (P44); raises KeyReused when it was another call's.
    """
    call = _checked(call, now)
    key = clean_text(key, field="key", max_len=100)
    try:
        with transaction() as session:
            known = _known(session, call, key)
            return known if known is not None else _take_down(session, call, key, by=by, now=now)
    except IntegrityError as error:
        if not {"uq_request_key", "request.key"} & {broken_constraint(error)}:
            raise
    # The same call arrived twice in the same moment: nothing of ours was kept, the other one stands.
    with transaction() as session:
        known = _known(session, call, key)
        assert known is not None
        return known


def _known(session: Session, call: Call, key: str) -> Reported | None:
    row = session.scalar(select(Request).where(Request.key == key))
    if row is None:
        return None
    if (row.asset_id, row.symptom) != (call.asset_id, call.symptom):
        raise KeyReused(request_no=row.request_no)
    return Reported(row.request_no, visits.first_ref(session, row.id), row.covered, repeated=True)


def _take_down(session: Session, call: Call, key: str, *, by: Actor, now: datetime) -> Reported:
    asset = asset_card(session, call.asset_id)
    if by.customer_id is not None and asset.customer_id != by.customer_id:
        raise MissingAsset(id=call.asset_id)
    site = site_card(session, asset.site_id)
    if asset.retired_on is not None and asset.retired_on < local_day(call.reported_at, site.zone):
        raise AssetRetired(asset_no=asset.asset_no)
    answer = answer_for(session, asset, call)
    row = Request(
        request_no=next_no(session, "R"), key=key, customer_id=asset.customer_id, site_id=asset.site_id,
        asset_id=asset.id, type=call.type, channel=call.channel, fault_level=call.fault_level, state=RequestState.NEW,
        caller_name=call.caller_name, caller_mobile=call.caller_mobile, symptom=call.symptom,
        reported_at=call.reported_at, created_at=now, created_by=by.name, **answer_columns(session, asset, call, answer),
    )  # fmt: skip
    session.add(row)
    session.flush()
    clocks.start_clocks(session, request_id=row.id, level=row.fault_level, promised=answer.clocks, at=row.reported_at,
                        by=by, now=now)  # fmt: skip
    visit_ref = _open_visit(session, row, asset, call, by=by, now=now) if _sends(call) else None
    audit.record(session, by=by, action="desk.report", object_ref=f"request:{row.request_no}", at=now,
                 after={"asset": asset.asset_no, "level": call.fault_level, "covered": answer.covered,
                        "cover": row.cover_ref, "reported_at": call.reported_at, "visit": visit_ref})  # fmt: skip
    return Reported(row.request_no, visit_ref, answer.covered)


def answer_for(session: Session, asset: AssetCard, call: Call, *, level: int | None = None) -> Entitlement:
    """What the asset is owed for this call, at the instant of the report (C5)."""
    return entitlement.entitlement_for(
        session, asset.id, at=call.reported_at, request_type=call.type.value, fault_level=level or call.fault_level
    )


def answer_columns(session: Session, asset: AssetCard, call: Call, answer: Entitlement) -> dict[str, object]:
    """What a request keeps of the answer: itself, and what would be owed if the fault rose (P8, D3)."""
    rises = call.type is RequestType.FAULT
    above = {level: answer_for(session, asset, call, level=level) for level in range(1, call.fault_level) if rises}
    return {
        "covered": answer.covered,
        "cover_ref": answer.named.ref if answer.named else "",
        "entitlement": entitlement.to_json(answer),
        "entitlement_above": promised.above_text(above),
    }


def _sends(call: Call) -> bool:
    return call.type in SENDS_SOMEBODY if call.send_somebody is None else call.send_somebody


def _open_visit(session: Session, row: Request, asset: AssetCard, call: Call, *, by: Actor, now: datetime) -> str:
    work = work_for_model(session, asset.model)
    visit = visits.open_visit(
        session, row, skill_code=work.skill_code, skill_level=work.level, duration_s=work.minutes * 60,
        release_at=call.reported_at, parts=call.parts, by=by, now=now,
    )  # fmt: skip
    return visit.visit_ref


def _checked(call: Call, now: datetime) -> Call:
    """The same call, cleaned; raises InvalidInput naming every field that cannot be taken."""
    found = Gather()
    text: dict[str, str] = {}
    for name, longest, multiline in (("symptom", 2000, True), ("caller_name", 60, False), ("caller_mobile", 30, False)):
        with found:
            text[name] = clean_text(getattr(call, name), field=name, max_len=longest, multiline=multiline)
    if not 1 <= call.fault_level <= 3:
        found.add("fault_level", InputCode.out_of_range, low=1, high=3)
    if call.reported_at > now:
        found.add("reported_at", "desk.reported_in_the_future")
    elif call.reported_at < now - OLDEST_REPORT:
        found.add("reported_at", "desk.reported_too_long_ago", days=OLDEST_REPORT.days)
    found.check()
    return Call(
        call.asset_id, text["symptom"], text["caller_name"], fold_mobile(text["caller_mobile"]), call.reported_at,
        call.fault_level, call.type, call.channel, call.parts, call.send_somebody,
    )  # fmt: skip
