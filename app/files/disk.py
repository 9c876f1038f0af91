"""Bytes on disk: written whole or not at all, under random names, outside anything that is served (P35)."""

from __future__ import annotations

import hashlib
import io
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from app.files.rules import MOST_PIXELS, BadFile, FileKind, check_pdf, kind_of, shown_name

# Pillow raises above twice this; the exact limit is judged from the header, before anything is decoded.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
FORMATS = {FileKind.JPEG: "JPEG", FileKind.PNG: "PNG", FileKind.WEBP: "WEBP"}


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is safely on disk and waits for its row; without one it is swept after a day."""

    name: str
    kind: FileKind
    size: int
    sha256: str
    shown_name: str


def keep(folder: Path, data: bytes, *, filename: str) -> Kept:
    """Judge, clean and write `data`. Raises BadFile. The file is durable before any row speaks of it."""
    kind = kind_of(data)
    clean = _checked_pdf(data) if kind is FileKind.PDF else _redrawn(data, kind)
    name = secrets.token_hex(20)
    write_whole(folder / name[:2] / name, clean)
    return Kept(name, kind, len(clean), hashlib.sha256(clean).hexdigest(), shown_name(filename, kind))


def _checked_pdf(data: bytes) -> bytes:
    check_pdf(data)
    return data


def _redrawn(data: bytes, kind: FileKind) -> bytes:
    """The picture drawn anew: upright, without position, camera or anything else that was hidden in it."""
    try:
        with Image.open(io.BytesIO(data), formats=[FORMATS[kind]]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise BadFile(reason="pixels")
            upright = ImageOps.exif_transpose(picture)
            assert upright is not None
            see_through = "A" in upright.getbands() or "transparency" in upright.info
            mode = "RGBA" if see_through and kind is not FileKind.JPEG else "RGB"
            plain = Image.new(mode, upright.size)
            plain.paste(upright.convert(mode))
    except Image.DecompressionBombError as error:
        raise BadFile(reason="pixels") from error
    except BadFile:
        raise
    except Exception as error:
        # Decoders answer damage with whatever breaks first: struct.error, TypeError, IndexError … All mean one thing.
        raise BadFile(reason="broken") from error
    out = io.BytesIO()
    plain.save(out, FORMATS[kind], **({"quality": 88} if kind is not FileKind.PNG else {"optimize": False}))
    return out.getvalue()


def write_whole(path: Path, data: bytes) -> None:
    """Write, flush to the disk, then rename: whoever sees the name sees all of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def path_of(folder: Path, name: str) -> Path:
    """Where a kept file lies. The name comes from our own row, never from a request."""
    return folder / name[:2] / name


def older_than(folder: Path, seconds: float, *, now: float) -> Iterator[Path]:
    """Files, half-written ones included, last written more than `seconds` before `now`."""
    for path in folder.glob("*/*"):
        if now - path.stat().st_mtime > seconds:
            yield path


def sha256_of(path: Path) -> str:
    """The hash of what lies on disk now."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
