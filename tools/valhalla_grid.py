"""A really started Valhalla on a small made-up town, to try the road engine's client against it (R7).

    pip download pyvalhalla==3.9.1 --no-deps --only-binary=:all: --python-version 312 --platform manylinux_2_28_x86_64
    .venv/bin/python -m tools.valhalla_grid pyvalhalla-*.whl [--record tests/dispatch/travel/recorded.json]

The wheel brings the plain executables, which run without its Python. The town is 41 × 41 crossings in 10 × 10 km,
written straight as PBF, so nothing else has to be installed. Prints what was measured; `--record` keeps real answers
for the tests' stand-in. Not part of `./run test`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.geo.rules import Position
from app.web.outgoing import opener
from dispatch.travel.roads import Roads
from dispatch.travel.valhalla import OFF_ROAD_M, Valhalla

SIDE = 41
SOUTH, WEST, STEP_LAT, STEP_LON = 31.15, 121.40, 0.002246, 0.002626
#: What the stand-in is to answer as this service did: four crossings, one of them asked twice.
ASKED = [(0, 0), (0, 40), (20, 20), (40, 7)]


def varint(number: int) -> bytes:
    """A whole number >= 0 in seven-bit groups, the lowest first."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def zigzag(number: int) -> bytes:
    """A signed number, small magnitudes first."""
    return varint(number << 1 if number >= 0 else (-number << 1) - 1)


def field(number: int, value: int | bytes, *, signed: bool = False) -> bytes:
    """One field of a protocol buffer: a number, or bytes with their length."""
    if isinstance(value, int):
        return varint(number << 3) + (zigzag(value) if signed else varint(value))
    return varint(number << 3 | 2) + varint(len(value)) + value


def blob(kind: bytes, content: bytes) -> bytes:
    """One block of an OSM PBF file, uncompressed."""
    body = field(1, content)
    head = field(1, kind) + field(3, len(body))
    return len(head).to_bytes(4, "big") + head + body


def crossing(row: int, column: int) -> Position:
    """Where two streets of the town cross."""
    return Position(round(SOUTH + row * STEP_LAT, 7), round(WEST + column * STEP_LON, 7))


def town() -> bytes:
    """The town as OSM PBF: 82 streets; every tenth is a 60 km/h road, the others are 30 km/h ones."""
    words = [b"", b"highway", b"residential", b"secondary", b"maxspeed", b"30", b"60"]
    nodes = b"".join(
        field(1, field(1, row * SIDE + column + 1, signed=True)
              + field(8, round(at.lat * 1e7), signed=True) + field(9, round(at.lon * 1e7), signed=True))
        for row in range(SIDE) for column in range(SIDE) for at in [crossing(row, column)]
    )  # fmt: skip
    lines = [[row * SIDE + column + 1 for column in range(SIDE)] for row in range(SIDE)]
    lines += [[row * SIDE + column + 1 for row in range(SIDE)] for column in range(SIDE)]
    ways = b"".join(field(3, _way(number, refs, wide=number % 10 == 0)) for number, refs in enumerate(lines))
    table = b"".join(field(1, word) for word in words)
    return blob(b"OSMHeader", field(4, b"OsmSchema-V0.6")) + blob(
        b"OSMData", field(1, table) + field(2, nodes) + field(2, ways)
    )


def _way(number: int, refs: Iterable[int], *, wide: bool) -> bytes:
    deltas, before = b"", 0
    for ref in refs:
        deltas, before = deltas + zigzag(ref - before), ref
    kinds = bytes([3, 6]) if wide else bytes([2, 5])
    return field(1, number + 1) + field(2, bytes([1, 4])) + field(3, kinds) + field(8, deltas)


@contextmanager
def service(wheel: Path, folder: Path) -> Iterator[str]:
    """The address of a Valhalla that knows the town, on loopback; ended afterwards."""
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder)
    programs = folder / "valhalla" / "bin"
    for name in ("valhalla_build_tiles", "valhalla_service"):
        (programs / name).chmod(0o755)
    (folder / "tiles").mkdir()
    (folder / "town.osm.pbf").write_bytes(town())
    port, config = free_port(), folder / "valhalla.json"
    made = _run([sys.executable, str(folder / "valhalla" / "valhalla_build_config.py")])
    settings = json.loads(made)
    settings["mjolnir"] |= {"tile_dir": str(folder / "tiles"), "tile_extract": "", "traffic_extract": "",
                            "admin": "", "timezone": "", "landmarks": "", "concurrency": 1}  # fmt: skip
    ways = {name: f"ipc://{folder}/{name}" for name in ("loopback", "interrupt")}
    settings["httpd"]["service"] |= {"drain_seconds": 1, "listen": f"tcp://127.0.0.1:{port}", **ways}
    for part in ("loki", "thor", "odin", "meili"):
        settings[part].setdefault("service", {})["proxy"] = f"ipc://{folder}/{part}"
    config.write_text(json.dumps(settings))
    began = time.monotonic()
    _run([str(programs / "valhalla_build_tiles"), "-c", str(config), str(folder / "town.osm.pbf")])
    print(f"tiles built in {time.monotonic() - began:.1f} s")
    server = subprocess.Popen([str(programs / "valhalla_service"), str(config), "1"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        base = f"http://127.0.0.1:{port}"
        await_answer(base, server)
        yield base
    finally:
        server.terminate()
        server.wait(10)


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stderr[-2000:]}")
    return done.stdout


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def await_answer(base: str, server: subprocess.Popen[bytes]) -> None:
    """Returns when the service answers; raises SystemExit when it has ended or says nothing for 20 s."""
    for _ in range(200):
        try:
            opener().open(f"{base}/status", timeout=1).close()
            return
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.1)
    raise SystemExit("the service does not answer")


def ask(base: str, body: dict[str, Any], path: str = "/sources_to_targets") -> dict[str, Any]:
    """The service's answer as it came: status and JSON, errors as well."""
    request = urllib.request.Request(base + path, data=json.dumps(body).encode())  # noqa: S310 - ours, on loopback
    try:
        with opener().open(request, timeout=30) as answer:
            return {"status": answer.status, "body": json.load(answer)}
    except urllib.error.HTTPError as error:
        return {"status": error.code, "body": json.load(error)}


def record(base: str) -> dict[str, Any]:
    """Real answers: a table, one with a place at sea, one beyond the limits."""
    places = [crossing(*at) for at in ASKED]
    spots = [{"lat": at.lat, "lon": at.lon, "search_cutoff": OFF_ROAD_M} for at in places]
    sea = {"lat": 30.0, "lon": 124.0, "search_cutoff": OFF_ROAD_M}
    off_road = {"lat": SOUTH - 0.1, "lon": WEST, "search_cutoff": OFF_ROAD_M}
    far = {"lat": SOUTH + 5, "lon": WEST, "search_cutoff": OFF_ROAD_M}
    tables = {
        "table": (spots, spots),
        "at_sea": (spots[:1], [spots[1], sea]),
        "off_road": (spots[:1], [spots[1], off_road]),
        "too_far": (spots[:1], [far]),
        "too_many": (spots[:1] * 51, spots[:1] * 51),
    }
    answers = {
        name: ask(base, {"sources": sources, "targets": targets, "costing": "auto", "verbose": False})
        for name, (sources, targets) in tables.items()
    }
    answers["located"] = ask(base, {"locations": [spots[1], sea], "costing": "auto", "verbose": False}, "/locate")
    return {"places": [[at.lat, at.lon] for at in places], **answers}


def measure(base: str) -> None:
    """Prints what a plan of 100 and of 300 places would wait for, cold and warm, through the product's own client."""
    chance = random.Random(7)  # noqa: S311 - streets drawn for a measurement
    sea = Position(SOUTH - 0.5, WEST)
    for count in (100, 300):
        spots = {crossing(chance.randrange(SIDE), chance.randrange(SIDE)) for _ in range(count * 2)}
        places = [*sorted(spots, key=lambda at: (at.lat, at.lon))[: count - 1], sea]
        roads = Roads(Valhalla(base, timeout_s=10.0))
        for when in ("cold", "warm"):
            began = time.monotonic()
            found = roads.drives(places, patience_s=120.0)
            missing = int((found.seconds < 0).sum())
            print(
                f"{count} places, one at sea, {when}: {time.monotonic() - began:.2f} s, {missing} cells without a road"
            )


def main() -> None:
    """Build, start, measure, record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--record", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, service(given.wheel, Path(folder)) as base:
        measure(base)
        if given.record:
            given.record.write_text(json.dumps(record(base), indent=1) + "\n")
            print(f"recorded: {os.path.relpath(given.record)}")


if __name__ == "__main__":
    main()
