"""Engineers and what they can do: who may be sent to which work on which day (R1, D12)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

__all__ = ["GENERAL", "EngineerCard", "HeldSkill", "Work", "can_do", "may_work", "why_not"]

GENERAL = "general"
"""The skill for work on a model nobody described yet: every engineer holds it, so that no call is refused for it."""


@dataclass(frozen=True, slots=True)
class HeldSkill:
    """A skill, its level 1–3 (3 is the best), and the last day its certificate is good for."""

    code: str
    level: int
    expires_on: date | None = None

    def good_on(self, day: date) -> bool:
        """Whether the certificate still counts on that day; its last day counts."""
        return self.expires_on is None or day <= self.expires_on


@dataclass(frozen=True, slots=True)
class Work:
    """What work on an asset takes: skill, its level, and minutes."""

    skill_code: str
    level: int
    minutes: int


@dataclass(frozen=True, slots=True)
class EngineerCard:
    """One engineer as other rooms see him; position is the last known one, home where none is known."""

    id: int
    engineer_no: str
    name: str
    name_en: str
    initials: str
    mobile: str
    territory: str
    home_address: str
    home_lat: float
    home_lon: float
    last_lat: float | None
    last_lon: float | None
    last_seen_at: datetime | None
    left_on: date | None
    version: int
    skills: tuple[HeldSkill, ...]

    @property
    def holder_ref(self) -> str:
        """How inventory names the holder of this engineer's van."""
        return f"engineer:{self.id}"


def may_work(card: EngineerCard, day: date) -> bool:
    """Whether the engineer is still with us on that day; the last day counts."""
    return card.left_on is None or day <= card.left_on


def can_do(skills: Iterable[HeldSkill], code: str, level: int, day: date) -> bool:
    """Whether one of `skills` is good on `day` for work that asks for `code` at `level`."""
    if code == GENERAL:
        return True
    return any(skill.code == code and skill.level >= level and skill.good_on(day) for skill in skills)


def why_not(card: EngineerCard, code: str, level: int, day: date) -> str | None:
    """Why this engineer cannot be sent to that work on `day`, as a code with words; None when he can."""
    if not may_work(card, day):
        return "people.why.left"
    if can_do(card.skills, code, level, day):
        return None
    held = [skill for skill in card.skills if skill.code == code]
    if not held:
        return "people.why.no_skill"
    return "people.why.low_skill" if any(skill.good_on(day) for skill in held) else "people.why.expired_skill"
