"""The places' table (I2)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, state_type
from inventory.places.rules import Condition, PlaceKind


class Place(Base):
    """Anywhere a part can be. `kind` and `counterparty` never change: movements and balances lean on them."""

    __tablename__ = "place"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    initials: Mapped[str] = mapped_column(default="")
    kind: Mapped[PlaceKind] = mapped_column(state_type(PlaceKind))
    condition: Mapped[Condition] = mapped_column(state_type(Condition))
    counterparty: Mapped[bool]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("place.id", ondelete="RESTRICT"), index=True)
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    hours: Mapped[str | None]
    holder_ref: Mapped[str | None]
    site_ref: Mapped[str | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        CheckConstraint("counterparty = (kind IN ('supplier', 'count_difference'))", name="counterparty_by_kind"),
        CheckConstraint("(site_ref IS NOT NULL) = (kind = 'customer_site')", name="site_ref_by_kind"),
        CheckConstraint("holder_ref IS NULL OR kind = 'van'", name="holder_only_of_van"),
        CheckConstraint("parent_id <> id", name="not_in_itself"),
        # Balances and movements refer to these pairs, so that their own CHECKs may speak of the place's kind.
        UniqueConstraint("id", "counterparty", name="uq_place_id_counterparty"),
        UniqueConstraint("id", "kind", name="uq_place_id_kind"),
        Index(
            "uq_place_site", "site_ref", unique=True,
            sqlite_where=text("site_ref IS NOT NULL"), postgresql_where=text("site_ref IS NOT NULL"),
        ),
        Index(
            "uq_place_holder", "holder_ref", "condition", unique=True,
            sqlite_where=text("holder_ref IS NOT NULL"), postgresql_where=text("holder_ref IS NOT NULL"),
        ),
    )  # fmt: skip
