"""Plans as they were proposed and published, with the problem they answered (R2, E13)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, state_type


class PlanState(StrEnum):
    """The life of a plan (house §8)."""

    PROPOSED = "proposed"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"


class RouteState(StrEnum):
    """What became of one engineer's route when the plan was accepted."""

    PROPOSED = "proposed"
    APPLIED = "applied"
    REFUSED = "refused"


class StoredPlan(Base):
    """One answer of the engine, complete: problem and plan as JSON, its price, and the simple plan's price by term.

    No term stands in `greedy` where there was no simple plan in time.
    """

    __tablename__ = "plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_no: Mapped[str] = mapped_column(unique=True)
    day: Mapped[date] = mapped_column(index=True)
    territory_code: Mapped[str | None]
    state: Mapped[PlanState] = mapped_column(state_type(PlanState), default=PlanState.PROPOSED)
    horizon_start_at: Mapped[datetime]
    problem: Mapped[str]
    plan: Mapped[str]
    cost_fen: Mapped[int]
    greedy: Mapped[str]
    bound_fen: Mapped[int | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None]


class PlanRoute(Base):
    """One engineer-day of a plan: applied whole, or refused with the reasons (E13)."""

    __tablename__ = "plan_route"

    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"), primary_key=True)
    engineer_id: Mapped[int] = mapped_column(ForeignKey("engineer.id", ondelete="RESTRICT"), primary_key=True)
    state: Mapped[RouteState] = mapped_column(state_type(RouteState), default=RouteState.PROPOSED)
    stops: Mapped[int]
    reasons: Mapped[str] = mapped_column(default="[]")


class PlanningRules(Base):
    """What the heads of dispatch let the planner do, in one row; without it the planner does as it came (R10)."""

    __tablename__ = "planning_rules"
    __table_args__ = (CheckConstraint("id = 1", name="is_one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    room_for_calls: Mapped[bool]
    version: Mapped[int]
