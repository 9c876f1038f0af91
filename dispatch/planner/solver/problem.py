"""What is to be planned, as frozen whole numbers: the one form in which the world reaches the engine (house §5, R1-R3).

Units: instants and spans are seconds since `horizon_start`, way is metres, money is fen, stock is whole stocking
units. Ids are opaque text. Spans of time are inclusive at both ends, because a window says when service may *begin*.
Everything couples through this form only: another search behind `solve` needs no change here.
"""

from __future__ import annotations

import base64
import sys
import zlib
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from dispatch.planner.solver import codec
from dispatch.planner.solver.codec import BadForm

READABLE: Final = 24  # matrices up to this many places are written as rows, so that a test file can be read
FAR: Final = 2**31 - 1  # the largest cell; a pair that no road joins carries it
UNDER_WAY: Final = (0, 0)  # the turn of work under way: before all stops that somebody is bound for


@dataclass(frozen=True, slots=True)
class Matrix:
    """A square table of whole numbers >= 0, row-major 32-bit little-endian, so that numpy reads it in place."""

    size: int
    cells: bytes

    @staticmethod
    def of(rows: Sequence[Sequence[int]]) -> Matrix:
        """The matrix with these rows; raises BadForm for cells that are negative, fractional, NaN or too large."""
        flat = [cell for row in rows for cell in row]
        if any(len(row) != len(rows) for row in rows):
            raise BadForm("matrix", "not square")
        if any(type(cell) is not int or not 0 <= cell <= FAR for cell in flat):
            raise BadForm("matrix", "a cell is no whole number from 0 up")
        return Matrix(len(rows), _little(array("i", flat)).tobytes())

    def rows(self) -> list[list[int]]:
        """The cells as lists, for code without numpy."""
        flat = array("i")
        flat.frombytes(self.cells)
        flat = _little(flat)
        return [flat[start : start + self.size].tolist() for start in range(0, len(flat), self.size or 1)]

    def cell(self, row: int, column: int) -> int:
        """One number of the table."""
        start = 4 * (row * self.size + column)
        return int.from_bytes(self.cells[start : start + 4], "little")

    def to_plain(self) -> Any:
        """Readable rows when small, packed text when large."""
        if self.size <= READABLE:
            return self.rows()
        return {"size": self.size, "packed": base64.b64encode(zlib.compress(self.cells, 6)).decode("ascii")}

    @staticmethod
    def from_plain(tree: Any, path: str) -> Matrix:
        """The matrix that `to_plain` wrote; raises BadForm for anything else."""
        if isinstance(tree, list) and all(isinstance(row, list) for row in tree):
            try:
                return Matrix.of(tree)
            except BadForm as error:
                raise BadForm(path, str(error.data["why"])) from error
        if not isinstance(tree, dict) or set(tree) != {"size", "packed"} or type(tree["size"]) is not int:
            raise BadForm(path, "not a matrix")
        size = tree["size"]
        if not 0 <= size <= 20_000:
            raise BadForm(path, "matrix too large")
        try:
            unpack = zlib.decompressobj()
            cells = unpack.decompress(base64.b64decode(tree["packed"], validate=True), size * size * 4 + 1)
        except (ValueError, TypeError, zlib.error) as error:
            raise BadForm(path, "matrix damaged") from error
        matrix = Matrix(size, cells)
        matrix.check(path)
        return matrix

    def check(self, path: str) -> None:
        """Raises BadForm when the bytes are not `size` × `size` numbers from 0 up."""
        if type(self.size) is not int or type(self.cells) is not bytes:
            raise BadForm(path, "not a matrix")
        if len(self.cells) != self.size * self.size * 4:
            raise BadForm(path, "matrix of another size")
        flat = array("i")
        flat.frombytes(self.cells)
        if flat and min(_little(flat)) < 0:
            raise BadForm(path, "a cell is negative")


def _little(flat: array[int]) -> array[int]:
    if sys.byteorder == "big":
        flat = array("i", flat)
        flat.byteswap()
    return flat


@dataclass(frozen=True, slots=True)
class TravelBand:
    """From `from_s` on (by the moment of setting off) driving times are those of `Travel.seconds[profile]`."""

    from_s: int
    profile: int


@dataclass(frozen=True, slots=True)
class Travel:
    """Driving between places 0..n-1: one table of metres, one table of seconds per time-of-day profile.

    `bands` are in rising order; before the first one its profile holds. A profile may serve many bands, so a horizon
    of several days repeats no table. `estimated` counts the drives that a road engine should have told and did not:
    nothing is reckoned from it, it is there to be said aloud (R7).
    """

    metres: Matrix
    seconds: tuple[Matrix, ...]
    bands: tuple[TravelBand, ...] = (TravelBand(0, 0),)
    estimated: int = 0


@dataclass(frozen=True, slots=True)
class Rates:
    """Prices of moving and of long days, in fen; `courier_fen` (a piece brought to the site) only prices a remedy."""

    travel_fen_h: int
    distance_fen_km: int
    overtime_fen_h: int
    courier_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """A rest of `duration_s` that begins between `earliest_s` and `latest_s`; driving may be interrupted for it.

    It is due on a shift whose engineer is free by `latest_s` and whose route ends after `latest_s`.
    """

    earliest_s: int
    latest_s: int
    duration_s: int


@dataclass(frozen=True, slots=True)
class Shift:
    """One stretch of duty, which is one route: from a place (home, or where he is now) to a place, or to anywhere.

    `on_call_fen` is paid once if the shift gets any stop. With `standby` set the engineer is held for that assurance
    period (D11): he serves only its visits, and frozen work.
    """

    start_s: int
    end_s: int
    start_location: int
    end_location: int | None = None
    max_overtime_s: int = 0
    breaks: tuple[Break, ...] = ()
    on_call_fen: int = 0
    standby: str | None = None


@dataclass(frozen=True, slots=True)
class Skill:
    """What an engineer holds of one skill; valid while service begins at or before `expires_s`."""

    level: int
    expires_s: int | None = None


@dataclass(frozen=True, slots=True)
class Engineer:
    """One person with a van. `van` counts only pieces free for planning, shared by all his shifts.

    He sets off no earlier than `available_from_s`, after work under way too (that is where an overrun is told).
    """

    id: str
    shifts: tuple[Shift, ...]
    available_from_s: int = 0
    skills: Mapping[str, Skill] = field(default_factory=dict)
    van: Mapping[str, int] = field(default_factory=dict)
    territory: str | None = None


class Counting(StrEnum):
    """How late time becomes money: every unit begun, every unit complete, or in proportion."""

    started = "started"
    full = "full"
    linear = "linear"


@dataclass(frozen=True, slots=True)
class LatePrice:
    """A penalty clause compiled to whole numbers (E11): nothing up to and including `grace_s`, else fixed + units.

    Grace is a threshold, never a deduction. `cap_fen` is what is left for this visit alone; `cap` names a headroom
    in `Problem.caps` shared by every visit of a contract. `agreed` is false where no penalty is agreed and the
    figure is only the level's weight.
    """

    fixed_fen: int = 0
    per_unit_fen: int = 0
    unit_s: int = 3600
    counting: Counting = Counting.started
    grace_s: int = 0
    cap_fen: int | None = None
    cap: str | None = None
    agreed: bool = True


class Judged(StrEnum):
    """Which fact a commitment is judged by: service begun (arrival) or service ended (restored, resolved)."""

    begin = "begin"
    end = "end"


@dataclass(frozen=True, slots=True)
class Commitment:
    """Late after `due_s`, at the price of its clause."""

    due_s: int
    price: LatePrice
    judged: Judged = Judged.begin


@dataclass(frozen=True, slots=True)
class Window:
    """Service may begin from `from_s` to `to_s`, both included."""

    from_s: int
    to_s: int


@dataclass(frozen=True, slots=True)
class Want:
    """`qty` pieces of `part`; `accepts` lists what may be fitted, best first, and contains `part` if it may."""

    part: str
    qty: int
    accepts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pin:
    """Fixed to an engineer. With `start_s`: under way since then. With `order`: the stop he is bound for, n-th next.

    Both kinds are *frozen*: they come first, in order, are never left out, are not judged by skill, window or end
    of shift, and take no pieces (what they need is on board already).
    """

    engineer: str
    start_s: int | None = None
    order: int | None = None

    @property
    def frozen(self) -> bool:
        """Whether the work is under way or its engineer bound for it."""
        return self.start_s is not None or self.order is not None

    @property
    def turn(self) -> tuple[int, int]:
        """Whereby frozen stops of one engineer are sorted: what is under way, then by the order he is bound for them."""
        return UNDER_WAY if self.start_s is not None else (1, self.order or 0)


@dataclass(frozen=True, slots=True)
class Incumbent:
    """What was promised before: this engineer; another one costs `move_fen`."""

    engineer: str
    move_fen: int


@dataclass(frozen=True, slots=True)
class Visit:
    """One trip by one engineer. A crew is several visits with the same `sync`: equal starts, different engineers.

    `after` names visits that must have ended before this one begins. `windows` empty means any hour; `release_s` is
    the earliest begin. `barred` engineers never come; with `preferred` set, anyone else costs `not_preferred_fen`.
    `assurance` names the period whose standby shifts may serve it beside all ordinary ones. An optional stop – fetching
    a defective part or a loaner – is a visit whose small `unassigned_fen` is what one more day of waiting costs.
    """

    id: str
    location: int
    duration_s: int
    unassigned_fen: int
    level: int = 3
    release_s: int = 0
    windows: tuple[Window, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    duration_by: Mapping[str, int] = field(default_factory=dict)
    skills: Mapping[str, int] = field(default_factory=dict)
    parts: tuple[Want, ...] = ()
    preferred: frozenset[str] = frozenset()
    not_preferred_fen: int = 0
    barred: frozenset[str] = frozenset()
    pin: Pin | None = None
    incumbent: Incumbent | None = None
    sync: str | None = None
    after: frozenset[str] = frozenset()
    territory: str | None = None
    assurance: str | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """Pieces on their way to a depot; not planned on, but named when a visit waits for them (E14)."""

    part: str
    qty: int
    at_s: int


@dataclass(frozen=True, slots=True)
class Depot:
    """A store where an engineer may take pieces; `stock` is shared by all routes and counts only what is free.

    `windows` say when handling may begin (empty: always); `handling_s` is the time one call takes.
    """

    id: str
    location: int
    handling_s: int
    stock: Mapping[str, int] = field(default_factory=dict)
    windows: tuple[Window, ...] = ()
    incoming: tuple[Incoming, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """One planning task, complete: whoever holds it can solve it, check it and price it (E13: with `versions`)."""

    horizon_start: str
    now_s: int
    travel: Travel
    rates: Rates
    engineers: tuple[Engineer, ...]
    visits: tuple[Visit, ...]
    depots: tuple[Depot, ...] = ()
    caps: Mapping[str, int] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """The whole problem as text; raises BadForm if any field is not of its form."""
        return codec.dumps(self)

    @staticmethod
    def from_json(text: str | bytes) -> Problem:
        """The problem that `to_json` wrote; raises BadForm naming the field that does not fit."""
        return codec.loads(text, Problem)
