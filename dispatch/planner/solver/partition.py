"""OR-Tools chooses the routes of the plan: set partitioning over the routes seen, exact in money and in pieces.

Columns are routes; each visit is in one chosen column or left
out at its price; each shift has one column; pieces in stores and in shared vans are side constraints; what several
routes owe under one headroom counts up to the headroom. GLOP's relaxation bounds every plan made of the columns and,
by reduced cost, removes the columns that cannot be in a better one; CP-SAT decides the rest from a complete hint,
without presolve (with it, 14 000 columns gave nothing in 8 s).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from ortools.sat.python import cp_model

from dispatch.planner.solver.relaxation import SAFE_FEN, Column, Relaxation

WAITING_S: Final = 30.0  # the clock's limit where effort is counted: only a broken machine reaches it


@dataclass(frozen=True, slots=True)
class Choice:
    """What to cover and from what: `limits` per piece, `headroom` per cap, and a legal choice as `hint`.

    A visit whose `left_out_fen` is None must be done. `shifts` counts those that are the same in all, under the first
    of them; a shift like no other has one column exactly.
    """

    shifts: Sequence[int]
    columns: Sequence[Column]
    left_out_fen: Mapping[int, int | None]
    limits: Sequence[int]
    headroom: Sequence[int]
    hint: Sequence[int]
    hint_fen: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """The columns chosen, what they cost with all that is left out, and what no choice of these columns can beat."""

    columns: tuple[int, ...]
    total_fen: int
    bound_fen: int
    optimal: bool


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to try. `counted` measures effort by work done instead of by the clock, so that it can be repeated."""

    time_s: float
    seed: int
    counted: bool = False


def choose(choice: Choice, effort: Effort) -> Chosen:
    """The cheapest legal choice of all these columns found with this effort; never dearer than the hint."""
    visits = 1 + max((visit for column in choice.columns for visit in column.visits), default=-1)
    visits = max(visits, 1 + max(choice.left_out_fen, default=-1))
    relaxation = Relaxation(visits, choice.shifts, choice.left_out_fen, choice.limits)
    relaxation.add(choice.columns)
    duals = relaxation.solved(WAITING_S if effort.counted else effort.time_s)
    if duals is None:
        return decide(choice, 0, effort)
    reduced, duty = duals.reduced(choice.columns), np.array([column.duty for column in choice.columns], np.int64)
    bound, adds = duals.bound(choice.shifts, duty, reduced)
    hinted = set(choice.hint)
    kept = [n for n in range(len(choice.columns)) if n in hinted or adds[n] <= choice.hint_fen - bound + SAFE_FEN]
    place = {n: at for at, n in enumerate(kept)}
    fewer = replace(choice, columns=[choice.columns[n] for n in kept], hint=[place[n] for n in choice.hint])
    chosen = decide(fewer, bound, effort)
    return replace(chosen, columns=tuple(kept[n] for n in chosen.columns))


def decide(choice: Choice, bound: int, effort: Effort) -> Chosen:
    """The same by CP-SAT alone, where `bound` fen is known to be what no choice can beat."""
    model = cp_model.CpModel()
    columns = choice.columns
    take = [model.new_bool_var("") for _ in columns]
    hinted = set(choice.hint)
    covering: dict[int, list[cp_model.IntVar]] = {visit: [] for visit in choice.left_out_fen}
    shifts: list[list[cp_model.IntVar]] = [[] for _ in choice.shifts]
    pieces: list[list[tuple[cp_model.IntVar, int]]] = [[] for _ in choice.limits]
    owed: list[list[tuple[cp_model.IntVar, int]]] = [[] for _ in choice.headroom]
    money: list[tuple[cp_model.IntVar, int]] = []
    for n, (variable, column) in enumerate(zip(take, columns, strict=True)):
        model.add_hint(variable, n in hinted)
        shifts[column.duty].append(variable)
        money.append((variable, column.base_fen))
        for visit in column.visits:
            if visit in covering:
                covering[visit].append(variable)
        for piece, qty in column.pieces:
            pieces[piece].append((variable, qty))
        for cap, fen in column.capped:
            owed[cap].append((variable, fen))
    hinted_visits = {visit for n in choice.hint for visit in columns[n].visits}
    for visit, variables in covering.items():
        price = choice.left_out_fen[visit]
        if price is None:
            model.add_exactly_one(variables)
            continue
        out = model.new_bool_var("")
        model.add_hint(out, visit not in hinted_visits)
        model.add_exactly_one(*variables, out)
        money.append((out, price))
    for many, variables in zip(choice.shifts, shifts, strict=True):
        if many == 1:
            model.add_exactly_one(variables)
        elif variables:
            model.add(cp_model.LinearExpr.sum(variables) <= many)
    for limit, used in zip(choice.limits, pieces, strict=True):
        if used:
            model.add(_sum(used) <= limit)
    for room, debts in zip(choice.headroom, owed, strict=True):
        if debts:
            money.append((_under_headroom(model, choice, debts, room, hinted, take), 1))
    model.minimize(_sum(money))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = effort.seed
    solver.parameters.max_time_in_seconds = WAITING_S if effort.counted else max(0.05, effort.time_s)
    if effort.counted:
        solver.parameters.max_deterministic_time = max(0.05, effort.time_s)
    solver.parameters.cp_model_presolve = False
    solver.parameters.linearization_level = 2
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Chosen(tuple(choice.hint), choice.hint_fen, bound, False)
    chosen = tuple(n for n, variable in enumerate(take) if solver.boolean_value(variable))
    total = round(solver.objective_value)
    done = status == cp_model.OPTIMAL
    return Chosen(chosen, total, total if done else max(bound, math.ceil(solver.best_objective_bound - 1e-6)), done)


def _sum(terms: Sequence[tuple[cp_model.IntVar, int]]) -> cp_model.LinearExpr:
    return cp_model.LinearExpr.weighted_sum([variable for variable, _ in terms], [factor for _, factor in terms])


def _under_headroom(
    model: cp_model.CpModel,
    choice: Choice,
    debts: list[tuple[cp_model.IntVar, int]],
    room: int,
    hinted: set[int],
    take: Sequence[cp_model.IntVar],
) -> cp_model.IntVar:
    """What is really paid under one headroom: the debts' sum, or the headroom if that is less."""
    most = sum(fen for _, fen in debts)
    paid = model.new_int_var(0, min(room, most), "")
    if most <= room:
        model.add(paid == _sum(debts))
        return paid
    within = model.new_bool_var("")
    model.add(paid >= _sum(debts)).only_enforce_if(within)
    model.add(paid >= room).only_enforce_if(within.negated())
    chosen = {take[n].index for n in hinted}
    owes = sum(fen for variable, fen in debts if variable.index in chosen)
    model.add_hint(within, owes <= room)
    model.add_hint(paid, min(owes, room))
    return paid
