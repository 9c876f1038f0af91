"""A stand-in for Valhalla on loopback that answers as a real 3.9.1 did (recorded.json, by tools/valhalla_grid.py)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from app.geo.rules import Position
from dispatch.travel import api

RECORDED: dict[str, Any] = json.loads(Path(__file__).with_name("recorded.json").read_text())
PLACES = [Position(lat, lon) for lat, lon in RECORDED["places"]]
SECONDS = RECORDED["table"]["body"]["sources_to_targets"]["durations"]
KILOMETRES = RECORDED["table"]["body"]["sources_to_targets"]["distances"]

#: A question's body to (status, headers, body).
Answer = tuple[int, dict[str, str], bytes]
Manner = Callable[[dict[str, Any]], Answer]


def as_recorded(asked: dict[str, Any]) -> Answer:
    """The recorded cells of the places asked for; a place that was not recorded is refused as one at sea was."""
    rows = [[_number(spot) for spot in asked[side]] for side in ("sources", "targets")]
    if None in rows[0] + rows[1]:
        return _json(RECORDED["at_sea"]["status"], RECORDED["at_sea"]["body"])
    tables = {
        name: [[cells[row][column] for column in rows[1]] for row in rows[0]]
        for name, cells in (("durations", SECONDS), ("distances", KILOMETRES))
    }
    return _json(200, {**RECORDED["table"]["body"], "sources_to_targets": tables})


def located(asked: dict[str, Any]) -> Answer:
    """Of each place what was recorded of one on the road, or of one at sea."""
    on_road, at_sea = RECORDED["located"]["body"]
    return _json(200, [at_sea if _number(spot) is None else on_road for spot in asked["locations"]])


def _number(spot: dict[str, float]) -> int | None:
    near = [n for n, at in enumerate(PLACES) if abs(at.lat - spot["lat"]) + abs(at.lon - spot["lon"]) < 0.0002]
    return near[0] if near else None


def _json(status: int, body: Any) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(body).encode()


def saying(tables: Any, status: int = 200, **other: Any) -> Manner:
    """Answers these tables whatever was asked."""
    return lambda asked: _json(status, {"units": "kilometers", "sources_to_targets": tables, **other})


def plain(body: bytes, status: int = 200, **headers: str) -> Manner:
    """Answers these bytes whatever was asked."""
    return lambda asked: (status, headers, body)


def slowly(seconds: float) -> Manner:
    """The recorded answer, too late."""

    def answer(asked: dict[str, Any]) -> Answer:
        time.sleep(seconds)
        return as_recorded(asked)

    return answer


def half_null(asked: dict[str, Any]) -> Answer:
    """The recorded answer, every second cell null."""
    status, headers, body = as_recorded(asked)
    told = json.loads(body)
    for cells in told["sources_to_targets"].values():
        for row, line in enumerate(cells):
            line[:] = [None if (row + column) % 2 else cell for column, cell in enumerate(line)]
    return status, headers, json.dumps(told).encode()


class StandIn:
    """What was asked so far, and the manner of answering, which a test may change."""

    def __init__(self, base: str) -> None:
        self.base, self.manner = base, as_recorded
        self.asked: list[dict[str, Any]] = []
        self.located: list[dict[str, Any]] = []
        self.finder = located
        self.statuses = 0

    @property
    def cells(self) -> int:
        """How many drives were asked for in all."""
        return sum(len(one["sources"]) * len(one["targets"]) for one in self.asked)


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """A stand-in at work; gone afterwards."""
    held: list[StandIn] = []

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/locate":
                held[0].located.append(asked)
                self._say(*held[0].finder(asked))
                return
            held[0].asked.append(asked)
            self._say(*held[0].manner(asked))

        def do_GET(self) -> None:
            held[0].statuses += 1
            self._say(*held[0].manner({"sources": [], "targets": []}))

        def _say(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        server.daemon_threads = True
        held.append(StandIn(f"http://127.0.0.1:{server.server_port}"))
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield held[0]
        finally:
            server.shutdown()


@contextmanager
def road_engine(house: Any, url: str) -> Iterator[None]:
    """The house with the road engine at this address, and with a process that has heard nothing yet."""
    was = house.extensions["settings"]
    house.extensions["settings"] = replace(was, roads_url=url)
    api._named.cache_clear()
    try:
        yield
    finally:
        house.extensions["settings"] = was
        api._named.cache_clear()
