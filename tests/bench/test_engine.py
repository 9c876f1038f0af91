"""The benchmark's own machinery: rivals judged alike, cells kept and resumed, tables between their markers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import bench.cells
from bench.cells import Bar
from bench.engine import best, frame, fuzz, report, runs
from bench.engine.frame import Cell, Shown
from bench.engine.fs import instance, problem_of
from bench.engine.parts import core, large, rich, vrptw
from bench.engine.peers.plain import CannotExpress, Seen, best_by, plain
from dispatch.planner.solver.budget import Budget
from dispatch.planner.solver.checker import violations
from dispatch.planner.solver.solve import solve


@pytest.mark.parametrize("peer", runs.PEERS)
def test_every_rival_plans_the_common_subset_and_its_plan_is_judged_by_fsbench(peer: str) -> None:
    result = runs.fs_peer(instance="fs50-core-s1", peer=peer, seconds=0.5, seed=1, marks=[0.1, 60.0])
    assert result["feasible"], result["errors"]
    assert result["left_out"] == 0
    assert result["curve"]["60"] == result["cents"] < 100_000


def test_rivals_are_not_asked_what_they_cannot_say() -> None:
    with pytest.raises(CannotExpress):
        plain(problem_of(instance("fs50-s1")))


def test_a_rival_is_judged_by_what_it_had_at_the_mark() -> None:
    seen = [Seen(0.5, {0: [1]}), Seen(1.5, {0: [2]}), Seen(4.0, {0: [3]})]
    assert best_by(seen, 0.1) is None
    assert best_by(seen, 2.0) is seen[1]


def test_methods_of_one_instance_take_turns_in_one_sitting() -> None:
    cells = core._sitting("fs200-core-s1", (1.0, 20.0), (1, 2))
    first = [cell.method for cell in cells[:6]]
    assert len({cell.sitting for cell in cells}) == 1
    assert first[0] == "engine"
    assert first[1] != "engine"
    assert len({cell.name for cell in cells}) == len(cells)


def _answer(words: dict[str, object]) -> Cell:
    return Cell("test", "fs50-s1", "engine", 0.1, 1, "tests.bench.test_engine:answer", words)


def answer(**words: object) -> dict[str, object]:
    """What a cell's process does in these tests."""
    if words.get("fail"):
        raise RuntimeError("broken on purpose")
    return dict(words)


def test_a_cell_is_measured_once_and_kept_as_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench.cells, "RESULTS", tmp_path)
    monkeypatch.setattr(frame, "RESULTS", tmp_path)
    said: list[str] = []
    cell = _answer({"value": 7})
    assert frame.measure([cell], [0], said.append) == []
    assert frame.kept(cell.name) == {"value": 7}
    assert frame.still_to_do([cell]) == []
    assert frame.measure([cell], [0], said.append) == []
    assert len(said) == 1


def test_a_cell_that_breaks_is_told_and_tried_again_next_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench.cells, "RESULTS", tmp_path)
    monkeypatch.setattr(frame, "RESULTS", tmp_path)
    cell = _answer({"fail": True})
    failed = frame.measure([cell], [0], lambda line: None)
    assert failed == [f"{cell.name}: RuntimeError: broken on purpose"]
    assert frame.still_to_do([cell]) == [cell]


def test_the_best_known_is_lowered_by_a_cheaper_legal_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(best, "FILE", tmp_path / "best-known.json")
    monkeypatch.setattr(best.fs, "FOLDER", tmp_path)
    (tmp_path / "best").mkdir()
    best.FILE.write_text('{"note": "x", "fs50-s1": {"seen": 100, "plan": 105}}')
    cells = [Cell("rich", "fs50-s1", "engine", 1.0, seed, "", {}) for seed in (1, 2, 3)]
    results = {
        cells[0].name: {"feasible": False, "cents": 90, "plan": {"routes": []}},
        cells[1].name: {"feasible": True, "cents": 103, "plan": {"routes": [3]}},
        cells[2].name: {"feasible": True, "cents": 99, "plan": {"routes": [1]}},
    }
    assert best.known("fs50-s1", cells[:2], results) == 100
    assert best.known("fs50-s1", cells, results) == 99
    assert best.update(cells, results) == ["fs50-s1: 100 -> 99"]
    assert json.loads(best.FILE.read_text())["fs50-s1"] == {"seen": 99, "plan": 99}
    assert (tmp_path / "best" / "fs50-s1.plan.json").read_text() == '{"routes":[1]}\n'
    assert best.update(cells, results) == []


@pytest.fixture
def lowest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was known before the run, whatever the file says today."""
    monkeypatch.setattr(best, "FILE", tmp_path / "best-known.json")
    best.FILE.write_text('{"fs50-s1": {"seen": 61584}, "fs5000-s1": {"seen": 7600583}}')


def _result(cents: int, **more: object) -> dict[str, object]:
    notes = {"rounds": 9, "pool": 5, "partition_gain_fen": 10, "pool_bound_fen": cents - 5, "bound_fen": None}
    plan: dict[str, object] = {"feasible": True, "cents": cents, "fen": cents, "violations": 0, "notes": notes}
    return plan | {"left_out": 0, "on_time_4h": 100.0, "on_time_12h": 100.0} | more


@pytest.mark.usefixtures("lowest")
def test_the_rich_bars_look_at_the_worst_instance_and_at_every_mark() -> None:
    cells = rich._sitting("fs50-s1", 10.0, (1.0,), (1, 2, 3), (1,))
    prices = {("engine", 10.0, 1): 61584, ("engine", 10.0, 2): 62000, ("engine", 10.0, 3): 65000}
    prices |= {("engine", 1.0, 1): 70000, ("OR-Tools routing", 1.0, 1): 69000, ("OR-Tools routing", 10.0, 1): 68000}
    results = {c.name: _result(p) for c in cells if (p := prices.get((c.method, c.seconds, c.seed)))}
    bars = rich.shown(cells, results).bars
    assert bars["rich_median_gap"] == Bar(0.68, 2.0, True)
    assert bars["rich_worst_gap"] == Bar(5.55, 4.0, False)
    assert bars["rich_times_a_rival_is_cheaper"] == Bar(1, 0, False)
    assert bars["rich_illegal_plans"].met


def test_the_common_subset_asks_for_the_cheapest_on_each_instance() -> None:
    assert core.beside_the_best({"engine": {1.0: [9], 20.0: [100]}, "PyVRP": {20.0: [105]}}) == pytest.approx(100 / 105)
    assert core.beside_the_best({"engine": {20.0: [100]}}) is None


@pytest.mark.usefixtures("lowest")
def test_a_large_plan_is_measured_by_price_time_promises_and_memory() -> None:
    cells = [large._cell("fs5000-s1", 60.0)]
    got = _result(7_700_000, first_plan_s=8.0, peak_mb=1500, elapsed_s=59.9, on_time_4h=98.4)
    bars = large.shown(cells, {cells[0].name: got}).bars
    missed = [name for name, bar in bars.items() if not bar.met]
    assert missed == ["fs5000-s1_on_time_4h"]


def test_without_a_folder_the_public_instances_are_left_away() -> None:
    assert vrptw.cells(frame.Asked()) == []
    assert [vrptw.customers(name) for name in ("R101", "RC2_2_5", "R1_10_1")] == [100, 200, 1000]


def test_tables_go_between_the_markers_and_nothing_else_changes(tmp_path: Path) -> None:
    document = tmp_path / "engine.md"
    document.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    (tmp_path / "plots").mkdir()
    (tmp_path / "plots" / "core-over-time.svg").touch()
    report.write({"rich": Shown((("Title", "| a |"),), {"some_bar": Bar(1.5, 2, True)})}, document)
    text = document.read_text()
    assert text.startswith(f"before\n{report.BEGIN}\n")
    assert text.endswith(f"{report.END}\nafter\n")
    assert "](plots/core-over-time.svg)" in text
    assert "rich-over-time" not in text  # a page shows no picture that was not drawn
    assert "| some bar | 1.5 | 2 | yes |" in text
    assert "**Title**" in text
    assert "old" not in text
    (tmp_path / "bare.md").write_text("nothing")
    with pytest.raises(ValueError, match="no place"):
        report.write({}, tmp_path / "bare.md")


def test_a_day_that_went_on_is_still_a_legal_problem_with_its_work_pinned() -> None:
    data = problem_of(instance("fs50-s2"))
    plan = solve(data, Budget(time_s=5.0, rounds=5))
    later = fuzz.after(data, plan, data.now_s + 5400)
    begun = {stop.ref for route in plan.routes for stop in route.stops if stop.ref and stop.start_s <= later.now_s}
    kept = {visit.id: visit for visit in later.visits}
    assert any(visit.pin and visit.pin.start_s is not None for visit in later.visits)
    assert all(name not in kept or kept[name].pin is not None for name in begun if name.startswith("V"))
    assert violations(later, solve(later, Budget(time_s=5.0, rounds=5))) == []
