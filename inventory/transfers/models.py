"""Transfers and their lines (I7)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, state_type
from inventory.transfers.rules import TransferState


class Transfer(Base):
    """Parts that left one place for another; what is on the road lies in the place `in transit`."""

    __tablename__ = "transfer"

    id: Mapped[int] = mapped_column(primary_key=True)
    transfer_no: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str] = mapped_column(unique=True)
    from_place_id: Mapped[int] = mapped_column(ForeignKey("place.id", ondelete="RESTRICT"), index=True)
    to_place_id: Mapped[int] = mapped_column(ForeignKey("place.id", ondelete="RESTRICT"), index=True)
    state: Mapped[TransferState] = mapped_column(state_type(TransferState))
    shipped_by: Mapped[str]
    shipped_at: Mapped[datetime]
    received_by: Mapped[str | None]
    received_at: Mapped[datetime | None]
    difference_reason: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        CheckConstraint("from_place_id <> to_place_id", name="goes_somewhere"),
        CheckConstraint("(state = 'received') = (received_at IS NOT NULL)", name="received_by_state"),
    )


class TransferLine(Base):
    """So much of a part, or one piece by its serial; `arrived` None = nobody has said yet."""

    __tablename__ = "transfer_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfer.id", ondelete="RESTRICT"), index=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id", ondelete="RESTRICT"))
    serial_no: Mapped[str | None]
    qty: Mapped[int]
    arrived: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("qty > 0", name="moves_something"),
        CheckConstraint("arrived IS NULL OR arrived BETWEEN 0 AND qty", name="arrives_what_left"),
        CheckConstraint("serial_no IS NULL OR qty = 1", name="one_piece_per_serial"),
    )
