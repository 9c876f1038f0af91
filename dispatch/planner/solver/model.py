"""The problem laid out for speed: lists by index instead of names, everything that never changes worked out once.

Only the search reads this form; the checker never does (house §5).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dispatch.planner.solver.problem import Break, Commitment, Counting, Judged, Pin, Problem, Visit, Want, Window

EVER: Final = 10**12  # later than any instant that rows of the longest drives and works lead to
ANYWHERE: Final = -1


@dataclass(frozen=True, slots=True)
class Duty:
    """One shift of one engineer: the row of a plan. `frozen` visits come first, in this order, always."""

    index: int
    engineer: int
    engineer_id: str
    shift: int
    ready_s: int
    end_s: int
    limit_s: int
    start: int
    home: int
    breaks: tuple[Break, ...]
    frozen: tuple[int, ...]
    van: Mapping[str, int]
    shares_van: bool
    on_call_fen: int
    standby: str | None


@dataclass(frozen=True, slots=True)
class Late:
    """One commitment, compiled; `cap` is an index into `Model.headroom` or -1."""

    due_s: int
    at_end: bool
    grace_s: int
    fixed_fen: int
    per_unit_fen: int
    unit_s: int
    counting: Counting
    cap_fen: int
    cap: int


@dataclass(slots=True)
class Call:
    """One visit, compiled. `first_s`/`last_s` may be narrowed while a crew or an order of work is held fast."""

    index: int
    id: str
    location: int
    left_out_fen: int
    release_s: int
    windows: tuple[Window, ...]
    lates: tuple[Late, ...]
    wants: tuple[Want, ...]
    duration: list[int]
    extra_fen: list[int]
    valid_until: list[int]
    may: list[bool]
    pin: Pin | None
    due_s: int
    level: int
    last_s: int
    assurance: str | None
    held: bool = False

    @property
    def frozen(self) -> bool:
        return self.pin is not None and self.pin.frozen


def half_up(numerator: int, denominator: int) -> int:
    """The fen nearest to a fraction that is not negative, halves up."""
    return (2 * numerator + denominator) // (2 * denominator)


class Model:
    """The compiled problem. Visits, engineers, duties and depots are known by their index from here on."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.now_s = problem.now_s
        travel = problem.travel
        self.metres = travel.metres.rows()
        profiles = [matrix.rows() for matrix in travel.seconds]
        self.band_from = [band.from_s for band in travel.bands]
        self.band_rows = [profiles[band.profile] for band in travel.bands]
        self.one_band = len(self.band_rows) == 1
        self.shortest = _least(self.band_rows)
        self.travel_fen_h = problem.rates.travel_fen_h
        self.distance_fen_km = problem.rates.distance_fen_km
        self.overtime_fen_h = problem.rates.overtime_fen_h
        self.cap_ids = tuple(problem.caps)
        self.headroom = [problem.caps[name] for name in self.cap_ids]
        self.engineer_index = {engineer.id: place for place, engineer in enumerate(problem.engineers)}
        self.visit_index = {visit.id: place for place, visit in enumerate(problem.visits)}
        self.calls = [self._call(place, visit) for place, visit in enumerate(problem.visits)]
        self.tied = _tied(problem)
        self.wanting = {call.index for call in self.calls if call.wants}
        self.depots = problem.depots
        self.stock = {(place, part): qty for place, d in enumerate(self.depots) for part, qty in d.stock.items()}
        self.duties = self._duties()
        self.duties_of: list[list[int]] = [[] for _ in problem.engineers]
        for duty in self.duties:
            self.duties_of[duty.engineer].append(duty.index)

    def seconds_at(self, t: int) -> list[list[int]]:
        """Driving times for somebody who sets off at `t`."""
        if self.one_band:
            return self.band_rows[0]
        return self.band_rows[max(0, bisect_right(self.band_from, t) - 1)]

    def rows_at(self, t: int) -> tuple[list[list[int]], int]:
        """Driving times for somebody who sets off at `t`, and until when they hold."""
        band = max(0, bisect_right(self.band_from, t) - 1)
        return self.band_rows[band], self.band_from[band + 1] if band + 1 < len(self.band_from) else EVER

    def may_serve(self, duty: int, visit: int) -> bool:
        """Whether this shift's engineer may be sent at all, hours and parts aside."""
        mine, call = self.duties[duty], self.calls[visit]
        return call.may[mine.engineer] and (mine.standby is None or mine.standby == call.assurance or call.frozen)

    def anyone_may_serve(self, visit: int) -> bool:
        """Whether any shift's engineer may be sent."""
        return any(self.may_serve(duty.index, visit) for duty in self.duties)

    def _call(self, place: int, visit: Visit) -> Call:
        engineers = self.problem.engineers
        ids = [engineer.id for engineer in engineers]
        pin = visit.pin
        until = [
            min((held.expires_s for s in visit.skills if (held := e.skills.get(s)) and held.expires_s is not None),
                default=EVER)
            for e in engineers
        ]  # fmt: skip
        skilled = [
            all((held := e.skills.get(s)) is not None and held.level >= level for s, level in visit.skills.items())
            for e in engineers
        ]
        frozen = pin is not None and pin.frozen
        may = [
            (e == pin.engineer if pin else True) and (frozen or (skilled[n] and e not in visit.barred))
            for n, e in enumerate(ids)
        ]
        return Call(
            index=place,
            id=visit.id,
            location=visit.location,
            left_out_fen=visit.unassigned_fen,
            release_s=-EVER if frozen else visit.release_s,
            windows=() if frozen else tuple(sorted(visit.windows, key=lambda w: w.from_s)),
            lates=tuple(self._late(c) for c in visit.commitments),
            wants=() if frozen else visit.parts,
            duration=[visit.duration_by.get(e, visit.duration_s) for e in ids],
            extra_fen=[
                (visit.not_preferred_fen if visit.preferred and e not in visit.preferred else 0)
                + (visit.incumbent.move_fen if visit.incumbent and visit.incumbent.engineer != e else 0)
                for e in ids
            ],
            valid_until=[EVER if frozen else limit for limit in until],
            may=may,
            pin=pin,
            due_s=min(
                [c.due_s for c in visit.commitments] + [w.to_s for w in visit.windows[-1:]],
                default=EVER,
            ),
            level=visit.level,
            last_s=max((w.to_s for w in visit.windows), default=EVER) if not frozen else EVER,
            assurance=visit.assurance,
            held=frozen,
        )

    def _late(self, commitment: Commitment) -> Late:
        price = commitment.price
        return Late(
            due_s=commitment.due_s,
            at_end=commitment.judged is Judged.end,
            grace_s=price.grace_s,
            fixed_fen=price.fixed_fen,
            per_unit_fen=price.per_unit_fen,
            unit_s=price.unit_s,
            counting=price.counting,
            cap_fen=EVER * EVER if price.cap_fen is None else price.cap_fen,
            cap=self.cap_ids.index(price.cap) if price.cap is not None else -1,
        )

    def _duties(self) -> list[Duty]:
        duties: list[Duty] = []
        for place, engineer in enumerate(self.problem.engineers):
            current = current_shift(self.problem, place)
            for number, shift in enumerate(engineer.shifts):
                frozen = self._frozen(place) if number == current else ()
                ready = max(shift.start_s, engineer.available_from_s, self.now_s)
                free = ready
                if frozen and (start := self.calls[frozen[0]].pin) and start.start_s is not None:
                    free = max(start.start_s + self.calls[frozen[0]].duration[place], ready)
                duties.append(
                    Duty(
                        index=len(duties),
                        engineer=place,
                        engineer_id=engineer.id,
                        shift=number,
                        ready_s=ready,
                        end_s=shift.end_s,
                        limit_s=shift.end_s + shift.max_overtime_s,
                        start=shift.start_location,
                        home=ANYWHERE if shift.end_location is None else shift.end_location,
                        breaks=tuple(rest for rest in shift.breaks if rest.latest_s >= free),
                        frozen=frozen,
                        van=engineer.van,
                        shares_van=len(engineer.shifts) > 1,
                        on_call_fen=shift.on_call_fen,
                        standby=shift.standby,
                    )
                )
        return duties

    def _frozen(self, engineer: int) -> tuple[int, ...]:
        name = self.problem.engineers[engineer].id
        mine = [(c.pin.turn, c.index) for c in self.calls if c.pin and c.pin.frozen and c.pin.engineer == name]
        return tuple(index for _, index in sorted(mine))


def current_shift(problem: Problem, engineer: int) -> int:
    """The shift that frozen work belongs to: the first that is not over, else the last."""
    shifts = problem.engineers[engineer].shifts
    for number, shift in enumerate(shifts):
        if shift.end_s + shift.max_overtime_s >= problem.now_s:
            return number
    return len(shifts) - 1


def _tied(problem: Problem) -> frozenset[int]:
    """The visits whose hours hang on others: crews, work that follows and work that is followed."""
    followed = {name for visit in problem.visits for name in visit.after}
    return frozenset(
        n for n, visit in enumerate(problem.visits) if visit.sync is not None or visit.after or visit.id in followed
    )


def _least(profiles: list[list[list[int]]]) -> list[list[int]]:
    """Cell by cell the shortest driving time of any hour, a lower bound for every insertion."""
    first = profiles[0]
    if all(rows is first for rows in profiles):
        return first
    return [[min(cells) for cells in zip(*rows, strict=True)] for rows in zip(*profiles, strict=True)]
