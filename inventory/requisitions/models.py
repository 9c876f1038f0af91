"""Pick lists: what a house has to hand out for a visit (I5)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, state_type
from inventory.requisitions.rules import PickState


class PickList(Base):
    """One house's list for one visit. Its lines are the visit's open reservations there, so they cannot disagree."""

    __tablename__ = "pick_list"

    id: Mapped[int] = mapped_column(primary_key=True)
    pick_no: Mapped[str] = mapped_column(unique=True)
    visit_ref: Mapped[str] = mapped_column(ForeignKey("stock_visit.visit_ref", ondelete="RESTRICT"))
    house_id: Mapped[int] = mapped_column(ForeignKey("place.id", ondelete="RESTRICT"), index=True)
    to_place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id", ondelete="RESTRICT"))
    state: Mapped[PickState] = mapped_column(state_type(PickState))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended_by_state"),
        Index(
            "uq_pick_list_waiting", "visit_ref", "house_id", unique=True,
            sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'"),
        ),
    )  # fmt: skip
