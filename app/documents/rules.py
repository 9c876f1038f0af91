"""What a stranger with a document in hand may learn about it (P29)."""

from __future__ import annotations

from app.kernel.errors import DomainError, Kind


class NotDrawn(DomainError):
    """The PDF could not be drawn in its time and memory; nothing was changed."""

    code = "documents.not_drawn"
    kind = Kind.unavailable


class MissingDocument(DomainError):
    """No document stands behind this address, or no longer."""

    code = "documents.missing"
    kind = Kind.missing


def masked_name(name: str) -> str:
    """Enough of a name to recognise, too little to learn it: 王小明 → 王**, 市第一人民医院 → 市*****院."""
    bare = " ".join(name.split())
    if len(bare) <= 1:
        return "*" * len(bare)
    if len(bare) <= 4:
        return bare[0] + "*" * (len(bare) - 1)
    return bare[0] + "*" * (len(bare) - 2) + bare[-1]
