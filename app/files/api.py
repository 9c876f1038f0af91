"""The one way to keep a file: first the bytes, outside any transaction, then the row (P35)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import api as audit
from app.auth.actor import Actor
from app.files import disk
from app.files.disk import Kept
from app.files.models import StoredFile
from app.files.rules import DamagedFile, MissingFile


def folder() -> Path:
    """Where files lie: beside the database, outside every folder that is served."""
    data_dir: Path = current_app.extensions["settings"].data_dir
    return data_dir / "files"


def keep(data: bytes, *, filename: str) -> Kept:
    """Put uploaded bytes safely on disk, before the transaction that will own them. Raises BadFile."""
    return disk.keep(folder(), data, filename=filename)


def attach(session: Session, kept: Kept, *, object_ref: str, by: Actor, at: datetime) -> int:
    """The id of the row that makes a kept file part of `object_ref`."""
    row = StoredFile(
        name=kept.name, kind=kept.kind, size=kept.size, sha256=kept.sha256, shown_name=kept.shown_name,
        object_ref=object_ref, added_by=by.name, added_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.record(
        session, by=by, action="files.added", object_ref=object_ref, at=at,
        after={"file_id": row.id, "name": kept.shown_name, "sha256": kept.sha256},
    )  # fmt: skip
    return row.id


def files_of(session: Session, object_ref: str) -> list[StoredFile]:
    """What is kept of an object, oldest first. The caller has already judged the right to the object."""
    return list(session.scalars(select(StoredFile).where(StoredFile.object_ref == object_ref).order_by(StoredFile.id)))


def checked_path(row: StoredFile) -> Path:
    """Where the file lies, once its content is seen to be what was kept. Raises DamagedFile."""
    path = disk.path_of(folder(), row.name)
    if not path.is_file() or disk.sha256_of(path) != row.sha256:
        raise DamagedFile(name=row.shown_name)
    return path


def read(session: Session, file_id: int) -> bytes:
    """A kept file's bytes, for our own documents. Raises MissingFile, DamagedFile."""
    row = session.get(StoredFile, file_id)
    if row is None:
        raise MissingFile()
    return checked_path(row).read_bytes()


def for_reader(session: Session, file_id: int, actor: Actor) -> StoredFile:
    """The file, if a floor says that `actor` may see its object; else MissingFile, as for one that is not there (P25).

    A floor answers through the slot "file.right": (object_ref, actor) → True, or None where it does not know.
    """
    row = session.get(StoredFile, file_id)
    judges: list[Callable[..., bool | None]] = current_app.extensions["slots"].get("file.right", [])
    if row is None or not any(judge(object_ref=row.object_ref, actor=actor) for judge in judges):
        raise MissingFile()
    return row
