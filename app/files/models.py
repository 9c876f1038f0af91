"""Files as rows: no row without its file (P35)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app import ddl
from app.db import Base, state_type
from app.files.rules import FileKind


class StoredFile(Base):
    """One kept file; `object_ref` is what it belongs to and whose right opens it. Rows never change."""

    __tablename__ = "stored_file"
    __table_args__ = (CheckConstraint("size > 0 AND length(sha256) = 64", name="has_content"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[FileKind] = mapped_column(state_type(FileKind))
    size: Mapped[int]
    sha256: Mapped[str]
    shown_name: Mapped[str]
    object_ref: Mapped[str] = mapped_column(index=True)
    added_by: Mapped[str]
    added_at: Mapped[datetime]


ddl.append_only(StoredFile)
