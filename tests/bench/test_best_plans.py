"""The cheapest plans on file are what fsbench's own checker says they are (R8)."""

from __future__ import annotations

import json

import pytest

from bench.engine import best, fs

LISTED = {name: kept for name, kept in json.loads(best.FILE.read_text()).items() if isinstance(kept, dict)}
PLANS = sorted((fs.FOLDER / "best").glob("*.plan.json"))


def test_there_is_a_plan_for_every_size() -> None:
    assert {path.name.split("-")[0] for path in PLANS} == {"fs50", "fs200", "fs1000", "fs5000"}


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.name.removesuffix(".plan.json"))
def test_a_kept_plan_is_legal_and_costs_what_is_listed(path) -> None:
    name = path.name.removesuffix(".plan.json")
    verdict = fs.judge(fs.instance(name), json.loads(path.read_text()))
    assert verdict.errors == ()
    assert verdict.cents == LISTED[name]["plan"]
    assert LISTED[name]["seen"] <= LISTED[name]["plan"]
