"""What the engine answers: routes, their price by term, and a reason for everything left out (R2, R6).

Same units as `Problem`. A plan explains itself: whoever holds it needs no solver to show it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dispatch.planner.solver import codec


class StopKind(StrEnum):
    """What happens at a stop."""

    visit = "visit"
    rest = "break"
    depot = "depot"


@dataclass(frozen=True, slots=True)
class Use:
    """`qty` pieces of `part`, fitted on a visit for what it `wanted`; `depot` is None when they come from the van."""

    wanted: str
    part: str
    qty: int
    depot: str | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop. `ref` is the visit or depot id, empty for a break. Arrival may be before `start_s`: then he waits.

    `travel_s` and `metres` are of the leg that leads here (0 for a break, which interrupts a leg).
    """

    kind: StopKind
    ref: str
    arrive_s: int
    start_s: int
    end_s: int
    travel_s: int = 0
    metres: int = 0
    late_s: int = 0
    takes: Mapping[str, int] = field(default_factory=dict)
    uses: tuple[Use, ...] = ()


@dataclass(frozen=True, slots=True)
class Cost:
    """Money by term, in fen (R2). On a route `late` is before headrooms that several routes share."""

    travel_time: int = 0
    distance: int = 0
    overtime: int = 0
    on_call: int = 0
    late: int = 0
    left_out: int = 0
    not_preferred: int = 0
    moved: int = 0

    @property
    def total(self) -> int:
        """The sum of all terms."""
        return sum(self.by_term().values())

    def by_term(self) -> dict[str, int]:
        """Each term by name, in the order in which a plan shows them."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class Route:
    """What one engineer does on one of his shifts; `end_s` is when he is home, or has ended his last stop."""

    engineer: str
    shift: int
    stops: tuple[Stop, ...]
    end_s: int
    cost: Cost
    home_travel_s: int = 0
    home_metres: int = 0


class Reason(StrEnum):
    """What stops a visit from being planned (R6), in the order in which it is looked for."""

    no_skill = "no_skill"  # nobody has the skill at the level, valid on the day
    not_allowed = "not_allowed"  # pinned or barred: everyone with the skill is excluded
    standby = "standby"  # everyone who might go is held for an assurance period
    no_part = "no_part"  # no piece within reach
    crew = "crew"  # its crew cannot start together
    order = "order"  # the work it must follow is not planned
    too_far = "too_far"  # even alone on the best route nobody gets there and back within shift and windows
    no_time = "no_time"  # could be done alone, but not beside what is planned
    costs_more = "costs_more"  # possible, but dearer than leaving it out
    waiting = "waiting"  # could be planned right now, and nobody has yet


class Cure(StrEnum):
    """What a dispatcher could do about it."""

    accept_cost = "accept_cost"
    allow_overtime = "allow_overtime"
    move_window = "move_window"
    courier_part = "courier_part"
    wait_for_part = "wait_for_part"
    waive_skill = "waive_skill"
    waive_bar = "waive_bar"
    release_standby = "release_standby"
    waive_preference = "waive_preference"
    split_crew = "split_crew"
    waive_order = "waive_order"


@dataclass(frozen=True, slots=True)
class Remedy:
    """The cheapest way found to serve the visit: what to allow, who would go, and what the plan would cost more.

    `extra_fen` leaves the price of leaving it out aside; it is None where the cure has no price (a piece to wait for).
    Where others must go with it, `extra_fen` is the price of all, `detail["with"]` names them and the cures hold for
    each. Where one cure is not enough, `detail["also"]` names the others. Names are parted by blanks.
    `terms` is what of `extra_fen` is travel, lateness, overtime and so on, where nothing but money is in the way.
    """

    cure: Cure
    extra_fen: int | None
    engineer: str | None = None
    start_s: int | None = None
    late_s: int = 0
    detail: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unassigned:
    """A visit the plan leaves out, why, and the cheapest remedy.

    `detail` names the skill and its level, or the part, that is missing. Where another visit is what stops this one,
    `detail["because"]` is that visit and `detail["why"]` its own reason.
    """

    visit: str
    reason: Reason
    detail: Mapping[str, str] = field(default_factory=dict)
    remedy: Remedy | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why this engineer (R6): the plan costs `extra_fen` more with the next best one; both None if nobody else can."""

    visit: str
    engineer: str
    next_engineer: str | None = None
    extra_fen: int | None = None


class FellBack(StrEnum):
    """Why a plan is the simple one (P41)."""

    killed = "killed"
    deadline = "deadline"
    nonsense = "nonsense"
    illegal = "illegal"
    worse = "worse"


@dataclass(frozen=True, slots=True)
class Notes:
    """How the plan was found: what set partitioning saw and changed, and what is proven.

    `bound_fen` is proven for the whole problem; `pool_bound_fen` only for plans made of the routes seen. `room_fen_h` is
    what an hour's waiting of a visit weighed while it was searched, so that there is room for calls to come.
    """

    method: str = "greedy"
    seed: int = 0
    rounds: int = 0
    pool: int = 0
    partition_gain_fen: int = 0
    greedy_fen: int | None = None
    pool_bound_fen: int | None = None
    bound_fen: int | None = None
    optimal: bool = False
    elapsed_ms: int = 0
    fell_back: FellBack | None = None
    room_fen_h: int = 0


@dataclass(frozen=True, slots=True)
class HourMargin:
    """What the plan would cost less if this shift ended an hour later at no price: the most in its territory."""

    territory: str | None
    engineer: str
    shift: int
    saves_fen: int


@dataclass(frozen=True, slots=True)
class PieceMargin:
    """What the plan would cost less with one piece more of this part in this store."""

    depot: str
    part: str
    saves_fen: int


@dataclass(frozen=True, slots=True)
class Margins:
    """One figure for each territory that has a shift, and for each piece that would save anything; the dearest first."""

    hours: tuple[HourMargin, ...]
    pieces: tuple[PieceMargin, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Routes with a stop at least, in the problem's order of engineers, and every other visit with its reason.

    `cost` adds to the routes' costs what shared headrooms take off, what is left out, and the way home of shifts
    without a stop whose engineer stands elsewhere (he drives it anyway, so sending him must not look dearer).
    `versions` are the problem's, so that applying the plan can refuse the routes whose data moved meanwhile (E13).
    `margins` is None where there was no time to ask for them.
    """

    routes: tuple[Route, ...]
    unassigned: tuple[Unassigned, ...]
    cost: Cost
    explanations: tuple[Explanation, ...] = ()
    notes: Notes = Notes()
    versions: Mapping[str, str] = field(default_factory=dict)
    margins: Margins | None = None

    def to_json(self) -> str:
        """The whole plan as text; raises BadForm if any field is not of its form."""
        return codec.dumps(self)

    @staticmethod
    def from_json(text: str | bytes) -> Plan:
        """The plan that `to_json` wrote; raises BadForm naming the field that does not fit."""
        return codec.loads(text, Plan)
