"""What a promise is worth to the planner, and which routes of a plan stand or fall together (R2, E13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from contracts.penalties.rules import PenaltyClause, steps, uncapped_fen
from dispatch.planner.settings import FREEZE
from dispatch.planner.solver.problem import Counting, LatePrice


@dataclass(frozen=True, slots=True)
class Prices:
    """The company's own prices, where no contract says one; fen, by fault level 1-3 (R2, *defaults*)."""

    travel_fen_h: int = 6_000
    distance_fen_km: int = 90
    overtime_fen_h: int = 9_000
    courier_fen: int = 12_000
    on_call_fen: int = 20_000
    move_fen: int = 3_000
    late_fen_h: Mapping[int, int] | None = None
    left_out_fen: Mapping[int, int] | None = None

    def late_per_hour(self, level: int) -> int:
        """What an hour late weighs where no penalty is agreed."""
        return (self.late_fen_h or {1: 12_000, 2: 6_000, 3: 2_500})[level]

    def left_out(self, level: int) -> int:
        """What leaving a visit out of the plan weighs."""
        return (self.left_out_fen or {1: 200_000, 2: 120_000, 3: 60_000})[level]


PRICES = Prices()


def late_price(clause: PenaltyClause | None, *, level: int, cap: str | None, prices: Prices = PRICES) -> LatePrice:
    """The clause as the engine counts it; where none is agreed, the level's weight in proportion to the lateness."""
    if clause is None:
        return LatePrice(per_unit_fen=prices.late_per_hour(level), counting=Counting.linear, agreed=False)
    agreed = steps(clause, None)
    return LatePrice(
        fixed_fen=agreed.fixed_fen,
        per_unit_fen=agreed.per_unit_fen,
        unit_s=agreed.unit_s,
        counting=Counting.started if agreed.started else Counting.full,
        grace_s=agreed.grace_s,
        cap=cap,
    )


def late_until_fen(clause: PenaltyClause | None, late_s: int, *, level: int, prices: Prices = PRICES) -> int:
    """What a commitment costs when it is kept so late, before any cap; the level's weight where nothing is agreed."""
    if late_s <= 0:
        return 0
    if clause is None:
        return prices.late_per_hour(level) * late_s // 3600
    return int(uncapped_fen(clause, late_s))


class Tie(StrEnum):
    """How fast a visit is tied to its engineer (R4)."""

    FREE = "free"
    PROMISED = "promised"
    LOCKED = "locked"
    FIRM = "firm"
    UNDER_WAY = "under_way"


#: What only a hand may move; the engine plans around it, and its pieces stay with it.
FROZEN = frozenset({Tie.FIRM, Tie.UNDER_WAY})


def tie(
    *,
    assigned: bool,
    locked: bool,
    bound: bool,
    arrived: bool,
    start_at: datetime | None,
    travel_s: int,
    now: datetime,
) -> Tie:
    """What holds a visit: work under way, an engineer on his way or about to leave, a lock, a promise, or nothing.

    Whoever should have begun and has not even set off is a no-show: no freeze holds that visit any longer (R4).
    """
    if arrived:
        return Tie.UNDER_WAY
    if bound:
        return Tie.FIRM
    if not assigned:
        return Tie.FREE
    if start_at is not None and start_at >= now and start_at - timedelta(seconds=travel_s) <= now + FREEZE:
        return Tie.FIRM
    return Tie.LOCKED if locked else Tie.PROMISED


@dataclass(frozen=True, slots=True)
class RouteClaim:
    """What one engineer's route of a plan touches: visits it takes over from whom, and stock it draws on."""

    engineer: str
    taken_from: frozenset[str]
    pieces: frozenset[str]


def standing_together(claims: Sequence[RouteClaim]) -> list[frozenset[str]]:
    """Groups of engineers whose routes trade a visit or draw on one pile of pieces: each is applied whole or not (E13)."""
    group: dict[str, set[str]] = {}

    def join(a: str, b: str) -> None:
        first, second = group.setdefault(a, {a}), group.setdefault(b, {b})
        if first is not second:
            first |= second
            for member in second:
                group[member] = first

    users: dict[str, str] = {}
    for claim in claims:
        join(claim.engineer, claim.engineer)
        for other in claim.taken_from:
            join(claim.engineer, other)
        for pile in claim.pieces:
            join(claim.engineer, users.setdefault(pile, claim.engineer))
    return sorted({frozenset(members) for members in group.values()}, key=sorted)


def moved_keys(planned: Mapping[str, str], found: Mapping[str, str], keys: Iterable[str]) -> list[str]:
    """Which of `keys` have another version now than the plan was made on; a vanished one counts as moved."""
    return sorted(key for key in keys if planned.get(key) != found.get(key))
