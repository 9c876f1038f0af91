"""A year of calls: reported, given to somebody, most in time and some late, parts used, signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random

from app.db import db
from dispatch.clocks.use_cases import fire_request
from dispatch.demo import trips
from dispatch.demo.cast import SYMPTOMS
from dispatch.demo.company import AssetRef, Company, EngineerRef, local
from dispatch.demo.stock import take_from_van
from dispatch.demo.trips import Deed, done
from dispatch.desk import handling
from dispatch.desk.use_cases import Call, Reported, report
from dispatch.field.rules import ActKind
from dispatch.people.rules import can_do
from dispatch.requests.models import Channel, Request, RequestType
from dispatch.visits.use_cases import Slot, assign_visit

__all__ = ["able", "call_about", "request_row", "write_history"]

_MIN, _HOUR = timedelta(minutes=1), timedelta(hours=1)
#: How many in a hundred arrive after what was promised.
LATE = 8
#: Minutes from the call to the arrival, by what was promised: in time, and late.
_ON_THE_WAY = {
    "4-hour": ((55, 215), (246, 380)), "12-hour": ((110, 640), (726, 960)), "basic": ((240, 1500), (13_000, 15_000)),
    "": ((300, 1800), (2000, 2600)),
}  # fmt: skip
_CAUSES = {
    "pump": ("bearing", "seal", "wear"), "ups": ("power", "wear", "surroundings"), "cooling": ("wear", "control"),
    "storage": ("wear", "software", "power"), "control": ("control", "power", "software"),
    "medical": ("wear", "handling", "control"),
}  # fmt: skip


def write_history(company: Company) -> None:
    """Every past call at its instant, more of them by day than by night."""
    random = company.random("calls")
    first = company.today - timedelta(days=365)
    span = 365 - 3
    calls = sorted(
        local(first + timedelta(days=random.randrange(span)), _hour(random), random.randrange(60))
        for _ in range(company.scale.past_requests)
    )
    for at in calls:
        company.diary.add(at, partial(_past_call, company, random))


def _hour(random: Random) -> int:
    return random.choices(range(24), [1] * 6 + [3, 6, 9, 9, 8, 6, 4, 5, 8, 9, 8, 6, 4, 3, 2, 2, 1, 1])[0]


def _past_call(company: Company, random: Random, at: datetime) -> None:
    """One call and what became of it."""
    asset = _asset(company, random, at)
    reported = call_about(company, asset, at, random, level=random.choice((1, 2, 2, 3, 3)))
    fate = random.random()
    if fate < 0.05:
        seen = request_row(reported).version
        handling.not_needed(
            reported.request_no,
            reason="客户现场重启后恢复",
            seen_version=seen,
            by=company.dispatcher,
            now=at + 20 * _MIN,
        )
    elif fate < 0.13:
        seen = request_row(reported).version
        handling.resolve_remotely(
            reported.request_no, answer="电话指导调整参数后恢复正常", seen_version=seen, by=company.dispatcher,
            now=at + 25 * _MIN,
        )  # fmt: skip
        _close(company, reported, at + 26 * _HOUR)
    else:
        _past_trip(company, asset, reported, random, at)


def _asset(company: Company, random: Random, at: datetime) -> AssetRef:
    """An asset that stood there already, more often one that is covered."""
    while True:
        asset = random.choice(company.assets)
        if asset.accepted_on < (at - timedelta(days=2)).date() and (asset.site.policy or random.random() < 0.15):
            return asset


def call_about(
    company: Company,
    asset: AssetRef,
    at: datetime,
    random: Random,
    *,
    level: int = 3,
    parts: dict[int, int] | None = None,
) -> Reported:
    """The call is taken down."""
    name, mobile = random.choice(asset.site.customer.contacts)
    call = Call(
        asset_id=asset.id, symptom=random.choice(SYMPTOMS[asset.model.skill]), caller_name=name, caller_mobile=mobile,
        reported_at=at, fault_level=level, type=RequestType.FAULT, parts=parts or {},
        channel=random.choice((Channel.PHONE, Channel.PHONE, Channel.PHONE, Channel.PORTAL, Channel.EMAIL)),
    )  # fmt: skip
    return report(call, key=company.key(), by=company.dispatcher, now=at + timedelta(seconds=40))


def request_row(reported: Reported) -> Request:
    """The request as it stands now."""
    db.session.rollback()
    return db.session.query(Request).filter_by(request_no=reported.request_no).one()


def able(company: Company, asset: AssetRef) -> list[EngineerRef]:
    """The territory's engineers who can work on the asset today."""
    model = asset.model
    return [
        engineer
        for engineer in company.engineers
        if engineer.territory == asset.site.territory
        and can_do(engineer.skills, model.skill, model.level, company.today)
    ]


@dataclass(frozen=True, slots=True)
class _Times:
    assigned_at: datetime
    arrived_at: datetime
    resolved_at: datetime
    late: bool


def _times(company: Company, asset: AssetRef, at: datetime, random: Random, *, covered: bool) -> _Times:
    in_time, late_by = _ON_THE_WAY[asset.site.policy if covered else ""]
    late = covered and random.randrange(100) < LATE
    late = late and at + late_by[1] * _MIN < company.now - timedelta(hours=4)
    arrived_at = at + random.randint(*(late_by if late else in_time)) * _MIN
    assigned_at = at + random.randint(4, 22) * _MIN
    return _Times(assigned_at, arrived_at, arrived_at + random.randint(35, 150) * _MIN, late)


def _past_trip(company: Company, asset: AssetRef, reported: Reported, random: Random, at: datetime) -> None:
    request = request_row(reported)
    request_id, covered = request.id, request.covered
    times = _times(company, asset, at, random, covered=covered)
    if not covered:
        handling.allow_sending(
            reported.request_no, reason="客户已口头同意按次收费", seen_version=request.version, by=company.manager,
            now=at + 2 * _MIN,
        )  # fmt: skip
    engineer = random.choice(able(company, asset))
    assert reported.visit_ref is not None
    slot = Slot(times.arrived_at, times.resolved_at, travel_s=random.randint(15, 70) * 60)
    assign_visit(
        reported.visit_ref,
        engineer_id=engineer.id,
        slot=slot,
        seen_version=1,
        by=company.dispatcher,
        now=times.assigned_at,
    )
    if times.late:
        fire_request(request_id, now=times.arrived_at - 5 * _MIN)
    trips.carry_out(reported.visit_ref, _deeds(company, asset, engineer, times, random), engineer)
    _close(company, reported, times.resolved_at + random.randint(20, 40) * _HOUR)


def _deeds(company: Company, asset: AssetRef, engineer: EngineerRef, times: _Times, random: Random) -> list[Deed]:
    customer = asset.site.customer
    name, mobile = customer.contacts[0]
    way = times.arrived_at - times.assigned_at
    half = (times.resolved_at - times.arrived_at) / 2
    deeds = [
        done(ActKind.ACCEPT, times.assigned_at + way / 8),
        done(ActKind.SET_OFF, times.arrived_at - min(way / 2, random.randint(20, 70) * _MIN)),
        trips.arrival(times.arrived_at, asset.site.at),
        done(ActKind.CONFIRM, times.arrived_at + 4 * _MIN, name=name),
    ]
    if random.random() < 0.6:
        deeds.append(done(ActKind.RESTORE, times.arrived_at + half))
    if random.random() < 0.6:
        deeds += _parts_used(company, asset, engineer, times.arrived_at + half + _MIN, random)
    used = any(deed.kind is ActKind.USE_PART for deed in deeds)
    action = "replaced" if used else random.choice(("cleaned", "adjusted", "restarted", "updated", "repaired"))
    cause = random.choice(_CAUSES[asset.model.skill])
    deeds.append(done(ActKind.RESOLVE, times.resolved_at, cause=[cause], action=[action]))
    deeds.append(done(ActKind.SIGN, times.resolved_at + 6 * _MIN, name=name, mobile=mobile, strokes=trips.SIGNATURE))
    return deeds


def _parts_used(company: Company, asset: AssetRef, engineer: EngineerRef, at: datetime, random: Random) -> list[Deed]:
    """One piece of what the van has for this trade; a tracked one comes out against the old piece."""
    trade = str(list(SYMPTOMS).index(asset.model.skill) + 1)
    there = [part_no for part_no, pile in engineer.load.items() if part_no.startswith(trade) and pile.qty > 0]
    if not there:
        return []
    part_no = random.choice(sorted(there))
    body: dict[str, object] = {"code": take_from_van(engineer, part_no), "qty": 1}
    if part_no in company.by_serial:
        body["removed_serial"] = f"OLD-{part_no}-{next(company.keys):05d}"
    return [Deed(ActKind.USE_PART, at, body)]


def _close(company: Company, reported: Reported, at: datetime) -> None:
    """The customer is called back the next day and content."""
    if at < company.now:
        version = request_row(reported).version
        handling.close(reported.request_no, seen_version=version, by=company.dispatcher, now=at)
