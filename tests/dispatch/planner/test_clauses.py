"""The clause is written once: contracts, engine, kernel and checker read it alike, to the fen (C9, E11, E15)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from contracts.penalties.rules import PenaltyClause, applied, headroom, penalty_fen
from contracts.policies.rules import ClockKind
from contracts.terms.clauses import CapPeriod, ClauseTerms, PenaltyUnit
from dispatch.planner.rules import late_price
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.checker_money import penalty
from dispatch.planner.solver.cost import late_fen
from dispatch.planner.solver.insert import greedy_plan
from dispatch.planner.solver.intake import INSTANT_LIMIT, LATE_LIMIT, RATE_LIMIT, ProblemRefused, check_problem
from dispatch.planner.solver.kernel import drive as kernel
from dispatch.planner.solver.kernel.compiled import compiled
from dispatch.planner.solver.kernel.ground import Ground, Ints, ground_of
from dispatch.planner.solver.model import Late, Model
from dispatch.planner.solver.problem import (
    Commitment,
    Counting,
    Engineer,
    LatePrice,
    Matrix,
    Problem,
    Rates,
    Shift,
    Travel,
    Visit,
)
from tests.dispatch.planner.cases import HOUR, NINE, START, at

PAIRS = 100_000  # of clause and lateness
LATENESSES = 10  # tried under each clause
CLAUSES = 250  # compiled together as the visits of one problem
UNLIMITED = 10**11


@dataclass(frozen=True, slots=True)
class Case:
    """A price as the planner got it, its compiled twin, and what the contract itself would book (None: no contract)."""

    price: LatePrice
    late: Late
    agreed: PenaltyClause | None
    already_fen: int


def latenesses(pick: random.Random, price: LatePrice) -> list[int]:
    """Instants around every edge of the clause, and anywhere."""
    step = price.unit_s * pick.randrange(0, 80)
    edges = [0, price.grace_s, step, price.grace_s + step]
    near = [edge + pick.choice((-1, 0, 1)) for edge in edges]
    return near + [pick.randrange(-HOUR, 90 * HOUR) for _ in range(LATENESSES - len(near))]


def clause(pick: random.Random) -> PenaltyClause:
    """A clause as sales could sign it, with a percentage of a fee now and then."""
    terms = ClauseTerms(
        clock_kind=ClockKind.ARRIVAL,
        unit=pick.choice(list(PenaltyUnit)),
        fixed_fen=pick.choice((0, 0, 1, pick.randrange(500_00))),
        per_unit_fen=pick.choice((0, 1, pick.randrange(500_00), pick.randrange(500_00))),
        percent_bp=pick.randrange(1, 2000),
        grace_s=pick.choice((0, 0, 1, 600, pick.randrange(3 * HOUR))),
    )
    cap = pick.choice((None, 0, 1, pick.randrange(3000_00), 10**9))
    return applied(terms, total_fen=pick.randrange(1, 10**8), cap_fen=cap, cap_period=CapPeriod.QUARTER)


def bare_price(pick: random.Random) -> LatePrice:
    """What the seam can say beyond today's contracts: any unit, in proportion, a cap of its own."""
    return LatePrice(
        fixed_fen=pick.choice((0, pick.randrange(500_00))),
        per_unit_fen=pick.choice((0, 1, 3, pick.randrange(500_00))),
        unit_s=pick.choice((1, 7, 60, 1800, HOUR, 86_400, pick.randrange(1, 50_000))),
        counting=pick.choice(list(Counting)),
        grace_s=pick.choice((0, pick.randrange(3 * HOUR))),
        cap_fen=pick.choice((None, 0, pick.randrange(2000_00))),
        agreed=False,
    )


def day_of(prices: list[LatePrice], caps: dict[str, int] | None = None) -> Problem:
    """One engineer on the spot, one visit for each price, due at nine."""
    here = Matrix.of([[0]])
    visits = tuple(Visit(f"J{n}", 0, 60, UNLIMITED, commitments=(Commitment(NINE, p),)) for n, p in enumerate(prices))
    man = Engineer("E1", (Shift(NINE, at(18), 0),))
    return Problem(START, NINE, Travel(here, (here,)), Rates(0, 0, 0), (man,), visits, caps=caps or {})


def cases(seed: int) -> tuple[Model, list[Case]]:
    """A few hundred random clauses, compiled as the search compiles them; the n-th is the n-th visit's."""
    pick = random.Random(seed)
    agreed = [clause(pick) if pick.random() < 0.7 else None for _ in range(CLAUSES)]
    prices = [bare_price(pick) if one is None else late_price(one, level=2, cap=None) for one in agreed]
    model = Model(day_of(prices))
    booked = [pick.choice((0, 0, pick.randrange(3000_00))) for _ in agreed]
    lates = [call.lates[0] for call in model.calls]
    return model, [Case(*one) for one in zip(prices, lates, agreed, booked, strict=True)]


@compiled
def in_machine_code(ground: Ground, rows: Ints, late_s: Ints, fen: Ints) -> None:
    """Fills `fen` with what the kernel reckons; one call for many, because crossing over is what takes long."""
    for n in range(len(rows)):
        fen[n] = kernel.late_fen(ground, rows[n], late_s[n])


def by_kernel(model: Model, pairs: Sequence[tuple[int, int]]) -> list[int]:
    """What the kernel reckons for each (clause, lateness)."""
    rows, late_s = np.array(pairs, np.int64).T.copy()
    fen = np.zeros(len(pairs), np.int64)
    in_machine_code(ground_of(model), rows, late_s, fen)
    told: list[int] = fen.tolist()
    return told


def test_contract_engine_kernel_and_checker_agree_to_the_fen_however_late() -> None:
    compared = with_contract = 0
    pick = random.Random(11)
    for seed in range(PAIRS // (CLAUSES * LATENESSES)):
        model, batch = cases(seed)
        pairs = [(n, late_s) for n, case in enumerate(batch) for late_s in latenesses(pick, case.price)]
        for (n, late_s), in_kernel in zip(pairs, by_kernel(model, pairs), strict=True):
            case = batch[n]
            found = late_fen(case.late, late_s)
            checked = penalty(Commitment(NINE, case.price), NINE + late_s, NINE + late_s + 60)
            assert in_kernel == found == checked, (case.price, late_s)
            compared += 1
            if case.agreed is not None:
                left = headroom(case.agreed, already_fen=case.already_fen)
                owed = penalty_fen(case.agreed, late_s, already_fen=case.already_fen)
                assert (found if left is None else min(found, left)) == owed, (case.agreed, late_s)
                with_contract += 1
    assert compared == PAIRS
    assert with_contract > PAIRS // 2


@pytest.mark.parametrize("counting", list(Counting))
def test_the_largest_figures_let_in_do_not_run_over(counting: Counting) -> None:
    """Sixty-four bits hold the dearest clause at the longest lateness; anything beyond is refused before it is solved."""
    unit_s = RATE_LIMIT * INSTANT_LIMIT // LATE_LIMIT
    dearest = LatePrice(per_unit_fen=RATE_LIMIT, unit_s=unit_s, counting=counting)
    problem = day_of([dearest])
    check_problem(problem)
    model, longest = Model(problem), 2 * INSTANT_LIMIT
    assert by_kernel(model, [(0, longest)]) == [late_fen(model.calls[0].lates[0], longest)] == [2 * LATE_LIMIT]
    for beyond in (replace(dearest, per_unit_fen=RATE_LIMIT + 1), replace(dearest, unit_s=unit_s // 2)):
        with pytest.raises(ProblemRefused):
            check_problem(day_of([beyond]))


@pytest.mark.parametrize("seed", range(40))
def test_a_plan_under_a_shared_cap_costs_what_the_contract_would_book(seed: int) -> None:
    """Two visits of one contract, whatever the order of booking: the second gets what the first leaves."""
    pick = random.Random(seed)
    room = pick.randrange(800_00)
    pair = [replace(clause(pick), cap_fen=room), replace(clause(pick), cap_fen=room)]
    behind = [pick.randrange(-HOUR, 6 * HOUR) for _ in pair]
    day = day_of([late_price(one, level=1, cap="contract") for one in pair], {"contract": room})
    visits = tuple(
        replace(visit, duration_s=0, commitments=(replace(visit.commitments[0], due_s=NINE - late_s),))
        for visit, late_s in zip(day.visits, behind, strict=True)
    )
    day = replace(day, visits=visits)
    plan = greedy_plan(day)
    booked = 0
    for one, late_s in zip(pair, behind, strict=True):
        booked += penalty_fen(one, late_s, already_fen=booked)
    assert plan.cost.late == booked
    assert violations(day, plan) == []
