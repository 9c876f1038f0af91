"""The plan of the day while the day happens: in at once, repaired nearby, nothing else moved without need (R4).

A `Standing` keeps the problem laid out. A call more is appended to it; a call that is tied to others or to somebody,
and other events, which are rarer, lay it out anew. Why a visit is left out is asked when it is; what was said of it
stands until a repair has the time to ask again, so that the hundredth call of a day is answered as soon as the first.
Only words that name what an event concerns are asked anew at once: nobody is told to send an engineer who is sick.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Collection
from typing import Final

from dispatch.planner.solver.assemble import plan_of
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.cost import Pricer
from dispatch.planner.solver.events import Event, UrgentCall, after, around
from dispatch.planner.solver.explain import Cured, unassigned
from dispatch.planner.solver.greedy import squeeze_in
from dispatch.planner.solver.kernel.ask import Questions, questions
from dispatch.planner.solver.kernel.compiled import AVAILABLE
from dispatch.planner.solver.kernel.hunt import Hunt, SplitSource
from dispatch.planner.solver.model import Model
from dispatch.planner.solver.plan import Notes, Plan, Unassigned
from dispatch.planner.solver.problem import Matrix, Problem, Travel
from dispatch.planner.solver.replay import state_of, untear
from dispatch.planner.solver.state import State

NEAR: Final = 40  # visits nearest to what happened at which a repair begins; what it takes out beside them may be any
WARM: Final = 0.01  # of the mean price of a visit: what a round of a repair may cost at first, nothing at the end

WORDS_SHARE: Final = 0.25  # of the time of a repair is for asking again why visits are left out


class Standing:
    """A problem and the plan in force, ready for the next event; `problem` holds all that has happened so far."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem = problem
        self.state = state_of(problem, plan)
        self._about: list[int] = []
        self._ready: Hunt | None = None  # laid out for the state as it is
        self._laid: tuple[State, Questions | None] | None = None  # a state to be asked about
        self._told: dict[str, Unassigned] = {}  # by visit, what was asked longest ago first
        squeeze_in(self.state)

    def plan(self, method: str, rounds: int = 0) -> Plan:
        """The plan as it stands, with a reason for each visit left out."""
        self._ask(lambda: False)
        names = (self.state.model.calls[visit].id for visit in sorted(self.state.left))
        return plan_of(self.state, tuple(self._told[name] for name in names), Notes(method=method, rounds=rounds))

    def warm_up(self) -> None:
        """Makes a repair and forgets it, so that loading machine code costs the first real one nothing."""
        hunt = self._hunt(1)
        if hunt is not None:
            hunt.run(lambda rounds: float(rounds > 0), until=1.0, heat=lambda _: 0.0, record=False)

    def happened(self, event: Event) -> Plan:
        """Lets this happen: what can stay stays, what is then left out goes where it costs least."""
        problem, names = after(self.problem, event), set(around(event))
        places = self._places(names)
        waited: set[int] = set()
        if isinstance(event, UrgentCall) and not (event.visit.sync or event.visit.after or event.visit.pin):
            waited = self.state.left  # one call more makes no room for those that found none
            self.state = appended(self.state, problem)
        else:
            self.state = state_of(problem, plan_of(self.state, (), Notes()))
        self._forget(names | {visit.id for visit in self.problem.visits} - {visit.id for visit in problem.visits})
        self.problem = problem
        self._about = self._nearest(places | self._places(names))
        self._put_in(self.state.left - waited)
        return self.plan("cheapest insertion")

    def _forget(self, names: Collection[str]) -> None:
        """Lets go of what was said that speaks of any of these visits and engineers."""
        self._told = {name: one for name, one in self._told.items() if _named(one).isdisjoint(names)}

    def _put_in(self, visits: Collection[int]) -> None:
        """Puts these visits where they cost least; the search that found the places goes on with the repair."""
        hunt = self._hunt(1)
        if hunt is not None and visits:
            hunt.construct(visits)
            self.state = hunt.state(self.state)
        alone = [visit for visit in self.state.left.intersection(visits) if not self.state.model.calls[visit].held]
        left = [visit for visit in alone if hunt is None or self._doubted(hunt, visit)]
        if left:
            state = self.state.copy()
            squeeze_in(state, visits=left)
            if state.total < self.state.total:
                self.state, hunt = state, None
        whole = len(self.state.left)
        untear(self.state)
        self._ready = hunt if len(self.state.left) == whole else None

    def _doubted(self, hunt: Hunt, visit: int) -> bool:
        """Whether a visit that found no place may have one: pricing every place exactly takes longer than all the rest."""
        if hunt.sure_of(visit):
            return False
        if not hunt.complete or _shared_out(self.state, visit) or (quick := self._questions()) is None:
            return True
        found = quick.cheapest(visit, self.state.model)
        return found is not None and found[0] < self.state.model.calls[visit].left_out_fen

    def _questions(self) -> Questions | None:
        """The plan as it stands, to be asked about; laid out once for whoever asks."""
        if self._laid is None or self._laid[0] is not self.state:
            self._laid = self.state, questions(self.state)
        return self._laid[1]

    def repaired(self, budget: Budget) -> Plan:
        """Improves the plan around the last event; what was promised moves only where that saves more than its price.

        The search that found the places goes on, if there was one; only another begins with the budget's seed.
        """
        began = time.monotonic()
        until = began + budget.time_s
        hunt, self._ready = self._ready or self._hunt(budget.seed), None
        if hunt is None:
            return self.plan("cheapest insertion")
        start, search_s = hunt.mean_fen() * WARM, budget.time_s * (1.0 - WORDS_SHARE * bool(self.state.left))

        def used(rounds: int) -> float:
            by_time = (time.monotonic() - began) / max(1e-9, search_s)
            return by_time if budget.rounds is None else max(by_time >= 1.0, rounds / budget.rounds)

        hunt.run(used, until=1.0, heat=lambda share: start * (1.0 - share), record=False)
        found = hunt.state(self.state)
        untear(found)
        if found.total < self.state.total:
            self.state = found
        self._ask(lambda: time.monotonic() < until)
        return self.plan("local repair", hunt.rounds)

    def _ask(self, more: Callable[[], bool]) -> None:
        """Asks why visits are left out of whom it is not known, and of the others again as long as `more` says so."""
        state, known = self.state, self._told
        left = {state.model.calls[visit].id: visit for visit in sorted(state.left)}
        new = [name for name in left if name not in known]
        old = [name for name in known if name in left]
        self._told = {name: known[name] for name in old}
        quick = self._questions() if new or (old and more()) else None
        cured: Cured = {}
        for name in (*new, *old):
            if name in known and not more():
                return
            self._told.pop(name, None)
            self._told[name] = unassigned(state, left[name], quick, cured)

    def _hunt(self, seed: int) -> Hunt | None:
        """A search around the last event; None where there is no kernel, or it cannot say how the plan is supplied."""
        try:
            return Hunt(self.state, seed, around=self._about or None) if AVAILABLE else None
        except SplitSource:
            return None

    def _places(self, names: Collection[str]) -> set[int]:
        """Where the visits of these names are, and what the engineers of these names are to do."""
        model = self.state.model
        visits = {model.visit_index[name] for name in names if name in model.visit_index}
        people = {model.engineer_index[name] for name in names if name in model.engineer_index}
        for route in self.state.routes:
            if model.duties[route.duty].engineer in people:
                visits.update(route.visits)
        return {model.calls[visit].location for visit in visits}

    def _nearest(self, places: Collection[int]) -> list[int]:
        """The visits nearest to any of these places; none named means everywhere."""
        model = self.state.model
        rows = [model.shortest[place] for place in places]
        if not rows:
            return []
        far = [(min(row[call.location] for row in rows), call.index) for call in model.calls]
        return [visit for _, visit in sorted(far)[:NEAR]]


def _shared_out(state: State, visit: int) -> bool:
    """Whether pieces could go round otherwise: several wanted, or one that who is on the same route may fetch elsewhere."""
    wants = state.model.calls[visit].wants
    if sum(want.qty for want in wants) > 1:
        return True
    fitting = {part for want in wants for part in want.accepts}
    may = (route for route in state.routes if state.model.may_serve(route.duty, visit))
    return any(
        part in fitting and (depot < 0 or len(unit.accepts) > 1 or not state.stock_left.get((depot, part)))
        for route in may
        for unit, depot, part in route.sources
    )


def appended(state: State, problem: Problem) -> State:
    """The state of a problem that has one visit more, as its last, and perhaps one place more; nothing else is done.

    The tables grow where they stand, so the state it came from may not be appended to again.
    """
    was, model = state.model, copy.copy(state.model)
    model.problem = problem
    if problem.travel.metres.size > len(was.metres):
        _add_place(model, problem.travel)
    visit = problem.visits[-1]
    call = model._call(len(was.calls), visit)
    model.calls = [*was.calls, call]
    model.visit_index = {**was.visit_index, visit.id: call.index}
    model.wanting = was.wanting | ({call.index} if call.wants else set())
    longer = state.copy()
    longer.model, longer.pricer = model, Pricer(model)
    longer.left.add(call.index)
    longer.total += call.left_out_fen
    return longer


def _add_place(model: Model, travel: Travel) -> None:
    """Adds the last place of longer tables to those of a model: half a million cells need not be copied for it."""
    _lengthen(model.metres, travel.metres)
    tables = {band.profile: rows for band, rows in zip(travel.bands, model.band_rows, strict=True)}
    for profile, rows in tables.items():
        _lengthen(rows, travel.seconds[profile])
    if len(model.shortest) < len(model.metres):  # else it is one of the tables themselves
        for row, *ends in zip(model.shortest, *tables.values(), strict=False):
            row.append(min(end[-1] for end in ends))
        model.shortest.append([min(cells) for cells in zip(*(rows[-1] for rows in tables.values()), strict=True)])


def _lengthen(rows: list[list[int]], table: Matrix) -> None:
    """Adds the last place of a table that has one more than the rows."""
    cells = memoryview(table.cells).cast("i")
    for row, end in zip(rows, cells[table.size - 1 :: table.size].tolist(), strict=False):
        row.append(end)
    rows.append(cells[(table.size - 1) * table.size :].tolist())


def _named(one: Unassigned) -> set[str]:
    """What the words about a visit left out speak of: itself, others, engineers."""
    said = [one.visit, *one.detail.values()]
    if one.remedy is not None:
        said += [one.remedy.engineer or "", *one.remedy.detail.values()]
    return set(" ".join(said).split())
