"""Codes → words in both languages: the only place where a refusal becomes a sentence (house §7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Flask, current_app
from flask_babel import get_locale

from app.domain import Domain
from app.kernel.errors import DomainError, InvalidInput


class Words:
    """The catalogue of all floors; one code has one pair of sentences."""

    def __init__(self, parts: Iterable[Mapping[str, tuple[str, str]]]) -> None:
        self.rows: dict[str, tuple[str, str]] = {}
        for part in parts:
            for code, pair in part.items():
                if code in self.rows:
                    raise RuntimeError(f"the code {code!r} has words twice")
                self.rows[code] = pair

    def say(self, code: str, data: Mapping[str, Any], *, english: bool) -> str:
        """The sentence for `code`, its named places filled; a missing place shows as --, never as a crash."""
        zh, en = self.rows.get(code, (code, code))
        return (en if english else zh).format_map(_Forgiving(data))


class _Forgiving(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "--"


def install(app: Flask, domains: Iterable[Domain]) -> None:
    """Gather the words of all floors."""
    app.extensions["words"] = Words(domain.words for domain in domains)


def speaks_english() -> bool:
    """Whether the present reader has chosen English."""
    locale = get_locale()
    return locale is not None and locale.language == "en"


def say(code: str, **data: Any) -> str:
    """The sentence for a code in the reader's language."""
    words: Words = current_app.extensions["words"]
    return words.say(code, data, english=speaks_english())


def sentences(error: DomainError) -> list[str]:
    """Every reason of a refusal, in the reader's language."""
    if isinstance(error, InvalidInput):
        return [f"{problem.field}: {say(problem.code, **problem.data)}" for problem in error.problems]
    return [say(error.code, **error.data)]
