"""The append-only trail of changes, and the chain that seals it (P28)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app import ddl
from app.db import Base


class AuditRow(Base):
    """Who did what to which object, when and from where, with the state before and after as JSON text."""

    __tablename__ = "audit"

    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    object: Mapped[str] = mapped_column(index=True)
    before: Mapped[str | None]
    after: Mapped[str | None]
    address: Mapped[str] = mapped_column(default="")


class AuditSeal(Base):
    """One link of the hash chain over committed audit rows; two links can never follow the same one."""

    __tablename__ = "audit_seal"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    audit_n: Mapped[int] = mapped_column(ForeignKey("audit.n", ondelete="RESTRICT"), unique=True)
    prev_hash: Mapped[str] = mapped_column(unique=True)
    hash: Mapped[str] = mapped_column(unique=True)


ddl.append_only(AuditRow)
ddl.append_only(AuditSeal)
ddl.view(
    AuditSeal,
    "inspect_audit",
    "SELECT a.n, s.prev_hash, s.hash, a.actor, a.action, a.object, a.at "
    "FROM audit a LEFT JOIN audit_seal s ON s.audit_n = a.n",
)
