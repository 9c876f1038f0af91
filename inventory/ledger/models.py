"""The books: movements, balances, serials, reservations, and the visits they belong to (I3, P1-P6)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Enum, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, state_type
from inventory.ledger.rules import LEGAL, NEED_VISIT, MovementKind, ReservationState
from inventory.places.rules import PlaceKind

#: A place's kind beside its id: the foreign key on both keeps it true, so it needs no CHECK of its own.
_COPIED_KIND = Enum(
    PlaceKind, native_enum=False, length=24, values_callable=lambda members: [member.value for member in members]
)


def _in(column: str, values: frozenset[PlaceKind] | frozenset[MovementKind]) -> str:
    return f"{column} IN ({', '.join(repr(value.value) for value in sorted(values))})"


def _legal_ways() -> str:
    """The table of legal movements as one CHECK: each kind goes only from and to its kinds of places."""
    return " AND ".join(
        f"(kind <> '{kind.value}' OR ({_in('from_kind', sources)} AND {_in('to_kind', targets)}))"
        for kind, (sources, targets) in LEGAL.items()
    )


class StockVisit(Base):
    """Inventory's own row for a visit that stands upstairs; parts leave only for one that was open then (P5)."""

    __tablename__ = "stock_visit"

    visit_ref: Mapped[str] = mapped_column(primary_key=True)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("closed_at IS NULL OR closed_at >= opened_at", name="closes_after_opening"),)


class Serial(Base):
    """One piece with a number of its own, and the one place where it is (P4)."""

    __tablename__ = "serial"

    id: Mapped[int] = mapped_column(primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id", ondelete="RESTRICT"))
    serial_no: Mapped[str] = mapped_column(index=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id", ondelete="RESTRICT"), index=True)

    __table_args__ = (
        UniqueConstraint("part_id", "serial_no", name="uq_serial_part_id_serial_no"),
        UniqueConstraint("id", "part_id", name="uq_serial_id_part_id"),
        CheckConstraint("serial_no <> ''", name="serial_no_is_said"),
    )


class Balance(Base):
    """How much of a part is at a place, and how much of that is held for visits. Written by the ledger's store only."""

    __tablename__ = "balance"

    place_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    part_id: Mapped[int] = mapped_column(
        ForeignKey("part.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False, index=True
    )
    counterparty: Mapped[bool]
    qty: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        ForeignKeyConstraint(
            ["place_id", "counterparty"], ["place.id", "place.counterparty"], ondelete="RESTRICT",
            name="fk_balance_place_id_place",
        ),
        CheckConstraint("qty >= 0 OR counterparty", name="never_negative"),
        CheckConstraint("reserved >= 0 AND (reserved <= qty OR reserved = 0)", name="reserved_is_real"),
    )  # fmt: skip


class Movement(Base):
    """One double entry: `qty` of a part from one place to another. Never changed, never deleted (P2, P3)."""

    __tablename__ = "movement"

    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[MovementKind] = mapped_column(state_type(MovementKind))
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id", ondelete="RESTRICT"))
    qty: Mapped[int]
    serial_id: Mapped[int | None] = mapped_column(index=True)
    from_place_id: Mapped[int]
    from_kind: Mapped[PlaceKind] = mapped_column(_COPIED_KIND)
    to_place_id: Mapped[int]
    to_kind: Mapped[PlaceKind] = mapped_column(_COPIED_KIND)
    visit_ref: Mapped[str | None] = mapped_column(ForeignKey("stock_visit.visit_ref", ondelete="RESTRICT"), index=True)
    issue_n: Mapped[int | None] = mapped_column(ForeignKey("movement.n", ondelete="RESTRICT"), index=True)
    reversal_of: Mapped[int | None] = mapped_column(ForeignKey("movement.n", ondelete="RESTRICT"), unique=True)
    asset_ref: Mapped[str | None] = mapped_column(index=True)
    document: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    actor: Mapped[str]
    effective_at: Mapped[datetime]
    posted_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("from_place_id <> to_place_id", name="goes_somewhere"),
        CheckConstraint("qty > 0", name="moves_something"),
        CheckConstraint("serial_id IS NULL OR qty = 1", name="one_piece_per_serial"),
        CheckConstraint(_legal_ways(), name="legal_way"),
        CheckConstraint(f"NOT ({_in('kind', NEED_VISIT)}) OR visit_ref IS NOT NULL", name="visit_by_kind"),
        CheckConstraint("to_kind <> 'customer_site' OR visit_ref IS NOT NULL", name="customer_only_by_visit"),
        CheckConstraint("(kind = 'return') = (issue_n IS NOT NULL)", name="return_names_its_issue"),
        CheckConstraint("kind <> 'return' OR visit_ref IS NOT NULL", name="return_names_its_visit"),
        CheckConstraint("(kind = 'reverse') = (reversal_of IS NOT NULL)", name="reversal_names_its_movement"),
        CheckConstraint("kind <> 'adjust' OR (from_kind = 'count_difference') <> (to_kind = 'count_difference')",
                        name="adjusts_against_the_difference"),
        CheckConstraint("kind NOT IN ('reverse', 'adjust', 'scrap') OR reason <> ''", name="reason_by_kind"),
        CheckConstraint("effective_at <= posted_at", name="not_in_the_future"),
        ForeignKeyConstraint(["serial_id", "part_id"], ["serial.id", "serial.part_id"], ondelete="RESTRICT",
                             name="fk_movement_serial_id_serial"),
        ForeignKeyConstraint(["from_place_id", "from_kind"], ["place.id", "place.kind"], ondelete="RESTRICT",
                             name="fk_movement_from_place_id_place"),
        ForeignKeyConstraint(["to_place_id", "to_kind"], ["place.id", "place.kind"], ondelete="RESTRICT",
                             name="fk_movement_to_place_id_place"),
        Index("ix_movement_out", "part_id", "from_place_id", "effective_at"),
        Index("ix_movement_in", "part_id", "to_place_id", "effective_at"),
    )  # fmt: skip


class Reservation(Base):
    """Some of a part at a place held for a visit until it is used, released or expires: once (P6)."""

    __tablename__ = "reservation"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    visit_ref: Mapped[str] = mapped_column(ForeignKey("stock_visit.visit_ref", ondelete="RESTRICT"), index=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id", ondelete="RESTRICT"))
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id", ondelete="RESTRICT"))
    qty: Mapped[int]
    state: Mapped[ReservationState] = mapped_column(state_type(ReservationState))
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("qty > 0", name="holds_something"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_by_state"),
        Index(
            "uq_reservation_open_line", "visit_ref", "part_id", "place_id", unique=True,
            sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'"),
        ),
        Index("ix_reservation_held", "part_id", "place_id", "state"),
    )  # fmt: skip
