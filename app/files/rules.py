"""What may be kept as a file: decided by content, never by name (P35)."""

from __future__ import annotations

import re
from enum import StrEnum

from app.kernel.errors import DomainError, Kind

MOST_BYTES = 15 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONGEST_NAME = 120


class FileKind(StrEnum):
    """The kinds we keep."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    PDF = "pdf"


MEDIA_TYPE = {
    FileKind.JPEG: "image/jpeg",
    FileKind.PNG: "image/png",
    FileKind.WEBP: "image/webp",
    FileKind.PDF: "application/pdf",
}
SUFFIX = {FileKind.JPEG: ".jpg", FileKind.PNG: ".png", FileKind.WEBP: ".webp", FileKind.PDF: ".pdf"}


class BadFile(DomainError):
    """The file cannot be kept; `reason` is one of kind, size, pixels, broken, empty."""

    code = "files.bad_file"
    kind = Kind.invalid


class MissingFile(DomainError):
    """There is no such file, or not for this reader (P25)."""

    code = "files.missing"
    kind = Kind.missing


class DamagedFile(DomainError):
    """What lies on disk is not what was kept."""

    code = "files.damaged"
    kind = Kind.conflict


def kind_of(data: bytes) -> FileKind:
    """What `data` is by its first bytes. Raises BadFile when it is nothing we keep: no SVG, no HTML."""
    if not data:
        raise BadFile(reason="empty")
    if len(data) > MOST_BYTES:
        raise BadFile(reason="size")
    if data.startswith(b"\xff\xd8\xff"):
        return FileKind.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileKind.PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return FileKind.WEBP
    if data.startswith(b"%PDF-"):
        return FileKind.PDF
    raise BadFile(reason="kind")


def check_pdf(data: bytes) -> None:
    """Refuse a PDF that was cut off on its way. Raises BadFile."""
    if b"%%EOF" not in data[-1024:] or b"startxref" not in data[-2048:]:
        raise BadFile(reason="broken")


def shown_name(typed: str, kind: FileKind) -> str:
    """The name people see: no path, no control or format characters, one suffix that tells the truth."""
    last = re.split(r"[/\\]", typed)[-1]
    stem = re.sub(r"[\x00-\x1f\x7f<>:\"|?*\u202a-\u202e\u2066-\u2069]", "", last).strip(" .")
    stem = re.sub(r"(\.[A-Za-z0-9]{1,5})+$", "", stem)[:LONGEST_NAME].strip(" .")
    return (stem or "file") + SUFFIX[kind]
