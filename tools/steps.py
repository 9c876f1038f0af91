"""A row of named, timed steps: all of them run, each is reported, one failure fails the whole."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.process import ROOT, Trouble, say


@dataclass(frozen=True, slots=True)
class Step:
    """One command. `needs` names what must be there: a missing folder fails the step instead of skipping it."""

    name: str
    command: Sequence[str | Path]
    needs: Sequence[str] = ()
    env: Callable[[], Mapping[str, str]] = lambda: os.environ


@dataclass(slots=True)
class Report:
    """What came of the steps, in the order they ran."""

    lines: list[str] = field(default_factory=list)
    failed: bool = False

    def add(self, name: str, ok: bool, seconds: float, last_line: str) -> None:
        self.failed |= not ok
        self.lines.append(f"  {'ok    ' if ok else 'FAILED'} {name:<10} {seconds:7.1f} s  {last_line}")


def run_steps(steps: Sequence[Step]) -> int:
    """0 when every step passed, 1 otherwise; the summary stands at the end of the output."""
    report = Report()
    for step in steps:
        say(f"\n== {step.name} ==")
        began = time.monotonic()
        ok, last_line = _run(step)
        report.add(step.name, ok, time.monotonic() - began, last_line)
    say("\n== summary ==")
    for line in report.lines:
        say(line)
    return int(report.failed)


def _run(step: Step) -> tuple[bool, str]:
    """Whether the step passed, and the last thing it said (for pytest: its closing line)."""
    missing = [name for name in step.needs if not (ROOT / name).exists()]
    if missing:
        say(f"nothing to run: {', '.join(missing)} is missing")
        return False, f"{', '.join(missing)} is missing"
    try:
        env = step.env()
    except Trouble as trouble:
        say(str(trouble))
        return False, str(trouble).splitlines()[0]
    last_line = ""
    with subprocess.Popen(
        [str(word) for word in step.command],
        cwd=ROOT,
        env=dict(env),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            last_line = line.strip() or last_line
    return process.returncode == 0, last_line.strip("= ")
