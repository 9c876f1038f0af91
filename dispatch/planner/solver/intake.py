"""Nonsense is refused by name before anything is solved (issue's bad input, P41).

What cannot be *served* – a skill nobody has, a window no shift touches – is no nonsense: it is planned around, and
the visit is left out with its reason.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from app.kernel.errors import DomainError, Kind
from dispatch.planner.solver.codec import BadForm
from dispatch.planner.solver.model import current_shift
from dispatch.planner.solver.problem import Break, Engineer, LatePrice, Matrix, Problem, Travel, Visit, Window

INSTANT_LIMIT = 10**8  # some three years either side: beyond it a unit was mistaken
MONEY_LIMIT = 10**12
RATE_LIMIT = (
    10**8
)  # fen an hour, a kilometre, a piece or a unit of lateness; times the longest span it must fit 64 bits
LATE_LIMIT = 10**13  # fen for being late for the whole of `INSTANT_LIMIT`, so that sums stay numbers JSON can say


class Fault(StrEnum):
    """What is wrong with a problem."""

    bad_form = "bad_form"
    matrix_size = "matrix_size"
    bad_band = "bad_band"
    doubled_id = "doubled_id"
    unknown_location = "unknown_location"
    unknown_engineer = "unknown_engineer"
    unknown_visit = "unknown_visit"
    unknown_cap = "unknown_cap"
    negative = "negative"
    beyond_horizon = "beyond_horizon"
    empty_window = "empty_window"
    empty_shift = "empty_shift"
    shifts_overlap = "shifts_overlap"
    two_in_progress = "two_in_progress"
    two_in_one_order = "two_in_one_order"
    started_later = "started_later"
    no_road = "no_road"
    circle = "circle"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault and the id of what has it."""

    fault: Fault
    ref: str
    field: str = ""


class ProblemRefused(DomainError):
    """A problem that cannot be solved as it stands; carries every finding."""

    code = "planner.problem_refused"
    kind = Kind.invalid

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        first = findings[0]
        super().__init__(fault=str(first.fault), ref=first.ref, field=first.field, count=len(findings))


def check_problem(problem: Problem) -> None:
    """Raises ProblemRefused naming every fault; silent when the problem can be solved."""
    if found := tuple(findings(problem)):
        raise ProblemRefused(found)


def findings(problem: Problem) -> Iterator[Finding]:
    """Every fault of the problem; none of the deeper ones when its form is already wrong."""
    if wrong := list(_form(problem)):
        yield from wrong
        return
    yield from _travel(problem)
    for kind, ids in (
        ("engineer", [e.id for e in problem.engineers]),
        ("visit", [v.id for v in problem.visits]),
        ("depot", [d.id for d in problem.depots]),
    ):
        yield from (Finding(Fault.doubled_id, ref, kind) for ref, times in Counter(ids).items() if times > 1)
    for engineer in problem.engineers:
        yield from _engineer(problem, engineer)
    engineers = {e.id: e for e in problem.engineers}
    visits = {v.id for v in problem.visits}
    for visit in problem.visits:
        yield from _visit(problem, visit, engineers, visits)
    for depot in problem.depots:
        yield from _place(problem, depot.id, depot.location)
        yield from _out_of_bounds(depot.id, depot.stock)
        yield from _out_of_bounds(depot.id, {"handling_s": depot.handling_s}, most=INSTANT_LIMIT)
        yield from _out_of_bounds(depot.id, {item.part: item.qty for item in depot.incoming})
        yield from _windows(depot.id, depot.windows)
    yield from _out_of_bounds("caps", problem.caps)
    yield from _pins(problem)
    yield from _roads(problem)
    yield from _circles(problem)


def _form(problem: Problem) -> Iterator[Finding]:
    """Types first: NaN, fractions and damaged tables would make every later question meaningless."""
    try:
        travel = problem.travel
        for name, matrix in (("metres", travel.metres), *((f"seconds[{n}]", m) for n, m in enumerate(travel.seconds))):
            matrix.check(name)
            if matrix.size != travel.metres.size:
                yield Finding(Fault.matrix_size, name)
        # The tables have been looked at; writing them out once more would only take long.
        bare = replace(travel, metres=Matrix(0, b""), seconds=())
        replace(problem, travel=bare).to_json()
    except BadForm as error:
        place = str(error.data["path"])
        tables = place.startswith(("metres", "seconds"))
        yield Finding(Fault.matrix_size if tables else Fault.bad_form, place, str(error.data["why"]))
    except (TypeError, AttributeError, ValueError) as error:
        yield Finding(Fault.bad_form, "$", type(error).__name__)


def _travel(problem: Problem) -> Iterator[Finding]:
    travel = problem.travel
    froms = [band.from_s for band in travel.bands]
    if not froms or froms != sorted(set(froms)):
        yield Finding(Fault.bad_band, "bands", "from_s")
    if any(not 0 <= band.profile < len(travel.seconds) for band in travel.bands):
        yield Finding(Fault.bad_band, "bands", "profile")
    rates = problem.rates
    moving = {
        "travel_fen_h": rates.travel_fen_h,
        "distance_fen_km": rates.distance_fen_km,
        "overtime_fen_h": rates.overtime_fen_h,
    }
    moving["courier_fen"] = rates.courier_fen or 0
    yield from _out_of_bounds("rates", moving, most=RATE_LIMIT)
    yield from _instants("problem", {"now_s": problem.now_s})


def _engineer(problem: Problem, engineer: Engineer) -> Iterator[Finding]:
    yield from _out_of_bounds(engineer.id, engineer.van)
    yield from _instants(engineer.id, {"available_from_s": engineer.available_from_s})
    yield from _out_of_bounds(engineer.id, {name: skill.level for name, skill in engineer.skills.items()})
    before: int | None = None
    for shift in engineer.shifts:
        yield from _instants(engineer.id, {"start_s": shift.start_s, "end_s": shift.end_s})
        yield from _place(problem, engineer.id, shift.start_location)
        if shift.end_location is not None:
            yield from _place(problem, engineer.id, shift.end_location)
        yield from _out_of_bounds(engineer.id, {"max_overtime_s": shift.max_overtime_s}, most=INSTANT_LIMIT)
        yield from _out_of_bounds(engineer.id, {"on_call_fen": shift.on_call_fen})
        if shift.end_s <= shift.start_s:
            yield Finding(Fault.empty_shift, engineer.id)
        if before is not None and shift.start_s < before:
            yield Finding(Fault.shifts_overlap, engineer.id)
        before = shift.end_s + shift.max_overtime_s
        for rest in shift.breaks:
            yield from _instants(engineer.id, {"earliest_s": rest.earliest_s, "latest_s": rest.latest_s})
            yield from _out_of_bounds(engineer.id, {"duration_s": rest.duration_s}, most=INSTANT_LIMIT)
            if rest.latest_s < rest.earliest_s or rest.duration_s <= 0:
                yield Finding(Fault.empty_window, engineer.id, "break")
        for rest, later in pairwise(shift.breaks):
            if later.earliest_s < rest.earliest_s or later.latest_s < rest.latest_s + rest.duration_s:
                yield Finding(Fault.bad_band, engineer.id, "breaks")


def _visit(problem: Problem, visit: Visit, engineers: Mapping[str, Engineer], visits: set[str]) -> Iterator[Finding]:
    yield from _place(problem, visit.id, visit.location)
    yield from _out_of_bounds(
        visit.id,
        {
            "unassigned_fen": visit.unassigned_fen,
            "not_preferred_fen": visit.not_preferred_fen,
            "move_fen": visit.incumbent.move_fen if visit.incumbent else 0,
        },
    )
    yield from _out_of_bounds(visit.id, {"duration_s": visit.duration_s, **visit.duration_by}, most=INSTANT_LIMIT)
    yield from _windows(visit.id, visit.windows)
    yield from _instants(visit.id, {"release_s": visit.release_s})
    for commitment in visit.commitments:
        yield from _instants(visit.id, {"due_s": commitment.due_s})
        yield from _price(problem, visit.id, commitment.price)
    if len({want.part for want in visit.parts}) < len(visit.parts):
        yield Finding(Fault.doubled_id, visit.id, "parts")
    for want in visit.parts:
        if want.qty <= 0 or want.qty > 1000 or not want.accepts:
            yield Finding(Fault.negative, visit.id, want.part)
    named = {*visit.barred, *visit.preferred, *visit.duration_by}
    named |= {visit.pin.engineer} if visit.pin else set()
    # An incumbent who has left the company is no fault: whoever goes is then simply somebody else.
    yield from (Finding(Fault.unknown_engineer, visit.id, ref) for ref in sorted(named - set(engineers)))
    yield from (Finding(Fault.unknown_visit, visit.id, ref) for ref in sorted(visit.after - visits))
    if visit.pin and visit.pin.engineer in engineers:
        if visit.pin.frozen and not engineers[visit.pin.engineer].shifts:
            yield Finding(Fault.empty_shift, visit.pin.engineer, visit.id)
        yield from _instants(visit.id, {"start_s": visit.pin.start_s or 0})
        if visit.pin.start_s is not None and visit.pin.start_s > problem.now_s:
            yield Finding(Fault.started_later, visit.id)


def _price(problem: Problem, ref: str, price: LatePrice) -> Iterator[Finding]:
    yield from _out_of_bounds(ref, {"fixed_fen": price.fixed_fen, "cap_fen": price.cap_fen or 0})
    yield from _out_of_bounds(ref, {"grace_s": price.grace_s}, most=INSTANT_LIMIT)
    yield from _out_of_bounds(ref, {"per_unit_fen": price.per_unit_fen}, most=RATE_LIMIT)
    if price.unit_s <= 0:
        yield Finding(Fault.negative, ref, "unit_s")
    elif price.per_unit_fen * INSTANT_LIMIT // price.unit_s > LATE_LIMIT:
        yield Finding(Fault.beyond_horizon, ref, "per_unit_fen")
    if price.cap is not None and price.cap not in problem.caps:
        yield Finding(Fault.unknown_cap, ref, price.cap)


def _place(problem: Problem, ref: str, location: int) -> Iterator[Finding]:
    if not 0 <= location < problem.travel.metres.size:
        yield Finding(Fault.unknown_location, ref)


def _out_of_bounds(ref: str, figures: Mapping[str, int], *, most: int = MONEY_LIMIT) -> Iterator[Finding]:
    yield from (Finding(Fault.negative, ref, name) for name, figure in figures.items() if figure < 0)
    yield from (Finding(Fault.beyond_horizon, ref, name) for name, figure in figures.items() if figure > most)


def _instants(ref: str, instants: Mapping[str, int]) -> Iterator[Finding]:
    for name, instant in instants.items():
        if abs(instant) > INSTANT_LIMIT:
            yield Finding(Fault.beyond_horizon, ref, name)


def _windows(ref: str, windows: Iterable[Window]) -> Iterator[Finding]:
    for window in windows:
        yield from _instants(ref, {"from_s": window.from_s, "to_s": window.to_s})
        if window.to_s < window.from_s:
            yield Finding(Fault.empty_window, ref)


def _pins(problem: Problem) -> Iterator[Finding]:
    pins = [visit.pin for visit in problem.visits if visit.pin]
    under_way = Counter(pin.engineer for pin in pins if pin.start_s is not None)
    yield from (Finding(Fault.two_in_progress, ref) for ref, times in under_way.items() if times > 1)
    orders = Counter((pin.engineer, pin.order) for pin in pins if pin.start_s is None and pin.order is not None)
    yield from (Finding(Fault.two_in_one_order, ref) for (ref, _), times in orders.items() if times > 1)


def _roads(problem: Problem) -> Iterator[Finding]:
    """Frozen stops to which no road leads when their engineer may set off: he would never get to anything else."""
    frozen = [visit for visit in problem.visits if visit.pin and visit.pin.frozen]
    for place, engineer in enumerate(problem.engineers):
        stops = [(visit.pin, visit) for visit in frozen if visit.pin and visit.pin.engineer == engineer.id]
        if not stops or not engineer.shifts:
            continue
        shift = engineer.shifts[current_shift(problem, place)]
        here, ready = shift.start_location, max(shift.start_s, engineer.available_from_s, problem.now_s)
        soonest = latest = ready
        for pin, visit in sorted(stops, key=lambda stop: stop[0].turn):
            lasts = visit.duration_by.get(engineer.id, visit.duration_s)
            if pin.start_s is not None:
                soonest = latest = max(ready, pin.start_s + lasts)
            else:
                legs = _legs(problem.travel, here, visit.location, soonest, latest)
                if max(legs, default=0) > INSTANT_LIMIT:
                    yield Finding(Fault.no_road, visit.id, engineer.id)
                    break  # when he goes on from there nobody can say
                latest = _rested(latest + max(legs, default=0), lasts, shift.breaks) + lasts
                soonest += min(legs, default=0) + lasts
            here = visit.location


def _legs(travel: Travel, here: int, there: int, soonest: int, latest: int) -> list[int]:
    """Seconds from here to there for whoever sets off between two instants; none of places that are on no map."""
    froms = [band.from_s for band in travel.bands]
    first, last = (max(0, bisect_right(froms, at) - 1) for at in (soonest, latest))
    numbers = {band.profile for band in travel.bands[first : last + 1]}
    tables = [table for number, table in enumerate(travel.seconds) if number in numbers]
    return [table.cell(here, there) for table in tables if 0 <= here < table.size and 0 <= there < table.size]


def _rested(arrives: int, lasts: int, breaks: Sequence[Break]) -> int:
    """When somebody arrives at the latest who may rest on the way wherever that is no worse than resting behind."""
    for rest in breaks:
        if arrives + lasts > rest.earliest_s:
            arrives = max(arrives, rest.earliest_s) + rest.duration_s
    return arrives


def _circles(problem: Problem) -> Iterator[Finding]:
    """Visits that wait for each other: whatever is left when all that can be ordered has been taken away."""
    waits = {visit.id: set(visit.after) for visit in problem.visits}
    while free := [ref for ref, after in waits.items() if not after & waits.keys()]:
        for ref in free:
            del waits[ref]
    if waits:
        yield Finding(Fault.circle, min(waits))
