"""Cells, sittings and queues: each cell runs in a process of its own, bound to its core, and is kept as a file (R8).

A sitting is all cells of one instance, whose methods take turns so that a noisy minute hits all of them. With two
cores two sittings run at once; a cell that needs both cores runs alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias

from bench.cells import RESULTS, Bar, cell

BENCH: Final = "engine"
START_S: Final = 3.0  # what starting a process and reading an instance takes
PATIENCE_S: Final = 180.0  # over three times its time a cell is given up

Result: TypeAlias = dict[str, Any]
Results: TypeAlias = Mapping[str, Result]


@dataclass(frozen=True, slots=True)
class Cell:
    """One measurement: `method` on `instance` with a seed for `seconds`, by calling "package.module:function"."""

    part: str
    instance: str
    method: str
    seconds: float
    seed: int
    call: str
    words: Mapping[str, Any]
    cores: int = 1

    @property
    def name(self) -> str:
        """Where its result is kept."""
        return f"{self.part}/{self.instance}/{self.method.replace(' ', '-')}-{self.seconds:g}s-{self.seed}"

    @property
    def sitting(self) -> tuple[str, str]:
        """What it is measured in one go with."""
        return self.part, self.instance


@dataclass(frozen=True, slots=True)
class Asked:
    """What the person at the keyboard wants."""

    short: bool = False
    instances: Path | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a part says in the end: tables in Markdown, each under a sentence, and its bars."""

    tables: tuple[tuple[str, str], ...] = ()
    bars: Mapping[str, Bar] = field(default_factory=dict)


class Part(Protocol):
    """One module of `bench.engine.parts`."""

    def cells(self, asked: Asked) -> list[Cell]:
        """What is to be measured, the methods of one instance next to each other."""

    def shown(self, cells: Sequence[Cell], results: Results) -> Shown:
        """Tables and bars from those cells whose results, by name, are there."""


class CellFailed(RuntimeError):
    """A measurement whose process broke; it is tried anew in the next run."""


def kept(name: str) -> Result | None:
    """What an earlier run found for this cell."""
    path = RESULTS / BENCH / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else None


def still_to_do(cells: Iterable[Cell]) -> list[Cell]:
    """The cells that no earlier run has measured."""
    return [one for one in cells if not (RESULTS / BENCH / f"{one.name}.json").exists()]


def takes_s(cells: Iterable[Cell], cores: int) -> float:
    """About how long these cells take on so many cores."""
    alone = shared = 0.0
    for one in cells:
        if one.cores > 1 or cores == 1:
            alone += one.seconds + START_S
        else:
            shared += one.seconds + START_S
    return alone + shared / cores


def measure(cells: Sequence[Cell], cores: Sequence[int], say: Callable[[str], None]) -> list[str]:
    """Runs every cell that is not there yet, part by part; returns what failed, by name, with the last line it said."""
    failed: list[str] = []
    waiting = deque(_sittings([one for one in cells if one.cores == 1]))

    def run(one: Cell, on: Sequence[int]) -> None:
        began = time.monotonic()
        try:
            cell(BENCH, one.name, lambda: _measured(one, on))
            say(f"{one.name}  {time.monotonic() - began:.1f} s")
        except CellFailed as error:
            failed.append(f"{one.name}: {error}")
            say(failed[-1])

    def queue(core: int) -> None:
        while waiting:
            try:
                sitting = waiting.popleft()
            except IndexError:
                return
            for one in sitting:
                run(one, [core])

    for one in still_to_do(cells):
        if one.cores > 1:
            run(one, sorted(os.sched_getaffinity(0))[: one.cores])
    threads = [threading.Thread(target=queue, args=(core,)) for core in cores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


def _sittings(cells: Iterable[Cell]) -> list[list[Cell]]:
    """The cells by sitting: the parts in their order, in each the longest first, so that the last ones end together."""
    found: dict[tuple[str, str], list[Cell]] = {}
    parts: dict[str, int] = {}
    for one in still_to_do(cells):
        found.setdefault(one.sitting, []).append(one)
        parts.setdefault(one.part, len(parts))
    return sorted(found.values(), key=lambda sitting: (parts[sitting[0].part], -takes_s(sitting, 1)))


def _measured(one: Cell, on: Sequence[int]) -> Result:
    """The cell's answer from a process that may use these cores and one thread each, with its peak of memory."""
    command = [sys.executable, "-m", "bench.engine.child", one.call, json.dumps(one.words)]
    bound = ["taskset", "-c", ",".join(map(str, on)), *command]
    threads = {name: "1" for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    with subprocess.Popen(
        bound, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **threads}
    ) as process:
        watch = MemoryWatch(process.pid) if one.cores > 1 else None
        try:
            said, moaned = process.communicate(timeout=3 * one.seconds + PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise CellFailed("no answer in time") from None
        finally:
            peak_mb = watch.end() if watch else None
    if process.returncode:
        raise CellFailed((moaned.strip().splitlines() or [f"ended with {process.returncode}"])[-1])
    result: Result = json.loads(said.splitlines()[-1])
    return result if peak_mb is None else {**result, "peak_mb": peak_mb}


class MemoryWatch:
    """The most memory a process and its children held at once, shared pages counted once (PSS), in megabytes."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak_kb = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> int:
        """Stops looking; the peak."""
        self._over.set()
        self._thread.join()
        return self._peak_kb // 1024

    def _look(self) -> None:
        while not self._over.wait(0.2):
            self._peak_kb = max(self._peak_kb, sum(map(_pss_kb, _family(self._pid))))


def _family(pid: int) -> list[int]:
    """The process and everything that its threads and theirs have started."""
    found = [pid]
    for one in found:
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            with contextlib.suppress(OSError):  # it has just ended
                found.extend(map(int, children.read_text().split()))
    return found


def _pss_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
