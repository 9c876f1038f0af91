"""Documents that left the house, and the tokens that verify them (P29, P34)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Document(Base):
    """One issued PDF: what it is about, its number, its file and hash. A number may be issued again, never changed."""

    __tablename__ = "document"
    __table_args__ = (
        CheckConstraint("length(sha256) = 64", name="is_hashed"),
        Index("ix_document_kind_object_ref", "kind", "object_ref"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    object_ref: Mapped[str]
    number: Mapped[str] = mapped_column(index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"), unique=True)
    sha256: Mapped[str]
    names: Mapped[str]
    issued_by: Mapped[str]
    issued_at: Mapped[datetime]


class Verification(Base):
    """The right to see that one document is genuine; the token itself is only in the QR code."""

    __tablename__ = "verification"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="RESTRICT"), index=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
