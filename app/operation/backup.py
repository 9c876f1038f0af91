"""A backup is one file: every row, every kept file, the head of the audit chain, and a hash of each part (P45).

It is taken while people work, and restores on either engine: also the way from the embedded house to PostgreSQL.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app.audit.seal import head_hash
from app.db import Base
from app.files import disk
from app.files.models import StoredFile
from app.operation import archive, migrations

FORMAT = 1


class BadBackup(RuntimeError):
    """The file cannot be restored, or not here; the sentence says why."""


def write(engine: Engine, files: Path, target: Path, *, now: datetime) -> dict[str, Any]:
    """Write a backup to `target` and answer its manifest. What was acknowledged before it began is in it."""
    with tempfile.TemporaryDirectory(dir=target.parent) as folder, engine.connect() as connection:
        work = Path(folder)
        with archive.snapshot(connection):
            revision = migrations.current(connection)
            if revision != migrations.heads():
                raise BadBackup(f"the database is at {revision or 'no revision'}; upgrade it first")
            counts = {t.name: _write_lines(work / t.name, archive.lines_of(connection, t)) for t in archive.tables()}
            session = Session(connection)
            head, kept = head_hash(session), session.execute(select(StoredFile.name, StoredFile.sha256)).all()
        manifest = {
            "format": FORMAT, "revision": revision, "at": now.isoformat(), "audit_head": head, "rows": counts,
            "tables": {name: _sha256(work / name) for name in counts}, "files": {name: sha for name, sha in kept},
        }  # fmt: skip
        _pack(work, files, target, manifest)
    return manifest


def _write_lines(path: Path, lines: Iterable[bytes]) -> int:
    count = 0
    with gzip.open(path, "wb", compresslevel=4) as out:
        for line in lines:
            out.write(line)
            count += 1
    return count


def _pack(work: Path, files: Path, target: Path, manifest: dict[str, Any]) -> None:
    fresh = target.with_name(f".{target.name}.new")
    with tarfile.open(fresh, "w") as out:
        _add(out, "manifest.json", json.dumps(manifest, indent=1).encode())
        for name in manifest["tables"]:
            out.add(work / name, f"tables/{name}.jsonl.gz")
        for name, sha256 in manifest["files"].items():
            path = disk.path_of(files, name)
            if not path.is_file() or disk.sha256_of(path) != sha256:
                raise BadBackup(f"the kept file {name} is damaged or gone; the backup would be too")
            out.add(path, f"files/{name}")
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(fresh, target)


def _add(out: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    out.addfile(info, io.BytesIO(data))


def _sha256(path: Path) -> str:
    return disk.sha256_of(path)


def read_manifest(source: Path) -> dict[str, Any]:
    """The manifest of a backup whose every part is what it was. Raises BadBackup otherwise."""
    try:
        with tarfile.open(source) as backup:
            manifest: dict[str, Any] = json.loads(_member(backup, "manifest.json").read())
            wanted = {f"tables/{name}.jsonl.gz": sha for name, sha in manifest["tables"].items()}
            wanted |= {f"files/{name}": sha for name, sha in manifest["files"].items()}
            for name, sha256 in wanted.items():
                if hashlib.file_digest(_member(backup, name), "sha256").hexdigest() != sha256:
                    raise BadBackup(f"{name} in the backup is damaged")
    except (tarfile.TarError, OSError, ValueError, KeyError, EOFError) as error:
        raise BadBackup(f"this is no whole backup: {error}") from error
    if manifest["format"] != FORMAT:
        raise BadBackup(f"the backup has format {manifest['format']}, this release reads {FORMAT}")
    return manifest


def _member(backup: tarfile.TarFile, name: str) -> Any:
    found = backup.extractfile(name)
    if found is None:
        raise BadBackup(f"{name} is missing in the backup")
    return found


def restore(engine: Engine, files: Path, source: Path, *, upgrade: bool = True) -> dict[str, Any]:
    """Make an empty instance what the backup was, then bring it to the newest revision. Answers the manifest.

    Refuses a damaged backup before it touches anything, a newer one, and an instance that is not empty.
    """
    manifest = read_manifest(source)
    migrations.refuse_newer(manifest["revision"])
    _refuse_used(engine, files)
    migrations.upgrade(engine, to=manifest["revision"])
    with tarfile.open(source) as backup:
        for name in manifest["files"]:
            disk.write_whole(disk.path_of(files, name), _member(backup, f"files/{name}").read())
        with engine.begin() as connection:
            counts = archive.load(connection, {name: partial(_lines, backup, name) for name in manifest["tables"]})
            if counts != manifest["rows"]:
                raise BadBackup("the tables do not hold the rows that the manifest names")
    if upgrade:
        migrations.upgrade(engine)
    return manifest


def _refuse_used(engine: Engine, files: Path) -> None:
    with engine.connect() as connection:
        # The queue's own tables may be there already: they hold nothing that is not in ours.
        used = bool({"alembic_version", *Base.metadata.tables} & set(engine.dialect.get_table_names(connection)))
    if used or (files.is_dir() and any(files.iterdir())):
        raise BadBackup("this instance is not empty; a restore makes a new one")


def _lines(backup: tarfile.TarFile, name: str) -> Iterable[bytes]:
    opened: Callable[..., Any] = gzip.open
    return opened(_member(backup, f"tables/{name}.jsonl.gz"), "rb")
