"""How a clock looks to lists, board, phone and pages: judged once on the server, only ticked afterwards (screens §3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contracts.penalties.rules import PenaltyClause
from dispatch.clocks.rules import ACTIVE, ClockState, ClockView

__all__ = ["ClockFace", "ClockProof", "next_clock"]


@dataclass(frozen=True, slots=True)
class ClockFace:
    """One clock at one instant, from its stored instants alone: cheap enough for a board of hundreds."""

    clock_id: int
    request_id: int
    kind: str
    state: ClockState
    level: int
    started_at: datetime
    due_at: datetime | None
    """None while paused: nobody can be late then (E2)."""
    at_risk_at: datetime | None
    remaining_s: int
    """Seconds by the wall until due, below 0 once late, frozen by the fact; while paused what is left of service time."""
    stopped_at: datetime | None
    superseded_at: datetime | None
    limit_s: int
    hours_code: str
    zone: str
    paused_s: int
    provisional: bool
    cover_ref: str
    contract_version_id: int | None
    penalty: PenaltyClause | None
    """The clause that judges this clock, or None where nothing is agreed."""

    @property
    def running(self) -> bool:
        """Whether the fact is still awaited and no other clock stands in its place."""
        return self.state in ACTIVE and self.superseded_at is None


@dataclass(frozen=True, slots=True)
class ClockProof:
    """A clock with the whole reasoning behind it: what was promised and every stretch that was counted (D2)."""

    face: ClockFace
    view: ClockView


def next_clock(faces: tuple[ClockFace, ...]) -> ClockFace | None:
    """The clock a card shows: of the running ones the earliest due, paused ones last."""
    running = [face for face in faces if face.running]
    return min(
        running, key=lambda face: (face.due_at is None, face.due_at or face.started_at, face.clock_id), default=None
    )
