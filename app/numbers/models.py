"""The counters behind the numbers people see."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class NumberSeries(Base):
    """The last number given out under a prefix such as 'V' or 'MC-2026'."""

    __tablename__ = "number_series"

    prefix: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]
