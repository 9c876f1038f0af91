"""What may stand in an address (P42)."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import IntegerConverter, PathConverter, UnicodeConverter, ValidationError

#: The largest id that either database can hold.
HIGHEST_ID = 2**63 - 1
LONGEST_PART = 300
#: The file system's own limit; a longer name breaks the mere question whether the file exists.
LONGEST_FILE_NAME_BYTES = 255


class IdConverter(IntegerConverter):
    """A whole number that a database can hold, written one way; anything else is an address we do not have."""

    def to_python(self, value: str) -> int:
        found = int(super().to_python(value))
        if found > HIGHEST_ID or (len(value) > 1 and value.startswith("0")) or not value.isascii():
            raise ValidationError()
        return found


class LineConverter(UnicodeConverter):
    """One part of an address without control characters, which no number or code of ours contains."""

    def to_python(self, value: str) -> str:
        found = str(super().to_python(value))
        if len(found) > LONGEST_PART or any(not char.isprintable() for char in found):
            raise ValidationError()
        return found


class FilePathConverter(PathConverter):
    """The path of a file that could exist."""

    def to_python(self, value: str) -> str:
        found = str(super().to_python(value))
        parts = found.encode("utf-8", "surrogatepass").split(b"/")
        if len(found) > LONGEST_PART or not found.isprintable():
            raise ValidationError()
        if any(len(part) > LONGEST_FILE_NAME_BYTES for part in parts):
            raise ValidationError()
        return found


def install(app: Flask) -> None:
    """Judge the variable parts of every address before any view sees them."""
    app.url_map.converters.update(int=IdConverter, default=LineConverter, string=LineConverter, path=FilePathConverter)
