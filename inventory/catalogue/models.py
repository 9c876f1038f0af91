"""The catalogue's tables (I1)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Part(Base):
    """One part number. What is in stock of it stands in the ledger, never here."""

    __tablename__ = "part"

    id: Mapped[int] = mapped_column(primary_key=True)
    part_no: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(default="")
    initials: Mapped[str] = mapped_column(default="", index=True)
    category: Mapped[str] = mapped_column(default="", index=True)
    unit: Mapped[str] = mapped_column(default="件")
    serial_tracked: Mapped[bool] = mapped_column(default=False)
    returnable: Mapped[bool] = mapped_column(default=False)
    cost_fen: Mapped[int] = mapped_column(default=0)
    price_fen: Mapped[int] = mapped_column(default=0)
    supplier: Mapped[str] = mapped_column(default="")
    lead_days: Mapped[int] = mapped_column(default=0)
    minimum: Mapped[int] = mapped_column(default=0)
    maximum: Mapped[int | None]
    criticality: Mapped[int] = mapped_column(default=2)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        CheckConstraint("cost_fen >= 0 AND price_fen >= 0", name="money_is_not_negative"),
        CheckConstraint("minimum >= 0 AND (maximum IS NULL OR maximum >= minimum)", name="minimum_below_maximum"),
        CheckConstraint("criticality BETWEEN 1 AND 3", name="criticality_in_range"),
        CheckConstraint("lead_days >= 0", name="lead_days_not_negative"),
    )


class PartModel(Base):
    """An asset model that the part fits."""

    __tablename__ = "part_model"

    part_id: Mapped[int] = mapped_column(ForeignKey("part.id", ondelete="RESTRICT"), primary_key=True)
    model: Mapped[str] = mapped_column(primary_key=True, index=True)


class Substitute(Base):
    """`substitute_id` may be taken where `part_id` is wanted: it is not lower in specification. Rank 1 is best."""

    __tablename__ = "part_substitute"

    part_id: Mapped[int] = mapped_column(ForeignKey("part.id", ondelete="RESTRICT"), primary_key=True)
    substitute_id: Mapped[int] = mapped_column(ForeignKey("part.id", ondelete="RESTRICT"), primary_key=True, index=True)
    rank: Mapped[int]

    __table_args__ = (
        CheckConstraint("part_id <> substitute_id", name="not_itself"),
        CheckConstraint("rank >= 1", name="rank_from_one"),
        UniqueConstraint("part_id", "rank"),
    )
