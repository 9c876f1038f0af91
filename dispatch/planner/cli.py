"""`flask plan`: a planning task from a file solved as production would, so that a bad morning can be replayed (house §5)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from app.kernel.money import format_yuan
from app.web.policy import operator
from dispatch.planner.settings import SOLVE_SECONDS
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.codec import BadForm
from dispatch.planner.solver.intake import ProblemRefused
from dispatch.planner.solver.plan import Notes, Plan, Remedy, Unassigned
from dispatch.planner.solver.problem import Problem
from dispatch.planner.solver.territories import solve_in_processes
from dispatch.planner.words import WORDS

__all__ = ["plan_file"]


@click.command("plan")
@click.option("--problem", "source", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--seconds", default=int(SOLVE_SECONDS), show_default=True, type=click.IntRange(1, 3600))
@click.option("--seed", default=1, show_default=True, type=click.IntRange(min=0))
@click.option("--out", "target", type=click.Path(dir_okay=False, path_type=Path), help="Where the plan goes, as JSON.")
@operator
def plan_file(source: Path, seconds: int, seed: int, target: Path | None) -> None:
    """Solve the planning task in a file; print its cost by term and what is left out. 求解文件中的派单问题。"""
    try:
        plan = solve_in_processes(Problem.from_json(source.read_bytes()), Budget(time_s=seconds, seed=seed))
    except BadForm as error:
        raise click.ClickException(f"{source.name}: {_both(error.code, **error.data)}") from error
    except ProblemRefused as error:
        faults = "; ".join(f"{one.ref} {one.field} {one.fault}" for one in error.findings)
        raise click.ClickException(f"{source.name}: {faults}") from error
    if target is not None:
        target.write_text(plan.to_json(), encoding="utf-8")
    for line in _told(plan):
        click.echo(line)


def _told(plan: Plan) -> Iterator[str]:
    stops = sum(1 for route in plan.routes for stop in route.stops if stop.kind == "visit")
    yield f"{stops} visits on {len(plan.routes)} routes, {len(plan.unassigned)} left out"
    for term, fen in plan.cost.by_term().items():
        yield f"{format_yuan(fen):>16}  {_both(f'planner.term.{term}')}"
    yield f"{format_yuan(plan.cost.total):>16}  合计 total"
    for left in plan.unassigned:
        yield _left_out(left)
    yield from _notes(plan.notes, plan.cost.total)


def _left_out(left: Unassigned) -> str:
    detail = ", ".join(f"{name} {value}" for name, value in left.detail.items())
    reason = _both(f"planner.reason.{left.reason}") + (f" ({detail})" if detail else "")
    return f"{left.visit}: {reason}" + ("" if left.remedy is None else f" → {_cure(left.remedy)}")


def _cure(remedy: Remedy) -> str:
    price = "" if remedy.extra_fen is None else f" {format_yuan(remedy.extra_fen)}"
    cures = [str(remedy.cure), *([remedy.detail["also"]] if "also" in remedy.detail else [])]
    named = " + ".join(_both(f"planner.cure.{cure}") for cure in cures)
    return named + price + ("" if remedy.engineer is None else f" {remedy.engineer}")


def _notes(notes: Notes, total_fen: int) -> Iterator[str]:
    yield f"{notes.method}, seed {notes.seed}, {notes.rounds} rounds, {notes.elapsed_ms} ms"
    yield f"pool {notes.pool} routes, set partitioning gained {format_yuan(notes.partition_gain_fen)}"
    if notes.greedy_fen is not None:
        yield f"simple plan {format_yuan(notes.greedy_fen)}"
    if notes.bound_fen is not None:
        yield f"proven bound {format_yuan(notes.bound_fen)}, gap {format_yuan(total_fen - notes.bound_fen)}"
    elif notes.pool_bound_fen is not None:
        yield f"bound of the routes seen {format_yuan(notes.pool_bound_fen)}"
    if notes.fell_back is not None:
        yield _both(f"planner.fell_back.{notes.fell_back}")


def _both(code: str, **data: object) -> str:
    """A sentence in both languages, as the operator's commands speak."""
    zh, en = WORDS[code]
    return f"{zh} {en}".format_map(data)
