"""Engineers, what they can do, and where they belong (R1, D12)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Territory(Base):
    """A region that is planned as one; sites carry its code."""

    __tablename__ = "territory"

    code: Mapped[str] = mapped_column(primary_key=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]


class Skill(Base):
    """Something that must be learnt before one is sent to do it."""

    __tablename__ = "skill"

    code: Mapped[str] = mapped_column(primary_key=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]


class ModelSkill(Base):
    """What work on a model of asset takes: skill, level, and minutes as long as nothing better is learnt."""

    __tablename__ = "model_skill"
    __table_args__ = (
        CheckConstraint("level BETWEEN 1 AND 3", name="level"),
        CheckConstraint("minutes BETWEEN 5 AND 960", name="minutes"),
    )

    model: Mapped[str] = mapped_column(primary_key=True)
    skill_code: Mapped[str] = mapped_column(ForeignKey("skill.code", ondelete="RESTRICT"))
    level: Mapped[int]
    minutes: Mapped[int]


class Engineer(Base):
    """One engineer: home, territory, van (inventory knows it as the place held by 'engineer:<id>'), last position."""

    __tablename__ = "engineer"
    __table_args__ = (
        CheckConstraint("home_lat BETWEEN -90 AND 90", name="home_lat"),
        CheckConstraint("home_lon BETWEEN -180 AND 180", name="home_lon"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    engineer_no: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_en: Mapped[str]
    initials: Mapped[str] = mapped_column(index=True)
    mobile: Mapped[str]
    territory_code: Mapped[str] = mapped_column(ForeignKey("territory.code", ondelete="RESTRICT"), index=True)
    home_address: Mapped[str]
    home_lat: Mapped[float]
    home_lon: Mapped[float]
    last_lat: Mapped[float | None]
    last_lon: Mapped[float | None]
    last_seen_at: Mapped[datetime | None]
    left_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    @property
    def holder_ref(self) -> str:
        """How inventory names the holder of this engineer's van."""
        return f"engineer:{self.id}"


class EngineerSkill(Base):
    """A skill an engineer holds, its level, and the last day its certificate is good for."""

    __tablename__ = "engineer_skill"
    __table_args__ = (CheckConstraint("level BETWEEN 1 AND 3", name="level"),)

    engineer_id: Mapped[int] = mapped_column(ForeignKey("engineer.id", ondelete="CASCADE"), primary_key=True)
    skill_code: Mapped[str] = mapped_column(ForeignKey("skill.code", ondelete="RESTRICT"), primary_key=True)
    level: Mapped[int]
    expires_on: Mapped[date | None]
