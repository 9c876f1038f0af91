"""Days on which anything may be: `random_problem` with twists, each of which a problem may have or not (P41).

A twist that finds nothing to bend leaves the day as it is; what a day has in the end is told by `traits`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from dispatch.planner.solver.problem import (
    FAR,
    Break,
    Commitment,
    Counting,
    Engineer,
    Judged,
    LatePrice,
    Matrix,
    Pin,
    Problem,
    Shift,
    Travel,
    TravelBand,
    Visit,
    Want,
    Window,
)
from tests.dispatch.planner.cases import HOUR, MINUTE, later, random_problem

Twist = Callable[[Problem, random.Random], Problem]
ONE_IN: int = 3  # each twist is in one day of so many


def any_problem(seed: int, *, visits: int, engineers: int) -> Problem:
    """A day with about a third of all twists, the same for the same seed."""
    draw = random.Random(f"twists {seed}")
    problem = random_problem(seed, visits=visits, engineers=engineers, depots=draw.choice((0, 1, 2, 2, 4)))
    for twist in TWISTS:
        if draw.randrange(ONE_IN) == 0:
            problem = twist(problem, draw)
    return problem


def _visits(problem: Problem, change: Callable[[Visit], Visit], draw: random.Random, share: float = 0.5) -> Problem:
    """Some visits changed; those under way or somebody is bound for stay."""
    return replace(
        problem,
        visits=tuple(
            change(one) if draw.random() < share and not (one.pin and one.pin.frozen) else one for one in problem.visits
        ),
    )


def _shifts(problem: Problem, change: Callable[[Shift], Shift], draw: random.Random, share: float = 0.6) -> Problem:
    """All shifts of some engineers changed."""
    return replace(
        problem,
        engineers=tuple(
            replace(one, shifts=tuple(map(change, one.shifts))) if draw.random() < share else one
            for one in problem.engineers
        ),
    )


def one_band(problem: Problem, draw: random.Random) -> Problem:
    """The roads are as quick at every hour."""
    profile = draw.randrange(2)
    table = problem.travel.seconds[profile]
    if draw.random() < 0.5:
        return replace(problem, travel=Travel(problem.travel.metres, (table,)))
    return replace(problem, travel=replace(problem.travel, bands=(TravelBand(0, profile),)))


def one_way_streets(problem: Problem, draw: random.Random) -> Problem:
    """There and back are not the same, and a detour may be quicker than the way."""

    def bent(table: Matrix) -> Matrix:
        return Matrix.of([[int(cell * draw.uniform(0.5, 1.8)) for cell in row] for row in table.rows()])

    return replace(problem, travel=replace(problem.travel, seconds=tuple(map(bent, problem.travel.seconds))))


def no_roads(problem: Problem, draw: random.Random) -> Problem:
    """Some pairs are joined by no road, at one hour or at all; to one place no road leads."""
    size = problem.travel.metres.size
    pairs = [(draw.randrange(size), draw.randrange(size)) for _ in range(size)]
    island = draw.randrange(size)
    pairs += [(here, island) for here in range(size) if here != island]
    tables = []
    for table in problem.travel.seconds:
        rows = table.rows()
        for here, there in pairs:
            if here != there and draw.random() < 0.9:
                rows[here][there] = FAR
        tables.append(Matrix.of(rows))
    return replace(problem, travel=replace(problem.travel, seconds=tuple(tables)))


def several_wants(problem: Problem, draw: random.Random) -> Problem:
    """Visits that need up to three parts, each with substitutes."""
    parts = [f"P{n}" for n in range(6)]

    def wanting(visit: Visit) -> Visit:
        wanted = draw.sample(parts, draw.randint(2, 3))
        accepts = [
            (part, *draw.sample([other for other in parts if other != part], draw.randrange(3))) for part in wanted
        ]
        return replace(visit, parts=tuple(Want(one[0], draw.choice((1, 1, 2)), one) for one in accepts))

    return _visits(problem, wanting, draw, 0.4)


def breaks(problem: Problem, draw: random.Random) -> Problem:
    """Two breaks a shift, three now and then."""

    def resting(shift: Shift) -> Shift:
        found: list[Break] = []
        earliest = shift.start_s + draw.randrange(0, 2 * HOUR)
        for _ in range(draw.choice((2, 2, 2, 3))):
            latest = earliest + draw.randrange(30 * MINUTE, 2 * HOUR)
            lasts = draw.randrange(10, 45) * MINUTE
            found.append(Break(earliest, latest, lasts))
            earliest = latest + lasts + draw.randrange(0, 2 * HOUR) - draw.choice((0, lasts // 2))
        kept = [rest for rest, before in zip(found, [None, *found], strict=False) if before is None or (
            rest.earliest_s >= before.earliest_s and rest.latest_s >= before.latest_s + before.duration_s)]  # fmt: skip
        return replace(shift, breaks=tuple(kept))

    return _shifts(problem, resting, draw)


def ends_judged(problem: Problem, draw: random.Random) -> Problem:
    """Restoring is promised beside arriving, or alone."""

    def promised(visit: Visit) -> Visit:
        price = LatePrice(draw.choice((0, 50_00)), draw.randrange(10_00, 200_00), draw.choice((1800, 3600, 86_400)),
                          draw.choice(tuple(Counting)), draw.choice((0, 900)), draw.choice((None, 500_00)))  # fmt: skip
        restored = Commitment(visit.release_s + draw.randrange(1, 10) * HOUR, price, Judged.end)
        return replace(visit, commitments=(restored, *(visit.commitments if draw.random() < 0.6 else ())))

    return _visits(problem, promised, draw)


def several_caps(problem: Problem, draw: random.Random) -> Problem:
    """Several contracts, each with a headroom of its own."""
    caps = {f"contract {name}": draw.choice((0, 50_00, 300_00, 2000_00)) for name in "ABCDE"}
    names = list(caps)

    def under(visit: Visit) -> Visit:
        clauses = (replace(one, price=replace(one.price, cap=draw.choice(names))) for one in visit.commitments)
        return replace(visit, commitments=tuple(clauses))

    return replace(_visits(problem, under, draw, 0.7), caps=caps)


def several_shifts(problem: Problem, draw: random.Random) -> Problem:
    """Two or three short shifts in a day, with one van, some paid for being called."""

    def split(engineer: Engineer) -> Engineer:
        first, shifts = engineer.shifts[0], []
        begin = first.start_s
        for _ in range(draw.randint(2, 3)):
            end = begin + draw.randrange(3, 6) * HOUR
            shifts.append(replace(first, start_s=begin, end_s=end, max_overtime_s=draw.choice((0, 1800)), breaks=(),
                                  on_call_fen=draw.choice((0, 30_00)), standby=draw.choice((None, None, "flood"))))  # fmt: skip
            begin = end + 1800 + draw.randrange(0, HOUR)
        return replace(engineer, shifts=tuple(shifts))

    chosen = tuple(split(one) if draw.random() < 0.5 else one for one in problem.engineers)
    return replace(problem, engineers=chosen)


def urgent(problem: Problem, draw: random.Random) -> Problem:
    """Calls that were due before the day began, and must not be left out."""

    def pressing(visit: Visit) -> Visit:
        due = problem.now_s - draw.randrange(0, 30 * HOUR)
        clauses = tuple(replace(one, due_s=due) for one in visit.commitments)
        return replace(visit, level=1, release_s=due - 4 * HOUR, commitments=clauses, unassigned_fen=10**8)

    return _visits(problem, pressing, draw, 0.3)


def bound_for_more(problem: Problem, draw: random.Random) -> Problem:
    """Engineers at work who are bound for two stops more."""
    visits, free = list(problem.visits), [n for n, one in enumerate(problem.visits) if one.pin is None]
    draw.shuffle(free)
    for engineer in draw.sample(problem.engineers, len(problem.engineers) // 3):
        if any(one.pin and one.pin.engineer == engineer.id and one.pin.frozen for one in visits):
            continue
        for order, n in enumerate(free[:3]):
            start = problem.now_s - draw.randrange(0, 2 * HOUR) if order == 0 and draw.random() < 0.6 else None
            pin = Pin(engineer.id, start_s=start) if start is not None else Pin(engineer.id, order=order)
            visits[n] = replace(visits[n], pin=pin)
        del free[:3]
    return replace(problem, visits=tuple(visits))


def more_ties(problem: Problem, draw: random.Random) -> Problem:
    """A crew of two or three with a window, which follows other work and is followed."""
    free = [n for n, one in enumerate(problem.visits) if one.pin is None and one.sync is None and not one.after]
    if len(free) < 6:
        return problem
    visits, chosen = list(problem.visits), draw.sample(free, 5)
    crew, before, behind = (
        sorted(chosen)[: draw.randint(2, 3)],
        max(chosen),
        max(chosen, key=lambda n: (n != max(chosen), n)),
    )
    for n in crew:
        after = frozenset({visits[before].id}) if draw.random() < 0.4 else frozenset[str]()
        visits[n] = replace(visits[n], sync="team", after=after)
    if behind not in crew and behind != before:
        visits[behind] = replace(visits[behind], after=frozenset({visits[crew[0]].id}))
    return replace(problem, visits=tuple(visits))


def narrow_hours(problem: Problem, draw: random.Random) -> Problem:
    """Three windows a visit, instants among them; stores that open for an hour at a time."""

    def some(begin: int, lasts: Sequence[int]) -> Iterator[Window]:
        for _ in range(3):
            begin += draw.randrange(HOUR, 3 * HOUR)
            end = begin + draw.choice(lasts)
            yield Window(begin, end)
            begin = end

    stores = (replace(one, windows=tuple(some(problem.now_s - HOUR, (1800, HOUR)))) for one in problem.depots)
    problem = replace(problem, depots=tuple(stores))
    return _visits(
        problem, lambda one: replace(one, windows=tuple(some(problem.now_s - HOUR, (0, 600, HOUR)))), draw, 0.2
    )


def no_time_at_all(problem: Problem, draw: random.Random) -> Problem:
    """Works of no duration at one and the same place, shifts without overtime that end anywhere."""
    problem = _shifts(problem, lambda one: replace(one, max_overtime_s=0, end_location=None), draw, 0.5)
    place = draw.choice(problem.visits).location
    return _visits(problem, lambda one: replace(one, duration_s=0, duration_by={}, location=place), draw, 0.2)


def standing_by(problem: Problem, draw: random.Random) -> Problem:
    """Whole engineers are held for an assurance period, with a fee for being called."""
    problem = _visits(problem, lambda one: replace(one, assurance="flood"), draw, 0.3)
    return _shifts(problem, lambda one: replace(one, standby="flood", on_call_fen=30_00), draw, 0.3)


def before_zero(problem: Problem, draw: random.Random) -> Problem:
    """The horizon begins after the day: most instants are negative."""
    return later(problem, -draw.randrange(4, 40) * HOUR)


TWISTS: tuple[Twist, ...] = (
    one_band, one_way_streets, several_wants, several_shifts, breaks, ends_judged, several_caps, urgent, more_ties,
    bound_for_more, narrow_hours, no_time_at_all, standing_by, no_roads, before_zero,
)  # fmt: skip


def traits(problem: Problem) -> set[str]:
    """What a day has of all that a problem can say, by name."""
    shifts = [shift for one in problem.engineers for shift in one.shifts]
    visits, clauses = problem.visits, [clause for one in problem.visits for clause in one.commitments]
    rests = {len(shift.breaks) for shift in shifts}
    found = {
        "one band": len(problem.travel.bands) == 1,
        "several bands": len(problem.travel.bands) > 1,
        "missing roads": any(FAR in row for table in problem.travel.seconds for row in table.rows()),
        "one break": 1 in rests,
        "two breaks": 2 in rests,
        "three breaks": 3 in rests,
        "open end": any(shift.end_location is None for shift in shifts),
        "several shifts": any(len(one.shifts) > 1 for one in problem.engineers),
        "on-call fee": any(shift.on_call_fen for shift in shifts),
        "standby": any(shift.standby for shift in shifts),
        "expiring skill": any(s.expires_s is not None for one in problem.engineers for s in one.skills.values()),
        "windows": any(one.windows for one in visits),
        "one want": any(len(one.parts) == 1 for one in visits),
        "several wants": any(len(one.parts) > 1 for one in visits),
        "several stores": len(problem.depots) > 1,
        "store hours": any(depot.windows for depot in problem.depots),
        "judged at the end": any(one.judged is Judged.end for one in clauses),
        "several caps": len({one.price.cap for one in clauses} - {None}) > 1,
        "due before now": any(one.due_s < problem.now_s for one in clauses),
        "crew": any(one.sync for one in visits),
        "order of work": any(one.after for one in visits),
        "under way": any(one.pin and one.pin.start_s is not None for one in visits),
        "bound for": any(one.pin and one.pin.order is not None for one in visits),
        "pinned": any(one.pin and not one.pin.frozen for one in visits),
        "barred": any(one.barred for one in visits),
        "preferred": any(one.preferred for one in visits),
        "promised": any(one.incumbent for one in visits),
        "negative instants": problem.now_s < 0,
    }
    return {name for name, has in found.items() if has}
