"""What a Valhalla says of the roads, over HTTP (R7). Only the configured host is asked, and nothing it says is trusted.

Tried with 3.9.1 (`tools/valhalla_grid.py`).
`POST /sources_to_targets` with `verbose: false` answers two tables, seconds and kilometres; null where no road leads.
"""

from __future__ import annotations

import json
import math
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.geo.rules import Position
from app.web.outgoing import opener

Cells = NDArray[np.int32]

#: A cell nobody has told yet, and one of which the engine said that no road leads there.
UNTOLD, NO_ROAD = -1, -2
#: Far more than any drive; a cell beyond it is nonsense.
MOST_S, MOST_M = 10**7, 10**8
#: How far from a road a place may lie; Valhalla would quietly move it 35 km otherwise.
OFF_ROAD_M = 2000
#: Locations that cannot be served: unconnected, no road near, too far apart, too many for the service's limits.
ABOUT_THE_PLACES = frozenset({150, 154, 170, 171})


class RoadsAway(Exception):
    """The service cannot be reached, took too long, or answered what no Valhalla answers."""


class PlacesRefused(Exception):
    """The service is well, but one of these places cannot be served."""


@dataclass(frozen=True, slots=True)
class Drives:
    """Seconds and metres from each source (row) to each target (column); UNTOLD or NO_ROAD where nothing is known."""

    seconds: Cells
    metres: Cells


class Valhalla:
    """A Valhalla at `base`; every call ends within about `timeout_s`."""

    def __init__(self, base: str, *, timeout_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._base, self._timeout_s, self._clock = base.rstrip("/"), timeout_s, clock

    def drives(self, sources: Sequence[Position], targets: Sequence[Position]) -> Drives:
        """The table of driving without traffic. Raises RoadsAway or PlacesRefused."""
        asked = {"sources": _spots(sources), "targets": _spots(targets), "costing": "auto", "verbose": False}
        room = 64 * len(sources) * len(targets) + 65_536
        answer = self._call("/sources_to_targets", json.dumps(asked).encode(), room)
        tables = answer.get("sources_to_targets") if isinstance(answer, dict) else None
        if not isinstance(tables, dict) or answer.get("units", "kilometers") != "kilometers":
            raise RoadsAway("no table in kilometres")
        shape = (len(sources), len(targets))
        return _together(
            _cells(tables.get("durations"), shape, 1, MOST_S), _cells(tables.get("distances"), shape, 1000, MOST_M)
        )

    def off_road(self, places: Sequence[Position]) -> list[bool]:
        """Which of these places have no road near. Raises RoadsAway."""
        asked = {"locations": _spots(places), "costing": "auto", "verbose": False}
        answer = self._call("/locate", json.dumps(asked).encode(), 65_536 + 65_536 * len(places))
        if (
            not isinstance(answer, list)
            or len(answer) != len(places)
            or not all(isinstance(one, dict) for one in answer)
        ):
            raise RoadsAway("places of another number")
        return [not one.get("edges") for one in answer]

    def stands(self) -> None:
        """Nothing while the service answers. Raises RoadsAway."""
        if not isinstance(self._call("/status", None, 65_536), dict):
            raise RoadsAway("no status")

    def _call(self, path: str, body: bytes | None, room: int) -> Any:
        """The JSON answered, of at most `room` bytes."""
        request = urllib.request.Request(self._base + path, data=body)  # noqa: S310 - http(s) by configuration
        request.add_header("Content-Type", "application/json")
        until = self._clock() + self._timeout_s
        try:
            with opener().open(request, timeout=self._timeout_s) as answer:
                return json.loads(self._read(answer, room, until))
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 400 and _error_code(error.read(4096)) in ABOUT_THE_PLACES:
                    raise PlacesRefused() from error
            raise RoadsAway(f"HTTP {error.code}") from error
        except (OSError, HTTPException, ValueError, RecursionError) as error:
            raise RoadsAway(f"{type(error).__name__}: {error}") from error

    def _read(self, answer: Any, room: int, until: float) -> bytes:
        """The body, unless it is too long or drips in too slowly: a socket's own time-out only judges each drop."""
        found = bytearray()
        while piece := answer.read1(65_536):
            found += piece
            if len(found) > room:
                raise ValueError("answer too long")
            if self._clock() > until:
                raise TimeoutError("answer too slow")
        return bytes(found)


def _spots(places: Sequence[Position]) -> list[dict[str, float]]:
    return [{"lat": place.lat, "lon": place.lon, "search_cutoff": OFF_ROAD_M} for place in places]


def _error_code(body: bytes) -> object:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return told.get("error_code") if isinstance(told, dict) else None


def _cells(table: Any, shape: tuple[int, int], scale: int, most: int) -> Cells:
    """The table as whole numbers, rounded up; null is NO_ROAD. Raises RoadsAway for anything else."""
    if not isinstance(table, list) or len(table) != shape[0]:
        raise RoadsAway("a table of another size")
    rows = [[_cell(cell, scale, most) for cell in row] for row in table if isinstance(row, list)]
    if [len(row) for row in rows] != [shape[1]] * shape[0]:
        raise RoadsAway("a table of another size")
    return np.array(rows, dtype=np.int32).reshape(shape)


def _cell(value: Any, scale: int, most: int) -> int:
    if value is None:
        return NO_ROAD
    if type(value) not in (int, float) or not 0 <= value * scale <= most:
        raise RoadsAway("a cell is no length or time")
    return math.ceil(round(value * scale, 3))


def _together(seconds: Cells, metres: Cells) -> Drives:
    """A pair is told whole or not at all."""
    lost = (seconds < 0) | (metres < 0)
    seconds[lost] = metres[lost] = NO_ROAD
    return Drives(seconds, metres)
